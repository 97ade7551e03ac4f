"""Predictors whose scores are known beforehand, on a chromosome that is made in a second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from enformer_core.demo.chromosomes import Genome
from enformer_core.evaluation.heldout import HeldOut
from enformer_core.evaluation.windows import Edit

SMALL = Genome("small", {"chr9": 5_000 * 128}, "chr9")


@dataclass(frozen=True)
class Perfect:
    """Knows the truth."""

    world: HeldOut
    n_tokens: int = 1_536
    crop: int = 320
    n_bins: int = 896

    def predict(self, start: int, edit: Edit | None = None) -> np.ndarray:
        first = start + self.crop
        values = np.zeros((self.n_bins, 16), np.float32)
        low, high = max(first, 0), min(first + self.n_bins, self.world.n_bins)
        if edit is None:
            values[low - first : high - first] = self.world.truth[low:high]
        else:
            high -= -(-edit.removed // 128)
            values[low - first : high - first] = self.world.edited_truth(edit, low, high)
        return values


@dataclass(frozen=True)
class Constant(Perfect):
    """Knows nothing."""

    def predict(self, start: int, edit: Edit | None = None) -> np.ndarray:
        return np.ones((self.n_bins, 16), np.float32)
