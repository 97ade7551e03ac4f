from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import RefMismatch, UnsupportedAllele, VariantError
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.genome.variant_text import looks_like_variant, parse_variants, read_variants
from enformer_core.genome.written import remarks

CHR1 = "NNACGTTTTACGGATTACAGCTCCCATG"  # 28 bases; base 3 is the first A


def fetch(interval: Interval) -> str:
    return "".join(CHR1[i] if 0 <= i < len(CHR1) else "N" for i in range(interval.start, interval.end))


def resolved(text: str) -> Variant:
    (written,) = read_variants(text)
    return written.resolve(fetch, assembly="hg38")


@pytest.mark.parametrize(
    ("text", "chrom"),
    [
        ("chr1:1024:A>C", "chr1"),
        ("chr1:1024 A>C", "chr1"),
        ("chr1:1,024 A>C", "chr1"),
        ("chr1 1024 A C", "chr1"),
        ("chr1:1024:A/C", "chr1"),
        ("chr1 : 1024 : A > C", "chr1"),
        ("chr1-1024-A-C", "chr1"),
        ("chr1–1024–A–C", "chr1"),
        ("1-1024-A-C", "1"),
        ("chr1_1024_A_C", "chr1"),
        ("chr1_1024_A_C_b38", "chr1"),
        ("1:1024:A:C", "1"),
        ("NC_000001.11:1024:A>C", "NC_000001.11"),
        ("NC_000001.11:1023:A:C", "NC_000001.11"),
        ("NC_000001.11:g.1024A>C", "NC_000001.11"),
        ("chr1:g.1024A>C", "chr1"),
        ("chr1:1024A>C", "chr1"),
        ("chr1\t1024\t.\tA\tC", "chr1"),
        ("chr1\t1024\t.\tA\tC\t50\tPASS\tDP=3;AF=0.5\tGT\t0/1", "chr1"),
        ("chr1\t1024\tA\tC", "chr1"),
        ("\u00a0chr1:1024:a>c\r\n", "chr1"),
    ],
)
def test_row_34_forms(text: str, chrom: str) -> None:
    assert parse_variants(text) == [Variant(chrom, 1024, "A", "C")]


def test_row_28_lower_case_alleles() -> None:
    assert parse_variants("chr1:5:acgt>a") == [Variant("chr1", 5, "ACGT", "A")]


def test_spdi_counts_from_zero_and_says_so() -> None:
    (written,) = read_variants("NC_000001.11:0:A:C")
    assert written.variant == Variant("NC_000001.11", 1, "A", "C")
    assert written.notes == ("read as SPDI, 0-based: base 1",)
    assert read_variants("1:1:A:C")[0].start == 0


def test_row_30_multi_allelic_keeps_its_id() -> None:
    assert parse_variants("chr1\t100\trs1\tA\tC,G,AT") == [
        Variant("chr1", 100, "A", "C", "rs1"),
        Variant("chr1", 100, "A", "G", "rs1"),
        Variant("chr1", 100, "A", "AT", "rs1"),
    ]
    assert parse_variants("chr1:100:A>C, G") == [Variant("chr1", 100, "A", "C"), Variant("chr1", 100, "A", "G")]


@pytest.mark.parametrize(
    "text",
    [
        "chr1:5:A>C\n1-9-G-T",
        "chr1:5:A>C;1-9-G-T",
        "chr1:5:A>C; 1-9-G-T;",
        "chr1:5:A>C 1-9-G-T",
        "chr1:5 A>C 1-9-G-T",
        "chr1:5:A>C,1-9-G-T",
        "chr1:5:A>C, 1-9-G-T,",
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\nchr1\t5\t.\tA\tC\t.\t.\tX;Y=1\n\n1\t9\t.\tG\tT",
    ],
)
def test_several_at_once(text: str) -> None:
    assert parse_variants(text) == [Variant("chr1", 5, "A", "C"), Variant("1", 9, "G", "T")]


def test_the_line_of_a_wrong_variant_is_named() -> None:
    with pytest.raises(UnsupportedAllele, match=r"^line 2: ALT '<DEL>' is a symbolic"):
        parse_variants("chr1:5:A>C\nchr1:6:A><DEL>\nchr1:7:A>G")


