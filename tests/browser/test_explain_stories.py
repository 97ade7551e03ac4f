"""Stories of people who ask why: of a gene, of a base, and of what the model looks at; and of those who go away."""

from __future__ import annotations

import re

import pytest
from browser_driver import NEEDS_CHROMIUM, SCREENSHOTS
from playwright.sync_api import Page, expect

pytestmark = NEEDS_CHROMIUM

PLOT = """() => {
  const [plot, svg] = [document.querySelector("#eb-plot rect"), document.querySelector(".eb-picture")];
  return { x: svg.getBoundingClientRect().x + plot.x.baseVal.value, width: plot.width.baseVal.value };
}"""


def _open(opens, address: str, path: str) -> Page:
    watched = opens(address, path)
    expect(watched.page.locator(".eb-picture .line").first).to_be_attached()
    return watched.page


def _ready(page: Page, kind: str) -> None:
    """Until a lane has all it is to show."""
    expect(page.locator(f".explain.{kind}")).to_be_attached()
    expect(page.locator(".eb-explain-row:not([hidden]) .eb-card:not([hidden])")).to_have_count(0, timeout=60_000)


def _turn(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebar").get_by_text(name, exact=True).click()


@pytest.mark.slow
def test_why_is_this_gene_on_in_erythroid_cells(toy_address, opens):
    page = _open(opens, toy_address, "/?q=ALFA1")
    sentence = page.get_by_role("button", name="Why:")
    expect(sentence).to_contain_text("mean of CAGE erythroid at the start of ALFA1 (bins 15–17)")
    _turn(page, "Contribution")
    _ready(page, "contributions")
    expect(page).to_have_url(re.compile("explain=contributions"))
    card = page.locator(".st-key-elements-card")
    expect(card).to_contain_text("Strongest elements for CAGE erythroid at the start of ALFA1")
    card.get_by_role("button", name="Show element 1").click()
    expect(page).to_have_url(re.compile("view=chr1"))
    page.locator(".eb-stage").focus()
    for _ in range(4):
        page.keyboard.press("+")
    expect(page.locator(".explain.contributions")).to_contain_text("each base")
    sentence.click()
    popover = page.get_by_test_id("stPopoverBody")
    where = popover.get_by_role("textbox", name="Where")
    where.fill("chr1:21,001-21,100")
    where.press("Enter")
    expect(sentence).to_contain_text("at chr1:21,001-21,100")
    expect(page).to_have_url(re.compile("target=region"))
    page.screenshot(path=SCREENSHOTS / "explain-gene.png")


def test_which_base_of_this_element_matters(toy_address, opens):
    page = _open(opens, toy_address, "/?q=ALFA1&view=chr1:20,001-20,040&edits=")
    stage = page.locator(".eb-stage")
    stage.press("m")
    _ready(page, "mutagenesis")
    expect(page).to_have_url(re.compile("mutate=chr1"))
    lane, picture = page.locator(".explain.mutagenesis"), page.locator(".eb-picture")
    page.screenshot(path=SCREENSHOTS / "explain-base.png")
    box, plot = lane.bounding_box(), page.evaluate(PLOT)
    assert box is not None
    x = plot["x"] + 10.5 / 40 * plot["width"]  # the eleventh base: 20,011
    for step in range(0, int(box["height"]), 6):
        page.mouse.move(x, box["y"] + step)
        if picture.evaluate("(e) => e.style.cursor") == "pointer":
            page.mouse.click(x, box["y"] + step)
            break
    expect(page.locator("#question")).to_contain_text("with 1 edit")
    expect(page.locator("#effect-number")).to_be_visible()
    expect(page.locator("#edits-title")).to_contain_text("Edits (1)")
    expect(page).to_have_url(re.compile(r"edits=chr1%3A20011|edits=chr1:20011"))
    page.get_by_role("button", name="undo", exact=True).click()
    expect(page.locator("#question")).not_to_contain_text("edit")


@pytest.mark.slow
def test_what_does_the_model_look_at_from_here(toy_address, opens):
    page = _open(opens, toy_address, "/?q=ALFA1")
    stage = page.locator(".eb-stage")
    stage.press("l")
    _ready(page, "attention")
    lane = page.locator(".explain.attention")
    expect(lane).to_contain_text("all 2 layers")
    before = lane.inner_html()
    page.get_by_test_id("stSidebar").locator(".st-key-attention-layers").get_by_role("combobox").click()
    page.get_by_role("option", name="layer 0", exact=True).click()
    expect(lane).to_contain_text("layer 0")
    _ready(page, "attention")
    assert lane.inner_html() != before
    expect(page).to_have_url(re.compile("layers=0"))
    page.screenshot(path=SCREENSHOTS / "explain-attention.png")
