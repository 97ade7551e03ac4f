"""Windows that lie edge to edge, for what is wider than one: how many there may be, and where they stand.

The window that was asked for stays where it is; others are put to its left and to its right. Their outputs lie edge to
edge and what they read overlaps. Positions are 0-based and half-open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import InputError, LocusError, shown
from ..genome.interval import Interval
from ..genome.locus import format_locus

#: In all, with the one that was asked for; of the published model 1,146,880 bp.
MAX_TILES = 10
RULE = (
    "The outputs of neighbouring windows lie edge to edge, and each bin comes from the one window whose output holds "
    "it: nothing is averaged. What the windows read overlaps. Edits are applied once, to all windows together; the "
    "middle of the window that was asked for keeps its place."
)

#: How many windows stand to the left and to the right of the one that was asked for.
Tiles = tuple[int, int]
WantedTiles = Tiles | Literal["all"]
ONE: Tiles = (0, 0)


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the windows.

    Attributes:
        interval: What it reads.
        output: What its bins cover.
    """

    interval: Interval
    output: Interval

    def moved(self, n: int) -> Tile:
        """The window that stands ``n`` places further to the right."""
        offset = n * self.output.width
        return Tile(self.interval.shifted(offset), self.output.shifted(offset))


def widened(core: Tile, tiles: Tiles) -> Tile:
    """All windows as one: all that is read, and all that is predicted."""
    first, last = core.moved(-tiles[0]), core.moved(tiles[1])
    chrom = core.interval.chrom
    return Tile(
        Interval(chrom, first.interval.start, last.interval.end), Interval(chrom, first.output.start, last.output.end)
    )


def split(whole: Tile, tiles: Tiles) -> tuple[Tile, ...]:
    """The windows, left to right, of which ``widened`` made one."""
    n = 1 + sum(tiles)
    step = whole.output.width // n
    length = whole.interval.width - (n - 1) * step
    start, out = whole.interval.start, whole.output.start
    chrom = whole.interval.chrom
    first = Tile(Interval(chrom, start, start + length), Interval(chrom, out, out + step))
    return tuple(first.moved(k) for k in range(n))


def to_cover(whole: Interval, output: Interval) -> Tiles:
    """How many windows more, on either side of the one with this output, it takes to predict all of ``whole``."""
    step = output.width
    return -(min(whole.start - output.start, 0) // step), -(min(output.end - whole.end, 0) // step)


def room(output: Interval, length: int) -> Tiles:
    """How many windows can stand on either side of the one with this output: each predicts a base of the contig.

    Args:
        output: Of the window that was asked for.
        length: Of the contig, in bp.
    """
    return to_cover(Interval(output.chrom, min(0, output.start), max(length, output.end)), output)


def within_limit(tiles: Tiles) -> Tiles:
    """As many of them as may be, fewer on the side that has more."""
    left, right = tiles
    while 1 + left + right > MAX_TILES:
        left, right = (left - 1, right) if left > right else (left, right - 1)
    return left, right


def chosen(wanted: WantedTiles, whole: Interval | None, output: Interval, length: int) -> Tiles:
    """How many windows are put on either side.

    Args:
        wanted: Numbers, or ``"all"`` for as many as ``whole`` takes.
        whole: What was asked for, where one window does not hold it.
        output: Of the window in the middle of it.
        length: Of the contig, in bp.

    Raises:
        InputError: They are no two whole numbers, or too many.
        LocusError: ``whole`` takes too many; or one would predict no base of the contig.
    """
    if wanted == "all":
        return _all_of(whole, output) if whole else ONE
    left, right = _checked(wanted, output)
    most = room(output, length)
    if left > most[0] or right > most[1]:
        raise LocusError(
            f"{left:,} windows to the left and {right:,} to the right of {format_locus(output)} would run off "
            f"{output.chrom}, which ends at {length:,}",
            hint=f"At most {most[0]:,} to the left and {most[1]:,} to the right hold bases of it",
        )
    return left, right


def provenance_of(tiles: Tiles, core: Tile) -> str:
    """Which windows stand side by side, and the rule, in words."""
    asked = f"{core.interval.chrom}:{core.interval.start + 1}-{core.interval.end}"
    return f"{tiles[0]} windows to the left and {tiles[1]} to the right of {asked}. {RULE}"


def _checked(tiles: object, output: Interval) -> Tiles:
    pair = tuple(tiles) if isinstance(tiles, tuple | list) else ()
    if len(pair) != 2 or not all(type(n) is int and n >= 0 for n in pair):
        raise InputError(
            f"tiles {shown(tiles)} are not known",
            hint='Write (1, 2) for one window to the left and two to the right, or "all"',
        )
    left, right = pair
    if 1 + left + right > MAX_TILES:
        raise InputError(
            f"{1 + left + right:,} windows side by side are too many",
            hint=f"At most {MAX_TILES}, {MAX_TILES * output.width:,} bp, are predicted at a time",
        )
    return left, right


def _all_of(whole: Interval, output: Interval) -> Tiles:
    tiles = to_cover(whole, output)
    n = 1 + sum(tiles)
    if n <= MAX_TILES:
        return tiles
    most = within_limit(tiles)
    part = widened(Tile(output, output), most).output.intersection(whole)
    # A locus that is asked for has a window in its middle, so that an odd number of them covers it.
    width = (2 * ((MAX_TILES - 1) // 2) + 1) * output.width
    text = format_locus(Interval.centered(output.chrom, part.center, min(width, part.width))) if part else None
    raise LocusError(
        f"{format_locus(whole)} is {whole.width:,} bp wide, which takes {n:,} windows side by side; at most "
        f"{MAX_TILES}, {MAX_TILES * output.width:,} bp, are predicted at a time",
        hint=f"Ask for {width:,} bp or less, such as {text}" if text else f"Ask for {width:,} bp or less",
        clipped=text,
    )
