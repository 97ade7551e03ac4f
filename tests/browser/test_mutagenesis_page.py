"""The page of mutagenesis in a browser: a link on a fresh server, the map, and a substitution that is tried."""

from __future__ import annotations

import re

import pytest
from browser_driver import NEEDS_CHROMIUM, app
from playwright.sync_api import expect

pytestmark = NEEDS_CHROMIUM


@pytest.mark.slow
def test_which_base_matters_from_a_link_on_a_fresh_server_to_an_edit_in_browse(opens, world, tmp_path):
    with app(tmp_path, world) as fresh:
        watched = opens(fresh, "/mutagenesis?q=ALFA1&tracks=3&mutate=chr1:20,001-20,012")
        page = watched.page
        expect(page.locator("#mutagenesis-of")).to_contain_text("12 bp · 36 substitutions")
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#mutagenesis-library")).to_contain_text("CC BY 4.0")
        plot = page.get_by_test_id("stPlotlyChart")
        expect(plot.locator(".heatmaplayer image")).to_have_count(1)
        expect(plot.locator(".y2tick", has_text=re.compile("^[ACGT]$"))).to_have_count(4)
        row = page.locator(".st-key-mutagenesis-table [data-testid=stHorizontalBlock]").nth(1)
        words = row.inner_text()
        found = re.search(r"chr1:(20,0\d\d)\s+([ACGT])>([ACGT])", words)
        assert found, words
        page.get_by_role("button", name="Try it").first.click()
        expect(page.locator("#question")).to_contain_text("with 1 edit")
        expect(page.locator(".base.added")).to_have_text(found[3])
        assert not watched.complaints
