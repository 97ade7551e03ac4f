"""What a question is about: from text, a gene, an interval or a sequence to the bases that the model reads.

A window is centred on ``c`` and reads ``[c - input_length // 2, ...)``. For a locus ``c = (start + end) // 2``; for a
gene it is the 0-based transcription start site of the chosen transcript, so that the site is the first base of the
middle output bin.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from collections.abc import Sequence as Items
from dataclasses import dataclass, field, replace

from ..errors import InputError, LocusError, VariantError, shown
from ..genome.assembly import Assembly
from ..genome.coordinate_map import CoordinateMap
from ..genome.genes.model import Gene, Transcript
from ..genome.haplotype import Haplotype
from ..genome.interval import Interval
from ..genome.locus import format_locus
from ..genome.normalise import check_ref
from ..genome.query import EmptyQuery, GeneQuery, LocusQuery, SequenceQuery, VariantQuery, parse_query
from ..genome.sequence import Sequence
from ..genome.variant import Variant
from ..genome.variant_text import read_variants
from ..genome.written import VariantText

Query = str | Interval | Gene | Haplotype | Sequence
Edit = Variant | VariantText | str
_WORTH_A_NOTE = 0.10


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a model reads and writes: window and bin sizes in bp, output bins, and where they begin in the window."""

    input_length: int
    bin_size: int
    n_bins: int
    output_offset: int

    def input_interval(self, chrom: str, center: int) -> Interval:
        """The bases that are read around a 0-based centre."""
        return Interval.centered(chrom, center, self.input_length)

    def output_interval(self, window: Interval) -> Interval:
        """The bases that the output bins of an input window cover."""
        start = window.start + self.output_offset
        return Interval(window.chrom, start, start + self.n_bins * self.bin_size)


@dataclass(frozen=True, slots=True)
class Window:
    """One input window, ready to be read.

    Attributes:
        interval: The input window, 0-based; it may run off its chromosome.
        output: What the output bins cover.
        contigs: Length of each contig of the assembly, or of the pasted sequence alone.
        asked: The part that was asked for, where that is not the whole output.
        haplotype: The edits, where there are any.
        notes: What a person should know about this window.
        assembly: Where the bases come from; None for a pasted sequence.
        sequence: The pasted sequence; None for a window on an assembly.
    """

    interval: Interval
    output: Interval
    contigs: Mapping[str, int]
    asked: Interval | None = None
    haplotype: Haplotype | None = None
    notes: tuple[str, ...] = ()
    assembly: Assembly | None = field(default=None, repr=False)
    sequence: Sequence | None = field(default=None, repr=False)

    @property
    def edits(self) -> tuple[Variant, ...]:
        """The edits that are applied."""
        return self.haplotype.edits if self.haplotype else ()

    @property
    def coordinates(self) -> CoordinateMap | None:
        """Where each base of the edited window lies on the reference; None without edits."""
        return self.haplotype.coordinate_map(self._fetch) if self.haplotype else None

    def bases(self, shift: int = 0) -> str:
        """The input bases, upper-case ACGTN, of the window moved by ``shift`` bp."""
        if self.haplotype:
            return self._edited(self.haplotype, shift)
        return self._fetch(self.interval.shifted(shift))

    def _fetch(self, interval: Interval) -> str:
        if self.assembly:
            return self.assembly.fetch(interval)
        return Pasted(self.sequence).fetch(interval) if self.sequence else "N" * interval.width

    def _edited(self, haplotype: Haplotype, shift: int) -> str:
        # The edited sequence is moved, not the reference under the edits: read a wider window and cut it.
        interval, margin = self.interval, abs(shift)
        wide = Interval(interval.chrom, interval.start - margin, interval.end + margin)
        anchor = interval.center if haplotype.anchor is None else haplotype.anchor
        bases = Haplotype(wide, haplotype.edits, anchor).sequence(self._fetch)
        return bases[margin + shift : margin + shift + interval.width]