@pytest.mark.parametrize(
    ("alt", "kind"),
    [
        ("", "an empty allele"),
        (".", "a missing allele"),
        ("-", "a missing allele"),
        ("*", "a spanning deletion"),
        ("<DEL>", "a symbolic structural variant"),
        ("<INS>", "a symbolic structural variant"),
        ("<DUP:TANDEM>", "a symbolic structural variant"),
        ("<NON_REF>", "a gVCF reference block"),
        ("<*>", "a gVCF reference block"),
        ("A[chr1:40[", "a breakend"),
        ("]chr1:40]A", "a breakend"),
        (".A", "a breakend"),
        ("A.", "a breakend"),
        ("R", "ambiguity codes"),
        ("ACN", "ambiguity codes"),
        ("U", "RNA"),
        ("A1", "not made of A, C, G and T"),
        ("é", "not"),
    ],
)
def test_row_27_and_29_the_class_of_an_allele_is_named(alt: str, kind: str) -> None:
    with pytest.raises(VariantError, match=kind) as in_vcf:
        parse_variants(f"chr1\t5\t.\tC\t{alt}\t.")
    assert "'C'" not in str(in_vcf.value)
    if alt and alt != "é":
        assert isinstance(in_vcf.value, UnsupportedAllele)
        with pytest.raises(UnsupportedAllele, match=kind):
            parse_variants(f"chr1:5:C>{alt}")


def test_row_27_one_wrong_alternative_refuses_all() -> None:
    with pytest.raises(UnsupportedAllele, match="gVCF"):
        parse_variants("chr1\t5\t.\tC\tA,<NON_REF>")


def test_row_29_reference_allele() -> None:
    with pytest.raises(UnsupportedAllele, match="REF 'N' is an allele with ambiguity codes"):
        parse_variants("chr1:5:N>A")


def test_row_27_ref_equals_alt() -> None:
    with pytest.raises(UnsupportedAllele, match="REF and ALT are both 'A'"):
        parse_variants("chr1:5:A>a")


@pytest.mark.parametrize(
    ("pos", "words"),
    [
        ("0", "positions start at 1, not at 0"),
        ("-5", "positions start at 1, not at -5"),
        ("2147483648", "position 2,147,483,648 is above 2,147,483,647"),
        ("4294967297", "above 2,147,483,647"),
        ("100000000000000", "above 2,147,483,647"),
        ("99999999999999999999", "has 20 digits"),
        ("abc", "position 'abc' is not a whole number"),
        ("1e6", "position '1e6' is not a whole number"),
        ("1.5", "position '1.5' is not a whole number"),
        ("1,00", "position '1,00' is not a whole number"),
    ],
)
@pytest.mark.parametrize("form", ["chr1:{}:A>C", "chr1\t{}\t.\tA\tC"])
def test_row_33_positions_are_never_wrapped(form: str, pos: str, words: str) -> None:
    with pytest.raises(VariantError, match=words):
        parse_variants(form.format(pos))


@pytest.mark.parametrize("form", ["1-{}-A-C", "chr1_{}_A_C_b38", "NC_000001.11:{}:A:C"])
def test_row_33_in_the_other_forms(form: str) -> None:
    for pos in ("2147483648", "99999999999999999999", "1e6", "-5"):
        with pytest.raises(VariantError, match="above|digits|not a whole|start at"):
            parse_variants(form.format(pos))


def test_largest_position() -> None:
    assert parse_variants("chr1:2147483647:A>C")[0].pos == 2_147_483_647


@pytest.mark.parametrize("text", ["rs123", "RS7412"])
def test_row_34_dbsnp_names_are_refused_with_the_reason(text: str) -> None:
    with pytest.raises(VariantError, match=f"'{text}' is a dbSNP name"):
        parse_variants(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("NM_000546.6:c.215C>G", "a transcript"),
        ("NM_000546.6(TP53):c.215C>G", "a transcript"),
        ("TP53:c.215C>G", "a transcript"),
        ("NR_002196.2:n.5A>G", "a transcript"),
        ("c.215C>G", "a transcript"),
        ("TP53:p.Arg72Pro", "a protein"),
        ("p.(Arg72Pro)", "a protein"),
    ],
)
def test_row_15_hgvs_of_transcripts_and_proteins_is_refused_with_the_reason(text: str, place: str) -> None:
    with pytest.raises(VariantError, match=f"is a position in {place}, which is not supported"):
        parse_variants(text)


def test_row_34_another_build_is_refused() -> None:
    (written,) = read_variants("chr1_3_A_C_b37")
    with pytest.raises(VariantError, match="'chr1_3_A_C_b37' is given for b37, but the assembly is hg38"):
        written.resolve(fetch, assembly="hg38")
    with pytest.raises(VariantError, match=r"b37, but the assembly is GRCh38\.p14"):
        parse_variants("chr1_3_A_C_b37", assembly="GRCh38.p14")
    with pytest.raises(VariantError, match="given for b38, but the assembly is mm10"):
        parse_variants("chr1_3_A_C_b38", assembly="mm10")
    assert written.resolve(fetch, assembly="hg19") == Variant("chr1", 3, "A", "C")
    assert resolved("chr1_3_A_C_b38") == Variant("chr1", 3, "A", "C")
    assert parse_variants("chr1_3_A_C_b37", assembly="my_genome") == [Variant("chr1", 3, "A", "C")]
    with pytest.raises(VariantError, match="an assembly 'b99' that is not known"):
        parse_variants("chr1_3_A_C_b99")


