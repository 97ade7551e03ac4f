"""A stretch of a chromosome, 0-based and half-open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ..errors import LocusError, shown

Strand = Literal["+", "-", "."]


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Bases ``start`` to ``end`` of ``chrom``, 0-based and half-open: the first 100 are ``Interval("chr1", 0, 100)``.

    An input window may run off its chromosome, so ``start`` may be negative and ``end`` beyond the last base; bases
    out there are N.

    Attributes:
        chrom: Contig name as the assembly spells it.
        start: 0-based position of the first base.
        end: 0-based position after the last base, above ``start``.
        strand: ``+``, ``-`` or ``.`` for none.

    Raises:
        LocusError: The bounds are not whole numbers in order, or the strand is unknown.
    """

    chrom: str
    start: int
    end: int
    strand: Strand = "."

    def __post_init__(self) -> None:
        if not self.chrom:
            raise LocusError("an interval needs a chromosome", hint="Write it as Interval('chr1', 0, 100)")
        if not all(isinstance(x, int) and not isinstance(x, bool) for x in (self.start, self.end)):
            raise LocusError(f"start and end must be whole numbers, not {shown(self.start)} and {shown(self.end)}")
        if self.start >= self.end:
            raise LocusError(f"start {self.start:,} is not before end {self.end:,} (0-based, half-open)")
        if self.strand not in ("+", "-", "."):
            raise LocusError(f"strand {shown(self.strand)} is not one of + - .")

    @property
    def width(self) -> int:
        """Number of bases."""
        return self.end - self.start

    @property
    def center(self) -> int:
        """0-based position of the base right of the middle: ``(start + end) // 2``."""
        return (self.start + self.end) // 2

    def contains(self, other: Interval) -> bool:
        """Whether all of ``other`` lies in this interval."""
        return self.chrom == other.chrom and self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Interval) -> bool:
        """Whether the two share a base."""
        return self.chrom == other.chrom and self.start < other.end and other.start < self.end

    def intersection(self, other: Interval) -> Interval | None:
        """The shared bases, or None."""
        if not self.overlaps(other):
            return None
        return replace(self, start=max(self.start, other.start), end=min(self.end, other.end))

    def shifted(self, offset: int) -> Interval:
        """The same width, ``offset`` bases to the right."""
        return replace(self, start=self.start + offset, end=self.end + offset)

    @staticmethod
    def centered(chrom: str, center: int, width: int, strand: Strand = ".") -> Interval:
        """``width`` bases from ``center - width // 2`` on, so that 0-based ``center`` is their base ``width // 2``."""
        start = center - width // 2
        return Interval(chrom, start, start + width, strand)
