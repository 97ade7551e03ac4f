"""Rows 1 to 9 and 11 to 17 of the table of bad inputs: loci and genes. Row 10, tiling, has its own tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_driver import address, ask, charts, question, view
from bad_input_driver import (
    GOOD,
    drawn,
    goes_on,
    in_python,
    notes,
    on_the_command_line,
    refused,
    same_words,
    take,
    ways,
)
from streamlit.testing.v1 import AppTest

import enformer_core as ec
from pages._ui.search_box import MAX_ASKED

LONG = "9" * 190
# By row, what is asked and what the message says.
REFUSED = {
    "row-03-start-after-end": [
        ("chr1:200-100", "start 200 is after end 100. Did you mean chr1:100-200?"),
        ("chr1:24,096-20,001", "start 24096 is after end 20001"),
    ],
    "row-04-before-the-first-base": [
        ("chr1:0-100", "positions start at 1, not at 0. Count the first base as 1"),
        ("chr1:0", "positions start at 1, not at 0"),
        ("chr1:-5-100", "positions start at 1, not at '-5'"),
        ("chr1:-100", "positions start at 1, not at '-100'"),
    ],
    "row-05-past-the-end": [
        ("chr1:59,999-60,008", "chr1 ends at 60,000, and the locus is 59,999-60,008"),
        ("chr1:60,001-60,008", "Choose positions from 1 to 60,000"),
    ],
    "row-06-unknown-chromosome": [
        ("chr23:1-10", "has no chromosome 'chr23'. Nearest names: chr2, chr1, chrX"),
        ("chrZ", "has no chromosome 'chrZ'. Nearest names: chrX, chrY"),
        ("chr99:5", "has no chromosome 'chr99'"),
    ],
    "row-07-units": [
        ("chr1:1e6-2e6", "'1e6' is not a position. Write digits"),
        ("chr1:1.00015kb", "'1.00015kb' is not a whole number of bases"),
        ("chr1:20.5-30", "'20.5' is not a whole number of bases"),
        ("chr1:0x10", "'0x10' is not a position"),
        ("chr1:2Gb", "'2Gb' is not a position"),
        ("chr1:1,00,0", "'1,00,0' is not a position"),
    ],
    "row-08-too-many-digits": [
        ("chr1:99999999999999999999-99999999999999999999", "'99999999999999999999' has 20 digits"),
        (f"chr1:{LONG}", f"'{LONG[:80]}'... (190 characters) has 190 digits"),
        ("chr1:2147483648", "position 2,147,483,648 is above 2,147,483,647"),
    ],
    "row-13-no-such-gene": [
        ("TP5", "no gene is called 'TP5'. Did you mean TP53?"),
        ("2-Sep", "'2-Sep', a date that spreadsheets make of some gene names. Did you mean SEPTIN2?"),
        ("Sep-1", "Did you mean SEPTIN1?"),
        ("ENSG99999999999", "no gene is called 'ENSG99999999999'"),
    ],
    "row-14-two-genes": [
        ("CRLF2", "names 2 genes: CRLF2 at chrX:10,001-11,000, CRLF2 at chrY:10,001-11,000"),
        ("TWIN", "names 2 genes: TWIN at chr1:12,001-13,000, TWIN at chr2:12,001-13,000"),
    ],
    "row-15-other-names": [
        ("rs123", "'rs123' is a dbSNP name, and its position cannot be looked up here"),
        ("NM_000546.6:c.215C>G", "is a position in a transcript, which is not supported. Give the genomic position"),
        ("NP_000537.3:p.Pro72Arg", "is a position in a protein, which is not supported"),
        ("hg19 chr1:1-10", "names the assembly 'hg19'. Choose the assembly for the whole search"),
        ("GRCh37:1:100-200", "names the assembly 'GRCh37'"),
        ("NC_000001.10:1-10", "NC_000001.10 is chr1 of hg19"),
    ],
    "row-16-hostile-text": [
        ("<script>alert(1)</script>", "'<script>alert(1)</script>' is not a gene, a locus, a variant or a sequence"),
        ("[x](javascript:alert(1))", "'[x](javascript:alert(1))' cannot be read as a locus"),
        ("![x](http://example.org/a.png)", "'![x](http://example.org/a.png)' cannot be read"),
        ("${7*7} {{7*7}} `x` $x^2$ :red[hot]", "'${7*7} {{7*7}} `x` $x^2$ :red[hot]' cannot be read"),
        ("'; DROP TABLE genes; --", "''; DROP TABLE genes; --' is not a gene"),
        ("TP53\x00", "character 5 of 'TP53\\x00': the character '\\x00' does not belong here"),
        ("TP53\u202e", "the character '\\u202e' does not belong here"),
        ("chr1:1-10\x1b[31m", "the character '\\x1b' does not belong here"),
        ("\U0001f9ec", "the character '\U0001f9ec' does not belong here"),
        ("<b>" * 67, f"'{('<b>' * 27)[:80]}'... (201 characters) is too long for a search. At most 200"),
    ],
    "row-17-contigs-that-are-not-there": [
        ("chrUn_GL000195v1:1-10", "has no chromosome 'chrUn_GL000195v1'. Nearest names: chrUn_KI270302v1"),
        ("chr1_KI270706v1_random:1-5", "has no chromosome 'chr1_KI270706v1_random'"),
        ("chrEBV:1-10", "has no chromosome 'chrEBV'"),
    ],
}


@pytest.mark.parametrize("row", REFUSED)
def test_it_is_refused_in_the_words_of_python(page: AppTest, predictor: ec.Predictor, row: str) -> None:
    for text, words in REFUSED[row]:
        message = refused(page, text)
        assert words.lower() in message.lower(), (text, message)
        same_words(message, in_python(predictor, text))
    goes_on(page)


def test_the_command_line_says_the_same(home: Path, predictor: ec.Predictor) -> None:
    """Of the other rows ``test_same_words.py`` compares the three doors."""
    for row in ("row-16-hostile-text", "row-17-contigs-that-are-not-there"):
        text, _ = REFUSED[row][-1]
        answer = on_the_command_line("predict", "--locus", text, "--out", str(home / "never.npz"))
        assert answer == (2, f"Error: {in_python(predictor, text)}")


def test_row_01_nothing_was_asked(page: AppTest) -> None:
    drawn(page, GOOD)
    for text in ("   ", "\n\t", "\u00a0", "\u200b\ufeff", ""):
        ask(page, text)
        assert not page.error
        assert not charts(page)
        assert any("What would you like to see" in m.value for m in page.markdown), repr(text)
    goes_on(page)


# By row, what is asked, what is shown, and what is said about it.
ACCEPTED = {
    "row-02-spellings": [
        ("chr1:20,001-24,096", "chr1:20,001-24,096", ""),
        ("chr1:20,001\u201324,096 ", "chr1:20,001-24,096", ""),
        ("chr1:20,001\u00a0-\u00a024,096", "chr1:20,001-24,096", ""),
        ("CHR1:20001-24096", "chr1:20,001-24,096", "CHR1 is chr1 here"),
        ("1:20001-24096", "chr1:20,001-24,096", "1 is chr1 here"),
        ("1", "chr1:27,953-32,048", "chr1:1-60,000 is 60,000 bp wide"),
    ],
    "row-07-units": [
        ("chr1:0.02Mb-0.024Mb", "chr1:20,000-24,000", ""),
        ("chr1:20kb-24 kb", "chr1:20,000-24,000", ""),
        ("chr1:20.001kb", "chr1:17,953-22,048", ""),
    ],
    "row-09-near-an-end": [
        ("chr1:1-100", "chr1:1-100", "4,046 bp of the window lie off chr1 and are read as N"),
        ("chr1:59,900-60,000", "chr1:59,900-60,000", "4,045 bp of the window lie off chr1 and are read as N"),
    ],
    "row-11-unknown-bases": [
        ("chrN:8,001-12,096", "chrN:8,001-12,096", "100% N: the window holds no known base, so the prediction is not"),
    ],
    "row-12-names-of-a-gene": [
        ("TP53", "chr1:13,953-18,048", "centred on the start site of TP53"),
        ("tp53", "chr1:13,953-18,048", "centred on the start site of TP53"),
        ("ENSG00000141510.18", "chr1:13,953-18,048", "centred on the start site of TP53"),
        ("ENSG00000141510.3", "chr1:13,953-18,048", "version .3 ignored: the annotation has ENSG00000141510.18"),
        ("P53", "chr1:13,953-18,048", "P53 is an alias of TP53"),
    ],
    "row-13-previous-symbol": [
        ("SEPT1", "chr2:13,953-18,048", "SEPT1 is a previous symbol of SEPTIN1"),
    ],
    "row-17-contigs-that-are-there": [
        ("chrUn_KI270302v1", "chrUn_KI270302v1:1-2,274", "5,918 bp of the window lie off chrUn_KI270302v1"),
        ("chrM:2,453-6,548", "chrM:2,453-6,548", "chrM is circular; windows are cut at its ends all the same"),
        ("MT:2,453-6,548", "chrM:2,453-6,548", "MT is chrM here"),
    ],
}


@pytest.mark.parametrize("row", ACCEPTED)
def test_it_is_read_and_the_page_says_how(page: AppTest, row: str) -> None:
    for text, place, words in ACCEPTED[row]:
        drawn(page, text)
        assert view(page)["place"] == place, text
        assert words in notes(page), (text, notes(page))


OFFERED = {
    "row-03-the-ends-swapped": ("chr1:22,048-20,001", ["chr1:20001-22048"], "chr1:20,001-22,048"),
    "row-05-the-part-on-the-chromosome": ("chr1:59,001-60,008", ["chr1:59,001-60,000"], "chr1:59,001-60,000"),
    "row-13-the-nearest-gene": ("TP5", ["TP53"], "chr1:13,953-18,048"),
    "row-13-the-gene-of-a-date": ("2-Sep", ["SEPTIN2"], "chr2:17,953-22,048"),
    "row-14-each-of-two-genes": (
        "CRLF2",
        ["ENSG00000205755.12_PAR_Y", "ENSG00000205755.12"],
        "chrY:7,953-12,048",
    ),
}


@pytest.mark.parametrize("row", OFFERED)
def test_what_may_have_been_meant_is_offered_and_works(page: AppTest, row: str) -> None:
    text, offered, place = OFFERED[row]
    refused(page, text)
    assert set(offered) == set(ways(page))
    take(page, offered[0])
    assert not page.error
    assert view(page)["place"] == place


def test_row_14_nothing_is_predicted_before_the_choice(page: AppTest) -> None:
    drawn(page, "ALFA1")
    refused(page, "TWIN")
    state = page.session_state["browser"]
    assert (state.job, len(state.results)) == (None, 1)
    take(page, "ENSG00000000005.1")
    assert question(page).endswith("at TWIN")
    assert view(page)["place"] == "chr2:9,953-14,048"


def test_row_16_a_megabyte_of_text_is_refused_by_its_length_and_stored_nowhere(page: AppTest, home: Path) -> None:
    text = "<script>" * 125_000
    message = refused(page, text)
    assert "'... (1,000,000 characters) is too long for a search. At most 200 characters are read" in message
    assert address(page, "q") == ""
    refused(page, "x" * (MAX_ASKED + 1_000_000))
    assert len(page.session_state["browser"].text) == MAX_ASKED
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files, "a gene index at least"
    assert not [path for path in files if b"<script>" in path.read_bytes()]
    goes_on(page)
