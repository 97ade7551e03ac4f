"""What axe-core finds, in light and dark, with menus open; narrow screens; and contrast that axe does not see."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from browser_driver import NEEDS_CHROMIUM, SCREENSHOTS
from playwright.sync_api import Page, expect

from pages._ui.theme import DARK, LIGHT, Palette

pytestmark = NEEDS_CHROMIUM

BAD = ("serious", "critical")
WIDE, NARROW = {"width": 1440, "height": 890}, {"width": 400, "height": 890}
OTHER_PAGES = {
    "Mutagenesis": "Bases to mutate",
    "Attention": "In words",
    "Guide": "What you read and type counts from 1",
    "Setup": "Adding a model",
}
N_PICTURES = {"Mutagenesis": 0, "Attention": 0, "Guide": 9, "Setup": 0}
PICTURES_ARE_THERE = """n => {
  const found = [...document.querySelectorAll("[data-testid=stMain] img")];
  return found.length === n && found.every((e) => e.complete && e.naturalWidth > 0 && e.alt.length > 20);
}"""
# What reaches beyond the right edge of the window. A table scrolls by itself; the words of an icon's button are hidden.
SPILLED = """() => [...document.querySelectorAll("[data-testid=stMain] *")]
  .filter((e) => e.getClientRects().length && !e.ownerSVGElement)
  .filter((e) => !e.closest(".eb-live, [data-testid=stDataFrame]") && !e.parentElement.closest("button"))
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => `${e.tagName} ${e.className} ends at ${Math.round(e.getBoundingClientRect().right)}: ${e.innerText}`)"""


class Checked:
    """A page, and all that axe-core has found on it so far."""

    def __init__(self, page: Page, scheme: str) -> None:
        spec = importlib.util.find_spec("axe_playwright_python")
        if spec is None or spec.origin is None:
            pytest.skip("axe-core is not there: it comes with axe-playwright-python")
        self.page, self.scheme, self.found = page, scheme, list[str]()
        page.evaluate((Path(spec.origin).parent / "axe.min.js").read_text())

    def look(self, state: str, within: str = "html") -> None:
        """Run axe-core on a part of the page: all its rules in light; in dark only what colours can break."""
        options = {"resultTypes": ["violations"]} | ({"runOnly": ["color-contrast"]} if self.scheme == "dark" else {})
        found = self.page.evaluate("([part, options]) => axe.run(part, options)", [within, options])
        for violation in found["violations"]:
            if violation["impact"] in BAD:
                self.found += [_told(state, violation, node) for node in violation["nodes"]]


def _told(state: str, violation: dict[str, Any], node: dict[str, Any]) -> str:
    reason = (node["any"] or node["all"] or node["none"])[0]["message"]
    return f"{state}: {violation['id']} ({violation['impact']}): {node['target']} {node['html'][:160]}: {reason}"


SIDEBAR_IS_AWAY = """() => {
    const bar = document.querySelector("[data-testid=stSidebar]");
    return !bar || bar.getBoundingClientRect().right <= 1;
}"""


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_nothing_serious_and_a_narrow_screen_holds_every_page(scheme, toy_address, opens):
    watched = opens(toy_address, "/", scheme)
    page = watched.page
    expect(page.locator("#truth")).to_be_visible()
    expect(page.locator(".eb-picture .line").first).to_be_attached()
    checked = Checked(page, scheme)
    _first_page(checked)
    _menus(checked)
    SCREENSHOTS.mkdir(exist_ok=True)
    _narrow(page)
    assert page.evaluate(SPILLED) == []
    page.screenshot(path=SCREENSHOTS / f"browse-narrow-{scheme}.png", full_page=True)
    page.set_viewport_size(WIDE)
    for name, words in OTHER_PAGES.items():
        page.get_by_test_id("stTopNavLink").filter(has_text=name).click()
        expect(page.get_by_text(words).first).to_be_visible()
        if name == "Mutagenesis":  # a page that runs once more by itself would overtake the click on the next one
            whole = page.get_by_role("heading", name="Strongest substitutions")
            expect(whole.or_(page.get_by_role("button", name="Run")).first).to_be_visible()
        page.wait_for_function(PICTURES_ARE_THERE, arg=N_PICTURES[name])
        checked.look(name)
        _narrow(page)
        assert page.evaluate(SPILLED) == []
        page.screenshot(path=SCREENSHOTS / f"{name.lower()}-narrow-{scheme}.png")
        page.set_viewport_size(WIDE)
        page.screenshot(path=SCREENSHOTS / f"{name.lower()}-{scheme}.png")
    assert not checked.found, "\n".join(checked.found)
    assert not watched.complaints


def _narrow(page: Page) -> None:
    """A narrow screen, once the sidebar has slid away."""
    page.set_viewport_size(NARROW)
    page.wait_for_function(SIDEBAR_IS_AWAY)


def _first_page(checked: Checked) -> None:
    """With the names that the search proposes; then with edits, some bases chosen, and the keys."""
    page = checked.page
    page.get_by_role("combobox", name="Search").fill("A")
    names = page.get_by_role("listbox", name="Genes")
    expect(names).to_be_visible()
    checked.look("first page, searching")
    page.keyboard.press("Escape")
    expect(names).to_be_hidden()
    page.get_by_role("button", name="A deletion").click()
    expect(page.locator("#effect-number")).to_be_visible()
    stage = page.locator(".eb-stage")
    for key in ("e", "ArrowRight", "Shift+ArrowRight"):
        stage.press(key)
    expect(page.get_by_role("button", name="Delete the chosen bases")).to_be_visible()
    checked.look("edits, some bases chosen", "[data-testid=stMain]")
    stage.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    checked.look("the keys", "dialog[open]")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def _menus(checked: Checked) -> None:
    page = checked.page
    page.get_by_role("button", name="Menu of CAGE").click()
    expect(page.get_by_role("menu")).to_be_visible()
    checked.look("a lane's menu", "[role=menu]")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add tracks").click()
    expect(page.get_by_role("dialog", name="Add tracks")).to_be_visible()
    checked.look("Add tracks", "dialog[open]")
    page.keyboard.press("Escape")
    for name in ("Save or open", "Export"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
        checked.look(name, "[data-testid=stPopoverBody]")
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_written_in_colour_can_be_read(colours: Palette):
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text. axe-core does not look into an SVG, where the view's texts are."""
    names = ("text", "muted", "accent", "simulated", "base_a", "base_c", "base_g", "base_t")
    pairs = [(name, ground) for name in names for ground in ("ground", "panel")]
    pairs.append(("simulated", "simulated_ground"))
    ratios = {pair: _ratio(getattr(colours, pair[0]), getattr(colours, pair[1])) for pair in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < 4.5} == {}


def _ratio(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, ``#rrggbb``."""
    low, high = sorted(_luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
