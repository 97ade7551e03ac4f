"""Takes the guide's pictures of the app on the demo: ``PYTHONPATH=.:tests python docs/pictures.py [NAME ...]``.

Needs the demo (``enformer-browser setup demo``), Chromium and Playwright. Each picture is taken in light and dark, and
kept in ``assets/guide``, which goes into the wheel.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from browser_driver import CHROMIUM, REPOSITORY, drag, plot, server
from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect, sync_playwright

from enformer_core.settings import load_settings

FOLDER = REPOSITORY / "assets" / "guide"
SCALE, N_COLOURS, MAX_BYTES = 1.5, 256, 150_000
SIZE = {"width": 1180, "height": 1250}
WAIT_MS, MARGIN = 120_000, 3
MOTIF = "/?q=chr4:3358501:C>A&tracks=2&view="  # in an enhancer; the track is DNASE of neural cells


def search(page: Page) -> FloatRect:
    """Names that the box proposes."""
    box = page.get_by_role("combobox", name="Search")
    box.fill("LO")
    names = page.get_by_role("listbox", name="Genes")
    expect(names).to_be_visible()
    return _around(page.locator(".eb-search-field"), names)


def lanes(page: Page) -> FloatRect:
    """Predictions over experiments, with the readout of the place under the pointer."""
    left, width, y = plot(page)
    for step in range(6):
        page.mouse.move(left + width * 0.494 + step, y)
    expect(page.locator(".eb-readout")).to_be_visible()
    return _around(page.locator("#question"), page.locator(".eb-stage"))


def edits(page: Page) -> FloatRect:
    """The bases about a motif, one of them replaced."""
    page.locator(".eb-stage").press("e")
    expect(page.locator(".base.added")).to_be_attached()
    return _around(page.locator(".eb-view"))


def difference(page: Page) -> FloatRect:
    """What the edit changes, in lanes."""
    expect(page.locator(".lane.change")).to_have_count(1)
    return _around(page.locator("#question"), page.locator(".eb-view"))


def effect(page: Page) -> FloatRect:
    """What the edit changes, in numbers."""
    expect(page.locator("#effect-number")).to_be_visible()
    page.wait_for_timeout(1_000)  # the table of tracks is painted after its frame
    return _around(page.locator(".st-key-effect-card"), page.locator(".st-key-tracks-card"))


def tracks(page: Page) -> FloatRect:
    """The panel that tracks are chosen in."""
    page.get_by_role("button", name="Add tracks").click()
    panel = page.get_by_role("dialog", name="Add tracks")
    expect(panel.get_by_role("row").nth(3)).to_be_visible()
    return _around(panel)


def stretch(page: Page) -> FloatRect:
    """A stretch that was dragged out, and what can be done with it."""
    page.get_by_role("button", name="Edit bases (e)").click()
    drag(page, 0.42, 0.52)
    expect(page.get_by_role("button", name="Delete the chosen bases")).to_be_visible()
    return _around(page.locator(".eb-view"))


def export(page: Page) -> FloatRect:
    """What can be taken home."""
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_role("button", name="Download", exact=True)).to_be_visible()
    return _around(page.get_by_test_id("stPopoverBody"))


def keys(page: Page) -> FloatRect:
    """All keys."""
    page.locator(".eb-stage").press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    return _around(page.get_by_role("dialog"))


PICTURES: Mapping[Callable[[Page], FloatRect], str] = {
    search: "/",
    lanes: "/?example=promoter",
    edits: f"{MOTIF}chr4:3358471-3358531",
    difference: f"{MOTIF}chr4:3353501-3363500",
    effect: "/?example=enhancer",
    tracks: "/?example=promoter",
    stretch: "/?example=enhancer",
    export: f"{MOTIF}chr4:3353501-3363500",
    keys: "/?example=promoter",
}


def _around(*parts: Locator) -> FloatRect:
    """The smallest clip that holds all parts, with a margin."""
    parts[-1].scroll_into_view_if_needed()
    boxes = [box for part in parts if (box := part.bounding_box())]
    left, top = min(box["x"] for box in boxes) - MARGIN, min(box["y"] for box in boxes) - MARGIN
    right = max(box["x"] + box["width"] for box in boxes) + MARGIN
    bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
    return {"x": max(left, 0), "y": max(top, 0), "width": right - max(left, 0), "height": bottom - max(top, 0)}


def take(browser: Browser, address: str, picture: Callable[[Page], FloatRect], scheme: str) -> Path:
    """Take one picture in a fresh window, and keep it with few colours.

    Returns:
        Its path.

    Raises:
        ValueError: It is larger than a page should load.
    """
    context = browser.new_context(viewport=SIZE, color_scheme=scheme, device_scale_factor=SCALE)  # pyright: ignore
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(address + PICTURES[picture])
    expect(page.locator(".eb-picture .line").first).to_be_attached()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    shot = page.screenshot(clip=picture(page))
    context.close()
    target = FOLDER / f"{picture.__name__}{'-dark' if scheme == 'dark' else ''}.png"
    with Image.open(io.BytesIO(shot)) as image:
        few = image.convert("RGB").quantize(N_COLOURS, dither=Image.Dither.NONE)
        few.save(target, optimize=True)
    if target.stat().st_size > MAX_BYTES:
        raise ValueError(f"{target.name} has {target.stat().st_size:,} bytes, at most {MAX_BYTES:,} are wanted")
    return target


def main(names: list[str]) -> None:
    """Take the pictures that are named; all of them where none is."""
    FOLDER.mkdir(exist_ok=True)
    expect.set_options(timeout=WAIT_MS)
    settings = load_settings()
    folders = {"ENFORMER_DATA_DIR": str(settings.data_dir), "ENFORMER_CACHE_DIR": str(settings.cache_dir)}
    with tempfile.TemporaryDirectory(prefix="enformer-pictures-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with server(Path(folder), ["-m", "pages._ui.serve"], **folders) as address:
            for picture in PICTURES:
                if not names or picture.__name__ in names:
                    for scheme in ("light", "dark"):
                        path = take(browser, address, picture, scheme)
                        print(f"{path.name}: {path.stat().st_size:,} bytes")  # noqa: T201 - for whoever runs it
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
