"""From a question, as text or as an object, to the window that the model reads for it."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import replace

from ..errors import InputError, LocusError, shown
from ..genome.assembly import Assembly
from ..genome.edit import Edit as Change
from ..genome.genes.model import Gene, Transcript
from ..genome.haplotype import Haplotype
from ..genome.interval import Interval
from ..genome.locus import format_locus
from ..genome.query import EmptyQuery, GeneQuery, LocusQuery, SequenceQuery, VariantQuery, parse_query
from ..genome.sequence import Sequence
from ..genome.variant import Variant
from ..genome.written import remarks
from .placing import Edit, Pasted, place_edits
from .tiling import ONE, Tile, Tiles, WantedTiles, chosen, widened
from .window import Geometry, Query, Window

_WORTH_A_NOTE = 0.10


def resolve(
    query: Query,
    geometry: Geometry,
    assembly: Assembly | None,
    edits: Items[Edit] = (),
    tiles: WantedTiles = ONE,
) -> Window:
    """The window that a question is about.

    Args:
        query: A gene name, locus, variant or sequence as text, or an object.
        geometry: The model's.
        assembly: Needed for all but sequences.
        edits: Applied together; their REF is checked against the assembly.
        tiles: How many windows more to put to its left and to its right; ``"all"`` for as many as it takes.

    Raises:
        InputError: The question cannot be read, or needs an assembly or genes that are not there.
    """
    if isinstance(query, str):
        return _resolve_text(query, geometry, assembly, edits, tiles)
    if isinstance(query, Sequence):
        return _of_sequence(query, geometry, edits, tiles)
    if assembly is None:
        raise InputError(
            f"{type(query).__name__} needs an assembly", hint="Give one: Predictor.from_pretrained(..., assembly=...)"
        )
    if isinstance(query, Interval):
        return _of_locus(query, geometry, assembly, edits, tiles)
    if isinstance(query, Gene):
        return gene_window(query, query.canonical, geometry, assembly, edits, tiles=tiles)
    if isinstance(query, Haplotype):
        if query.window.width != geometry.input_length:
            raise LocusError(
                f"the haplotype's window has {query.window.width:,} bp, the model reads {geometry.input_length:,}"
            )
        edits = (*query.edits, *edits)
        return _build(query.window, geometry, assembly, edits, tiles, anchor=query.anchor)
    raise InputError(f"{shown(query)} is not a locus, gene, variant or sequence")


def _resolve_text(
    text: str, geometry: Geometry, assembly: Assembly | None, edits: Items[Edit], tiles: WantedTiles
) -> Window:
    query = parse_query(text)
    if isinstance(query, EmptyQuery):
        raise InputError("nothing was asked for", hint="Give a gene, a locus such as chr1:1,000-2,000, or a sequence")
    if isinstance(query, SequenceQuery):
        return _of_sequence(query.sequence, geometry, edits, tiles)
    if assembly is None:
        raise InputError(
            f"{shown(text)} needs an assembly", hint="Name one, or a FASTA file; only a sequence can do without"
        )
    if isinstance(query, LocusQuery):
        locus, notes = assembly.resolve(query.locus)
        return _of_locus(locus, geometry, assembly, edits, tiles, notes=notes)
    if isinstance(query, VariantQuery):
        found = place_edits(query.texts, assembly)
        first = min(found, key=lambda v: v.start)
        return _build(
            geometry.input_interval(first.chrom, first.start),
            geometry,
            assembly,
            (*found, *edits),
            tiles,
            notes=(
                "the window is centred on the variant, which is applied",
                *remarks(query.texts, found, assembly.fetch),
            ),
        )
    return _of_named_gene(query, geometry, assembly, edits, tiles)


def _of_named_gene(
    query: GeneQuery, geometry: Geometry, assembly: Assembly, edits: Items[Edit], tiles: WantedTiles
) -> Window:
    if query.name in assembly.contigs:  # an unusual contig, such as scaffold_12, reads like a name
        return _of_locus(assembly.locate(query.name), geometry, assembly, edits, tiles)
    if assembly.genes is None:
        raise InputError(
            f"{shown(query.name)} looks like a gene, but {assembly.name} has no gene annotation",
            hint="Give a GTF file (--genes), or a locus such as chr1:1,000-2,000",
        )
    gene, notes = assembly.genes.lookup(query.name)
    return gene_window(gene, gene.canonical, geometry, assembly, edits, notes, tiles)


def gene_window(
    gene: Gene,
    transcript: Transcript,
    geometry: Geometry,
    assembly: Assembly,
    edits: Items[Edit] = (),
    notes: Items[str] = (),
    tiles: WantedTiles = ONE,
) -> Window:
    """The window centred on the start site of one of a gene's transcripts; ``notes`` come before its own."""
    chrom = assembly.contig(gene.chrom)
    notes = [*notes, f"centred on the start site of {gene.symbol} ({transcript.transcript_id})"]
    window = geometry.input_interval(chrom, transcript.tss)
    body = Interval(chrom, gene.start, gene.end)
    return _build(window, geometry, assembly, edits, tiles, notes=notes, whole=body, name=gene.symbol)


def _of_locus(
    locus: Interval,
    geometry: Geometry,
    assembly: Assembly,
    edits: Items[Edit],
    tiles: WantedTiles,
    notes: Items[str] = (),
) -> Window:
    window = geometry.input_interval(assembly.contig(locus.chrom), locus.center)
    whole = Interval(window.chrom, locus.start, locus.end)
    return _build(window, geometry, assembly, edits, tiles, notes=notes, asked=locus, whole=whole)


