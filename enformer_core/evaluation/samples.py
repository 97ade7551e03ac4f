"""Which variants, elements and genes are looked at. Every sample is drawn from a seed, the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..demo.chance import Chance
from ..demo.motifs import MOTIFS
from ..demo.sites import FULL
from .heldout import BIN, HeldOut
from .linked import OWN
from .windows import Edit

#: Bases of an element that are shuffled, and that a deletion takes out: three whole bins.
SHUFFLED, DELETED = 360, 384
#: A gene this near is a variant's own; farther than this, no element is tested on it.
NEAR_TSS, FAR_FROM_TSS = 200, 50_000
MATCHED = 0.4  # occupancy from which a site counts as a match
_CLEAR = 12  # bp around a base outside motifs that hold no site
_EDGE = 16  # bins kept clear at both ends of an output window
_PLACES = ("in motifs", "outside motifs", "in promoters")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of each, per seed.

    Attributes:
        in_motifs: SNVs in matched motifs.
        outside: SNVs outside.
        in_promoters: SNVs in motifs less than 200 bp from a start site.
        deletions: Elements that are deleted.
        elements: Elements that are shuffled, in all; None for every one near a gene.
        shuffles: Shuffles of each.
        seeds: Seeds of the samples.
        tiles: Windows for positions, genes and variants, from the left; None for the whole chromosome.
    """

    in_motifs: int = 110
    outside: int = 60
    in_promoters: int = 90
    deletions: int = 50
    elements: int | None = None
    shuffles: int = 2
    seeds: tuple[int, ...] = (1, 2, 3)
    tiles: int | None = None

    @classmethod
    def limited(cls, n: int) -> Sizes:
        """A look with at most ``n`` of each kind, and one shuffle."""
        full = cls()
        smaller = (min(n, m) for m in (full.in_motifs, full.outside, full.in_promoters, full.deletions))
        return cls(*smaller, elements=n, shuffles=1, tiles=n)


@dataclass(frozen=True, slots=True)
class Snv:
    """A changed base.

    Attributes:
        position: 0-based.
        code: What it becomes: A 0, C 1, G 2, T 3.
        where: ``in motifs``, ``outside motifs`` or ``in promoters``.
        gene: Row of the nearest gene.
    """

    position: int
    code: int
    where: str
    gene: int

    def edit(self) -> Edit:
        """The same as an edit."""
        return Edit(self.position, self.position + 1, np.array([self.code], np.uint8))


