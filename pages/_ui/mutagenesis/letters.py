"""The letters A, C, G and T as closed outlines, to be drawn in any size by whatever fills polygons."""

from __future__ import annotations

import math

import numpy as np

_STROKE = 0.2  # of a letter's width


def outline(letter: str) -> np.ndarray:
    """float64 ``[points, 2]``: the outline of A, C, G or T in a box from 0 to 1, the last point joined to the first."""
    return np.array({"A": _a, "C": _c, "G": _g, "T": _t}[letter](), dtype=np.float64)


def _a() -> list[tuple[float, float]]:
    # The hole is reached through a cut of no width, and goes round the other way, so that it stays empty.
    outside = [(0.0, 0.0), (0.39, 1.0), (0.61, 1.0), (1.0, 0.0), (0.79, 0.0), (0.7, 0.24), (0.3, 0.24)]
    hole = [(0.37, 0.42), (0.63, 0.42), (0.5, 0.8), (0.37, 0.42)]
    return [*outside, *hole, outside[-1], (0.21, 0.0)]


def _c() -> list[tuple[float, float]]:
    return [*_arc(0.5, 40, 320), *reversed(_arc(0.5 - _STROKE, 40, 320))]


def _g() -> list[tuple[float, float]]:
    bar = [(1.0, 0.18), (1.0, 0.52), (0.56, 0.52), (0.56, 0.36), (0.8, 0.36), (0.8, 0.26)]
    return [*_arc(0.5, 40, 320), *bar, *reversed(_arc(0.5 - _STROKE, 40, 310))]


def _t() -> list[tuple[float, float]]:
    left, right = 0.5 - _STROKE / 2, 0.5 + _STROKE / 2
    return [(0.0, 1.0), (1.0, 1.0), (1.0, 0.82), (right, 0.82), (right, 0.0), (left, 0.0), (left, 0.82), (0.0, 0.82)]


def _arc(radius: float, first: float, last: float) -> list[tuple[float, float]]:
    """Points about the middle of the box, from one angle to another in degrees, against the clock from the right."""
    angles = np.linspace(math.radians(first), math.radians(last), 13)
    return [(0.5 + radius * math.cos(angle), 0.5 + radius * math.sin(angle)) for angle in angles.tolist()]