def resolve(query: Query, geometry: Geometry, assembly: Assembly | None, edits: Items[Edit] = ()) -> Window:
    """The window that a question is about.

    Args:
        query: A gene name, locus, variant or sequence as text, or an object.
        geometry: The model's.
        assembly: Needed for all but sequences.
        edits: Applied together; their REF is checked against the assembly.

    Raises:
        InputError: The question cannot be read, or needs an assembly or genes that are not there.
    """
    if isinstance(query, str):
        return _resolve_text(query, geometry, assembly, edits)
    if isinstance(query, Sequence):
        return _of_sequence(query, geometry, edits)
    if assembly is None:
        raise InputError(
            f"{type(query).__name__} needs an assembly", hint="Give one: Predictor.from_pretrained(..., assembly=...)"
        )
    if isinstance(query, Interval):
        return _of_locus(query, geometry, assembly, edits)
    if isinstance(query, Gene):
        return gene_window(query, query.canonical, geometry, assembly, edits)
    if isinstance(query, Haplotype):
        if query.window.width != geometry.input_length:
            raise LocusError(
                f"the haplotype's window has {query.window.width:,} bp, the model reads {geometry.input_length:,}"
            )
        edits = (*query.edits, *edits)
        return _build(query.window, geometry, assembly, edits, anchor=query.anchor)
    raise InputError(f"{shown(query)} is not a locus, gene, variant or sequence")


def sequence_sha256(bases: str) -> str:
    """Checksum of input bases."""
    return hashlib.sha256(bases.encode()).hexdigest()


def _resolve_text(text: str, geometry: Geometry, assembly: Assembly | None, edits: Items[Edit]) -> Window:
    query = parse_query(text)
    if isinstance(query, EmptyQuery):
        raise InputError("nothing was asked for", hint="Give a gene, a locus such as chr1:1,000-2,000, or a sequence")
    if isinstance(query, SequenceQuery):
        return _of_sequence(query.sequence, geometry, edits)
    if assembly is None:
        raise InputError(
            f"{shown(text)} needs an assembly", hint="Name one, or a FASTA file; only a sequence can do without"
        )
    if isinstance(query, LocusQuery):
        locus, notes = assembly.resolve(query.locus)
        return _of_locus(locus, geometry, assembly, edits, notes=notes)
    if isinstance(query, VariantQuery):
        found = place_edits(query.texts, assembly)
        first = min(found, key=lambda v: v.start)
        return _build(
            geometry.input_interval(first.chrom, first.start),
            geometry,
            assembly,
            (*found, *edits),
            notes=("the window is centred on the variant, which is applied",),
        )
    return _of_named_gene(query, geometry, assembly, edits)


def _of_named_gene(query: GeneQuery, geometry: Geometry, assembly: Assembly, edits: Items[Edit]) -> Window:
    if query.name in assembly.contigs:  # an unusual contig, such as scaffold_12, reads like a name
        return _of_locus(assembly.locate(query.name), geometry, assembly, edits)
    if assembly.genes is None:
        raise InputError(
            f"{shown(query.name)} looks like a gene, but {assembly.name} has no gene annotation",
            hint="Give a GTF file (--genes), or a locus such as chr1:1,000-2,000",
        )
    gene, notes = assembly.genes.lookup(query.name)
    return gene_window(gene, gene.canonical, geometry, assembly, edits, notes)


def gene_window(
    gene: Gene,
    transcript: Transcript,
    geometry: Geometry,
    assembly: Assembly,
    edits: Items[Edit] = (),
    notes: Items[str] = (),
) -> Window:
    """The window centred on the start site of one of a gene's transcripts; ``notes`` come before its own."""
    chrom = assembly.contig(gene.chrom)
    notes = [*notes, f"centred on the start site of {gene.symbol} ({transcript.transcript_id})"]
    window = geometry.input_interval(chrom, transcript.tss)
    output = geometry.output_interval(window)
    body = Interval(chrom, gene.start, gene.end)
    if not output.contains(body):
        seen = output.intersection(body)
        part = f"{format_locus(seen)} of {format_locus(body)}" if seen else "no part"
        notes.append(f"{gene.symbol} is longer than the window: {part} is shown")
    return _build(window, geometry, assembly, edits, notes=notes)


def _of_locus(
    locus: Interval, geometry: Geometry, assembly: Assembly, edits: Items[Edit], notes: Items[str] = ()
) -> Window:
    window = geometry.input_interval(assembly.contig(locus.chrom), locus.center)
    output = geometry.output_interval(window)
    notes = list(notes)
    if locus.width > output.width:
        notes.append(
            f"{format_locus(locus)} is {locus.width:,} bp wide; its central {output.width:,} bp are predicted: "
            f"{format_locus(output)}"
        )
    return _build(window, geometry, assembly, edits, notes=notes, asked=locus)


