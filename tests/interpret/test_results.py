"""What results hold, what they refuse, and what follows from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enformer_core.errors import EnformerError, InputError, LocusError, NumericalError
from enformer_core.genome.interval import Interval

from .results import EFFECT, GRADIENT, NAN, WINDOW, attention, mutagenesis, scan, scores

MAKERS: list[Callable[..., Any]] = [scores, mutagenesis, scan, attention]


def with_value(array: np.ndarray, place: tuple[int, ...], value: float) -> np.ndarray:
    changed = array.copy()
    changed[place] = value
    return changed


def test_a_score_is_the_gradient_at_the_present_base() -> None:
    made = scores()
    assert made.scores.tolist() == [0, 5, 10, 15, 0, 20]
    assert made.scores.dtype == np.float32


def test_importance_is_minus_the_mean_of_three_effects() -> None:
    made = mutagenesis()
    assert np.array_equal(made.importance, [3, -1, 0, NAN, NAN, 1], equal_nan=True)
    assert made.importance.dtype == np.float32
    assert not np.signbit(made.importance[2])


def test_importance_of_a_scan_is_minus_the_mean_of_the_stretches_over_a_base() -> None:
    assert np.array_equal(scan().importance, [2, 2, 3, 4, 4, NAN], equal_nan=True)
    assert scan().ends.tolist() == [15, 17, 18]
    apart = scan(starts=np.array([12, 16]), width=2, effect=np.array([1, 0], dtype=np.float32)).importance
    assert np.array_equal(apart, [-1, -1, NAN, NAN, 0, 0], equal_nan=True)
    assert not np.signbit(apart[4])


def test_attention_is_averaged_over_layers_heads_and_queries() -> None:
    made = attention()
    assert made.mean.tolist() == [0.25, 0.25, 0.5]
    assert made.key_ends.tolist() == [18, 26, 30]
    assert made.input_interval == WINDOW
    assert made.signal().tolist() == [0.25] * 16 + [0.5] * 4


def test_a_picture_of_the_whole_window_has_no_bins() -> None:
    weights = np.full((1, 1, 3, 3), 1 / 3, dtype=np.float32)
    made = attention(weights=weights, layers=(0,), query_bins=None, query_starts=np.array([10, 18, 26]), query_width=8)
    assert "query_bin" not in made.frame()
    assert "query_bins" not in made.arrays()
    assert made.facts()["target"] == {"bins": None}


@pytest.mark.parametrize("make", MAKERS)
def test_results_cannot_be_changed(make: Callable[..., Any]) -> None:
    made = make()
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.interval = WINDOW
    arrays = [v for f in dataclasses.fields(made) if isinstance(v := getattr(made, f.name), np.ndarray)]
    assert arrays
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


ROW = np.zeros((6, 4), dtype=np.float32)


@pytest.mark.parametrize(
    ("make", "changed", "kind", "message"),
    [
        (scores, {"gradient": GRADIENT[:5]}, InputError, r"gradient: float32 \(5, 4\), expected float32 \(6, 4\)"),
        (scores, {"gradient": GRADIENT.astype(np.float64)}, InputError, r"gradient: float64 \(6, 4\)"),
        (scores, {"gradient": with_value(GRADIENT, (3, 1), NAN)}, NumericalError, "gradient at base 3 of 6 is not fin"),
        (scores, {"gradient": with_value(GRADIENT, (5, 0), np.inf)}, NumericalError, "gradient at base 5 of 6"),
        (scores, {"bases": "ACGT"}, InputError, "4 bases are given for chr1:13-18, which has 6"),
        (scores, {"bases": "ACgTNA"}, InputError, "'g' is not one of A, C, G, T and N"),
        (scores, {"method": ""}, InputError, "scores need the name of their method"),
        (mutagenesis, {"effect": ROW[:, :3]}, InputError, r"effect: float32 \(6, 3\)"),
        (mutagenesis, {"effect": ROW.astype(np.float16)}, InputError, "effect: float16"),
        (mutagenesis, {"effect": with_value(EFFECT, (1, 3), NAN)}, InputError, "base 1 of 6, counted from 0: some eff"),
        (
            mutagenesis,
            {"effect": with_value(EFFECT, (4, slice(None)), 0)},
            InputError,
            "base 4 of 6.*: N has an effect",
        ),
        (mutagenesis, {"effect": with_value(EFFECT, (5, 0), 1e-9)}, InputError, "base 5 .*the present base is not 0"),
        (mutagenesis, {"effect": with_value(EFFECT, (2, 0), -np.inf)}, NumericalError, "base 2 .*effect is infinite"),
        (mutagenesis, {"bases": "ACGTNAA"}, InputError, "7 bases are given"),
        (mutagenesis, {"method": "quick"}, InputError, "'quick' is not a method. Known are exact, fast"),
        (scan, {"starts": np.array([12, 14])}, InputError, r"effect: float32 \(3,\), expected float32 \(2,\)"),
        (scan, {"starts": np.array([12.0, 14.0, 15.0])}, InputError, "starts: float64"),
        (scan, {"starts": np.array([12, 12, 15])}, InputError, "the starts of the stretches do not ascend"),
        (scan, {"starts": np.array([11, 12, 15])}, LocusError, "a stretch lies outside the interval"),
        (scan, {"starts": np.array([12, 14, 16])}, LocusError, "a stretch lies outside the interval"),
        (scan, {"width": 0}, InputError, "a stretch of 0 bases is empty"),
        (scan, {"effect": np.array([0, np.inf, 0], dtype=np.float32)}, NumericalError, "effect of stretch 1 is infin"),
        (
            scan,
            {"starts": np.zeros(0, dtype=np.int64), "effect": np.zeros(0, dtype=np.float32)},
            InputError,
            "a scan needs at least one stretch",
        ),
        (scan, {"method": "random"}, InputError, "'random' is not a replacement. Known are N, shuffle"),
        (scan, {"method": "shuffle"}, InputError, "0 shuffles do not go with replacement by shuffle"),
        (scan, {"shuffles": 3}, InputError, "3 shuffles do not go with replacement by N"),
        (attention, {"layers": (0,)}, InputError, r"weights: float32 \(2, 1, 2, 3\), expected float32 \(1, 1, 2, 3\)"),
        (attention, {"layers": (0, 0)}, InputError, r"layers \[0, 0\] must be numbers from 0 on"),
        (attention, {"heads": ()}, InputError, r"heads \[\] must be numbers from 0 on, at least one"),
        (attention, {"heads": (-1,)}, InputError, r"heads \[-1\] must be"),
        (attention, {"query_bins": (1,)}, InputError, "1 query_bins are given for 2 queries"),
        (attention, {"query_bins": (1, 1)}, InputError, r"query_bins \[1, 1\] must be"),
        (attention, {"query_starts": np.array([18, 30])}, InputError, "a query lies outside the window"),
        (attention, {"query_starts": np.array([9, 18])}, InputError, "a query lies outside the window"),
        (attention, {"query_starts": np.zeros(0, dtype=np.int64)}, InputError, "or there is none"),
        (attention, {"query_width": 0}, InputError, "queries of 0 bp"),
        (attention, {"key_width": 0}, InputError, "keys of 0 bp must have 1 bp or more"),
        (attention, {"key_width": 7}, InputError, "keys of 7 bp do not cover the window"),
        (attention, {"key_starts": np.array([10, 18])}, InputError, "keys of 8 bp do not cover the window"),
        (attention, {"weights": np.zeros((2, 1, 2, 3), np.float32)}, NumericalError, "attention weights sum to 0 over"),
        (
            attention,
            {"weights": np.full((2, 1, 2, 3), NAN, np.float32)},
            NumericalError,
            "an attention weight is not finite",
        ),
        (
            attention,
            {"weights": np.tile(np.array([2, -1, 0], np.float32), (2, 1, 2, 1))},
            NumericalError,
            "not finite, or below 0",
        ),
    ],
)
def test_what_is_refused(make: Callable[..., Any], changed: dict, kind: type[EnformerError], message: str) -> None:
    with pytest.raises(EnformerError, match=message) as caught:
        make(**changed)
    assert type(caught.value) is kind


@pytest.mark.parametrize("make", MAKERS[:3])
def test_places_and_values_that_are_refused(make: Callable[..., Any]) -> None:
    with pytest.raises(LocusError, match="chr1:13-18 lies outside the input window, which is chr1:11-17"):
        make(input_interval=Interval("chr1", 10, 17))
    for value in (NAN, -np.inf):
        with pytest.raises(NumericalError, match="the value of the target is"):
            make(value=value)


@pytest.mark.parametrize("make", MAKERS)
def test_an_unknown_contig(make: Callable[..., Any]) -> None:
    with pytest.raises(LocusError, match="there is no chromosome 'chr1' among the contigs"):
        make(contigs={"chr3": 100})


def test_rounding_of_bfloat16_is_forgiven() -> None:
    attention(weights=np.tile(np.array([0.502, 0.5, 0], np.float32), (2, 1, 2, 1)))
    with pytest.raises(NumericalError, match=r"sum to 1\.005"):
        attention(weights=np.tile(np.array([0.505, 0.5, 0], np.float32), (2, 1, 2, 1)))


@given(st.data())
def test_scores_and_importance_for_any_bases(data: st.DataObject) -> None:
    bases = data.draw(st.text("ACGTN", min_size=1, max_size=30))
    n = len(bases)
    numbers = st.lists(st.floats(-1e6, 1e6, width=32), min_size=4 * n, max_size=4 * n)
    gradient = np.array(data.draw(numbers), dtype=np.float32).reshape(n, 4)
    interval, window = Interval("chr1", 0, n), Interval("chr1", -5, n + 5)
    made = scores(interval=interval, input_interval=window, bases=bases, gradient=gradient)
    expected = [0.0 if b == "N" else float(gradient[i, "ACGT".index(b)]) for i, b in enumerate(bases)]
    assert made.scores.tolist() == expected
    effect = gradient.copy()
    for i, base in enumerate(bases):
        effect[i, "ACGT".index(base) if base != "N" else slice(None)] = 0 if base != "N" else NAN
    found = mutagenesis(interval=interval, input_interval=window, bases=bases, effect=effect).importance
    for i, base in enumerate(bases):
        three = [float(effect[i, k]) for k in range(4) if "ACGT"[k] != base]
        assert np.isnan(found[i]) if base == "N" else found[i] == pytest.approx(-sum(three) / 3, rel=1e-6, abs=1e-6)
