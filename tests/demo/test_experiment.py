"""Experiments: counts with the spread that they claim."""

from __future__ import annotations

import numpy as np
import pytest
from planted import digest

from enformer_core.demo.chance import Chance
from enformer_core.demo.experiment import DEPTH, measured

PINNED = "23d2beac83f9f9ec1999d5cb5a37ebf36f90ef169be9dc5c3a4012ce987dfb5d"


def signal(n: int = 40_000) -> np.ndarray:
    return (np.arange(n) % 400 / 20.0).astype(np.float32)


def test_an_experiment_never_changes() -> None:
    assert digest(measured(Chance(1, 4, 100), signal())) == PINNED


def test_an_experiment_has_its_own_stream() -> None:
    one, again, other = (measured(Chance(1, 4, path), signal()) for path in (100, 100, 101))
    assert np.array_equal(one, again)
    differ = one != other
    assert differ.mean() > 0.7
    left_over = one - signal(), other - signal()
    assert abs(np.corrcoef(*left_over)[0, 1]) < 0.03


def test_counts_are_whole_and_never_negative() -> None:
    made = measured(Chance(2), signal())
    assert made.dtype == np.float32
    assert made.shape == signal().shape
    assert made.min() == 0
    assert np.array_equal(made * DEPTH, np.floor(made * DEPTH))


@pytest.mark.parametrize("level", [0.1, 2.0, 40.0])
def test_counts_have_the_signals_mean_and_more_than_poisson_spread(level: float) -> None:
    n = 200_000
    made = measured(Chance(3), np.full(n, level, np.float32)).astype(np.float64)
    # Counts: level / depth; samples: a tenth of the level, shared by the four cells of a block.
    variance = level / DEPTH + (0.1 * level) ** 2
    blocks = made.reshape(-1, 4).mean(axis=1)
    of_blocks = level / DEPTH / 4 + (0.1 * level) ** 2
    assert abs(made.mean() - level) < 5 * np.sqrt(of_blocks / len(blocks))
    assert made.var() == pytest.approx(variance, rel=0.03)
    assert blocks.var() == pytest.approx(of_blocks, rel=0.03)


def test_nothing_is_measured_where_nothing_is() -> None:
    assert not measured(Chance(4), np.zeros(4_000, np.float32)).any()
