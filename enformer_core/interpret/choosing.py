"""Numbers that are chosen by whoever asks: of bins, layers and heads, checked against what the model has."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from ..errors import InputError, shown
from ..inference.window import Geometry


def rows_of_bins(geometry: Geometry, bins: Sequence[int]) -> list[int]:
    """The tokens of output bins, in their order, to be asked as queries.

    Raises:
        InputError: A bin lies outside the output, is named twice, or none is named.
    """
    crop = geometry.output_offset // geometry.bin_size
    return [crop + b for b in chosen(bins, geometry.n_bins, "output bin")]


def chosen(numbers: Sequence[int], count: int, what: str) -> list[int]:
    """Numbers from 0 to below ``count``, each once and at least one."""
    exist = f"The model has {count:,}, numbered 0 to {count - 1:,}" if count > 1 else "The model has one, number 0"
    found: dict[int, None] = {}
    for given in numbers:
        number = _index(given)
        if number is None or not 0 <= number < count:
            raise InputError(f"there is no {what} {shown(given) if number is None else f'{number:,}'}", hint=exist)
        if number in found:
            raise InputError(f"{what} {number:,} is chosen twice", hint=f"Name each {what} once")
        found[number] = None
    if not found:
        raise InputError(f"no {what} is chosen", hint=exist)
    return list(found)


def whole_number(given: object, most: int | None, what: str) -> int:
    """A whole number from 1 to ``most``.

    Raises:
        InputError: It is not; ``what`` names it.
    """
    number = _index(given)
    if number is None or number < 1 or (most is not None and number > most):
        allowed = "a whole number from 1 on" if most is None else f"a whole number from 1 to {most:,} tokens"
        value = shown(given) if number is None else f"{number:,}"
        raise InputError(f"{what} is {value}", hint=f"It has to be {allowed}")
    return number


def _index(given: object) -> int | None:
    try:
        return None if isinstance(given, bool) else operator.index(given)  # type: ignore[arg-type]
    except TypeError:
        return None
