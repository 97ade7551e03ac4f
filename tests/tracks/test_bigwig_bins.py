from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enformer_core.tracks.bigwig_bins import Bins

NAN = math.nan


def binned(values: list[float], bin_size: int, statistic: str) -> Bins:
    bins = Bins(-(-len(values) // bin_size), bin_size, statistic)
    bins.add(0, 0, np.array(values, dtype=np.float32))
    return bins


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("mean", [1.5, 3.0, NAN, -1.0]),
        ("sum", [6.0, 6.0, NAN, -1.0]),
        ("max", [2.0, 4.0, NAN, -1.0]),
        ("min", [1.0, 2.0, NAN, -1.0]),
    ],
)
def test_bins_pool_the_bases_that_have_data(statistic: str, expected: list[float]) -> None:
    bins = binned([1, 2, 1, 2, NAN, 2, 4, NAN, NAN, NAN, NAN, NAN, NAN, -1], 4, statistic)
    np.testing.assert_array_equal(bins.result(), np.array(expected, dtype=np.float32))
    assert bins.n_covered == 7


def test_row_50_infinite_and_absurd_values_are_no_data() -> None:
    bins = binned([math.inf, 1, -math.inf, 1e38, 3e38, -1e38, 9e37, 2], 2, "mean")
    np.testing.assert_array_equal(bins.result(), np.array([1, NAN, NAN, 4.5e37], dtype=np.float32))
    assert (bins.n_unusable, bins.n_covered, bins.n_overflowed) == (5, 3, 0)


def test_row_50_sums_that_overflow_become_gaps() -> None:
    bins = binned([9e37] * 8 + [1.0] * 8, 8, "sum")
    np.testing.assert_array_equal(bins.result(), np.array([NAN, 8.0], dtype=np.float32))
    assert bins.n_overflowed == 1


def test_means_are_taken_in_double_precision() -> None:
    values = [16_777_216.0] + [1.0] * 127
    assert binned(values, 128, "mean").result()[0] == np.float32((16_777_216 + 127) / 128)


@given(
    st.lists(st.none() | st.floats(-1e6, 1e6, width=32), min_size=1, max_size=60),
    st.integers(1, 9),
    st.sampled_from(["mean", "sum", "max", "min"]),
    st.integers(1, 4),
    st.integers(0, 11),
)
def test_pieces_agree_with_plain_python(
    values: list[float | None], bin_size: int, statistic: str, bins_per_piece: int, before: int
) -> None:
    """``before`` bases in front of the first value have no data, as where a window starts left of a chromosome."""
    n_bins = -(-(before + len(values)) // bin_size)
    padded = [None] * before + values + [None] * (n_bins * bin_size - before - len(values))
    pool = {"mean": lambda v: math.fsum(v) / len(v), "sum": math.fsum, "max": max, "min": min}[statistic]
    expected = []
    for i in range(n_bins):
        found = [v for v in padded[i * bin_size : (i + 1) * bin_size] if v is not None]
        expected.append(pool(found) if found else NAN)

    bins = Bins(n_bins, bin_size, statistic)
    for first in range(0, n_bins, bins_per_piece):
        start = max(first * bin_size, before)
        end = min((first + bins_per_piece) * bin_size, before + len(values))
        if start < end:
            piece = [NAN if v is None else v for v in values[start - before : end - before]]
            bins.add(first, start, np.array(piece, dtype=np.float32))
    np.testing.assert_allclose(bins.result(), np.array(expected), rtol=1e-6, atol=1e-3 if statistic == "sum" else 1e-5)
