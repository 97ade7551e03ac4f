"""Lanes of the view in a real browser: windows side by side, menus, annotation, narrow screens, and old views."""

from __future__ import annotations

import re

import numpy as np
import pytest
from browser_driver import NEEDS_CHROMIUM
from playwright.sync_api import Locator, Page, expect
from view_driver import (
    BASES,
    BIN,
    OUTPUT,
    PREDICTED,
    RANDOM,
    READ,
    SNV,
    STARTS,
    N,
    ends,
    frame,
    gene,
    lane,
    picture,
    plot,
    show,
    where,
)

from enformer_core.genome.interval import Interval
from pages._ui import view_parts
from pages._ui.looks import Show
from pages._ui.picture import Lane, Picture
from pages._ui.tiles import Beyond

WIDTH = BIN * N
MORE_BASES = "".join(RANDOM.choice(list("ACGT"), WIDTH))
BOTH = Beyond(left="about 2 s", right="about 2 s")
GENES = (gene("ERYA3", 1_261_344, 1_280_000), gene("SEAM", OUTPUT.end - 3_000, OUTPUT.end + 3_000))

pytestmark = NEEDS_CHROMIUM


def tiled(right: int, *lanes: Lane, view: Interval = OUTPUT, length: int = 242_000_000) -> tuple[Picture, str]:
    """The picture with more windows to its right, and the bases of all that is read."""
    read = Interval("chr2", READ.start, READ.end + right * WIDTH)
    output = Interval("chr2", OUTPUT.start, OUTPUT.end + right * WIDTH)
    starts = OUTPUT.start + BIN * np.arange(N * (right + 1), dtype=np.int64)
    rows = np.arange(len(starts))
    values = np.concatenate([PREDICTED] * (right + 1))
    found = lanes or (lane(predicted=values),)
    shown = Picture(read, output, view, BIN, starts, starts + BIN, rows, found, GENES, length, tiles=(0, right))
    return shown, BASES + MORE_BASES * right


def acts(page: Page) -> list[dict]:
    """What was asked for last, without numbers."""
    asked = page.evaluate("window.asked.at(-1)?.acts ?? []")
    return [{name: value for name, value in act.items() if name != "serial"} for act in asked]


def names(page: Page) -> list[str]:
    return page.locator(".lane:not(.signed) > .name").evaluate_all("all => all.map((name) => name.firstChild.data)")


def three(**more) -> Picture:
    return picture(*[lane(i, biosample=name, **more) for i, name in ((4, "HepG2"), (7, "K562"), (9, "GM12878"))])


def menu_of(page: Page, name: str) -> Locator:
    page.get_by_role("button", name=f"Menu of DNASE {name}").focus()
    page.keyboard.press("Enter")
    return page.get_by_role("menu", name=f"Menu of DNASE {name}")


def test_a_window_that_comes_beside_leaves_the_view_and_every_row_where_it_is(page):
    show(page, picture(genes=GENES), beyond=BOTH)
    page.locator(".eb-stage").press("Shift+ArrowRight")
    frame(page)
    before, tops = ends(page), page.locator(".lane").first.get_attribute("transform")
    assert before[1] == READ.end, "beyond the last bin"
    shown, bases = tiled(1)
    show(page, shown, bases=bases, beyond=BOTH)
    assert ends(page) == before
    assert page.locator(".lane").first.get_attribute("transform") == tops
    path = page.locator(".line").get_attribute("d")
    assert path.count("M") == 1, "no gap at the seam"
    assert page.locator("text.gene", has_text="SEAM").count() == 1, "a gene of two windows is drawn once"
    page.locator(".eb-stage").press("0")
    frame(page)
    assert where(page) == "chr2:1,204,001-1,433,376"
    shown, bases = tiled(1, view=Interval("chr2", READ.end - 20, READ.end + 20))
    show(page, shown, bases=bases)
    letters = "".join(page.locator(".base").all_text_contents())
    assert letters == BASES[-20:] + MORE_BASES[:20], "of the window that reads them"


