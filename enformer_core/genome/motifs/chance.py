"""Scores of a motif in whole steps, and how likely random bases are to score so well.

Scores are log-odds in bits: log2 of how much more often a base is seen at the motif's position than in the background.
They are rounded to ``STEP`` for each position, so that a sum has few values and the chance of each can be computed
exactly (no simulation, no bound). Everything is counted down from the motif's best score: what a base *loses*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .motif import Motif

STEP = 0.02
"""Bits. Of a 12-bp motif, a score moves by 0.12 at most, and by 0.02 as a rule."""

PSEUDOCOUNT = 1.0
"""Added to the counts of each position, shared out as the background is."""

_FIRST = 600  # losses to begin with; doubled until they reach the wanted p


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A motif against a background.

    Attributes:
        steps: int64 ``[width, 4]``: the score of each base, in steps.
        losses: int64 ``[width, 4]``: steps that each base loses against the best of its position, 0 or more.
        tail: float64 ``[n]``: chance that random bases lose at most 0, 1, ... n - 1 steps; those up to the wanted p.
    """

    steps: np.ndarray
    losses: np.ndarray
    tail: np.ndarray

    @property
    def best(self) -> int:
        """The highest score, in steps."""
        return int(self.steps.max(axis=1).sum())


def scored(motif: Motif, background: np.ndarray, p: float) -> Scored:
    """Score a motif.

    Args:
        motif: The motif.
        background: float64 ``[4]``: chance of A, C, G and T.
        p: The highest chance that is of interest.
    """
    total = motif.counts.sum(axis=1, keepdims=True)
    share = (motif.counts + PSEUDOCOUNT * background) / (total + PSEUDOCOUNT)
    steps = np.rint(np.log2(share / background) / STEP).astype(np.int64)
    losses = steps.max(axis=1, keepdims=True) - steps
    return Scored(steps, losses, _tail(losses, background, p))


def _tail(losses: np.ndarray, background: np.ndarray, p: float) -> np.ndarray:
    worst = int(losses.max(axis=1).sum())
    size = _FIRST
    while True:
        size = min(size, worst + 1)
        chance = np.cumsum(_distribution(losses, background, size))
        if size == worst + 1 or chance[-1] > p:
            return chance[chance <= p]
        size *= 2


def _distribution(losses: np.ndarray, background: np.ndarray, size: int) -> np.ndarray:
    """float64 ``[size]``: chance of each loss below ``size``. Losses only add up, so the rest can be left out."""
    chance = np.zeros(size)
    chance[0] = 1.0
    for row in losses.tolist():
        grown = np.zeros(size)
        for loss, share in zip(row, background.tolist(), strict=True):
            if loss < size:
                grown[loss:] += share * chance[: size - loss]
        chance = grown
    return chance
