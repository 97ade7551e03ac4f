"""From a prediction and experiments to the lanes of the figure, with the numbers beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from enformer_core.errors import EnformerError
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus
from enformer_core.tracks.bigwig_read import BinnedSignal
from enformer_core.tracks.compare import Correlation, pearson
from enformer_core.tracks.table import Track
from enformer_core.tracks.transform import Transform

from . import edit_marks, views
from .picture import Lane, Picture, highest, track_name
from .state import Result
from .words import listed

_NONE = np.zeros(0, dtype=np.int64)


def picture_of(
    result: Result,
    view: Interval | None,
    signals: Mapping[int, BinnedSignal | EnformerError],
    files: Mapping[int, str],
    transform: Transform,
) -> Picture:
    """Put a result on one axis.

    Args:
        result: The prediction.
        view: What to show; None for the part that was asked for.
        signals: By target index, the experiment on the displayed scale, or why it is not there.
        files: By target index, the experiment's name.
        transform: The scale that experiments are on.
    """
    prediction, window, edited = result.prediction, result.window, result.edited
    output, bin_size = prediction.interval, prediction.bin_size
    starts, ends, rows = prediction.reference_bins()
    edited_starts, edited_ends, edited_rows = edited.reference_bins() if edited else (_NONE, _NONE, _NONE)
    shown = view or views.first_view(window.asked, output)
    whole = _whole_bins(shown, output, bin_size, window.contigs[output.chrom])
    genes = window.assembly.genes if window.assembly else None
    lanes = []
    for column, track in enumerate(prediction.tracks):
        signal, file = signals.get(track.target_index), files.get(track.target_index, "")
        lane = _lane(track, prediction.values[:, column], signal, file, transform, rows, whole, bin_size)
        lanes.append(replace(lane, edited=edited.values[edited_rows, column]) if edited else lane)
    return Picture(
        read=prediction.input_interval,
        output=output,
        view=shown,
        bin_size=bin_size,
        starts=starts,
        ends=ends,
        rows=rows,
        lanes=tuple(lanes),
        genes=tuple(genes.overlapping(prediction.input_interval)) if genes else None,
        length=window.contigs[output.chrom],
        edits=window.edits,
        edited_starts=edited_starts,
        edited_ends=edited_ends,
        simulated=_simulated(result),
        tiles=window.tiles,
    )


def _simulated(result: Result) -> str:
    """Which model on which assembly is meant by a picture that is a simulation."""
    facts = result.prediction.provenance
    if not facts.simulated:
        return ""
    where = f" on {facts.assembly}" if facts.assembly else ""
    return f"simulated: model {Path(facts.model).name}{where}"


def _lane(
    track: Track,
    predicted: np.ndarray,
    signal: BinnedSignal | EnformerError | None,
    file: str,
    transform: Transform,
    rows: np.ndarray,
    whole: slice,
    bin_size: int,
) -> Lane:
    if signal is None:
        return Lane(track, predicted[rows], f"predicted, {bin_size}-bp bins, model's scale")
    if isinstance(signal, EnformerError):
        problem = f"{signal.what}. {signal.hint}" if signal.hint else signal.what
        return Lane(track, predicted[rows], "", file=file, problem=problem)
    label, measured = transform.label(track, bin_size), signal.values
    r = pearson(predicted[whole], measured[whole])
    return Lane(track, predicted[rows], label, measured, file, r, note="; ".join(signal.notes))


def _whole_bins(view: Interval, output: Interval, bin_size: int, length: int) -> slice:
    """Rows of the bins in view that lie wholly on the chromosome."""
    seen = views.bins_in(view, output, bin_size)
    first = max(seen.start, -(output.start // bin_size))
    last = min(seen.stop, (length - output.start) // bin_size)
    return slice(first, max(first, last))


def question(picture: Picture, subject: str) -> list[tuple[str, bool]]:
    """The question on screen as one sentence, in pieces: the text, and whether it is one of its facts."""
    names = list(dict.fromkeys(track_name(lane.track).rstrip(" +−") for lane in picture.lanes))
    samples = list(dict.fromkeys(lane.track.biosample for lane in picture.lanes if lane.track.biosample))
    n_files = sum(bool(lane.file) for lane in picture.lanes)
    pieces = [("Predicted ", False), (listed(names) if len(names) <= 4 else f"{len(names)} kinds of tracks", True)]
    if samples:
        where = listed(samples) if len(samples) <= 2 and len("".join(samples)) <= 70 else f"{len(samples)} biosamples"
        pieces += [(" in ", False), (where, True)]
    pieces += [(" at ", False), (subject, True)]
    if picture.edits:
        pieces += [(", with ", False), (f"{len(picture.edits)} edit" + "s" * (len(picture.edits) > 1), True)]
    if n_files:
        pieces += [(", against ", False), (f"{n_files} experiment" + "s" * (n_files > 1), True)]
    return pieces


def description(picture: Picture, subject: str) -> str:
    """What somebody who sees the figure would notice first, for those who do not."""
    sentence = "".join(text for text, _ in question(picture, subject))
    parts = [f"{sentence}. In view: {format_locus(picture.view)}, {picture.view.width:,} bp."]
    if picture.simulated:
        parts.append(f"{picture.simulated[:1].upper()}{picture.simulated[1:]}.")
    for number, edit in enumerate(picture.edits, start=1):
        parts.append(f"Edit {number}: {edit_marks.label(edit)} at {edit.chrom}:{edit.pos:,}.")
    for lane in picture.lanes:
        name = f"{lane.name} in {lane.track.biosample}" if lane.track.biosample else lane.name
        if peak := highest(lane, picture):
            value, where = f"{peak[0]:.3g}", format_locus(peak[1])
            parts.append(f"{name}: highest predicted bin {value} at {where}{_r(lane.correlation)}.")
            if change := edit_marks.largest_change(lane, picture):
                parts.append(f"With the edits, {name} changes most at {change}.")
        if lane.problem:
            parts.append(f"Its experiment is not shown: {lane.problem}.")
        if lane.note:
            parts.append(f"Of its experiment: {lane.note}.")
    if picture.genes is not None:
        seen = [g.symbol for g in picture.genes if g.start < picture.view.end and g.end > picture.view.start]
        more = " and more" if len(seen) > 12 else ""
        parts.append(f"Genes in view: {', '.join(seen[:12])}{more}." if seen else "No gene in view.")
    return " ".join(parts)


def _r(correlation: Correlation | None) -> str:
    if correlation is None or correlation.r is None:
        return ""
    return f"; Pearson r with the experiment {correlation.r:.2f} over {correlation.n:,} bins"