def test_names_with_underscores_are_no_trouble() -> None:
    (variant,) = parse_variants("chr22_KI270731v1_random_5_A_C_b38")
    assert variant == Variant("chr22_KI270731v1_random", 5, "A", "C")


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("chr1:g.3A>T", Variant("chr1", 3, "A", "T")),
        ("chr1:g.4_5delinsTT", Variant("chr1", 4, "CG", "TT")),
        ("chr1:g.4_5delCGinsT", Variant("chr1", 4, "CG", "T")),
        ("chr1:g.4_5del", Variant("chr1", 3, "ACG", "A")),
        ("chr1:g.4_5delCG", Variant("chr1", 3, "ACG", "A")),
        ("chr1:g.4delc", Variant("chr1", 3, "AC", "A")),
        ("chr1:g.4_5insTTT", Variant("chr1", 4, "C", "CTTT")),
        ("chr1:g.4_5dup", Variant("chr1", 5, "G", "GCG")),
        ("chr1:g.4dup", Variant("chr1", 4, "C", "CC")),
        ("chr1:g.3_5inv", Variant("chr1", 3, "ACG", "CGT")),
        ("chr1:m.3A>T", Variant("chr1", 3, "A", "T")),
        ("chr1:3:2:", Variant("chr1", 3, "ACG", "A")),
        ("NC_000001.11:3:CG:", Variant("chr1", 3, "ACG", "A")),
        ("NC_000001.11:3:2:T", Variant("chr1", 4, "CG", "T")),
        ("NC_000001.11:3::GG", Variant("chr1", 3, "A", "AGG")),
        ("NC_000001.11:3:0:GG", Variant("chr1", 3, "A", "AGG")),
        ("chr1:g.3del", Variant("chr1", 3, "AC", "C")),  # N before it: the anchor is the base after
    ],
)
def test_what_the_reference_has_to_complete(text: str, variant: Variant) -> None:
    text = text.replace("chr1:3:2:", "NC_000001.11:3:2:")
    (written,) = read_variants(text)
    assert written.resolve(fetch, chrom="chr1", assembly="hg38") == variant
    assert written.text == text


def test_what_the_reference_completes_is_refused_without_one() -> None:
    with pytest.raises(VariantError, match=r"'chr1:g.4_5del' leaves out bases that only an assembly knows"):
        parse_variants("chr1:g.4_5del")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chr1:g.5_4del", r"start 5 is after end 4\. Did you mean 4_5"),
        ("chr1:g.0del", "positions start at 1"),
        ("chr1:g.4insA", "an insertion lies between two neighbours, not at '4_4'. Write it as 4_5insA"),
        ("chr1:g.4_5delACG", "'ACG' has 3 bases, but 4 to 5 are 2"),
        ("chr1:g.4=", "'4=' is not of a kind that can be read"),
        ("chr1:g.4_5ins10", "not of a kind"),
        ("chr1:g.(4_5)del", "not of a kind"),
        ("chr1:g.[4A>C;5C>G]", "not of a kind"),
        ("chr1:g.4N>A", "ambiguity codes"),
        ("chr1:g.1_2000000del", "covers 2,000,000 bases"),
        ("chr1:g.99999999999999999999del", "20 digits"),
        ("NC_000001.11:5::", "changes nothing"),
        ("NC_000001.11:5:A:A", "changes nothing"),
        ("NC_000001.11:5:9999999:", "covers 9,999,999 bases"),
    ],
)
def test_wrong_descriptions(text: str, words: str) -> None:
    with pytest.raises(VariantError, match=words):
        read_variants(text)


@pytest.mark.parametrize("text", ["chr1:g.1_3del", "chr1:g.27_29del", "chr1:g.200dup"])
def test_unknown_bases_cannot_be_edited(text: str) -> None:
    with pytest.raises(VariantError, match="covers bases that are N in hg38"):
        resolved(text)


def test_an_inversion_of_a_palindrome_changes_nothing() -> None:
    with pytest.raises(UnsupportedAllele, match="both 'ACGT'"):
        resolved("chr1:g.3_6inv")


@pytest.mark.parametrize("text", ["chr1:3:C>T", "chr1:g.3C>T", "chr1:g.3delC", "chr1:g.3dupC", "chr1:g.3_4invCC"])
def test_row_26_reference_mismatch(text: str) -> None:
    with pytest.raises(RefMismatch, match=r"REF is CC? but hg38 chr1:3 is A"):
        resolved(text)


