"""Where the factors of the simulated genome bind: every match of every motif, on both strands.

Positions are doubled (``centre2`` of a site of width w at s is ``2 s + w - 1``), so that the middle of a site is a
whole number and the reverse complement of a sequence has exactly the mirrored sites.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from .motifs import MOTIFS

#: Occupancies are thousandths; weaker sites than this count as none.
FULL, LEAST = 1000, 30
_CHUNK = 1 << 16
_WIDEST = max(motif.width for motif in MOTIFS)


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites of one motif, from left to right.

    Attributes:
        centre2: int64 ``[n]``, twice the 0-based position of the middle.
        strand: int64 ``[n]``: 1 forward, -1 reverse.
        occupancy: int64 ``[n]``, how often the site is bound, in thousandths.
    """

    centre2: np.ndarray
    strand: np.ndarray
    occupancy: np.ndarray

    def __len__(self) -> int:
        return len(self.centre2)

    def on(self, strand: int) -> Sites:
        """Those on one strand."""
        chosen = self.strand == strand
        return Sites(self.centre2[chosen], self.strand[chosen], self.occupancy[chosen])


def find_sites(codes: np.ndarray) -> Mapping[str, Sites]:
    """Every site of every motif.

    Args:
        codes: uint8 ``[L]``: A 0, C 1, G 2, T 3, and 4 for N, which adds nothing to a score.

    Returns:
        By motif name.
    """
    filters = _filters()
    places: list[list[np.ndarray]] = [[] for _ in range(2 * len(MOTIFS))]
    deficits: list[list[np.ndarray]] = [[] for _ in range(2 * len(MOTIFS))]
    best = np.array([motif.scores().max(1).sum() for motif in MOTIFS for _ in (1, -1)])
    limits = np.array([best[2 * i] - _worst_kept(motif.tolerance) for i, motif in enumerate(MOTIFS) for _ in (1, -1)])
    for start in range(0, len(codes), _CHUNK):
        # Whole numbers far below 2^24: float32 adds them exactly, in whatever order.
        score = _columns(codes, start) @ filters
        row, column = np.nonzero(score >= limits)
        order = np.argsort(column, kind="stable")
        row, column = row[order], column[order]
        edges = np.searchsorted(column, np.arange(2 * len(MOTIFS) + 1))
        for k in range(2 * len(MOTIFS)):
            chosen = row[edges[k] : edges[k + 1]]
            places[k].append(chosen + start)
            deficits[k].append(best[k] - score[chosen, k].astype(np.int64))
    return {
        motif.name: _sites(i, motif.width, motif.tolerance, places, deficits, len(codes))
        for i, motif in enumerate(MOTIFS)
    }


def occupancy(deficit: np.ndarray, tolerance: int) -> np.ndarray:
    """How often a site is bound: 1000 / (1 + (deficit / tolerance)^4), in whole thousandths."""
    x = deficit / tolerance
    square = x * x
    return np.floor(FULL / (1.0 + square * square)).astype(np.int64)


def within(sites: Sites, low2: np.ndarray, high2: np.ndarray) -> np.ndarray:
    """int64: the occupancies of the sites in each closed range of doubled positions, added up."""
    total = np.concatenate([[0], np.cumsum(sites.occupancy)])
    first, last = np.searchsorted(sites.centre2, low2, "left"), np.searchsorted(sites.centre2, high2, "right")
    return total[last] - total[first]


def _worst_kept(tolerance: int) -> int:
    """The largest deficit at which a site still counts."""
    deficit = np.arange(10 * tolerance)
    return int(deficit[occupancy(deficit, tolerance) >= LEAST][-1])


def _sites(
    i: int, width: int, tolerance: int, places: list[list[np.ndarray]], deficits: list[list[np.ndarray]], length: int
) -> Sites:
    """The sites of motif ``i``, from what the chunks found on its two strands."""
    parts = []
    for k, strand in ((2 * i, 1), (2 * i + 1, -1)):
        at, deficit = np.concatenate(places[k]), np.concatenate(deficits[k])
        inside = at + width <= length
        at, deficit = at[inside], deficit[inside]
        parts.append((2 * at + width - 1, np.full(len(at), strand, np.int64), occupancy(deficit, tolerance)))
    centre2, strands, bound = (np.concatenate(p) for p in zip(*parts, strict=True))
    order = np.lexsort((strands, centre2))
    return Sites(centre2[order], strands[order], bound[order])


@cache
def _filters() -> np.ndarray:
    """float32 ``[4 * widest, 2 * motifs]``: scores of bases by place in the window; forward and reverse by turns."""
    table = np.zeros((_WIDEST, 4, 2 * len(MOTIFS)), np.float32)
    for i, motif in enumerate(MOTIFS):
        scores = motif.scores()
        table[: motif.width, :, 2 * i] = scores
        table[: motif.width, :, 2 * i + 1] = scores[::-1, ::-1]
    return table.reshape(4 * _WIDEST, -1)


def _columns(codes: np.ndarray, start: int) -> np.ndarray:
    """float32 ``[rows, 4 * widest]``: the one-hot sequence that begins at each position of a chunk."""
    rows = min(_CHUNK, len(codes) - start)
    part = codes[start : start + rows + _WIDEST - 1]
    one_hot = np.zeros((rows + _WIDEST - 1, 4), np.float32)
    known = np.flatnonzero(part < 4)
    one_hot[known, part[known]] = 1.0
    windows = np.lib.stride_tricks.sliding_window_view(one_hot, (_WIDEST, 4))[:, 0]
    return windows.reshape(rows, 4 * _WIDEST)
