from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from enformer_core.errors import InputError
from enformer_core.tracks.compare import Correlation, pearson


def test_agrees_with_numpy() -> None:
    rng = np.random.default_rng(0)
    for n in (8, 9, 100, 896):
        x = rng.gamma(1, 3, n).astype(np.float32)
        y = (x + rng.normal(size=n)).astype(np.float32)
        found = pearson(x, y)
        assert found.n == n
        assert found.r == pytest.approx(np.corrcoef(x.astype(float), y.astype(float))[0, 1], abs=1e-12)


def test_literal_values() -> None:
    x = np.arange(8.0)
    assert pearson(x, 3 * x + 1).r == pytest.approx(1.0, abs=1e-15)
    assert pearson(x, -x).r == pytest.approx(-1.0, abs=1e-15)
    assert pearson(x, [1, -1, 1, -1, 1, -1, 1, -1]).r == pytest.approx(-0.21821789023599, abs=1e-13)


def test_pairs_with_a_gap_on_either_side_are_dropped() -> None:
    x, y = np.arange(12.0), np.arange(12.0) ** 2
    expected = np.corrcoef(x[2:11], y[2:11])[0, 1]
    x[0], y[1], y[11] = np.nan, np.nan, np.inf
    found = pearson(x, y)
    assert found.n == 9
    assert found.r == pytest.approx(expected, abs=1e-12)


def test_blank_below_8_bins() -> None:
    x = np.arange(7.0)
    assert pearson(x, x) == Correlation(None, 7)
    assert pearson([], []) == Correlation(None, 0)
    assert pearson(np.full(20, np.nan), np.arange(20.0)) == Correlation(None, 0)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e8 + 0.1, -1e-300])
def test_blank_where_one_side_does_not_vary(constant: float) -> None:
    assert pearson(np.full(11, constant), np.arange(11.0)) == Correlation(None, 11)


def test_large_offsets_keep_the_signal() -> None:
    """Sums of products in one pass lose everything here; so do means taken in float32."""
    x = 1e12 + np.tile([0.0, 1.0, 2.0, 3.0], 50)
    y = -1e12 + np.tile([0.0, 1.0, 2.0, 4.0], 50)
    exact = np.corrcoef(np.tile([0.0, 1.0, 2.0, 3.0], 50), np.tile([0.0, 1.0, 2.0, 4.0], 50))[0, 1]
    assert pearson(x, y).r == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_size_does_not_matter(factor: float) -> None:
    x, y = np.arange(20.0), np.arange(20.0) ** 2
    assert pearson(x * factor, y * factor).r == pytest.approx(pearson(x, y).r, abs=1e-12)


def test_shapes_must_agree() -> None:
    with pytest.raises(InputError, match=r"\(3,\) and \(4,\)"):
        pearson(np.zeros(3), np.zeros(4))
    with pytest.raises(InputError):
        pearson(np.zeros((3, 3)), np.zeros((3, 3)))


@given(npst.arrays(np.float64, (2, 12), elements=st.floats(-1e300, 1e300)))
def test_r_is_a_number_between_minus_1_and_1_or_blank(pair: np.ndarray) -> None:
    r = pearson(pair[0], pair[1]).r
    assert r is None or -1.0 <= r <= 1.0
