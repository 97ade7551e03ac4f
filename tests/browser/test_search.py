"""The search box in a real browser, with as many genes as GENCODE has, on a page that holds nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from browser_driver import NEEDS_CHROMIUM, REPOSITORY, SCREENSHOTS, Alone, server
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from pages._ui.search_names import Row, pack

# Completion takes less than 150 ms on a machine of its own (benchmarks/view.py); here other tests run beside it.
WAIT_MS, LIMIT_MS = 20_000, 600
N_GENES = 60_000

pytestmark = NEEDS_CHROMIUM

PAGE = """
from pathlib import Path

import streamlit as st

from pages._ui import components, search_box, theme
from pages._ui.state import session

st.set_page_config(layout="wide")
st.html(theme.css(theme.palette()))
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
search_box.box(session())
components.component("search")(key="search-names", data=Path(__file__).with_name("names.bin").read_bytes())
st.text(f"runs: {st.session_state['runs']}")  # first, so that it is of this run where the question is
st.text(f"question: {session().text!r}")
st.text_input("Elsewhere")
st.button("Ask for BETA2", on_click=search_box.asked, args=("BETA2",))
st.button("Run again")
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page with the box, served as the app is."""
    folder = tmp_path_factory.mktemp("search")
    (folder / "page.py").write_text(PAGE)
    (folder / "names.bin").write_bytes(pack(genes(), ["chr1", "chr2"]))
    command = ["-m", "streamlit", "run", str(folder / "page.py")]
    with server(folder, command, PYTHONPATH=str(REPOSITORY)) as found:
        yield found


def genes() -> list[Row]:
    """ALFA1 to ALFA9, BETA2, a name that two genes have, and many more."""
    rng = random.Random(1)
    letters = "CDEGHIKLMNPRSVWYZ"  # no T, so that nothing else holds TWIN
    named = [f"ALFA{n}" for n in range(1, 10)] + ["BETA2", "TWIN", "TWIN", "<b>BOLD</b>"]
    named += ["".join(rng.choices(letters, k=5)) + str(n) for n in range(N_GENES - len(named))]
    return [Row(n % 3 > 0, s, s, f"ENSG{n:011d}.1", n % 2, 1_000 * n + 1) for n, s in enumerate(named)]


class Visit(Alone):
    """A page with the box, and what it should not have done."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        super().__init__(context.new_page(), address, WAIT_MS)
        self.box: Locator = self.page.get_by_role("combobox", name="Search")
        self.options: Locator = self.page.get_by_role("option")
        expect(self.box).to_be_visible()

    def completes(self) -> None:
        """Wait until the names are there."""
        self.box.fill("ALFA")
        expect(self.options.first).to_be_visible()
        self.box.fill("")

    def asked(self, text: str) -> None:
        expect(self.page.get_by_text(f"question: {text!r}", exact=True)).to_be_visible()

    def paste(self, text: str) -> None:
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.box.focus()
        self.page.keyboard.press("Control+v")


def opened(browser: Browser, scheme: str) -> BrowserContext:
    size = {"width": 1200, "height": 700}
    context = browser.new_context(viewport=size, color_scheme=scheme)  # pyright: ignore
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    return context


@pytest.fixture(scope="module")
def context(browser: Browser) -> BrowserContext:
    """One for all visits, so that the files of the page are fetched once."""
    return opened(browser, "light")


@pytest.fixture
def visit(context: BrowserContext, address: str) -> Iterator[Visit]:
    expect.set_options(timeout=WAIT_MS)
    found = Visit(context, address)
    yield found
    found.page.evaluate("localStorage.clear()")
    found.page.close()
    assert not found.complaints


def test_completion_by_keyboard_within_the_limit(visit: Visit):
    visit.completes()
    visit.box.focus()
    expect(visit.box).to_have_attribute("aria-expanded", "false")
    visit.page.keyboard.type("alfa")
    expect(visit.options).to_have_count(9)
    expect(visit.box).to_have_attribute("aria-expanded", "true")
    expect(visit.page.get_by_role("status")).to_have_text("9 genes")
    expect(visit.options.first).to_contain_text("ALFA1")
    expect(visit.options.first).to_contain_text("chr1:1")
    listbox = visit.page.get_by_role("listbox", name="Genes")
    assert listbox.get_attribute("id") == visit.box.get_attribute("aria-controls")
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("ArrowDown")
    second = visit.options.nth(1)
    expect(second).to_have_attribute("aria-selected", "true")
    assert visit.box.get_attribute("aria-activedescendant") == second.get_attribute("id")
    chosen = second.locator("span").first.inner_text()
    visit.page.keyboard.press("Enter")
    visit.asked(chosen)
    expect(visit.box).to_have_value(chosen)
    expect(visit.options).to_have_count(0)
    assert max(_times(visit, ["A", "C", "ENSG", "CD", "99", "zzzzzz"])) < LIMIT_MS


def _times(visit: Visit, texts: list[str]) -> list[float]:
    """From each text in the box to its list laid out, in ms; the better of two."""
    script = """texts => {
      const box = document.querySelector(".eb-search input");
      const timed = (text) => {
        const begun = performance.now();
        box.value = text;
        box.dispatchEvent(new InputEvent("input", { bubbles: true }));
        document.querySelector(".eb-search ul").getBoundingClientRect();
        return performance.now() - begun;
      };
      return texts.map((text) => Math.min(timed(text), timed(text)));
    }"""
    return visit.page.evaluate(script, texts)


