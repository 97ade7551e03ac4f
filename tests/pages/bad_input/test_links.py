"""Rows 70 and 71 of the table of bad inputs: what a link says, and how many tracks are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_driver import VIEW, address, charts, send, settled, view
from bad_input_driver import GOOD, fresh, goes_on, notes, on_the_command_line, said
from streamlit.testing.v1 import AppTest

import enformer_core as ec
from enformer_core.errors import TrackError
from pages._ui.state import MAX_TRACKS

USUAL = "0,2,4"
SCRIPT = "<script>alert(1)</script>"


def opened(app: AppTest, **parameters: str | list[str]) -> AppTest:
    """A visitor who comes by a link: a picture without an error, and nothing of the link that is HTML."""
    for name, value in parameters.items():
        app.query_params[name] = value
    settled(app.run())
    assert not app.error, [error.value for error in app.error]
    assert "<script>" not in "".join(element.proto.body for element in app.get("html"))
    return app


TRACKS = {
    "row-70-fifty-thousand-ids": (",".join(map(str, range(50_000))), USUAL, "the link names too many tracks"),
    "row-70-not-numbers": ("NaN,1e3,-1,0x2,\u0663,3.5", USUAL, "some tracks of the link are not numbers"),
    "row-70-some-numbers": ("7,x,1,7,", "7,1", "some tracks of the link are not numbers and were left out"),
    "row-70-html": (SCRIPT, USUAL, "some tracks of the link are not numbers"),
    "row-70-large-numbers": ("9" * 40, USUAL, "some tracks of the link are not numbers"),
    "row-71-none": ("", USUAL, ""),
    "row-71-only-commas": (",,,", USUAL, ""),
    "row-71-all-5313": (",".join(map(str, range(5313))), USUAL, "the link names too many tracks, so the usual ones"),
    "row-71-not-of-this-model": ("1,99", "1", "the model has no track 99, which was left out"),
    "row-71-none-of-this-model": ("5312", USUAL, "the model has no track 5312, which was left out"),
}


@pytest.mark.parametrize("row", TRACKS)
def test_tracks_of_a_link_are_bounded_and_explained(page: AppTest, row: str) -> None:
    text, chosen, words = TRACKS[row]
    opened(page, q=GOOD, tracks=text)
    assert view(page)["place"] == GOOD
    assert address(page, "tracks") == chosen
    assert words in notes(page)


def test_row_71_more_tracks_than_fit(page: AppTest) -> None:
    opened(page, q=GOOD, tracks=",".join(map(str, range(25))))
    assert f"the link names 25 tracks, the first {MAX_TRACKS} are shown" in notes(page)
    assert address(page, "tracks") == ",".join(map(str, range(12))), "those that the model has"


def test_row_71_tracks_of_the_other_species(page: AppTest) -> None:
    """The mouse head has 5 outputs here, the human one 12."""
    opened(page, q=GOOD, tracks="1,11", head="mouse")
    assert "the model has no track 11, which was left out" in notes(page)
    assert [lane["track"] for lane in view(page)["lanes"]] == [1]


OTHERS = {
    "row-70-nothing-that-we-know": ({"locus": GOOD, "url": "http://169.254.169.254/"}, False, ""),
    "row-70-a-long-question": ({"q": "A" * 300}, False, "the link's search text has 300 characters, at most 200"),
    "row-70-hundred-thousand-letters": ({"q": "<b>" * 33_000}, False, "the link's search text has 99,000 characters"),
    "row-70-a-million-ids": ({"q": GOOD, "tracks": ",".join(map(str, range(1_000_000)))}, False, ""),
    "row-70-twice": ({"q": [SCRIPT, GOOD], "tracks": ["x", "7"]}, True, ""),
    "row-70-edits": ({"q": GOOD, "edits": "chr1:NaN:A>C"}, True, "edits were left out: position 'NaN' is not a whole"),
    "row-70-long-edits": ({"q": GOOD, "edits": "chr1:1:A>C," * 10_000}, True, "edits have 110,000 characters"),
    "row-70-view": ({"q": GOOD, "view": "chr1:NaN-inf"}, True, "the link's view was left out: 'NaN' is not a position"),
    "row-70-long-view": ({"q": GOOD, "view": "9" * 100_000}, True, "view has 100,000 characters, at most 100 are read"),
    "row-70-example": ({"q": GOOD, "example": SCRIPT}, True, f"there is no example '{SCRIPT}'"),
}


@pytest.mark.parametrize("row", OTHERS)
def test_whatever_a_link_says_the_page_opens_and_says_what_it_left_out(page: AppTest, row: str) -> None:
    parameters, is_drawn, words = OTHERS[row]
    opened(page, **parameters)
    assert bool(charts(page)) == is_drawn
    assert words in notes(page)
    goes_on(page)


NAMED = (("model",), ("head",), ("site", "tiles", "transform", "hidden", "look", "lanes"))


@pytest.mark.parametrize("names", NAMED, ids="-".join)
def test_row_70_every_other_word_of_a_link(page: AppTest, names: tuple[str, ...]) -> None:
    for value in (SCRIPT, "NaN", "-1,1e9", "/etc/passwd", "9" * 20_000):
        opened(page, q="ALFA1", **dict.fromkeys(names, value))
        assert view(page)["place"] == "chr1:17,953-22,048", value[:40]
        assert all(len(address(page, name)) < 1_000 for name in names)
        fresh(page)


def test_row_70_a_question_about_an_assembly_that_is_not_here_is_left_out(page: AppTest) -> None:
    for value in (SCRIPT, "/etc/passwd", "../assemblies/hg38"):
        opened(page, q="ALFA1", assembly=value)
        assert not charts(page)
        assert f"the assembly '{value}', which is not offered here" in notes(page)
        assert address(page, "assembly") == ""
        goes_on(page)
        fresh(page)


def test_row_71_the_command_line_and_python_say_so_too(home: Path, predictor: ec.Predictor) -> None:
    for tracks, words in (("", "no track is chosen"), ("99", "there is no track '99'"), ("NaN", "'NaN'")):
        asked = ("predict", "--locus", GOOD, "--tracks", tracks, "--out", str(home / "never.npz"))
        code, said_there = on_the_command_line(*asked)
        assert code == 2
        assert words in said_there
    for tracks, words in (([], "no track is chosen"), (range(5313), "there is no track '12'")):
        with pytest.raises(TrackError, match=words):
            predictor.submit(GOOD, tracks=tracks)


def test_row_71_the_last_lane_stays(page: AppTest) -> None:
    opened(page, q=GOOD, tracks="7")
    hide = {"serial": 1, "kind": "hide", "track": 7}
    settled(send(page, "asked", {"client": 7, "acts": [hide]}, VIEW))
    assert [lane["track"] for lane in view(page)["lanes"]] == [7]
    assert said(page)
