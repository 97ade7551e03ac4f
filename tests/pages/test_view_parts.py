"""What the browser is sent of a picture, read back as the browser reads it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.tracks.table import Track
from pages._ui import view_parts
from pages._ui.picture import Lane, Picture

BIN, N = 128, 16
OUTPUT = Interval("chr2", 1_000, 1_000 + BIN * N)
READ = Interval("chr2", 0, 4_096)
STARTS = OUTPUT.start + BIN * np.arange(N, dtype=np.int64)


def lane(index: int, **more) -> Lane:
    track = Track(index, f"ENCFF{index}", "DNASE", "HepG2", "", "DNASE:HepG2")
    return Lane(track, np.arange(N, dtype=np.float32), "coverage", **more)


def picture(*lanes: Lane, **more) -> Picture:
    common = {"view": OUTPUT, "rows": np.arange(N), "genes": None, "length": 10_000} | more
    return Picture(READ, OUTPUT, bin_size=BIN, starts=STARTS, ends=STARTS + BIN, lanes=lanes, **common)


def array(sent: object) -> np.ndarray:
    assert isinstance(sent, dict)
    return np.frombuffer(base64.b64decode(sent["b64"]), dtype=sent["type"])


def bases_of(part: dict) -> str:
    codes = array(part["codes"])
    letters = ["ACGT"[(codes[i >> 2] >> (2 * (i & 3))) & 3] for i in range(part["read"]["end"] - part["read"]["start"])]
    for start, end in part["unknown"]:
        letters[start - part["read"]["start"] : end - part["read"]["start"]] = "N" * (end - start)
    return "".join(letters)


@given(st.text("ACGTN", min_size=1, max_size=50), st.integers(-20, 20))
def test_bases_come_back_as_they_were(bases, start):
    shown = replace(picture(), read=Interval("chr2", start, start + len(bases)))
    assert bases_of(view_parts.parts(shown, bases)["window"]) == bases


def test_numbers_come_back_as_they_were():
    measured = np.full(N, 2.5, np.float32)
    measured[3] = np.nan
    shown = picture(lane(4, experiment=measured, file="x.bw"), lane(7))
    sent = view_parts.parts(shown, "A" * READ.width)
    assert list(sent) == ["window", "lane-4", "lane-7"]
    np.testing.assert_array_equal(array(sent["window"]["starts"]), STARTS)
    np.testing.assert_array_equal(array(sent["lane-4"]["predicted"]), np.arange(N))
    np.testing.assert_array_equal(array(sent["lane-4"]["experiment"]), measured)
    assert sent["lane-7"]["experiment"] is None


def test_an_edit_changes_no_part_but_its_own():
    """What the browser has is known by its id, so what did not change is not sent again."""
    before = view_parts.parts(picture(lane(4), lane(7)), "A" * READ.width)
    changed = [lane(i, edited=np.full(N, i, np.float32)) for i in (4, 7)]
    edited = picture(
        *changed, edits=(Variant("chr2", 1_100, "A", "C"),), edited_starts=STARTS + 5, edited_ends=STARTS + 5 + BIN
    )
    after = view_parts.parts(edited, "A" * READ.width)
    assert {slot: part["id"] for slot, part in after.items() if slot != "edited"} == {
        slot: part["id"] for slot, part in before.items()
    }
    np.testing.assert_array_equal(array(after["edited"]["lane1"]), np.full(N, 7))
    np.testing.assert_array_equal(array(after["edited"]["starts"]), STARTS + 5)


def test_other_numbers_have_another_id():
    one = view_parts.parts(picture(lane(4)), "A" * READ.width)
    other = view_parts.parts(picture(replace(lane(4), predicted=np.ones(N, np.float32))), "A" * READ.width)
    assert one["lane-4"]["id"] != other["lane-4"]["id"]
    assert one["window"]["id"] == other["window"]["id"]


def test_the_view_names_its_parts_and_edits_count_from_one():
    edits = (Variant("chr2", 1_100, "A", "C"), Variant("chr2", 1_200, "ATTT", "A"))
    shown = picture(
        lane(4, edited=np.zeros(N, np.float32)), edits=edits, edited_starts=STARTS, edited_ends=STARTS + BIN
    )
    sent = view_parts.parts(shown, "A" * READ.width)
    told = view_parts.view(shown, sent, view_parts.Show(log=True), {"question": "?"}, is_shareable=False)
    assert told["window"] == sent["window"]["id"]
    assert told["edited"] == sent["edited"]["id"]
    assert [(e["number"], e["start"], e["end"], e["alt"]) for e in told["edits"]] == [
        (1, 1_099, 1_100, "C"),
        (2, 1_200, 1_203, ""),
    ]
    assert told["show"] == {"residual": False, "difference": True, "together": True, "log": True, "scale": "view"}
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize(("assay", "target", "name"), [("CHIP", "H3K27ac", "h3k27ac"), ("ATAC", "", "dnase")])
def test_a_lane_has_the_colour_of_what_was_measured(assay, target, name):
    track = Track(1, "I", assay, "", target, "")
    shown = picture(Lane(track, np.zeros(N, np.float32), ""))
    told = view_parts.view(shown, view_parts.parts(shown, "A" * READ.width), view_parts.Show(), {}, is_shareable=True)
    assert told["lanes"][0]["colour"] == name
