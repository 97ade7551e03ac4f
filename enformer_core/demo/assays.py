"""The shapes in which each assay shows the simulated genome, and the names of its tracks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .motifs import CELL_TYPES
from .sites import FULL, Sites

CELL = 32
BIN = 128
UNIT = 4096  # the height of a kernel, so that kernels are whole numbers
#: The farthest in bp that any shape is drawn from what it shows.
WIDEST = 1400
_FACTORS = (("CTCF", 0), ("CTCF", 1), ("CTCF", 2), ("GATA1", 0), ("HNF4A", 1), ("ASCL1", 2), ("REST", 1))


@dataclass(frozen=True, slots=True)
class SimulatedTrack:
    """A track of the simulated genome: an assay, or the factor that ChIP shows, in one cell type."""

    assay: str
    cell_type: str

    @property
    def identifier(self) -> str:
        """As ``DNASE_ery``."""
        return f"{self.assay}_{self.cell_type}"


TRACKS = tuple(
    [SimulatedTrack(assay, cell) for assay in ("DNASE", "H3K27ac", "CAGE") for cell in CELL_TYPES]
    + [SimulatedTrack(factor, CELL_TYPES[c]) for factor, c in _FACTORS]
)
IDENTIFIERS = tuple(track.identifier for track in TRACKS)


def draw(
    codes: np.ndarray,
    sites: Mapping[str, Sites],
    activity: np.ndarray,
    accessibility: np.ndarray,
    position2: np.ndarray,
    strength: np.ndarray,
    expression: np.ndarray,
) -> np.ndarray:
    """Every track.

    Args:
        codes: uint8 ``[L]``.
        sites: By motif.
        activity: float64 ``[L / 32, 3]``, of elements.
        accessibility: float64 ``[L / 32, 3]``.
        position2: int64 ``[promoters]``.
        strength: float64 ``[promoters]``, from 0 to 1: of the core promoters.
        expression: float64 ``[promoters, 3]``, from 0 to 1.

    Returns:
        float32 ``[L / 32, 16]``: coverage, to a thousandth.
    """
    tracks = [
        *(_always_open(codes, position2, strength)[:, None] + 12.0 * accessibility).T,
        *_acetylation(activity, position2, expression).T,
        *_cage(len(activity), position2, expression).T,
        *(_chip(sites[factor], accessibility[:, c], factor) for factor, c in _FACTORS),
    ]
    return (np.floor(np.stack(tracks, axis=1) * 1000.0 + 0.5) / 1000.0).astype(np.float32)


def _always_open(codes: np.ndarray, position2: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """float64 ``[cells]``: DNASE that all cell types share: a background that follows GC content, and promoters."""
    whole = np.floor(strength * 4096.0).astype(np.int64)
    promoters = spread(position2, whole, len(codes) // CELL, bump(150)) / (UNIT * 4096.0)
    return _background(codes) + 6.0 * promoters


def _background(codes: np.ndarray) -> np.ndarray:
    """float64 ``[cells]``: open chromatin's background follows the GC content of the kilobase around."""
    gc = ((codes == 1) | (codes == 2)).reshape(-1, CELL).sum(axis=1)
    side = 16
    total = np.concatenate([[0], np.cumsum(np.pad(gc, side))])
    share = (total[2 * side + 1 :] - total[: -2 * side - 1]) / (CELL * (2 * side + 1))
    return 0.1 + 0.6 * np.maximum(share - 0.36, 0.0)


def _acetylation(activity: np.ndarray, position2: np.ndarray, expression: np.ndarray) -> np.ndarray:
    """H3K27ac ``[cells, 3]``: on the nucleosomes beside active elements and promoters, less on the element itself."""
    n_cells = len(activity)
    whole = np.floor(activity * 4096.0).astype(np.int64)
    shape = _shoulders()
    side = len(shape) // 2
    padded = np.pad(whole, ((side, side), (0, 0)))
    around = np.zeros_like(whole)
    for place, height in enumerate(shape):
        around += height * padded[place : place + n_cells]
    kernel = _shoulders_at()
    for c in range(whole.shape[1]):
        strength = np.floor(expression[:, c] * 4096.0).astype(np.int64)
        around[:, c] += 8 * spread(position2, strength, n_cells, kernel).astype(np.int64)
    x = around / (8.0 * 4096.0 * UNIT)  # 1: an element eight cells wide, fully active
    return 0.15 + 9.0 * x / (x + 1.0)


