"""Contact and boundaries, against sums written out in plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from planted import empty, write_boundary

from enformer_core.demo.contact import (
    BLOCK,
    REACH,
    Boundaries,
    boundaries,
    contact,
    insulation,
    regulation,
)
from enformer_core.demo.sites import Sites, find_sites

NO_BOUNDARY = Boundaries(np.zeros(0, np.int64), np.zeros(0, np.int64))


def test_contact_falls_from_one_to_nothing() -> None:
    distance = np.arange(0, REACH + 5_000, 64)
    met = contact(distance)
    assert met[0] == 1
    assert (np.diff(met[distance <= REACH]) < 0).all()
    assert (met[distance >= REACH] == 0).all()
    assert met[(distance >= REACH - 64) & (distance < REACH)].max() > 0


def test_contact_by_hand() -> None:
    rest = 12 / (12 + 65.536)
    for kb in (1, 10, 40):
        assert contact(np.array([kb * 1_000])) == pytest.approx((12 / (12 + kb) - rest) / (1 - rest), abs=1e-12)


def test_insulation_by_hand() -> None:
    assert insulation(np.array([0, 500, 1000, 2000])).tolist() == [1, 1 / 7, 1 / 13, 1 / 25]


# --- Boundaries ----------------------------------------------------------------------------------------------------


def found(strands: tuple[int, int], gap: int) -> Boundaries:
    codes = empty(2_048)
    write_boundary(codes, 1_000, strands, gap)
    return boundaries(find_sites(codes)["CTCF"])


def test_sites_that_face_each_other_make_a_boundary_between_them() -> None:
    made = found((1, -1), 100)
    assert made.position4.tolist() == [4 * 1_000]
    assert made.strength.tolist() == [1000]


@pytest.mark.parametrize("strands", [(1, 1), (-1, -1), (-1, 1)])
def test_sites_that_do_not_face_each_other_make_none(strands: tuple[int, int]) -> None:
    assert len(found(strands, 100).strength) == 0


@pytest.mark.parametrize(("gap", "count"), [(38, 0), (40, 1), (240, 1), (242, 0)])
def test_sites_too_near_or_too_far_make_none(gap: int, count: int) -> None:
    assert len(found((1, -1), gap).strength) == count


def test_a_boundary_is_as_strong_as_both_of_its_sites() -> None:
    made = boundaries(Sites(np.array([1_000, 1_200]), np.array([1, -1]), np.array([500, 300])))
    assert made.strength.tolist() == [150]


def test_every_pair_makes_its_own_boundary_in_order() -> None:
    centre2 = np.array([0, 40, 200, 300])
    made = boundaries(Sites(centre2, np.array([1, 1, -1, -1]), np.full(4, 1000)))
    assert made.position4.tolist() == [200, 240, 300, 340]
    assert made.strength.tolist() == [1000] * 4


def test_no_sites_make_no_boundaries() -> None:
    made = boundaries(Sites(*(np.zeros(0, np.int64),) * 3))
    assert (len(made.position4), len(made.strength)) == (0, 0)


# --- What reaches a promoter ---------------------------------------------------------------------------------------


def by_loops(position2: int, activity: np.ndarray, cut: Boundaries) -> list[float]:
    """Regulation of one promoter, block by block and boundary by boundary."""
    total = [0] * activity.shape[1]
    for block in range(len(activity)):
        centre = block * BLOCK + (BLOCK - 1) / 2
        place = position2 / 2
        between = 0.0
        for position4, strength in zip(cut.position4, cut.strength, strict=True):
            low, high, at = min(centre, place), max(centre, place), position4 / 4
            between += strength * (1.0 if low < at < high else 0.5 if at in (low, high) and low < high else 0.0)
        weight = float(contact(np.array([abs(centre - place)]))[0] * insulation(np.array([between]))[0])
        for c in range(activity.shape[1]):
            total[c] += int(weight * 4096) * int(activity[block, c])
    return [value / 4096**2 for value in total]


def test_regulation_is_the_sum_over_blocks() -> None:
    rng = np.random.default_rng(1)
    activity = rng.integers(0, 4097, (1_400, 3)) * (rng.random((1_400, 3)) < 0.05)
    place4 = np.sort(rng.integers(0, 1_400 * BLOCK * 4, 8))
    cut = Boundaries(place4, rng.integers(100, 1001, 8))
    position2 = np.array([0, 2 * 64_000, 2 * 64_000 + 127, 2 * 90_001, 2 * 1_400 * BLOCK - 2])
    made = regulation(position2, activity, cut)
    for row, at in zip(made, position2, strict=True):
        assert row == pytest.approx(by_loops(int(at), activity, cut), rel=1e-9)
    assert made.min() > 0


def test_a_boundary_at_the_very_place_counts_half() -> None:
    activity = np.zeros((100, 1), np.int64)
    activity[20] = 4096
    at = 10 * BLOCK
    free, half, whole = (
        regulation(np.array([2 * at]), activity, Boundaries(np.array([4 * at + shift]), np.array([strength])))[0, 0]
        for shift, strength in ((-4, 1000), (0, 1000), (4, 1000))
    )
    assert free == regulation(np.array([2 * at]), activity, NO_BOUNDARY)[0, 0]
    assert half == pytest.approx(free / 7, rel=0.002)
    assert whole == pytest.approx(free / 13, rel=0.002)


def test_many_promoters_are_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    activity = rng.integers(0, 4097, (300, 3))
    position2 = np.sort(rng.integers(0, 2 * 300 * BLOCK, 40))
    together = regulation(position2, activity, NO_BOUNDARY)
    monkeypatch.setattr("enformer_core.demo.contact._CHUNK", 7)
    assert np.array_equal(regulation(position2, activity, NO_BOUNDARY), together)


def test_nothing_beyond_reach_counts() -> None:
    activity = np.zeros((1_200, 3), np.int64)
    activity[:60] = activity[-60:] = 4096
    position2 = np.array([2 * 600 * BLOCK])
    assert (60 * BLOCK + REACH) < 600 * BLOCK
    assert not regulation(position2, activity, NO_BOUNDARY).any()


def test_no_promoters_have_no_regulation() -> None:
    assert regulation(np.zeros(0, np.int64), np.ones((10, 3), np.int64), NO_BOUNDARY).shape == (0, 3)