def snvs(world: HeldOut, seed: int, sizes: Sizes, n_bins: int) -> list[Snv]:
    """The variants of one seed.

    Args:
        world: The chromosome.
        seed: Of this sample.
        sizes: How many.
        n_bins: Bins of an output window: variants keep clear of the ends of the windows that tile the chromosome.
    """
    chance = Chance(seed, 71)
    places = _motif_places(world)
    places = places[_inside(places // BIN, n_bins, world, sizes.tiles)]
    near = places[np.abs(places - world.tss[nearest(world.tss, places)]) < NEAR_TSS]
    outside = _outside(world, chance, sizes, n_bins)
    chosen = ((places, sizes.in_motifs), (outside, sizes.outside), (near, sizes.in_promoters))
    found = []
    for where, (positions, count) in zip(_PLACES, chosen, strict=True):
        for position in _drawn(chance, positions, count):
            code = (int(world.codes[position]) + chance.whole(1, 4)) % 4
            found.append(Snv(int(position), code, where, int(nearest(world.tss, np.array([position]))[0])))
    return found


def elements_near_genes(world: HeldOut, count: int | None) -> np.ndarray:
    """int64: rows of the elements that have a gene within 50 kb and are part of no promoter; all, or ``count`` of them.

    Those that are taken are spread evenly over the chromosome.
    """
    distance = np.abs(world.elements[:, None] - world.tss)
    rows = np.flatnonzero((distance <= FAR_FROM_TSS).any(axis=1) & (distance > OWN).all(axis=1))
    if count is None or count >= len(rows):
        return rows
    return rows[np.linspace(0, len(rows) - 1, count).astype(int)]


def drawn_elements(rows: np.ndarray, seed: int, count: int) -> np.ndarray:
    """int64: the elements that one seed deletes, of ``rows``."""
    return np.sort(_drawn(Chance(seed, 72), rows, count))


def shuffles(world: HeldOut, element: int, count: int) -> list[Edit]:
    """An element's middle 360 bp with its bases in random order, ``count`` times: nothing else moves."""
    middle = int(world.elements[element])
    start, end = middle - SHUFFLED // 2, middle + SHUFFLED // 2
    chance = Chance(73, middle)
    bases = world.codes[start:end].tolist()
    return [Edit(start, end, np.array(chance.shuffled(bases), np.uint8)) for _ in range(count)]


def deletion(world: HeldOut, element: int) -> Edit:
    """An element's middle 384 bp taken out, so that what stands on both sides meets."""
    start = int(world.elements[element]) - DELETED // 2
    return Edit(start, start + DELETED, np.zeros(0, np.uint8))


def nearest(tss: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """int64, as ``positions``: the row of the nearest start site (``tss`` ascending, not empty)."""
    right = np.clip(np.searchsorted(tss, positions), 1, max(len(tss) - 1, 1)) if len(tss) > 1 else positions * 0
    if len(tss) == 1:
        return right
    left = right - 1
    return np.where(positions - tss[left] <= tss[right] - positions, left, right)


def _motif_places(world: HeldOut) -> np.ndarray:
    """int64, ascending: every base of a matched site on which its factor insists (capitals of the consensus)."""
    found = []
    for motif in MOTIFS:
        sites = world.sites[motif.name]
        matched = sites.occupancy >= MATCHED * FULL
        start = (sites.centre2[matched] - (motif.width - 1)) // 2
        forward = np.array([i for i, letter in enumerate(motif.consensus) if letter.isupper()])
        on_plus = sites.strand[matched][:, None] > 0
        found.append((start[:, None] + np.where(on_plus, forward, motif.width - 1 - forward)).ravel())
    return np.unique(np.concatenate(found))


def _outside(world: HeldOut, chance: Chance, sizes: Sizes, n_bins: int) -> np.ndarray:
    """int64 ``[sizes.outside]``: bases with no site, however weak, within 12 bp."""
    covered = np.zeros(len(world.codes) + 1, np.int64)
    for motif in MOTIFS:
        start = (world.sites[motif.name].centre2 - (motif.width - 1)) // 2
        np.add.at(covered, np.maximum(start - _CLEAR, 0), 1)
        np.add.at(covered, np.minimum(start + motif.width + _CLEAR, len(world.codes)), -1)
    free = np.flatnonzero(np.cumsum(covered)[:-1] == 0)
    free = free[_inside(free // BIN, n_bins, world, sizes.tiles)]
    return _drawn(chance, free, sizes.outside)


def _inside(bins: np.ndarray, n_bins: int, world: HeldOut, tiles: int | None) -> np.ndarray:
    """bool: whether bins are clear of the ends of their tile, and lie on a tile that is looked at."""
    place = bins % n_bins
    last = world.n_bins if tiles is None else min(tiles * n_bins, world.n_bins)
    return (place >= _EDGE) & (place < n_bins - _EDGE) & (bins < last - _EDGE)


def _drawn(chance: Chance, items: np.ndarray, count: int) -> np.ndarray:
    """``count`` different items, or all of them where there are fewer."""
    rest = np.array(items)
    count = min(count, len(rest))
    for i in range(count):  # the first steps of Fisher and Yates' shuffle
        j = chance.whole(i, len(rest))
        rest[i], rest[j] = rest[j], rest[i]
    return rest[:count]
