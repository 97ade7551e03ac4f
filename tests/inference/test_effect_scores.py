"""SAD, SAR and log2 fold change against sums written out by hand and term by term."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import enformer_core as ec
from enformer_core.errors import InputError, NumericalError

REF = np.array([[1.0, 0.0], [3.0, 0.0]])
ALT = np.array([[2.0, 0.0], [6.0, 4.0]])


def test_by_hand() -> None:
    assert ec.sad(REF, ALT).tolist() == [2.0, 2.0]
    assert ec.sad(REF, ALT, reduce="sum").tolist() == [4.0, 4.0]
    assert ec.sar(REF, ALT) == pytest.approx([math.log2(9) - math.log2(5), math.log2(5)])
    assert ec.log2_fold_change(REF, ALT) == pytest.approx([math.log2(4.01 / 2.01), math.log2(2.01 / 0.01)])
    assert ec.log2_fold_change(REF, ALT, pseudocount=1) == pytest.approx([math.log2(5 / 3), math.log2(3)])


coverage = st.integers(1, 12).flatmap(
    lambda bins: st.tuples(
        *[arrays.arrays(np.float32, (bins, 3), elements=st.floats(0, 500, width=32)) for _ in range(2)]
    )
)


@given(coverage)
@settings(deadline=None, max_examples=40)
def test_against_the_formulas_term_by_term(sides: tuple[np.ndarray, np.ndarray]) -> None:
    reference, alternative = sides
    n = len(reference)
    for track in range(3):
        ref = [float(value) for value in reference[:, track]]
        alt = [float(value) for value in alternative[:, track]]
        change = math.fsum(a - r for r, a in zip(ref, alt, strict=True))
        ratio = math.log2(1 + math.fsum(alt)) - math.log2(1 + math.fsum(ref))
        fold = math.log2((math.fsum(alt) / n + 0.01) / (math.fsum(ref) / n + 0.01))
        assert ec.sad(reference, alternative)[track] == pytest.approx(change / n, abs=1e-9)
        assert ec.sad(reference, alternative, "sum")[track] == pytest.approx(change, abs=1e-9)
        assert ec.sar(reference, alternative)[track] == pytest.approx(ratio, abs=1e-9)
        assert ec.log2_fold_change(reference, alternative)[track] == pytest.approx(fold, abs=1e-9)


def test_small_changes_of_large_float32_sums_are_kept() -> None:
    """896 bins of 400: a float32 sum would lose a change of 0.001 in one of them."""
    reference = np.full((896, 1), 400, dtype=np.float32)
    alternative = reference.copy()
    alternative[7] += np.float32(0.001)
    exact = float(alternative[7, 0]) - 400.0
    assert exact > 0
    assert ec.sad(reference, alternative, "sum")[0] == exact
    assert ec.sar(reference, alternative)[0] == pytest.approx(exact / (896 * 400 + 1) / math.log(2), rel=1e-4)


@pytest.mark.parametrize("score", [ec.sad, ec.sar, ec.log2_fold_change])
def test_what_does_not_fit_is_refused_with_what_and_where(score) -> None:
    with pytest.raises(InputError, match=r"reference is \(2, 2\) and the alternative \(1, 2\)"):
        score(REF, ALT[:1])
    with pytest.raises(InputError, match=r"reference is \(2, 2\) and the alternative \(2, 1\)"):
        score(REF, ALT[:, :1])
    with pytest.raises(InputError, match=r"the alternative has the shape \(2,\), not \[bins, tracks\]"):
        score(REF, ALT[:, 0])
    with pytest.raises(InputError, match=r"the reference has the shape \(0, 2\)"):
        score(REF[:0], ALT[:0])
    for value in (math.nan, math.inf):
        wrong = ALT.copy()
        wrong[1, 0] = value
        with pytest.raises(NumericalError, match=f"alternative, bin 1, column 0: the value {value} is not a finite"):
            score(REF, wrong)
        with pytest.raises(NumericalError, match="reference, bin 1, column 0"):
            score(wrong, ALT)


@pytest.mark.parametrize("score", [ec.sar, ec.log2_fold_change])
def test_a_logarithm_refuses_negative_coverage(score) -> None:
    wrong = ALT.copy()
    wrong[0, 1] = -0.5
    with pytest.raises(InputError, match=r"alternative, bin 0, column 1: the value -0.5 is below 0"):
        score(REF, wrong)
    assert ec.sad(REF, wrong)[1] == pytest.approx(1.75)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(InputError, match="'max' is not a reduction.* mean, sum"):
        ec.sad(REF, ALT, reduce="max")  # type: ignore[arg-type]
    for value in (0, -1, math.nan, math.inf):
        with pytest.raises(InputError, match="the pseudocount .* is not a number above 0"):
            ec.log2_fold_change(REF, ALT, pseudocount=value)
