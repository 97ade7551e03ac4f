"""The chooser of tracks in a real browser, with as many tracks as the published model has, on a page of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest
from browser_driver import NEEDS_CHROMIUM, REPOSITORY, SCREENSHOTS, Alone, server
from playwright.sync_api import Browser, Locator, expect

# From a key to the list laid out takes less than 50 ms on a machine of its own; here other tests run beside it.
WAIT_MS, LIMIT_MS = 20_000, 300
N_TRACKS = 5_313
SCOPE = hashlib.sha256(b"model").hexdigest()[:16]

pytestmark = NEEDS_CHROMIUM

PAGE = """
from pathlib import Path

import streamlit as st

from enformer_core.tracks.table import TrackTable
from pages._ui import theme, track_chooser
from pages._ui.state import session

st.set_page_config(layout="wide", initial_sidebar_state="expanded")
st.html(theme.css(theme.palette()))
st.session_state["runs"] = st.session_state.get("runs", 0) + 1


@st.cache_resource
def read(name):
    return TrackTable.read(Path(__file__).with_name(name))


state = session()
if st.button("Other head"):
    state.tracks = None
    st.session_state["name"] = "mouse.txt"
table = read(st.session_state.get("name", "human.txt"))
if st.button("Turn the lanes round"):
    state.tracks = state.tracks[::-1]
state.tracks = state.tracks or (0, 1, 2)
with st.sidebar:
    track_chooser.draw(state, table, state.tracks, "model")
st.text(f"tracks: {','.join(map(str, state.tracks))}")
st.text(f"runs: {st.session_state['runs']}")
"""


def lines(n: int) -> Iterator[str]:
    """A targets file: CAGE, DNASE, ATAC and ChIP of twenty targets, in made-up biosamples; one in K562 each."""
    yield "index\tgenome\tidentifier\tfile\tclip\tscale\tsum_stat\tdescription"
    tissues = ("liver", "lung", "heart", "spleen", "colon", "brain", "kidney", "skin", "ovary")
    kinds = ("CAGE", "DNASE", "ATAC", "CHIP:CTCF", "CHIP:H3K27ac", *(f"CHIP:TF{k}" for k in range(1, 19)))
    for i in range(n):
        where = "K562" if i < len(kinds) else f"{tissues[i % 9]} male adult ({i % 80} years)"
        yield f"{i}\t0\tID{i:05d}\tnone\t32\t2\tmean\t{kinds[i % len(kinds)]}:{where}"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page with the chooser in its sidebar, served as the app is."""
    folder = tmp_path_factory.mktemp("tracks")
    (folder / "page.py").write_text(PAGE)
    (folder / "human.txt").write_text("\n".join(lines(N_TRACKS)) + "\n")
    (folder / "mouse.txt").write_text("\n".join(lines(30)).replace("ID0", "MM0") + "\n")
    command = ["-m", "streamlit", "run", str(folder / "page.py")]
    with server(folder, command, PYTHONPATH=str(REPOSITORY)) as found:
        yield found


class Visit(Alone):
    """A page with the chooser, and what it should not have done."""

    def __init__(self, browser: Browser, address: str, scheme: str = "light", kept: str = "") -> None:
        size = {"width": 1200, "height": 800}
        context = browser.new_context(viewport=size, color_scheme=scheme)  # pyright: ignore
        if kept:
            context.add_init_script(f"localStorage.setItem(...{kept})")
        super().__init__(context.new_page(), address, WAIT_MS)
        self.add: Locator = self.page.get_by_role("button", name="Add tracks")
        self.panel: Locator = self.page.get_by_role("dialog", name="Add tracks")
        self.field: Locator = self.panel.get_by_role("textbox", name="Search tracks")
        self.grid: Locator = self.panel.get_by_role("grid", name="Tracks")
        self.preset: Locator = self.page.get_by_role("combobox", name="Preset")
        expect(self.add).to_be_enabled()

    def shows(self, tracks: str) -> None:
        expect(self.page.get_by_text(f"tracks: {tracks}", exact=True)).to_be_visible()

    def found(self, words: str) -> None:
        expect(self.panel.locator(".eb-tracks-line > span")).to_have_text(words)

    def says(self, words: str) -> None:
        expect(self.page.locator(".eb-tracks-said")).to_have_text(words)

    def open(self) -> None:
        self.add.click()
        expect(self.field).to_be_focused()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    expect.set_options(timeout=WAIT_MS)
    found = Visit(browser, address)
    yield found
    found.page.context.close()
    assert not found.complaints


