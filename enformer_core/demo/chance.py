"""Random numbers that are the same on every machine and in every version of numpy.

numpy promises that the raw bits of a bit generator never change; what it makes of them may. So only the raw bits are
taken from it, and all else is whole-number arithmetic, or the four operations of IEEE 754, in a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")
_TWO_32 = 1 << 32


class Chance:
    """A stream of random numbers, named by a seed and a path of whole numbers below it.

    Args:
        seed: The seed and the path. Other paths are other, independent streams, but noughts at the end of a path do
            not count: ``(1, 4)`` and ``(1, 4, 0)`` are one.
    """

    def __init__(self, *seed: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(list(seed)))

    def bits64(self, count: int) -> np.ndarray:
        """uint64 ``[count]``, as they come from the generator."""
        return self._bits.random_raw(count)

    def bits32(self, count: int) -> np.ndarray:
        """uint64 ``[count]``, each from 0 to 2^32 - 1."""
        raw = self.bits64((count + 1) // 2)
        return np.stack([raw >> np.uint64(32), raw & np.uint64(_TWO_32 - 1)], axis=1).reshape(-1)[:count]

    def whole(self, low: int, high: int) -> int:
        """One whole number from ``low`` to below ``high``."""
        return low + (int(self.bits32(1)[0]) * (high - low) >> 32)

    def unit(self) -> float:
        """One number from 0 to below 1, in steps of 2^-32."""
        return int(self.bits32(1)[0]) / _TWO_32

    def chosen(self, items: Sequence[_T], weights: Sequence[int] | None = None) -> _T:
        """One item, all as likely or by whole-number weights."""
        if weights is None:
            return items[self.whole(0, len(items))]
        point = self.whole(0, sum(weights))
        for item, weight in zip(items, weights, strict=True):
            if point < weight:
                return item
            point -= weight
        return items[-1]

    def shuffled(self, items: Sequence[_T]) -> list[_T]:
        """All items in random order."""
        rest, order = list(items), []
        while rest:
            order.append(rest.pop(self.whole(0, len(rest))))
        return order

    def waiting(self, mean: int) -> int:
        """A waiting time from 0 to 8 ``mean``, skewed to short ones, with about this mean."""
        # -log(u) without a logarithm: halvings until a coin falls, and a straight line within the last.
        halvings = 0
        while halvings < 11 and self.whole(0, 2):
            halvings += 1
        # Within a halving the time is uniform; ln 2 = 0.693.
        return min(8 * mean, (halvings * 1000 + self.whole(0, 1000)) * 693 * mean // 1_000_000)


def normal(chance: Chance, count: int) -> np.ndarray:
    """float64 ``[count]``: about standard normal, as the sum of twelve uniform numbers less six (Irwin-Hall)."""
    total = np.zeros(count, np.uint64)
    for _ in range(3):
        raw = chance.bits64(count)
        for shift in (0, 16, 32, 48):
            total += (raw >> np.uint64(shift)) & np.uint64(0xFFFF)
    return total.astype(np.float64) / 65_536.0 - 6.0 + 12 / 131_072


def poisson(chance: Chance, mean: np.ndarray) -> np.ndarray:
    """int32, as ``mean`` (float64, not negative): counts of a Poisson distribution.

    By inversion up to a mean of 24, by a rounded normal number above.
    """
    flat = mean.reshape(-1)
    counts = np.zeros(flat.shape, np.int32)
    uniform = (chance.bits32(flat.size).astype(np.float64) + 0.5) / _TWO_32
    few = np.flatnonzero(flat <= 24.0)
    below, rate = uniform[few], flat[few]
    chance_of = _exp_of_minus(rate)
    total, count = chance_of.copy(), 0
    while few.size and count < 100:
        more = below > total
        few, below, rate, chance_of, total = few[more], below[more], rate[more], chance_of[more], total[more]
        count += 1
        counts[few] = count
        chance_of = chance_of * rate / count
        total = total + chance_of
    many = np.flatnonzero(flat > 24.0)
    if many.size:
        rate = flat[many]
        counts[many] = np.floor(np.maximum(rate + np.sqrt(rate) * normal(chance, many.size) + 0.5, 0.0))
    return counts.reshape(mean.shape)


def _exp_of_minus(x: np.ndarray) -> np.ndarray:
    """exp(-x) for x from 0 to 24, with the four operations alone: a Taylor series of x / 64, squared six times."""
    small = x / 64.0
    term, total = np.ones_like(x), np.ones_like(x)
    for n in range(1, 12):
        term = term * small / n
        total = total + term
    for _ in range(6):
        total = total * total
    return 1.0 / total
