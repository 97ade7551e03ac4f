"""The view in a real browser, without a server behind it: what is sent is made by the app's own code."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from browser_driver import NEEDS_CHROMIUM
from playwright.sync_api import expect
from view_driver import (
    BASES,
    BIN,
    MEASURED,
    OUTPUT,
    PREDICTED,
    READ,
    SNV,
    WORDS,
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
from enformer_core.tracks.compare import pearson
from enformer_core.tracks.table import Track
from pages._ui.picture import Lane

pytestmark = NEEDS_CHROMIUM


def test_the_axis_says_what_is_shown_from_1_with_both_ends(page):
    show(page, picture())
    assert where(page) == "chr2:1,204,001-1,318,688"
    assert page.locator(".eb-width").inner_text() == "114,688 bp"
    labels = page.locator(".tick").all_text_contents()
    assert labels[0] == "1,210 k"
    assert 6 <= len(labels) <= 13


def test_a_bin_reaches_from_its_first_base_to_its_last(page):
    """On screen, against the ruler: the path's own numbers through the transform of its group."""
    values = np.zeros(N, np.float32)
    values[448] = 7
    show(page, picture(lane(predicted=values)))
    left, width, _ = plot(page)
    box = page.evaluate(
        """() => { const line = document.querySelector(".line"); const m = line.getScreenCTM();
        const path = line.getAttribute("d");
        const [from, to] = [path.match(/H([\\d.]+)V7/), path.match(/V7H([\\d.]+)/)];
        return [m.a * from[1] + m.e, m.a * to[1] + m.e, m.d * 7 + m.f, m.f] }"""
    )
    assert box[0] == pytest.approx(left + width * 448 / N, abs=0.6)
    assert box[1] == pytest.approx(left + width * 449 / N, abs=0.6)
    assert box[3] - box[2] == pytest.approx(57, abs=0.5), "the highest bin fills the lane"


