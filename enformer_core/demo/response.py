"""What small edits do to the genes of a chromosome: the exact answer of ``grammar.signal``, without the whole of it.

Elements, promoters and boundaries follow from the bases near them, so only a short piece around an edit is looked at
again. What reaches the promoters around is then added up as the grammar does it, from the new activity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..genome.examples import PSEUDOCOUNT
from .contact import REACH, Boundaries, regulation
from .grammar import BIN, Signal, expressed, in_blocks, signal
from .motifs import CELL_TYPES
from .promoters import Promoters

PIECE = 20 * BIN
#: Bases of the middle of a piece in which elements, promoters and boundaries are those of the whole chromosome.
_SOUND = (4 * BIN, 16 * BIN)
#: The longest edit, so that nothing it changes lies beyond the sound part.
LONGEST = 400
_AT_ONCE = 24
#: bp around a start whose CAGE is a gene's level: bins 447 to 449 of a window on the start.
AROUND_START = (-128, 256)
_CAGE_BACKGROUND = 0.02


@dataclass(frozen=True, slots=True)
class Edited:
    """Bases that replace as many others.

    Attributes:
        start: 0-based position of the first.
        codes: uint8 ``[n]``, at most ``LONGEST``.
    """

    start: int
    codes: np.ndarray


@dataclass(frozen=True, slots=True)
class Local:
    """The promoters in reach of an edit, after it.

    Attributes:
        low: Promoters from this 0-based position on ...
        high: ... to below this one are listed; others do not change.
        position2: int64 ``[n]``: twice their positions.
        expression: float64 ``[n, 3]``.
        changed_core: Whether a core promoter is stronger or weaker, new or gone.
    """

    low: int
    high: int
    position2: np.ndarray
    expression: np.ndarray
    changed_core: bool


class Response:
    """A chromosome that can be asked what an edit does.

    Args:
        codes: uint8 ``[L]``.
        base: Its signal.
    """

    def __init__(self, codes: np.ndarray, base: Signal) -> None:
        self._codes, self._base = codes, base
        self._blocks = in_blocks(base.activity)

    def after(self, edits: Sequence[Edited]) -> Iterator[Local]:
        """Each edit's answer, made alone; all at least ``PIECE`` from the chromosome's ends.

        Raises:
            ValueError: An edit is too long or too near to an end.
        """
        for first in range(0, len(edits), _AT_ONCE):
            group = edits[first : first + _AT_ONCE]
            starts = [self._piece_start(edit) for edit in group]
            pieces = [self._codes[start : start + PIECE].copy() for start in starts]
            for edit, start, piece in zip(group, starts, pieces, strict=True):
                piece[edit.start - start : edit.start - start + len(edit.codes)] = edit.codes
            # Pieces lie side by side: what happens at the joints stays out of the sound parts.
            found = signal(np.concatenate(pieces))
            for n, start in enumerate(starts):
                yield self._local(found, n * PIECE, start)

    def level(self, tss: int) -> np.ndarray:
        """float64 ``[3]``: CAGE at a start, mean over ``AROUND_START``, in each cell type."""
        promoters = self._base.promoters
        return level(promoters.position2, self._base.expression, tss)

    def change(self, local: Local, tss: int) -> np.ndarray:
        """float64 ``[3]``: log2 fold change of CAGE at a start between ``low`` and ``high``; 0 elsewhere."""
        if not local.low <= tss + AROUND_START[0] < tss + AROUND_START[1] <= local.high:
            return np.zeros(len(CELL_TYPES))
        after = level(local.position2, local.expression, tss)
        return np.log2((after + PSEUDOCOUNT) / (self.level(tss) + PSEUDOCOUNT))

    def _piece_start(self, edit: Edited) -> int:
        middle = edit.start + len(edit.codes) // 2
        start = (middle - PIECE // 2) // BIN * BIN
        if len(edit.codes) > LONGEST or start < 0 or start + PIECE > len(self._codes):
            raise ValueError(f"an edit of {len(edit.codes)} bp at {edit.start} is too long or too near to an end")
        return start

    def _local(self, found: Signal, at: int, start: int) -> Local:
        """From the sound part of the piece at ``at`` among the pieces, which lies at ``start`` on the chromosome."""
        low, high = start + _SOUND[0], start + _SOUND[1]
        side = 2 * (REACH + BIN)
        left, right = max(low - side, 0), min(high + side, len(self._codes))
        blocks = self._blocks[left // BIN : right // BIN].copy()
        inside = slice((at + _SOUND[0]) // BIN, (at + _SOUND[1]) // BIN)
        blocks[(low - left) // BIN : (high - left) // BIN] = in_blocks(found.activity)[inside]
        near, far = max(low - REACH - BIN, 0), min(high + REACH + BIN, len(self._codes))
        old = self._base.promoters
        promoters, changed = _spliced(old, found.promoters, (near, far), (low, high), at - start)
        cut = _spliced_boundaries(self._base.boundaries, found.boundaries, (left, right), (low, high), at - start)
        moved = Boundaries(cut.position4 - 4 * left, cut.strength)
        reaching = regulation(promoters.position2 - 2 * left, blocks, moved)
        return Local(near, far, promoters.position2, expressed(promoters.strength, reaching), changed)


def level(position2: np.ndarray, expression: np.ndarray, tss: int) -> np.ndarray:
    """float64 ``[3]``: mean CAGE over ``AROUND_START``; each promoter there adds its expression of one bin."""
    low, high = (2 * (tss + edge) for edge in AROUND_START)
    first, last = np.searchsorted(position2, [low, high])
    n_bins = (AROUND_START[1] - AROUND_START[0]) // BIN
    total = np.zeros(expression.shape[1])
    for row in expression[first:last]:  # one after the other: the same sum everywhere
        total = total + row
    return _CAGE_BACKGROUND + total / n_bins


def _spliced(
    old: Promoters, found: Promoters, outer: tuple[int, int], inner: tuple[int, int], offset: int
) -> tuple[Promoters, bool]:
    """The old promoters of ``outer``, those of ``inner`` replaced by those found, ``offset`` further right."""
    was = _between(old.position2, 2 * inner[0], 2 * inner[1])
    now = _between(found.position2, 2 * (inner[0] + offset), 2 * (inner[1] + offset))
    around = _between(old.position2, 2 * outer[0], 2 * outer[1])
    parts = [
        np.concatenate([a[around.start : was.start], b[now], a[was.stop : around.stop]])
        for a, b in (
            (old.position2, found.position2 - 2 * offset),
            (old.strand, found.strand),
            (old.strength, found.strength),
        )
    ]
    same = np.array_equal(old.position2[was], found.position2[now] - 2 * offset)
    return Promoters(*parts), not (same and np.array_equal(old.strength[was], found.strength[now]))


def _spliced_boundaries(
    old: Boundaries, found: Boundaries, outer: tuple[int, int], inner: tuple[int, int], offset: int
) -> Boundaries:
    was = _between(old.position4, 4 * inner[0], 4 * inner[1])
    now = _between(found.position4, 4 * (inner[0] + offset), 4 * (inner[1] + offset))
    around = _between(old.position4, 4 * outer[0], 4 * outer[1])
    parts = [
        np.concatenate([a[around.start : was.start], b[now], a[was.stop : around.stop]])
        for a, b in ((old.position4, found.position4 - 4 * offset), (old.strength, found.strength))
    ]
    return Boundaries(*parts)


def _between(sorted_positions: np.ndarray, low: int, high: int) -> slice:
    first, last = np.searchsorted(sorted_positions, [low, high])
    return slice(int(first), int(last))
