"""The substitutions of a map that change the target most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from enformer_core.interpret.placed import base_places, reference_ranges

from ..effect_cards import signed

if TYPE_CHECKING:
    from enformer_core.interpret.deletion_scan import DeletionScan
    from enformer_core.interpret.mutagenesis_map import MutagenesisMap

LETTERS = "ACGT"


@dataclass(frozen=True, slots=True)
class Substitution:
    """One cell of a map.

    Attributes:
        chrom: The contig.
        position: 0-based, on the reference; None for an inserted base, which is not there.
        base: The letter that is there.
        letter: The one that takes its place.
        effect: As the map has it.
    """

    chrom: str
    position: int | None
    base: str
    letter: str
    effect: float

    @property
    def place(self) -> str:
        """``chr2:1,262,781``, which counts from 1."""
        return "an inserted base" if self.position is None else f"{self.chrom}:{self.position + 1:,}"

    @property
    def change(self) -> str:
        """``A>C``."""
        return f"{self.base}>{self.letter}"


def strongest(found: MutagenesisMap, most: int = 10) -> tuple[Substitution, ...]:
    """The substitutions with the largest effects, whichever sign they have; of equal ones the leftmost first.

    Args:
        found: A map, complete or not; what is not computed plays no part.
        most: How many at most.
    """
    effects = found.effect.ravel()
    present = np.repeat(list(found.bases), len(LETTERS)) == np.tile(list(LETTERS), len(found.bases))
    sizes = np.where(present | np.isnan(effects), -1.0, np.abs(effects))
    order = np.argsort(-sizes, kind="stable")[:most]
    places = base_places(found)
    chosen = []
    for cell in order[sizes[order] >= 0].tolist():
        at, row = divmod(cell, len(LETTERS))
        position = int(places[at]) if places[at] >= 0 else None
        letters = found.bases[at], LETTERS[row]
        chosen.append(Substitution(found.interval.chrom, position, *letters, float(effects[cell])))
    return tuple(chosen)


def in_words(found: MutagenesisMap, unit: str) -> str:
    """What somebody who sees the map would notice first, for those who do not.

    Args:
        found: A map, complete or not.
        unit: Of its effects.
    """
    first = strongest(found, 3)
    if not first:
        return "No substitution has an effect that was computed."
    said = "; ".join(f"{one.place} {one.change} {signed(one.effect)}" for one in first)
    known = ~np.isnan(found.effect).all(axis=1)
    n_missing = len(found.bases) - int(known.sum())
    tail = f" {n_missing:,} of {len(found.bases):,} bases are not computed." if n_missing else ""
    return f"The strongest substitutions, in {unit}: {said}.{tail}"


def scan_in_words(found: DeletionScan, unit: str) -> str:
    """What somebody who sees a scan would notice first."""
    sizes = np.where(np.isnan(found.effect), -1.0, np.abs(found.effect))
    at = int(sizes.argmax())
    if sizes[at] < 0:
        return "No stretch has an effect that was computed."
    starts, ends = reference_ranges(found, found.starts, found.ends)
    where = f"{found.interval.chrom}:{starts[at] + 1:,}-{ends[at]:,}"
    effect = signed(float(found.effect[at]))
    return f"The strongest of {len(sizes):,} stretches of {found.width:,} bp is {where}: {effect}, in {unit}."
