"""The strongest pairs of an attention map, and the map in words: what can be read without seeing it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from enformer_core.genome.interval import Interval

from .grid import Grid

#: Pairs nearer than this part of the window are left out: neighbours nearly always look at each other.
APART = 0.05
MAX_PAIRS = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places far apart, one of which looks at the other.

    Attributes:
        query: Who looks, 0-based, on the reference.
        key: Where it looks.
        distance: bp between their middles.
        weight: Part of the query's attention.
        times: The same in multiples of the even share.
    """

    query: Interval
    key: Interval
    distance: int
    weight: float
    times: float

    @property
    def both(self) -> Interval:
        """The stretch from the one to the other."""
        return Interval(self.query.chrom, min(self.query.start, self.key.start), max(self.query.end, self.key.end))


def strongest(grid: Grid, most: int = MAX_PAIRS) -> tuple[Pair, ...]:
    """The pairs that are far apart with the highest multiples of the even share, highest first.

    A place that many look at is told once, with the one that looks at it most: its other pairs, and those of the
    groups that touch it, are left out. So are places off the chromosome, which hold no bases.
    """
    starts, ends = np.maximum(grid.edges[:-1], 0), np.minimum(grid.edges[1:], grid.length)
    there = ends > starts
    middles = (starts + ends) // 2
    apart = np.abs(middles[:, None] - middles[None, :])
    values = np.where(there[:, None] & there[None, :] & (apart >= nearest(grid)), grid.times, -1.0)
    found: list[Pair] = []
    while len(found) < most:
        query, key = (int(i) for i in np.unravel_index(int(values.argmax()), values.shape))
        if values[query, key] <= 0:
            break
        found.append(
            Pair(
                Interval(grid.chrom, int(starts[query]), int(ends[query])),
                Interval(grid.chrom, int(starts[key]), int(ends[key])),
                int(apart[query, key]),
                float(grid.weights[query, key]),
                float(grid.times[query, key]),
            )
        )
        values[:, max(key - 1, 0) : key + 2] = -1.0
    return tuple(found)


def nearest(grid: Grid) -> int:
    """bp from which on two places count as far apart."""
    return int(APART * (grid.edges[-1] - grid.edges[0]))


def in_words(grid: Grid, pairs: tuple[Pair, ...], whose: str) -> str:
    """What somebody who sees the map would notice first.

    Args:
        grid: The map.
        pairs: Its strongest pairs, as ``strongest`` finds them.
        whose: The layers and heads in words.
    """
    middles = (grid.edges[:-1] + grid.edges[1:]) / 2
    near = np.abs(middles[:, None] - middles[None, :]) < nearest(grid)
    part = float(np.where(near, grid.weights, 0).sum(axis=1, dtype=np.float64).mean())
    even = float(np.where(near, grid.share, 0).sum(axis=1).mean())
    said = (
        f"Attention map of {grid.chrom}:{max(grid.edges[0], 0) + 1:,}-{min(grid.edges[-1], grid.length):,}, {whose}: "
        f"on average a place takes {part:.0%} of its attention from what lies within {nearest(grid):,} bp of it, where "
        f"even attention would take {even:.0%}."
    )
    if not pairs:
        return said
    top = pairs[0]
    return (
        f"{said} The strongest pair farther apart: {locus(top.query)} looks at {locus(top.key)}, "
        f"{top.times:.3g} times the even share."
    )


def locus(place: Interval) -> str:
    """A place as people read it, 1-based: ``chr1:1,001-2,000``."""
    return f"{place.chrom}:{place.start + 1:,}-{place.end:,}"
