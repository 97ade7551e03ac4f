"""The part of the output window that is on screen: whole bins of it, moved and zoomed. Intervals are 0-based."""

from __future__ import annotations

from dataclasses import replace

from enformer_core.genome.interval import Interval

SMALLEST_BINS = 16


def snapped(wanted: Interval, output: Interval, bin_size: int) -> Interval:
    """The whole bins that cover ``wanted``, at least 16 (or all), within the output window."""
    n_bins = output.width // bin_size
    first = (wanted.start - output.start) // bin_size
    last = -((output.start - wanted.end) // bin_size)
    n_wanted = min(max(last - first, SMALLEST_BINS), n_bins)
    first -= (n_wanted - (last - first)) // 2 if n_wanted > last - first else 0
    first = min(max(first, 0), n_bins - n_wanted)
    return replace(
        output, start=output.start + first * bin_size, end=output.start + (first + n_wanted) * bin_size, strand="."
    )


def first_view(asked: Interval | None, output: Interval, bin_size: int) -> Interval:
    """What is shown first: the locus that was asked for if it is inside and 16 bins or more, else everything."""
    if asked is None or asked.width < SMALLEST_BINS * bin_size or not output.contains(asked):
        return output
    return snapped(asked, output, bin_size)


def zoomed(view: Interval, factor: float, output: Interval, bin_size: int) -> Interval:
    """``factor`` times as wide around the same middle."""
    half = max(int(view.width * factor / 2), SMALLEST_BINS * bin_size // 2)
    return snapped(replace(view, start=view.center - half, end=view.center + half), output, bin_size)


def moved(view: Interval, share: float, output: Interval, bin_size: int) -> Interval:
    """Moved by a share of its width, as far as the output window goes."""
    offset = round(view.width * share / bin_size) * bin_size
    offset = min(max(offset, output.start - view.start), output.end - view.end)
    return view.shifted(offset)


def from_selection(low: float, high: float, output: Interval, bin_size: int) -> Interval:
    """The bins under a selection on screen, whose axis has base k (1-based) from k - 0.5 to k + 0.5."""
    start, end = sorted((round(low - 0.5), round(high - 0.5)))
    return snapped(replace(output, start=start, end=max(end, start + 1), strand="."), output, bin_size)


def bins_in(view: Interval, output: Interval, bin_size: int) -> slice:
    """Row numbers of the whole bins in view."""
    first = -((output.start - view.start) // bin_size)
    return slice(max(first, 0), max((view.end - output.start) // bin_size, 0))


def middle(chrom: str, length: int, width: int = 100_000) -> Interval:
    """A stretch in the middle of a contig."""
    width = min(width, length)
    return Interval.centered(chrom, length // 2, width)
