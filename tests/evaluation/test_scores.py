"""Scores against naive definitions and examples done by hand."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from enformer_core.errors import InputError
from enformer_core.evaluation.scores import (
    auprc,
    auroc,
    bootstrap,
    pearson,
    precision_recall,
    sign_accuracy,
    slope,
    spread_ratio,
)

SCORES = arrays(np.float64, st.integers(2, 40), elements=st.integers(-4, 4).map(float))


def naive_auprc(score: np.ndarray, positive: np.ndarray) -> float:
    """Average precision from its definition: each threshold in turn, all rows counted anew."""
    total, before = 0.0, 0.0
    for threshold in sorted(set(score), reverse=True):
        called = score >= threshold
        hits = sum(bool(c and p) for c, p in zip(called, positive, strict=True))
        recall = hits / sum(positive)
        total += (recall - before) * hits / sum(called)
        before = recall
    return total


def naive_auroc(score: np.ndarray, positive: np.ndarray) -> float:
    pairs = list(product(score[positive], score[~positive]))
    return sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)


@settings(deadline=None)
@given(SCORES, st.randoms(use_true_random=False))
def test_areas_are_those_of_the_definition(score: np.ndarray, random: object) -> None:
    positive = np.array([random.random() < 0.4 for _ in score])  # pyright: ignore[reportAttributeAccessIssue]
    if positive.all() or not positive.any():
        assert math.isnan(auprc(score, positive))
        assert math.isnan(auroc(score, positive))
        return
    assert auprc(score, positive) == pytest.approx(naive_auprc(score, positive))
    assert auroc(score, positive) == pytest.approx(naive_auroc(score, positive))


def test_areas_by_hand() -> None:
    score, positive = np.array([4.0, 3.0, 2.0, 1.0]), np.array([True, False, True, False])
    assert auprc(score, positive) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert auroc(score, positive) == 0.75
    recall, precision = precision_recall(score, positive)
    assert recall.tolist() == [0.5, 0.5, 1.0, 1.0]
    assert precision == pytest.approx([1.0, 0.5, 2 / 3, 0.5])


def test_a_constant_score_is_worth_the_share_of_positives_in_any_order() -> None:
    positive = np.array([True, True, False, False, False])
    for order in (positive, positive[::-1]):
        assert auprc(np.zeros(5), order) == pytest.approx(0.4)
        assert auroc(np.zeros(5), order) == 0.5


@settings(deadline=None)
@given(arrays(np.float64, (2, 20), elements=st.floats(-1e3, 1e3, width=32)))
def test_pearson_is_numpys(both: np.ndarray) -> None:
    a, b = both
    if a.std() > 1e-3 and b.std() > 1e-3:
        assert pearson(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-9)


def test_pearson_has_no_value_where_there_is_none() -> None:
    varied = np.arange(9.0)
    for flat in (np.zeros(9), np.full(9, 0.1), np.full(9, np.nan)):
        assert math.isnan(pearson(flat, varied))
    assert math.isnan(pearson(varied[:2], varied[:2]))
    assert pearson(np.append(varied, np.nan), np.append(-varied, 1.0)) == pytest.approx(-1.0)
    with pytest.raises(InputError, match=r"\(9,\) and \(8,\)"):
        pearson(varied, varied[:8])


def test_slope_spread_and_sign_by_hand() -> None:
    true = np.array([-2.0, -1.0, 0.05, 1.0, 2.0])
    assert slope(true, 0.5 * true + 3) == pytest.approx(0.5)
    assert spread_ratio(true, -0.5 * true) == pytest.approx(0.5)
    assert sign_accuracy(true, np.array([-1.0, 1.0, -9.0, 1.0, 0.0]), 0.1) == 0.5
    assert math.isnan(slope(np.ones(5), true))
    assert math.isnan(spread_ratio(np.ones(5), true))
    assert math.isnan(sign_accuracy(true, true, 5.0))


def test_bootstrap_resamples_groups_and_holds_the_mean() -> None:
    random = np.random.default_rng(0)
    values = random.normal(3.0, 1.0, 400)
    alone, together = np.arange(400), np.arange(400) // 40
    low, high = bootstrap(lambda rows: float(values[rows].mean()), alone)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.3)
    shared = np.repeat(random.normal(0.0, 1.0, 10), 40)  # rows of a group are the same: ten numbers, not 400
    wide = bootstrap(lambda rows: float(shared[rows].mean()), together)
    narrow = bootstrap(lambda rows: float(shared[rows].mean()), alone)
    assert wide[1] - wide[0] > 3 * (narrow[1] - narrow[0])
    assert bootstrap(lambda rows: float(values[rows].mean()), alone) == (low, high)


def test_bootstrap_without_a_score_or_without_groups_is_nan() -> None:
    assert all(map(math.isnan, bootstrap(lambda rows: math.nan, np.arange(9))))
    assert all(map(math.isnan, bootstrap(lambda rows: 1.0, np.zeros(9))))
