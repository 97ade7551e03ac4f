"""Pictures several windows wide: what is offered, what it costs, and the way back; driven without a browser."""

from __future__ import annotations

import re
import threading

import pytest
from app_driver import VIEW, address, ask, errors, html, plain, question, send, settled, view
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from enformer_core.errors import OutOfDeviceMemory
from pages._ui import tiles

W = 4_096
SECONDS = r"about \d+ s"


def extend(app: AppTest, side: str, serial: int = 1) -> AppTest:
    """Ask for the window on a side, as the picture does; ``serial`` counts up."""
    asked = {"client": 7, "view": view(app)["first"], "acts": [{"serial": serial, "kind": "extend", "side": side}]}
    return send(app, "asked", asked, VIEW)


def windows(app: AppTest) -> list[str]:
    return [tile["window"] for tile in view(app)["tiles"]]


def offered(app: AppTest) -> str:
    found = re.search(r'id="tiles-offer">(.*?)</div>', html(app))
    return found[1] if found else ""


def beyond(app: AppTest) -> tuple[str | None, ...]:
    """What is offered to the left and to the right, and the side that is awaited."""
    told = view(app)["beyond"]
    sides = [told[side] and re.sub(SECONDS, "offer", told[side]) for side in ("left", "right")]
    return (*sides, told["waiting"])


def button(app: AppTest, key: str):
    return next(button for button in app.button if button.key == key)


def test_row_10_a_wide_locus_shows_its_middle_and_all_of_it_when_asked(opened):
    app = ask(opened(), "chr1:10,001-25,000")
    assert view(app)["first"] == {"start": 15_452, "end": 15_452 + W}
    assert re.fullmatch(
        "chr1:10,001-25,000 is 15,000 bp wide; its central 4,096 bp are predicted: chr1:15,453-19,548 · "
        rf"all of it takes 5 windows \({SECONDS} here\)",
        offered(app),
    )
    assert html(app).count("its central") == 1, "said once"
    (alone,) = windows(app)
    app = settled(button(app, "tiles-all").click().run())
    assert windows(app)[2] == alone
    assert len(windows(app)) == 5
    assert view(app)["id"] == alone
    assert view(app)["first"] == {"start": 10_000, "end": 25_000}
    assert not offered(app)
    assert "5 windows side by side" in html(app)
    assert address(app, "tiles") == "2,2"
    app = ask(app, "ALFA1")
    assert len(windows(app)) == 1, "another question begins with one window"


def test_row_10_above_the_limit_a_part_is_offered(opened):
    app = ask(opened(), "chr1:1-60,000")
    assert "all of it takes 15 windows, of which at most 10, 40,960 bp, are predicted at a time" in offered(app)
    assert button(app, "tiles-all").label == "Predict 40,960 bp of it"
    app = settled(button(app, "tiles-all").click().run())
    assert len(windows(app)) == 10
    assert beyond(app) == (None, None, None)
    assert "40,960 bp are predicted" in offered(app)
    assert "tiles-all" not in [button.key for button in app.button]


def test_beyond_the_window_the_next_one_is_put_beside_it(opened):
    app = ask(opened(), "chr1:5,001-5,100")  # the window begins at 3,002
    first, looked = windows(app), view(app)["first"]
    assert beyond(app) == ("offer", "offer", None)
    app = settled(extend(app, "left"))
    assert windows(app)[1:] == first
    assert view(app)["first"] == looked, "the picture stays where it is"
    assert beyond(app) == (None, "offer", None), "the chromosome begins there"
    app = settled(extend(app, "left", 2))
    assert "2 windows to the left" in errors(app)
    assert "run off chr1" in errors(app)
    assert len(windows(app)) == 2
    app = settled(extend(app, "right", 3))
    assert windows(app)[1:2] == first
    assert len(windows(app)) == 3
    assert not app.error


def test_a_link_opens_all_windows_with_an_edit_in_one_of_them(opened, configured):
    base = configured.bases["chr1"][30_099]
    other = "ACGT"[("ACGT".index(base) + 1) % 4]
    app = opened(q="chr1:20,001-24,096", tiles="0,2", edits=f"chr1:30100:{base}:{other}", view="chr1:30001-30200")
    assert not app.error, errors(app)
    assert len(windows(app)) == 3
    assert view(app)["edits"][0]["start"] == 30_099
    assert view(app)["place"] == "chr1:30,001-30,200"
    app = opened(q="chr2:5,001-5,002", tiles="7,1")
    assert len(windows(app)) == 3
    assert "windows beyond the end of chr2 were left out" in html(app)


def test_cancelled_or_failed_the_picture_is_what_it_was(opened, monkeypatch):
    from enformer_core.inference import embeddings as module

    gate, real = threading.Event(), module.embed_window

    def slow(reference, codes, on_progress):
        while not gate.is_set():
            on_progress(0.3)
            gate.wait(0.02)
        return real(reference, codes, on_progress)

    def fails(*_):
        raise OutOfDeviceMemory("the device has too little memory", hint="Close other programs")

    app = ask(opened(), "BETA2")
    before, asked = windows(app), question(app)
    monkeypatch.setattr(module, "embed_window", slow)
    app = extend(app, "right")
    assert "predicting window 2 of 2" in plain(app.get("progress")[0].proto.text)
    assert windows(app) == before, "the picture stays while its neighbour is predicted"
    assert view(app)["beyond"]["waiting"] == "right"
    app = settled(button(app, "cancel").click().run())
    assert (windows(app), question(app)) == (before, asked)
    assert beyond(app) == ("offer", "offer", None)
    assert app.session_state["browser"].tiles == (0, 0)
    monkeypatch.setattr(module, "embed_window", fails)
    app = settled(extend(app, "left", 2))
    assert "The device has too little memory. Close other programs" in errors(app)
    assert windows(app) == before
    monkeypatch.setattr(module, "embed_window", real)
    app = settled(extend(app, "left", 3))
    assert not app.error
    assert windows(app)[1:] == before


@given(st.integers(0, 9), st.integers(0, 9))
def test_the_windows_of_a_link_are_read_as_they_were_written(left, right):
    found, notes = tiles.read(tiles.write((left, right)))
    assert sum(found) == min(left + right, 9)
    assert (found == (left, right)) == (not notes)


@pytest.mark.parametrize("text", ["1", "1,2,3", "-1,0", "a,b", "١,٢", "9" * 400 + ",1"])
def test_row_70_windows_of_a_link_that_cannot_be_read(text):
    found, notes = tiles.read(text)
    assert found == (0, 0)
    assert "not two numbers such as 1,2" in notes[0]
    assert len(notes[0]) < 250


def test_what_windows_cost_in_words():
    class Known:
        window_seconds: float | None = 2.4

    class Place:
        edits = ()

    class Moved:
        edits = (type("Edit", (), {"ref": "AC", "alt": "A"}),)

    assert tiles.cost(Known(), Place(), 4) == "about 10 s"
    assert tiles.cost(Known(), Moved(), 4) == "about 19 s"
    assert tiles.cost(Known(), Place(), 100) == "about 4 min"
    Known.window_seconds = None
    assert tiles.cost(Known(), Place(), 1) == "not measured yet"
