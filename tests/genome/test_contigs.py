"""Contig names and the assemblies recognised by their lengths."""

from __future__ import annotations

from pathlib import Path

import pytest

from enformer_core.genome.contigs import (
    accession_note,
    alias_table,
    canonical,
    is_circular,
    mismatch,
    nearest,
    recognise,
    resolve,
)
from enformer_core.genome.known_assemblies import KNOWN, REFSEQ, SYNONYMS

HG38 = KNOWN["hg38"]


def resolved(text: str, contigs: dict[str, int]) -> str | None:
    return resolve(text, contigs, alias_table(contigs))


@pytest.mark.parametrize("text", ["1", "chr1", "CHR1", "Chr1", " chr1 ", "NC_000001.11", "nc_000001.11"])
def test_row_02_aliases_of_a_chromosome(text: str) -> None:
    assert resolved(text, dict(HG38)) == "chr1"


@pytest.mark.parametrize("text", ["M", "MT", "chrM", "chrMT", "mt", "NC_012920.1"])
def test_aliases_of_the_mitochondrion(text: str) -> None:
    assert resolved(text, dict(HG38)) == "chrM"
    assert resolved(text, {"1": 248_956_422, "MT": 16_569}) == "MT"


@pytest.mark.parametrize("text", ["chrX", "x", "NC_000023.11"])
def test_ensembl_names_are_found_by_ucsc_names(text: str) -> None:
    assert resolved(text, {"1": 248_956_422, "X": 156_040_895}) == "X"


def test_a_file_in_refseq_names_is_found_by_ucsc_names() -> None:
    contigs = {"NC_000001.11": 248_956_422, "NC_000023.11": 156_040_895}
    assert resolved("chrX", contigs) == "NC_000023.11"
    assert resolved("1", contigs) == "NC_000001.11"


def test_row_15_accession_of_another_assembly_leads_nowhere_and_is_named() -> None:
    assert resolved("NC_000001.10", dict(HG38)) is None
    assert accession_note("NC_000001.10") == "NC_000001.10 is chr1 of hg19"
    assert "NC_000001.11 is chr1 of hg38" in accession_note("NC_000001")
    assert accession_note("chr1") == ""


def test_mouse_accessions() -> None:
    assert resolved("NC_000068.8", dict(KNOWN["mm39"])) == "chr2"
    assert resolved("NC_000068.7", dict(KNOWN["mm10"])) == "chr2"
    assert resolved("NC_000068.7", dict(KNOWN["mm39"])) is None


def test_row_17_scaffolds_only_where_the_assembly_has_them() -> None:
    contigs = {"chr1": 10, "chr16_KI270728v1_random": 1_872_759, "chrUn_KI270302v1": 2_274}
    assert resolved("KI270728.1", contigs) == "chr16_KI270728v1_random"
    assert resolved("KI270302.1", contigs) == "chrUn_KI270302v1"
    assert resolved("chrUn_KI270303v1", contigs) is None
    assert is_circular("MT")
    assert is_circular("chrM")
    assert not is_circular("chr1")


def test_names_that_differ_only_in_case_are_told_apart_by_spelling() -> None:
    contigs = {"Scaffold_a": 5, "scaffold_A": 6}
    assert resolved("Scaffold_a", contigs) == "Scaffold_a"
    assert resolved("scaffold_A", contigs) == "scaffold_A"
    assert resolved("SCAFFOLD_A", contigs) is None


def test_an_own_name_goes_before_an_alias() -> None:
    contigs = {"chr1": 5, "1": 6}
    assert resolved("1", contigs) == "1"
    assert resolved("chr1", contigs) == "chr1"
    assert resolved("CHR1", contigs) == "chr1"


def test_row_06_chr23_is_unknown_and_suggests_chrx() -> None:
    assert resolved("chr23", dict(HG38)) is None
    assert nearest("chr23", HG38)[:2] == ["chrX", "chr22"]
    assert nearest("24", HG38)[0] == "chrY"
    assert nearest("chr20", KNOWN["mm10"])[0] == "chrX"


def test_row_06_chrz_suggests_letters_first() -> None:
    assert nearest("chrZ", HG38)[:2] == ["chrX", "chrY"]
    assert nearest("anything", {}) == []


@pytest.mark.parametrize("build", list(KNOWN))
def test_recognises_each_assembly_in_each_spelling(build: str) -> None:
    lengths = dict(KNOWN[build])
    assert recognise(lengths) == build
    assert recognise({name.removeprefix("chr"): n for name, n in lengths.items()}) == build
    assert recognise({REFSEQ[build][name]: n for name, n in lengths.items()}) == build
    assert recognise({"chr7": lengths["chr7"], "chrUn_x": 5}) == build


def test_recognises_nothing_in_other_lengths() -> None:
    assert recognise({"chr1": 1_000}) is None
    assert recognise({"chr1": HG38["chr1"], "chr2": 5}) is None
    assert recognise({"chrM": 16_569}) is None
    assert recognise({}) is None


def test_row_51_wrong_assembly_is_named_by_length() -> None:
    assert mismatch({"1": 249_250_621}, HG38) == "1 length 249,250,621 = hg19, expected hg38 (248,956,422)"
    assert mismatch({"chr1": 12}, HG38, "mine") == "chr1 length 12, expected mine (248,956,422)"
    assert mismatch({"chr1": HG38["chr1"], "other": 3}, HG38) == ""
    assert mismatch({"chrM": 16_571}, HG38) == ""


def test_canonical_leaves_other_names_alone() -> None:
    assert [canonical(n) for n in ("1", "chrx", "MT", "01", "chr1_alt", "scaffold", "chr²")] == [
        "chr1",
        "chrX",
        "chrM",
        "01",
        "chr1_alt",
        "scaffold",
        "chr²",
    ]


def test_every_length_and_accession_is_unlike_the_others() -> None:
    for chrom in HG38:
        if chrom != "chrM":
            lengths = [known[chrom] for known in KNOWN.values() if chrom in known]
            assert len(set(lengths)) == len(lengths)
    nuclear = [a for table in REFSEQ.values() for chrom, a in table.items() if chrom != "chrM"]
    assert len(set(nuclear)) == len(nuclear) == 2 * 24 + 2 * 21
    assert set(SYNONYMS.values()) == set(KNOWN)


def test_total_lengths_are_the_published_ones() -> None:
    """Sums of the assembled chromosomes, as NCBI's assembly statistics give them (3,088,269,832 for GRCh38)."""
    assert sum(n for c, n in HG38.items() if c != "chrM") == 3_088_269_832
    assert sum(KNOWN["hg19"].values()) == 3_095_677_412
    assert sum(n for c, n in KNOWN["mm10"].items() if c != "chrM") == 2_725_521_370
    assert sum(n for c, n in KNOWN["mm39"].items() if c != "chrM") == 2_723_414_844


def test_hg38_lengths_are_those_of_the_real_file(shared_data: Path) -> None:
    lines = (shared_data / "hg38_slices" / "hg38.chrom.sizes").read_text().splitlines()
    sizes = {name: int(length) for name, length in (line.split() for line in lines)}
    assert len(sizes) == 23
    assert {name: HG38[name] for name in sizes} == sizes
