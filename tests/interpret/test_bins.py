from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import InputError, LocusError
from enformer_core.genome.coordinate_map import CoordinateMap
from enformer_core.genome.edit import Edit
from enformer_core.genome.interval import Interval
from enformer_core.interpret.bins import format_bins, parse_bins, region_bins

#: Six bins of 4 bp at 8, 12, 16, 20, 24 and 28.
WINDOW, OUTPUT, BIN = Interval("chr1", 0, 40), Interval("chr1", 8, 32), 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("447,448,449", (447, 448, 449)),
        ("447-449", (447, 448, 449)),
        (" 3 , 1 - 2 ,", (3, 1, 2)),
        ("0", (0,)),
        ("5-5", (5,)),
    ],
)
def test_bins_are_read(text: str, expected: tuple[int, ...]) -> None:
    assert parse_bins(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no bin is chosen. Write bins as 447,448,449 or 447-449"),
        (" , ", "no bin is chosen"),
        ("4x", "'4x' is neither a bin nor a range of bins. Write bins as"),
        ("-4", "'-4' is neither"),
        ("1-2-3", "'1-2-3' is neither"),
        ("1.5", "'1.5' is neither"),
        ("٣", "is neither"),
        ("0-9999999", "'0-9999999' is neither"),
        ("449-447", "the range '449-447' runs backwards. Did you mean 447-449?"),
        ("1,0-3", "bin 1 is chosen twice. Name each bin once"),
    ],
)
def test_what_are_no_bins(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_bins(text)
    assert message in str(caught.value)


def test_runs_are_written_as_ranges() -> None:
    assert format_bins((447, 448, 449, 500, 3, 2)) == "447-449, 500, 3, 2"
    assert format_bins(()) == ""


@given(st.lists(st.integers(0, 60), min_size=1, unique=True))
def test_what_is_written_is_read(bins: list[int]) -> None:
    assert parse_bins(format_bins(bins)) == tuple(bins)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(8, 9, (0,)), (11, 12, (0,)), (11, 13, (0, 1)), (12, 16, (1,)), (31, 32, (5,)), (8, 32, (0, 1, 2, 3, 4, 5))],
)
def test_a_region_touches_bins(start: int, end: int, expected: tuple[int, ...]) -> None:
    assert region_bins(Interval("chr1", start, end), WINDOW, OUTPUT, BIN) == expected


@pytest.mark.parametrize(
    ("region", "message", "clipped"),
    [
        (
            Interval("chr1", 0, 8),
            "chr1:1-8 lies outside the output window, which is chr1:9-32. The nearest bin is 0; "
            "or centre the window on the region",
            None,
        ),
        (Interval("chr1", 32, 40), "The nearest bin is 5;", None),
        (Interval("chr1", 5_000, 6_000), "The nearest bin is 5;", None),
        (
            Interval("chr2", 8, 9),
            "chr2:9-9 lies outside the output window, which is chr1:9-32. Choose a region on",
            None,
        ),
        (
            Interval("chr1", 26, 40),
            "a part of chr1:27-40 lies outside the output window, which is chr1:9-32. "
            "The part inside is chr1:27-32, in bins 4-5",
            "chr1:27-32",
        ),
        (Interval("chr1", 0, 9), "The part inside is chr1:9-9, in bins 0", "chr1:9-9"),
    ],
)
def test_regions_outside(region: Interval, message: str, clipped: str | None) -> None:
    with pytest.raises(LocusError) as caught:
        region_bins(region, WINDOW, OUTPUT, BIN)
    assert message in str(caught.value)
    assert caught.value.clipped == clipped


@pytest.mark.parametrize(
    ("edit", "start", "end", "expected"),
    [
        (Edit(16, 16, "A" * 6), 16, 17, (3,)),  # base 16 moved to index 22
        (Edit(16, 16, "A" * 6), 15, 16, (1,)),
        (Edit(16, 16, "A" * 6), 14, 18, (1, 2, 3)),  # the inserted bases lie in the region
        (Edit(16, 16, "A" * 6), 12, 16, (1,)),  # they stand behind it
        (Edit(16, 24, ""), 24, 25, (2,)),
        (Edit(16, 24, ""), 12, 20, (1,)),
        (Edit(16, 24, ""), 17, 19, (2,)),  # all of it is gone: the next base
        (Edit(16, 17, "C"), 16, 17, (2,)),
    ],
)
def test_a_region_of_an_edited_window(edit: Edit, start: int, end: int, expected: tuple[int, ...]) -> None:
    coordinates = CoordinateMap.build(0, 0, [edit])
    assert region_bins(Interval("chr1", start, end), WINDOW, OUTPUT, BIN, coordinates) == expected


def test_outside_of_an_edited_window_is_said_in_reference_positions() -> None:
    longer = CoordinateMap.build(0, 0, [Edit(16, 16, "A" * 6)])
    with pytest.raises(
        LocusError, match=r"chr1:29-30 lies outside the output window, which is chr1:9-26\. The nearest"
    ):
        region_bins(Interval("chr1", 28, 30), WINDOW, OUTPUT, BIN, longer)
    with pytest.raises(LocusError, match=r"The part inside is chr1:25-26, in bins 5") as caught:
        region_bins(Interval("chr1", 24, 30), WINDOW, OUTPUT, BIN, longer)
    assert region_bins(Interval("chr1", 24, 26), WINDOW, OUTPUT, BIN, longer) == (5,)
    assert caught.value.clipped == "chr1:25-26"
    with pytest.raises(LocusError, match="chr2:25-30 lies outside the output window, which is chr1:9-26"):
        region_bins(Interval("chr2", 24, 30), WINDOW, OUTPUT, BIN, longer)


def test_an_insertion_that_fills_the_output() -> None:
    filled = CoordinateMap.build(0, 0, [Edit(4, 4, "A" * 100)])
    with pytest.raises(LocusError, match="outside the output window"):
        region_bins(Interval("chr1", 20, 24), WINDOW, OUTPUT, BIN, filled)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 5), st.integers(0, 5)), max_size=4),
    st.integers(0, 60),
    st.integers(1, 20),
)
def test_bins_are_those_of_the_regions_bases(steps: list[tuple[int, int, int]], start: int, width: int) -> None:
    edits, at = [], 10
    for gap, n_deleted, n_inserted in steps:
        edits.append(Edit(at + gap, at + gap + n_deleted, "A" * n_inserted))
        at += gap + n_deleted
    window, output = Interval("chr1", 5, 205), Interval("chr1", 5, 205)
    coordinates = CoordinateMap.build(5, 0, edits)
    index = range(200)
    places = [int(coordinates.to_ref(i)) if coordinates.to_ref(i + 1) > coordinates.to_ref(i) else -1 for i in index]
    region = Interval("chr1", 5 + start, 5 + start + width)
    held = [i for i in index if region.start <= places[i] < region.end] or [int(coordinates.to_alt(region.start))]
    expected = tuple(range(min(held) // 8, max(held) // 8 + 1))
    assert region_bins(region, window, output, 8, coordinates) == expected
