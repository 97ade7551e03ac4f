"""The attention page in a real browser, as the first address that a fresh server is asked for."""

from __future__ import annotations

import re

import pytest
from browser_driver import NEEDS_CHROMIUM, SCREENSHOTS, app
from playwright.sync_api import Page, expect

pytestmark = NEEDS_CHROMIUM

ZOOM = "() => document.querySelector('.st-key-attention-map .js-plotly-plot')._fullLayout.xaxis.range"


@pytest.mark.slow
def test_what_the_model_looks_at_and_back_to_browse(world, tmp_path, opens):
    with app(tmp_path, world) as address:
        watched = opens(address, "/attention?q=BETA2&tracks=2")
        page = watched.page
        words = page.locator("#attention-words")
        expect(words).to_contain_text("mean of all 2 layers, mean of all 4 heads")
        left, top, width = _map_of(page)
        page.mouse.move(left + width * 0.3, top + width * 0.6, steps=3)
        expect(page.locator(".hoverlayer").first).to_contain_text(
            re.compile(r"looked at chr1:[\d,]+weight .* times the even")
        )
        whole = page.evaluate(ZOOM)
        page.mouse.down()
        page.mouse.move(left + width * 0.6, top + width * 0.9, steps=4)
        page.mouse.up()
        page.wait_for_function(f"w => ({ZOOM})()[0] > w[0] + 100", arg=whole)
        page.get_by_role("combobox", name=re.compile("Layer")).click()
        page.get_by_role("option", name="1", exact=True).click()
        expect(words).to_contain_text("layer 1, mean of all 4 heads")
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / "attention.png", full_page=True)
        page.locator(".st-key-attention-pairs a").first.press("Enter")
        expect(page.locator(".eb-picture .line").first).to_be_attached()
        expect(page).to_have_url(re.compile(r"/\?.*q=BETA2.*view=chr1.*"))
        assert not watched.complaints


def _map_of(page: Page) -> tuple[float, float, float]:
    """Left and top edge and the width of the map, in px of the page."""
    box = page.locator(".st-key-attention-map .nsewdrag").first.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"]
