"""What a person who asks why waits for on the page, with the demo model, measured in Chromium.

``python -m benchmarks why`` writes ``results/why.json`` and ends with an error where a goal is missed. It needs the
simulated genome (``enformer-browser setup demo``). Server and browser share the machine; see ``view`` for what a time
is. "Kept" is for a visitor who asks what somebody asked before.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks import _view_scenes as scenes
from benchmarks._app_server import started
from benchmarks._view_app import Visit, chromium
from benchmarks.view import ASSEMBLY, facts, row
from benchmarks.view import table as table
from enformer_core.genome.interval import Interval
from enformer_core.genome.registry import registered
from enformer_core.settings import load_settings

RESULT = Path(__file__).resolve().parent / "results" / "why.json"
BASES = 200
ROWS: dict[str, tuple[str, float | None]] = {
    "contributions": ("contributions of a window, from the key to the drawn lane", 5.0),
    "contributions-kept": ("the same, kept", 0.3),
    "attention": ("attention, likewise", 2.0),
    "attention-kept": ("the same, kept", 0.3),
    "preview": (f"mutagenesis of {BASES} bp: its first cells", 3.0),
    "cancel": ("the same: from cancelling to stopped", 1.0),
    "whole": ("the same: all of it", 60.0),
    "beside": ("an edit while it runs: from the key to the redrawn difference", None),
}
_LANE = "document.querySelector('.explain.{kind} .lane:not(.explained)')"
_BEGUN = "[...document.querySelectorAll('.eb-card')].some((card) => card.textContent.includes('substitutions'))"
_CARDS = "[...document.querySelectorAll('.eb-card')].filter((card) => !card.hidden).map((card) => card.textContent)"


def main(_arguments: list[str] | None = None) -> int:
    """Measure, write, and print the table; 1 where a goal is missed or the simulated genome is not here."""
    if registered("assembly", load_settings()).get(ASSEMBLY) is None:
        print(f"The simulated genome {ASSEMBLY} is not here. Run: enformer-browser setup demo", file=sys.stderr)
        return 1
    load = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        about = facts(browser) | {"load_before": load}
        with started(Path(folder)) as address:
            seconds = _measured(browser, address)
    rows = [row(what, seconds[key], goal) for key, (what, goal) in ROWS.items()]
    missed = [each["what"] for each in rows if each["goal_s"] is not None and each["median_s"] > each["goal_s"]]
    result = {"machine": about, "rows": rows, "missed": missed}
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(table(result))
    return int(bool(missed))


def _measured(browser: Browser, address: str) -> dict[str, list[float]]:
    places = scenes.places("chr1", 3)
    seconds: dict[str, list[float]] = {key: [] for key in ROWS}
    _opened(browser, address, places[0]).close()  # from here on the model is there
    for kept in ("", "-kept"):
        for place in places:
            for key, kind in (("x", "contributions"), ("l", "attention")):
                visit = _opened(browser, address, place)
                seconds[f"{kind}{kept}"].append(visit.timed(_pressed(visit, key), _LANE.format(kind=kind)))
                visit.close()
    for place in places:
        visit = _opened(browser, address, place, near=True)
        seconds["preview"].append(visit.timed(_pressed(visit, "m"), _BEGUN))
        visit.page.get_by_role("button", name="Cancel: Mutagenesis").focus()
        stop = f"{_CARDS}.some((words) => words.startsWith('Stopped'))"
        seconds["cancel"].append(visit.timed(lambda v=visit: v.page.keyboard.press("Enter"), stop))
        visit.close()
    visit = _opened(browser, address, places[0], near=True)
    is_whole = f"{_LANE.format(kind='mutagenesis')} && !{_CARDS}.length"
    seconds["whole"].append(visit.timed(_pressed(visit, "m"), is_whole, 300))
    visit.close()
    visit = _opened(browser, address, places[1], near=True)
    visit.timed(_pressed(visit, "m"), _BEGUN)
    seconds["beside"].append(_edited(visit))
    visit.close()
    return seconds


def _edited(visit: Visit) -> float:
    """The base in the middle, typed over while work goes on."""
    visit.page.locator(".eb-stage").press("e")
    letter = visit.page.evaluate("document.querySelector('.eb-picture .base.chosen')?.textContent ?? ''")
    other = "C" if letter != "C" else "A"
    done = "document.querySelector('#question')?.textContent.includes('with 1 edit')"
    return visit.timed(lambda: visit.page.locator(".eb-stage").press(other), done)


def _opened(browser: Browser, address: str, place: Interval, *, near: bool = False) -> Visit:
    visit = Visit(browser)
    middle = place.center
    view = Interval(place.chrom, middle, middle + BASES) if near else None
    visit.open(f"{address}/?{scenes.query(place, range(5), view)}", scenes.shows(view or place, 5))
    visit.settle()
    return visit


def _pressed(visit: Visit, key: str) -> Callable[[], None]:
    return lambda: visit.page.locator(".eb-stage").press(key)


if __name__ == "__main__":
    sys.exit(main())