def test_what_was_typed_goes_before_what_is_proposed_and_the_mouse_chooses(visit: Visit):
    visit.completes()
    visit.page.keyboard.type("ALFA")
    expect(visit.options).to_have_count(9)
    visit.page.keyboard.press("Enter")
    visit.asked("ALFA")
    visit.box.fill("twin")
    expect(visit.options).to_have_count(2)
    visit.options.nth(1).click()
    visit.asked("ENSG00000000011.1")
    expect(visit.box).to_have_value("ENSG00000000011.1")
    visit.box.fill("bold")
    expect(visit.options.first).to_contain_text("<b>BOLD</b>")


def test_escape_closes_then_restores_then_leaves(visit: Visit):
    visit.completes()
    visit.box.fill("BETA2")
    visit.box.press("Enter")
    visit.asked("BETA2")
    visit.box.fill("ALFA")
    expect(visit.options).to_have_count(9)
    visit.box.press("Escape")
    expect(visit.options).to_have_count(0)
    expect(visit.box).to_have_value("ALFA")
    visit.box.press("Escape")
    expect(visit.box).to_have_value("BETA2")
    visit.box.press("Escape")
    expect(visit.box).not_to_be_focused()


def test_slash_and_control_k_lead_to_the_box_and_letters_stay_in_it(visit: Visit):
    page = visit.page
    page.mouse.click(5, 400)
    page.keyboard.press("/")
    expect(visit.box).to_be_focused()
    expect(visit.box).to_have_value("")
    page.get_by_label("Elsewhere").focus()
    page.keyboard.press("/")
    expect(page.get_by_label("Elsewhere")).to_have_value("/")
    page.keyboard.press("Control+k")
    expect(visit.box).to_be_focused()
    visit.box.fill("ALFA1")
    visit.box.press("Enter")
    visit.asked("ALFA1")
    visit.box.fill("BETA2")
    visit.box.press("Enter")
    visit.asked("BETA2")
    runs = page.get_by_text("runs: ").inner_text()
    page.get_by_role("button", name="Back to ALFA1").focus()
    page.keyboard.press("r")
    page.keyboard.press("c")
    page.wait_for_timeout(600)
    assert page.get_by_text("runs: ").inner_text() == runs, "r runs the page again"
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_back_forward_and_history(visit: Visit):
    page = visit.page
    expect(page.get_by_role("button", name="Back")).to_be_disabled()
    for text in ("ALFA1", "chr1:1-2,000", "ALFA3"):
        visit.box.fill(text)
        visit.box.press("Enter")
        visit.asked(text)
    page.get_by_role("button", name="Back to chr1:1-2,000").click()
    visit.asked("chr1:1-2,000")
    expect(visit.box).to_have_value("chr1:1-2,000")
    page.get_by_role("button", name="Forward to ALFA3").click()
    visit.asked("ALFA3")
    visit.box.fill("")
    expect(page.get_by_role("listbox", name="Asked before in this visit")).to_be_visible()
    expect(visit.options).to_have_text(["chr1:1-2,000", "ALFA1"])
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    visit.asked("ALFA1")
    expect(visit.box).to_have_value("ALFA1")


def test_several_lines_are_pasted_whole_and_one_line_as_usual(visit: Visit):
    visit.paste("ALFA1\n")
    expect(visit.box).to_have_value("ALFA1")
    visit.asked("")
    fasta = ">mine\nACGTACGTAC\n  ACGTACGTAC\n"
    visit.paste(fasta)
    visit.asked(fasta)
    expect(visit.box).to_have_value("")
    expect(visit.page.get_by_text("sequence mine, 20 letters · ask something else")).to_be_visible()
    visit.paste("ACGT" * 60)
    visit.asked("ACGT" * 60)
    visit.paste("ACGT\n" * 500_000)
    expect(visit.page.get_by_role("status")).to_contain_text("2,500,000 characters were pasted: too many")
    visit.asked("ACGT" * 60)


def test_the_servers_question_wins_when_it_changes_and_a_draft_stays_otherwise(visit: Visit):
    visit.completes()
    visit.box.fill("drafted")
    visit.page.get_by_role("button", name="Run again").click()
    expect(visit.page.get_by_text("runs: 2")).to_be_visible()
    expect(visit.box).to_have_value("drafted")
    visit.page.get_by_role("button", name="Ask for BETA2").click()
    visit.asked("BETA2")
    expect(visit.box).to_have_value("BETA2")


def test_the_names_are_sent_once(visit: Visit):
    visit.completes()
    assert max(visit.received) > 500_000, "the names have come"
    assert max(visit.received) < 1_000_000
    n = len(visit.received)
    visit.box.fill("BETA2")
    visit.box.press("Enter")
    visit.asked("BETA2")
    assert sum(visit.received[n:]) < 50_000
    visit.box.fill("ALFA")
    expect(visit.options).to_have_count(9)


@pytest.mark.slow
def test_pictures_light_dark_and_narrow(browser: Browser, address: str):
    SCREENSHOTS.mkdir(exist_ok=True)
    for scheme, widths in (("light", (1200, 390)), ("dark", (1200,))):
        found = Visit(opened(browser, scheme), address)
        found.completes()
        found.box.fill("ALFA")
        expect(found.options).to_have_count(9)
        found.box.press("ArrowDown")
        for width in widths:
            found.page.set_viewport_size({"width": width, "height": 700})
            name = "search-narrow.png" if width < 500 else f"search-{scheme}.png"
            found.page.screenshot(path=SCREENSHOTS / name)
            edges = found.page.locator(".eb-search ul").bounding_box()
            assert edges is not None
            assert edges["x"] >= 0
            assert edges["x"] + edges["width"] <= width
        found.page.context.close()
        assert not found.complaints
