"""Stories of people at work: by keyboard alone, with a link in another browser, and in two tabs at once."""

from __future__ import annotations

import io
import re

import pytest
import worlds
from browser_driver import NEEDS_CHROMIUM, Watched, app
from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page, expect

pytestmark = NEEDS_CHROMIUM

MOST_TABS = 60
SAME = 0.002  # of the pixels


def test_the_keyboard_alone_from_the_first_key_to_an_edit_and_its_undo(toy_address, opens, world):
    watched = opens(toy_address)
    page = watched.page
    expect(page.locator("#truth")).to_be_visible()
    expect(page.locator(".eb-stage")).to_be_visible()
    _count_pictures(page)
    keys = page.keyboard
    keys.press("/")
    keys.type("chr1:28,001-28,040")
    keys.press("Enter")
    expect(page.locator(".base")).to_have_count(40)
    _tab_to(page, page.locator(".eb-stage"))
    keys.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".eb-stage")).to_be_focused()
    keys.press("e")
    keys.press("ArrowRight")
    keys.press("ArrowLeft")  # the middle again: base 28,021
    base = world.bases["chr1"][28_020]
    keys.press("C" if base == "A" else "A")
    expect(page.locator("#question")).to_contain_text("with 1 edit")
    expect(page.locator(".base.added")).to_have_text("C" if base == "A" else "A")
    keys.press("Control+z")
    expect(page.locator("#question")).not_to_contain_text("edit")
    keys.press("Escape")
    _tab_to(page, page.get_by_role("button", name="Export"))
    keys.press("Enter")
    expect(page.get_by_role("button", name="Download", exact=True)).to_be_visible()
    assert page.evaluate("window.counts") == [1], (
        "the picture neither goes nor stands there twice, whatever comes above"
    )
    assert not watched.complaints


def _count_pictures(page: Page) -> None:
    """From now on remember how many pictures the page has, whenever that changes."""
    page.evaluate(
        """() => {
          window.counts = [];
          const look = () => {
            const n = document.querySelectorAll(".eb-stage").length;
            if (window.counts.at(-1) !== n) window.counts.push(n);
          };
          look();
          new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
        }"""
    )


def _tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus, which each step must show."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{MOST_TABS} times Tab do not reach {wanted}")


@pytest.mark.slow
def test_a_link_with_edits_shows_the_same_picture_on_a_fresh_server(toy_address, opens, world, tmp_path):
    base = world.bases["chr1"][20_100]
    edit = f"chr1:20101:{base}>{'C' if base == 'A' else 'A'}"
    first = opens(toy_address, f"/?q=ALFA1&tracks=7,1&edits={edit}")
    expect(first.page.locator("#question")).to_contain_text("with 1 edit")
    stage = first.page.locator(".eb-stage")
    for _ in range(3):
        stage.press("+")
    expect(first.page.locator(".eb-width")).to_have_text("512 bp")
    middle = first.page.locator(".eb-where b").inner_text()
    stage.press("ArrowRight")
    expect(first.page.locator(".eb-where b")).not_to_have_text(middle)
    where = first.page.locator(".eb-where b").inner_text()
    first.page.wait_for_url(re.compile(where.replace(",", "").replace(":", "%3A")))
    worlds.register(world, tmp_path / "data")
    with app(tmp_path, world, ENFORMER_MODEL="", ENFORMER_ASSEMBLY="", ENFORMER_GENES="") as fresh:
        second = opens(fresh, first.page.url.removeprefix(toy_address))
        expect(second.page.locator("#question")).to_contain_text("with 1 edit")
        expect(second.page.locator(".eb-where b")).to_have_text(where)
        assert _said(first.page) == _said(second.page)
        shown = _seen(first.page)
        assert _differing(shown, _seen(second.page)) < SAME
        second.page.locator(".eb-stage").press("ArrowRight")
        assert _differing(shown, _seen(second.page)) > SAME, "another view is another picture"
    assert not first.complaints + second.complaints


def _said(page: Page) -> list[str]:
    """The question, and the effect of the edit in numbers."""
    expect(page.locator("#effect-number")).to_have_text(re.compile(r"\d"))
    return [page.locator(each).inner_text() for each in ("#question", "#effect-number")]


def _seen(page: Page) -> Image.Image:
    """The picture, with the focus elsewhere."""
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(5, 5)
    return Image.open(io.BytesIO(page.locator(".eb-picture").screenshot())).convert("L")


def _differing(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that differ by more than the edge of a line does when it is drawn from another start."""
    assert one.size == other.size
    return sum(ImageChops.difference(one, other).histogram()[64:]) / (one.width * one.height)


@pytest.mark.slow
def test_two_tabs_of_one_browser_do_not_mix(toy_address, opens, world):
    one = opens(toy_address, "/?q=ALFA1&view=chr1:20081-20120")
    expect(one.page.locator(".base")).to_have_count(40)
    other = Watched(one.page.context.new_page(), toy_address)
    other.page.goto(f"{toy_address}/?q=BETA2&tracks=7")
    expect(other.page.locator("#question")).to_have_text("Predicted CTCF in hepatocyte at BETA2")
    stage = one.page.locator(".eb-stage")
    stage.press("e")
    stage.press("ArrowRight")
    stage.press("C" if world.bases["chr1"][20_101] != "C" else "A")
    expect(one.page.locator("#question")).to_contain_text("with 1 edit")
    # The other tab's own undo has nothing to take back, and what it asks next is its own.
    other.page.locator(".eb-stage").press("Control+z")
    box = other.page.get_by_role("combobox", name="Search")
    box.fill("GIANT")
    box.press("Enter")
    expect(other.page.locator("#question")).to_have_text("Predicted CTCF in hepatocyte at GIANT")
    assert "edits=" in one.page.url
    assert "edits=" not in other.page.url
    stage.press("Control+z")
    expect(one.page.locator("#question")).to_have_text(re.compile(r"at ALFA1(?!.*edit)"))
    assert "tracks=7" not in one.page.url
    assert not one.complaints + other.complaints
