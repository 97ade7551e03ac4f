"""Core promoters of the simulated genome: an initiator, with a TATA box or GC and CCAAT boxes where they belong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .motifs import INDEX, MOTIFS
from .sites import FULL, Sites, within

#: Place of the first transcribed base, the A of TCAGTC, in the initiator motif.
TSS_IN_INITIATOR = 4
_INITIATOR_WIDTH = MOTIFS[INDEX["INR"]].width
_TATA = (22, 36)  # bp upstream of the start, to the middle of the box
_BOXES = (25, 150)  # the same for GC and CCAAT boxes
_WEAKEST = 0.01  # a promoter weaker than this is none


@dataclass(frozen=True, slots=True)
class Promoters:
    """Where transcription can start, from left to right.

    Attributes:
        position2: int64 ``[n]``: twice the 0-based position of the first transcribed base.
        strand: int64 ``[n]``: 1 or -1.
        strength: float64 ``[n]``, from 0 to 1: of the core promoter.
    """

    position2: np.ndarray
    strand: np.ndarray
    strength: np.ndarray


def find_promoters(sites: Mapping[str, Sites]) -> Promoters:
    """Every initiator that has something to hold on to upstream."""
    parts = []
    for strand in (1, -1):
        initiator = sites["INR"].on(strand)
        start2 = initiator.centre2 + strand * (2 * TSS_IN_INITIATOR - (_INITIATOR_WIDTH - 1))
        tata = np.minimum(_upstream(sites["TATA"].on(strand), start2, strand, _TATA), FULL)
        boxes = np.minimum(sum(_upstream(sites[name], start2, strand, _BOXES) for name in ("SP1", "NFY")), 3 * FULL)
        held = (1.4 * tata + 0.8 * boxes) / FULL
        strength = initiator.occupancy / FULL * (held * held) / (held * held + 1.44)
        kept = strength >= _WEAKEST
        parts.append((start2[kept], np.full(int(kept.sum()), strand, np.int64), strength[kept]))
    position2, strands, strength = (np.concatenate(p) for p in zip(*parts, strict=True))
    order = np.lexsort((strands, position2))
    return Promoters(position2[order], strands[order], strength[order])


def _upstream(sites: Sites, start2: np.ndarray, strand: int, distance: tuple[int, int]) -> np.ndarray:
    """int64 ``[starts]``: occupancy of the sites from ``distance[0]`` to ``distance[1]`` bp upstream of each start."""
    near, far = start2 - 2 * strand * distance[0], start2 - 2 * strand * distance[1]
    return within(sites, np.minimum(near, far), np.maximum(near, far))
