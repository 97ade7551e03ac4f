"""What explains a prediction, in the view in a real browser: rows, letters, arcs, true answers, and work under way."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from browser_driver import NEEDS_CHROMIUM
from playwright.sync_api import Locator, Page, expect
from view_driver import (
    BASES,
    BIN,
    OUTPUT,
    READ,
    SNV,
    explained,
    frame,
    live,
    picture,
    plot,
    put,
    show,
)

from enformer_core.genome.interval import Interval
from pages._ui import theme

pytestmark = NEEDS_CHROMIUM

SITE = 1_261_344
SCORES = np.random.default_rng(5).normal(0, 0.01, READ.width).astype(np.float32)
SCORES[SITE - READ.start - 40 : SITE - READ.start + 40] += 0.5
SCORES[1_283_000 - READ.start : 1_283_060 - READ.start] -= 0.4
SCORES[SITE - READ.start + 1 : SITE - READ.start + 3] = 0, np.nan
ELEMENTS = [
    {"start": SITE - 100, "end": SITE + 100, "score": 39.8, "rank": 1, "label": "at the TSS"},
    {"start": SITE + 200, "end": SITE + 400, "score": 3, "rank": 2, "label": "300 bp after the TSS"},
    {"start": 1_283_000, "end": 1_283_060, "score": -24, "rank": 3, "label": "3"},
]
KEYS = READ.start + BIN * np.arange(1536, dtype=np.float64)
WEIGHTS = np.full(1536, 0.5 / 1534, np.float32)
WEIGHTS[[700, 900]] = 0.3, 0.2
QUERIES = [[SITE - BIN, SITE], [SITE, SITE + BIN]]
ARCS = [
    {"start": KEYS[i], "end": KEYS[i] + BIN, "weight": float(WEIGHTS[i]), "times": float(WEIGHTS[i] * 1536)}
    for i in (700, 900)
]


def contributions(serial: int = 1, state: str = "done", **more) -> dict:
    fields = {"start": READ.start, "scores": SCORES, "codes": None, "unit": "coverage", "elements": ELEMENTS}
    return live("contributions", serial, state, **(fields | more))


def attention(serial: int = 1, **more) -> dict:
    fields = {"starts": KEYS, "ends": KEYS + BIN, "values": WEIGHTS, "queries": QUERIES, "arcs": ARCS}
    return live("attention", serial, about="4 layers, 8 heads", **(fields | more))


def truth(serial: int = 1, **more) -> dict:
    starts = np.array([1_215_000, 1_240_000, 1_240_300, 1_261_000, 1_283_000], np.float64)
    fields = {"starts": starts, "ends": starts + 200, "labels": ["e1", "e2", "e3", "e4", "<b>e5</b>"]}
    fields |= {"kinds": ["hep", "ery", "ery", "promoter", "ery"], "site": SITE, "words": "AUPRC of this window 0.81"}
    fields |= {"effects": np.array([np.nan, -1.41, -0.2, np.nan, -0.5], np.float32)}
    variants = [{"position": 1_283_150, "label": "A>C", "effect": -0.61}]
    return live("truth", serial, variants=variants, **(fields | more))


def explain(page: Page, *parts: dict, view: Interval = OUTPUT, shown=None, **said) -> None:
    names = {"contributions": "Contribution", "attention": "Attention", "truth": "True answers", "scan": "Deletions"}
    entries = [explained(part, names[part["id"].removeprefix("live-")]) for part in parts]
    more = {part["id"]: part for part in parts}
    show(page, shown or picture(view=view), explain=entries, more=more, **said)


def near(start: int, end: int) -> Interval:
    return Interval("chr2", start, end)


def top_of(row: Locator) -> float:
    return float(re.findall(r"[\d.]+", row.get_attribute("transform") or "")[1])


def hover(page: Page, kind: str, position: float, view: Interval, y: float = 20) -> Locator:
    """Point at a position in a row, so many px below its top; gives the readout."""
    left, width, _ = plot(page)
    picture_top = page.locator(".eb-picture").bounding_box()["y"]
    at = left + width * (position - view.start) / view.width
    page.mouse.move(at, picture_top + top_of(page.locator(f".explain.{kind} > .lane").first) + y)
    return page.locator(".eb-readout")


def steps(path: str) -> list[tuple[float, float, float]]:
    """The parts of a filled step as (start, end, value)."""
    found, x, y = [], 0.0, 0.0
    for command, first, second in re.findall(r"([MVHZ])(-?[\d.e-]+)?(?: (-?[\d.e-]+))?", path):
        if command == "M":
            x, y = float(first), float(second)
        elif command == "V":
            y = float(first)
        elif command == "H":
            found.append((x, float(first), y))
            x = float(first)
    return found


def matrix(shape: Locator) -> list[float]:
    """The six numbers of an element's transform."""
    return [float(each) for each in re.findall(r"-?[\d.]+(?:e-?\d+)?", shape.get_attribute("transform") or "")]