def test_no_peak_is_lost_where_a_pixel_holds_several_bins(page):
    values = np.full(N * 10, 1.0, np.float32)
    values[[100, 3333, 8950]] = 50, 40, 30
    shown, bases = tiled(9, lane(predicted=values))
    show(page, shown, bases=bases)
    page.locator(".eb-stage").press("0")
    frame(page)
    path = page.locator(".line").get_attribute("d")
    assert [path.count(f"V{value}") for value in (50, 40, 30)] == [1, 1, 1]
    assert len(re.findall("[VH]", path)) < 3 * 1100, "as many steps as pixels, not as bins"
    box = page.locator(".line").bounding_box()
    left, width, _ = plot(page)
    assert box["x"] == pytest.approx(left, abs=2)
    assert box["width"] == pytest.approx(width, abs=6)


def test_the_next_window_is_offered_and_asked_for_once_by_whoever_stays_there(page):
    show(page, picture(), beyond=BOTH)
    assert acts(page) == []
    page.get_by_role("button", name="Predict the window to the left (about 2 s)").first.click()
    assert acts(page) == [{"kind": "extend", "side": "left"}]
    expect(page.locator(".eb-skeleton").first).to_have_text("predicting the next window")
    done = (page.evaluate("window.asked.at(-1).client"), 1)
    show(page, picture(), beyond=BOTH, done=done)
    assert page.locator(".eb-skeleton").count() == 0
    for key in ("+", *["Shift+ArrowRight"] * 3):
        page.locator(".eb-stage").press(key)
    page.wait_for_function("window.asked.length > 1")
    assert acts(page) == [{"kind": "extend", "side": "right"}]
    page.locator(".eb-stage").press("ArrowLeft")
    page.wait_for_timeout(500)
    assert page.evaluate("window.asked.length") == 2, "once, until it is answered"


def test_an_end_of_the_chromosome_says_so(page):
    show(page, picture(length=OUTPUT.end - 1000), beyond=Beyond(left="about 2 s"))
    expect(page.locator(".eb-beyond-strip").nth(1)).to_have_text("chr2 ends here")
    assert page.get_by_role("button", name="Predict the window to the right").count() == 0


def test_views_that_rested_are_gone_back_to_and_forward(page):
    show(page, picture())
    stage = page.locator(".eb-stage")
    back = page.get_by_role("button", name="Back to the view before (Alt ←)")
    expect(back).to_have_attribute("aria-disabled", "true")
    page.wait_for_timeout(350)
    stage.press("+")
    page.wait_for_timeout(350)
    nearer = ends(page)
    stage.press("ArrowRight")
    stage.press("ArrowRight")
    stage.press("Alt+ArrowLeft")
    frame(page)
    assert ends(page) == nearer, "two steps without a rest are one"
    show(page, picture(), beyond=BOTH)
    back.click()
    frame(page)
    assert ends(page) == (OUTPUT.start, OUTPUT.end), "kept over an answer to the same question"
    page.get_by_role("button", name="Forward to the view after (Alt →)").click()
    frame(page)
    assert ends(page) == nearer


def test_a_lane_is_moved_by_its_menu_by_keys_and_by_its_label(page):
    show(page, three())
    menu = menu_of(page, "HepG2")
    expect(menu.get_by_role("menuitem", name="Move up")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    frame(page)
    assert acts(page) == [{"kind": "order", "tracks": [7, 4, 9]}]
    abouts = page.locator(".lane > .about").evaluate_all("all => all.map((about) => about.firstChild.data)")
    assert abouts == ["K562", "HepG2", "GM12878"], "at once, before the server has answered"
    button = page.get_by_role("button", name="Menu of DNASE HepG2")
    expect(button).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    assert acts(page)[-1] == {"kind": "order", "tracks": [7, 9, 4]}
    expect(button).to_be_focused()
    expect(page.locator("[aria-live=polite]")).to_contain_text("DNASE HepG2 is lane 3 of 3")
    box = page.locator(".eb-handle", has=button).bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] - 140, steps=4)
    assert page.locator(".eb-drop").is_visible()
    page.mouse.up()
    assert acts(page)[-1] == {"kind": "order", "tracks": [4, 7, 9]}
    assert page.locator(".eb-drop").is_hidden()


