"""Signals as bedGraph: plain text, 0-based and half-open, with every digit of a float32."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..errors import InputError, LocusError, NumericalError
from .signal_files import SignalFile, one_line, plain_line, rgb


def bedgraph_text(
    chrom: str,
    starts: np.ndarray,
    ends: np.ndarray,
    values: np.ndarray,
    shown_as: SignalFile,
    *,
    comments: Iterable[str] = (),
) -> str:
    """A bedGraph file with a ``track`` line.

    Args:
        chrom: Contig name.
        starts: int ``[n]``, 0-based, ascending.
        ends: int ``[n]``, exclusive; no entry overlaps the next.
        values: float32 ``[n]``.
        shown_as: Its name and colours.
        comments: Lines in front of all others, each after ``# ``.

    Returns:
        Text from which ``numpy.float32`` reads every value back bit for bit.

    Raises:
        InputError: There are no entries, or the arrays differ in length.
        LocusError: An entry is empty, out of order or overlaps the next.
        NumericalError: A value is not finite.
    """
    _check(chrom, starts, ends, values)
    color = f" color={rgb(shown_as.color)}"
    if shown_as.negative_color:
        color += f" altColor={rgb(shown_as.negative_color)}"
    name = plain_line(shown_as.name)
    lines = [f"# {one_line(comment)}" for comment in comments]
    lines.append(f'track type=bedGraph name="{name}" description="{name}"{color} visibility=full autoScale=on')
    numbers = np.asarray(values, dtype=np.float32)
    # Nine significant digits bring every float32 back bit for bit.
    rows = zip(starts.tolist(), ends.tolist(), numbers.tolist(), strict=True)
    lines += [f"{chrom}\t{start}\t{end}\t{value:.9g}" for start, end, value in rows]
    return "\n".join(lines) + "\n"


def _check(chrom: str, starts: np.ndarray, ends: np.ndarray, values: np.ndarray) -> None:
    if starts.ndim != 1 or not starts.shape == ends.shape == values.shape:
        raise InputError(
            f"starts {starts.shape}, ends {ends.shape} and values {values.shape} are not three rows of one length"
        )
    if not len(starts):
        raise InputError("there are no entries to write", hint="A bedGraph needs at least one")
    wrong = (ends <= starts) | (starts < np.append(0, ends[:-1]))
    if wrong.any():
        i = int(wrong.argmax())
        raise LocusError(
            f"entry {i:,} ({chrom}, {int(starts[i]):,} to {int(ends[i]):,}, 0-based, half-open) is empty, below 0, or "
            "overlaps the one in front of it",
            hint="Entries must be in order and apart",
        )
    if not np.isfinite(values).all():
        i = int((~np.isfinite(values)).argmax())
        raise NumericalError(f"value {i:,} is {values[i]}, which no bedGraph should hold", hint="Nothing was written")
