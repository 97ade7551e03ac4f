"""The part of the window that is on screen first. Intervals are 0-based."""

from __future__ import annotations

from dataclasses import replace

from enformer_core.genome.interval import Interval

SMALLEST_BP = 20


def first_view(asked: Interval | None, output: Interval) -> Interval:
    """The locus that was asked for if it is inside and 20 bp or more, else the whole output window."""
    if asked is None or asked.width < SMALLEST_BP or not output.contains(replace(asked, strand=".")):
        return output
    return replace(asked, strand=".")


def bins_in(view: Interval, output: Interval, bin_size: int) -> slice:
    """Row numbers of the whole bins in view."""
    first = -((output.start - view.start) // bin_size)
    return slice(max(first, 0), max((view.end - output.start) // bin_size, 0))


def middle(chrom: str, length: int, width: int = 100_000) -> Interval:
    """A stretch in the middle of a contig."""
    width = min(width, length)
    return Interval.centered(chrom, length // 2, width)
