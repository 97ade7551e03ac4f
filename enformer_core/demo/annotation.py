"""The genes of the simulated genome: transcripts, exons and coding parts downstream of the planted promoters.

Only the start of a gene matters to the signal. Its body is drawn by chance, is longer than nothing and shorter than a
domain, and has no effect: the bases of an exon are no more coding than those beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .chance import Chance
from .layout import PlantedGene
from .promoters import Promoters

Span = tuple[int, int]
_BODY = (2_000, 25_001)  # bp
_LAST = 500  # bp between the end of a body and the next start, or the chromosome's end
_SHORTEST = 1_500
_ALTERNATIVE_FROM = 0.05  # strength of a promoter that may start a second transcript


@dataclass(frozen=True, slots=True)
class SimulatedTranscript:
    """A transcript. Spans are 0-based and half-open, ascending on the chromosome.

    Attributes:
        exons: At least one.
        cds: The coding parts of the exons, without the stop codon, whole codons in all; empty if it codes for nothing.
    """

    exons: tuple[Span, ...]
    cds: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SimulatedGene:
    """A gene with its transcripts, the canonical one first.

    Attributes:
        planted: Its start and what it was planted for.
        transcripts: All within the gene.
    """

    planted: PlantedGene
    transcripts: tuple[SimulatedTranscript, ...]

    @property
    def span(self) -> Span:
        """From its first base to its last, 0-based and half-open."""
        return min(t.exons[0][0] for t in self.transcripts), max(t.exons[-1][1] for t in self.transcripts)

    @property
    def is_coding(self) -> bool:
        """Whether its canonical transcript has a coding part."""
        return bool(self.transcripts[0].cds)


def working(genes: Sequence[PlantedGene], promoters: Promoters) -> list[PlantedGene]:
    """The genes whose core promoter the grammar finds at the planted base; chance breaks a few cores."""
    found = set(zip(promoters.position2.tolist(), promoters.strand.tolist(), strict=True))
    return [gene for gene in genes if (2 * gene.tss, gene.strand) in found]


def annotate(chance: Chance, genes: Sequence[PlantedGene], promoters: Promoters, length: int) -> list[SimulatedGene]:
    """Draw a body for every gene of a chromosome of ``length`` bp.

    Args:
        chance: A stream of its own.
        genes: Those that work, from left to right.
        promoters: Every promoter of the chromosome.
        length: Of the chromosome.
    """
    starts = sorted(gene.tss for gene in genes)
    return [_gene(chance, gene, promoters, starts, length) for gene in genes]


def _gene(chance: Chance, gene: PlantedGene, promoters: Promoters, starts: list[int], length: int) -> SimulatedGene:
    body = min(chance.whole(*_BODY), _room(gene, starts, length))
    is_coding = chance.whole(0, 100) < 90
    exons = _exons(chance, body)
    offsets = [(exons, _coding(chance, exons) if is_coding else [])]
    others = _other_starts(gene, promoters, body, starts)
    for _ in range(chance.chosen((0, 1, 2), (5, 3, 2))):
        at = others.pop(0) if others else 0
        varied = _varied(chance, exons, at)
        if varied not in [done for done, _ in offsets]:
            offsets.append((varied, _coding(chance, varied) if is_coding else []))
    return SimulatedGene(gene, tuple(SimulatedTranscript(_placed(gene, e), _placed(gene, c)) for e, c in offsets))


def _room(gene: PlantedGene, starts: list[int], length: int) -> int:
    """How long a body can be, up to the next start or the end of the chromosome."""
    if gene.strand > 0:
        edge = next((s for s in starts if s > gene.tss), length) - gene.tss
    else:
        edge = gene.tss - next((s for s in reversed(starts) if s < gene.tss), 0)
    return max(edge - _LAST, _SHORTEST)


def _exons(chance: Chance, body: int) -> list[Span]:
    """Exons by distance from the start: the first begins at 0, the last ends at ``body``."""
    count = min(2 + body // 2_500 + chance.whole(0, 3), body // 700, 12)
    share = body // count
    exons = [(0, chance.whole(80, 320))]
    for n in range(1, count - 1):
        width = chance.whole(70, 220)
        start = n * share + chance.whole(0, max(share - width - 60, 1))
        exons.append((start, start + width))
    exons.append((body - chance.whole(200, min(1_200, share)), body))
    return exons


def _varied(chance: Chance, exons: list[Span], at: int) -> list[Span]:
    """Another transcript: from ``at`` on, perhaps without one of the inner exons, perhaps with a shorter end."""
    kept = [exon for exon in exons if exon[0] > at + 400] if at else exons[1:]
    first = (at, at + chance.whole(80, 320)) if at else exons[0]
    if len(kept) > 1:
        del kept[chance.whole(0, len(kept) - 1)]
    if kept and chance.whole(0, 2):
        start, end = kept[-1]
        kept[-1] = (start, end - chance.whole(0, (end - start) // 2))
    return [first, *kept]


def _coding(chance: Chance, exons: list[Span]) -> list[Span]:
    """Coding parts by distance from the start: whole codons, from the first exon into the last."""
    start = exons[0][0] + chance.whole(20, 60)
    end = exons[-1][0] + chance.whole(30, 150) if len(exons) > 1 else exons[0][1]
    parts = [(max(a, start), min(b, end)) for a, b in exons if b > start and a < end]
    spare = sum(b - a for a, b in parts) % 3
    parts[-1] = (parts[-1][0], parts[-1][1] - spare)
    return parts


def _other_starts(gene: PlantedGene, promoters: Promoters, body: int, starts: list[int]) -> list[int]:
    """Distances from the start to other promoters in the first half of the body that are no gene's own."""
    distance = (promoters.position2 // 2 - gene.tss) * gene.strand
    chosen = (promoters.strand == gene.strand) & (distance > 300) & (distance < body // 2)
    chosen &= promoters.strength >= _ALTERNATIVE_FROM
    own = np.isin(promoters.position2 // 2, starts)
    return sorted(distance[chosen & ~own].tolist())


def _placed(gene: PlantedGene, spans: list[Span]) -> tuple[Span, ...]:
    """Distances from the start as positions on the chromosome."""
    if gene.strand > 0:
        return tuple((gene.tss + a, gene.tss + b) for a, b in spans)
    return tuple((gene.tss + 1 - b, gene.tss + 1 - a) for a, b in reversed(spans))


# --- GTF -----------------------------------------------------------------------------------------------------------


def gtf(chrom: str, genes: Sequence[SimulatedGene], symbols: Sequence[str], first: int) -> str:
    """The lines of a chromosome's genes, as GENCODE writes them.

    Args:
        chrom: Name of the chromosome.
        genes: From left to right.
        symbols: One for each.
        first: Number of the first gene, for the ids.
    """
    lines = []
    for number, (gene, symbol) in enumerate(zip(genes, symbols, strict=True), start=first):
        lines += _gene_lines(chrom, gene, symbol, number)
    return "".join(f"{line}\n" for line in lines)


def gene_id(number: int) -> str:
    """The id of the gene of this number, from 1."""
    return f"SIMG{number:011d}"


def _gene_lines(chrom: str, gene: SimulatedGene, symbol: str, number: int) -> Iterator[str]:
    kind = "protein_coding" if gene.is_coding else "lncRNA"
    named = f'gene_type "{kind}"; gene_name "{symbol}";'
    strand = "+" if gene.planted.strand > 0 else "-"
    yield _line(chrom, "gene", gene.span, strand, ".", f'gene_id "{gene_id(number)}"; {named}')
    for rank, transcript in enumerate(gene.transcripts):
        ids = f'gene_id "{gene_id(number)}"; transcript_id "SIMT{10 * number + rank:011d}"; {named}'
        ids += f' transcript_type "{kind}"; transcript_name "{symbol}-{201 + rank}";'
        tags = "" if rank else ' tag "basic"; tag "Ensembl_canonical";' + ' tag "MANE_Select";' * gene.is_coding
        whole = (transcript.exons[0][0], transcript.exons[-1][1])
        yield _line(chrom, "transcript", whole, strand, ".", ids + tags)
        coding = {_exon_of(part, transcript.exons): part for part in transcript.cds}
        done = 0  # coding bases so far, for the frame
        order = range(len(transcript.exons))
        for place, i in enumerate(order if strand == "+" else reversed(order), start=1):
            attributes = f"{ids} exon_number {place};{tags}"
            yield _line(chrom, "exon", transcript.exons[i], strand, ".", attributes)
            if i in coding:
                yield _line(chrom, "CDS", coding[i], strand, str(-done % 3), attributes)
                done += coding[i][1] - coding[i][0]


def _exon_of(part: Span, exons: Sequence[Span]) -> int:
    return next(i for i, (start, end) in enumerate(exons) if start <= part[0] and part[1] <= end)


def _line(chrom: str, feature: str, span: Span, strand: str, frame: str, attributes: str) -> str:
    return f"{chrom}\tsimulated\t{feature}\t{span[0] + 1}\t{span[1]}\t.\t{strand}\t{frame}\t{attributes}"
