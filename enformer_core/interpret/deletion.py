"""What a deletion scan puts into the model: windows over an interval, each replaced by N or by shuffles of itself.

Nothing changes its place: "deletion" is the field's word for taking information away. Positions are 0-based and
half-open; codes are A 0, C 1, G 2, T 3, N 4.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, shown
from ..inference.codes import N

How = Literal["N", "shuffle"]


def windows(start: int, end: int, width: int, stride: int) -> NDArray[np.int64]:
    """Where the windows of a scan over ``[start, end)`` begin.

    They are ``stride`` apart, and those that would reach over the end become one that ends with the interval: every
    base lies in a window where ``stride`` is at most ``width``.

    Args:
        start: First base of the interval.
        end: After its last base.
        width: Bases in a window.
        stride: Bases from one window to the next.

    Returns:
        int64, in rising order, each from ``start`` to ``end - width``.

    Raises:
        InputError: The interval is empty, ``width`` or ``stride`` is not a whole number from 1 on, or the interval is
            narrower than a window.
    """
    for value, what in ((width, "window width"), (stride, "stride")):
        if value < 1:
            raise InputError(f"the {what} is {value:,} bp", hint="It has to be 1 bp or more")
    length = end - start
    if length < 1:
        raise InputError(f"the interval from {start:,} to {end:,} has no base", hint="Choose an end behind the start")
    if width > length:
        raise InputError(
            f"a window of {width:,} bp does not fit into the {length:,} bp of the interval",
            hint=f"Choose a width of {length:,} bp or less, or a longer interval",
        )
    return np.unique(np.minimum(np.arange(start, end, stride, dtype=np.int64), end - width))


def replaced(codes: NDArray[np.uint8], start: int, width: int, how: How, seed: int = 0) -> NDArray[np.uint8]:
    """A sequence with the bases ``[start, start + width)`` taken out of play.

    Args:
        codes: uint8 ``[L]``.
        start: First base that is replaced.
        width: Bases that are replaced.
        how: ``N``, or ``shuffle``: the same bases in another order that keeps every count of neighbouring pairs. N in
            the stretch stay where they are, and each run of bases between them is shuffled on its own.
        seed: Of the shuffle. The same seed gives the same order on every machine; with others come other shuffles.

    Returns:
        A new uint8 ``[L]``. A shuffle can be the sequence itself: a run of 3 bases or fewer has no other order that
        keeps its pairs, and neither has a run of one base.

    Raises:
        InputError: The stretch is empty or reaches outside the sequence, ``how`` is unknown, or ``seed`` is negative.
    """
    if how not in get_args(How):
        raise InputError(f"{shown(how)} is no way to replace bases", hint=f"Choose one of {', '.join(get_args(How))}")
    if width < 1 or start < 0 or start + width > len(codes):
        raise InputError(
            f"the stretch from {start:,} to {start + width:,} does not lie in the sequence of {len(codes):,} bp",
            hint=f"Choose one of at least 1 bp within 0 to {len(codes):,}",
        )
    if seed < 0:
        raise InputError(f"the seed is {seed}", hint="It has to be 0 or more")
    result = codes.copy()
    stretch = result[start : start + width]
    if how == "N":
        stretch[:] = N
        return result
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, start, width])))
    borders = np.flatnonzero(np.diff(stretch == N, prepend=True, append=True))
    for low, high in borders.reshape(-1, 2):
        stretch[low:high] = shuffled(stretch[low:high], random)
    return result


def shuffled(codes: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Shuffle a run of bases and keep how often each pair of neighbours occurs, and so its first and last base, too.

    Pairs are edges from base to base, and the run is a walk over all of them. Every such walk is as likely: Altschul
    & Erickson (1985), https://doi.org/10.1093/oxfordjournals.molbev.a040370, with the last edges out of each base
    drawn as a random spanning tree by Wilson's walk in place of trial and error.

    Args:
        codes: uint8 ``[L]`` without N.
        random: Only ``integers`` is drawn from it.

    Returns:
        A new uint8 ``[L]``.
    """
    if len(codes) < 4:  # with its ends and its pairs kept, a run of 3 has one order
        return codes.copy()
    after = [codes[1:][codes[:-1] == base].tolist() for base in range(4)]
    exits = _last_exits(after, int(codes[-1]), random)
    for base, following in enumerate(after):
        if base in exits:  # kept for last: it leads on to the end
            following.remove(exits[base])
        _permute(following, random)
        if base in exits:
            following.append(exits[base])
    ways = [iter(following) for following in after]
    result = np.empty_like(codes)
    base = int(codes[0])
    result[0] = base
    for i in range(1, len(codes)):
        base = next(ways[base])
        result[i] = base
    return result


def _last_exits(after: list[list[int]], end: int, random: np.random.Generator) -> dict[int, int]:
    """For each base but ``end`` that is left at all, the base it is left for the last time to.

    These lead from every base to ``end``. Each such tree is drawn as often as its edges are there (Wilson 1996): walk
    at random until what is done is met; of edges taken twice from one base, the later one counts.
    """
    exits: dict[int, int] = {}
    for first, following in enumerate(after):
        if not following or first == end or first in exits:
            continue
        path: dict[int, int] = {}
        base = first
        while base != end and base not in exits:
            path[base] = after[base][int(random.integers(len(after[base])))]
            base = path[base]
        base = first
        while base != end and base not in exits:
            exits[base] = base = path[base]
    return exits


def _permute(items: list[int], random: np.random.Generator) -> None:
    """Put items in random order (Fisher-Yates), in place."""
    if len(items) < 2:
        return
    picks = random.integers(np.arange(len(items), 1, -1))
    for last, pick in zip(range(len(items) - 1, 0, -1), picks.tolist(), strict=True):
        items[last], items[pick] = items[pick], items[last]
