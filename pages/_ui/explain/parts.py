"""What the browser is sent of an explanation. Positions are 0-based on the reference; inserted bases have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from enformer_core.inference.codes import codes_of

from ..view_parts import Json, array

if TYPE_CHECKING:
    from enformer_core.genome.interval import Interval
    from enformer_core.interpret.attention_map import AttentionMap
    from enformer_core.interpret.deletion_scan import DeletionScan
    from enformer_core.interpret.elements import Element
    from enformer_core.interpret.mutagenesis_map import MutagenesisMap
    from enformer_core.interpret.named_motifs import PlacedMotif
    from enformer_core.interpret.placed import Placed
    from enformer_core.interpret.scores import ContributionScores

_MOST_ARCS = 8
_FEWEST_TIMES = 2.0  # of the even share, for an arc
_NEAR_KEYS = 2  # to either side of what looks: every place looks at itself


def contributions(scores: ContributionScores, elements: Sequence[Element], unit: str) -> Json:
    """Scores of each base, and the strongest elements."""
    start, (values,), codes = _by_position(scores, scores.bases, scores.scores[:, None])
    return {
        "start": start,
        "scores": array(values, np.float32),
        "codes": codes,
        "unit": unit,
        "elements": [
            {
                "start": element.interval.start,
                "end": element.interval.end,
                "score": float(element.score),
                "rank": element.rank,
                "label": _distance(element),
            }
            for element in elements
        ],
    }


def mutagenesis(found: MutagenesisMap, motifs: Sequence[PlacedMotif], unit: str) -> Json:
    """Effects of each substitution; NaN where they are still to come."""
    start, columns, codes = _by_position(found, found.bases, found.effect)
    return {
        "start": start,
        "effect": array(np.stack(columns, axis=1).ravel(), np.float32),
        "codes": codes,
        "unit": unit,
        "motifs": [{"start": m.interval.start, "end": m.interval.end, "name": m.name} for m in motifs],
        "method": found.method,
    }


def nothing_yet(interval: Interval, unit: str) -> Json:
    """A map of which no base has been mutated, so that the stretch shows at once."""
    return {
        "start": interval.start,
        "effect": array(np.full(4 * interval.width, np.nan), np.float32),
        "codes": None,
        "unit": unit,
        "motifs": [],
        "method": "exact",
    }


def scan(found: DeletionScan, unit: str) -> Json:
    """Effects of each stretch that is blanked."""
    from enformer_core.interpret.placed import reference_ranges

    starts, ends = reference_ranges(found, found.starts, found.ends)
    return {
        "starts": array(starts, np.float64),
        "ends": array(ends, np.float64),
        "effect": array(found.effect, np.float32),
        "unit": unit,
        "width": found.width,
    }


def attention(found: AttentionMap, queries: Sequence[Interval]) -> Json:
    """Weights of each key, the mean over layers, heads and what looks; and arcs to the strongest."""
    from enformer_core.interpret.placed import reference_ranges

    starts, ends = reference_ranges(found, found.key_starts, found.key_ends)
    weights = found.mean
    return {
        "starts": array(starts, np.float64),
        "ends": array(ends, np.float64),
        "values": array(weights, np.float32),
        "queries": [[query.start, query.end] for query in queries],
        "arcs": [
            {
                "start": int(starts[key]),
                "end": int(ends[key]),
                "weight": float(weights[key]),
                "times": float(weights[key] * len(weights)),
            }
            for key in strongest_keys(found)
        ],
        "layers": len(found.layers),
        "heads": len(found.heads),
    }


def _distance(element: Element) -> str:
    if element.distance is None:
        return str(element.rank)
    side = "after" if element.distance >= 0 else "before"
    return f"{abs(element.distance):,} bp {side} the target's middle"


def strongest_keys(found: AttentionMap) -> list[int]:
    """Keys with more than twice the even share, higher than their neighbours, away from what looks; strongest first."""
    weights = found.mean.astype(np.float64)
    near = np.zeros(len(weights), dtype=bool)
    for start in found.query_starts.tolist():
        key = (start - found.interval.start) // found.key_width
        near[max(key - _NEAR_KEYS, 0) : key + _NEAR_KEYS + 1] = True
    around = np.concatenate([[-np.inf], weights, [-np.inf]])
    is_peak = (weights >= around[:-2]) & (weights > around[2:])
    keys = np.flatnonzero(is_peak & ~near & (weights * len(weights) > _FEWEST_TIMES))
    return keys[np.argsort(-weights[keys], kind="stable")][:_MOST_ARCS].tolist()


def _by_position(placed: Placed, bases: str, values: np.ndarray) -> tuple[int, list[np.ndarray], Json | None]:
    """Columns of values ``[L, n]`` by reference position, NaN where there is none: first position, columns, letters.

    The letters are those that the model read, where they are not all the reference's.
    """
    from enformer_core.interpret.placed import base_places

    places = base_places(placed)
    kept = places >= 0
    if not kept.any():
        nothing = np.zeros((0, values.shape[1]), dtype=np.float32)
        return placed.interval.start, list(nothing.T), None
    start, end = int(places[kept][0]), int(places[kept][-1]) + 1
    found = np.full((end - start, values.shape[1]), np.nan, dtype=np.float32)
    found[places[kept] - start] = values[kept]
    if placed.coordinates is None:
        return start, list(found.T), None
    letters = np.full(end - start, 4, dtype=np.uint8)
    letters[places[kept] - start] = codes_of(bases)[kept]
    return start, list(found.T), array(letters, np.uint8)
