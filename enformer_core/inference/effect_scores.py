"""The effect of a change of sequence on whole tracks, as array functions: SAD, SAR and log2 fold change.

They take predicted coverage ``[bins, tracks]`` of both sides and give one number per track. ``track_effects`` applies
them to predictions of edited windows, whose bins have to be paired first. Nothing here needs torch.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from ..errors import InputError, NumericalError, shown

Reduce = Literal["mean", "sum"]
Values = npt.NDArray[np.float64]
PSEUDOCOUNT = 0.01
"""Added to both sides of a log2 fold change, in units of coverage of a bin."""


def sad(reference: npt.ArrayLike, alternative: npt.ArrayLike, reduce: Reduce = "mean") -> Values:
    """The difference in predicted activity: mean, or sum, over bins of ``alternative - reference``.

    The score of Avsec et al. 2021 (doi:10.1038/s41592-021-01252-x), whose notebook takes the mean over all bins. That
    of Basenji (Kelley et al. 2018, doi:10.1101/gr.227819.117) is the sum.

    Args:
        reference: ``[bins, tracks]``, predicted coverage without the edits.
        alternative: ``[bins, tracks]``, with them, bin for bin.
        reduce: ``mean`` or ``sum``.

    Returns:
        float64 ``[tracks]``, in coverage of a bin (``mean``) or coverage (``sum``).

    Raises:
        InputError: The arrays differ in shape or are not ``[bins, tracks]``, or the reduction is unknown.
        NumericalError: A value is NaN or infinite.
    """
    if reduce not in get_args(Reduce):
        raise InputError(f"{shown(reduce)} is not a reduction", hint=f"Choose one of {', '.join(get_args(Reduce))}")
    before, after = _checked(reference, alternative)
    change = after - before
    return change.sum(axis=0) if reduce == "sum" else change.mean(axis=0)


def sar(reference: npt.ArrayLike, alternative: npt.ArrayLike) -> Values:
    """The ratio of predicted activity: ``log2(1 + sum alternative) - log2(1 + sum reference)``, sums over bins.

    The formula of Basenji's scripts (Kelley et al. 2018, doi:10.1101/gr.227819.117).

    Args:
        reference: ``[bins, tracks]``, predicted coverage without the edits, never negative.
        alternative: ``[bins, tracks]``, with them, bin for bin.

    Returns:
        float64 ``[tracks]``, a log2 ratio.

    Raises:
        InputError: The arrays differ in shape or are not ``[bins, tracks]``, or a value is negative.
        NumericalError: A value is NaN or infinite.
    """
    before, after = _checked(reference, alternative, least=0.0)
    return np.log2(1 + after.sum(axis=0)) - np.log2(1 + before.sum(axis=0))


def log2_fold_change(reference: npt.ArrayLike, alternative: npt.ArrayLike, pseudocount: float = PSEUDOCOUNT) -> Values:
    """``log2((mean alternative + pseudocount) / (mean reference + pseudocount))``, means over the given bins.

    Args:
        reference: ``[bins, tracks]``, predicted coverage without the edits, never negative, of the bins that are
            meant, such as the three at a start site.
        alternative: ``[bins, tracks]``, with them, bin for bin.
        pseudocount: Above 0, in coverage of a bin.

    Returns:
        float64 ``[tracks]``.

    Raises:
        InputError: The arrays differ in shape or are not ``[bins, tracks]``, a value is negative, or the pseudocount
            is not above 0.
        NumericalError: A value is NaN or infinite.
    """
    if not 0 < pseudocount < math.inf:
        raise InputError(f"the pseudocount {shown(pseudocount)} is not a number above 0", hint="Give one such as 0.01")
    before, after = _checked(reference, alternative, least=0.0)
    return log2_ratio(before.mean(axis=0), after.mean(axis=0), pseudocount)


def log2_ratio(before: Values, after: Values, pseudocount: float = PSEUDOCOUNT) -> Values:
    """``log2((after + pseudocount) / (before + pseudocount))`` of levels that are reduced over bins already."""
    return np.log2((after + pseudocount) / (before + pseudocount))


def _checked(reference: npt.ArrayLike, alternative: npt.ArrayLike, least: float = -math.inf) -> tuple[Values, Values]:
    before, after = np.asarray(reference, dtype=np.float64), np.asarray(alternative, dtype=np.float64)
    for name, values in (("reference", before), ("alternative", after)):
        if values.ndim != 2 or not len(values):
            raise InputError(
                f"the {name} has the shape {values.shape}, not [bins, tracks] with at least one bin",
                hint="Give one column per track, as Prediction.values has them",
            )
    if before.shape != after.shape:
        raise InputError(
            f"the reference is {before.shape} and the alternative {after.shape}, [bins, tracks]",
            hint="Give the same bins of the same tracks; track_effects pairs the bins of edited windows",
        )
    for name, values in (("reference", before), ("alternative", after)):
        _refuse_values(name, values, least)
    return before, after


def _refuse_values(name: str, values: Values, least: float) -> None:
    """Say where a value is not finite, or is below ``least``."""
    unfit = ~np.isfinite(values)
    if unfit.any():
        row, column = np.argwhere(unfit)[0].tolist()
        raise NumericalError(
            f"the value {values[row, column]} is not a finite number",
            where=f"{name}, bin {row:,}, column {column:,}",
            hint="The weights may be damaged, or the bins have gaps: leave such bins out",
        )
    if (values < least).any():
        row, column = np.argwhere(values < least)[0].tolist()
        raise InputError(
            f"the value {values[row, column]:g} is below {least:g}, which coverage never is",
            where=f"{name}, bin {row:,}, column {column:,}",
            hint="Give predictions on the model's scale",
        )
