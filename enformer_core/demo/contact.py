"""How elements reach promoters in the simulated genome: less with distance, and hardly across a boundary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .sites import FULL, Sites

BLOCK = 128
#: Contact falls to nothing at this distance in bp.
REACH = 65_536
_HALF_AT = 12_000.0  # where contact would have halved, if it did not have to end at REACH: so it halves at 8.8 kb
_FACING = (40, 240)  # bp between the middles of two CTCF sites that make a boundary
_CUT = 12.0  # a full boundary divides contact by 1 + this
_UNIT = 4096  # contact is rounded down to whole parts of 1 / this
_CHUNK = 512  # promoters at a time, for memory's sake


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Pairs of CTCF sites that face each other: a forward one on the left, a reverse one on the right.

    Attributes:
        position4: int64 ``[n]``, ascending: four times the 0-based position between the two.
        strength: int64 ``[n]``, in thousandths.
    """

    position4: np.ndarray
    strength: np.ndarray


def boundaries(ctcf: Sites) -> Boundaries:
    """Every boundary that the CTCF sites make."""
    left, right = ctcf.on(1), ctcf.on(-1)
    first = np.searchsorted(right.centre2, left.centre2 + 2 * _FACING[0], "left")
    last = np.searchsorted(right.centre2, left.centre2 + 2 * _FACING[1], "right")
    i = np.repeat(np.arange(len(left)), last - first)
    j = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)] or [np.zeros(0)]).astype(np.int64)
    position4 = left.centre2[i] + right.centre2[j]
    order = np.argsort(position4, kind="stable")
    return Boundaries(position4[order], (left.occupancy[i] * right.occupancy[j] // FULL)[order])


def contact(distance: np.ndarray) -> np.ndarray:
    """float64: how often two places ``distance`` bp apart meet: 1 at 0, nothing from ``REACH`` on."""
    far = 1.0 / (1.0 + REACH / _HALF_AT)
    return np.maximum((1.0 / (1.0 + distance / _HALF_AT) - far) / (1.0 - far), 0.0)


def insulation(strength: np.ndarray) -> np.ndarray:
    """float64: the part of contact that is left across boundaries of this total strength (thousandths)."""
    return 1.0 / (1.0 + _CUT * strength / FULL)


def regulation(position2: np.ndarray, activity: np.ndarray, cut: Boundaries) -> np.ndarray:
    """What reaches each promoter: the activity of every block within reach, weighted by contact.

    Args:
        position2: int64 ``[promoters]``, twice the position of each.
        activity: int64 ``[blocks, 3]`` in 1/4096.
        cut: The boundaries.

    Returns:
        float64 ``[promoters, 3]``; 1 is one fully active block at the promoter itself.
    """
    side = REACH // BLOCK + 1
    padded = np.pad(activity, ((side, side), (0, 0))).astype(np.float64)
    blocks = np.arange(-side, side + 1)
    found = np.zeros((len(position2), activity.shape[1]))
    for a in range(0, len(position2), _CHUNK):
        at = position2[a : a + _CHUNK]
        block = at // (2 * BLOCK)
        centre2 = 2 * BLOCK * (block[:, None] + blocks) + BLOCK - 1
        weight = contact(np.abs(centre2 - at[:, None]) / 2.0)
        weight *= insulation(np.abs(_before(cut, 2 * centre2) - _before(cut, 2 * at)[:, None]) / 2.0)
        whole = np.floor(weight * _UNIT)  # whole numbers below 2^53: any order of adding gives the same sum
        rows = np.lib.stride_tricks.sliding_window_view(padded, len(blocks), axis=0)[block]
        found[a : a + _CHUNK] = np.einsum("pj,pcj->pc", whole, rows)
    return found / (_UNIT * 4096.0)


def _before(cut: Boundaries, position4: np.ndarray) -> np.ndarray:
    """Twice the total strength of the boundaries left of each position, one at the very position counting half."""
    total = np.concatenate([[0], np.cumsum(cut.strength)])
    return (
        total[np.searchsorted(cut.position4, position4, "left")]
        + total[np.searchsorted(cut.position4, position4, "right")]
    )
