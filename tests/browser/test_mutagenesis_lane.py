"""The mutagenesis map and the deletion scan of the view, against numpy."""

from __future__ import annotations

import re

import numpy as np
from browser_driver import NEEDS_CHROMIUM, plot
from numpy.typing import NDArray
from playwright.sync_api import Page, expect
from view_driver import BASES, PREDICTED, READ, SNV, ends, explained, frame, lane, live, picture, put, show

from enformer_core.genome.interval import Interval

START, WIDTH = 1_261_300, 60
LEVELS, ROW = 12, 20
TOP = 62  # px from the row's top to the cells
CELL = re.compile(r"M(\d+) (\d+)h([\d.]+)v\d+h-[\d.]+z")
CODES = np.array(["ACGT".index(base) for base in BASES], dtype=np.uint8)
GOING = {"fraction": 0.1, "words": "20 of 600 · 3 s left"}

pytestmark = NEEDS_CHROMIUM


def codes_at(start: int, width: int) -> NDArray[np.uint8]:
    return CODES[start - READ.start : start - READ.start + width]


def effects(start: int = START, width: int = WIDTH, codes: NDArray[np.uint8] | None = None) -> NDArray[np.float32]:
    """Effects of about 0.3, float32 ``[width, 4]``: 0 at the present base, NaN at N."""
    found = np.random.default_rng(7).normal(0, 0.3, (width, 4)).astype(np.float32)
    codes = codes_at(start, width) if codes is None else codes
    found[np.arange(width), np.minimum(codes, 3)] = 0
    found[codes == 4] = np.nan
    return found


def a_map(effect: NDArray[np.float32], serial: int = 1, start: int = START, **more) -> dict:
    said = {"codes": None, "unit": "log2 fold change", "motifs": [], "method": "exact"} | more
    return live("mutagenesis", serial, said.pop("state", "done"), start=start, effect=effect.ravel(), **said)


def show_map(page: Page, part: dict, view: Interval | None = None, **more) -> None:
    view = view or Interval("chr2", START - 10, START + WIDTH + 10)
    shown = picture(view=view, **more)
    show(page, shown, more={"explained": part}, explain=[explained(part, "Mutagenesis", about="log2 FC, exact")])


