"""What ``view`` does in the app: each function does one thing several times and returns what it took, in seconds."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser

from benchmarks._app_server import started
from benchmarks._view_app import Visit
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.examples import Example
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus

WIDTH = 114_688  # of the demo model's output: a locus as wide is shown whole, under its own name
FRESH, RUNS, LANES = 3, 5, 12
Traffic = list[dict[str, int]]
Move = Callable[[Visit, float, float, float], None]  # with the left edge, width and height of a place in the lanes
_WHERE = "document.querySelector('.eb-where b')?.textContent"
# Lanes with something drawn in them, by their kind.
_LANES = "document.querySelectorAll('.eb-picture .lane:not(.signed):has(.line[d])').length"
_CHANGES = "document.querySelectorAll('.eb-picture .lane.change:has(path[d])').length"
_AT_REST = "!document.querySelector('.eb-view.waiting')"


def places(chrom: str, count: int = RUNS) -> list[Interval]:
    """Windows of one chromosome that have no base in common."""
    starts = [1_000_000 + 1_000_000 * i for i in range(count)]
    return [Interval(chrom, start, start + WIDTH) for start in starts]


def fresh_servers(browser: Browser, folder: Path, example: Example) -> tuple[list[float], list[float]]:
    """From the command to its first answer, and to the finished first picture, each time with an empty cache."""
    listens, pictures = [], []
    for run in range(FRESH):
        begun = time.perf_counter()
        with started(folder / f"fresh-{run}") as address:
            listens.append(time.perf_counter() - begun)
            visit = Visit(browser)
            visit.open(address, _finished(example))
            pictures.append(time.perf_counter() - begun)
            visit.close()
        shutil.rmtree(folder / f"fresh-{run}", ignore_errors=True)
    return listens, pictures


def first_pages(browser: Browser, address: str, example: Example, runs: int = RUNS) -> list[float]:
    """From the address to the finished first picture, in a browser that has never been here."""
    found = []
    for _ in range(runs):
        visit = Visit(browser)
        found.append(visit.open(address, _finished(example)))
        visit.settle()
        visit.close()
    return found


def questions(browser: Browser, address: str, asked: list[Interval]) -> tuple[list[float], Traffic]:
    """From Enter in the search box to the redrawn picture, and what was sent for each."""
    visit = Visit(browser)
    first = Interval("chr4", 1_000_000, 1_000_000 + WIDTH)
    visit.open(f"{address}/?{query(first, range(5))}", shows(first, 5))
    visit.settle()
    seconds, traffic = [], []
    box = visit.page.get_by_role("combobox", name="Search")
    for place in asked:
        box.fill(format_locus(place))

        def ask(place: Interval = place) -> None:
            seconds.append(visit.timed(lambda: box.press("Enter"), shows(place, 5)))

        traffic.append(visit.traffic(ask))
    visit.close()
    return seconds, traffic


def edits(browser: Browser, address: str, place: Interval, assembly: Assembly) -> tuple[list[float], Traffic]:
    """From the key of a base to the redrawn difference, at another base each time, in a window that is on screen."""
    seconds, traffic = [], []
    for run in range(RUNS):
        visit = Visit(browser)
        start = place.start + WIDTH // 2 + 1_000 * run
        near = Interval(place.chrom, start, start + 40)
        visit.open(f"{address}/?{query(place, range(5), near)}", shows(near, 5))
        visit.settle()
        base = assembly.fetch(Interval(place.chrom, start + 20, start + 21))
        letter = "C" if base == "A" else "A"
        stage = visit.page.locator(".eb-stage")
        stage.press("e")
        is_there = f"document.querySelector('.eb-picture .base.added')?.textContent === '{letter}'"

        def edit(visit: Visit = visit, letter: str = letter, until: str = is_there) -> None:
            press = visit.page.locator(".eb-stage").press
            seconds.append(visit.timed(lambda: press(letter), f"{_CHANGES} === 5 && {until} && {_AT_REST}"))

        traffic.append(visit.traffic(edit))
        visit.close()
    return seconds, traffic


def lane_switches(browser: Browser, address: str, place: Interval) -> tuple[list[float], Traffic]:
    """From Enter on the sidebar's x of a track to the picture without its lane."""
    visit = Visit(browser)
    visit.open(f"{address}/?{query(place, range(LANES))}", shows(place, LANES))
    visit.settle()
    seconds, traffic = [], []
    for left in range(LANES - 1, LANES - 1 - RUNS, -1):
        remove = visit.page.locator("[data-key^=remove-]").last
        remove.focus()

        def switch(left: int = left) -> None:
            seconds.append(
                visit.timed(lambda: visit.page.keyboard.press("Enter"), f"{_LANES} === {left} && {_AT_REST}")
            )

        traffic.append(visit.traffic(switch))
    visit.close()
    return seconds, traffic


