"""A gene, its transcripts, and a search hit. Coordinates are 0-based and half-open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..interval import Interval, Strand


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript.

    Attributes:
        transcript_id: With its version, as the annotation has it.
        start: 0-based position of the first base.
        end: 0-based position after the last base.
        strand: ``+`` or ``-``.
        biotype: For example ``protein_coding``.
        exons: Start and end of each exon, ascending.
        cds: From the first to the last coding base (as in GTF, without the stop codon), or None.
        tags: For example ``MANE_Select``.
    """

    transcript_id: str
    start: int
    end: int
    strand: Strand
    biotype: str
    exons: tuple[tuple[int, int], ...]
    cds: tuple[int, int] | None
    tags: frozenset[str]

    @property
    def tss(self) -> int:
        """0-based position of the first transcribed base: ``start`` on +, ``end - 1`` on -."""
        return self.start if self.strand == "+" else self.end - 1


@dataclass(frozen=True, slots=True)
class Gene:
    """One gene.

    Attributes:
        gene_id: With its version, as the annotation has it.
        symbol: Its name; the gene id where the annotation gives none.
        chrom: Contig name.
        start: 0-based position of the first base.
        end: 0-based position after the last base.
        strand: ``+`` or ``-``.
        biotype: For example ``protein_coding``.
        transcripts: At least one; the canonical one first.
        canonical_reason: Why that one: ``MANE Select``, ``Ensembl canonical``, ``longest coding transcript``,
            ``longest transcript`` or ``bounds of the gene``.
    """

    gene_id: str
    symbol: str
    chrom: str
    start: int
    end: int
    strand: Strand
    biotype: str
    transcripts: tuple[Transcript, ...]
    canonical_reason: str

    @property
    def canonical(self) -> Transcript:
        """The transcript that stands for the gene."""
        return self.transcripts[0]

    @property
    def tss(self) -> int:
        """0-based transcription start site of the canonical transcript."""
        return self.canonical.tss

    @property
    def interval(self) -> Interval:
        """The whole gene, with its strand."""
        return Interval(self.chrom, self.start, self.end, self.strand)


class ListedGene(NamedTuple):
    """One gene of a list of all: what completing a name needs, without transcripts and exons.

    Attributes:
        gene_id: With its version, as the annotation has it.
        symbol: Its name; the gene id where the annotation gives none.
        chrom: Contig name.
        start: 0-based position of the gene's first base.
        biotype: For example ``protein_coding``.
        tss: 0-based transcription start site of the canonical transcript.
    """

    gene_id: str
    symbol: str
    chrom: str
    start: int
    biotype: str
    tss: int


@dataclass(frozen=True, slots=True)
class GeneHit:
    """One gene that a search found.

    Attributes:
        symbol: The gene's name.
        gene_id: Its id with version.
        chrom: Contig name.
        start: 0-based position of its first base.
        end: 0-based position after its last base.
        strand: ``+`` or ``-``.
        matched: The name that matched the search.
        note: How it matched, where it is not the plain symbol: ``previous symbol``, ``near miss`` and so on.
    """

    symbol: str
    gene_id: str
    chrom: str
    start: int
    end: int
    strand: Strand
    matched: str
    note: str
