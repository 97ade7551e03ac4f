"""Completion in the search box with as many genes as GENCODE has, on a page that holds nothing else."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Route

from benchmarks._view_app import Visit
from benchmarks.gene_index import GENES
from pages._ui import theme
from pages._ui.search_names import Row, pack

ASSETS = Path(__file__).resolve().parent.parent / "assets" / "browser"
TYPED, LETTERS = 8, 4
_PLACE = "http://localhost/"  # never asked: everything below it is answered here
_LIST = "document.querySelector('.eb-search ul')"
_PAGE = """<!doctype html><html lang="en"><title>search</title><link rel="stylesheet" href="/search.css">%s
<div id="names"></div><div id="box"></div>
<script type="module">
import mount from "/search.js";
const bytes = new Uint8Array(await (await fetch("/names.bin")).arrayBuffer());
const setTriggerValue = () => {};
mount({ data: bytes, parentElement: document.getElementById("names"), setTriggerValue });
const data = { text: "", turn: 0, hint: "", history: [], back: null, forward: null };
mount({ data, parentElement: document.getElementById("box"), setTriggerValue });
</script></html>"""


def names() -> list[str]:
    """Made-up symbols, each once."""
    rng = random.Random(1)
    return [f"{''.join(rng.choices('ABCDEFGHIKLMNPRSTVWYZ', k=4))}{number}" for number in range(GENES)]


def completions(browser: Browser) -> list[float]:
    """Seconds from each key to the painted list of the genes that go on so."""
    symbols = names()
    rows = [Row(n % 3 > 0, s, s, f"ENSG{n:011d}.1", 0, 1_000 * n + 1) for n, s in enumerate(symbols)]
    packed = pack(rows, ["chr1"])

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(_PLACE)
        if path == "":
            route.fulfill(body=_PAGE % theme.css(theme.LIGHT), content_type="text/html")
        elif path == "names.bin":
            route.fulfill(body=packed, content_type="application/octet-stream")
        elif (ASSETS / path).is_file():
            route.fulfill(path=ASSETS / path)
        else:
            route.fulfill(status=404)

    visit = Visit(browser)
    visit.page.route("**/*", answer)
    visit.open(_PLACE, "document.querySelector('.eb-search input')")
    box, options = visit.page.get_by_role("combobox", name="Search"), visit.page.get_by_role("option")
    box.fill("A")
    options.first.wait_for()  # the names are unpacked
    found = []
    for symbol in random.Random(2).sample(symbols, TYPED):
        box.fill("")
        for letter in symbol[:LETTERS]:
            visit.page.evaluate(f"window.ebBefore = {_LIST}.innerHTML")
            until = f"!{_LIST}.hidden && {_LIST}.innerHTML !== window.ebBefore"
            found.append(visit.timed(partial(visit.page.keyboard.press, letter), until))
    visit.close()
    return found
