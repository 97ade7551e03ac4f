"""Tokens of the convolution tower, computed once where the tower no longer changes.

With whole intervals as tokens, a window of any length costs its transformer alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from ..errors import NumericalError
from ..genome.interval import Interval
from ..inference.onehot import encode
from ..model import Enformer
from .arrays import mapped, written_rows
from .coverage import Progress
from .head_data import COMPLEMENT, HeadData
from .precision import autocast
from .windows import Window, grid

# A token sees less than 2.1 bins to either side of its own; beyond the halo nothing reaches it.
HALO_BINS = 4
CHUNK_BINS = 768


@dataclass(frozen=True)
class CachedTokens:
    """Tokens of intervals, on the grid of ``grid(interval, bin_size)``: per interval ``[T, C]``.

    ``reverse`` holds those of the other strand, in its own order: the bin ``t`` of the interval is row ``T - 1 - t``.
    It is empty where only one strand is read.
    """

    intervals: Sequence[Interval]
    forward: list[np.ndarray]
    reverse: list[np.ndarray]
    bin_size: int

    def batch(self, windows: Sequence[Window], n_tokens: int) -> np.ndarray:
        """float32 ``[B, n_tokens, C]`` of windows that start on the grid."""
        found = []
        for window in windows:
            low, n_bins = grid(self.intervals[window.interval], self.bin_size)
            first = (window.start - low) // self.bin_size
            if window.flipped:
                found.append(self.reverse[window.interval][n_bins - first - n_tokens : n_bins - first])
            else:
                found.append(self.forward[window.interval][first : first + n_tokens])
        return np.stack(found).astype(np.float32)


def cache_tokens(
    tokens_of: Callable[[str, int, int, bool], np.ndarray],
    data: HeadData,
    intervals: Sequence[Interval],
    both_strands: bool,
    width: int,
    prefix: Path,
    progress: Progress,
) -> CachedTokens:
    """Compute the tokens of whole intervals, as float16 files whose names start with ``prefix``.

    Args:
        tokens_of: ``exact_tokens`` of a model; takes contig, start, number of bins, and whether of the other strand.
        data: The head's data.
        intervals: Where.
        both_strands: Whether to compute those of the other strand, too.
        width: Channels of a token.
        prefix: What the files' names start with.
        progress: Called with fraction and message.

    Raises:
        OutOfDisk: They do not fit on the disk.
    """
    kept: dict[bool, list[np.ndarray]] = {False: [], True: []}
    for number, interval in enumerate(intervals):
        low, n_bins = grid(interval, data.bin_size)
        for flipped in (False, True) if both_strands else (False,):
            file = prefix.with_name(f"{prefix.name}-{number}-{'reverse' if flipped else 'forward'}.npy")
            with written_rows(file, (n_bins, width), np.float16) as write:
                for first in range(0, n_bins, CHUNK_BINS):
                    progress(first / n_bins, f"tokens of {interval.chrom}, {number + 1} of {len(intervals)}")
                    last = min(first + CHUNK_BINS, n_bins)
                    # Row t of the other strand is bin n - 1 - t of the interval.
                    leftmost = n_bins - last if flipped else first
                    write(tokens_of(interval.chrom, low + leftmost * data.bin_size, last - first, flipped))
            kept[flipped].append(mapped(file))
    return CachedTokens(intervals, kept[False], kept[True], data.bin_size)


def exact_tokens(
    model: Enformer, data: HeadData, precision: str, chrom: str, start: int, n_bins: int, flipped: bool
) -> np.ndarray:
    """Tokens of ``n_bins`` bins from 0-based ``start``, as inside of an endless window: float16 ``[n_bins, C]``.

    Args:
        model: In evaluation mode, on its device.
        data: The head's data.
        precision: ``float32`` or ``bfloat16``.
        chrom: Contig.
        start: Of the leftmost bin, on either strand.
        n_bins: Number of bins.
        flipped: Whether to read the other strand; the rows are then in its order.

    Raises:
        NumericalError: A token does not fit float16.
    """
    halo = HALO_BINS * data.bin_size
    codes = data.sequences.codes(chrom, start - halo, n_bins * data.bin_size + 2 * halo)
    encoded = encode((COMPLEMENT[codes][::-1] if flipped else codes)[None])
    # The model insists on as many bins as it scores; what is added lies beyond the halo.
    missing = model.config.target_length * data.bin_size - encoded.shape[1]
    device = model.positions.device
    with torch.inference_mode(), autocast(device, precision):
        tokens = model.tokens(F.pad(encoded, (0, 0, 0, max(missing, 0))).to(device))
    found = tokens[0, HALO_BINS : HALO_BINS + n_bins].to(torch.float16)
    if not torch.isfinite(found).all():
        raise NumericalError(
            f"the tower's tokens do not fit float16 at {chrom}:{start + 1:,}",
            hint="Set frozen_tower = false, or train the stage before it with a lower learning_rate",
        )
    return found.cpu().numpy()
