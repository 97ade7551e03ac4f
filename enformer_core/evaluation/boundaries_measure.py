"""What is read off an attention map at its centre, and how boundaries are compared with their null places.

Attention is told in multiples of even attention: 1 where a query would take as much from every base of the window.
Shapes: G groups of bases to a side of a map, the same for queries and keys.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..genome.interval import Interval
from .scores import bootstrap

MEASURES = ("stripe", "across")
#: Sign flips of a test; no p-value is below one in so many.
ROUNDS = 9_999
_SIXTH = 6  # of the window to either side of the centre is near: 32,768 bp of the published one
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Parts of a window, as groups of an attention map.

    Attributes:
        centre: bool ``[G]``: the groups that touch the bases within one group's width of the middle.
        left: bool ``[G]``: those wholly left of that, less than a sixth of the window away.
        right: bool ``[G]``: the same to the right.
        share: float64 ``[G]``: the part of the window that each group has.
        width: bp of a group; so far the centre reaches to either side of the middle, at least.
        reach: bp that left and right reach, beyond the centre.
    """

    centre: np.ndarray
    left: np.ndarray
    right: np.ndarray
    share: np.ndarray
    width: int
    reach: int

    @classmethod
    def of(cls, window: Interval, width: int) -> Zones:
        """The parts of a window in groups of ``width`` bp from its start, the last of which may be shorter.

        Raises:
            InputError: The window has too few groups for a left and a right.
        """
        starts = np.arange(window.start, window.end, width)
        ends = np.minimum(starts + width, window.end)
        reach = window.width // _SIXTH
        low, high = window.center - width, window.center + width
        centre = (ends > low) & (starts < high)
        left = ~centre & (ends <= window.center) & (starts >= low - reach)
        right = ~centre & (starts >= window.center) & (ends <= high + reach)
        if not left.any() or not right.any():
            raise InputError(
                f"a window of {window.width:,} bp in groups of {width:,} bp has no sides",
                hint="Boundaries need a model with a wider window",
            )
        return cls(centre, left, right, (ends - starts) / window.width, width, reach)

    def stripe(self, maps: np.ndarray) -> np.ndarray:
        """Attention paid to the centre by all queries elsewhere, in multiples of even attention.

        Args:
            maps: ``[..., G, G]``: for each query what it takes from each group of keys; rows sum to 1.

        Returns:
            float64 ``[...]``.
        """
        taken = maps[..., ~self.centre, :][..., self.centre].sum(axis=-1, dtype=np.float64)
        return taken.mean(axis=-1) / self.share[self.centre].sum()

    def across(self, maps: np.ndarray) -> np.ndarray:
        """Attention across the centre: what queries on one side take from the keys of the other.

        The mean of both directions, in multiples of even attention; see ``stripe``.
        """
        sides = []
        for queries, keys in ((self.left, self.right), (self.right, self.left)):
            taken = maps[..., queries, :][..., keys].sum(axis=-1, dtype=np.float64)
            sides.append(taken.mean(axis=-1) / self.share[keys].sum())
        return (sides[0] + sides[1]) / 2


@dataclass(frozen=True, slots=True)
class Compared:
    """Boundaries against their null places.

    Attributes:
        boundary: Mean over boundaries.
        null: Mean over null places.
        ratio: The first over the second; NaN where that is 0.
        low: 95 % interval of the ratio, its lower end; NaN with fewer than two blocks.
        high: Its upper end.
        p: Two-sided p-value of the difference of the means.
        larger: Part of the pairs in which the boundary has more; a tie counts half.
        p_larger: Two-sided p-value of that part, which a few extreme places cannot decide.
    """

    boundary: float
    null: float
    ratio: float
    low: float
    high: float
    p: float
    larger: float
    p_larger: float


def blocks_of(chroms: list[str], positions: np.ndarray, width: int) -> np.ndarray:
    """int64 ``[n]``: the stretch of ``width`` bp that each boundary lies in; the windows of neighbours overlap."""
    names = [f"{chrom}:{position // width}" for chrom, position in zip(chroms, positions.tolist(), strict=True)]
    return np.unique(names, return_inverse=True)[1]


def compare(boundary: np.ndarray, null: np.ndarray, block: np.ndarray, seed: int) -> Compared:
    """Compare pairs.

    The p-values are those of permutation tests: within a pair it is chance which of the two is the boundary, so the
    sign of the difference is flipped, for all pairs of a block together, since their windows share bases (Phipson and
    Smyth 2010, Stat Appl Genet Mol Biol 9:39, on why one is added). The interval resamples blocks.

    Args:
        boundary: float64 ``[n]``, one number per boundary, 0 or above.
        null: float64 ``[n]``, the same of its null place.
        block: int64 ``[n]``, see ``blocks_of``.
        seed: Of flips and resamples.
    """
    difference = boundary - null
    larger = float((1 + np.sign(difference)).mean() / 2)
    low, high = bootstrap(lambda rows: _ratio(boundary[rows], null[rows]), block, seed=seed)
    means = float(boundary.mean()), float(null.mean())
    return Compared(
        *means,
        _ratio(boundary, null),
        low,
        high,
        _p(difference, block, seed),
        larger,
        _p(np.sign(difference), block, seed),
    )


def pooled(maps: np.ndarray, most: int) -> np.ndarray:
    """Means of squares of maps ``[..., G, G]``, at most ``most`` to a side; the last may be of fewer groups."""
    step = -(-maps.shape[-1] // most)
    starts = np.arange(0, maps.shape[-1], step)
    counts: np.ndarray = np.diff(np.append(starts, maps.shape[-1]))
    sums = np.add.reduceat(np.add.reduceat(maps, starts, axis=-2), starts, axis=-1)
    return sums / (counts[:, None] * counts)


def _p(difference: np.ndarray, block: np.ndarray, seed: int) -> float:
    """How often the sum is as far from 0 when the signs of blocks are flipped at random."""
    by_block = np.bincount(block, weights=difference)
    flips = 1.0 - 2.0 * np.random.default_rng([seed, 2]).integers(0, 2, (ROUNDS, len(by_block)))
    seen = abs(float(by_block.sum()))
    slack = _SLACK * float(np.abs(by_block).sum())
    return (1 + int((np.abs(flips @ by_block) >= seen - slack).sum())) / (1 + ROUNDS)


def _ratio(boundary: np.ndarray, null: np.ndarray) -> float:
    """Of the means; NaN where the second is 0, as weights too small for a float can be."""
    below = float(null.mean())
    return float(boundary.mean()) / below if below > 0 else float("nan")
