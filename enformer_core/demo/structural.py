"""Deletions that matter in the simulated genome: clusters of enhancers, single ones, and boundaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..genome.edit import Edit
from ..genome.examples import PSEUDOCOUNT
from ..genome.haplotype import Haplotype
from ..genome.interval import Interval
from ..genome.normalise import Fetch, anchored, normalise
from ..genome.variant import Variant
from .contact import REACH
from .elements import EXTENT, UNKNOWN, Link, Place, TrueElement
from .response import AROUND_START, PIECE, Edited, Response
from .truth import WINDOW, truth_from
from .variants import Known

#: Half of the width in bp of what is deleted with a boundary: both CTCF sites, as far apart as they are planted.
BOUNDARY_HALF = 120
_CLUSTERED = 1_000  # bp between the middles of neighbours in a cluster
_CLUSTER_OF = 4
_CLUSTER_AT = (22_000, 50_000)
_ONE_IN = 250_000  # bp of a chromosome for each deletion of a class in the table
_CAGE = slice(6, 9)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The enhancers that a lonely gene hangs on.

    Attributes:
        gene: The gene.
        elements: From left to right.
    """

    gene: Place
    elements: tuple[TrueElement, ...]

    @property
    def span(self) -> tuple[int, int]:
        """What is deleted with it, 0-based and half-open."""
        return self.elements[0].position - EXTENT, self.elements[-1].position + EXTENT

    @property
    def distance(self) -> int:
        """From its middle to the gene's start, in bp."""
        return abs(sum(self.span) // 2 - self.gene.tss)


@dataclass(frozen=True, slots=True)
class Opened:
    """What the loss of a boundary does to the gene that changes most: log2 fold change of CAGE in each cell type."""

    boundary: TrueElement
    gene: Place
    change: tuple[float, ...]


def deletion(chrom: str, start: int, end: int, fetch: Fetch) -> Variant:
    """The deletion of bases ``start`` to ``end`` (0-based, half-open), left-aligned with its anchor base."""
    return normalise(anchored(chrom, Edit(start, end, ""), fetch), fetch)


def gene_change(variant: Variant, tss: int, fetch: Fetch) -> list[float]:
    """True log2 fold change of CAGE at a start in each cell type; the start keeps its place in the window."""
    window = Interval.centered(variant.chrom, tss, WINDOW)
    start = Interval(variant.chrom, tss + AROUND_START[0], tss + AROUND_START[1])
    before, after = (
        truth_from(Haplotype(window, edits), fetch, start).values[:, _CAGE].astype(np.float64).mean(axis=0)
        for edits in ((), (variant,))
    )
    return np.log2((after + PSEUDOCOUNT) / (before + PSEUDOCOUNT)).tolist()


def clusters(lonely: Sequence[tuple[Place, str]], elements: Sequence[TrueElement]) -> Iterator[Cluster]:
    """The cluster of each lonely gene (with the cell type that it serves), where there is one at the right distance."""
    for gene, kind in lonely:
        near = [e for e in elements if e.kind == kind and abs(e.position - gene.tss) < REACH]
        groups: list[list[TrueElement]] = []
        for element in near:
            if groups and element.position - groups[-1][-1].position <= _CLUSTERED:
                groups[-1].append(element)
            else:
                groups.append([element])
        found = [Cluster(gene, tuple(group)) for group in groups if len(group) >= _CLUSTER_OF]
        found = [c for c in found if _CLUSTER_AT[0] <= c.distance <= _CLUSTER_AT[1]]
        if found:
            yield max(found, key=lambda c: len(c.elements))


def opened(elements: Sequence[TrueElement], genes: Sequence[Place], response: Response, length: int) -> list[Opened]:
    """What the loss of each boundary does, the greatest rise of a gene first."""
    chosen = [e for e in elements if e.kind == "boundary" and PIECE <= e.position < length - PIECE]
    gone = np.full(2 * BOUNDARY_HALF, UNKNOWN, np.uint8)
    answers = response.after([Edited(e.position - BOUNDARY_HALF, gone) for e in chosen])
    found = []
    for boundary, after in zip(chosen, answers, strict=True):
        changes = [(response.change(after, g.tss), g) for g in genes if after.low <= g.tss < after.high]
        if changes:
            change, gene = max(changes, key=lambda pair: float(pair[0].max()))
            found.append(Opened(boundary, gene, tuple(change.tolist())))
    return sorted(found, key=lambda o: (-max(o.change), o.boundary.position))


def structural(
    chrom: str,
    length: int,
    of_clusters: Sequence[Cluster],
    links: Sequence[Link],
    boundaries: Sequence[Opened],
    fetch: Fetch,
) -> list[Known]:
    """The deletions worth a line, with the truth for the gene that each is about, in the order of the chromosome."""
    most = -(-length // _ONE_IN)
    found = [_known(chrom, "cluster_deletion", c.span, c.elements[0].name, c.gene, fetch) for c in of_clusters]
    strongest: dict[str, Link] = {}
    for link in sorted(links, key=lambda k: (min(k.change), k.element.position)):
        strongest.setdefault(link.element.name, link)
    for link in list(strongest.values())[:most]:
        span = (link.element.position - EXTENT, link.element.position + EXTENT)
        found.append(_known(chrom, "enhancer_deletion", span, link.element.name, link.gene, fetch))
    for change in boundaries[:most]:
        span = (change.boundary.position - BOUNDARY_HALF, change.boundary.position + BOUNDARY_HALF)
        found.append(_known(chrom, "boundary_deletion", span, change.boundary.name, change.gene, fetch))
    return sorted(found, key=lambda known: (known.variant.pos, known.kind))


def _known(chrom: str, kind: str, span: tuple[int, int], name: str, gene: Place, fetch: Fetch) -> Known:
    variant = deletion(chrom, *span, fetch)
    facts = {
        "SVTYPE": "DEL",
        "END": str(variant.end),
        "ELEMENT": name,
        "GENE": gene.symbol,
        "DISTANCE": str(abs(sum(span) // 2 - gene.tss)),
    }
    return Known(variant, kind, facts, None, gene_change(variant, gene.tss, fetch), gene.symbol)
