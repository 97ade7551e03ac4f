from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import EnformerError, LocusError, RefMismatch, SequenceError, VariantError
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import Locus
from enformer_core.genome.query import EmptyQuery, GeneQuery, LocusQuery, SequenceQuery, VariantQuery, parse_query
from enformer_core.genome.variant import Variant


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u00a0", "\u200b\ufeff", " " * 1_000_000])
def test_row_01_empty_is_no_error(text: str) -> None:
    assert parse_query(text) == EmptyQuery()


@pytest.mark.parametrize(
    ("text", "locus"),
    [
        ("chr1:1,000-2,000", Locus("chr1", 999, 2000)),
        ("  1:1000–2000 ", Locus("1", 999, 2000)),
        ("chr1 1000 2000", Locus("chr1", 999, 2000)),
        ("1-1000-2000", Locus("1", 999, 2000)),
        ("scaffold_12:5", Locus("scaffold_12", 4, 5)),
        ("chr1\t0\t100\tname", Locus("chr1", 0, 100, ("read as a BED line, 0-based",))),
        ("chr1\t0\t100\tname\t0\t+", Locus("chr1", 0, 100, ("read as a BED line, 0-based",))),
        ("chr1", Locus("chr1", None, None)),
        ("CHRX", Locus("CHRX", None, None)),
        ("MT", Locus("MT", None, None)),
        ("22", Locus("22", None, None)),
        ("chr23", Locus("chr23", None, None)),
        ("chrZ", Locus("chrZ", None, None)),
        ("chr2L", Locus("chr2L", None, None)),
        ("chrUn_KI270742v1", Locus("chrUn_KI270742v1", None, None)),
        ("NC_000001.11", Locus("NC_000001.11", None, None)),
    ],
)
def test_row_02_and_17_loci(text: str, locus: Locus) -> None:
    assert parse_query(text) == LocusQuery(locus)


@pytest.mark.parametrize(
    "text", ["TP53", "tp53", "ENSG00000141510.18", "ENST00000269305", "NM_000546.6", "P53", "HLA-A"]
)
def test_row_12_gene_names(text: str) -> None:
    assert parse_query(f" {text} ") == GeneQuery(text)


@pytest.mark.parametrize(
    "text", ["CHRNA1", "CHRM1", "CHRD", "CHRDL1", "AL627309.1", "5S_rRNA", "NKX2-1", "TRA@", "MT-ND1"]
)
def test_genes_that_look_like_something_else(text: str) -> None:
    assert parse_query(text) == GeneQuery(text)


@pytest.mark.parametrize("text", ["CAT", "GATTACA", "TAGACAT", "ACGTACGTACGTACGTACG"])
def test_below_twenty_letters_it_is_a_gene(text: str) -> None:
    assert parse_query(text) == GeneQuery(text)


@pytest.mark.parametrize(
    "text", ["ACGTACGTACGTACGTACGT", "acgtn acgtn\nacgtn acgug", ">x\nACG", "1 acgtacgtac gtacgtacgt"]
)
def test_twenty_bases_or_a_header_are_a_sequence(text: str) -> None:
    query = parse_query(text)
    assert isinstance(query, SequenceQuery)
    assert set(query.sequence.bases) <= set("ACGTN")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MKVLLAAGEEMKVLLAAGEEWQHH", "line 1, column 4: 'L' is not a base. It is an amino acid"),
        ("        10         20\nMEEPQSDPSV EPPLSQETFS", "line 1, column 9: '1' is not a base"),
        ("MEEPQSDPSV EPPLSQETFS", "line 1, column 2: 'E' is not a base. It is an amino acid"),
        ("MEEPQSDPSVEPPLSQETFSDLWKLLPENNVLSPLPSQAMDDLMLSPDDIEQWFTEDPGP\n" * 5, "line 1, column 2: 'E'"),
        ("ACGTACGTACGTACGTACGTACG1T", "line 1, column 24: '1' is not a base"),
        ("ACGTACGTACGTACGTACGTACGT\n>b\nACGT", "there are 2 sequences in the text"),
    ],
)
def test_rows_21_and_23_nearly_a_sequence_says_where_it_is_none(text: str, words: str) -> None:
    with pytest.raises(SequenceError, match=words):
        parse_query(text)


@pytest.mark.parametrize("text", ["ENSMUSG00000059552.14", "antidisestablishmentarianism", "scaffold_ACGTACGTACGTACGT"])
def test_long_names_are_no_sequence(text: str) -> None:
    assert parse_query(text) == GeneQuery(text)


def test_alleles_do_not_make_a_sequence() -> None:
    assert isinstance(parse_query("chr1 1000 ACGTACGTACGTACGTACGTACGTACGTACGT A"), VariantQuery)


def test_long_texts_of_bases_are_a_sequence() -> None:
    query = parse_query("ACGTN" * 40_000)
    assert isinstance(query, SequenceQuery)
    assert len(query.sequence.bases) == 200_000
    with pytest.raises(SequenceError, match="line 1, column 201: 'E'"):
        parse_query("ACGT" * 50 + "E")
    with pytest.raises(SequenceError, match="2 sequences"):
        parse_query(">a\nACGT\n>b\nACGT")


