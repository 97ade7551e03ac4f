"""Random numbers: the same bits for ever, and the distributions that they claim to follow."""

from __future__ import annotations

import math

import numpy as np
import pytest
from planted import digest

from enformer_core.demo.chance import Chance, _exp_of_minus, normal, poisson

PINNED_BITS = [1695761125, 2591886174, 3651914217, 1661548950]
PINNED_DRAWN = [
    *(394, 850, 922, 520, 836, 991),
    *(174, 73, 212, 384, 161, 553),
    *(0, 0, 2, 0, 1, 1),
    *(5, 2, 4, 0, 3, 1),
]
PINNED_NORMAL = "f472c522facdb3c24a7afa2bf5e31485667a32ac9da05820b15a4af28f1466a5"
PINNED_POISSON = "1738c75ad2dbbd21e1ce23238af2770ab6754976708180d46c417c2f3cb412e4"

# --- The bits ------------------------------------------------------------------------------------------------------


def test_bits_are_the_high_and_the_low_half_of_each_raw_number() -> None:
    raw = [int(word) for word in np.random.PCG64(np.random.SeedSequence([3, 1])).random_raw(3)]
    halves = [half for word in raw for half in (word >> 32, word & 0xFFFFFFFF)]
    assert Chance(3, 1).bits32(6).tolist() == halves
    assert Chance(3, 1).bits32(5).tolist() == halves[:5]


def test_an_odd_number_of_bits_leaves_the_rest_of_its_word_unused() -> None:
    chance = Chance(3, 1)
    chance.bits32(5)
    assert chance.bits32(2).tolist() == Chance(3, 1).bits32(8).tolist()[6:]


def test_a_path_names_its_own_stream() -> None:
    streams = {tuple(Chance(*path).bits32(4).tolist()) for path in ((1,), (2,), (1, 4), (4, 1), (1, 4, 100))}
    assert len(streams) == 5
    assert Chance(1, 4).bits32(4).tolist() == Chance(1, 4).bits32(4).tolist()


def test_noughts_at_the_end_of_a_path_do_not_count() -> None:
    """A property of numpy's seeds, which whoever names a stream must know."""
    assert Chance(1, 4, 0).bits32(4).tolist() == Chance(1, 4).bits32(4).tolist()
    assert Chance(1, 0, 4).bits32(4).tolist() != Chance(1, 4).bits32(4).tolist()


def test_the_numbers_never_change() -> None:
    """Literals: whatever numpy does, a genome made from a seed stays what it was."""
    assert Chance(1, 4).bits32(4).tolist() == PINNED_BITS
    chance = Chance(1, 4)
    drawn = [chance.whole(0, 1000) for _ in range(6)]
    drawn += [chance.waiting(500) for _ in range(6)]
    drawn += [chance.chosen((0, 1, 2), (5, 1, 3)) for _ in range(6)]
    drawn += chance.shuffled(range(6))
    assert drawn == PINNED_DRAWN
    assert digest(normal(Chance(1, 4), 10_000)) == PINNED_NORMAL
    mean = np.arange(10_000) / 200.0
    assert digest(poisson(Chance(1, 4), mean)) == PINNED_POISSON


# --- Single numbers ------------------------------------------------------------------------------------------------


def test_whole_numbers_fill_their_range_evenly() -> None:
    chance = Chance(11)
    drawn = np.array([chance.whole(-3, 7) for _ in range(20_000)])
    assert (drawn.min(), drawn.max()) == (-3, 6)
    counts = np.bincount(drawn + 3, minlength=10)
    # 9 degrees of freedom: one fair die in a million gives more than 45.
    assert ((counts - 2000) ** 2 / 2000).sum() < 45


def test_unit_numbers_lie_between_nought_and_one() -> None:
    chance = Chance(12)
    drawn = np.array([chance.unit() for _ in range(10_000)])
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert abs(drawn.mean() - 0.5) < 5 * math.sqrt(1 / 12 / 10_000)
    assert abs(drawn.var() - 1 / 12) < 0.004


def test_items_are_chosen_by_weight() -> None:
    chance = Chance(13)
    drawn = [chance.chosen("abc", (1, 0, 3)) for _ in range(8_000)]
    assert set(drawn) == {"a", "c"}
    assert abs(drawn.count("a") - 2_000) < 5 * math.sqrt(8_000 * 0.25 * 0.75)
    even = [chance.chosen("abcd") for _ in range(8_000)]
    assert all(abs(even.count(item) - 2_000) < 5 * math.sqrt(8_000 * 0.25 * 0.75) for item in "abcd")


