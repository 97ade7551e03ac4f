"""Several scores of the same pairs side by side: area under the precision-recall curve, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .scores import auprc, auroc, bootstrap


def compared(
    scores: Mapping[str, np.ndarray], positive: np.ndarray, group: np.ndarray, baseline: str, rounds: int
) -> Iterator[dict[str, Any]]:
    """One row per score.

    Args:
        scores: By method, ``[n]``, larger for what is rather positive.
        positive: bool ``[n]``.
        group: ``[n]``: what is resampled together, such as the element.
        baseline: The method that the others are compared with.
        rounds: Resamples. They are the same for every score, so that gains are of the same pairs.

    Yields:
        ``method``; ``auprc`` with the ends ``low`` and ``high`` of its 95 % interval; ``gain`` over the baseline, with
        ``gain_low`` and ``gain_high``; ``auroc``; the numbers of ``pairs``, ``positives`` and ``elements``. NaN where
        there is no value.
    """
    everything, least = np.arange(len(positive)), scores[baseline]
    for method, score in scores.items():

        def area(rows: np.ndarray, score: np.ndarray = score) -> float:
            return auprc(score[rows], positive[rows])

        def gain(rows: np.ndarray, score: np.ndarray = score) -> float:
            return auprc(score[rows], positive[rows]) - auprc(least[rows], positive[rows])

        low, high = bootstrap(area, group, rounds=rounds)
        gain_low, gain_high = bootstrap(gain, group, rounds=rounds)
        yield {
            "method": method,
            "auprc": area(everything),
            "low": low,
            "high": high,
            "gain": gain(everything),
            "gain_low": gain_low,
            "gain_high": gain_high,
            "auroc": auroc(score, positive),
            "pairs": len(positive),
            "positives": int(positive.sum()),
            "elements": len(np.unique(group)),
        }
