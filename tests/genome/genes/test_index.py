"""Looking genes up: names, ids, aliases, near misses, places."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from enformer_core.errors import AmbiguousGene, FileError, GeneNotFound, GtfError
from enformer_core.genome.genes.index import GeneIndex
from enformer_core.genome.genes.model import ListedGene
from enformer_core.genome.genes.search import NEAR
from enformer_core.genome.interval import Interval

GENES = [  # chrom, start, end, strand, id, symbol, biotype, transcript, tags
    ("chr17", 7_661_779, 7_687_538, "-", "ENSG00000141510.18", "TP53", "protein_coding", "ENST00000269305.9"),
    ("chr17", 7_500_000, 7_520_000, "+", "ENSG00000000001.1", "TP53I3", "protein_coding", "ENST00000000001.1"),
    ("chr15", 43_403_061, 43_510_728, "-", "ENSG00000067369.14", "TP53BP1", "protein_coding", "ENST00000000002.1"),
    ("chr16", 30_378_106, 30_382_506, "-", "ENSG00000180096.12", "SEPTIN1", "protein_coding", "ENST00000000003.1"),
    ("chr2", 241_315_353, 241_354_027, "+", "ENSG00000168385.19", "SEPTIN2", "protein_coding", "ENST00000000004.1"),
    ("chr4", 163_524_298, 164_384_019, "-", "ENSG00000145416.14", "MARCHF1", "protein_coding", "ENST00000000005.1"),
    ("chrX", 1_187_549, 1_212_750, "-", "ENSG00000205755.12", "CRLF2", "protein_coding", "ENST00000381567.8"),
    (
        "chrY",
        1_187_549,
        1_212_750,
        "-",
        "ENSG00000205755.12_PAR_Y",
        "CRLF2",
        "protein_coding",
        "ENST00000381567.8_PAR_Y",
    ),
    ("chr1", 1_000, 2_000, "+", "ENSG00000230021.1", "DUP", "lncRNA", "ENST00000000006.1"),
    ("chr1", 9_000, 9_500, "-", "ENSG00000230022.1", "DUP", "lncRNA", "ENST00000000007.1"),
    ("chr1", 1_500, 3_000_000, "+", "ENSG00000230023.1", "WIDE", "lncRNA", "ENST00000000008.1"),
    ("chrX", 70, 90, "+", "COPY", "COPY", "", "C1"),
    ("chrY", 70, 90, "+", "COPY", "COPY", "", "C1"),
    ("chr12", 9_067_664, 9_116_229, "-", "ENSG00000175899.16", "A2M", "protein_coding", "ENST00000318602.12"),
    ("chr14", 20, 90, "+", "ENSG00000099999.1", "OLDNAME", "protein_coding", "ENST00000099999.1"),
]
HGNC = """hgnc_id\tsymbol\tname\talias_symbol\tprev_symbol\tensembl_gene_id
HGNC:11998\tTP53\ttumor protein\t"p53|LFS1"\t\tENSG00000141510
HGNC:2879\tSEPTIN1\tseptin 1\tPNUTL3|SHARED\tSEPT1|DIFF6\t
HGNC:1\tSEPTIN2\tseptin 2\tSHARED\tSEPT2\tENSG00000168385
HGNC:2\tNEWNAME\tof an older annotation\t\tOLDNAME\t
HGNC:3\tELSEWHERE\tnot in this annotation\tNOWHERE\t\tENSG99999999999
"""


def gtf_text() -> str:
    text = ""
    for chrom, start, end, strand, gene, symbol, biotype, transcript in GENES:
        names = f'gene_id "{gene}"; {{}}gene_type "{biotype}"; gene_name "{symbol}";\n'
        for feature in ("gene", "transcript", "exon"):
            part = "" if feature == "gene" else f'transcript_id "{transcript}"; '
            text += f"{chrom}\tx\t{feature}\t{start}\t{end}\t.\t{strand}\t.\t{names.format(part)}"
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("genes")
    (folder / "x.gtf").write_text(gtf_text())
    (folder / "hgnc.txt").write_text(HGNC)
    return folder


@pytest.fixture(scope="module")
def plain(folder: Path) -> GeneIndex:
    return GeneIndex.open(folder / "x.gtf", folder=folder)


@pytest.fixture(scope="module")
def index(folder: Path) -> GeneIndex:
    return GeneIndex.open(folder / "x.gtf", aliases=folder / "hgnc.txt", folder=folder)


def test_contigs_and_counts(index: GeneIndex) -> None:
    assert index.counts == {"genes": len(GENES), "transcripts": len(GENES)}
    assert index.contigs["chr17"] == 7_687_538
    assert set(index.contigs) == {g[0] for g in GENES}


@pytest.mark.parametrize(
    "text", ["TP53", "tp53", " Tp53 ", "ENSG00000141510", "ensg00000141510.18", "ENST00000269305.9"]
)
def test_row_12_gene_by_symbol_and_id_in_any_case(index: GeneIndex, text: str) -> None:
    gene = index.gene(text)
    assert (gene.symbol, gene.interval) == ("TP53", Interval("chr17", 7_661_778, 7_687_538, "-"))
    assert gene.tss == 7_687_537


@pytest.mark.parametrize("text", ["ENSG00000141510.17", "ensg00000141510.3"])
def test_row_12_version_is_ignored_with_a_note(index: GeneIndex, text: str) -> None:
    gene, notes = index.lookup(text)
    assert gene.symbol == "TP53"
    assert notes == (f"version .{text.split('.')[1]} ignored: the annotation has ENSG00000141510.18",)
    assert index.lookup("ENSG00000141510.18")[1] == ()
    assert index.search(text)[0].note == notes[0]


def test_row_12_alias_and_previous_symbol_with_a_note(index: GeneIndex, plain: GeneIndex) -> None:
    assert [(g.symbol, n) for g, n in map(index.lookup, ("P53", "SEPT1", "sept2"))] == [
        ("TP53", ("p53 is an alias of TP53",)),
        ("SEPTIN1", ("SEPT1 is a previous symbol of SEPTIN1",)),
        ("SEPTIN2", ("SEPT2 is a previous symbol of SEPTIN2",)),
    ]
    hit = index.search("lfs1")[0]
    assert (hit.symbol, hit.matched, hit.note) == ("TP53", "LFS1", "LFS1 is an alias of TP53")
    with pytest.raises(GeneNotFound):
        plain.gene("P53")


def test_a_current_symbol_finds_its_gene_in_an_older_annotation(index: GeneIndex) -> None:
    gene, notes = index.lookup("NEWNAME")
    assert (gene.symbol, notes) == ("OLDNAME", ("NEWNAME is the current symbol of OLDNAME",))
    assert index.lookup("OLDNAME")[1] == ()


def test_row_13_near_misses_are_suggested(plain: GeneIndex) -> None:
    with pytest.raises(GeneNotFound) as caught:
        plain.gene("TP5")
    assert caught.value.suggestions[0] == "TP53"
    assert str(caught.value).startswith("no gene is called 'TP5'. Did you mean TP53 or ")
    with pytest.raises(GeneNotFound) as caught:
        plain.gene("SEPT1")
    assert caught.value.suggestions[0] == "SEPTIN1"
    for wrong in ("TP35", "TP53X", "MRACHF1"):
        with pytest.raises(GeneNotFound) as caught:
            plain.gene(wrong)
        assert caught.value.suggestions[0] in ("TP53", "MARCHF1")


@pytest.mark.parametrize(
    ("text", "symbol"),
    [("2-Sep", "SEPTIN2"), ("02-Sep", "SEPTIN2"), ("Sep-2", "SEPTIN2"), ("2-sept", "SEPTIN2"), ("1-Mar", "MARCHF1")],
)
def test_row_13_spreadsheet_date(plain: GeneIndex, text: str, symbol: str) -> None:
    with pytest.raises(GeneNotFound, match="a date that spreadsheets make of some gene names") as caught:
        plain.gene(text)
    assert caught.value.suggestions == (symbol,)
    assert f"Did you mean {symbol}?" in str(caught.value)
    assert plain.search(text)[0].symbol == symbol


def test_row_13_a_date_of_no_gene_is_only_unknown(plain: GeneIndex) -> None:
    with pytest.raises(GeneNotFound) as caught:
        plain.gene("31-Jul")
    assert "date" not in str(caught.value)


@pytest.mark.parametrize(("text", "n"), [("CRLF2", 2), ("dup", 2), ("COPY", 2), ("SHARED", 2)])
def test_row_14_several_genes_of_one_name_are_never_chosen_from_silently(index: GeneIndex, text: str, n: int) -> None:
    with pytest.raises(AmbiguousGene, match=f"names {n} genes") as caught:
        index.gene(text)
    choices = caught.value.choices
    found = [index.gene(choice) for choice in choices]
    assert len(choices) == len({(g.gene_id, g.chrom) for g in found}) == n
    assert len(index.search(text)) == n
    assert all(len(choice) <= 60 and " " not in choice for choice in choices)


def test_row_14_pseudoautosomal_copies(index: GeneIndex) -> None:
    with pytest.raises(AmbiguousGene) as caught:
        index.gene("CRLF2")
    assert caught.value.choices == ("ENSG00000205755.12", "ENSG00000205755.12_PAR_Y")
    assert [index.gene(choice).chrom for choice in caught.value.choices] == ["chrX", "chrY"]
    assert index.gene("ENSG00000205755").chrom == "chrX"
    assert index.gene("ENSG00000205755.3_PAR_Y").chrom == "chrY"
    with pytest.raises(AmbiguousGene) as caught:
        index.gene("COPY")
    assert caught.value.choices == ("COPY@chrX", "COPY@chrY")


@pytest.mark.parametrize(
    "text",
    ["", "  ", "x" * 201, "x" * 10**6, "\x00", "<script>alert(1)</script>", "%", "_", "' OR 1=1 --", "😀", "@", "a@"],
)
def test_row_16_strange_text_is_not_found_and_shown_safely(index: GeneIndex, text: str) -> None:
    with pytest.raises(GeneNotFound) as caught:
        index.gene(text)
    assert len(str(caught.value)) < 400
    assert "\x00" not in str(caught.value)
    assert isinstance(index.search(text), list)


def test_search_puts_exact_names_first_then_prefixes_by_weight(index: GeneIndex) -> None:
    assert [h.symbol for h in index.search("tp53")] == ["TP53", "TP53I3", "TP53BP1"]
    assert [h.symbol for h in index.search("TP5")] == ["TP53", "TP53I3", "TP53BP1"]
    assert [h.symbol for h in index.search("TP5", limit=2)] == ["TP53", "TP53I3"]
    assert index.search("TP53", limit=0) == []
    hit = index.search("a2m")[0]
    assert (hit.chrom, hit.start, hit.end, hit.strand, hit.note) == ("chr12", 9_067_663, 9_116_229, "-", "")


def test_search_by_the_start_of_an_id(index: GeneIndex) -> None:
    assert {h.symbol for h in index.search("ENSG00000230")} == {"DUP", "WIDE"}
    assert [h.symbol for h in index.search("ENST000003186")] == ["A2M"]


def test_search_gives_near_misses_only_where_nothing_matches(plain: GeneIndex) -> None:
    hits = plain.search("TP35")
    assert hits[0].symbol == "TP53"
    assert hits[0].note == "near miss"
    assert plain.search("QQQQQQ") == []


def test_overlapping_by_start_with_wide_genes_and_edges(index: GeneIndex) -> None:
    def symbols(start: int, end: int) -> list[str]:
        return [g.symbol for g in index.overlapping(Interval("chr1", start, end))]

    assert symbols(0, 10_000) == ["DUP", "WIDE", "DUP"]
    assert symbols(2_999_999, 3_000_500) == ["WIDE"]
    assert symbols(3_000_000, 3_000_500) == []
    assert symbols(0, 999) == []
    assert symbols(0, 1_000) == ["DUP"]
    assert symbols(-50, 1_000) == ["DUP"]
    assert index.overlapping(Interval("chr99", 0, 10)) == []
    assert index.overlapping(Interval("chr17", 7_661_778, 7_661_779))[0] == index.gene("TP53")


def test_renamed_contigs_go_both_ways(index: GeneIndex) -> None:
    ours = index.renamed({"chr17": "17", "chrX": "X"})
    assert ours.gene("TP53").chrom == "17"
    assert ours.search("TP53")[0].chrom == "17"
    assert [g.symbol for g in ours.overlapping(Interval("17", 7_661_778, 7_662_000))] == ["TP53"]
    assert ours.overlapping(Interval("chr17", 7_661_778, 7_662_000)) == []
    assert index.gene("TP53").chrom == "chr17"


def test_a_copy_on_a_contig_that_the_assembly_lacks_gives_way(index: GeneIndex) -> None:
    ours = index.renamed({"chrX": "X"})
    assert ours.gene("CRLF2").chrom == "X"
    assert ours.gene("COPY").chrom == "X"
    assert [h.chrom for h in ours.search("CRLF2")] == ["X", "chrY"]
    assert ours.search("CRLF2")[1].note == "chrY is not in this assembly"
    with pytest.raises(AmbiguousGene) as caught:
        index.renamed({"chrX": "X", "chrY": "Y"}).gene("COPY")
    assert caught.value.choices == ("COPY@X", "COPY@Y")


def as_listed(index: GeneIndex, contigs: Iterable[str]) -> list[ListedGene]:
    """The list by way of whole genes, which is slow."""
    genes = [gene for chrom in contigs for gene in index.overlapping(Interval(chrom, 0, 10**9))]
    return sorted(ListedGene(g.gene_id, g.symbol, g.chrom, g.start, g.biotype, g.tss) for g in genes)


def test_the_list_of_all_genes_is_that_of_whole_genes(index: GeneIndex) -> None:
    assert len(index.listed()) == len(GENES)
    assert sorted(index.listed()) == as_listed(index, index.contigs)
    ours = index.renamed({"chr17": "chrX", "chrX": "X"})
    assert [gene.chrom for gene in ours.listed()].count("chrX") == 2
    assert sorted(ours.listed()) == as_listed(ours, ("chrX", "X"))


def test_the_list_of_a_real_annotation(shared_data: Path, tmp_path: Path) -> None:
    index = GeneIndex.open(shared_data / "annotation" / "gencode_v25_chr22_30-34Mb.gtf.gz", folder=tmp_path)
    listed = sorted(index.listed())
    assert len(listed) == index.counts["genes"] > 100
    assert listed == as_listed(index, index.contigs)
    index.close()


def test_real_annotation(shared_data: Path, tmp_path: Path) -> None:
    index = GeneIndex.open(shared_data / "annotation" / "gencode_v25_chr22_30-34Mb.gtf.gz", folder=tmp_path)
    begun = time.perf_counter()
    genes = index.overlapping(Interval("chr22", 30_000_000, 30_196_608))
    assert time.perf_counter() - begun < 0.05
    assert "MTMR3" in [g.symbol for g in genes]
    gene = index.gene("MTMR3")
    assert gene.canonical_reason == "longest coding transcript"
    assert gene.tss == gene.canonical.start == 29_883_154
    index.close()


def test_threads_share_an_index(index: GeneIndex) -> None:
    wrong: list[str] = []

    def ask() -> None:
        for _ in range(100):
            if index.gene("TP53").symbol != "TP53" or index.search("TP5")[0].symbol != "TP53":
                wrong.append("TP53")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_opens_its_own_connection(index: GeneIndex) -> None:
    index.gene("TP53")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = int(index.gene("a2m").symbol != "A2M")
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert index.gene("TP53").symbol == "TP53"


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ("symbol\talias_symbol\nTP53\tp53\n", "no column prev_symbol"),
        ("", "no column symbol"),
        ("symbol\talias_symbol\tprev_symbol\nTP53\n", "line 2: 1 columns instead of 3"),
        ("symbol\talias_symbol\tprev_symbol\n\x00\xff\t\t" + "x" * 200_000, "no table of gene names"),
    ],
)
def test_bad_tables_of_aliases(tmp_path: Path, folder: Path, table: str, word: str) -> None:
    (tmp_path / "t.txt").write_text(table, encoding="latin-1")
    with pytest.raises(GtfError, match=word):
        GeneIndex.open(folder / "x.gtf", aliases=tmp_path / "t.txt", folder=tmp_path)
    assert not list(tmp_path.glob("*.sqlite"))


def test_missing_files(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(FileError, match="there is no file"):
        GeneIndex.open(tmp_path / "none.gtf", folder=tmp_path)
    with pytest.raises(FileError, match="there is no file"):
        GeneIndex.open(folder / "x.gtf", aliases=tmp_path / "none.txt", folder=tmp_path)


def test_an_annotation_of_ids_alone(tmp_path: Path) -> None:
    """Genes without a name are called by their id, which no near miss is offered for."""
    path = tmp_path / "x.gtf"
    path.write_text('chr1\tx\tgene\t5\t9\t.\t+\t.\tgene_id "ENSG00000141510.18";\n')
    index = GeneIndex.open(path, folder=tmp_path)
    assert index.gene("ensg00000141510").symbol == "ENSG00000141510.18"
    assert [h.symbol for h in index.search("ENSG0000014")] == ["ENSG00000141510.18"]
    for unknown in ("ENSG00000141511", "TP53"):
        with pytest.raises(GeneNotFound) as caught:
            index.gene(unknown)
        assert caught.value.suggestions == ()
    index.close()


def test_near_misses_are_those_of_a_search_through_all_names(index: GeneIndex) -> None:
    """The quick bound leaves out no name that the full comparison would take."""
    names = index._store.names()
    labels = [name.key for name in names.starting("", 1_000)]
    assert len(labels) > 15
    for text in [*labels, "TP35", "SEPT", "MARCH1", "AAAAAAA", "2M", "F"]:
        expected = {key for key in labels if fuzz.ratio(text, key) >= NEAR}
        assert {name.key for name in names.near(text, 1_000)} == expected
