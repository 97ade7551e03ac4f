"""Rows 18 to 25 of the table of bad inputs: pasted sequences."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest
from app_driver import APP, address, question, view
from bad_input_driver import drawn, goes_on, in_python, notes, on_the_command_line, refused, same_words
from streamlit.testing.v1 import AppTest

import enformer_core as ec
from pages._ui.search_box import MAX_ASKED

BASES = "".join(random.Random(18).choices("ACGT", k=8193))
PROTEIN = "MEEPQSDPSVEPPLSQETFSDLWKLLPENNVLSPLPSQAMDDLMLSPDDIEQWFTEDPGP"
REFUSED = {
    "row-20-mostly-ambiguous": [
        (">i\n" + "RYKM" * 10 + "ACGT" * 5, "40 of 60 letters are ambiguity codes (K, M, R, Y). At most 10% can be"),
    ],
    "row-21-no-bases-at-all": [
        (f">p53\n{PROTEIN}", "line 2, column 2: 'E' is not a base. It is an amino acid: paste the DNA instead"),
        (PROTEIN, "line 1, column 2: 'E' is not a base. It is an amino acid"),
        (f"{PROTEIN}\n" * 5, "line 1, column 2: 'E' is not a base. It is an amino acid"),
        (">d\n12345", "line 2, column 1: '1' is not a base"),
        ("ACGT" * 6 + "1T", "line 1, column 25: '1' is not a base"),
        ("ACGT" * 100 + "J" + "ACGT" * 10, "line 1, column 401: 'J' is not a base"),
        (">x\nACGT\nAC!GT", "line 3, column 3: '!' is not a base"),
        ('>x\n{"seq": "ACGT"}', "line 2, column 1: '{' is not a base"),
        ('{"seq": "ACGTACGTACGTACGTACGT"}', '\'{"seq": "ACGTACGTACGTACGTACGT"}\' cannot be read'),
        (">x\n/data/genome.fa", "line 2, column 1: '/' is not a base"),
        ("/data/genome.fa", "'/data/genome.fa' is not a gene, a locus, a variant or a sequence"),
    ],
    "row-22-without-a-base-or-too-long": [
        (">empty\n", "the sequence has no bases. Paste it in A, C, G, T and N"),
        (">", "the sequence has no bases"),
        ("ACGT" * 250_001, "a text of 1,000,004 characters is too long. At most 1,000,000 are read"),
    ],
    "row-23-several-records": [
        (">a\nACGT\n>b\nACGT", "line 3: there are 2 sequences in the text. Paste one at a time: they are never joined"),
        ("ACGT" * 6 + "\n>b\nACGT", "line 2: there are 2 sequences in the text"),
    ],
}


@pytest.mark.parametrize("row", REFUSED)
def test_it_is_refused_in_the_words_of_python(page: AppTest, predictor: ec.Predictor, row: str) -> None:
    for text, words in REFUSED[row]:
        message = refused(page, text)
        assert words.lower() in message.lower(), (text[:80], message)
        same_words(message, in_python(predictor, text))
    goes_on(page)


@pytest.mark.parametrize("row", REFUSED)
def test_the_command_line_says_the_same(home: Path, predictor: ec.Predictor, tmp_path: Path, row: str) -> None:
    text, _ = REFUSED[row][0]
    file = tmp_path / "given.fa"
    file.write_text(text)
    answer = on_the_command_line("predict", "--sequence", str(file), "--out", str(tmp_path / "never.npz"))
    assert answer == (2, f"Error: {in_python(predictor, text)}")


# By row, what is pasted, and what is said of it.
PASTED = {
    "row-18-lower-case": [(BASES[:4000].lower(), ("4,000 lower-case letters made upper case", "4,192 N were added"))],
    "row-18-fasta": [
        (f">mine is here\r\n{BASES[:60]}\r\n{BASES[60:90]}", ("removed the FASTA header, spaces and line ends",)),
        (f"\ufeff>x\n{BASES[:60]}", ("removed the FASTA header",)),
    ],
    "row-18-line-numbers": [
        (
            "\n".join(f"{i + 1:>9} {BASES[i : i + 60].lower()}" for i in range(0, 600, 60)),
            ("removed 10 line numbers, spaces and line ends", "600 lower-case letters"),
        ),
    ],
    "row-18-spaces": [(f"  {BASES[:100]} \n {BASES[100:200]}", ("removed spaces and line ends", "has 200 bp"))],
    "row-19-rna": [(BASES[:300].replace("T", "U"), (f"{BASES[:300].count('T')} U (RNA) read as T",))],
    "row-20-a-few-codes": [(f"{BASES[:1000]}RYKM", ("4 ambiguity codes (K, M, R, Y) became N",))],
    "row-22-lengths": [
        (">x\nA", ("the sequence has 1 bp; 8,191 N were added around it",)),
        (f">x\n{BASES[:8191]}", ("the sequence has 8,191 bp; 1 N were added around it",)),
        (f">x\n{BASES[:8193]}", ("the sequence has 8,193 bp; its central 8,192 bp are read",)),
    ],
    "row-24-one-letter": [
        ("N" * 1000, ("every base is N: a prediction is not meaningful",)),
        (">a\n" + "A" * 1000, ("every base is A: a prediction is not meaningful",)),
    ],
}


@pytest.mark.parametrize("row", PASTED)
def test_it_is_cleaned_and_the_page_says_how(page: AppTest, row: str) -> None:
    for text, words in PASTED[row]:
        drawn(page, text)
        assert all(part in notes(page) for part in words), notes(page)
        assert "sequence" in question(page)
        assert address(page, "q") == "", "a link would carry somebody's DNA"


def test_row_22_a_sequence_of_the_windows_own_length_is_read_as_it_is(page: AppTest) -> None:
    drawn(page, f">x\n{BASES[:8192]}")
    assert view(page)["place"] == "x:2,049-6,144"
    assert "N were added" not in notes(page)
    assert "central" not in notes(page)


def test_row_25_a_paste_beyond_all_limits_is_refused_by_its_size(page: AppTest) -> None:
    """The server takes no widget's state above 25 MB; what comes through is cut before anything reads it."""
    configured = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text())
    assert configured["server"]["maxWidgetStateSize"] == 25
    assert "too long. At most 1,000,000 are read" in refused(page, "ACGT" * 2_500_000)
    assert len(page.session_state["browser"].text) <= MAX_ASKED
    assert address(page, "q") == ""
    goes_on(page)