def _cage(n_cells: int, position2: np.ndarray, expression: np.ndarray) -> np.ndarray:
    """CAGE ``[cells, 3]``: a narrow cluster of starts, whose 128-bp means add up to the promoter's expression.

    To about 4 %: the cluster is a triangle, of which each cell shows the height at its middle.
    """
    kernel = _triangle(80)
    scale = 60.0 * (BIN / 80.0) / (UNIT * 4096.0)
    found = [
        spread(position2, np.floor(expression[:, c] * 4096.0).astype(np.int64), n_cells, kernel)
        for c in range(expression.shape[1])
    ]
    return 0.02 + scale * np.stack(found, axis=1)


def _chip(sites: Sites, accessibility: np.ndarray, factor: str) -> np.ndarray:
    """ChIP of a factor ``[cells]``: its sites, as far as chromatin is open. CTCF minds little, REST not at all."""
    bound = spread(sites.centre2, sites.occupancy, len(accessibility), bump(150)) / (FULL * UNIT)
    heard = {"CTCF": 0.6 + 0.4 * accessibility, "REST": np.ones_like(accessibility)}
    return 0.1 + 20.0 * bound / (bound + 0.6) * heard.get(factor, 0.1 + 0.9 * accessibility)


# --- Kernels: int64, indexed by twice the distance in bp -----------------------------------------------------------


def bump(half_width: int) -> np.ndarray:
    """A smooth bump, (1 - (d / half width)^2)^2."""
    d2 = np.arange(2 * half_width)
    x = 1.0 - (d2 * d2) / (4.0 * half_width * half_width)
    return np.floor(UNIT * x * x).astype(np.int64)


def spread(centre2: np.ndarray, weight: np.ndarray, n_cells: int, kernel: np.ndarray) -> np.ndarray:
    """Add a kernel around every position.

    Args:
        centre2: int64 ``[n]``: twice the positions.
        weight: int64 ``[n]``.
        n_cells: Cells of 32 bp.
        kernel: int64, by twice the distance from a position to the middle of a cell.

    Returns:
        float64 ``[cells]`` of whole numbers, exact in any order.
    """
    side = len(kernel) // (2 * CELL) + 1
    cell = centre2[:, None] // (2 * CELL) + np.arange(-side, side + 1)
    distance2 = np.abs(2 * CELL * cell + CELL - 1 - centre2[:, None])
    chosen = (cell >= 0) & (cell < n_cells) & (distance2 < len(kernel))
    heights = (weight[:, None] * kernel[np.minimum(distance2, len(kernel) - 1)])[chosen]
    return np.bincount(cell[chosen], weights=heights, minlength=n_cells)


def _triangle(half_width: int) -> np.ndarray:
    return UNIT - np.arange(2 * half_width) * UNIT // (2 * half_width)


def _shoulders_at() -> np.ndarray:
    """Low in the middle, highest from 250 to 500 bp away, gone at 1,400 bp."""
    d = np.arange(2 * WIDEST) / 2.0
    rise = np.minimum(0.4 + 0.6 * d / 250.0, 1.0)
    fall = np.minimum((WIDEST - d) / (WIDEST - 500.0), 1.0)
    return np.floor(UNIT * rise * fall * fall).astype(np.int64)


def _shoulders() -> np.ndarray:
    """The same, by distance in whole cells."""
    kernel = _shoulders_at()
    distance = 2 * CELL * np.abs(np.arange(-(WIDEST // CELL), WIDEST // CELL + 1))
    return np.where(distance < len(kernel), kernel[np.minimum(distance, len(kernel) - 1)], 0)
