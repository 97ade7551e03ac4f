from __future__ import annotations

import pickle

import pytest

from enformer_core.errors import LocusError
from enformer_core.genome.interval import Interval


def test_the_first_hundred_bases() -> None:
    interval = Interval("chr1", 0, 100)
    assert (interval.width, interval.center, interval.strand) == (100, 50, ".")


def test_center_is_the_base_right_of_the_middle() -> None:
    assert Interval("chr1", 0, 4).center == 2
    assert Interval("chr1", 0, 5).center == 2
    assert Interval("chr1", -3, 2).center == -1


def test_centered_puts_the_center_at_half_the_width() -> None:
    window = Interval.centered("chr1", 1_000_000, 196_608)
    assert (window.start, window.end) == (901_696, 1_098_304)
    assert window.center == 1_000_000
    assert Interval.centered("chr1", 10, 5) == Interval("chr1", 8, 13)


@pytest.mark.parametrize(
    ("start", "end", "shared"),
    [(0, 10, None), (0, 11, (10, 11)), (12, 15, (12, 15)), (19, 30, (19, 20)), (20, 30, None), (0, 99, (10, 20))],
)
def test_overlap_of_half_open_intervals(start: int, end: int, shared: tuple[int, int] | None) -> None:
    here, other = Interval("chr1", 10, 20, "+"), Interval("chr1", start, end)
    assert here.overlaps(other) == other.overlaps(here) == (shared is not None)
    assert here.intersection(other) == (shared and Interval("chr1", *shared, "+"))
    assert here.contains(other) == (shared == (start, end))


def test_other_chromosomes_share_nothing() -> None:
    here, other = Interval("chr1", 10, 20), Interval("chr2", 10, 20)
    assert not here.overlaps(other)
    assert not here.contains(other)
    assert here.intersection(other) is None


def test_shifted_keeps_width_and_strand() -> None:
    assert Interval("chr1", 10, 20, "-").shifted(-15) == Interval("chr1", -5, 5, "-")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (("", 0, 1), "needs a chromosome"),
        (("chr1", 5, 5), "start 5 is not before end 5"),
        (("chr1", 6, 5), "start 6 is not before end 5"),
        (("chr1", 0.0, 5), "whole numbers, not '0.0' and '5'"),
        (("chr1", True, 5), "whole numbers"),
        (("chr1", 0, 5, "x"), "strand 'x'"),
    ],
)
def test_wrong_bounds_are_refused(bad: tuple, words: str) -> None:
    with pytest.raises(LocusError, match=words):
        Interval(*bad)


def test_is_a_value() -> None:
    interval = Interval("chr1", 3, 9, "+")
    assert pickle.loads(pickle.dumps(interval)) == interval  # noqa: S301  crosses process borders
    assert len({interval, Interval("chr1", 3, 9, "+")}) == 1
    with pytest.raises(AttributeError):
        interval.start = 4  # type: ignore[misc]
