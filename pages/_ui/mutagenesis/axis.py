"""Where the bases of a result stand: on the reference where they are there, and in the order of the sequence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from enformer_core.interpret.placed import Placed, base_places

_TICKS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """The horizontal axis of a figure, and what to call its places.

    Attributes:
        x: float64 ``[L]``: the middle of each base. 1-based positions of the reference where the bases follow each
            other there; else, in a window with insertions or deletions, the bases counted from 1.
        names: ``[L]``: ``chr2:1,262,781``, or words for a base that the reference does not have.
        title: Of the axis.
        ticks: Where to write which position, where ``x`` is not the position itself; None where it is.
    """

    x: np.ndarray
    names: tuple[str, ...]
    title: str
    ticks: tuple[tuple[float, str], ...] | None = None


def axis_of(placed: Placed) -> Axis:
    """The axis for the bases of a result; they stand on the reference, 0-based, as ``base_places`` says."""
    chrom, places = placed.interval.chrom, base_places(placed)
    names = tuple(f"{chrom}:{place + 1:,}" if place >= 0 else "an inserted base" for place in places.tolist())
    if placed.coordinates is None:
        x = np.arange(placed.interval.start + 1, placed.interval.end + 1, dtype=np.float64)
        return Axis(x, names, f"position on {chrom}")
    if places[0] >= 0 and (np.diff(places) == 1).all():
        return Axis(places.astype(np.float64) + 1, names, f"position on {chrom}")
    x = np.arange(1, len(places) + 1, dtype=np.float64)
    known = np.flatnonzero(places >= 0)
    some = known[:: max(1, len(known) // _TICKS)].tolist()
    ticks = tuple((float(x[at]), f"{places[at] + 1:,}") for at in some)
    return Axis(x, names, f"bases of the edited sequence, at their places on {chrom}", ticks)
