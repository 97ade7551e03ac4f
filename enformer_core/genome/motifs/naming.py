"""Which known motifs a strong stretch may be: hits ranked by how well they explain where it is strong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from .scan import Hit, Scanner

MAX_NAMED = 20
_SAME_PLACE = 0.5  # of the shorter of two hits that overlap


@dataclass(frozen=True, slots=True)
class Named:
    """One place with the motif that explains it best.

    Attributes:
        hit: The best hit there.
        support: Bits per base: the mean, over all the bases and weighted by their strength, of what each adds to the
            hit's score (0 outside it). 0 where the bases that the motif wants do not matter, 2 at most for a background
            of even bases, and below 0 where strong bases speak against it. None where no strengths were given.
        share: Part of the strength of all the bases that lies inside the hit, 0 to 1; None where none were given.
        others: Hits at the same place, best first, one for each other name: relatives of the factor, as a rule.
    """

    hit: Hit
    support: float | None
    share: float | None
    others: tuple[Hit, ...]


def best_in(
    bases: str, strengths: np.ndarray | Sequence[float] | None, scanner: Scanner, *, top: int = MAX_NAMED
) -> tuple[Named, ...]:
    """The motifs that explain best where a stretch is strong, one for each place.

    Ranked by ``support``, then p: a long motif gains nothing from bases that do not matter, nor from strong bases that
    are not what it wants. Without strengths, by p. A hit that shares at least half of the shorter one's bases with a
    better hit is listed under it.

    Args:
        bases: At most 20,000 letters.
        strengths: ``[bases]``: contribution of each base, or its mean effect in a mutagenesis map. Signs are ignored.
        scanner: What is looked for, and from which p on.
        top: How many places to name.

    Returns:
        At most ``top`` places, best first.

    Raises:
        InputError: There is not one finite strength for each base, or the bases cannot be read.
    """
    weights = None if strengths is None else _weights(bases, strengths)
    found = [_named(hit, bases, weights, scanner) for hit in scanner.scan(bases)]
    found.sort(key=lambda one: (-(one.support or 0.0), one.hit.p, one.hit.motif.id, one.hit.start, one.hit.strand))
    places: list[tuple[Named, list[Hit]]] = []
    for one in found:
        place = next((place for place in places if _same_place(place[0].hit, one.hit)), None)
        if place is None:
            places.append((one, []))
        elif all(one.hit.motif.name != hit.motif.name for hit in (place[0].hit, *place[1])):
            place[1].append(one.hit)
    return tuple(Named(one.hit, one.support, one.share, tuple(others)) for one, others in places[:top])


def _weights(bases: str, strengths: np.ndarray | Sequence[float]) -> np.ndarray:
    """float64 ``[bases]``, with a sum of 1; all 0 where every strength is."""
    sizes = np.abs(np.asarray(strengths, np.float64))
    if sizes.shape != (len(bases),):
        raise InputError(f"there are strengths of shape {sizes.shape} for {len(bases):,} bases", hint="Give one each")
    if not np.isfinite(sizes).all():
        at = int(np.flatnonzero(~np.isfinite(sizes))[0])
        raise InputError(f"the strength of base {at + 1:,} is {sizes[at]:g}", hint="Give a number for each base")
    largest = sizes.max(initial=0.0)
    if largest == 0.0:
        return sizes
    sizes /= largest  # the sum of very large or very small ones would leave the range of a float
    return sizes / sizes.sum()


def _named(hit: Hit, bases: str, weights: np.ndarray | None, scanner: Scanner) -> Named:
    if weights is None:
        return Named(hit, None, None, ())
    inside = weights[hit.start : hit.end]
    return Named(hit, float(scanner.log_odds(hit, bases) @ inside), float(inside.sum()), ())


def _same_place(one: Hit, other: Hit) -> bool:
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared >= _SAME_PLACE * min(one.end - one.start, other.end - other.start)
