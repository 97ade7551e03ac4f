"""From lines to genes: bounds, what is skipped and counted, and the canonical transcript."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from enformer_core.genome.genes import collect
from enformer_core.genome.genes.collect import Collection
from enformer_core.genome.genes.gtf import read_gtf
from enformer_core.genome.genes.model import Gene
from enformer_core.genome.interval import Interval


def line(
    feature: str, start: int, end: int, gene: str, transcript: str = "", *, chrom="chr1", strand="+", more=""
) -> str:
    names = f'gene_id "{gene}"; ' + (f'transcript_id "{transcript}"; ' if transcript else "")
    return f"{chrom}\tx\t{feature}\t{start}\t{end}\t.\t{strand}\t.\t{names}{more}\n"


def collected(folder: Path, text: str) -> tuple[dict[str, Gene], Counter[str]]:
    path = folder / "x.gtf"
    path.write_text(text)
    collection = Collection(read_gtf(path))
    genes = {
        gene.gene_id if gene.chrom == "chr1" else f"{gene.gene_id}@{gene.chrom}": gene for gene in collection.genes()
    }
    return genes, +collection.counts


WHOLE = (
    line("gene", 101, 900, "G.1", more='gene_type "protein_coding"; gene_name "ABC"; ')
    + line("transcript", 101, 900, "G.1", "T1.1", more='transcript_type "protein_coding"; tag "basic"; ')
    + line("exon", 101, 200, "G.1", "T1.1")
    + line("exon", 801, 900, "G.1", "T1.1")
    + line("CDS", 151, 200, "G.1", "T1.1")
    + line("CDS", 801, 820, "G.1", "T1.1")
    + line("transcript", 201, 600, "G.1", "T2.1", more='transcript_type "retained_intron"; ')
    + line("exon", 201, 600, "G.1", "T2.1")
)


def test_a_gene_and_its_transcripts(tmp_path: Path) -> None:
    genes, counts = collected(tmp_path, WHOLE)
    gene = genes["G.1"]
    assert (gene.symbol, gene.biotype, gene.interval) == ("ABC", "protein_coding", Interval("chr1", 100, 900, "+"))
    first, second = gene.transcripts
    assert gene.canonical is first
    assert (first.transcript_id, first.exons, first.cds) == ("T1.1", ((100, 200), (800, 900)), (150, 820))
    assert (first.biotype, first.tags) == ("protein_coding", frozenset({"basic"}))
    assert (second.transcript_id, second.exons, second.cds) == ("T2.1", ((200, 600),), None)
    assert counts == {"genes": 1, "transcripts": 2}


def test_tss_is_the_first_transcribed_base(tmp_path: Path) -> None:
    plus, _ = collected(tmp_path, WHOLE)
    minus, _ = collected(tmp_path, WHOLE.replace("\t+\t", "\t-\t"))
    assert plus["G.1"].tss == plus["G.1"].canonical.tss == 100
    assert minus["G.1"].tss == 899
    assert minus["G.1"].transcripts[1].tss == 599


def test_row_61_unsorted_lines_make_the_same_genes(tmp_path: Path) -> None:
    expected, _ = collected(tmp_path, WHOLE)
    lines = WHOLE.splitlines(keepends=True)
    for seed in range(20):
        random.Random(seed).shuffle(lines)
        assert collected(tmp_path, "".join(lines))[0] == expected


def test_genes_without_lines_of_their_own_are_drawn_around_their_parts(tmp_path: Path) -> None:
    """As UCSC's tables and older tools write them: exons and CDS only."""
    text = "".join(ln for ln in WHOLE.splitlines(keepends=True) if "\texon\t" in ln or "\tCDS\t" in ln)
    genes, counts = collected(tmp_path, text)
    gene = genes["G.1"]
    assert gene.interval == Interval("chr1", 100, 900, "+")
    assert [t.transcript_id for t in gene.transcripts] == ["T1.1", "T2.1"]
    assert counts[collect.NO_GENE_LINE] == 1


def test_a_gene_without_transcripts_stands_for_itself(tmp_path: Path) -> None:
    genes, _ = collected(tmp_path, line("gene", 11, 20, "G", strand="-"))
    assert genes["G"].canonical_reason == "bounds of the gene"
    assert genes["G"].canonical.exons == ((10, 20),)
    assert genes["G"].tss == 19


def test_row_61_missing_gene_name_falls_back_to_the_id_and_is_counted(tmp_path: Path) -> None:
    genes, counts = collected(
        tmp_path, WHOLE.replace('gene_name "ABC"; ', "") + line("gene", 1, 2, "N", more='gene "NCBI";')
    )
    assert genes["G.1"].symbol == "G.1"
    assert genes["N"].symbol == "NCBI"
    assert counts[collect.NO_NAME] == 1


@pytest.mark.parametrize(
    "outside",
    [
        line("transcript", 50, 300, "G.1", "T3"),
        line("transcript", 800, 901, "G.1", "T3"),
        line("transcript", 101, 200, "G.1", "T3", strand="-"),
        line("transcript", 101, 200, "G.1", "T3", chrom="chr2"),
    ],
)
def test_row_61_transcript_outside_its_gene_is_skipped_and_counted(tmp_path: Path, outside: str) -> None:
    genes, counts = collected(tmp_path, WHOLE + outside)
    assert list(genes) == ["G.1"]
    assert [t.transcript_id for t in genes["G.1"].transcripts] == ["T1.1", "T2.1"]
    assert counts[collect.OUTSIDE_GENE] == 1