def test_rows_31_and_36_what_a_reader_is_told_of_variants() -> None:
    """Of the four T from base 6 on any may go; a text that leaves the choice to us gets no other spelling."""
    texts = read_variants("chr1:9:TA>A, chr1:3:A>C, chrX:3:A>C, NC_000001.11:2:A:C, chr1:g.9del")
    placed = [text.resolve(fetch, chrom="chr1") for text in texts]
    assert remarks(texts, placed, fetch) == (
        "'chr1:9:TA>A' is 'chr1:5:GT>G', as bcftools norm spells it",
        "chrX has one copy in some cells and two in others: the prediction is for one copy",
        "read as SPDI, 0-based: base 3",
    )


def test_row_36_chromosomes_with_one_copy_are_allowed_and_noted() -> None:
    for text, words in [("chrM:5:A>C", "circular"), ("MT:g.5A>C", "circular"), ("X-5-A-C", "one copy")]:
        (written,) = read_variants(text)
        assert words in written.notes[0]
    assert read_variants("chr1:5:A>C")[0].notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ";",
        "#CHROM\tPOS",
        "TP53",
        "chr1:1-100",
        "chr1:1024:A",
        "A>C",
        "chr1:5:A>C chr1:1-100",
        "\x00",
        "chr1:5:A\u202e>C",
    ],
)
def test_row_16_anything_else(text: str) -> None:
    with pytest.raises(VariantError) as caught:
        parse_variants(text)
    assert str(caught.value).isprintable()


def test_row_16_long_texts_are_refused() -> None:
    with pytest.raises(VariantError, match="too long for a variant. At most 200 characters"):
        parse_variants("chr1:5:A>" + "C" * 300)
    with pytest.raises(VariantError, match="a list of 100,001 characters is too long"):
        parse_variants("x" * 100_001)
    assert len(parse_variants("chr1:5:A>C\n" * 9_000)) == 9_000


@pytest.mark.parametrize(
    "text", ["," * 99_999 + "x", " ,a" * 33_000, "chr1:" * 20_000, "a_" * 50_000, ";" * 100_000, "a-" * 50_000]
)
def test_no_text_takes_long(text: str) -> None:
    before = time.perf_counter()
    with pytest.raises(VariantError):
        parse_variants(text)
    assert time.perf_counter() - before < 2


@pytest.mark.parametrize(
    "text", ["chr1:abc:A>C", "chr1:5:A><DEL>", "rs1", "TP53:c.1A>C", "1-5-A-C 1-6-A-C", "chr1\t5\tx\tA\tC"]
)
def test_looks_like_variant(text: str) -> None:
    assert looks_like_variant(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TP53",
        "HLA-A",
        "NKX2-1",
        "RP11-34P13.7",
        "5S_rRNA",
        "chr1",
        "chr1:1-100",
        "chr1:1000 - 2000",
        "chr1:1000 .. 2000",
        "chr1:1000 ± 500",
        "chr1 1 100",
        "chr1:1 Mb-2 Mb",
        "1-1000-2000",
        "chr1_KI270706v1_random",
    ],
)
def test_looks_like_no_variant(text: str) -> None:
    assert not looks_like_variant(text)


TOKENS = [
    "chr1",
    "NC_000001.11",
    ":",
    "-",
    "_",
    ">",
    "A",
    "C",
    "ACGT",
    "5",
    "0",
    "g.",
    "c.",
    "del",
    "ins",
    "dup",
    "\t",
    " ",
]
TOKENS += [",", ";", "\n", "*", "<DEL>", "[", "b37", "rs1", "99999999999999"]


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(TOKENS), max_size=14).map("".join)))
@settings(max_examples=1500, deadline=None)
def test_no_text_raises_anything_else(text: str) -> None:
    looks_like_variant(text)
    try:
        found = read_variants(text)
    except VariantError as exc:
        found, message = [], str(exc)
    else:
        message = ""
    assert found or message.isprintable()
    for written in found:
        assert 0 <= written.start <= written.end
        try:
            variant = written.resolve(fetch)
        except VariantError:
            continue
        assert fetch(variant.interval) == variant.ref


BASES = st.text("ACGT", min_size=1, max_size=8)


@given(pos=st.integers(1, 2**31 - 1), ref=BASES, alt=BASES)
def test_all_forms_say_the_same(pos: int, ref: str, alt: str) -> None:
    if ref == alt:
        return
    expected = [Variant("chr1", pos, ref, alt)]
    for text in (
        str(expected[0]),
        f"chr1-{pos}-{ref}-{alt}",
        f"chr1_{pos}_{ref}_{alt}_b38",
        f"chr1:{pos:,} {ref.lower()}>{alt}",
        f"chr1\t{pos}\t.\t{ref}\t{alt}",
        f"chr1:{pos}:{ref}:{alt}",
    ):
        assert parse_variants(text) == expected
    (spdi,) = parse_variants(f"NC_000001.11:{pos - 1}:{ref}:{alt}")
    assert (spdi.pos, spdi.ref, spdi.alt) == (pos, ref, alt)
