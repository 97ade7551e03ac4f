"""Which bins of an edited window stand for which of the reference's, and the bins at a start site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import LocusError
from ..genome.locus import format_locus
from .prediction import Prediction


@dataclass(frozen=True, slots=True, eq=False)
class PairedBins:
    """Which bin of an edited window stands for which of the reference's.

    A bin of the reference is paired with the edited bin in which its middle base comes to lie. Bins whose middle base
    is deleted, or is pushed out of the output, have none, and neither have bins of inserted bases. Without insertions
    and deletions every bin is paired with itself.

    Attributes:
        reference: int64 ``[pairs]``, output bins of the reference, ascending.
        edited: int64 ``[pairs]``, output bins of the edited window, never decreasing. A short deletion between two
            middles can put both into one bin.
        deleted: int64, bins of the reference whose middle is deleted.
        outside: int64, those whose middle is pushed out.
    """

    reference: npt.NDArray[np.int64]
    edited: npt.NDArray[np.int64]
    deleted: npt.NDArray[np.int64]
    outside: npt.NDArray[np.int64]


def middle_bins(prediction: Prediction) -> tuple[int, ...]:
    """The three in the middle of the window that was asked for: 447, 448 and 449 of 896.

    A gene's start site is the first base of 448.
    """
    middle = prediction.middle_bin
    return tuple(range(max(0, middle - 1), min(prediction.n_bins, middle + 2)))


def start_site_bins(reference: Prediction, tss: int) -> tuple[int, ...]:
    """The output bin with a start site, and one to either side.

    Args:
        reference: A prediction without edits.
        tss: 0-based position of the first transcribed base, on the prediction's contig.

    Raises:
        LocusError: The three do not lie in the output.
    """
    middle = (tss - reference.interval.start) // reference.bin_size
    if not 1 <= middle < reference.n_bins - 1:
        raise LocusError(
            f"the three bins at the start site {tss + 1:,} do not lie in the output, which is "
            f"{format_locus(reference.interval)}",
            hint="Centre the window on the gene",
        )
    return (middle - 1, middle, middle + 1)


def paired_bins(reference: Prediction, edited: Prediction) -> PairedBins:
    """Pair the bins of a prediction with those of the same window with edits; see ``PairedBins``."""
    bins = np.arange(reference.n_bins, dtype=np.int64)
    if edited.coordinates is None:
        return PairedBins(bins, bins, bins[:0], bins[:0])
    middles = reference.starts + reference.bin_size // 2
    indices = np.asarray(edited.coordinates.to_alt(middles))
    rows = (indices - (edited.interval.start - edited.input_interval.start)) // edited.bin_size
    deleted = np.asarray(edited.coordinates.to_ref(indices)) != middles
    outside = ~deleted & ((rows < 0) | (rows >= edited.n_bins))
    kept = ~deleted & ~outside
    return PairedBins(bins[kept], rows[kept], bins[deleted], bins[outside])