@pytest.mark.parametrize(
    ("date", "genes"),
    [
        ("2-Sep", ("SEPTIN2",)),
        ("02-Sep", ("SEPTIN2",)),
        ("Sep-02", ("SEPTIN2",)),
        ("9-sep-2024", ("SEPTIN9",)),
        ("1-Mar", ("MARCHF1", "MTARC1")),
        ("5. March", ("MARCHF5",)),
        ("1-Dec", ("DELEC1",)),
        ("4-Oct", ("POU5F1",)),
        ("31-Oct", ()),
    ],
)
def test_row_13_dates_of_spreadsheets(date: str, genes: tuple[str, ...]) -> None:
    query = parse_query(date)
    assert isinstance(query, GeneQuery)
    assert (query.name, query.suggestions) == (date, genes)
    assert query.hint.startswith(f"{date} looks like a date that a spreadsheet made of a gene's name")
    assert all(gene in query.hint for gene in genes)


@pytest.mark.parametrize("text", ["SEPT2", "MARCH1", "DEC1", "OCT4", "MARCO", "2-Foo"])
def test_row_13_names_are_no_dates(text: str) -> None:
    assert parse_query(text) == GeneQuery(text)


@pytest.mark.parametrize(
    "text", ["hg19:chr1:1-5", "{hg19}chr1:1-5", "hg19 chr1:1-5", "GRCh37:1:5:A:C", "mm10:chr1:5", "B37:1:5"]
)
def test_row_15_another_assembly(text: str) -> None:
    with pytest.raises(LocusError, match="names the assembly '(hg19|GRCh37|mm10|B37)'. Choose the assembly"):
        parse_query(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rs7412", "a dbSNP name"),
        ("TP53:c.215C>G", "a position in a transcript"),
        ("NP_000537.3:p.Arg72Pro", "a position in a protein"),
    ],
)
def test_row_15_names_that_need_a_table(text: str, words: str) -> None:
    with pytest.raises(VariantError, match=words):
        parse_query(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "javascript:alert(1)",
        "TP53\x00",
        "\u202eTP53",
        "TP53\u2066",
        "\U0001f9ec",
        "ТР53",  # Cyrillic letters
        "TP53 gene",
        "../../etc/passwd",
        "https://example.org/x.bw",
        '{"chrom": 1}',
        "\ud800",
        "%s%n",
        "=1+1",
    ],
)
def test_row_16_refused_and_shown_harmlessly(text: str) -> None:
    with pytest.raises(LocusError) as caught:
        parse_query(text)
    assert str(caught.value).isprintable()


def test_row_16_long_text() -> None:
    before = time.perf_counter()
    for text in ("x" * 100_000_000, "<script>" * 1000, "chr1:5:A>C\n" * 20):
        with pytest.raises(LocusError, match="too long for a search. At most 200 characters") as caught:
            parse_query(text)
        assert len(str(caught.value)) < 300
    with pytest.raises(SequenceError, match="too long"):
        parse_query("ACGT" * 10_000_000)
    assert time.perf_counter() - before < 1


def test_variants_are_resolved_on_the_assembly() -> None:
    bases = "NNACGTACGT"

    def fetch(interval: Interval) -> str:
        assert interval.chrom == "chr1"
        return "".join(bases[i] if 0 <= i < len(bases) else "N" for i in range(interval.start, interval.end))

    query = parse_query("1-3-A-C NC_000001.11:g.5del")
    assert isinstance(query, VariantQuery)
    assert [text.resolve(fetch, chrom="chr1", assembly="hg38") for text in query.texts] == [
        Variant("chr1", 3, "A", "C"),
        Variant("chr1", 4, "CG", "C"),
    ]
    wrong = parse_query("chr1:3:C>A")
    assert isinstance(wrong, VariantQuery)
    with pytest.raises(RefMismatch, match="REF is C but hg38 chr1:3 is A"):
        wrong.texts[0].resolve(fetch, assembly="hg38")
    other = parse_query("chr1_3_A_C_b37")
    assert isinstance(other, VariantQuery)
    with pytest.raises(VariantError, match="given for b37"):
        other.texts[0].resolve(fetch, assembly="hg38")


def test_a_vcf_line_is_a_variant_and_a_bed_line_is_not() -> None:
    assert isinstance(parse_query("chr1\t5\trs1\tA\tC\t.\tPASS\tDP=1"), VariantQuery)
    assert isinstance(parse_query("chr1\t5\t.\tA\tC"), VariantQuery)
    assert isinstance(parse_query("chr1\t5\t9\tA\tC"), LocusQuery)


@given(
    st.one_of(
        st.text(max_size=250),
        st.lists(
            st.sampled_from([*"ACGTNchr1:-_.>\t\n ,;5", "chr1", "rs", "del", "g.", "hg19", "Sep", "100"]), max_size=60
        ).map("".join),
    )
)
@settings(max_examples=1500, deadline=None)
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        query = parse_query(text)
    except EnformerError as exc:
        message = str(exc)
    else:
        message = ""
        assert isinstance(query, EmptyQuery | LocusQuery | VariantQuery | SequenceQuery | GeneQuery)
    assert message.isprintable()