def test_row_61_exons_outside_their_transcript_are_skipped_and_counted(tmp_path: Path) -> None:
    genes, counts = collected(
        tmp_path, WHOLE + line("exon", 601, 700, "G.1", "T2.1") + line("CDS", 1, 99, "G.1", "T1.1")
    )
    assert genes["G.1"] == collected(tmp_path, WHOLE)[0]["G.1"]
    assert counts[collect.OUTSIDE_TRANSCRIPT] == 2


def test_lines_without_strand_and_repeated_lines_are_counted(tmp_path: Path) -> None:
    genes, counts = collected(
        tmp_path, WHOLE + WHOLE.splitlines(keepends=True)[0] + line("gene", 5, 9, "H", strand=".")
    )
    assert list(genes) == ["G.1"]
    assert counts[collect.REPEATED] == 1
    assert counts[collect.NO_STRAND] == 1


def test_row_14_one_id_on_two_chromosomes_makes_two_genes(tmp_path: Path) -> None:
    genes, _ = collected(tmp_path, WHOLE + WHOLE.replace("chr1\t", "chrY\t"))
    assert set(genes) == {"G.1", "G.1@chrY"}
    assert genes["G.1@chrY"].chrom == "chrY"


# name, tags, bases of exons, bases of CDS
TRANSCRIPTS = {
    "MANE": ("T1", ["MANE_Select", "Ensembl_canonical"], 100, 10),
    "canonical": ("T2", ["Ensembl_canonical"], 100, 20),
    "coding": ("T3", ["basic"], 300, 290),
    "coding tie": ("T0", ["basic"], 300, 290),
    "shorter coding": ("T4", [], 900, 289),
    "long": ("T5", [], 990, 0),
    "short": ("T6", [], 400, 0),
}


@pytest.mark.parametrize(
    ("given", "best", "reason"),
    [
        (["coding", "long", "MANE", "canonical"], "T1", "MANE Select"),
        (["coding", "long", "canonical"], "T2", "Ensembl canonical"),
        (["coding", "long", "shorter coding"], "T3", "longest coding transcript"),
        (["coding", "coding tie"], "T0", "longest coding transcript"),
        (["short", "long"], "T5", "longest transcript"),
        (["short"], "T6", "longest transcript"),
    ],
)
def test_canonical_transcript_and_its_reason(tmp_path: Path, given: list[str], best: str, reason: str) -> None:
    text = line("gene", 1, 1_000, "G")
    for name, tags, exon, cds in (TRANSCRIPTS[g] for g in given):
        text += line("transcript", 1, 1_000, "G", name, more="".join(f'tag "{t}"; ' for t in tags))
        text += line("exon", 1, exon, "G", name) + (line("CDS", 1, cds, "G", name) if cds else "")
    gene = collected(tmp_path, text)[0]["G"]
    assert (gene.canonical.transcript_id, gene.canonical_reason) == (best, reason)
    assert len(gene.transcripts) == len(given)


def test_ncbi_writes_the_mane_tag_with_a_space(tmp_path: Path) -> None:
    text = line("transcript", 1, 9, "G", "NM_2.1", more='tag "MANE Select"; ') + line(
        "transcript", 1, 99, "G", "NM_1.1"
    )
    assert collected(tmp_path, text)[0]["G"].canonical.transcript_id == "NM_2.1"


def test_length_of_coding_is_summed_over_cds_lines(tmp_path: Path) -> None:
    """A long way from the first to the last coding base counts nothing."""
    text = line("gene", 1, 1_000, "G")
    for name, spans in {"A": [(1, 10), (991, 1_000)], "B": [(1, 30)]}.items():
        text += "".join(line(f, a, b, "G", name) for a, b in spans for f in ("exon", "CDS"))
    assert collected(tmp_path, text)[0]["G"].canonical.transcript_id == "B"


def test_pieces_of_one_cds_and_repeated_exons_are_joined(tmp_path: Path) -> None:
    text = line("exon", 1, 100, "G", "T") * 2 + line("CDS", 11, 20, "G", "T") + line("CDS", 21, 40, "G", "T")
    gene = collected(tmp_path, text)[0]["G"]
    assert gene.canonical.exons == ((0, 100),)
    assert gene.canonical.cds == (10, 40)


def test_real_annotation_agrees_with_pandas(shared_data: Path) -> None:
    path = shared_data / "annotation" / "gencode_v25_chr22_30-34Mb.gtf.gz"
    with gzip.open(path, "rt") as handle:
        table = pd.read_csv(handle, sep="\t", header=None, comment="#", names=list("csfabxtyn"), dtype={"n": str})
    table["gene"] = table["n"].str.extract(r'gene_id "([^"]+)"')
    table["transcript"] = table["n"].str.extract(r'transcript_id "([^"]+)"')
    table["symbol"] = table["n"].str.extract(r'gene_name "([^"]+)"')
    collection = Collection(read_gtf(path))
    genes = {gene.gene_id: gene for gene in collection.genes()}
    lines = table[table["f"] == "gene"]
    assert {g: (x.symbol, x.start + 1, x.end, x.strand) for g, x in genes.items()} == {
        row.gene: (row.symbol, row.a, row.b, row.t) for row in lines.itertuples()
    }
    exons = table[table["f"] == "exon"].sort_values("a")
    expected = {
        t: tuple(zip(part["a"] - 1, part["b"], strict=True)) for t, part in exons.groupby("transcript", sort=False)
    }
    found = {t.transcript_id: t.exons for gene in genes.values() for t in gene.transcripts}
    assert found == expected
    assert set(collection.counts) - {"genes", "transcripts"} <= {collect.OUTSIDE_TRANSCRIPT}
    assert +collection.counts == {"genes": len(lines), "transcripts": len(expected)}
