"""The view in a real browser without a server behind it: what is sent is made by the app's own code."""

from __future__ import annotations

import functools
import http.server
import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import browser_driver
import numpy as np
from browser_driver import CHROMIUM, REPOSITORY
from playwright.sync_api import Page, sync_playwright

from enformer_core.genome.genes.model import Gene, Transcript
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.tracks.table import Track
from pages._ui import theme, view_parts
from pages._ui.looks import Show
from pages._ui.picture import Lane, Picture

BIN, N = 128, 896
OUTPUT = Interval("chr2", 1_204_000, 1_204_000 + BIN * N)
READ = Interval("chr2", OUTPUT.start - 40_960, OUTPUT.end + 40_960)
STARTS = OUTPUT.start + BIN * np.arange(N, dtype=np.int64)
RANDOM = np.random.default_rng(0)
BASES = "".join(RANDOM.choice(list("ACGT"), READ.width))
PREDICTED, MEASURED = RANDOM.gamma(1, 2, (2, N)).astype(np.float32)
SNV = Variant("chr2", 1_261_345, BASES[1_261_344 - READ.start], "ACGT".replace(BASES[1_261_344 - READ.start], "")[0])
WORDS = {"question": "Predicted DNASE at ERYA3", "borders": "input only", "sizes": "196,608 bp read"}
WORDS |= {"facts": "model m", "file": "picture"}


def gene(symbol: str, start: int, end: int, strand: str = "+") -> Gene:
    exons = ((start, start + 300), (end - 300, end))
    transcript = Transcript("T1", start, end, strand, "protein_coding", exons, (start + 100, end - 100), frozenset())
    return Gene(f"G{symbol}", symbol, "chr2", start, end, strand, "protein_coding", (transcript,), "MANE Select")


def lane(index: int = 4, **more) -> Lane:
    track = Track(index, f"ENCFF{index}", "DNASE", more.pop("biosample", "HepG2"), "", "DNASE:HepG2")
    predicted = more.pop("predicted", PREDICTED)
    return Lane(track, predicted.astype(np.float32), "coverage, 128-bp mean", **more)


def picture(*lanes: Lane, view: Interval = OUTPUT, **more) -> Picture:
    common = {"genes": (gene("ERYA3", 1_261_344, 1_280_000), gene("HOUS7", 1_220_000, 1_230_000, "-"))}
    common |= {"length": 242_000_000, "edited_starts": STARTS, "edited_ends": STARTS + BIN} | more
    return Picture(READ, OUTPUT, view, BIN, STARTS, STARTS + BIN, np.arange(N), lanes or (lane(),), **common)


PAGE = f"""<!doctype html><html lang="en"><title>view</title>
<link rel="stylesheet" href="/view.css">{theme.css(theme.LIGHT)}
<style>body {{ margin: 0; width: 1200px; font-family: sans-serif; background: #ffffff }}</style>
<div id="parts" hidden></div><main id="view"></main>
<script type="module">
import mount from "/view.js";
window.asked = [];
window.put = (parts) => {{
  for (const [slot, part] of Object.entries(parts)) {{
    const id = `part-${{slot}}`;
    const place = document.getElementById(id) ?? Object.assign(document.createElement("div"), {{ id }});
    document.getElementById("parts").append(place);
    mount({{ data: part, parentElement: place }});
  }}
}};
window.show = (parts, data) => {{
  window.put(parts);
  const parentElement = document.getElementById("view");
  mount({{ data, parentElement, setTriggerValue: (_, what) => window.asked.push(what) }});
}};
window.isReady = true;
</script></html>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def address_of_view() -> Iterator[str]:
    """Where the view's own files are served, with a page that mounts them."""
    handler = functools.partial(Quiet, directory=str(REPOSITORY / "assets" / "browser"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def window_of_browser() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1300, "height": 900})
        browser.close()


@contextmanager
def fresh(window: Page, address: str) -> Iterator[Page]:
    """An empty view; nothing may go wrong in it while the block runs."""
    complaints: list[str] = []

    def complain(error: Exception) -> None:
        complaints.append(str(error))

    window.on("pageerror", complain)
    window.goto(address)
    window.wait_for_function("window.isReady")
    yield window
    window.remove_listener("pageerror", complain)
    assert not complaints


def live(kind: str, serial: int, state: str = "done", **more: object) -> dict:
    """A live part of an explanation; arrays travel as the app sends them."""
    part = {"kind": "part", "id": f"live-{kind}", "live": True, "serial": serial, "state": state}
    arrays = {
        name: view_parts.array(value, value.dtype) for name, value in more.items() if isinstance(value, np.ndarray)
    }
    return part | {"progress": None, "problem": ""} | more | arrays


def explained(part: dict, name: str, **more: object) -> dict:
    """What the view is told of an explanation, whose live part is sent besides."""
    kind = part["id"].removeprefix("live-")
    entry = {"kind": kind, "part": part["id"], "name": name, "about": "gradient × input", "target": "→ ERYA3 DNASE"}
    return entry | {"full": f"{name} of what is asked"} | more


def put(page: Page, *parts: dict) -> None:
    """Send parts alone, as the server does while work goes on."""
    page.evaluate("(parts) => window.put(parts)", {part["id"]: part for part in parts})


def show(
    page: Page,
    shown: Picture,
    options: Show | None = None,
    *,
    bases: str = BASES,
    more: dict | None = None,
    explain: Sequence[dict] | None = None,
    **said,
) -> None:
    """Send a picture to the view.

    Args:
        page: Where the view is.
        shown: The picture.
        options: How lanes are drawn.
        bases: Of all that is read.
        more: Parts that are sent besides.
        explain: What explains it; a message of an older server has no such list.
        said: Arguments of ``view_parts.view``.
    """
    sent = view_parts.parts(shown, bases) | (more or {})
    said = {"words": WORDS, "is_shareable": True} | said
    data = view_parts.view(shown, sent, options or Show(), **said)
    data = {name: value for name, value in data.items() if name != "explain"}
    if explain is not None:
        data["explain"] = list(explain)
    page.evaluate("([parts, data]) => window.show(parts, data)", [sent, json.loads(json.dumps(data))])
    frame(page)


def frame(page: Page) -> None:
    """Let the browser draw twice."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def where(page: Page) -> str:
    return page.locator(".eb-where b").inner_text()


def plot(page: Page) -> tuple[float, float, float]:
    """Left edge and width of the plot, and a height within its lanes, in px of the page."""
    return browser_driver.plot(page, 200)


def ends(page: Page) -> tuple[int, int]:
    first, last = re.findall(r"[\d,]+", where(page).split(":")[1])
    return int(first.replace(",", "")) - 1, int(last.replace(",", ""))
