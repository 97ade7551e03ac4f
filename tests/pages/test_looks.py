"""How lanes are drawn, and what the view asks for about them: each value comes from a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_driver import address, errors, open_app, send, settled, view

from enformer_core.errors import InputError
from enformer_core.genome.interval import Interval
from enformer_core.inference.tiling import MAX_TILES
from enformer_core.inference.window import Window
from pages._ui import looks, theme, view_acts
from pages._ui.looks import Look
from pages._ui.state import Experiment, Session, take_off
from pages._ui.view import KEY

WINDOW = Window(Interval("chr1", 1_000, 9_000), Interval("chr1", 3_000, 7_000), {"chr1": 13_000})


def visit(**more: object) -> Session:
    return Session(text="ALFA1", tracks=(4, 2, 7), **more)  # pyright: ignore[reportArgumentType]


def act(state: Session, **asked: object) -> str:
    """Ask for one thing as the view does; return why it was refused."""
    serial = state.view_done[1] + 1
    view_acts.take(state, WINDOW, {"client": 1, "acts": [{"serial": serial, **asked}]})
    assert state.view_done == (1, serial)
    return str(state.refused_edit or "")


def test_colours_of_lanes_are_in_both_palettes_and_told_apart():
    for palette in (theme.LIGHT, theme.DARK):
        found = [getattr(palette, name) for name in theme.LANE_COLOURS]
        assert len(set(found)) == len(found) >= 4
    assert len(looks.COLOURS) == len(theme.LANE_COLOURS)


def test_a_lane_of_the_usual_height_is_as_usual():
    assert Look(looks.USUAL_HEIGHT) == Look()
    assert Look("large") != Look()
    assert looks.checked("medium", "ctcf") == Look("", "ctcf")


@pytest.mark.parametrize(
    ("height", "colour", "words"),
    [
        ("huge", "", "'huge' is no height of a lane"),
        (None, "", "'None' is no height"),
        (["small"], "", "is no height"),
        ("", "red", "'red' is no colour of a lane"),
        ("", "violet", "is no colour"),
        ("", {}, "is no colour"),
    ],
)
def test_a_look_that_lanes_cannot_have_is_refused(height, colour, words):
    with pytest.raises(InputError, match=words):
        looks.checked(height, colour)


@pytest.mark.parametrize("top", [-1, float("nan"), float("inf"), 1e10, "20", None, True])
def test_a_range_that_a_y_axis_cannot_have_is_refused(top):
    with pytest.raises(InputError, match="is no value to hold a y axis at"):
        looks.checked("", "", top)


def test_a_y_axis_is_held_with_four_digits_and_let_go():
    state = visit()
    assert not act(state, kind="look", track=2, height="", colour="", top=20.299999237060547)
    assert state.looks == {2: Look(top=20.3)}
    assert not act(state, kind="look", track=2, height="", colour="", top=0)
    assert state.looks == {}


def test_lanes_get_a_height_and_a_colour_and_the_usual_ones_back():
    state = visit()
    assert not act(state, kind="look", track=2, height="large", colour="")
    assert not act(state, kind="look", track=7, height="", colour="ctcf")
    assert state.looks == {2: Look("large"), 7: Look("", "ctcf")}
    assert not act(state, kind="look", track=2, height="medium", colour="")
    assert state.looks == {7: Look("", "ctcf")}


@pytest.mark.parametrize("track", [3, "2", None, 2.0, True, [2], 10**30])
@pytest.mark.parametrize("kind", ["look", "hide"])
def test_only_a_lane_that_is_there_can_be_changed(kind, track):
    state = visit()
    assert "is not on view" in act(state, kind=kind, track=track, height="large", colour="")
    assert (state.looks, state.tracks) == ({}, (4, 2, 7))


def test_lanes_are_put_in_another_order():
    state = visit(looks={2: Look("large")})
    assert not act(state, kind="order", tracks=[7, 4, 2])
    assert (state.tracks, state.looks) == ((7, 4, 2), {2: Look("large")})


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ([7, 4], "have changed since"),
        ([7, 4, 4], "have changed since"),
        ([7, 4, 2, 9], "have changed since"),
        ([], "have changed since"),
        ([7, 4, "2"], "are not tracks in an order"),
        ([7, 4, 2.0], "are not tracks in an order"),
        ([7, 4, True], "are not tracks in an order"),
        (None, "are not tracks in an order"),
        ({"0": 7}, "are not tracks in an order"),
        (list(range(5_313)), "are not tracks in an order"),
    ],
)
def test_what_is_no_order_of_the_lanes_is_refused(order, words):
    state = visit()
    assert words in act(state, kind="order", tracks=order)
    assert state.tracks == (4, 2, 7)


def test_a_lane_is_taken_off_and_its_experiment_is_compared_with_nothing():
    paired, other = Experiment(Path("a"), "a.bw", 2), Experiment(Path("b"), "b.bw", 7)
    state = visit(experiments=[paired, other])
    assert not act(state, kind="hide", track=2)
    assert (state.tracks, paired.track, other.track) == ((4, 7), None, 7)
    assert not act(state, kind="hide", track=4)
    assert "the last lane cannot be taken off" in act(state, kind="hide", track=7)
    assert (state.tracks, other.track) == ((7,), 7)
    with pytest.raises(InputError, match="track '4' is not on view"):
        take_off(state, 4)


def test_neighbouring_windows_are_asked_for_until_the_chromosome_ends():
    state = visit()
    assert not act(state, kind="extend", side="right")
    assert state.tiles == (0, 1)
    for side in ("up", None, 3, ["left"]):
        assert "is no side of a window" in act(state, kind="extend", side=side)
    assert not act(state, kind="extend", side="left")
    assert state.tiles == (1, 1)
    assert "run off chr1" in act(state, kind="extend", side="left")
    state = visit(tiles=(0, MAX_TILES - 1))
    wide = Window(Interval("chr1", 1_000, 45_000), Interval("chr1", 3_000, 43_000), {"chr1": 10**6}, tiles=state.tiles)
    view_acts.take(state, wide, {"client": 1, "acts": [{"serial": 1, "kind": "extend", "side": "right"}]})
    assert f"{MAX_TILES + 1} windows side by side are too many" in str(state.refused_edit)
    assert state.tiles == (0, MAX_TILES - 1)


@pytest.mark.parametrize("kind", ["paint", None, 3, ["look"], "__class__"])
def test_what_the_view_cannot_ask_for_is_refused(kind):
    assert "is not something that the view can ask for" in act(visit(), kind=kind)


def test_each_thing_is_done_once_and_in_order():
    state = visit()
    acts = [{"serial": 1, "kind": "hide", "track": 2}, {"serial": 2, "kind": "order", "tracks": [7, 4]}]
    for _ in range(2):
        view_acts.take(state, WINDOW, {"client": 5, "acts": acts})
        assert (state.tracks, state.view_done, state.refused_edit) == ((7, 4), (5, 2), None)


def test_what_was_chosen_of_the_lanes_is_drawn_and_in_the_address(configured):
    app = open_app(q="ALFA1", tracks="0,2,4")
    acts = [
        {"serial": 1, "kind": "order", "tracks": [4, 0, 2]},
        {"serial": 2, "kind": "look", "track": 0, "height": "large", "colour": "ctcf"},
        {"serial": 3, "kind": "hide", "track": 2},
    ]
    settled(send(app, "asked", {"client": 9, "acts": acts}, KEY))
    assert not errors(app)
    assert (address(app, "tracks"), address(app, "lanes")) == ("4,0", "0:large:violet")
    assert [lane["name"] for lane in view(app)["lanes"]] == ["H3K27ac", "CAGE"]
    settled(send(app, "asked", {"client": 9, "acts": [{"serial": 4, "kind": "hide", "track": 9}]}, KEY))
    assert "Track '9' is not on view" in errors(app)
