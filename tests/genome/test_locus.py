from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import LocusError
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import Locus, format_locus, parse_locus

NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.*|#-]{0,20}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("chr1:1-4", 0, 4),
        ("chr1:1,000,000-1,200,000", 999_999, 1_200_000),
        ("chr1:1000000-1200000", 999_999, 1_200_000),
        ("chr1:1..100", 0, 100),
        ("chr1:1 .. 100", 0, 100),
        ("chr1 1 100", 0, 100),
        ("chr1 1-100", 0, 100),
        ("chr1: 1 - 100", 0, 100),
        ("chr1:1 100", 0, 100),
        ("chr1-1-100", 0, 100),
        ("chr1:1 000 000-1 200 000", 999_999, 1_200_000),
        ("chr1:7", 6, 7),
        ("chr1 7", 6, 7),
        ("chr1:1000±500", 499, 1500),
        ("chr1:1000 ± 500", 499, 1500),
        ("chr1:1000+-500", 499, 1500),
        ("chr1:1000+/-500", 499, 1500),
        ("chr1:1000±0", 999, 1000),
        ("chr1:1001+1000", 1000, 2000),
        ("chr1:5+1", 4, 5),
        ("chr1:1Mb±10kb", 989_999, 1_010_000),
        ("chr1:2147483647", 2_147_483_646, 2_147_483_647),
    ],
)
def test_accepted_forms(text: str, start: int, end: int) -> None:
    assert parse_locus(text) == Locus("chr1", start, end)


@pytest.mark.parametrize("dash", "-‐‑‒–—―−﹣－")
@pytest.mark.parametrize("space", [" ", "\u00a0", "\u2009", "\u202f"])
def test_row_02_dashes_and_spaces(dash: str, space: str) -> None:
    assert parse_locus(f"{space}chr1:1,000{space}{dash}{space}2,000{space}{space}") == Locus("chr1", 999, 2000)


@pytest.mark.parametrize("name", ["CHR1", "1", "chrM", "chrUn_KI270742v1", "NC_000001.11", "HLA-A*01", "GRCh38#0#chr1"])
def test_row_02_and_17_names_stay_as_typed(name: str) -> None:
    assert parse_locus(f"{name}:1-10") == Locus(name, 0, 10)
    assert parse_locus(name) == Locus(name, None, None)


def test_zero_width_characters_of_web_pages_are_dropped() -> None:
    assert parse_locus("\ufeffchr1:\u200b1-10") == Locus("chr1", 0, 10)


@pytest.mark.parametrize(
    ("token", "value"),
    [
        ("1k", 1000),
        ("1kb", 1000),
        ("1Kb", 1000),
        ("1kbp", 1000),
        ("1M", 1_000_000),
        ("1.5Mb", 1_500_000),
        ("1.5 Mb", 1_500_000),
        ("1.50mb", 1_500_000),
        ("0.001k", 1),
        ("12.345678M", 12_345_678),
        ("70.1M", 70_100_000),  # 70.1 * 1e6 is 70099999.99999999 in floating point
        ("1,000kb", 1_000_000),
        ("1000bp", 1000),
        ("1000.0", 1000),
    ],
)
def test_row_07_units_are_exact(token: str, value: int) -> None:
    assert parse_locus(f"chr1:{token}") == Locus("chr1", value - 1, value)
    assert parse_locus(f"chr1:1-{token}").end == value


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("chr1:1e6-2e6", "'1e6' is not a position"),
        ("chr1:5-2e6", "'2e6' is not a position"),
        ("chr1:1.5", "'1.5' is not a whole number of bases"),
        ("chr1:1.2345k", "'1.2345k' is not a whole number of bases"),
        ("chr1:1,5Mb", "'1,5Mb' is not a position"),
        ("chr1:1,00-2,000", "'1,00' is not a position"),
        ("chr1:1Gb", "'1Gb' is not a position"),
        ("chr1:start-end", "'start' is not a position"),
        ("chr1:100-", "'' is not a position"),
        ("chr1:0x10", "'0x10' is not a position"),
        ("chr1:١٢", "does not belong"),
    ],
)
def test_row_07_other_numbers_name_the_token(text: str, token: str) -> None:
    with pytest.raises(LocusError, match=token):
        parse_locus(text)


def test_a_unit_is_not_lent_to_the_start_without_a_note() -> None:
    locus = parse_locus("chr1:10-12Mb")
    assert (locus.start, locus.end) == (9, 12_000_000)
    assert locus.notes == ("the start is base 10: the unit of 12Mb is read for the end alone",)
    assert parse_locus("chr1:10Mb-12Mb").notes == ()


@pytest.mark.parametrize("text", ["", " ", "\u00a0\t\n", "\u200b"])
def test_row_01_empty(text: str) -> None:
    with pytest.raises(LocusError, match="no locus"):
        parse_locus(text)


def test_row_03_start_after_end() -> None:
    with pytest.raises(LocusError, match=r"start 200 is after end 100\. Did you mean chr1:100-200\?") as caught:
        parse_locus("chr1:200-100")
    assert caught.value.clipped == "chr1:100-200"
    assert parse_locus(caught.value.clipped) == Locus("chr1", 99, 200)


