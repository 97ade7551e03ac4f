"""Reference coordinates of an edited sequence, and the reverse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .edit import Edit

_FAR = np.iinfo(np.int64).max

Indices = int | npt.ArrayLike
Mapped = npt.NDArray[np.int64] | np.int64


@dataclass(frozen=True, slots=True, eq=False)
class CoordinateMap:
    """A map between 0-based indices in an edited sequence (alt) and 0-based reference positions (ref).

    Kept bases map one to one, in both directions. The k-th base of an edit's alternative maps to its k-th reference
    base, and where these run out to the first base after the edit: an inserted base maps to the reference base before
    which it stands. In the other direction a deleted base maps to the first base after the deletion. So both maps
    never decrease, and the boundaries of consecutive bins map to boundaries that leave no gap in the reference.

    Both maps go on outside the sequence, where nothing is edited.

    Attributes:
        ref_starts: int64 [segments], where segments begin in the reference: kept, edit, kept, ..., edit, kept.
        alt_starts: int64 [segments], where they begin in the edited sequence.
    """

    ref_starts: npt.NDArray[np.int64]
    alt_starts: npt.NDArray[np.int64]

    @staticmethod
    def build(ref: int, alt: int, edits: Iterable[Edit]) -> CoordinateMap:
        """A map where ``alt`` is the index of position ``ref``, which lies before all ``edits``; these are in order."""
        starts = [(ref, alt)]
        for edit in edits:
            alt += edit.start - ref
            starts.append((edit.start, alt))
            alt += len(edit.alt)
            ref = edit.end
            starts.append((ref, alt))
        table = np.array(starts, dtype=np.int64)
        return CoordinateMap(table[:, 0], table[:, 1])

    def to_ref(self, index: Indices) -> Mapped:
        """0-based reference positions of alt indices (or bin boundaries), in the shape of ``index``.

        Raises:
            TypeError: ``index`` is not made of integers.
        """
        return _follow(index, self.alt_starts, self.ref_starts)

    def to_alt(self, position: Indices) -> Mapped:
        """Alt indices of 0-based reference positions, in the shape of ``position``.

        Raises:
            TypeError: ``position`` is not made of integers.
        """
        return _follow(position, self.ref_starts, self.alt_starts)

    def kept(self, index: Indices) -> npt.NDArray[np.bool_] | np.bool_:
        """Whether the bases at alt indices are the reference's own, in place: neither inserted nor substituted."""
        return _segment(_integers(index), self.alt_starts) % 2 == 0


def _integers(values: Indices) -> npt.NDArray[np.int64]:
    return np.asarray(values).astype(np.int64, casting="safe")


def _segment(values: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> Any:
    return np.maximum(np.searchsorted(starts, values, side="right") - 1, 0)


def _follow(values: Indices, here: npt.NDArray[np.int64], there: npt.NDArray[np.int64]) -> Mapped:
    """Count on from the start of the segment, and no further than to the start of the next."""
    at = _integers(values)
    segment = _segment(at, here)
    ends = np.append(there[1:], _FAR)
    return np.minimum(there[segment] + (at - here[segment]), ends[segment])