def _of_sequence(sequence: Sequence, geometry: Geometry, edits: Items[Edit], tiles: WantedTiles) -> Window:
    length, want = len(sequence.bases), geometry.input_length
    # The middle of the sequence becomes the middle of the window; coordinates are those of the sequence.
    core = Interval.centered(sequence.name, length // 2, want)
    whole = Interval(sequence.name, 0, length) if length > want else None
    output = geometry.output_interval(core)
    put = chosen(tiles, whole, output, length)
    wide = widened(Tile(core, output), put)
    notes, partly = list(sequence.notes), ""
    if added := max(-wide.interval.start, 0) + max(wide.interval.end - length, 0):
        notes.append(f"the sequence has {length:,} bp; {added:,} N were added around it")
    if whole is not None and not wide.output.contains(whole):
        reads = f"its central {want:,} bp are read" if put == ONE else f"{format_locus(wide.output)} is predicted"
        partly = f"the sequence has {length:,} bp; {reads}"
        notes.append(partly)
    notes += _about_tiles(put)
    contigs = {sequence.name: length}
    plain = Window(
        wide.interval,
        wide.output,
        contigs,
        notes=tuple(notes),
        sequence=sequence,
        tiles=put,
        whole=whole,
        partly=partly,
    )
    applied = place_edits(edits, Pasted(sequence))
    plain = replace(plain, notes=(*plain.notes, *_about_steps(applied, geometry.bin_size)))
    anchor = None if put == ONE else core.center
    return replace(plain, haplotype=Haplotype(wide.interval, applied, anchor)) if applied else plain


def _build(
    core: Interval,
    geometry: Geometry,
    assembly: Assembly,
    edits: Items[Edit],
    tiles: WantedTiles,
    *,
    notes: Items[str] = (),
    asked: Interval | None = None,
    anchor: int | None = None,
    whole: Interval | None = None,
    name: str = "",
) -> Window:
    """A window with as many beside it as are wanted.

    Args:
        core: What the one that was asked for reads.
        geometry: The model's.
        assembly: Where the bases come from.
        edits: Applied together.
        tiles: How many windows to put beside it.
        notes: What a person should know.
        asked: The part that was asked for.
        anchor: The base that edits leave in its place; None for the middle of ``core``.
        whole: What the question is about.
        name: Of the gene that this is; empty for a locus.
    """
    output = geometry.output_interval(core)
    if whole is not None and output.contains(whole):
        whole = None
    put = chosen(tiles, whole, output, assembly.contigs[core.chrom])
    wide = widened(Tile(core, output), put)
    applied = place_edits(edits, assembly)
    if put != ONE and anchor is None:
        anchor = core.center
    haplotype = Haplotype(wide.interval, applied, anchor) if applied else None
    partly = _about_rest(whole, name, wide.output, is_one=put == ONE)
    about = [*([partly] if partly else []), *_about_tiles(put), *_about_steps(applied, geometry.bin_size)]
    notes = [*notes, *about, *_about_ends(wide.interval, assembly), *_about_n(wide.interval, assembly)]
    return Window(
        wide.interval,
        wide.output,
        assembly.contigs,
        asked,
        haplotype,
        tuple(notes),
        assembly=assembly,
        tiles=put,
        whole=whole,
        partly=partly,
    )


def _about_rest(whole: Interval | None, name: str, output: Interval, *, is_one: bool) -> str:
    """That a part of what was asked for is not predicted; empty where all is."""
    if whole is None or output.contains(whole):
        return ""
    seen = output.intersection(whole)
    if name:
        part = f"{format_locus(seen)} of {format_locus(whole)}" if seen else "no part"
        return f"{name} is longer than the window: {part} is shown"
    which = f"its central {output.width:,} bp are predicted" if is_one else f"{output.width:,} bp are predicted"
    return f"{format_locus(whole)} is {whole.width:,} bp wide; {which}: {format_locus(output)}"


def _about_tiles(tiles: Tiles) -> list[str]:
    if tiles == ONE:
        return []
    return [f"{1 + sum(tiles)} windows side by side: each bin comes from the one whose output holds it"]


def _about_steps(edits: Items[Variant], bin_size: int) -> list[str]:
    """That bins of the edited sequence do not begin where those of the reference do, on the far side of some edits."""
    if all((len(change.alt) - change.width) % bin_size == 0 for change in map(Change.of, edits)):
        return []
    return [
        "beyond what is inserted or deleted, bins are out of step with the reference's, and narrow peaks differ by it"
    ]


def _about_ends(window: Interval, assembly: Assembly) -> list[str]:
    outside = max(-window.start, 0) + max(window.end - assembly.contigs[window.chrom], 0)
    return [f"{outside:,} bp of the window lie off {window.chrom} and are read as N"] if outside else []


def _about_n(window: Interval, assembly: Assembly) -> list[str]:
    inside = Interval(window.chrom, max(window.start, 0), min(window.end, assembly.contigs[window.chrom]))
    share = assembly.fetch(inside).count("N") / inside.width
    if share == 1:
        return ["100% N: the window holds no known base, so the prediction is not meaningful"]
    return [f"{share:.0%} of the window is N (unknown bases)"] if share > _WORTH_A_NOTE else []