def test_a_lane_has_a_height_and_a_colour_of_its_own_and_is_taken_off(page):
    show(page, three())
    menu_of(page, "K562").get_by_role("menuitemradio", name="large").click()
    frame(page)
    assert acts(page) == [{"kind": "look", "track": 7, "height": "large", "colour": "", "top": 0}]
    tops = [int(re.findall(r"\d+", top)[1]) for top in page.locator(".lane").evaluate_all(TRANSFORMS)]
    assert (tops[1] - tops[0], tops[2] - tops[1]) == (58 + 14, 120 + 14)
    menu = menu_of(page, "K562")
    expect(menu.get_by_role("menuitemradio", name="large")).to_have_attribute("aria-checked", "true")
    menu.get_by_role("menuitemradio", name="violet").click()
    frame(page)
    drawn = page.locator(".lane.ctcf .line").evaluate("line => getComputedStyle(line).stroke")
    assert drawn == "rgb(122, 92, 199)"
    menu_of(page, "K562").get_by_role("menuitem", name="Take off").click()
    frame(page)
    assert acts(page)[-1] == {"kind": "hide", "track": 7}
    assert page.locator(".lane").count() == 2
    menu_of(page, "HepG2")
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_be_hidden()
    done = (page.evaluate("window.asked.at(-1).client"), 3)
    show(page, three(), done=done)
    assert page.locator(".lane").count() == 3, "what the server says counts in the end"


def test_a_y_axis_is_held_while_the_view_moves_and_its_lane_stays_in_its_room(page):
    show(page, three(), Show(together=False))
    tops = "all => all.map((lane) => lane.querySelector('.number').textContent)"
    before = page.locator(".lane").evaluate_all(tops)
    menu_of(page, "K562").get_by_role("menuitemradio", name=f"held at {before[1]}").click()
    frame(page)
    asked = acts(page)[-1]
    assert (asked["kind"], asked["track"], asked["top"]) == ("look", 7, pytest.approx(float(before[1]), rel=0.01))
    page.locator(".eb-stage").focus()
    for _ in range(6):
        page.keyboard.press("+")
    frame(page)
    after = page.locator(".lane").evaluate_all(tops)
    assert after[1] == before[1]
    assert after[0] != before[0]
    clip = page.locator(".lane clipPath rect").nth(1)
    assert float(clip.get_attribute("height")) == 58 + 1
    expect(menu_of(page, "K562").get_by_role("menuitemradio", name="held at")).to_have_attribute("aria-checked", "true")
    page.get_by_role("menuitemradio", name="follows").click()
    frame(page)
    assert page.locator(".lane").evaluate_all(tops)[1] != before[1]


TRANSFORMS = "all => all.map((lane) => lane.getAttribute('transform'))"


def test_the_log_ratio_has_symmetric_limits_and_its_formula(page):
    edited = PREDICTED.copy()
    edited[10] = (PREDICTED[10] + 0.01) * 8 - 0.01
    edited[20] = (PREDICTED[20] + 0.01) / 2 - 0.01
    shown = picture(lane(edited=edited), edits=(SNV,), edited_starts=STARTS, edited_ends=STARTS + BIN)
    show(page, shown, Show(difference=False, ratio=True))
    ratio = page.locator(".lane.signed")
    assert ratio.locator(".number").all_text_contents() == ["+3", "−3"]
    assert "log2((edited + 0.01) / (reference + 0.01))" in ratio.locator("title").first.text_content()
    up = ratio.locator(".up").bounding_box()
    assert up["height"] == pytest.approx(18, abs=0.6)
    assert ratio.locator(".down").bounding_box()["height"] == pytest.approx(6, abs=0.6)


def features(**more) -> dict:
    """Two regions that overlap, and one apart, with the last one's summit and score."""
    starts = np.array([1_210_000, 1_211_000, 1_250_000])
    found = {
        "starts": view_parts.array(starts, np.float64),
        "ends": view_parts.array(starts + 4_000, np.float64),
        "labels": ["first", "<b>second</b>", ""],
        "strands": "+-.",
        "scores": view_parts.array(np.array([1, 0.5, 0]), np.float32),
        "summits": view_parts.array(np.array([np.nan, np.nan, 1_252_000]), np.float64),
        "dropped": 12,
    }
    return view_parts.named(found | more)


def entry(part: dict, name: str, kind: str, **more) -> dict:
    return {"part": part["id"], "name": name, "kind": kind, "about": kind, "problem": "", "under": None} | more


