"""Output bins as text, and the bins that a stretch of the reference touches."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from ..errors import InputError, LocusError, shown
from ..genome.coordinate_map import CoordinateMap
from ..genome.interval import Interval
from ..genome.locus import format_locus

_ENTRY = re.compile(r"([0-9]{1,6})(?:\s*-\s*([0-9]{1,6}))?")


def parse_bins(text: str) -> tuple[int, ...]:
    """Read bin numbers and ranges such as ``447,448,449`` or ``447-449``; a range holds both its ends.

    Raises:
        InputError: An entry is neither, a range runs backwards, a bin is named twice, or none is named.
    """
    bins: dict[int, None] = {}
    for entry in (part.strip() for part in text.split(",")):
        if not entry:
            continue
        found = _ENTRY.fullmatch(entry)
        if not found:
            raise InputError(
                f"{shown(entry)} is neither a bin nor a range of bins",
                hint="Write bins as 447,448,449 or 447-449",
            )
        first, last = int(found[1]), int(found[2] or found[1])
        if first > last:
            raise InputError(f"the range {shown(entry)} runs backwards", hint=f"Did you mean {last}-{first}?")
        for number in range(first, last + 1):
            if number in bins:
                raise InputError(f"bin {number:,} is chosen twice", hint="Name each bin once")
            bins[number] = None
    if not bins:
        raise InputError("no bin is chosen", hint="Write bins as 447,448,449 or 447-449")
    return tuple(bins)


def format_bins(bins: Iterable[int]) -> str:
    """Write bins with runs as ranges, ``447-449, 500``; ``parse_bins`` reads it back."""
    numbers = list(bins)
    starts = [0, *(i for i, (a, b) in enumerate(pairwise(numbers), 1) if b != a + 1), len(numbers)]
    runs = [(numbers[low], numbers[high - 1]) for low, high in pairwise(starts)] if numbers else []
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)


def region_bins(
    region: Interval,
    window: Interval,
    output: Interval,
    bin_size: int,
    coordinates: CoordinateMap | None = None,
) -> tuple[int, ...]:
    """The output bins that a stretch of the reference touches.

    In an edited window these are the bins where its bases stand now; bases that are inserted at its borders do not
    belong to it, and where all of it is deleted it is the bin of the next base.

    Args:
        region: Reference bases, 0-based and half-open.
        window: The input window.
        output: What the output bins cover, ``bin_size`` bp each.
        bin_size: Width of a bin in bp.
        coordinates: Of an edited window: reference positions to indices in it.

    Raises:
        LocusError: The region lies outside the output window, or a part of it does. ``clipped`` is the part inside.
    """
    start, end = region.start, region.end
    if coordinates is not None and region.chrom == output.chrom:
        start = window.start + int(coordinates.to_alt(region.start))
        last = window.start + int(coordinates.to_alt(region.end - 1))
        end = max(start + 1, min(window.start + int(coordinates.to_alt(region.end)), last + 1))
    moved = Interval(region.chrom, start, end)
    if not output.contains(moved):
        raise _outside(region, moved, window, output, bin_size, coordinates)
    return _touched(moved, output, bin_size)


def _touched(inside: Interval, output: Interval, bin_size: int) -> tuple[int, ...]:
    return tuple(range((inside.start - output.start) // bin_size, (inside.end - 1 - output.start) // bin_size + 1))


def _outside(
    region: Interval,
    moved: Interval,
    window: Interval,
    output: Interval,
    bin_size: int,
    coordinates: CoordinateMap | None,
) -> LocusError:
    """``moved`` is ``region`` in positions of the edited window, as ``output`` is."""
    low, high = output.start, output.end
    if coordinates is not None:
        low, high = (window.start + int(coordinates.to_ref(x - window.start)) for x in (low, high))
    seen = Interval(output.chrom, low, max(high, low + 1))  # an insertion can fill the whole output
    what = f"outside the output window, which is {format_locus(seen)}"
    n_bins = output.width // bin_size
    if region.chrom != output.chrom:
        return LocusError(f"{format_locus(region)} lies {what}", hint=f"Choose a region on {output.chrom}")
    inside = moved.intersection(output)
    if inside is None:
        nearest = 0 if moved.end <= output.start else n_bins - 1
        hint = f"The nearest bin is {nearest}; or centre the window on the region"
        return LocusError(f"{format_locus(region)} lies {what}", hint=hint)
    part = region.intersection(seen)
    nearest = format_bins(_touched(inside, output, bin_size))
    clipped = format_locus(part) if part else None
    hint = f"The part inside is {clipped}, in bins {nearest}" if clipped else f"The nearest bins are {nearest}"
    return LocusError(f"a part of {format_locus(region)} lies {what}", hint=hint, clipped=clipped)
