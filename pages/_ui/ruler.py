"""Where the ruler has its ticks, and what they say."""

from __future__ import annotations

import math


def ticks_and_labels(first: int, last: int) -> tuple[list[int], list[str]]:
    """About a dozen round positions (1-based) and their labels, ``1,210 k`` where all are whole thousands."""
    raw = max((last - first) / 12, 1)
    power = 10 ** math.floor(math.log10(raw))
    step = int(max(next(m for m in (1, 2, 5, 10) if m * power >= raw) * power, 1))
    ticks = list(range(-(-first // step) * step, last + 1, step))
    if step % 1000 == 0:
        return ticks, [f"{t // 1000:,} k" for t in ticks]
    return ticks, [f"{t:,}" for t in ticks]
