"""Bringing an experiment to the scale of a model's predictions.

Enformer was trained on coverage that basenji's ``basenji_data_read.py`` prepared in 2020 (commits 385d5c5 to adc1622):
pooled over 128 bp by the track's ``sum_stat``, clipped softly (``x > c`` becomes ``c + sqrt(x - c)``) or hard (to
``[0, c]``), and only then multiplied by ``scale``. Which of the two clips made the published training data is not on
record; the soft one is what the Basenji2 paper describes. Later versions of that script scale before they pool and
clip: they do not fit these weights.

One step is left out: that script filled bases without data with a baseline, the 10th percentile of the region. Here
gaps stay gaps: a bin pools the bases that have data, and a bin with none is NaN before and after.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from ..errors import InputError, shown
from .table import Track

Statistic = Literal["mean", "sum", "max", "min"]
Name = Literal["soft", "hard", "none"]
STATISTICS: tuple[Statistic, ...] = ("mean", "sum", "max", "min")


@dataclass(frozen=True, slots=True)
class Transform:
    """One way of showing an experiment beside a prediction.

    Attributes:
        name: ``soft`` and ``hard`` clip at the track's ``clip`` and multiply by its ``scale``; ``none`` does neither.
    """

    name: Name

    def statistic(self, track: Track) -> Statistic:
        """How to pool this track's coverage into bins: by its ``sum_stat``, or the mean for ``none``.

        Raises:
            InputError: The track's ``sum_stat`` is none of ``STATISTICS``.
        """
        if self.name == "none":
            return "mean"
        for statistic in STATISTICS:
            if statistic == track.sum_stat:
                return statistic
        raise InputError(
            f"track {track.target_index} pools by {shown(track.sum_stat)}", hint=f"Known are {', '.join(STATISTICS)}"
        )

    def apply(self, values: np.ndarray, track: Track) -> np.ndarray:
        """Clip and scale pooled coverage.

        Args:
            values: float [bins], pooled by ``statistic(track)``; NaN for gaps.
            track: The track whose ``clip`` and ``scale`` apply.

        Returns:
            A new float32 [bins]; gaps stay NaN.
        """
        x = np.array(values, dtype=np.float64)
        if self.name == "none":
            return x.astype(np.float32)
        if self.name == "soft":
            above = x > track.clip
            x[above] = track.clip + np.sqrt(x[above] - track.clip)
        else:
            x = np.clip(x, 0.0, track.clip)
        return (x * track.scale).astype(np.float32)

    def label(self, track: Track, bin_size: int) -> str:
        """The y axis: ``coverage, 128-bp mean, soft clip 32, x 2``."""
        text = f"coverage, {bin_size}-bp {self.statistic(track)}"
        if self.name == "none":
            return text
        if math.isfinite(track.clip):
            text += f", {self.name} clip {track.clip:g}"
        return text if track.scale == 1 else f"{text}, x {track.scale:g}"


TRANSFORMS: Mapping[str, Transform] = MappingProxyType(
    {"soft": Transform("soft"), "hard": Transform("hard"), "none": Transform("none")}
)


def transform(name: str) -> Transform:
    """The transform of this name.

    ``soft`` and ``hard`` are for raw coverage; ``none`` (128-bp mean, nothing else) is for files that are on the
    model's scale already, such as exported predictions.

    Raises:
        InputError: There is none.
    """
    if name not in TRANSFORMS:
        raise InputError(f"there is no transform {shown(name)}", hint=f"Choose one of {', '.join(TRANSFORMS)}")
    return TRANSFORMS[name]