def test_annotation_stands_in_rows_with_labels_and_is_named_under_the_pointer(page):
    part = features()
    whole = view_parts.named({"genes": [view_parts.gene_part(gene("OTHER", 1_220_000, 1_240_000))], "dropped": 0})
    entries = (
        entry(part, "mine.bed", "regions"),
        entry(part, "peaks", "peaks", under=4),
        entry(part, "sites", "variants"),
        entry(part, "broken", "regions", problem="line 3: start 500 lies after end 400"),
        entry(whole, "own.gtf", "genes"),
    )
    show(page, three(), features=entries, more={"features0": part, "features1": whole})
    rows = page.locator(".features")
    assert rows.locator(".name").evaluate_all("all => all.map((name) => name.firstChild.data)") == [
        "mine.bed", "sites", "broken", "own.gtf", "peaks",
    ]  # fmt: skip
    regions = rows.first
    assert regions.locator(".tag").all_text_contents() == ["first", "<b>second</b>"], "a label is a text"
    assert [label.get_attribute("y") for label in regions.locator(".tag").all()] == ["11", "29"], "rows do not collide"
    opacities = {path.get_attribute("fill-opacity") for path in regions.locator(".body").all()}
    assert len(opacities) == 3, "by score"
    assert regions.locator(".summit").count() == 1
    assert "12 more in the file" in regions.text_content()
    expect(rows.nth(2)).to_contain_text("line 3: start 500 lies after end 400")
    expect(rows.nth(3)).to_contain_text("OTHER")
    first, second = (page.locator(".lane").nth(i).bounding_box()["y"] for i in (0, 1))
    assert first < rows.nth(4).bounding_box()["y"] < second, "under its lane"
    left, width, _ = plot(page)
    y = page.locator(".eb-picture").bounding_box()["y"] + float(
        re.findall(r"\d+", regions.get_attribute("transform"))[1]
    )
    page.mouse.move(left + width * (1_252_000 - OUTPUT.start) / WIDTH, y + 6)
    expect(page.locator(".eb-readout")).to_contain_text("mine.bed: chr2:1,250,001-1,254,000, summit chr2:1,252,001")
    page.mouse.move(left + width * (1_213_000 - OUTPUT.start) / WIDTH, y + 24)
    expect(page.locator(".eb-readout")).to_contain_text("<b>second</b> (−): chr2:1,211,001-1,215,000")
    expect(page.locator("[aria-live=polite]")).to_contain_text("mine.bed: 3 in view, first first (+)")


def test_what_has_no_room_in_four_rows_is_counted(page):
    starts = np.repeat(1_250_000, 9)
    part = features(
        starts=view_parts.array(starts, np.float64),
        ends=view_parts.array(starts + 500, np.float64),
        labels=[""] * 9, strands="." * 9, scores=None, summits=None, dropped=0,
    )  # fmt: skip
    show(page, three(), features=(entry(part, "many", "regions"),), more={"features0": part})
    assert page.locator(".features .about").evaluate("about => about.firstChild.data") == "+5 more without room"


def test_a_narrow_screen_has_room_for_all(page):
    page.set_viewport_size({"width": 400, "height": 900})
    page.evaluate("document.body.style.width = 'auto'")
    try:
        show(page, three(edited=PREDICTED), Show(residual=True, ratio=True), beyond=BOTH)
        page.wait_for_timeout(100)
        page.locator(".eb-stage").press("e")
        frame(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        assert page.locator(".eb-picture").bounding_box()["width"] <= 400
        assert names(page) == ["DNASE", "DNASE", "DNASE"]
        label, path = (page.locator(f".lane {name}").first.bounding_box() for name in ("> .name", "> g"))
        assert label["y"] + label["height"] <= path["y"] + 5, "the label stands above its lane"
        for button in page.locator(".eb-view button:visible").all():
            box = button.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 400
    finally:
        page.set_viewport_size({"width": 1300, "height": 900})


def test_who_wants_less_motion_sees_none(page):
    page.emulate_media(reduced_motion="reduce")
    show(page, picture(), beyond=Beyond(left="about 2 s", right="about 2 s", waiting="right"))
    assert page.locator(".eb-skeleton").first.evaluate("box => getComputedStyle(box).animationName") == "none"
    page.emulate_media(reduced_motion="no-preference")
