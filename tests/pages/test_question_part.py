"""A question draws the search box and its answer anew; the rest of the page only where it has to change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
import worlds
from browser_driver import app

from benchmarks._load_tab import Tab, opened
from enformer_core.errors import InputError
from pages._ui import outside
from pages._ui.looks import Look, Show
from pages._ui.state import Annotation, Choice, Experiment, Session

PATIENCE_S = 60.0
OUTSIDE = {
    "text": "ALFA1",  # whether there is a question, not which
    "wanted": ("ID0000",),
    "wanted_looks": {"ID0000": Look(height="large")},
    "choice": Choice("model"),
    "head": "mouse",
    "tracks": (1, 2),
    "tracks_done": (1, 1),
    "transform": "hard",
    "show": Show(log=True),
    "looks": {1: Look(height="large")},
    "hidden": {"ID0000"},
    "uploader": 1,
    "refused": [("a.bw", InputError("no"))],
    "experiments": [Experiment(Path("a.bw"), "a.bw")],
    "annotations": [Annotation(Path("a.bed"), "a.bed", "regions", "BED")],
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    world = worlds.build(tmp_path_factory.mktemp("part-world"))
    with app(tmp_path_factory.mktemp("part"), world) as found:
        yield found


def test_every_field_of_a_visit_is_shown_inside_or_outside():
    names = {field.name for field in fields(Session)}
    assert names >= outside.INSIDE
    assert names - outside.INSIDE == (OUTSIDE.keys() - {"text"}) | {"explain"}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_changes_outside_is_noticed(name: str):
    state = Session()
    before = outside.shown(state)
    assert outside.shown(state) == before
    setattr(state, name, OUTSIDE[name])
    assert outside.shown(state) != before


def test_what_is_changed_in_place_is_noticed():
    state = Session(experiments=[Experiment(Path("a.bw"), "a.bw")], looks={})
    state.explain = replace(state.explain, interval="chr1:1-2")
    before = outside.shown(state)
    state.experiments[0].track = 3
    assert outside.shown(state) != before
    before = outside.shown(state)
    state.looks[1] = Look(height="large")
    assert outside.shown(state) != before
    before = outside.shown(state)
    state.explain = state.explain.elsewhere()
    assert outside.shown(state) != before


def test_another_question_is_answered_without_the_sidebar(address: str):
    async def visit(tab: Tab) -> None:
        await _until(tab, lambda: _place(tab) != "")
        first, chosen = _place(tab), tab.told("tracks")
        await tab.send(tab.happened("search-box", "asked", "BETA2"))
        await _until(tab, lambda: _place(tab) not in ("", first))
        assert "q=BETA2" in tab.query
        await tab.send(tab.happened("search-box", "asked", "ALFA1"))  # whose prediction is kept by now
        await _until(tab, lambda: _place(tab) == first)
        assert tab.was_part
        assert tab.told("tracks") == chosen

    _visit(address, visit)


def test_what_the_sidebar_shows_too_is_changed_there(address: str):
    async def visit(tab: Tab) -> None:
        await _until(tab, lambda: _place(tab) != "")
        lanes = [lane["track"] for lane in _told(tab, "view")["lanes"]]
        act = {"serial": 1, "kind": "hide", "track": lanes[0]}
        await tab.send(tab.happened("view", "asked", {"client": 7, "acts": [act]}))
        await _until(tab, lambda: len(_told(tab, "view")["lanes"]) == len(lanes) - 1)
        assert not tab.was_part
        assert [row["index"] for row in _told(tab, "tracks")["tracks"]] == lanes[1:]

    _visit(address, visit)


def _visit(address: str, visit: Callable[[Tab], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with opened(address, "q=ALFA1") as tab:
            await visit(tab)

    asyncio.run(whole())


async def _until(tab: Tab, holds: Callable[[], bool]) -> None:
    await tab.until(holds, PATIENCE_S)


def _told(tab: Tab, key: str) -> dict:
    return tab.told(key) or {}


def _place(tab: Tab) -> str:
    return _told(tab, "view").get("place", "")