def acts(page: Page) -> list[dict]:
    asked = page.evaluate("window.asked.at(-1)?.acts ?? []")
    return [{name: value for name, value in act.items() if name != "serial"} for act in asked]


def test_rows_stand_under_the_lanes_with_three_lines_beside_them(page):
    show(page, picture(edits=(SNV,)))
    assert page.locator(".explain").count() == 0, "an older server says nothing of explanations"
    bare = float(page.locator(".eb-picture").get_attribute("height"))
    explain(page, contributions(), attention(), truth(), shown=picture(edits=(SNV,)))
    rows = page.locator(".explained")
    texts = "all => all.map((row) => [...row.querySelectorAll('text')].map((t) => t.firstChild.data))"
    assert rows.evaluate_all(texts) == [
        ["Contribution", "gradient × input", "→ ERYA3 DNASE"],
        ["Attention", "4 layers, 8 heads", "→ ERYA3 DNASE"],
        ["True answers", "gradient × input", "→ ERYA3 DNASE"],
    ]
    assert rows.first.locator("title").first.text_content() == "Contribution of what is asked"
    tops = [top_of(row) for row in page.locator(".lane:not(.explained), .edits").all()]
    assert np.diff(tops).tolist() == [58 + 14, 58 + 14, 70 + 14, 46 + 7]
    assert float(page.locator(".eb-picture").get_attribute("height")) == bare + 58 + 70 + 46 + 3 * 14
    show(page, picture(edits=(SNV,)), explain=[])
    assert float(page.locator(".eb-picture").get_attribute("height")) == bare, "they fold to nothing"