def _of_sequence(sequence: Sequence, geometry: Geometry, edits: Items[Edit]) -> Window:
    length, want = len(sequence.bases), geometry.input_length
    # The middle of the sequence becomes the middle of the window; coordinates are those of the sequence.
    window = Interval.centered(sequence.name, length // 2, want)
    notes = list(sequence.notes)
    if length < want:
        notes.append(f"the sequence has {length:,} bp; {want - length:,} N were added around it")
    elif length > want:
        notes.append(f"the sequence has {length:,} bp; its central {want:,} bp are read")
    output, contigs = geometry.output_interval(window), {sequence.name: length}
    plain = Window(window, output, contigs, notes=tuple(notes), sequence=sequence)
    applied = place_edits(edits, Pasted(sequence))
    return replace(plain, haplotype=Haplotype(window, applied)) if applied else plain


@dataclass(frozen=True, slots=True)
class Pasted:
    """A pasted sequence, as edits see an assembly: one contig, whose coordinates are the sequence's own."""

    sequence: Sequence

    @property
    def name(self) -> str:
        """What the sequence is called."""
        return self.sequence.name

    @property
    def build(self) -> str:
        """None that anybody knows."""
        return ""

    @property
    def contigs(self) -> Mapping[str, int]:
        """Its name and length in bp."""
        return {self.sequence.name: len(self.sequence.bases)}

    def contig(self, text: str) -> str:
        """The sequence's name.

        Raises:
            LocusError: Another is meant.
        """
        if text != self.name:
            raise LocusError(
                f"{shown(text)} is not the pasted sequence, which is called {shown(self.name)}",
                hint=f"Write the edit as {self.name}:100:A>C",
            )
        return self.name

    def fetch(self, interval: Interval) -> str:
        """The bases of an interval, 0-based; N where it runs off an end."""
        inside = self.sequence.bases[max(interval.start, 0) : max(interval.end, 0)]
        left = "N" * min(max(-interval.start, 0), interval.width)
        return (left + inside).ljust(interval.width, "N")


def place_edits(edits: Items[Edit], assembly: Assembly | Pasted) -> tuple[Variant, ...]:
    """Edits as variants on the own contigs of an assembly or a pasted sequence, each reference allele checked.

    Raises:
        VariantError: One cannot be read, lies beyond its chromosome, or has another REF than the assembly.
    """
    placed, name = [], assembly.build or assembly.name
    for edit in edits:
        for written in read_variants(edit) if isinstance(edit, str) else [edit]:
            chrom = assembly.contig(written.chrom)
            if written.end > assembly.contigs[chrom]:
                raise VariantError(
                    f"position {written.start + 1:,} is beyond the end of {chrom}",
                    hint=f"{chrom} of {name} ends at {assembly.contigs[chrom]:,}",
                )
            if isinstance(written, VariantText):
                placed.append(written.resolve(assembly.fetch, chrom=chrom, assembly=name))
            else:
                placed.append(replace(written, chrom=chrom))
                check_ref(placed[-1], assembly.fetch, assembly=name)
    return tuple(placed)


def _build(
    window: Interval,
    geometry: Geometry,
    assembly: Assembly,
    edits: Items[Edit],
    *,
    notes: Items[str] = (),
    asked: Interval | None = None,
    anchor: int | None = None,
) -> Window:
    applied = place_edits(edits, assembly)
    haplotype = Haplotype(window, applied, anchor) if applied else None
    notes = [*notes, *_about_ends(window, assembly), *_about_n(window, assembly)]
    output = geometry.output_interval(window)
    return Window(window, output, assembly.contigs, asked, haplotype, tuple(notes), assembly=assembly)


def _about_ends(window: Interval, assembly: Assembly) -> list[str]:
    outside = max(-window.start, 0) + max(window.end - assembly.contigs[window.chrom], 0)
    return [f"{outside:,} bp of the window lie off {window.chrom} and are read as N"] if outside else []


def _about_n(window: Interval, assembly: Assembly) -> list[str]:
    inside = Interval(window.chrom, max(window.start, 0), min(window.end, assembly.contigs[window.chrom]))
    share = assembly.fetch(inside).count("N") / inside.width
    if share == 1:
        return ["100% N: the window holds no known base, so the prediction is not meaningful"]
    return [f"{share:.0%} of the window is N (unknown bases)"] if share > _WORTH_A_NOTE else []
