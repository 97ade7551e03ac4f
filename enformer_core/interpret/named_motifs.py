"""The known motifs in the strong parts of an explanation, with their places on the reference.

A motif is named where it fits (p of at most the scanner's threshold, 1e-4 by default, for one place on one strand;
see docs/motifs.md) *and* where its bases matter: the part of all the strength that lies inside it is at least
``MATTERS`` times its part of the bases, or half of all. The ranking is by support: the bits that each base adds to
the fit, weighted by how much the base matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import LocusError
from ..files import written_aside
from ..genome.interval import Interval, Strand
from ..genome.locus import format_locus
from ..genome.motifs.motif import MotifLibrary
from ..genome.motifs.naming import Named, best_in
from ..genome.motifs.read import read_motifs
from ..genome.motifs.scan import Scanner
from ..genome.motifs.shipped import library_file
from ..genome.registry import registered
from ..inference.export import write_tsv
from .mutagenesis_map import MutagenesisMap
from .placed import base_places
from .scores import ContributionScores

if TYPE_CHECKING:
    import pandas as pd

    from ..genome.assembly import Assembly
    from ..settings import Settings

MATTERS = 1.2
"""How many times as much the bases of a motif must matter as the average base that was looked at."""
ENOUGH = 0.5
"""Part of all the strength that is enough whatever the width, for stretches hardly wider than a motif."""
TOP = 8


@dataclass(frozen=True, slots=True)
class PlacedMotif:
    """A motif in bases that matter.

    Attributes:
        interval: Where it lies on the reference, 0-based and half-open, with the strand it fits on. Bases that an edit
            inserted lie nowhere, so it can be shorter than the motif.
        name: The factor, such as ``GATA1``.
        id: What its library calls it, such as ``MA0035.5``.
        p: Chance that random bases at one place, on one strand, fit as well.
        support: Bits per base, weighted by strength; see ``genome.motifs.naming``.
        share: Part of the strength of all the bases that lies inside it.
        others: Names of other motifs at the same place, best first: relatives of the factor, as a rule.
    """

    interval: Interval
    name: str
    id: str
    p: float
    support: float
    share: float
    others: tuple[str, ...]


def library_of(assembly: Assembly | None, settings: Settings) -> MotifLibrary:
    """The library that goes with an assembly: its own if it is registered with one, else the shipped one.

    Raises:
        FileError: The library is missing, or cannot be read.
    """
    entry = None
    if assembly is not None:
        found = registered("assembly", settings).get(assembly.name)
        entry = found if found is not None and found.file("fasta") == assembly.path else None
    return read_motifs(library_file(entry))


def named_in(
    explained: MutagenesisMap | ContributionScores, scanner: Scanner, *, part: Interval | None = None, top: int = TOP
) -> tuple[PlacedMotif, ...]:
    """The motifs that explain best where an explanation is strong, best first, one for each place.

    The strength of a base is its importance in a map, or its score; a base of a map that was not computed counts as 0.
    A motif in inserted bases alone has no place on the reference, and is left out.

    Args:
        explained: With at most 20,000 bases in the part that is looked at.
        scanner: What is looked for, and from which p on.
        part: Look at these bases of the reference alone; None for all.
        top: The most motifs.

    Raises:
        LocusError: No base of the part is among those that are explained.
        SequenceError: There are more than 20,000 bases.
    """
    places = base_places(explained)
    first, last = _within(explained, places, part)
    bases, places = explained.bases[first:last], places[first:last]
    strengths = np.nan_to_num(np.abs(explained.signal()[first:last].astype(np.float64)))
    placed = (
        _placed(named, places, explained.interval.chrom)
        for named in best_in(bases, strengths, scanner, top=len(bases))
        if _matters(named, len(bases))
    )
    return tuple(motif for motif in placed if motif is not None)[:top]


def motif_frame(motifs: Sequence[PlacedMotif]) -> pd.DataFrame:
    """One row per motif: chrom, start, end (0-based, half-open), strand, name, id, p, support, share, others."""
    import pandas as pd

    columns = ["chrom", "start", "end", "strand", "name", "id", "p", "support", "share", "others"]
    rows = []
    for motif in motifs:
        at = motif.interval
        numbers = (motif.p, motif.support, motif.share)
        rows.append((at.chrom, at.start, at.end, at.strand, motif.name, motif.id, *numbers, " ".join(motif.others)))
    return pd.DataFrame(rows, columns=columns)


def write_motifs(
    motifs: Sequence[PlacedMotif],
    explained: MutagenesisMap | ContributionScores,
    library: MotifLibrary,
    scanner: Scanner,
    path: Path,
    *,
    overwrite: bool = False,
) -> None:
    """Write motifs as a table under a first line that is ``# `` and JSON: the facts of what is explained, the library
    with its licence, and the thresholds.

    Raises:
        OutputExists: The file is there and ``overwrite`` is False.
        FileError: It cannot be written.
    """
    how = {"p": scanner.p, "gc": scanner.gc, "matters": MATTERS, "enough": ENOUGH}
    facts = explained.facts() | {"kind": "motifs", "library": library.name, "about": library.about, "thresholds": how}
    with written_aside(path, overwrite=overwrite) as aside:
        write_tsv(aside, facts, motif_frame(motifs))


def _within(
    explained: MutagenesisMap | ContributionScores, places: np.ndarray, part: Interval | None
) -> tuple[int, int]:
    """Index of the first base that lies in the part, and the one after the last."""
    if part is None:
        return 0, len(places)
    inside = np.flatnonzero((places >= part.start) & (places < part.end))
    if part.chrom != explained.interval.chrom or not len(inside):
        raise LocusError(
            f"no base of {format_locus(part)} is explained here",
            hint="Choose bases that were explained",
        )
    return int(inside[0]), int(inside[-1]) + 1


def _matters(named: Named, n_bases: int) -> bool:
    width = named.hit.end - named.hit.start
    return (named.share or 0.0) >= min(MATTERS * width / n_bases, ENOUGH) and (named.support or 0.0) > 0


def _placed(named: Named, places: np.ndarray, chrom: str) -> PlacedMotif | None:
    inside = places[named.hit.start : named.hit.end]
    known = inside[inside >= 0]
    if not len(known):
        return None
    strand: Strand = "-" if named.hit.strand == "-" else "+"
    motif = named.hit.motif
    others = tuple(hit.motif.name for hit in named.others)
    interval = Interval(chrom, int(known[0]), int(known[-1]) + 1, strand)
    return PlacedMotif(interval, motif.name, motif.id, named.hit.p, named.support or 0.0, named.share or 0.0, others)
