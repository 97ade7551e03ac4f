"""Scores: arrays in, a number or an array out.

A score that has no value is NaN, never 0 and never an error: a constant has no correlation, and a class without members
no precision. Pairs with a NaN in either place are left out, as are rows with a NaN score.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import InputError

_TINY = 1e-12


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's correlation of two arrays of one shape; NaN where either is constant or fewer than 3 pairs are left."""
    a, b = _pairs(a, b)
    if len(a) < 3:
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    spread_a, spread_b = float(np.sqrt((a * a).sum())), float(np.sqrt((b * b).sum()))
    # What rounding leaves of a constant is no spread.
    if spread_a <= _TINY * len(a) or spread_b <= _TINY * len(b):
        return float("nan")
    return float(np.clip((a / spread_a) @ (b / spread_b), -1.0, 1.0))


def slope(true: np.ndarray, predicted: np.ndarray) -> float:
    """Slope of the least-squares line of ``predicted`` over ``true``: below 1 where effects are predicted too small."""
    true, predicted = _pairs(true, predicted)
    if len(true) < 3:
        return float("nan")
    x = true - true.mean()
    power = float((x * x).sum())
    return float(x @ (predicted - predicted.mean())) / power if power > _TINY * len(x) else float("nan")


def spread_ratio(true: np.ndarray, predicted: np.ndarray) -> float:
    """Standard deviation of ``predicted`` over that of ``true``; NaN where ``true`` is constant."""
    true, predicted = _pairs(true, predicted)
    if len(true) < 2 or true.std() <= _TINY:
        return float("nan")
    return float(predicted.std() / true.std())


def sign_accuracy(true: np.ndarray, predicted: np.ndarray, least: float) -> float:
    """Part of the pairs with ``|true| > least`` whose prediction has the same sign; NaN where there are none."""
    true, predicted = _pairs(true, predicted)
    counted = np.abs(true) > least
    if not counted.any():
        return float("nan")
    return float((np.sign(true) == np.sign(predicted))[counted].mean())


def auprc(score: np.ndarray, positive: np.ndarray) -> float:
    """Area under the precision-recall curve, as average precision.

    The sum over thresholds of precision times the gain in recall (Davis and Goadrich 2006, ICML 233, on why not the
    trapezium). Rows of equal score pass a threshold together, so a constant score gets the share of positives.

    Args:
        score: ``[n]``, larger for what is rather positive.
        positive: bool ``[n]``.

    Returns:
        From 0 to 1; NaN without positives or without negatives.
    """
    score, positive = _scored(score, positive)
    if positive.all() or not positive.any():
        return float("nan")
    recall, precision = _curve(score, positive)
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def precision_recall(score: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision ``[thresholds]`` at every distinct score, from the highest down; empty where undefined."""
    score, positive = _scored(score, positive)
    if positive.all() or not positive.any():
        return np.zeros(0), np.zeros(0)
    return _curve(score, positive)


def auroc(score: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve: how often a positive has a higher score than a negative; a tie counts half.

    By ranks (Mann and Whitney 1947, Ann Math Stat 18:50). NaN without positives or without negatives.
    """
    score, positive = _scored(score, positive)
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    rank = (last - (counts - 1) / 2.0)[place]
    return float((rank[positive].sum() - n_positive * (n_positive + 1) / 2.0) / (n_positive * n_negative))


def bootstrap(
    score: Callable[[np.ndarray], float], group: np.ndarray, *, rounds: int = 300, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """An interval for a score by resampling whole groups with replacement (Efron 1979, Ann Stat 7:1; percentiles).

    Rows that share a group, such as the genes that one element was tested with, are not independent: they are drawn
    together.

    Args:
        score: From row numbers, int64 ``[any]``, to the score of these rows.
        group: ``[n]``: the group of each row.
        rounds: Resamples.
        level: Share of the resamples inside the interval.
        seed: Of the resampling.

    Returns:
        Low and high; NaN where fewer than half of the resamples have a score.
    """
    _, place = np.unique(group, return_inverse=True)
    n_groups = int(place.max()) + 1 if len(place) else 0
    if n_groups < 2:
        return float("nan"), float("nan")
    order = np.argsort(place, kind="stable")
    members = np.split(order, np.searchsorted(place[order], np.arange(1, n_groups)))
    random = np.random.default_rng(seed)
    found = np.array(
        [score(np.concatenate([members[g] for g in random.integers(0, n_groups, n_groups)])) for _ in range(rounds)]
    )
    found = found[np.isfinite(found)]
    if len(found) < rounds / 2:
        return float("nan"), float("nan")
    tail = 50.0 * (1.0 - level)
    low, high = np.percentile(found, [tail, 100.0 - tail])
    return float(low), float(high)


def _pairs(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both flat, as float64, where both have a number."""
    if np.shape(a) != np.shape(b):
        raise InputError(f"shapes {np.shape(a)} and {np.shape(b)} cannot be compared")
    a, b = np.asarray(a, np.float64).ravel(), np.asarray(b, np.float64).ravel()
    kept = ~(np.isnan(a) | np.isnan(b))
    return a[kept], b[kept]


def _scored(score: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if np.shape(score) != np.shape(positive):
        raise InputError(f"{np.shape(score)} scores for {np.shape(positive)} answers")
    score, positive = np.asarray(score, np.float64).ravel(), np.asarray(positive, bool).ravel()
    kept = ~np.isnan(score)
    return score[kept], positive[kept]


def _curve(score: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(-score, kind="stable")
    score, positive = score[order], positive[order]
    last = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)
    hits = np.cumsum(positive)[last]
    return hits / positive.sum(), hits / (last + 1.0)
