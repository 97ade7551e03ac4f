"""What a lane shows: a filled step for the prediction, lines for the experiment and the edited haplotype, a readout."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from . import edit_marks
from .picture import Lane, Picture
from .theme import Palette, faded, track_colour
from .words import cut, for_plotly


def build(picture: Picture, lane: Lane, axis: str, spread: float, colours: Palette) -> list[go.Scatter]:
    """A lane's prediction, experiment and edited prediction on a y axis that covers ``spread``, and its readout."""
    colour = track_colour(lane.track, colours)
    shows = picture.in_view
    starts, ends, values = picture.starts[shows], picture.ends[shows], lane.predicted[shows]
    common = {"xaxis": "x", "yaxis": axis, "showlegend": False}
    step = {"mode": "lines", "hoverinfo": "skip", **common}
    traces = [
        go.Scatter(
            x=np.append(starts, ends[-1:]) + 0.5,
            y=np.append(values, values[-1:]),
            line={"shape": "hv", "color": colour, "width": 1.4},
            fill="tozeroy",
            fillcolor=faded(colour, 0.28),
            **step,
        )
    ]
    measured = np.full(len(picture.starts), np.nan, dtype=np.float32)
    if lane.experiment is not None:
        edges, seen = _experiment(picture, lane.experiment)
        outline = {"shape": "hv", "color": colours.experiment, "width": 1}
        traces.append(go.Scatter(x=edges + 0.5, y=seen, line=outline, **step))
        measured = lane.experiment[picture.rows]
    if edited := edit_marks.line(picture, lane, axis, spread, colours):
        traces.append(edited)
    name = for_plotly(cut(f"{lane.name} {lane.track.biosample}", 40).strip())
    seen = ["" if math.isnan(value) else f" · exp. {value:.3g}" for value in measured[shows].tolist()]
    said = [first + more for first, more in zip(seen, edit_marks.readout(picture, lane), strict=True)]
    traces.append(
        go.Scatter(
            x=(starts + ends) / 2 + 0.5,
            y=values,
            customdata=said,
            mode="lines",
            line={"color": faded(colour, 0), "width": 0},
            hovertemplate=f"{name} predicted %{{y:.3g}}%{{customdata}}<extra></extra>",
            **common,
        )
    )
    return traces


def bin_names(picture: Picture, axis: str) -> go.Scatter:
    """The first line of the readout: where the bin under the cursor lies."""
    chrom, shows = for_plotly(picture.output.chrom), picture.in_view
    starts, ends = picture.starts[shows], picture.ends[shows]
    names = [f"{chrom}:{a + 1:,}–{b:,}" for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    return go.Scatter(
        x=(starts + ends) / 2 + 0.5,
        y=np.zeros(len(starts)),
        customdata=names,
        mode="lines",
        line={"color": "rgba(0,0,0,0)", "width": 0},
        hovertemplate="<b>%{customdata}</b><extra></extra>",
        xaxis="x",
        yaxis=axis,
        showlegend=False,
    )


def _experiment(picture: Picture, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges (0-based) and values of the experiment's bins in view; the last value is repeated for its right edge."""
    starts = picture.output.start + picture.bin_size * np.arange(len(values), dtype=np.int64)
    shows = (starts + picture.bin_size > picture.view.start) & (starts < picture.view.end)
    starts, seen = starts[shows], values[shows]
    return np.append(starts, starts[-1:] + picture.bin_size), np.append(seen, seen[-1:])


def y_ranges(picture: Picture) -> list[tuple[float, float]]:
    """The range of each lane; lanes of one assay or ChIP target have the same, for they are meant to be compared."""
    own = [y_range(lane, picture) for lane in picture.lanes]
    together: dict[str, tuple[float, float]] = {}
    for lane, (low, high) in zip(picture.lanes, own, strict=True):
        before = together.get(lane.name, (low, high))
        together[lane.name] = min(low, before[0]), max(high, before[1])
    return [together[lane.name] for lane in picture.lanes]


def y_range(lane: Lane, picture: Picture) -> tuple[float, float]:
    """One range for all that a lane shows in view, from 0 or the lowest value up."""
    seen = [lane.predicted[picture.in_view]]
    if lane.experiment is not None:
        seen.append(_experiment(picture, lane.experiment)[1])
    if lane.edited is not None:
        seen.append(
            lane.edited[(picture.edited_ends > picture.view.start) & (picture.edited_starts < picture.view.end)]
        )
    values = np.concatenate(seen)
    values = values[np.isfinite(values)]
    low, high = (min(float(values.min()), 0.0), float(values.max())) if len(values) else (0.0, 1.0)
    return low, high if high > low else low + 1.0