def test_contributions_are_summed_by_bin_from_afar(page):
    explain(page, contributions())
    scores = np.nan_to_num(SCORES[OUTPUT.start - READ.start : OUTPUT.end - READ.start]).astype(np.float64)
    sums = scores.reshape(-1, BIN).sum(1)
    for name, sign in ((".up", 1), (".down", -1)):
        drawn = np.zeros(len(sums))
        for start, _, value in steps(page.locator(f".contribution {name}").get_attribute("d")):
            row = int(start // BIN)  # as drawn, from the first bin
            if 0 <= row < len(drawn):
                drawn[row] = value
        assert drawn == pytest.approx(np.maximum(sums * sign, 0) * sign, rel=1e-4, abs=1e-5)
    sizes = np.sort(np.abs(sums))
    most, farthest = 1.25 * sizes[-8], sizes[-1]
    assert farthest > 3 * sizes[-8], "one outweighs all else, and is cut"
    high, low = page.locator(".contribution .number").all_text_contents()
    assert (float(high), low) == (pytest.approx(most, rel=0.01), high.replace("+", "−")), "symmetric about 0"
    scale = matrix(page.locator(".contribution .moving"))
    assert (scale[3] * most, scale[5]) == (pytest.approx(-24), 34), "what is usual fills the axis"
    cut = f"sum of 128 bp, coverage · cut: up to {farthest:.3g}"
    assert page.locator(".contribution .unit").text_content() == cut
    kept = "e => [e.getAttribute('y'), e.getAttribute('height'), getComputedStyle(e).overflow]"
    assert page.locator(".contribution svg").evaluate(kept) == ["10", "48", "hidden"], "nothing reaches beyond the row"
    ranks = page.locator(".contribution .rank")
    assert ranks.evaluate_all("all => all.map((t) => t.firstChild.data)") == ["1", "3"], "the weaker gives way"
    said = hover(page, "contributions", SITE + 5, OUTPUT)
    row = (SITE - OUTPUT.start) // BIN
    expect(said).to_contain_text(f"Contribution +{sums[row]:.1f} coverage, sum of chr2:1,261,345-1,261,472")
    expect(said).to_contain_text("element 1: chr2:1,261,245-1,261,444, at the TSS, +39.8 coverage")
    said = hover(page, "contributions", 1_283_030, OUTPUT)
    expect(said).to_contain_text("element 3: chr2:1,283,001-1,283,060, −24 coverage")
    expect(page.locator("[aria-live=polite]")).to_contain_text(
        "Contribution: strongest in view is element 1: chr2:1,261"
    )


def test_contributions_of_single_bases_keep_the_highest_and_the_lowest_of_each_pixel(page):
    view = near(1_281_000, 1_284_000)
    explain(page, contributions(), view=view)
    assert page.locator(".contribution .unit").text_content() == "highest and lowest base of each pixel, coverage"
    origin = matrix(page.locator(".contribution .moving"))
    start = view.start + (origin[4] - 156) / origin[0]
    for name, best in ((".up", np.maximum), (".down", np.minimum)):
        found = steps(page.locator(f".contribution {name}").get_attribute("d"))
        assert len(found) > 700
        for left, right, value in found[5:-5:50]:
            first, last = (round(start + at) - READ.start for at in (left, right))
            assert last - first == 4, "a power of 2, a pixel at the least"
            assert value == pytest.approx(best.reduce(best(SCORES[first:last], 0)), rel=1e-5)
    base = BASES[1_283_010 - READ.start]
    score = f"{SCORES[1_283_010 - READ.start]:.3g}".replace("-", "−")
    said = hover(page, "contributions", 1_283_010.5, view)
    expect(said).to_contain_text(f"Contribution of {base} at chr2:1,283,011: {score} coverage")


def test_contributions_become_letters_that_stand_or_hang(page):
    view = near(SITE - 50, SITE + 50)
    explain(page, contributions(), view=view)
    letters = page.locator(".contribution .letters path")
    found = letters.evaluate_all(
        "all => all.map((path) => [path.getAttribute('class'), path.getAttribute('transform')])"
    )
    moved = matrix(page.locator(".contribution .moving"))
    start = view.start + (moved[4] - 156) / moved[0]
    first, last = (round(start) - READ.start, round(start) - READ.start + 160)
    known = [i for i in range(first, last) if SCORES[i] and not np.isnan(SCORES[i])]
    assert "".join(letter for letter, _ in found) == "".join(BASES[i] for i in known)[: len(found)]
    assert len(found) >= 98, "each base but the one at 0 and the one that is not known"
    for (_, transform), i in list(zip(found, known, strict=False))[::7]:
        width, _, _, height, x, _ = (float(each) for each in re.findall(r"-?[\d.]+(?:e-?\d+)?", transform))
        assert (width, height) == (pytest.approx(0.92), pytest.approx(SCORES[i], rel=1e-5)), "below 0 it hangs"
        assert start + x == pytest.approx(READ.start + i + 0.04, abs=0.01)
    assert page.locator(".contribution .unit").text_content() == "each base, coverage"
    codes = np.full(READ.width, 3, np.uint8)
    codes[SITE - READ.start - 10] = 4
    explain(page, contributions(2, codes=codes), view=view)
    classes = set(letters.evaluate_all("all => all.map((path) => path.getAttribute('class'))"))
    assert classes == {"T"}, "the letters that were read, not those of the reference"
    assert letters.count() == len(found) - 1, "N is no letter"
    page.locator(".eb-stage").press("0")
    frame(page)
    assert letters.count() == 0


def test_attention_is_a_step_with_arcs_to_the_strongest_bins(page):
    explain(page, attention())
    width = plot(page)[1]

    def x(position: float) -> float:
        return 156 + width * (position - OUTPUT.start) / OUTPUT.width

    arcs = page.locator(".arc")
    looks = []
    for arc, of in zip(arcs.all(), reversed(ARCS), strict=True):
        start, end = (float(each) for each in re.findall(r"M([\d.]+) .* ([\d.]+) 48$", arc.get_attribute("d"))[0])
        assert sorted((start, end)) == pytest.approx(sorted((x(SITE), x(of["start"] + 64))), abs=0.01)
        across, up = (float(each) for each in re.findall(r"A([\d.]+) ([\d.]+) ", arc.get_attribute("d"))[0])
        assert (across, up) == pytest.approx((abs(end - start) / 2, 45 * (0.55 + 0.45 * abs(end - start) / width)))
        looks.append((float(arc.get_attribute("stroke-opacity")), float(arc.get_attribute("stroke-width"))))
    assert looks[0] < looks[1] == (1, 2.8), "the strongest on top"
    assert looks[0][0] == pytest.approx(0.25 + 0.75 * 2 / 3)
    step = page.locator(".looks .fill").get_attribute("d")
    assert max(value for *_, value in steps(step)) == pytest.approx(0.3)
    assert page.locator(".looks .number").all_text_contents() == ["30 %", "0"]
    assert page.locator(".query").get_attribute("d").count("M") == len(QUERIES)
    said = hover(page, "attention", KEYS[700] + 60, OUTPUT, y=60)
    expect(said).to_contain_text("Attention 30 %, 461 times the even share")
    middle = (SITE + KEYS[900] + 64) / 2
    height = (48 - 3) * (0.55 + 0.45 * (KEYS[900] + 64 - SITE) / OUTPUT.width)
    said = hover(page, "attention", middle, OUTPUT, y=48 - height)
    expect(said).to_contain_text("arc to chr2:1,278,241-1,278,368: 20 %, 307 times the even share")
    expect(hover(page, "attention", SITE + 3, OUTPUT, y=60)).to_contain_text("a bin it looks from")
    expect(page.locator("[aria-live=polite]")).to_contain_text(
        "Attention: looks most at chr2:1,252,641-1,252,768: 30 %"
    )
    explain(page, attention(2, queries=[], arcs=[], values=np.full(1536, np.nan, np.float32)))
    assert page.locator(".arc").count() == 0
    assert "NaN" not in page.locator(".looks").evaluate("row => row.outerHTML")


def test_true_answers_are_boxes_by_kind_with_their_effects(page):
    explain(page, truth())
    fills = page.locator(".truths .element").evaluate_all("all => all.map((box) => getComputedStyle(box).fill)")
    assert len(set(fills)) == 3, "hep, ery, promoter"
    assert fills[1] == fills[2] == fills[4]
    assert page.locator(".truths .linked").count() == 3
    assert page.locator(".truths .link").get_attribute("d").count("A") == 3
    assert page.locator(".truths .effect").all_text_contents() == ["−1.41", "−0.50"], "−0.20 has no room beside −1.41"
    assert page.locator(".truths .unit").evaluate("words => words.firstChild.data") == "AUPRC of this window 0.81"
    assert page.locator(".variant").get_attribute("d").count("M") == 1
    said = hover(page, "truth", 1_283_150, OUTPUT)
    expect(said).to_contain_text("truth: <b>e5</b> (ery), chr2:1,283,001-1,283,200: without it, log2 fold change −0.50")
    expect(said).to_contain_text("truth: A>C at chr2:1,283,151: true log2 fold change −0.61")
    expect(hover(page, "truth", 1_215_100, OUTPUT)).to_contain_text("drives another gene, or none")
    expect(hover(page, "truth", 1_300_000, OUTPUT)).to_contain_text("AUPRC of this window 0.81")
    expect(page.locator("[aria-live=polite]")).to_contain_text("True answers: 5 elements in view, 3 of them linked")
    explain(page, truth(2, site=None, effects=np.full(5, np.nan, np.float32)))
    assert page.locator(".truths .link, .truths .effect").count() == 0


TOPS = """() => [...document.querySelectorAll(".eb-picture > g[transform], .explain > g")]
    .map((group) => group.getAttribute("transform"))"""
HALF = {"fraction": 0.5, "words": "1 of 2 · 3 s left"}


def test_what_comes_of_a_live_part_changes_its_row_alone(page):
    waiting = live("contributions", 1, "waiting")
    explain(page, waiting, truth())
    row = page.locator(".eb-explain-row").first
    assert row.locator(".eb-skeleton").is_visible()
    assert row.locator(".eb-card").is_hidden()
    before, height = page.evaluate(TOPS), page.locator(".eb-picture").get_attribute("height")
    page.evaluate(
        "document.querySelectorAll('.line, .truths, .eb-picture > .sequence > *').forEach((e) => (e.isOld = true))"
    )
    put(page, contributions(2, "partial", progress=HALF))
    card = page.get_by_role("group", name="Contribution: 1 of 2 · 3 s left")
    expect(card.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
    assert row.locator(".eb-skeleton").is_hidden()
    assert page.locator(".contribution .up").get_attribute("d")
    cancel = card.get_by_role("button", name="Cancel")
    cancel.focus()
    put(page, contributions(3, "partial", progress=HALF | {"fraction": 0.75}))
    expect(page.locator(".eb-card-bar").first).to_have_attribute("aria-valuenow", "75")
    expect(cancel).to_be_focused()
    put(page, contributions(2, "failed", problem="an old message"))
    expect(page.locator(".eb-card-bar").first).to_have_attribute("aria-valuenow", "75")
    put(page, contributions(4))
    expect(row.locator(".eb-card")).to_be_hidden()
    expect(page.locator(".eb-stage")).to_be_focused()
    expect(page.locator("[aria-live=polite]")).to_have_text("Contribution is ready")
    kept = [top for top in page.evaluate(TOPS) if top not in (None, "")]
    assert [top for top in kept if top in before] == kept
    assert page.locator(".eb-picture").get_attribute("height") == height
    assert page.evaluate(
        "['.line', '.truths', '.eb-picture > .sequence > *'].every((e) => document.querySelector(e).isOld)"
    )
    assert page.evaluate("window.asked.length") == 0


def test_work_is_cancelled_gone_on_with_and_tried_again(page):
    explain(
        page,
        contributions(1, "partial", progress=HALF),
        live("scan", 1, "off", problem="This model has <b>no</b> head"),
    )
    row = page.locator(".eb-explain-row").first
    row.get_by_role("button", name="Cancel: Contribution").click()
    assert acts(page) == [{"kind": "cancel", "lane": "contributions"}]
    expect(row.get_by_role("button")).to_have_text("Stopping")
    row.get_by_role("button").press("Enter")
    assert len(acts(page)) == 1, "once"
    put(page, contributions(2, "stopped", progress=HALF))
    expect(row.locator(".eb-card")).to_contain_text("Stopped at 1 of 2")
    row.get_by_role("button", name="Go on: Contribution").press("Enter")
    assert acts(page)[-1] == {"kind": "again", "lane": "contributions"}
    put(page, live("contributions", 3, "failed", problem="The disk is full: free 2 GB, then try again"))
    expect(row.get_by_role("button", name="Try again: Contribution")).to_be_visible()
    expect(page.locator("[aria-live=polite]")).to_have_text("Contribution: The disk is full: free 2 GB, then try again")
    put(page, live("contributions", 4, "failed", problem="No such track", final=True))
    expect(row.locator(".eb-card")).to_contain_text("No such track")
    assert row.get_by_role("button").count() == 0
    off = page.locator(".eb-explain-row").nth(1)
    expect(off.locator(".eb-card")).to_have_text("This model has <b>no</b> head")
    assert off.get_by_role("button").count() == 0


def test_explanations_are_asked_for_by_keys_and_by_the_bar(page):
    explain(page, contributions())
    stage = page.locator(".eb-stage")
    middle = OUTPUT.start + 448 * BIN
    for key, kind in (("x", "explain"), ("l", "look_from")):
        stage.press(key)
        assert acts(page)[-1] == {"kind": kind, "start": middle, "end": middle + BIN}
    stage.press("m")
    expect(page.locator(".eb-told")).to_contain_text("114,688 bp in view, at most 2,000 bp at once")
    assert len(acts(page)) == 2
    view = near(SITE - 1000, SITE + 1000)
    explain(page, contributions(), view=view)
    stage.press("m")
    assert acts(page)[-1] == {"kind": "mutate", "start": view.start, "end": view.end}
    stage.press("e")
    stage.press("Shift+ArrowRight")
    frame(page)
    chosen = {"start": SITE, "end": SITE + 2}
    bar = page.get_by_role("group", name="What to do with the chosen bases")
    for name, key, kind in (("Explain", "x", "explain"), ("Mutate", "m", "mutate"), ("Look from", "l", "look_from")):
        before = len(acts(page))
        stage.press(key)
        bar.get_by_role("button", name=name).or_(bar.get_by_text(name)).first.click()
        assert acts(page)[before:] == [{"kind": kind, **chosen}] * 2
    stage.press("Escape")
    stage.press("Escape")
    for _ in range(2):
        stage.press("Shift+ArrowLeft")
    explain(page, contributions(), view=near(READ.start, READ.start + 3000))
    before = len(acts(page))
    stage.press("x")
    expect(page.locator(".eb-told")).to_contain_text("The middle of the view is read, not predicted")
    assert len(acts(page)) == before
    page.get_by_role("button", name="Keys and the mouse").click()
    expect(page.locator("dialog")).to_contain_text("explain what is chosen, or the bin in the middle of the view")


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_colours_are_those_of_the_theme_and_go_into_the_file(page, tmp_path, colours):
    style = theme.css(colours).removeprefix("<style>").removesuffix("</style>")
    page.add_style_tag(content=style)
    explain(page, contributions(), attention(), truth())
    wanted = {".contribution .up": colours.ctcf, ".looks .fill": colours.accent, ".truths .element": colours.h3k27ac}
    for name, colour in wanted.items():
        drawn = page.locator(name).first.evaluate("shape => getComputedStyle(shape).fill")
        assert tuple(int(each) for each in re.findall(r"\d+", drawn)) == tuple(bytes.fromhex(colour[1:])), name
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the picture as SVG").click()
    waiting.value.save_as(tmp_path / "picture.svg")
    svg = ElementTree.parse(tmp_path / "picture.svg").getroot()  # noqa: S314 - our own file
    words = "".join(svg.itertext())
    assert all(each in words for each in ("Contribution", "sum of 128 bp, coverage", "4 layers, 8 heads", "−1.41"))
    drawn = (tmp_path / "picture.svg").read_text()
    assert drawn.count("A") > 5
    assert "var(" not in drawn
    assert "NaN" not in drawn


def test_a_narrow_screen_has_the_labels_above_the_rows(page):
    page.set_viewport_size({"width": 400, "height": 900})
    page.evaluate("document.body.style.width = 'auto'")
    try:
        explain(page, contributions(1, "partial", progress=HALF), attention(), truth())
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        label, zero = (
            page.locator(f".explain.contributions {name}").first.bounding_box() for name in (".name", ".zero")
        )
        assert label["y"] + label["height"] < zero["y"] - 20
        card = page.locator(".eb-card").first.bounding_box()
        assert card["x"] >= 0
        assert card["x"] + card["width"] <= 400
    finally:
        page.set_viewport_size({"width": 1300, "height": 900})


def test_panning_draws_the_contributions_anew_only_beyond_what_is_drawn(page):
    explain(page, contributions(), view=near(SITE - 2000, SITE + 2000))
    drawn = page.locator(".contribution .up").get_attribute("d")
    page.locator(".eb-stage").press("ArrowRight")
    frame(page)
    assert page.locator(".contribution .up").get_attribute("d") == drawn
    for _ in range(3):
        page.locator(".eb-stage").press("Shift+ArrowRight")
    frame(page)
    assert page.locator(".contribution .up").get_attribute("d") != drawn
