"""Naming output bins. ALFA1 starts at 0-based 20,000, the first base of bin 16 of the window around it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import World

from enformer_core.errors import EnformerError, GeneNotFound, InputError, LocusError
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.sequence import parse_sequence
from enformer_core.inference.resolve import resolve
from enformer_core.inference.window import Geometry, Window
from enformer_core.interpret.places import Place

GEOMETRY = Geometry(8_192, 128, 32, 2_048)


@pytest.fixture(scope="module")
def assembly(world: World) -> Iterator[Assembly]:
    with Assembly.open(world.fasta, genes=world.genes) as assembly:
        yield assembly


def window(assembly: Assembly | None, query: str, *edits: str) -> Window:
    return resolve(query, GEOMETRY, assembly, edits)


@pytest.mark.parametrize(
    ("text", "kind", "rest"),
    [
        ("gene:ALFA1", "gene", "ALFA1"),
        (" Gene : ALFA1 ", "gene", "ALFA1"),
        ("region:chr2:1,001-2,000", "region", "chr2:1,001-2,000"),
        ("bins:447-449", "bins", "447-449"),
        ("gene:TWIN@chr2", "gene", "TWIN@chr2"),
    ],
)
def test_a_place_is_read_and_written_back(text: str, kind: str, rest: str) -> None:
    place = Place.parse(text)
    assert (place.kind, place.text) == (kind, rest)
    assert Place.parse(str(place)) == place


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "'' names no place. Write gene:CD44, region:chr11"),
        ("ALFA1", "'ALFA1' names no place"),
        ("track:3", "'track:3' names no place"),
        ("gene:", "the gene is empty"),
        ("region: ", "the region is empty"),
        ("bins:", "the bins is empty"),
        ("bins:x", "'x' is neither a bin nor a range of bins"),
        ("bins:3,3", "bin 3 is chosen twice"),
        ("gene:A;tracks:1", "'A;tracks:1' is no gene"),
        ("gene:A\nB", "is no gene"),
        ("gene:A\u202eB", "'A\\u202eB' is no gene"),
        ("gene:" + "A" * 201, "is too long. Write at most 200 characters"),
    ],
)
def test_what_names_no_place(text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        Place.parse(text)
    assert words in str(caught.value)


@settings(max_examples=30)
@given(st.text(max_size=300))
def test_any_text_is_a_place_or_our_error(text: str) -> None:
    for start in ("", "gene:", "region:", "bins:"):
        try:
            place = Place.parse(start + text)
        except InputError:
            continue
        assert Place.parse(str(place)) == place


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("gene:alfa1", (15, 16, 17)),
        ("gene:ENSG00000000001", (15, 16, 17)),
        ("region:chr1:20,001-20,129", (16, 17)),
        ("bins:31,0-1", (31, 0, 1)),
    ],
)
def test_bins_of_a_place(assembly: Assembly, place: str, expected: tuple[int, ...]) -> None:
    assert Place.parse(place).bins_in(GEOMETRY, window(assembly, "ALFA1"))[0] == expected


def test_a_reader_is_told_how_a_gene_was_found(assembly: Assembly) -> None:
    bins, notes = Place.parse("gene:ENSG00000000001.7").bins_in(GEOMETRY, window(assembly, "ALFA1"))
    assert bins == (15, 16, 17)
    assert len(notes) == 1
    assert "version" in notes[0]


def test_a_place_moves_with_edits(assembly: Assembly, world: World) -> None:
    """256 bases before the site move it by one bin to the left, for the window stays around its middle."""
    base = world.bases["chr1"][20_299]
    edited = window(assembly, "chr1:20,501", f"chr1:20300:{base}>{base}{'ACGTTGCATC' * 13}")
    assert Place.parse("gene:ALFA1").bins_in(GEOMETRY, window(assembly, "chr1:20,501"))[0] == (11, 12, 13)
    assert Place.parse("gene:ALFA1").bins_in(GEOMETRY, edited)[0] == (10, 11, 12)


@pytest.mark.parametrize(
    ("query", "place", "kind", "words"),
    [
        ("ALFA1", "gene:GIANT", LocusError, "site of GIANT: chr1:36,001-36,001 lies outside the output window"),
        ("ALFA1", "gene:GIANT", LocusError, "by asking for GIANT; the nearest three bins are 29-31"),
        ("GIANT", "gene:ALFA1", LocusError, "by asking for ALFA1; the nearest three bins are 0-2"),
        ("chr2:15,000", "gene:ALFA1", LocusError, "Centre the window on it by asking for ALFA1"),
        ("chr1:21,990", "gene:ALFA1", InputError, "in bin 0, at the edge of the output, which has bins 0 to 31"),
        ("chr1:21,990", "gene:ALFA1", InputError, "the nearest three bins are 0-2"),
        ("chr1:18,010", "gene:ALFA1", InputError, "the nearest three bins are 29-31"),
        ("ALFA1", "gene:ALFB1", GeneNotFound, "ALFA1"),
        ("ALFA1", "gene:TWIN", InputError, "TWIN"),
        ("ALFA1", "region:chr1:17,000-18,000", LocusError, "The part inside is chr1:17,953-18,000, in bins 0"),
        ("ALFA1", "region:chr1:1-100", LocusError, "outside the output window"),
        ("ALFA1", "region:nonsense:", LocusError, "there is no position after 'nonsense'"),
        ("ALFA1", "bins:32", InputError, "there is no bin 32 in the output, which has 32 bins"),
    ],
)  # fmt: skip
def test_what_cannot_be_placed(
    assembly: Assembly, query: str, place: str, kind: type[EnformerError], words: str
) -> None:
    with pytest.raises(kind) as caught:
        Place.parse(place).bins_in(GEOMETRY, window(assembly, query))
    assert words in str(caught.value)
    assert "--" not in str(caught.value)


def test_the_part_inside_can_be_taken(assembly: Assembly) -> None:
    with pytest.raises(LocusError) as caught:
        Place.parse("region:chr1:17,000-18,000").bins_in(GEOMETRY, window(assembly, "ALFA1"))
    assert caught.value.clipped == "chr1:17,953-18,000"
    assert Place("region", "chr1:17,953-18,000").bins_in(GEOMETRY, window(assembly, "ALFA1"))[0] == (0,)


def test_without_genes(world: World) -> None:
    place = Place.parse("gene:ALFA1")
    without = "cannot be looked up without gene annotation, and genome has none"
    with Assembly.open(world.fasta) as bare, pytest.raises(InputError, match=without):
        place.bins_in(GEOMETRY, window(bare, "chr1:20,001"))
    pasted = resolve(parse_sequence("ACGT" * 100), GEOMETRY, None)
    with pytest.raises(InputError, match="a pasted sequence has none"):
        place.site_in(pasted)


def test_the_site_of_a_place(assembly: Assembly) -> None:
    asked = window(assembly, "ALFA1")
    assert Place.parse("gene:ALFA1").site_in(asked) == 20_000
    assert Place.parse("gene:BETA2").site_in(asked) == 32_999
    assert Place.parse("bins:3").site_in(asked) is None
    assert Place.parse("region:chr1:20,001-20,002").site_in(asked) is None