def test_tracks_are_found_and_chosen_with_the_keyboard_alone(visit: Visit):
    page = visit.page
    visit.add.focus()
    page.keyboard.press("Enter")
    expect(visit.field).to_be_focused()
    visit.found("5,313 tracks")
    page.keyboard.type("k562 ctcf")
    visit.found("1 of 5,313 tracks")
    page.keyboard.press("Control+a")
    page.keyboard.type("K562")
    visit.found("23 of 5,313 tracks")
    page.keyboard.press("ArrowDown")
    expect(visit.grid).to_be_focused()
    active = page.locator(f"#{visit.grid.get_attribute('aria-activedescendant')}")
    expect(active).to_have_attribute("aria-selected", "true")  # CAGE, track 0
    page.keyboard.press("t")
    page.keyboard.type("f17")
    page.wait_for_timeout(800)
    page.keyboard.press("Space")
    visit.shows("0,1,2,21")
    active = page.locator(f"#{visit.grid.get_attribute('aria-activedescendant')}")
    expect(active).to_contain_text("TF17")
    expect(active).to_have_attribute("aria-rowindex", "23")
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    visit.shows("1,2,21")
    page.keyboard.press("ArrowUp")
    expect(visit.field).to_be_focused()
    runs = page.get_by_text("runs: ").inner_text()
    page.keyboard.press("Escape")
    expect(visit.panel).to_be_hidden()
    expect(visit.add).to_be_focused()
    page.keyboard.press("r")
    page.keyboard.press("c")
    expect(page.get_by_role("listitem")).to_have_count(3)
    page.get_by_role("button", name="Remove ATAC").focus()
    page.keyboard.press("Enter")
    visit.shows("1,21")
    expect(page.get_by_role("button", name="Remove TF17")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Move TF17, K562 up")).to_be_focused()
    page.keyboard.press("Enter")
    visit.shows("21,1")
    page.get_by_role("button", name="Remove DNASE").click()
    visit.shows("21")
    expect(page.get_by_role("button", name="Remove TF17")).to_be_disabled()
    assert page.get_by_text("runs: ").inner_text() != runs


def test_thousands_of_rows_are_sent_once_searched_at_once_and_drawn_as_they_are_seen(visit: Visit):
    assert 20_000 < max(visit.received) < 400_000, "the table has come"
    visit.open()
    n = len(visit.received)
    texts = ["l", "liver", "CTCF", "k562 ctcf", "zzz", "8", ""]
    assert max(_times(visit, texts)) < LIMIT_MS
    assert len(visit.received) == n, "searching asks nothing of the server"
    rows = visit.grid.locator(".eb-tracks-rows [role=row]")
    assert rows.count() < 60
    visit.grid.focus()
    visit.page.keyboard.press("End")
    last = visit.grid.get_by_role("row").last
    expect(last).to_have_attribute("aria-rowindex", "5314")
    expect(last).to_contain_text("5312")
    assert rows.count() < 60
    visit.page.keyboard.press("Space")
    visit.shows("0,1,2,5312")
    expect(visit.panel).to_be_visible()
    assert sum(visit.received[n:]) < 60_000, "the table does not come again"
    visit.grid.get_by_role("button", name="No.").click()
    expect(visit.grid.get_by_role("columnheader", name="No.")).to_have_attribute("aria-sort", "descending")
    expect(rows.first).to_contain_text("ID05312")
    visit.grid.get_by_role("button", name="Track").click()
    expect(rows.first).to_contain_text("ATAC")
    expect(visit.grid).to_have_attribute("aria-rowcount", "5314")


def _times(visit: Visit, texts: list[str]) -> list[float]:
    """From each text in the field, after another one, to its list painted, in ms; the best of three."""
    script = """async (texts) => {
      const field = document.querySelector(".eb-tracks-panel header input");
      const timed = async (text) => {
        const begun = performance.now();
        field.value = text;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        return performance.now() - begun;
      };
      const times = texts.map(() => Infinity);
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < texts.length; i++) times[i] = Math.min(times[i], await timed(texts[i]));
      }
      return times;
    }"""
    return visit.page.evaluate(script, texts)


def test_facets_count_what_the_others_leave_and_no_more_are_added_than_fit(visit: Visit):
    visit.open()
    panel = visit.panel
    chip, cage = (panel.get_by_role("checkbox", name=name, exact=False) for name in ("CHIP", "CAGE"))
    panel.get_by_label("CTCF").check()
    visit.found("231 of 5,313 tracks")
    expect(panel.locator("label", has_text="CHIP").locator("small")).to_have_text("231")
    expect(cage).to_have_count(0)
    expect(panel.locator("label", has_text="H3K27ac").locator("small")).to_have_text("231")
    panel.get_by_label("liver").check()
    visit.found("26 of 5,313 tracks")
    _pictured(visit, "light", "narrow")
    expect(panel.get_by_label("CTCF")).to_be_checked()
    expect(chip).to_be_visible()
    panel.get_by_role("textbox", name="Find: Word of the biosample").fill("hea")
    expect(panel.get_by_label("heart")).to_be_visible()
    panel.get_by_role("button", name="Add the first 17 of 26 shown").click()
    expect(panel.get_by_text("20 of 20 chosen, the most that are drawn. Remove one to add another")).to_be_visible()
    expect(visit.page.get_by_role("listitem", include_hidden=True)).to_have_count(20)
    other = visit.grid.locator("[aria-disabled=true]").first
    other.click(force=True)
    expect(other).to_have_attribute("aria-selected", "false")
    panel.get_by_label("chosen only").check()
    visit.found("17 of 5,313 tracks")
    panel.get_by_role("button", name="Remove all").click()
    expect(panel.get_by_text("None chosen: the picture stays as it is until one is")).to_be_visible()
    panel.get_by_role("button", name="Clear filters").click()
    visit.found("5,313 tracks")
    visit.field.fill("no such thing")
    visit.found("No track has all of this. Take a word or a filter away")
    visit.field.fill("K562 TF1")
    panel.get_by_role("button", name="Add all 10 shown").click()
    visit.shows("5,14,15,16,17,18,19,20,21,22")
    panel.get_by_role("button", name="Remove all").click()
    panel.get_by_role("button", name="Done").click()
    expect(visit.page.get_by_role("listitem")).to_have_count(10)


def _pictured(visit: Visit, *names: str) -> None:
    """Keep a picture of the dialog, which is within the page."""
    SCREENSHOTS.mkdir(exist_ok=True)
    for name in names:
        width = 390 if name == "narrow" else 1200
        visit.page.set_viewport_size({"width": width, "height": 800})
        visit.page.screenshot(path=SCREENSHOTS / f"tracks-{name}.png")
        edges = visit.panel.bounding_box()
        assert edges is not None
        assert edges["x"] >= 0
        assert edges["x"] + edges["width"] <= width
    visit.page.set_viewport_size({"width": 1200, "height": 800})


def test_presets_are_chosen_saved_found_again_and_deleted(visit: Visit):
    page, preset = visit.page, visit.preset
    preset.select_option(label="K562 (20)")
    visit.shows("0,1,2,3,4,5,14,15,16,17,18,19,20,21,22,6,7,8,9,10")
    preset.select_option(label="Usual tracks (3)")
    visit.shows("0,1,4")
    page.get_by_role("button", name="Turn the lanes round").click()
    visit.shows("4,1,0")
    expect(page.get_by_role("listitem").first).to_contain_text("H3K27ac")
    expect(preset).to_have_value("This model\nUsual tracks")
    page.get_by_role("button", name="Remove DNASE").click()
    visit.shows("4,0")
    page.get_by_role("button", name="Save").click()
    page.keyboard.type("<b>mine</b>")
    page.keyboard.press("Enter")
    visit.says("Saved in this browser: <b>mine</b>")
    page.reload()
    visit.shows("0,1,2")
    expect(visit.add).to_be_enabled()
    preset.select_option(label="<b>mine</b> (2)")
    visit.shows("4,0")
    page.get_by_role("button", name="Other head").click()
    expect(page.get_by_role("button", name="Add tracks … (30)")).to_be_enabled()
    visit.shows("0,1,2")
    expect(preset.locator("optgroup").last).to_have_attribute("label", "Saved, and not of this table")
    expect(preset.get_by_role("option", name="<b>mine</b> (2)", include_hidden=True)).to_be_disabled()
    page.reload()
    expect(visit.add).to_be_enabled()
    preset.select_option(label="<b>mine</b> (2)")
    page.get_by_role("button", name="Delete this preset").click()
    visit.says("Deleted: <b>mine</b>")
    expect(preset.locator("option", has_text="mine")).to_have_count(0)


@pytest.mark.slow
def test_what_is_saved_is_checked_and_missing_tracks_are_named(browser: Browser, address: str):
    key = f"enformer-browser:tracks:{SCOPE}"
    found = Visit(browser, address, "dark", kept=json.dumps([key, '{"schema": 1, "presets": [{"name": 7}]}']))
    found.says("The presets saved in this browser are damaged and are left out; saving one replaces them")
    found.preset.select_option(label="Usual tracks (3)")
    found.shows("0,1,4")
    found.open()
    _pictured(found, "dark")
    found.page.context.close()
    assert not found.complaints
    saved = {"schema": 1, "presets": [{"name": "half", "ids": ["ID00003", "GONE1", "ID00001", "GONE2"]}]}
    found = Visit(browser, address, kept=json.dumps([key, json.dumps(saved)]))
    found.preset.select_option(label="half (4)")
    found.shows("3,1")
    found.says("This model's table does not have GONE1, GONE2 of the preset half")
    found.page.context.close()
    assert not found.complaints
    blocked = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no') } })"
    context = browser.new_context()
    context.add_init_script(blocked)
    page = context.new_page()
    page.goto(address)
    words = "This browser keeps no data for this page, so presets cannot be saved"
    expect(page.locator(".eb-tracks-said")).to_have_text(words)
    page.get_by_role("button", name="Remove ATAC").click()
    expect(page.get_by_text("tracks: 0,1", exact=True)).to_be_visible()
    context.close()
