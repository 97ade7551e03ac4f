"""From the lines of an annotation to genes with their transcripts, and the choice of the canonical one."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

from ..interval import Strand
from .gtf import Row, first
from .model import Gene, Transcript

# What is met and counted.
NO_NAME = "genes without gene_name, called by their id"
NO_STRAND = "lines without strand, skipped"
REPEATED = "repeated lines of one gene or transcript, skipped"
OUTSIDE_GENE = "transcripts outside their gene or on its other strand, skipped"
OUTSIDE_TRANSCRIPT = "exons or CDS outside their transcript, skipped"
NO_GENE_LINE = "genes without a line of their own, drawn around their transcripts"


@dataclass(slots=True)
class _Part:
    """A gene or transcript under construction. ``line`` is 0 while only its parts have been seen."""

    chrom: str
    strand: str
    start: int = 0
    end: int = 0
    line: int = 0
    name: str = ""
    biotype: str = ""
    tags: frozenset[str] = frozenset()

    def fill(self, row: Row) -> None:
        self.strand, self.start, self.end, self.line = row.strand, row.start, row.end, row.number


@dataclass(slots=True)
class _Transcript(_Part):
    exons: array[int] = field(default_factory=lambda: array("q"))  # start, end, start, end ...
    cds: array[int] = field(default_factory=lambda: array("q"))


@dataclass(slots=True)
class _Gene(_Part):
    transcripts: dict[str, _Transcript] = field(default_factory=dict)


class Collection:
    """The genes of an annotation. Lines may come in any order; one gene id on two contigs makes two genes.

    Attributes:
        counts: What was met and skipped, in words, with how often.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self.counts: Counter[str] = Counter()
        self._genes: dict[tuple[str, str], _Gene] = {}
        self._tags: dict[frozenset[str], frozenset[str]] = {}  # a few hundred sets serve 250,000 transcripts
        for row in rows:
            if row.strand not in ("+", "-"):
                self.counts[NO_STRAND] += 1
            else:
                self._take(row)

    def genes(self) -> Iterator[Gene]:
        """Each gene once, by contig and start, emptying the collection on the way."""
        with_line = {gene_id for (gene_id, _), part in self._genes.items() if part.line}
        for key in sorted(self._genes, key=lambda k: (k[1], self._genes[k].start)):
            part = self._genes.pop(key)
            if not part.line and key[0] in with_line:  # its gene is on another contig
                self.counts[OUTSIDE_GENE] += len(part.transcripts)
            elif (gene := self._made(key[0], part)) is not None:
                yield gene

    def _take(self, row: Row) -> None:
        gene = self._genes.get((row.gene_id, row.chrom))
        if gene is None:
            gene = self._genes[row.gene_id, row.chrom] = _Gene(row.chrom, row.strand)
        if row.feature == "gene":
            self._describe(gene, row, ("gene_type", "gene_biotype"))
            return
        transcript = gene.transcripts.get(row.transcript_id)
        if transcript is None:
            transcript = gene.transcripts[row.transcript_id] = _Transcript(row.chrom, row.strand)
        if row.feature == "transcript":
            self._describe(transcript, row, ("transcript_type", "transcript_biotype"))
            if not gene.name and row.attributes is not None:
                gene.name = first(row.attributes, "gene_name", "gene")
                gene.biotype = gene.biotype or first(row.attributes, "gene_type", "gene_biotype")
        else:
            (transcript.exons if row.feature == "exon" else transcript.cds).extend((row.start, row.end))

    def _describe(self, part: _Part, row: Row, biotypes: tuple[str, str]) -> None:
        if part.line:
            self.counts[REPEATED] += 1
            return
        part.fill(row)
        attributes = row.attributes or {}
        part.name = first(attributes, "gene_name", "gene") or part.name
        part.biotype = first(attributes, *biotypes) or part.biotype
        tags = frozenset(tag.replace(" ", "_") for tag in attributes.get("tag", ()))  # NCBI writes "MANE Select"
        part.tags = self._tags.setdefault(tags, tags)

    def _made(self, gene_id: str, part: _Gene) -> Gene | None:
        made = [self._made_transcript(name, t, part) for name, t in part.transcripts.items()]
        kept = [t for t in made if t is not None]
        if not part.line:
            if not kept:
                return None
            self.counts[NO_GENE_LINE] += 1
            part.start, part.end = min(t[0].start for t in kept), max(t[0].end for t in kept)
            part.strand = kept[0][0].strand
        if not part.name:
            self.counts[NO_NAME] += 1
        self.counts["genes"] += 1
        self.counts["transcripts"] += len(kept)
        strand = cast("Strand", part.strand)
        transcripts, reason = _ranked(kept)
        if not transcripts:
            whole = ((part.start, part.end),)
            transcripts = (Transcript(gene_id, part.start, part.end, strand, part.biotype, whole, None, frozenset()),)
        name = part.name or gene_id
        return Gene(gene_id, name, part.chrom, part.start, part.end, strand, part.biotype, transcripts, reason)

    def _made_transcript(self, name: str, part: _Transcript, gene: _Gene) -> tuple[Transcript, int] | None:
        """The transcript and its number of coding bases, or None where it does not lie in its gene."""
        exons, cds = _merged(part.exons), _merged(part.cds)
        if not part.line:
            both = exons or cds
            part.start, part.end = both[0][0], both[-1][1]
        if gene.line and not (gene.start <= part.start and part.end <= gene.end and gene.strand == part.strand):
            self.counts[OUTSIDE_GENE] += 1
            return None
        inside = [[e for e in spans if part.start <= e[0] and e[1] <= part.end] for spans in (exons, cds)]
        self.counts[OUTSIDE_TRANSCRIPT] += len(exons) + len(cds) - len(inside[0]) - len(inside[1])
        exons, cds = inside
        coding = (cds[0][0], cds[-1][1]) if cds else None
        spans = tuple(exons) or ((part.start, part.end),)
        strand = cast("Strand", part.strand)
        made = Transcript(name, part.start, part.end, strand, part.biotype, spans, coding, part.tags)
        return made, sum(end - start for start, end in cds)


def _ranked(transcripts: list[tuple[Transcript, int]]) -> tuple[tuple[Transcript, ...], str]:
    """Transcripts with the canonical one first, and why it is: MANE, Ensembl's choice, longest coding, longest."""

    def rank(pair: tuple[Transcript, int]) -> tuple[bool, bool, int, int, str]:
        transcript, coding = pair
        tags = transcript.tags
        length = sum(end - start for start, end in transcript.exons)
        return "MANE_Select" not in tags, "Ensembl_canonical" not in tags, -coding, -length, transcript.transcript_id

    if not transcripts:
        return (), "bounds of the gene"
    ordered = sorted(transcripts, key=rank)
    best, coding = ordered[0]
    if "MANE_Select" in best.tags:
        reason = "MANE Select"
    elif "Ensembl_canonical" in best.tags:
        reason = "Ensembl canonical"
    else:
        reason = "longest coding transcript" if coding else "longest transcript"
    return tuple(t for t, _ in ordered), reason


def _merged(flat: array[int]) -> list[tuple[int, int]]:
    """Sorted, with touching or overlapping spans as one (a CDS may be listed in pieces)."""
    spans = sorted(zip(flat[0::2], flat[1::2], strict=True))
    if all(a[1] < b[0] for a, b in pairwise(spans)):
        return spans
    merged = spans[:1]
    for start, end in spans[1:]:
        if start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
