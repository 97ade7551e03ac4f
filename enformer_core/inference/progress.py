"""Progress of one part of a piece of work, told as progress of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import accumulate

from .trunk.levels import OnPart


def portion(on_part: OnPart | None, begin: float, end: float) -> OnPart | None:
    """What a part that goes from ``begin`` to ``end`` of the whole is to call; None where nobody listens."""
    if on_part is None:
        return None
    return lambda part: on_part(begin + part * (end - begin))


def stages(on_part: OnPart | None, costs: Sequence[float]) -> list[OnPart]:
    """Split a report of progress into stages that follow each other.

    Args:
        on_part: Told the part of the whole that is done.
        costs: Of each stage, in any unit.

    Returns:
        One function for each stage, to be told the part of that stage that is done.
    """
    total = sum(costs)

    def stage(before: float, cost: float, part: float) -> None:
        if on_part is not None:
            on_part(min((before + cost * part) / total, 1.0))

    return [partial(stage, after - cost, cost) for cost, after in zip(costs, accumulate(costs), strict=True)]