def cells(page: Page) -> dict[tuple[int, int], int]:
    """By first base and row, the signed level of each coloured cell."""
    found = {}
    for kind, share, path in page.locator(".map .cells path").evaluate_all(
        "all => all.map((e) => [e.getAttribute('class'), Number(e.getAttribute('fill-opacity')), e.getAttribute('d')])"
    ):
        for first, y, _ in CELL.findall(path):
            found[int(first), int(y) // ROW] = round(share * LEVELS) * (1 if kind == "raises" else -1)
    return found


def levels(effect: NDArray[np.float32]) -> NDArray[np.int64]:
    """The level of each effect, as JavaScript rounds."""
    exact = effect.astype(np.float64)
    return np.floor(exact / np.nanmax(np.abs(exact)) * LEVELS + 0.5)


def coloured(level: NDArray[np.int64], step: int = 1) -> dict[tuple[int, int], int]:
    return {(i * step, row): int(level[i, row]) for i, row in np.argwhere(np.nan_to_num(level) != 0).tolist()}


def dots(page: Page) -> set[tuple[int, int]]:
    path = page.locator(".map .dots").get_attribute("d") or ""
    return {(int(float(x)), int(float(y)) // ROW) for x, y in re.findall(r"M([\d.]+) ([\d.]+)h0", path)}


def pending(page: Page) -> set[int]:
    path = page.locator(".map .pending").get_attribute("d") or ""
    return {i for first, last in re.findall(r"M(\d+) 0H(\d+)", path) for i in range(int(first), int(last))}


def point(page: Page, position: float, depth: float, kind: str = "map") -> tuple[float, float]:
    """Where a position stands at a depth of a row, in px of the page."""
    left, width, top = plot(page, 0)
    first, last = ends(page)
    moved = page.locator(f".explain .{kind}").get_attribute("transform") or ""
    row = float(re.findall(r"[\d.]+", moved)[1])
    return left + (position - first) / (last - first) * width, top + row + depth


def at_cell(page: Page, i: int, row: int) -> tuple[float, float]:
    return point(page, START + i + 0.5, TOP + (row + 0.5) * ROW)


def acts(page: Page) -> list[dict]:
    asked = page.evaluate("window.asked.at(-1)?.acts ?? []")
    return [{name: value for name, value in act.items() if name != "serial"} for act in asked]


def test_cells_are_coloured_by_sign_and_strength_and_the_present_base_is_a_dot(page):
    codes = codes_at(START, WIDTH).copy()
    codes[[5, 6]] = 4
    effect = effects(codes=codes)
    show_map(page, a_map(effect, codes=codes))
    expected = coloured(levels(effect))
    assert len(expected) > 100
    assert cells(page) == expected
    assert dots(page) == {(i, int(code)) for i, code in enumerate(codes) if code < 4}, "none at N"
    assert pending(page) == set(), "N is not waited for"
    limit = f"{np.nanmax(np.abs(effect)):.3g}"
    assert page.locator(".scale text").all_text_contents() == [f"−{limit}", f"+{limit} log2 fold change"]
    fills = {
        kind: page.locator(f".map .cells .{kind}").first.evaluate("e => getComputedStyle(e).fill")
        for kind in ("raises", "lowers")
    }
    assert fills == {"raises": "rgb(0, 114, 178)", "lowers": "rgb(213, 94, 0)"}


def test_the_logo_has_each_present_base_as_high_as_it_matters(page):
    effect = effects()
    motif = {"start": START + 20, "end": START + 31, "name": "GATA1 <MA0035.4>"}
    show_map(page, a_map(effect, motifs=[motif]))
    importance = -effect.sum(axis=1) / 3
    drawn = page.locator(".map .logo > g > path").evaluate_all(
        "all => all.map((e) => [e.getAttribute('class'), e.getAttribute('transform')])"
    )
    assert "".join(letter for letter, _ in drawn) == "".join("ACGT"[code] for code in codes_at(START, WIDTH))
    heights = [float(re.findall(r"-?[\d.e-]+", moved)[3]) for _, moved in drawn]
    np.testing.assert_allclose(heights, importance, rtol=1e-4, atol=1e-6)
    assert page.locator(".map .motif").all_text_contents() == ["GATA1 <MA0035.4>"], "as a text"
    page.mouse.move(*point(page, START + 25.5, 40))
    expect(page.locator(".eb-readout")).to_contain_text("motif GATA1 <MA0035.4>")
    expect(page.locator(".eb-readout")).to_contain_text(f"importance {importance[25]:+.2f}".replace("-", "−"))


def test_a_click_on_a_cell_asks_for_that_substitution_and_on_the_present_base_for_nothing(page):
    effect = effects()
    show_map(page, a_map(effect))
    present = int(codes_at(START, WIDTH)[30])
    row = (present + 1) % 4
    page.mouse.move(*at_cell(page, 30, row))
    words = f"chr2:1,261,331 {'ACGT'[present]}>{'ACGT'[row]}: {effect[30, row]:+.2f} log2 fold change"
    expect(page.locator(".eb-readout")).to_contain_text(words.replace("-", "−"))
    expect(page.locator(".map .outline")).to_be_visible()
    x, _ = at_cell(page, 30, row)
    box = page.locator(".map .outline").bounding_box()
    assert box["x"] - 2 < x < box["x"] + box["width"] + 2
    page.mouse.move(*at_cell(page, 30, present))
    expect(page.locator(".eb-readout")).to_contain_text(f"{'ACGT'[present]}: the present base")
    expect(page.locator(".map .outline")).to_be_hidden()
    page.mouse.click(*at_cell(page, 30, present))
    page.mouse.click(*at_cell(page, -3, row))
    assert acts(page) == []
    page.mouse.click(*at_cell(page, 30, row))
    at = START + 30
    assert acts(page) == [{"kind": "substitute", "start": at, "end": at + 1, "letters": "ACGT"[row]}]
    page.mouse.move(*point(page, START + 30, -40))
    expect(page.locator(".map .outline")).to_be_hidden()


def test_a_map_fills_in_and_moves_nothing(page):
    effect = effects()
    coarse = np.full_like(effect, np.nan)
    coarse[::32] = effect[::32]
    show_map(page, a_map(coarse, state="partial", progress=GOING))
    assert cells(page) == coloured(levels(coarse)), "symmetric about what is known"
    assert pending(page) == set(range(WIDTH)) - {0, 32}
    assert len(dots(page)) == WIDTH
    expect(page.locator(".eb-card")).to_contain_text("20 of 600 · 3 s left")
    page.mouse.click(*at_cell(page, 5, (int(codes_at(START, WIDTH)[5]) + 1) % 4))
    assert acts(page) == [], "what a cell does is not known yet"
    where = "all => all.map((e) => e.getAttribute('transform'))"
    before = page.locator(".eb-picture > g[transform], .lane").evaluate_all(where)
    put(page, a_map(effect, 2))
    frame(page)
    assert cells(page) == coloured(levels(effect))
    assert pending(page) == set()
    expect(page.locator(".eb-card")).to_be_hidden()
    assert page.locator(".eb-picture > g[transform], .lane").evaluate_all(where) == before
    stage = page.locator(".eb-stage")
    stage.press("e")
    frame(page)
    chosen = START + WIDTH // 2
    i = chosen - START
    words = [f"{'ACGT'[row]} {effect[i, row]:+.2f}" for row in range(4) if row != codes_at(START, WIDTH)[i]]
    expect(page.locator(".eb-effects")).to_have_text(" · ".join(words).replace("-", "−") + " log2 fold change")


def test_from_afar_a_column_keeps_the_strongest_of_its_bases(page):
    start, width = 1_260_500, 2_000
    effect = effects(start, width)
    effect[777, (codes_at(start, width)[777] + 1) % 4] = -3
    show_map(page, a_map(effect, start=start), Interval("chr2", start - 1_000, start + width + 1_000))
    factor = 8  # bases to a column of 1.5 px or more, with 4,000 bp on about 1,000 px
    groups = effect.reshape(-1, factor, 4)
    best = np.abs(groups).argmax(axis=1)
    strongest = np.take_along_axis(groups, best[:, None], axis=1)[:, 0]
    assert cells(page) == coloured(levels(strongest), factor)
    assert cells(page)[776, (codes_at(start, width)[777] + 1) % 4] == -LEVELS
    assert dots(page) == set()
    page.mouse.move(*point(page, start + 778, TOP + ((codes_at(start, width)[777] + 1) % 4 + 0.5) * ROW))
    expect(page.locator(".eb-readout")).to_contain_text("chr2:1,261,278")
    expect(page.locator(".eb-readout")).to_contain_text("−3.00 log2 fold change, the strongest of 8 bases")


def test_a_map_that_is_too_small_or_out_of_view_is_a_step_away(page):
    show_map(page, a_map(effects()), Interval("chr2", START - 3_000, START + 3_000))
    expect(page.locator(".map .cells")).to_be_hidden()
    expect(page.locator(".map > .bracket")).to_be_visible()
    page.get_by_role("button", name="Mutagenesis of 60 bp: zoom in").click()
    frame(page)
    assert ends(page) == (START - 3, START + WIDTH + 3)
    expect(page.get_by_role("button", name=re.compile("Mutagenesis of"))).to_be_hidden()
    assert cells(page) == coloured(levels(effects()))
    show_map(page, a_map(effects()), Interval("chr2", START + 1_000, START + 1_100))
    button = page.get_by_role("button", name="Mutagenesis of 60 bp: go there")
    button.focus()
    put(page, a_map(effects(), 2))
    frame(page)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    frame(page)
    assert ends(page) == (START - 3, START + WIDTH + 3)


def test_effects_that_are_all_zero_draw_no_colour_and_no_nan(page):
    show_map(page, a_map(np.zeros((WIDTH, 4), np.float32)))
    assert cells(page) == {}
    assert len(dots(page)) == WIDTH
    expect(page.locator(".map")).to_contain_text("no base changes the target")
    put(page, a_map(np.full((WIDTH, 4), np.nan, np.float32), 2, state="partial", progress=GOING))
    frame(page)
    assert pending(page) == set(range(WIDTH))
    assert "NaN" not in page.locator(".eb-picture").evaluate("svg => svg.outerHTML")


def test_in_an_edited_sequence_the_present_base_is_the_edited_one(page):
    codes = codes_at(START, WIDTH).copy()
    i = SNV.pos - 1 - START
    codes[i] = "ACGT".index(SNV.alt)
    effect = effects(codes=codes)
    edited = lane(edited=PREDICTED)
    shown = {"edits": (SNV,), "view": Interval("chr2", START, START + WIDTH)}
    part = a_map(effect, codes=codes)
    show(page, picture(edited, **shown), more={"m": part}, explain=[explained(part, "Mutagenesis")])
    assert (i, int(codes[i])) in dots(page)
    made = page.locator(".map .made").get_attribute("d")
    assert made == f"M{i} {codes[i] * ROW}h1v{ROW}h-1z", "what is an edit is outlined"
    row = "ACGT".index(SNV.ref)
    page.mouse.move(*at_cell(page, i, row))
    words = f"chr2:{SNV.pos:,} {SNV.alt}>{SNV.ref}: {effect[i, row]:+.2f}".replace("-", "−")
    expect(page.locator(".eb-readout")).to_contain_text(words)


def test_a_scan_is_bars_of_what_is_lost_about_a_symmetric_axis(page):
    starts = START + np.arange(0, 600, 50, dtype=np.float64)
    effect = np.random.default_rng(2).normal(0, 0.3, len(starts)).astype(np.float32)
    effect[4] = np.nan
    said = {"starts": starts, "ends": starts + 100, "unit": "log2 fold change", "width": 100}
    part = live("scan", 1, "partial", effect=effect, progress=GOING, **said)
    view = Interval("chr2", START - 100, START + 900)
    show(page, picture(view=view), more={"s": part}, explain=[explained(part, "Deletion scan")])
    path = page.locator(".scanned .body").get_attribute("d") or ""
    heights = [float(height) for height in re.findall(r"V(-?[\d.e-]+)", path)]
    drawn = {round(height, 5) for height in heights} - {0}
    assert drawn == {round(float(-value), 5) for value in effect if not np.isnan(value)}
    limit = f"{np.nanmax(np.abs(effect)):.3g}"
    assert page.locator(".scanned > .number").all_text_contents() == [f"+{limit}", f"−{limit}"]
    assert re.findall(r"M(\d+) ", page.locator(".scanned .pending").get_attribute("d") or "") == ["225"]
    page.mouse.move(*point(page, START + 200, 20, "scanned"))
    words = f"chr2:1,261,451-1,261,550, 100 bp blanked: {effect[3]:+.3g} log2 fold change".replace("-0", "−0")
    expect(page.locator(".eb-readout")).to_contain_text(words)
    page.mouse.move(*point(page, START + 250, 20, "scanned"))
    expect(page.locator(".eb-readout")).to_contain_text("not computed yet")
    put(page, live("scan", 2, effect=np.zeros(len(starts), np.float32), **said))
    frame(page)
    assert "NaN" not in page.locator(".eb-picture").evaluate("svg => svg.outerHTML")
    assert page.locator(".scanned > .number").all_text_contents() == ["", ""]


def test_a_map_is_in_the_picture_that_is_saved(page, tmp_path):
    effect = effects()
    show_map(page, a_map(effect))
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG").click()
    download.value.save_as(tmp_path / "picture.svg")
    saved = (tmp_path / "picture.svg").read_text()
    level = levels(effect)
    assert len(CELL.findall(saved)) == np.count_nonzero(level)
    assert "rgb(213, 94, 0)" in saved
