"""Edits in the figure: where the edited line is drawn, marks and their words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.tracks.table import Track
from pages._ui import edit_marks, edited, figure, lane_traces, links, theme
from pages._ui.picture import Lane, Picture

BIN, N = 128, 64
OUTPUT = Interval("chr2", 100_000, 100_000 + BIN * N)
STARTS = OUTPUT.start + BIN * np.arange(N, dtype=np.int64)
SNV = Variant("chr2", 101_000, "A", "C")


def picture(values: np.ndarray, changed: np.ndarray, *edits: Variant, **more) -> Picture:
    track = Track(4, "ENCFF1", "DNASE", "HepG2", "", "DNASE:HepG2")
    lane = Lane(track, values.astype(np.float32), "", edited=changed.astype(np.float32))
    common = {"rows": np.arange(N), "genes": None, "length": 10**8, "edits": edits}
    return Picture(
        OUTPUT, OUTPUT, more.pop("view", OUTPUT), BIN, STARTS, STARTS + BIN, lanes=(lane,), edited_starts=STARTS,
        edited_ends=STARTS + BIN, **common, **more,
    )  # fmt: skip


def line_of(built):
    return [t for t in built.data if t.mode == "lines" and t.line.color == theme.LIGHT.edited]


def test_the_edited_line_is_drawn_only_where_it_differs_by_over_a_hundredth_of_the_range():
    values = np.full(N, 1.0)
    values[0] = 10.0  # the range is 0 to 10, so a hundredth of it is 0.1
    changed = values.copy()
    changed[20:22] += 0.2
    changed[40] -= 0.5
    changed[50] += 0.09
    (line,) = line_of(figure.build(picture(values, changed, SNV), theme.LIGHT))
    x, y = np.asarray(line.x, dtype=float), np.asarray(line.y, dtype=float)
    drawn = ~np.isnan(y)
    assert sorted(set(x[drawn])) == [
        STARTS[20] + 0.5,
        STARTS[21] + 0.5,
        STARTS[22] + 0.5,
        STARTS[40] + 0.5,
        STARTS[41] + 0.5,
    ]
    assert np.isnan(y).sum() == 1, "one gap between the two stretches"
    assert y[drawn] == pytest.approx([1.2, 1.2, 1.2, 1.2, 0.5, 0.5])


def test_no_line_where_nothing_changes_and_the_mark_still_stands():
    built = figure.build(picture(np.ones(N), np.ones(N), SNV), theme.LIGHT)
    assert not line_of(built)
    discs = next(t for t in built.data if t.mode == "markers+text")
    assert (list(discs.x), list(discs.text)) == ([101_000.0], ["<b>1</b>"])
    (dotted,) = [s for s in built.layout.shapes if s.line.dash == "dot"]
    assert (dotted.x0, dotted.x1) == (101_000, 101_000)
    assert dotted.y1 > built.layout.yaxis3.domain[1], "up through every lane"
    assert dotted.y0 < built.layout.yaxis3.domain[0]
    assert "A › C" in [a.text for a in built.layout.annotations]


def test_the_range_holds_the_edited_prediction():
    changed = np.ones(N)
    changed[3] = 7
    shown = picture(np.ones(N), changed, SNV)
    assert lane_traces.y_range(shown.lanes[0], shown) == (0, 7)


def test_the_readout_tells_the_edited_value_and_the_change():
    values, changed = np.full(N, 3.99), np.full(N, 3.99)
    changed[5] = 0.99
    said = edit_marks.readout(picture(values, changed, SNV), picture(values, changed).lanes[0])
    assert said[5] == " · edited 0.99 (log2 FC −2.00)"
    assert said[6] == " · edited 3.99 (log2 FC +0.00)"


def test_marks_that_crowd_stand_side_by_side_and_those_out_of_view_are_counted():
    edits = [replace(SNV, pos=pos) for pos in (101_000, 101_001, 101_002, 200_000)]
    shown = picture(np.ones(N), np.ones(N), *edits)
    built = figure.build(shown, theme.LIGHT)
    discs = next(t for t in built.data if t.mode == "markers+text")
    assert list(discs.text) == ["<b>1</b>", "<b>2</b>", "<b>3</b>"]
    px = OUTPUT.width / 1000
    assert np.all(np.diff(discs.x) >= edit_marks.DISC_PX * px)
    assert edit_marks.about(shown) == "1 out of view"
    assert sum(a.text == "A › C" for a in built.layout.annotations) == 1, "only the last of a crowd has room for words"


@pytest.mark.parametrize(
    ("ref", "alt", "words"),
    [
        ("A", "C", "A › C"),
        ("AT", "A", "del T"),
        ("A" + "G" * 320, "A", "del 320 bp"),
        ("A", "AGATTACA", "ins 7 bp"),
        ("A", "ACC", "ins CC"),
        ("ACGTACGTAC", "TTTT", "10 bp › 4 bp"),
        ("AT", "GC", "AT › GC"),
    ],
)
def test_an_edit_in_a_few_letters(ref, alt, words):
    assert edit_marks.label(Variant("chr1", 1000, ref, alt)) == words


def test_a_mark_stands_in_the_middle_of_what_is_gone():
    assert edit_marks.middle(Variant("chr1", 1000, "A", "C")) == 1000
    assert edit_marks.middle(Variant("chr1", 1000, "AGGG", "A")) == 1002  # bases 1001 to 1003
    assert edit_marks.middle(Variant("chr1", 1000, "A", "AGG")) == 1001  # before base 1001


bins = arrays.arrays(np.float32, N, elements=st.floats(0, 100, width=32))


@given(bins, st.integers(-200, 200))
def test_bins_that_an_indel_has_merely_moved_do_not_count_as_changed(values, shift):
    """A moved bin whose value lies between those of the bins underneath is no change."""
    ends = STARTS + BIN
    moved = STARTS + shift
    under = edited.at(moved + 1, STARTS, ends, values)
    known = ~np.isnan(under)
    shows = edited.differs((moved[known], moved[known] + BIN, under[known]), (STARTS, ends, values), 0.0)
    assert not shows.any()


@given(bins, bins, st.floats(0, 10))
def test_aligned_bins_differ_exactly_where_their_values_do(values, changed, least):
    shows = edited.differs((STARTS, STARTS + BIN, changed), (STARTS, STARTS + BIN, values), least)
    low, high = values.astype(np.float64) - least, values.astype(np.float64) + least
    np.testing.assert_array_equal(shows, (changed > high) | (changed < low))


def test_edits_of_a_link():
    assert links.read_edits("") == ((), ())
    assert links.read_edits("chr1:1000:A>C,chr1:1010:G>T")[0] == (
        Variant("chr1", 1000, "A", "C"),
        Variant("chr1", 1010, "G", "T"),
    )
    found, notes = links.read_edits(",".join(f"chr1:{1000 + i}:A>C" for i in range(25)))
    assert len(found) == links.MAX_EDITS
    assert notes == ("the link has 25 edits, the first 20 are applied",)
    assert "at most 1,000 are read" in links.read_edits("chr1:1:A>C," * 100)[1][0]
    assert links.read_edits("chr1:1000:del")[0] == ()
