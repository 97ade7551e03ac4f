"""What the simulated genome does: from sequence to the noise-free signal of every track, step by step.

    sites -> activity of elements -> contact with promoters, cut by boundaries -> expression -> the shapes of assays

It is a function of the sequence alone, so any edit has a true answer; docs/simulated-genome.md explains each step to a
biologist. Sums are of whole numbers and all else is the four operations in a fixed order: every machine gets the same
bits. The reverse complement of a sequence gets exactly the mirrored signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from . import assays
from .assays import BIN, CELL
from .contact import REACH, Boundaries, boundaries, regulation
from .motifs import CELL_TYPES, MOTIFS
from .promoters import Promoters, find_promoters
from .sites import FULL, Sites, find_sites, within

#: Beyond this many bp nothing that is edited changes anything: contact ends at ``REACH``, elements are this much wider.
MARGIN = REACH + 2 * assays.WIDEST

# Half of the width in bp over which the sites of one element work together.
_TOGETHER = 200
_HALF_ACTIVE = 2.2  # drive at which an element is half active; an element with one site alone is nearly silent
_SILENCING = 5.0  # how strongly REST closes an element, outside neurons
_CTCF_OPENS = 1.8  # CTCF keeps chromatin open without activating it
_BASAL, _HALF_ON = 0.3, 2.5  # what a promoter does by itself, and the regulation at which it is half on
_FULL_RATE = 60.0  # CAGE of the strongest promoter

_PAIRS = (
    # factor, partner, cell type, drive, nearest and farthest distance of the middles in bp, orientation matters
    ("GATA1", "TAL1", 0, 1.3, 11, 20, True),
    ("HNF4A", "CEBPA", 1, 1.0, 12, 60, False),
)


@dataclass(frozen=True, slots=True)
class Signal:
    """The noise-free signal of a sequence and the steps that led to it. Cells are of 32 bp, blocks of 128 bp.

    Attributes:
        tracks: float32 ``[L / 32, 16]``, in the order of ``assays.TRACKS``.
        activity: float64 ``[L / 32, 3]``: of elements, from 0 to 1, by cell type.
        promoters: Every place where transcription can start.
        regulation: float64 ``[promoters, 3]``: what reaches each promoter, its own element included.
        expression: float64 ``[promoters, 3]``: CAGE of each promoter.
        boundaries: Pairs of CTCF sites that face each other.
    """

    tracks: np.ndarray
    activity: np.ndarray
    promoters: Promoters
    regulation: np.ndarray
    expression: np.ndarray
    boundaries: Boundaries


def signal(codes: np.ndarray, sites: Mapping[str, Sites] | None = None) -> Signal:
    """What a sequence does.

    Args:
        codes: uint8 ``[L]``: A 0, C 1, G 2, T 3, N 4; L is a multiple of 128.
        sites: Those of ``find_sites``, if they are at hand.
    """
    sites = find_sites(codes) if sites is None else sites
    n_cells = len(codes) // CELL
    bound = {name: _field(found, n_cells) for name, found in sites.items()}
    activity, accessibility = _activity(sites, bound, n_cells)
    promoters = find_promoters(sites)
    cut = boundaries(sites["CTCF"])
    reaching = regulation(promoters.position2, in_blocks(activity), cut)
    expression = expressed(promoters.strength, reaching)
    tracks = assays.draw(
        codes, sites, activity, accessibility, promoters.position2, promoters.strength, expression / _FULL_RATE
    )
    return Signal(tracks, activity, promoters, reaching, expression, cut)


def _activity(
    sites: Mapping[str, Sites], bound: Mapping[str, np.ndarray], n_cells: int
) -> tuple[np.ndarray, np.ndarray]:
    """Activity and accessibility ``[cells, 3]``, from 0 to 1."""
    drive = np.zeros((n_cells, len(CELL_TYPES)))
    for motif in MOTIFS:
        for c, weight in enumerate(motif.drive):
            if weight:
                drive[:, c] += weight * bound[motif.name]
    for factor, partner, c, weight, nearest, farthest, oriented in _PAIRS:
        together = _paired(sites[factor], sites[partner], nearest, farthest, oriented)
        drive[:, c] += weight * _field(together, n_cells)
    silenced = 1.0 / (1.0 + _SILENCING * bound["REST"])
    drive[:, :2] *= silenced[:, None]
    open_to = drive + _CTCF_OPENS * bound["CTCF"][:, None]
    return _hill3(drive, _HALF_ACTIVE), _hill3(open_to, _HALF_ACTIVE)


def _field(sites: Sites, n_cells: int) -> np.ndarray:
    """float64 ``[cells]``: bound sites nearby; 1 in the middle of one full site, falling to 0 at 200 bp."""
    return assays.spread(sites.centre2, sites.occupancy, n_cells, assays.bump(_TOGETHER)) / (FULL * assays.UNIT)


def _paired(factor: Sites, partner: Sites, nearest: int, farthest: int, oriented: bool) -> Sites:
    """The factor's sites that have a partner at the right distance: upstream on the same strand if ``oriented``."""
    bound = np.zeros(len(factor), np.int64)
    for strand in (1, -1):
        mine = np.flatnonzero(factor.strand == strand)
        for side in (strand,) if oriented else (1, -1):
            others = partner.on(strand) if oriented else partner
            low, high = factor.centre2[mine] - 2 * side * nearest, factor.centre2[mine] - 2 * side * farthest
            bound[mine] += within(others, np.minimum(low, high), np.maximum(low, high))
    return Sites(factor.centre2, factor.strand, factor.occupancy * np.minimum(bound, FULL) // FULL)


def _hill3(x: np.ndarray, half: float) -> np.ndarray:
    cube = x * x * x
    return cube / (cube + half * half * half)


def in_blocks(activity: np.ndarray) -> np.ndarray:
    """int64 ``[blocks, 3]``: mean activity in 128 bp, in 1/4096; whole numbers, so that sums are exact."""
    whole = np.floor(activity * 4096.0).astype(np.int64)
    return whole.reshape(-1, BIN // CELL, activity.shape[1]).sum(axis=1) // (BIN // CELL)


def expressed(strength: np.ndarray, reaching: np.ndarray) -> np.ndarray:
    """CAGE of each promoter ``[promoters, 3]``: its core's strength times how far regulation turns it on."""
    x = reaching + _BASAL
    return _FULL_RATE * strength[:, None] * (x * x) / (x * x + _HALF_ON * _HALF_ON)
