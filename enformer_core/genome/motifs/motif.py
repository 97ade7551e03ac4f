"""A motif: how often each base was seen at each position of the places that a factor binds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InputError, shown

MAX_WIDTH = 64
"""Positions; the widest of JASPAR has 33. Sums of whole-number scores stay exact in float32 up to here."""

MAX_COUNT = 1e9
MIN_TOTAL = 4.0
_MAX_TEXT = 80


@dataclass(frozen=True, slots=True, eq=False)
class Motif:
    """A count matrix with a name. Two are equal only if they are the same object.

    Attributes:
        id: What its library calls it, with its version where it has one, such as ``MA0035.5``.
        name: The factor, or factors, that bind it, such as ``GATA1``.
        counts: float64 ``[width, 4]``, read-only: how often A, C, G and T were seen at each position, 5' to 3'.

    Raises:
        InputError: The id or name is no plain text, or the counts are not such a matrix.
    """

    id: str
    name: str
    counts: np.ndarray

    def __post_init__(self) -> None:
        for what, text in (("id", self.id), ("name", self.name)):
            if not text or len(text) > _MAX_TEXT or not text.isprintable():
                raise InputError(f"the {what} {shown(text)} is not of 1 to {_MAX_TEXT} visible characters")
        counts = np.array(self.counts, np.float64)
        if problem := _problem(counts):
            raise InputError(f"motif {shown(self.id)}: {problem[0]}", hint=problem[1])
        counts.setflags(write=False)
        object.__setattr__(self, "counts", counts)

    @property
    def width(self) -> int:
        """Length in bp."""
        return len(self.counts)


@dataclass(frozen=True, slots=True, eq=False)
class MotifLibrary:
    """The motifs of one file.

    Attributes:
        name: What to call it on screen, with its version: the file's first comment, else the file's name.
        about: The file's other comments, on one line: source, citation, licence.
        motifs: In the order of the file; no two have the same id.
    """

    name: str
    about: str
    motifs: tuple[Motif, ...]


def _problem(counts: np.ndarray) -> tuple[str, str] | None:
    """What is wrong with a count matrix, and what to do; None if nothing is."""
    if counts.ndim != 2 or counts.shape[1] != 4:
        return f"its counts have the shape {counts.shape}", "Give one row for each position, in the order A, C, G, T"
    if not 1 <= len(counts) <= MAX_WIDTH:
        return f"it has {len(counts):,} positions", f"From 1 to {MAX_WIDTH} are read"
    if not (np.isfinite(counts).all() and counts.min() >= 0 and counts.max() <= MAX_COUNT):
        wrong = counts[~(np.isfinite(counts) & (counts >= 0) & (counts <= MAX_COUNT))][0]
        return f"{wrong:g} is no count", f"A count is from 0 to {MAX_COUNT:,.0f}"
    if (total := counts.sum(axis=1)).min() < MIN_TOTAL:
        place = int(total.argmin())
        return (
            f"position {place + 1} has {total[place]:g} counts in all, and at least {MIN_TOTAL:g} are wanted",
            "Give counts of bases, not frequencies: multiply these by the number of places they are from",
        )
    return None
