"""Names, colours and paths of signals on their way to other programs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import InputError
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.tracks.signal_files import Scene, SignalFile, SignalGroup, edit_name, one_line, plain_line, rgb


def test_a_group_lists_the_files_that_there_are():
    first, second = SignalFile("reference/a.bw", "a", "#0072B2"), SignalFile("difference/a.bw", "a", "#0072B2")
    assert SignalGroup("a", first).files == (first,)
    assert SignalGroup("a", first, difference=second).files == (first, second)


def test_a_locus_counts_from_one():
    assert Scene("x", Interval("chr1", 999, 2000), ()).locus == "chr1:1000-2000"


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../a.bw", "a/../../b.bw", "a\\b.bw", "http://a/b.bw", "C:/a.bw"])
def test_a_path_stays_below_the_folder(path: str):
    with pytest.raises(InputError, match="not a path below"):
        SignalFile(path, "a", "#0072B2")


@pytest.mark.parametrize("color", ["", "red", "#0072b", "#0072B2;", "#0072B2\n", "#GG72B2"])
def test_a_colour_is_one(color: str):
    with pytest.raises(InputError, match="colour"):
        SignalFile("a.bw", "a", color)
    with pytest.raises(InputError, match="not a colour"):
        rgb(color)


def test_a_colour_in_numbers():
    assert rgb("#0072B2") == "0,114,178"
    assert rgb("#d55e00") == "213,94,0"


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        (Variant("chr1", 1000, "A", "C"), "chr1:1,000 A>C"),
        (Variant("chr1", 1000, "A" + "C" * 300, "A"), "chr1:1,000 300 bp deleted"),
        (Variant("chr1", 1000, "A", "A" + "C" * 300), "chr1:1,000 300 bp inserted"),
        (Variant("chr1", 1000, "AC" * 20, "G" * 7), "chr1:1,000 40 bp replaced by 7"),
        (Variant("chr1", 1000, "A" + "C" * 300, "G"), "chr1:1,000 301 bp replaced by 1"),
    ],
)
def test_an_edit_in_a_few_letters(edit: Variant, name: str):
    assert edit_name(edit) == name


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_line_is_one_line(text: str):
    assert len(one_line(text).splitlines()) <= 1
    line = plain_line(text)
    assert line.isascii()
    assert line.isprintable()
    assert not set(line) & set('"<>')


def test_a_minus_sign_stays_one():
    assert plain_line("CAGE \u2212 \u00e9t\u00e9") == "CAGE - ?t?"
