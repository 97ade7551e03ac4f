"""The step of a build that works out the true answers of one chromosome, and writes them as parts of tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..files import written_aside
from ..genome.examples import SCHEMA
from . import examples
from .chromosomes import VARIANTS, fetch_from, stream
from .elements import Place, element_lines, link_lines, links, true_elements
from .response import Response
from .simulated import load
from .structural import clusters, opened, structural
from .variants import Drawing, vcf_lines, with_truth

#: Small variants drawn for every 10 Mb: of the tested chromosome, and of others.
TESTED_VARIANTS, OTHER_VARIANTS = 1_500, 170


def names(chrom: str, *, tested: bool) -> tuple[str, ...]:
    """The files that ``score`` writes."""
    common = (f"{chrom}.elements", f"{chrom}.links", f"{chrom}.variants")
    return (*common, "structural", examples.FILE) if tested else common


def score(folder: Path, chrom: str, named: Sequence[tuple[str, str, int]], tested: bool) -> None:
    """Write the true answers of a chromosome.

    Args:
        folder: Where ``simulate`` left it, and where the parts go.
        chrom: The chromosome.
        named: Symbol, id and start of each gene, from left to right.
        tested: Whether it is the one that has more variants, deletions and the worked examples.
    """
    made = load(folder, chrom)
    length, fetch = len(made.codes), fetch_from(made.codes)
    response = Response(made.codes, made.signal)
    genes = [Place(*gene) for gene in named]
    planted = {gene.tss: gene for gene in made.genes}
    elements = true_elements(chrom, made.elements, made.signal.activity, made.signal.boundaries)
    found = list(links(elements, genes, response, length))
    stranded = [(gene, planted[gene.tss].strand) for gene in genes]
    drawing = Drawing(stream(chrom, VARIANTS), chrom, made.codes, elements, stranded, fetch)
    drawn = drawing.draw(length * (TESTED_VARIANTS if tested else OTHER_VARIANTS) // 10_000_000)
    small = with_truth(drawn, genes, response, fetch)
    _write(folder / f"{chrom}.elements", element_lines(chrom, elements))
    _write(folder / f"{chrom}.links", link_lines(found))
    _write(folder / f"{chrom}.variants", vcf_lines(small))
    if not tested:
        return
    lonely = [(gene, planted[gene.tss].programme) for gene in genes if planted[gene.tss].lonely]
    of_clusters, boundaries = list(clusters(lonely, elements)), opened(elements, genes, response, length)
    _write(folder / "structural", vcf_lines(structural(chrom, length, of_clusters, found, boundaries, fetch)))
    scene = examples.Scene(chrom, length, genes, response, elements, of_clusters, boundaries, small, fetch)
    content = {"schema": SCHEMA, "examples": list(examples.examples(scene))}
    _write(folder / examples.FILE, json.dumps(content, indent=1).splitlines())


def _write(path: Path, lines: Iterable[str]) -> None:
    with written_aside(path, overwrite=True) as aside:
        aside.write_bytes("".join(f"{line}\n" for line in lines).encode())