def test_r_of_the_view_is_pearson_and_follows_it(page):
    shown = picture(lane(experiment=MEASURED, file="x.bw"))
    show(page, shown)
    expected = pearson(PREDICTED, MEASURED)
    title = page.locator(".r title").text_content()
    assert f"{expected.r:.3f} over 896 bins" in title
    page.locator(".eb-stage").press("+")
    frame(page)
    first = -(-(OUTPUT.start + OUTPUT.width // 4 - OUTPUT.start) // BIN)
    part = pearson(PREDICTED[first : first + 448], MEASURED[first : first + 448])
    assert f"{part.r:.3f} over 448 bins" in page.locator(".r title").text_content()
    assert f"of the whole window {expected.r:.2f}" in page.locator(".r title").text_content()


def test_dragging_moves_and_the_wheel_zooms_about_the_pointer(page):
    show(page, picture())
    left, width, y = plot(page)
    page.mouse.move(left + width / 4, y)
    page.mouse.wheel(0, -400)
    frame(page)
    start, end = ends(page)
    assert end - start < 60_000
    assert start + (end - start) / 4 == pytest.approx(OUTPUT.start + OUTPUT.width / 4, abs=200), (
        "the pointer's base stays"
    )
    page.mouse.move(left + width / 2, y)
    page.mouse.down()
    page.mouse.move(left + width / 2 - 200, y, steps=5)
    page.mouse.up()
    frame(page)
    moved = ends(page)
    assert moved[1] - moved[0] == pytest.approx(end - start, abs=2)
    assert moved[0] - start == pytest.approx(200 / width * (end - start), abs=30)


def test_a_box_with_shift_zooms_to_it(page):
    show(page, picture())
    left, width, y = plot(page)
    page.keyboard.down("Shift")
    page.mouse.move(left + width * 0.25, y)
    page.mouse.down()
    page.mouse.move(left + width * 0.5, y, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    frame(page)
    start, end = ends(page)
    assert start == pytest.approx(OUTPUT.start + OUTPUT.width / 4, abs=150)
    assert end == pytest.approx(OUTPUT.start + OUTPUT.width / 2, abs=150)


def test_keys_do_what_the_mouse_does(page):
    show(page, picture())
    stage = page.locator(".eb-stage")
    stage.press("+")
    frame(page)
    start, end = ends(page)
    assert end - start == pytest.approx(OUTPUT.width / 2, abs=2)
    stage.press("Shift+ArrowRight")
    frame(page)
    assert ends(page)[0] - start == pytest.approx((end - start) / 2, abs=2)
    stage.press("0")
    frame(page)
    assert ends(page) == (OUTPUT.start, OUTPUT.end)
    for _ in range(3):
        stage.press("-")
    frame(page)
    assert ends(page) == (READ.start, READ.end), "no farther than what is read"
    assert page.locator(".border").count() == 2, "what is read only is hatched"
    stage.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("undo an edit")
    page.get_by_role("button", name="Close").click()


def test_the_bases_show_when_there_is_room_and_are_the_reference(page):
    show(page, picture(view=Interval("chr2", 1_261_300, 1_261_396)))
    letters = "".join(page.locator(".base").all_text_contents())
    assert letters == BASES[1_261_300 - READ.start : 1_261_396 - READ.start]
    assert where(page) == "chr2:1,261,301-1,261,396"
    page.locator(".eb-stage").press("0")
    frame(page)
    assert page.locator(".base").count() == 0
    expect(page.locator(".eb-picture")).to_contain_text("zoom in under 250 bp")


def test_n_is_shown_as_n(page):
    unknown = BASES[:1000] + "N" * 500 + BASES[1500:]
    shown = picture(view=Interval("chr2", READ.start + 990, READ.start + 1030))
    show(page, shown, bases=unknown)
    assert "".join(page.locator(".base").all_text_contents()) == unknown[990:1030]


def test_typing_a_base_asks_for_a_substitution_and_moves_on(page):
    at = 1_261_344
    show(page, picture(view=Interval("chr2", at - 20, at + 20)))
    stage = page.locator(".eb-stage")
    stage.press("e")
    left, width, _ = plot(page)
    box = page.locator(".base").first.bounding_box()
    page.mouse.click(left + width * 20.5 / 40, box["y"] + 5)
    stage.press("c")
    stage.press("Shift+ArrowRight")
    stage.press("Delete")
    stage.press("Control+z")
    asked = page.evaluate("window.asked.at(-1).acts")
    assert [a["kind"] for a in asked] == ["substitute", "delete", "undo"]
    assert [a["serial"] for a in asked] == [1, 2, 3], "all that is not known to be done goes each time"
    assert (asked[0]["start"], asked[0]["letters"]) == (at, "C")
    assert (asked[1]["start"], asked[1]["end"]) == (at + 1, at + 3)


def test_a_stretch_is_dragged_out_and_deleted(page):
    show(page, picture())
    page.get_by_role("button", name="Edit bases (e)").click()
    left, width, y = plot(page)
    page.mouse.move(left + width * 0.25, y)
    page.mouse.down()
    page.mouse.move(left + width * 0.26, y, steps=3)
    page.mouse.up()
    frame(page)
    page.get_by_role("button", name="Delete the chosen bases").click()
    (asked,) = page.evaluate("window.asked.at(-1).acts")
    assert asked["kind"] == "delete"
    assert asked["start"] == pytest.approx(OUTPUT.start + OUTPUT.width * 0.25, abs=150)
    assert asked["end"] - asked["start"] == pytest.approx(OUTPUT.width * 0.01, abs=150)


def test_bases_are_inserted_by_their_letters(page):
    at = 1_261_344
    show(page, picture(view=Interval("chr2", at - 20, at + 20)))
    stage = page.locator(".eb-stage")
    stage.press("e")
    stage.press("i")
    page.get_by_label("Bases to insert before it").fill("GATA")
    page.get_by_label("Bases to insert before it").press("Enter")
    (asked,) = page.evaluate("window.asked.at(-1).acts")
    assert (asked["kind"], asked["letters"], asked["start"]) == ("insert", "GATA", at)


def test_the_edited_line_is_drawn_only_where_it_differs_by_over_a_hundredth_of_the_range(page):
    values = np.full(N, 1.0, np.float32)
    values[0] = 10.0
    changed = values.copy()
    changed[20:22] += 0.2
    changed[40] -= 0.5
    changed[50] += 0.09
    show(page, picture(lane(predicted=values, edited=changed), edits=(SNV,)))
    path = page.locator(".lane.dnase path.edited").get_attribute("d")
    assert [int(float(x)) // BIN for x in re.findall(r"M([\d.]+)", path)] == [20, 40]
    assert page.locator(".eb-modes").is_visible()
    page.get_by_role("button", name="Draw the reference alone").click()
    frame(page)
    assert page.locator(".lane.dnase path.edited").get_attribute("d") is None
    page.get_by_role("button", name="Draw the edited sequence alone").click()
    frame(page)
    assert "V9.99" not in page.locator(".line").get_attribute("d")
    assert re.search(r"V1\.2\d*H", page.locator(".line").get_attribute("d"))


def test_an_edit_has_a_disc_with_its_number_a_label_and_its_letters(page):
    show(page, picture(lane(edited=PREDICTED), edits=(SNV,)))
    assert page.locator(".count").text_content() == "1"
    assert page.locator(".tag").text_content() == f"{SNV.ref} › {SNV.alt}"
    left, width, _ = plot(page)
    disc = page.locator("circle.disc").bounding_box()
    middle = disc["x"] + disc["width"] / 2
    assert middle == pytest.approx(left + width * (SNV.pos - 0.5 - OUTPUT.start) / OUTPUT.width, abs=1)
    line = page.locator(".upward").bounding_box()
    assert line["y"] < page.locator(".lane").first.bounding_box()["y"] + 10, "up through every lane"
    page.locator(".eb-stage").press("]")
    page.locator(".eb-stage").press("[")
    show(page, picture(lane(edited=PREDICTED), edits=(SNV,), view=Interval("chr2", SNV.pos - 30, SNV.pos + 30)))
    assert page.locator(".base.added").text_content() == SNV.alt


def test_the_readout_says_what_every_lane_has_there(page):
    changed = PREDICTED.copy()
    changed[448] = PREDICTED[448] * 2 + 1
    show(page, picture(lane(edited=changed, experiment=MEASURED, file="x"), edits=(SNV,)))
    left, width, y = plot(page)
    page.mouse.move(left + width * 448.5 / N, y)
    said = page.locator(".eb-readout").inner_text()
    assert "chr2:1,261,345-1,261,472" in said
    assert "bin 448 · ERYA3 TSS" in said
    fold = np.log2((changed[448] + 0.01) / (PREDICTED[448] + 0.01))
    assert f"(log2 FC +{fold:.2f})" in said
    assert "exp." in said
    page.mouse.move(5, 5)


def test_moving_asks_the_server_for_nothing(page):
    show(page, picture(lane(edited=PREDICTED, experiment=MEASURED, file="x"), edits=(SNV,)))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    left, width, y = plot(page)
    page.mouse.move(left + width / 2, y)
    page.mouse.wheel(0, -600)
    page.mouse.down()
    page.mouse.move(left + width / 3, y, steps=5)
    page.mouse.up()
    for key in ("+", "ArrowLeft", "Shift+ArrowRight", "-", "0"):
        page.locator(".eb-stage").press(key)
    frame(page)
    assert not requests
    assert not page.evaluate("window.asked")


def test_whoever_leaves_the_picture_tells_what_is_on_screen(page):
    show(page, picture())
    left, _, y = plot(page)
    page.mouse.move(left + 100, y)
    page.locator(".eb-stage").press("+")
    frame(page)
    assert page.evaluate("window.asked") == []
    page.mouse.move(left + 100, 5000)
    page.evaluate("document.querySelector('.eb-view').dispatchEvent(new PointerEvent('pointerleave'))")
    (told,) = page.evaluate("window.asked")
    assert told["acts"] == []
    assert (told["view"]["start"], told["view"]["end"]) == ends(page)


def test_the_address_follows_the_view(page, view_address):
    show(page, picture())
    page.locator(".eb-stage").press("+")
    page.wait_for_url(f"{view_address}?view=chr2%3A1232673-1290016")


def test_pictures_are_saved_as_svg_and_png(page, tmp_path):
    show(page, picture(lane(experiment=MEASURED, file="x"), simulated="simulated: model demo"))
    for name, kind in (("Save the picture as SVG", "svg"), ("Save the picture as PNG", "png")):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name).click()
        assert waiting.value.suggested_filename == f"picture.{kind}"
        waiting.value.save_as(tmp_path / f"picture.{kind}")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
    svg = ElementTree.parse(tmp_path / "picture.svg").getroot()  # noqa: S314 - our own file
    words = "".join(svg.itertext())
    assert "ERYA3" in words
    assert "simulated: model demo" in words
    assert "model m" in words
    assert "var(" not in (tmp_path / "picture.svg").read_text(), "it stands alone"


def test_row_16_texts_from_files_are_texts(page):
    bad = "<img src=x onerror=alert(1)>"
    shown = Lane(Track(1, bad, "CAGE", bad, "", bad), PREDICTED, bad, file=bad, problem=bad)
    show(page, picture(shown, genes=(gene(bad[:20], 1_210_000, 1_220_000),)), words=WORDS | {"question": bad})
    assert page.locator("#view img").count() == 0
    expect(page.locator(".eb-picture")).to_contain_text("<img src=x")


def test_row_09_bases_off_the_chromosome_are_greyed(page):
    show(page, picture(length=OUTPUT.end - 1000))
    box = page.locator(".off").bounding_box()
    left, width, _ = plot(page)
    assert box["x"] == pytest.approx(left + width * (1 - 1000 / OUTPUT.width), abs=1)


def test_labels_of_genes_do_not_collide(page):
    genes = tuple(gene(f"GENE{i:03}", 1_204_000 + 2_500 * i, 1_205_000 + 2_500 * i) for i in range(40))
    show(page, picture(genes=genes))
    boxes = [label.bounding_box() for label in page.locator("text.gene").all()]
    assert len(boxes) >= 20
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            apart = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            assert apart or abs(one["y"] - other["y"]) > 10
    expect(page.locator(".genes")).to_contain_text("more without room")


def test_what_a_sighted_person_would_notice_first_is_said(page):
    values = np.zeros(N, np.float32)
    values[100] = 5
    show(page, picture(lane(predicted=values)))
    expect(page.locator("[aria-live=polite]")).to_contain_text(
        "In view: chr2:1,204,001-1,318,688. DNASE HepG2: highest predicted bin 5 at chr2:1,216,801-1,216,928."
    )
    assert page.locator(".eb-picture").get_attribute("aria-label").startswith("Predicted DNASE at ERYA3")
