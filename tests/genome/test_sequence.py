from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import SequenceError
from enformer_core.genome.sequence import Sequence, parse_sequence, reverse_complement


def test_plain_bases_come_without_notes() -> None:
    assert parse_sequence("ACGTN") == Sequence("ACGTN", "sequence", ())


def test_row_18_fasta() -> None:
    found = parse_sequence(">chr1:1-8 some words\r\nacGT\r\nNNac\r\n")
    assert found == Sequence(
        "ACGTNNAC",
        "chr1:1-8",
        ("removed the FASTA header, spaces and line ends", "4 lower-case letters made upper case"),
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_row_18_line_ends(end: str) -> None:
    assert parse_sequence(f">x{end}{end}AC GT{end}\tAC\u00a0GT{end}{end}").bases == "ACGTACGT"


def test_row_18_line_numbers_of_genbank_and_embl() -> None:
    genbank = "        1 gatcctccat atacaacggt\n       21 atctccacct"
    embl = "     gatcctccat atacaacggt        20\n     atctccacct        30"
    for text in (genbank, embl):
        found = parse_sequence(text)
        assert found.bases == "GATCCTCCATATACAACGGTATCTCCACCT"
        assert found.notes[0] == "removed 2 line numbers, spaces and line ends"


def test_row_18_byte_order_mark() -> None:
    assert parse_sequence("\ufeff>x\nACGT").bases == "ACGT"


def test_row_19_rna() -> None:
    assert parse_sequence("ACGUu") == Sequence(
        "ACGTT", "sequence", ("1 lower-case letters made upper case", "2 U (RNA) read as T")
    )


def test_row_20_ambiguity_codes_become_n() -> None:
    found = parse_sequence("R" + "ACGT" * 5 + "yN")
    assert found.bases == "N" + "ACGT" * 5 + "NN"
    assert found.notes[-1] == "2 ambiguity codes (R, Y) became N"


def test_row_20_at_most_a_tenth_of_them() -> None:
    assert parse_sequence("RACGTACGTA").bases == "NACGTACGTA"
    with pytest.raises(SequenceError, match=r"2 of 11 letters are ambiguity codes \(R, Y\). At most 10%"):
        parse_sequence("RYACGTACGTA")


def test_row_20_n_itself_is_no_ambiguity_code() -> None:
    assert parse_sequence("NNNNNNNNNA").notes == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MKTAYIAKQR", "line 1, column 6: 'I' is not a base. It is an amino acid"),
        ("ACGT\nACEGT", "line 2, column 3: 'E' is not a base. It is an amino acid"),
        (">x\n\nACGT1ACGT", "line 3, column 5: '1' is not a base. A sequence is made of"),
        ("   12 ACGT\n   16 AC!GT", "line 2, column 9: '!'"),
        ("12345", "line 1, column 1: '1'"),
        ("12 34", "line 1, column 1: '1'"),
        ('{"seq": "ACGT"}', "line 1, column 1: '{'"),
        ("/home/me/x.fa", "line 1, column 1: '/'"),
        ("ACGT-ACGT", "line 1, column 5: '-'"),
        ("ACGT*", "line 1, column 5: '[*]'"),
        ("AC\x00GT", r"line 1, column 3: '\\x00'"),
        ("AC\u202eGT", r"line 1, column 3: '\\u202e'"),
        ("AC\u212aGT", "line 1, column 3"),  # the Kelvin sign is a K to a careless pattern
        ("AC\U0001f9ecGT", "line 1, column 3"),
    ],
)
def test_row_21_the_first_offending_character(text: str, words: str) -> None:
    with pytest.raises(SequenceError, match=words):
        parse_sequence(text)


@pytest.mark.parametrize("text", ["", " \n\t", ">header only\n", ">"])
def test_row_22_no_bases(text: str) -> None:
    with pytest.raises(SequenceError, match="has no bases"):
        parse_sequence(text)