@pytest.mark.parametrize(
    "text", ["chr1:0-100", "chr1:0", "chr1:-5", "chr1:-5-10", "chr1:-1,000", "chr1:5--10", "chr1 -5"]
)
def test_row_04_positions_start_at_1(text: str) -> None:
    with pytest.raises(LocusError, match="positions start at 1, not at"):
        parse_locus(text)


@pytest.mark.parametrize("text", ["chr1:99999999999999999999-5", "chr1:1-" + "9" * 150, "chr1:" + "1" * 190])
def test_row_08_huge_numbers_are_refused_by_length(text: str) -> None:
    with pytest.raises(LocusError, match=r"has \d+ digits"):
        parse_locus(text)


@pytest.mark.parametrize("text", ["chr1:2147483648", "chr1:1-3,000,000,000", "chr1:2147483647+2", "chr1:99999M"])
def test_positions_end_where_bigwig_and_bam_end(text: str) -> None:
    with pytest.raises(LocusError, match="is above 2,147,483,647"):
        parse_locus(text)


def test_a_length_of_zero_bases_is_no_locus() -> None:
    with pytest.raises(LocusError, match="not at 0"):
        parse_locus("chr1:5+0")


def test_surroundings_are_clipped_at_the_start() -> None:
    assert parse_locus("chr1:5±100") == Locus("chr1", 0, 105, ("clipped at the chromosome's start",))
    assert parse_locus("chr1:100±100") == Locus("chr1", 0, 200, ("clipped at the chromosome's start",))
    assert parse_locus("chr1:101±100") == Locus("chr1", 0, 201)


def test_bed_line_is_zero_based_and_says_so() -> None:
    note = ("read as a BED line, 0-based",)
    assert parse_locus("chr1\t0\t100") == Locus("chr1", 0, 100, note)
    assert parse_locus("chr1\t99\t200\tname\t0\t+\n") == Locus("chr1", 99, 200, note)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("chr1\t5\t5", "start 5 is not before end 5 in a BED line"),
        ("chr1\t9\t5", "start 9 is not before end 5 in a BED line"),
        ("chr1\t-1\t5", "positions start at 0, not at -1"),
        ("chr1\t1k\t2k", "'1k' is not a whole number"),
        ("chr1\t5", "not a BED line"),
        ("chr1:5\t6\t7", "not a BED line"),
        ("chr1\t0\t99999999999999999999", "20 digits"),
    ],
)
def test_wrong_bed_lines(line: str, words: str) -> None:
    with pytest.raises(LocusError, match=words):
        parse_locus(line)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "chr1:1-2\x00",
        "\u202echr1:1-2",
        "chr1:1-2 \U0001f9ec",
        "chr1:1-2\nchr1:3-4",
        "chr1:1:100",
        "chr1:1-2-3",
        "chr1 1 2 3",
        "chr1:",
        "chr1:±5",
        "\ud800",
    ],
)
def test_row_16_anything_else_is_refused_and_shown_harmlessly(text: str) -> None:
    with pytest.raises(LocusError) as caught:
        parse_locus(text)
    assert str(caught.value).isprintable()


def test_row_16_long_text_is_refused_before_it_is_read() -> None:
    text = "chr1:" + " " * 1_000_000 + "1"
    before = time.perf_counter()
    with pytest.raises(LocusError, match="1,000,006 characters is too long"):
        parse_locus(text)
    assert time.perf_counter() - before < 0.01
    assert parse_locus("chr1:1".ljust(200)) == Locus("chr1", 0, 1)
    with pytest.raises(LocusError, match="201 characters"):
        parse_locus("chr1:1".ljust(201))


def test_format_is_one_based_with_both_ends() -> None:
    assert format_locus(Interval("chr1", 1000, 2000)) == "chr1:1,001-2,000"
    assert format_locus(Interval("chr1", 0, 1)) == "chr1:1-1"
    assert format_locus(Interval("chr1", 99, 200)) == "chr1:100-200"  # BED 99..200


@given(name=NAMES, start=st.integers(0, 2**31 - 2), width=st.integers(1, 2**31))
def test_parse_undoes_format(name: str, start: int, width: int) -> None:
    interval = Interval(name, start, min(start + width, 2**31 - 1))
    assert parse_locus(format_locus(interval)) == Locus(name, interval.start, interval.end)


@given(st.text(max_size=250))
@settings(max_examples=500)
def test_no_text_raises_anything_else(text: str) -> None:
    _parses_or_refuses(text)


TOKENS = [
    "chr1",
    "1",
    "0",
    "2000",
    ":",
    "-",
    "..",
    "±",
    "+",
    "+/-",
    " ",
    "\t",
    ",",
    "kb",
    "M",
    "1.5",
    "e6",
    "–",
    "\u00a0",
]


@given(st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=2)), max_size=12))
@settings(max_examples=1000)
def test_no_mutated_locus_raises_anything_else(tokens: list[str]) -> None:
    _parses_or_refuses("".join(tokens))


def _parses_or_refuses(text: str) -> None:
    try:
        locus = parse_locus(text)
    except LocusError as exc:
        locus, message = Locus("refused", None, None), str(exc)
    else:
        message = ""
    assert message.isprintable()
    if locus.start is None or locus.end is None:
        assert (locus.start, locus.end) == (None, None)
    else:
        assert 0 <= locus.start < locus.end <= 2**31 - 1