def test_shuffling_keeps_every_item_and_puts_each_anywhere() -> None:
    chance = Chance(14)
    orders = [chance.shuffled("abc") for _ in range(3_000)]
    counts = {order: orders.count(list(order)) for order in ("abc", "acb", "bac", "bca", "cab", "cba")}
    assert sum(counts.values()) == 3_000
    assert all(abs(count - 500) < 5 * math.sqrt(3_000 / 6 * 5 / 6) for count in counts.values())


def test_waiting_times_are_skewed_with_about_their_mean() -> None:
    chance = Chance(15)
    drawn = np.array([chance.waiting(3_000) for _ in range(20_000)])
    assert drawn.min() >= 0
    assert drawn.max() <= 8 * 3_000
    assert drawn.mean() == pytest.approx(3_000, rel=0.08)
    # An exponential time has its median at 0.693 of the mean, and as large a spread as mean.
    assert np.median(drawn) == pytest.approx(0.693 * 3_000, rel=0.06)
    assert drawn.std() == pytest.approx(3_000, rel=0.1)


# --- Many numbers --------------------------------------------------------------------------------------------------


def test_normal_numbers_have_mean_variance_and_shape() -> None:
    n = 200_000
    drawn = normal(Chance(16), n)
    assert abs(drawn.mean()) < 5 / math.sqrt(n)
    assert abs(drawn.var() - 1) < 5 * math.sqrt(2 / n)
    assert abs((drawn**3).mean()) < 0.04
    # Twelve uniform numbers have slightly light tails: kurtosis 3 - 1.2 / 12.
    assert (drawn**4).mean() == pytest.approx(2.9, abs=0.05)
    inside = [(np.abs(drawn) < z).mean() for z in (1, 2)]
    assert inside == pytest.approx([0.6827, 0.9545], abs=0.006)


@pytest.mark.parametrize("rate", [0.04, 0.7, 3.0, 12.5, 24.0])
def test_small_counts_follow_the_poisson_distribution(rate: float) -> None:
    n = 100_000
    counts = np.bincount(poisson(Chance(17), np.full(n, rate)), minlength=80)
    expected = np.array([n * math.exp(-rate + k * math.log(rate) - math.lgamma(k + 1)) for k in range(len(counts))])
    common = expected >= 10
    chi = float(((counts - expected)[common] ** 2 / expected[common]).sum())
    # Mean and standard deviation of chi square are k and sqrt(2 k): five of them, and the rare counts by their sum.
    k = int(common.sum())
    assert chi < k + 5 * math.sqrt(2 * k)
    rare = expected[~common].sum()
    assert abs(counts[~common].sum() - rare) <= 5 * math.sqrt(rare + 1)


@pytest.mark.parametrize("rate", [24.5, 60.0, 900.0])
def test_large_counts_have_the_mean_and_variance_of_a_poisson_distribution(rate: float) -> None:
    n = 100_000
    drawn = poisson(Chance(18), np.full(n, rate)).astype(np.float64)
    assert abs(drawn.mean() - rate) < 5 * math.sqrt(rate / n)
    assert drawn.var() == pytest.approx(rate, rel=0.03)
    assert drawn.min() >= 0


def test_nothing_is_counted_where_there_is_nothing() -> None:
    assert not poisson(Chance(19), np.zeros(1_000)).any()


def test_counts_keep_their_place_and_shape() -> None:
    mean = np.array([[0.0, 500.0, 2.0], [0.0, 10_000.0, 20.0]])
    drawn = poisson(Chance(20), mean)
    assert drawn.shape == mean.shape
    assert drawn.dtype == np.int32
    assert (drawn[:, 0] == 0).all()
    assert (np.abs(drawn - mean) <= 6 * np.sqrt(mean)).all()


def test_the_exponential_is_the_librarys() -> None:
    x = np.concatenate([[0.0, 1e-9, 24.0], np.linspace(0, 24, 2_001)])
    reference = np.array([math.exp(-value) for value in x])
    assert np.abs(_exp_of_minus(x) / reference - 1).max() < 1e-12