@pytest.mark.parametrize("length", [1, 196_607, 196_608, 196_609])
def test_row_22_any_length_below_the_limit(length: int) -> None:
    assert len(parse_sequence(("ACGT" * 50_000)[:length]).bases) == length


@pytest.mark.parametrize(("text", "n"), [(">a\nACGT\n>b\nACGT", 2), ("ACGT\n>b\nACGT", 2), (">a\n>b\n>c\nA", 3)])
def test_row_23_several_records_are_never_joined(text: str, n: int) -> None:
    with pytest.raises(SequenceError, match=f"there are {n} sequences in the text"):
        parse_sequence(text)


@pytest.mark.parametrize("base", "ACGTN")
def test_row_24_one_letter_only(base: str) -> None:
    assert parse_sequence(base * 100).notes == (f"every base is {base}: a prediction is not meaningful",)
    assert parse_sequence(base * 100 + ("A" if base != "A" else "C")).notes == ()


def test_row_25_long_texts_are_refused_before_they_are_read() -> None:
    text = "é" * 50_000_000
    before = time.perf_counter()
    with pytest.raises(SequenceError, match="50,000,000 characters is too long. At most 1,000,000"):
        parse_sequence(text)
    assert time.perf_counter() - before < 0.01
    assert len(parse_sequence("ACGT" * 250_000).bases) == 1_000_000
    with pytest.raises(SequenceError, match="1,000,001 characters"):
        parse_sequence("A" * 1_000_001)
    with pytest.raises(SequenceError, match="5 characters is too long. At most 4"):
        parse_sequence("ACGTA", limit=4)


@pytest.mark.parametrize(
    "text", ["1" + " " * 499_998 + "a" * 499_998 + "1", "1 " * 499_999, "acgt\n" * 199_999, "a" + " " * 999_998 + "1"]
)
def test_no_text_takes_long(text: str) -> None:
    before = time.perf_counter()
    with contextlib.suppress(SequenceError):
        parse_sequence(text)
    assert time.perf_counter() - before < 3


def test_header_names_are_cut_and_harmless() -> None:
    assert parse_sequence(">" + "x" * 500 + "\nA").name == "x" * 80
    assert parse_sequence(">a\u202eb\x00c\nA").name == "abc"
    assert parse_sequence("> \nA").name == "sequence"


@pytest.mark.parametrize(
    ("bases", "words"), [("", "no bases"), ("ACgT", "'g' .* base 3|base 3.*'g'"), ("AC T", "base 3")]
)
def test_made_by_hand_it_is_checked_too(bases: str, words: str) -> None:
    with pytest.raises(SequenceError, match=words):
        Sequence(bases)


def test_reverse_complement() -> None:
    assert reverse_complement("AACGTN") == "NACGTT"
    assert reverse_complement("acg") == "cgt"
    assert reverse_complement("") == ""
    with pytest.raises(SequenceError, match="base 2: 'R' has no complement"):
        reverse_complement("ARC")


@given(st.text("ACGTNacgtn"))
def test_reverse_complement_undoes_itself(bases: str) -> None:
    assert reverse_complement(reverse_complement(bases)) == bases


@given(bases=st.text("ACGTN", min_size=1, max_size=200), width=st.integers(1, 30), numbers=st.booleans())
def test_layout_does_not_change_the_bases(bases: str, width: int, numbers: bool) -> None:
    lines = [bases[i : i + width] for i in range(0, len(bases), width)]
    if numbers:
        lines = [f"{1 + width * i:>9} {line}" for i, line in enumerate(lines)]
    assert parse_sequence(">x\n" + "\n".join(lines)).bases == bases
    assert parse_sequence("\r\n".join(lines).lower()).bases == bases


@given(st.one_of(st.text(), st.text("ACGTUNacgtuRY >\n\r\t0123456789")))
@settings(max_examples=500)
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        found = parse_sequence(text)
    except SequenceError as exc:
        message = str(exc)
    else:
        message = " ".join((found.name, *found.notes))
        assert set(found.bases) <= set("ACGTN")
    assert message.isprintable()
