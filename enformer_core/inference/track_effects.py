"""What edits do to whole tracks, in numbers: SAD, SAR, log2 fold change at chosen bins, largest change of a bin.

The formulas are those of ``effect_scores``. Here two predictions are compared, with their bins paired on the reference,
so that insertions and deletions compare like with like. Nothing here needs torch.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from ..errors import InputError, shown
from ..genome.haplotype import Haplotype
from ..genome.interval import Interval
from ..genome.locus import format_locus
from ..provenance import Provenance
from ..tracks.table import Track
from .effect_scores import Values, log2_ratio, sad, sar
from .paired_bins import PairedBins, middle_bins, paired_bins
from .prediction import Prediction

if TYPE_CHECKING:
    import pandas as pd

    from .jobs import Job
    from .predictor import Predictor
    from .window import Window

# What two predictions must share for their difference to be that of their bases alone.
_SHARED = {
    "weights_sha256": "weights",
    "head": "head",
    "assembly_id": "assembly",
    "averaging": "averaging",
    "precision": "precision",
}


@dataclass(frozen=True, slots=True)
class TrackEffect:
    """What edits do to one track; the formulas are those of ``sad``, ``sar`` and ``log2_fold_change``.

    Attributes:
        track: Which.
        sad: Mean over the paired bins of edited less reference, in coverage of a bin.
        sar: Log2 ratio of their sums.
        reference: Mean of the chosen bins that are left, without the edits; NaN where none is.
        alternative: Mean of the edited bins that stand for them; NaN where there are none.
        log2_fold_change: Of the last two; NaN where there are none.
        largest: The change of the bin that changes most, with its sign, in coverage of a bin.
        largest_bin: Which output bin of the reference that is.
        largest_at: Where it lies on the reference, 0-based and half-open, within the contig.
    """

    track: Track
    sad: float
    sar: float
    reference: float
    alternative: float
    log2_fold_change: float
    largest: float
    largest_bin: int
    largest_at: Interval


@dataclass(frozen=True, slots=True)
class TrackEffects:
    """What edits do to several tracks.

    Attributes:
        rows: One per track, in the order of the predictions.
        bins: The chosen bins of the reference that are left, over which the fold change is taken.
        edited_bins: The bins of the edited window in which they lie, each once.
        n_paired: How many bins SAD, SAR and the largest change look at.
        provenance: How to make the edited prediction again.
        notes: What a person should know about these numbers.
    """

    rows: tuple[TrackEffect, ...]
    bins: tuple[int, ...]
    edited_bins: tuple[int, ...]
    n_paired: int
    provenance: Provenance
    notes: tuple[str, ...] = ()

    def of(self, target_index: int) -> TrackEffect:
        """The row of one track.

        Raises:
            InputError: It is not among them.
        """
        for row in self.rows:
            if row.track.target_index == target_index:
                return row
        raise InputError(f"there is no effect of track {shown(target_index)}", hint="Predict that track, too")

    def frame(self) -> pd.DataFrame:
        """One row per track; ``start`` and ``end`` of the largest change are 0-based and half-open."""
        import pandas as pd

        return pd.DataFrame(
            {
                "target_index": [row.track.target_index for row in self.rows],
                "identifier": [row.track.identifier for row in self.rows],
                "description": [row.track.description for row in self.rows],
                "sad": [row.sad for row in self.rows],
                "sar": [row.sar for row in self.rows],
                "reference": [row.reference for row in self.rows],
                "alternative": [row.alternative for row in self.rows],
                "log2_fold_change": [row.log2_fold_change for row in self.rows],
                "largest": [row.largest for row in self.rows],
                "chrom": [row.largest_at.chrom for row in self.rows],
                "start": [row.largest_at.start for row in self.rows],
                "end": [row.largest_at.end for row in self.rows],
            }
        )


def track_effects(reference: Prediction, edited: Prediction, bins: Iterable[int] | None = None) -> TrackEffects:
    """Compare the predictions of a window without and with edits, track by track.

    SAD, SAR and the largest change look at all pairs of bins (see ``PairedBins``); for substitutions these are all
    bins of both windows, and the numbers are those of the plain formulas. The fold change compares two means, as
    ``enformer_core.effect`` does: of the chosen bins that are left, and of the edited bins in which they lie, each
    counted once.

    Args:
        reference: Without the edits.
        edited: The same tracks of the same window, with them.
        bins: Output bins of the reference at which the fold change is taken, such as ``start_site_bins`` gives; by
            default the three in the middle, which are the TSS bins of a window that is centred on a start site.

    Raises:
        InputError: The predictions are not of one window, one model and the same tracks; the first is an edited one; a
            bin does not exist or is named twice, or none is named; no bin is left to compare.
        NumericalError: A value is NaN or infinite.
    """
    _refuse_unlike(reference, edited)
    chosen = middle_bins(reference) if bins is None else _bins(bins, reference.n_bins)
    pairs = paired_bins(reference, edited)
    if not len(pairs.reference):
        raise InputError("the edits leave no bin of the output to compare", hint="Move the window, or edit less")
    before, after = reference.values[pairs.reference], edited.values[pairs.edited]
    largest, largest_bins = _largest(reference, pairs.reference, before, after)
    kept = np.isin(pairs.reference, chosen)
    left, stand = pairs.reference[kept], np.unique(pairs.edited[kept])
    levels = _mean(reference.values[left]), _mean(edited.values[stand])
    numbers = np.stack([sad(before, after), sar(before, after), *levels, log2_ratio(*levels), largest])
    rows = tuple(
        _row(reference, track, numbers[:, column], int(largest_bins[column]))
        for column, track in enumerate(reference.tracks)
    )
    notes = _notes(reference, pairs, chosen, len(left))
    return TrackEffects(
        rows, tuple(left.tolist()), tuple(stand.tolist()), len(pairs.reference), edited.provenance, notes
    )


def each_alone(window: Window) -> tuple[Window, ...]:
    """The same window with each of its edits alone, in their order; what keeps its place in it stays the same.

    Raises:
        InputError: The window has no edits.
    """
    if window.haplotype is None:
        raise InputError("the window has no edits", hint="Write one as chr1:1000:A>C")
    anchor = window.haplotype.anchor
    return tuple(replace(window, haplotype=Haplotype(window.interval, (edit,), anchor)) for edit in window.edits)


def submit_each_alone(
    predictor: Predictor,
    window: Window,
    *,
    tracks: Iterable[int] | Literal["all"] | None = None,
    head: str | None = None,
) -> tuple[Job[Prediction], ...]:
    """Queue the prediction of each edit alone, in the order of ``window.edits``; see ``Predictor.submit``.

    Raises:
        InputError: The window has no edits, or the request cannot be understood.
    """
    chosen = predictor.tracks(head).resolve(tracks).target_index.tolist()
    return tuple(predictor.submit(alone, tracks=chosen, head=head) for alone in each_alone(window))


def _refuse_unlike(reference: Prediction, edited: Prediction) -> None:
    """Differences between predictions of unlike things would be no effect of edits."""
    if reference.coordinates is not None:
        raise InputError(
            f"the reference has edits itself: {shown(', '.join(reference.provenance.edits))}",
            hint="Predict the window without edits, and give that first",
        )
    if reference.tracks != edited.tracks:
        raise InputError("the two predictions are of different tracks", hint="Predict the same tracks for both")
    places = [(p.input_interval, p.interval, p.bin_size, p.tiles) for p in (reference, edited)]
    if places[0] != places[1]:
        raise InputError(
            f"the two predictions are of {format_locus(reference.interval)} and {format_locus(edited.interval)}",
            hint="Predict the same window with and without edits",
        )
    for field, what in _SHARED.items():
        first, second = getattr(reference.provenance, field), getattr(edited.provenance, field)
        if first != second:
            raise InputError(
                f"the two predictions differ in their {what}: {shown(first)} and {shown(second)}",
                hint="Make both with the same model and settings",
            )


def _bins(bins: Iterable[int], n_bins: int) -> tuple[int, ...]:
    found = []
    for number in bins:
        try:
            value = -1 if isinstance(number, bool) else operator.index(number)
        except TypeError:
            value = -1
        if not 0 <= value < n_bins:
            raise InputError(f"there is no output bin {shown(number)}", hint=f"They are numbered 0 to {n_bins - 1:,}")
        if value in found:
            raise InputError(f"bin {value:,} is chosen twice", hint="Name each bin once")
        found.append(value)
    if not found:
        raise InputError("no bin is chosen", hint="Choose at least one")
    return tuple(sorted(found))


def _mean(values: np.ndarray) -> Values:
    """Mean over bins, float64 ``[tracks]``; NaN where there are none."""
    return values.mean(axis=0, dtype=np.float64) if len(values) else np.full(values.shape[1], np.nan)


def _largest(
    reference: Prediction, bins: npt.NDArray[np.int64], before: np.ndarray, after: np.ndarray
) -> tuple[Values, npt.NDArray[np.int64]]:
    """Per track, the change of the bin that changes most and that bin; bins off the contig are passed over."""
    starts = reference.starts[bins]
    on_contig = np.flatnonzero(
        (starts + reference.bin_size > 0) & (starts < reference.contigs[reference.interval.chrom])
    )
    if not len(on_contig):
        raise InputError("no bin that is left lies on the contig", hint="Move the window onto it")
    change = after[on_contig].astype(np.float64) - before[on_contig]
    most = np.abs(change).argmax(axis=0)
    return change[most, np.arange(change.shape[1])], bins[on_contig[most]]


def _row(reference: Prediction, track: Track, numbers: Values, largest_bin: int) -> TrackEffect:
    """One row, from its six numbers in the order of the attributes."""
    activity, ratio, before, after, fold, largest = numbers.tolist()
    chrom, start = reference.interval.chrom, reference.interval.start + largest_bin * reference.bin_size
    place = Interval(chrom, max(start, 0), min(start + reference.bin_size, reference.contigs[chrom]))
    return TrackEffect(track, activity, ratio, before, after, fold, largest, largest_bin, place)


def _notes(reference: Prediction, pairs: PairedBins, chosen: tuple[int, ...], n_left: int) -> tuple[str, ...]:
    notes = []
    lost = [f"delete {len(pairs.deleted):,}"] if len(pairs.deleted) else []
    lost += [f"push {len(pairs.outside):,} out of the output"] if len(pairs.outside) else []
    if lost:
        n_paired = len(pairs.reference)
        notes.append(f"{n_paired:,} of {reference.n_bins:,} bins are compared: the edits {' and '.join(lost)}")
    if n_left < len(chosen):
        notes.append(f"the edits leave {n_left:,} of the {len(chosen):,} bins of the fold change")
    if reference.provenance.precision != "float32":
        notes.append(
            f"the model runs in {reference.provenance.precision}, whose rounding can be as large as a small effect"
        )
    return tuple(notes)
