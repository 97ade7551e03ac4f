"""Where windows lie: drawn at random for training, spread evenly for validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..genome.interval import Interval
from .config import Stage


@dataclass(frozen=True, slots=True)
class Window:
    """One window.

    Attributes:
        interval: Number of the interval that it lies in.
        start: 0-based position of the first base of its input, before the shift.
        shift: How far right of the targets' own bases the input is read, in bp.
        flipped: Whether it is read from the other strand.
    """

    interval: int
    start: int
    shift: int = 0
    flipped: bool = False


class Sampler:
    """Draws the training windows of one head for one stage.

    Args:
        intervals: Where windows may lie; an input that is shifted may look over an end by the shift.
        stage: Geometry, batch size and share of peaks.
        bin_size: bp of a bin.
        step_bp: Windows start at multiples of it.
        peaks: Per track that counts, int64 ``[peaks, 2]`` (see ``find_peaks``).
        head: The head's name, for messages.
    """

    def __init__(
        self,
        intervals: Sequence[Interval],
        stage: Stage,
        bin_size: int,
        step_bp: int,
        peaks: Sequence[np.ndarray],
        head: str,
    ) -> None:
        self._stage, self._bin_size, self._step = stage, bin_size, step_bp
        self._crop = (stage.input_length - stage.target_length * bin_size) // 2
        self._ranges = [_starts(interval, stage.input_length, step_bp) for interval in intervals]
        counts = np.array([max((high - low) // step_bp + 1, 0) for low, high in self._ranges], dtype=np.float64)
        if not counts.any():
            raise _too_short("training", head, stage)
        self._share = counts / counts.sum()
        usable = [rows[counts[rows[:, 0]] > 0] for rows in peaks]
        self._peaks = [rows for rows in usable if len(rows)]
        if stage.peaks and not self._peaks:
            raise InputError(
                f"no peak lies in the training intervals of head {head}",
                where=f"stage {stage.name}",
                hint="Lower peak_quantile, name other peak_tracks, or set peaks = 0",
            )

    def draw(self, rng: np.random.Generator) -> list[Window]:
        """The windows of one batch."""
        return [self._one(rng) for _ in range(self._stage.batch_size)]

    def _one(self, rng: np.random.Generator) -> Window:
        stage = self._stage
        number, start = self._on_a_peak(rng) if stage.peaks and rng.random() < stage.peaks else self._anywhere(rng)
        low, high = self._ranges[number]
        start = min(max(start // self._step * self._step, low), high)
        shift = int(rng.integers(-stage.shift, stage.shift + 1)) if stage.shift else 0
        return Window(number, start, shift, bool(stage.reverse_complement and rng.random() < 0.5))

    def _on_a_peak(self, rng: np.random.Generator) -> tuple[int, int]:
        """A track, then one of its peaks, then the bin of the window that it falls into: each equally likely."""
        rows = self._peaks[rng.integers(len(self._peaks))]
        number, position = (int(x) for x in rows[rng.integers(len(rows))])
        bins_before = int(rng.integers(self._stage.target_length))
        offset = int(rng.integers(self._bin_size // self._step)) * self._step
        return number, position - self._crop - bins_before * self._bin_size + offset

    def _anywhere(self, rng: np.random.Generator) -> tuple[int, int]:
        number = int(rng.choice(len(self._share), p=self._share))
        low, high = self._ranges[number]
        return number, low + int(rng.integers((high - low) // self._step + 1)) * self._step


def validation_windows(
    intervals: Sequence[Interval], stage: Stage, bin_size: int, step_bp: int, head: str
) -> list[Window]:
    """At most ``stage.validate_windows`` windows over the intervals, always the same; their targets do not overlap.

    Raises:
        InputError: No interval is long enough.
    """
    stride = -(-stage.target_length * bin_size // step_bp) * step_bp
    tiles = []
    for number, interval in enumerate(intervals):
        low, high = _starts(interval, stage.input_length, step_bp)
        tiles += [Window(number, start) for start in range(low, high + 1, stride)]
    if not tiles:
        raise _too_short("validation", head, stage)
    n = min(stage.validate_windows, len(tiles))
    return [tiles[int(i)] for i in np.linspace(0, len(tiles) - 1, n).round()]


def grid(interval: Interval, bin_size: int) -> tuple[int, int]:
    """First position at a multiple of the bin size, and number of whole bins from there to the interval's end."""
    low = -(-interval.start // bin_size) * bin_size
    return low, max((interval.end - low) // bin_size, 0)


def _starts(interval: Interval, length: int, step: int) -> tuple[int, int]:
    """First and last start of a window in an interval, multiples of ``step``; the last is below the first for none."""
    return -(-interval.start // step) * step, (interval.end - length) // step * step


def _too_short(kind: str, head: str, stage: Stage) -> InputError:
    return InputError(
        f"no {kind} interval of head {head} holds a window of {stage.input_length:,} bp",
        where=f"stage {stage.name}",
        hint="Give longer intervals, or a smaller input_length",
    )
