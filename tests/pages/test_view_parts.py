"""What the browser is sent of a picture, read back as the browser reads it."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.tracks.table import Track
from pages._ui import view_parts
from pages._ui.looks import Look, Show
from pages._ui.picture import Lane, Picture
from pages._ui.theme import LANE_COLOURS
from pages._ui.tiles import Beyond

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
    read = Interval("chr2", start, start + len(bases))
    shown = replace(picture(), read=read, output=read)
    assert bases_of(view_parts.parts(shown, bases)["window0"]) == bases


def test_numbers_come_back_as_they_were():
    measured = np.full(N, 2.5, np.float32)
    measured[3] = np.nan
    shown = picture(lane(4, experiment=measured, file="x.bw"), lane(7))
    sent = view_parts.parts(shown, "A" * READ.width)
    assert list(sent) == ["window0", "lane0-4", "lane0-7"]
    np.testing.assert_array_equal(array(sent["window0"]["starts"]), STARTS)
    np.testing.assert_array_equal(array(sent["lane0-4"]["predicted"]), np.arange(N))
    np.testing.assert_array_equal(array(sent["lane0-4"]["experiment"]), measured)
    assert sent["lane0-7"]["experiment"] is None


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
    assert one["lane0-4"]["id"] != other["lane0-4"]["id"]
    assert one["window0"]["id"] == other["window0"]["id"]


def test_the_view_names_its_parts_and_edits_count_from_one():
    edits = (Variant("chr2", 1_100, "A", "C"), Variant("chr2", 1_200, "ATTT", "A"))
    shown = picture(
        lane(4, edited=np.zeros(N, np.float32)), edits=edits, edited_starts=STARTS, edited_ends=STARTS + BIN
    )
    sent = view_parts.parts(shown, "A" * READ.width)
    told = view_parts.view(shown, sent, Show(log=True), {"question": "?"}, is_shareable=False)
    assert told["tiles"] == [{"window": sent["window0"]["id"], "lanes": [sent["lane0-4"]["id"]]}]
    assert told["edited"] == sent["edited"]["id"]
    assert [(e["number"], e["start"], e["end"], e["alt"]) for e in told["edits"]] == [
        (1, 1_099, 1_100, "C"),
        (2, 1_200, 1_203, ""),
    ]
    assert told["show"] == asdict(Show(log=True))
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize(("assay", "target", "name"), [("CHIP", "H3K27ac", "h3k27ac"), ("ATAC", "", "dnase")])
def test_a_lane_has_the_colour_of_what_was_measured(assay, target, name):
    track = Track(1, "I", assay, "", target, "")
    shown = picture(Lane(track, np.zeros(N, np.float32), ""))
    told = view_parts.view(shown, view_parts.parts(shown, "A" * READ.width), Show(), {}, is_shareable=True)
    assert told["lanes"][0]["colour"] == name


def test_a_lane_is_drawn_as_somebody_chose_else_as_usual():
    shown = picture(lane(4), lane(7))
    sent = view_parts.parts(shown, "A" * READ.width)
    told = view_parts.view(shown, sent, Show(), {}, is_shareable=True, looks={7: Look("large", "ctcf")})
    looks = [(one["track"], one["height"], one["colour"]) for one in told["lanes"]]
    assert looks == [(4, "medium", "dnase"), (7, "large", "ctcf")]
    assert [(one["name"], one["label"]) for one in told["palette"]] == list(LANE_COLOURS.items())


def wide(tiles: tuple[int, int], *, rows: np.ndarray | None = None) -> tuple[Picture, str]:
    """Windows of 8 bins around the one from 1,000 on, of which some bins may be off the contig."""
    left, right = tiles
    output = Interval("chr2", 1_000 - left * 1_024, 1_000 + (right + 1) * 1_024)
    read = Interval("chr2", output.start - 512, output.end + 512)
    n = output.width // BIN
    rows = np.arange(n) if rows is None else rows
    starts = output.start + BIN * rows
    values = (starts / 7).astype(np.float32)
    measured = np.arange(output.start, output.end, BIN).astype(np.float32)
    shown = Lane(lane(4).track, values, "", measured, edited=np.zeros(n, np.float32))
    found = picture(shown, view=output, edits=(Variant("chr2", 1_100, "A", "C"),))
    found = replace(found, read=read, output=output, starts=starts, ends=starts + BIN, rows=rows, tiles=tiles)
    bases = "".join("ACGT"[p * p // 5 % 4] for p in range(read.start, read.end))
    return replace(found, edited_starts=starts, edited_ends=starts + BIN), bases


def test_windows_put_beside_a_picture_leave_its_parts_as_they_are():
    """So that the browser is sent only what is new; and no bin is in two of them."""
    alone, more = (view_parts.parts(*wide(tiles)) for tiles in ((0, 0), (2, 1)))
    assert alone["window0"] == more["window0"]
    assert alone["lane0-4"] == more["lane0-4"]
    assert list(more)[:2] == ["window0", "lane0-4"], "what is new stands after what was there"
    told = view_parts.view(wide((2, 1))[0], more, Show(), {}, is_shareable=True)
    assert [tile["window"] for tile in told["tiles"]] == [more[f"window{k}"]["id"] for k in (-2, -1, 0, 1)]
    assert told["id"] == alone["window0"]["id"]
    starts = np.concatenate([array(more[f"window{k}"]["starts"]) for k in (-2, -1, 0, 1)])
    assert np.array_equal(starts, 1_000 - 2_048 + BIN * np.arange(32))
    shown, bases = wide((2, 1))
    for k in (-2, -1, 0, 1):
        part = more[f"window{k}"]
        assert part["output"] == {"start": 1_000 + k * 1_024, "end": 2_024 + k * 1_024}
        start, end = part["read"]["start"], part["read"]["end"]
        assert bases_of(part) == bases[start - shown.read.start : end - shown.read.start]
        predicted = array(more[f"lane{k}-4"]["predicted"])
        assert np.array_equal(predicted, (array(part["starts"]) / 7).astype(np.float32))
        assert np.array_equal(array(more[f"lane{k}-4"]["experiment"]), array(part["starts"]).astype(np.float32))
    assert len(array(more["edited"]["lane0"])) == 32


def test_a_window_at_the_end_of_a_contig_has_the_bins_that_are_on_it():
    sent = view_parts.parts(*wide((1, 0), rows=np.arange(5, 16)))
    assert len(array(sent["window-1"]["starts"])) == 3
    assert len(array(sent["window0"]["starts"])) == 8
    assert array(sent["lane-1-4"]["experiment"]).tolist() == array(sent["window-1"]["starts"]).tolist()


def test_what_lies_beyond_is_told():
    shown = picture(lane(4))
    sent = view_parts.parts(shown, "A" * READ.width)
    beyond = Beyond("about 2 s", None, "right")
    told = view_parts.view(shown, sent, Show(), {}, is_shareable=True, beyond=beyond, features=[{"part": "x"}])
    assert told["beyond"] == {"left": "about 2 s", "right": None, "waiting": "right"}
    assert told["features"] == [{"part": "x"}]