def pans(browser: Browser, address: str, place: Interval) -> tuple[list[float], Traffic]:
    """A drag with the mouse to and fro over twelve lanes, each of them with its experiment."""

    def drag(visit: Visit, left: float, width: float, y: float) -> None:
        mouse = visit.page.mouse
        mouse.move(left + width * 0.5, y)
        mouse.down()
        for share in (0.8, 0.2, 0.7):
            mouse.move(left + width * share, y, steps=40)
        mouse.up()

    return _moved(browser, address, place, drag)


def wheels(browser: Browser, address: str, place: Interval) -> tuple[list[float], Traffic]:
    """The wheel in to some hundred bases and out again, over twelve lanes."""

    def turn(visit: Visit, left: float, width: float, y: float) -> None:
        visit.page.mouse.move(left + width * 0.6, y)
        for way in (-1, 1):
            for _ in range(30):
                visit.page.mouse.wheel(0, 100 * way)

    return _moved(browser, address, place, turn)


def medians(traffic: Traffic) -> dict[str, int]:
    """Of each kind the median."""
    return {name: int(statistics.median(each[name] for each in traffic)) for name in traffic[0]}


def _moved(browser: Browser, address: str, place: Interval, move: Move) -> tuple[list[float], Traffic]:
    visit = Visit(browser)
    visit.open(f"{address}/?{query(place, range(LANES))}", shows(place, LANES))
    visit.settle()
    box = visit.page.locator(".eb-picture").bounding_box()
    if box is None:
        raise RuntimeError("the picture is not on screen")
    plot = (box["x"] + 170, box["width"] - 190, box["y"] + 200)

    def act() -> None:
        visit.page.evaluate(_RECORD)
        move(visit, *plot)
        visit.page.wait_for_timeout(300)

    traffic = visit.traffic(act)
    frames = visit.page.evaluate("window.ebStop()")
    visit.close()
    if len(frames) < 2 * RUNS:
        raise RuntimeError(f"the picture moved in {len(frames)} frames only")
    return [ms / 1000 for ms in frames], [traffic]


# A frame counts where the place on screen is another at its end: frames in which nothing moves cost nothing.
_RECORD = f"""() => {{
  const frames = [];
  let isOn = true, last = null, seen = {_WHERE};
  const tick = (now) => {{
    const here = {_WHERE};
    if (last !== null && here !== seen) frames.push(now - last);
    [last, seen] = [now, here];
    if (isOn) requestAnimationFrame(tick);
  }};
  requestAnimationFrame(tick);
  window.ebStop = () => {{ isOn = false; return frames; }};
}}"""


def shows(place: Interval, lanes: int) -> str:
    """What holds once a place is on screen with so many lanes, in JavaScript."""
    return f"{_WHERE} === '{format_locus(place)}' && {_LANES} === {lanes} && {_AT_REST}"


def _finished(example: Example) -> str:
    """The first example's picture: its place, all its lanes, experiments drawn in them, and the sentence above it."""
    measured = "document.querySelectorAll('.eb-picture .lane .experiment[d]').length"
    sentence = f"document.querySelector('#question')?.textContent.includes('{example.query}')"
    where = example.view or ""
    return f"{_WHERE} === '{where}' && {_LANES} === {len(example.tracks)} && {measured} > 0 && {sentence} && {_AT_REST}"


def query(place: Interval, tracks: range, view: Interval | None = None) -> str:
    """The address of a place with some tracks."""
    known = {"q": format_locus(place), "tracks": ",".join(map(str, tracks))}
    return urlencode(known | ({"view": format_locus(view).replace(",", "")} if view else {}))
