"""The browser's figure: input window, ruler, genes and lanes over one axis.

The x axis counts bases from 1: base k reaches from k - 0.5 to k + 0.5, so a 0-based edge e is drawn at e + 0.5.
"""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from . import gene_lane, overview
from .picture import Lane, Picture
from .ruler import ticks_and_labels
from .theme import AXIS_PX, FONT, GAP_PX, GUTTER_PX, LANE_PX, SECONDARY_PX, Palette, faded, track_colour
from .words import cut, for_plotly

RULER_PX, RIGHT_PX = 24, 10
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}
_NO_AXIS = {"showgrid": False, "zeroline": False, "showticklabels": False, "fixedrange": True, "ticks": ""}


class _Stack:
    """Rows from top to bottom in px, as parts of the plot's height, which counts upwards."""

    def __init__(self, heights: dict[str, int]) -> None:
        self.total = sum(heights.values())
        self._top: dict[str, int] = {}
        self._heights = heights
        at = 0
        for name, height in heights.items():
            self._top[name] = at
            at += height

    def domain(self, name: str) -> tuple[float, float]:
        top, height = self._top[name], self._heights[name]
        return 1 - (top + height) / self.total, 1 - top / self.total

    def y(self, name: str, below_top_px: float) -> float:
        return 1 - (self._top[name] + below_top_px) / self.total


def build(picture: Picture, colours: Palette) -> go.Figure:
    """Draw a picture. Texts from files are escaped here, since Plotly reads a little HTML."""
    placed, hidden = gene_lane.pack(picture.genes or (), picture.view)
    heights = {"overview": overview.STRIP_PX, "caption": overview.CAPTION_PX, "ruler": RULER_PX}
    if picture.genes is not None:
        heights["genes"] = gene_lane.ROW_PX * gene_lane.n_rows(placed)
    for row in range(len(picture.lanes)):
        heights |= {f"gap {row}": GAP_PX, f"lane {row}": LANE_PX}
    stack = _Stack(heights)
    figure = go.Figure(layout=_layout(picture, stack, colours))
    overview.draw(figure, picture, stack.domain("overview"), stack.y("caption", 2), colours)
    _ruler_name(figure, picture, stack, colours)
    if picture.genes is not None:
        _genes(figure, picture, placed, hidden, stack, colours)
    if picture.lanes:
        figure.add_trace(_bin_names(picture, "y3"))
    for row, lane in enumerate(picture.lanes):
        _lane(figure, picture, lane, row, stack, colours)
    _marks(figure, picture, stack, colours)
    return figure


def _layout(picture: Picture, stack: _Stack, colours: Palette) -> go.Layout:
    view = picture.view
    ticks, labels = ticks_and_labels(view.start + 1, view.end)
    bottom = f"y{2 + len(picture.lanes)}" if picture.lanes else "free"
    return go.Layout(
        height=stack.total + 6,
        margin={"l": GUTTER_PX, "r": RIGHT_PX, "t": 2, "b": 4},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": SECONDARY_PX, "color": colours.text},
        showlegend=False,
        dragmode="select",
        selectdirection="h",
        hovermode="x unified",
        hoversubplots="axis",
        hoverdistance=-1,
        newselection={"line": {"color": colours.accent, "width": 1}},
        hoverlabel={
            "bgcolor": colours.ground,
            "bordercolor": colours.line,
            "align": "left",
            "font": {"family": FONT, "size": SECONDARY_PX, "color": colours.text},
        },
        xaxis={
            "range": [view.start + 0.5, view.end + 0.5],
            "anchor": "free",
            "position": stack.domain("ruler")[0],
            "side": "top",
            "tickvals": ticks,
            "ticktext": labels,
            "tickfont": {"size": AXIS_PX, "color": colours.muted},
            "ticks": "",
            "showgrid": True,
            "gridcolor": faded(colours.line, 0.6),
            "zeroline": False,
            "fixedrange": True,
            "showspikes": bottom != "free",
            "spikemode": "across",
            "spikesnap": "cursor",
            "spikecolor": colours.muted,
            "spikethickness": 1,
            "spikedash": "solid",
            "unifiedhovertitle": {"text": f"{picture.bin_size}-bp bin"},
        },
    )


def _gutter(
    figure: go.Figure, text: str, y: float, size: int, colour: str, *, right: bool = False, hover: str = ""
) -> None:
    figure.add_annotation(
        text=text,
        xref="paper",
        yref="paper",
        x=0,
        y=y,
        xshift=-6 if right else -GUTTER_PX,
        xanchor="right" if right else "left",
        yanchor="top",
        align="left",
        showarrow=False,
        font={"size": size, "color": colour},
        borderpad=0,
        hovertext=hover or None,
    )


def _ruler_name(figure: go.Figure, picture: Picture, stack: _Stack, colours: Palette) -> None:
    _gutter(
        figure, f"<b>{for_plotly(cut(picture.view.chrom, 20))}</b>", stack.y("ruler", 2), SECONDARY_PX, colours.text
    )


def _genes(
    figure: go.Figure, picture: Picture, placed: list[gene_lane.Placed], hidden: int, stack: _Stack, colours: Palette
) -> None:
    figure.update_layout(
        yaxis2={
            "domain": stack.domain("genes"),
            "range": [0, gene_lane.n_rows(placed)],
            "anchor": "x",
            **_NO_AXIS,
        }
    )
    figure.add_traces(gene_lane.traces(placed, picture.view, colours, "y2"))
    _gutter(figure, "<b>Genes</b>", stack.y("genes", 1), SECONDARY_PX + 1, colours.text)
    about = f"{hidden} more without room" if hidden else "canonical transcripts" if placed else "none in view"
    _gutter(figure, about, stack.y("genes", 17), AXIS_PX, colours.muted)


def _lane(figure: go.Figure, picture: Picture, lane: Lane, row: int, stack: _Stack, colours: Palette) -> None:
    axis, name = f"y{3 + row}", f"lane {row}"
    low, high = y_range(lane, picture)
    figure.update_layout(
        {
            f"yaxis{3 + row}": {
                "domain": stack.domain(name),
                "range": [low, high],
                "anchor": "x",
                **_NO_AXIS,
                "zeroline": True,
                "zerolinecolor": colours.line,
            }
        }
    )
    figure.add_traces(_lane_traces(picture, lane, axis, colours))
    about = " · ".join(part for part in (lane.track.biosample, lane.file) if part) or lane.track.description
    full = for_plotly(f"{lane.track.description} · track {lane.track.target_index} · {lane.track.identifier}")
    title = f"<b>{for_plotly(cut(lane.name, 18))}</b>"
    _gutter(figure, title, stack.y(name, -2), SECONDARY_PX + 1, colours.text, hover=full)
    _gutter(figure, for_plotly(cut(about, 25)), stack.y(name, 16), AXIS_PX, colours.muted, hover=for_plotly(about))
    if lane.r:
        _gutter(figure, f"<b>{lane.r}</b>", stack.y(name, 32), AXIS_PX, colours.accent)
    _gutter(figure, _number(high), stack.y(name, -2), AXIS_PX - 1, colours.muted, right=True)
    _gutter(figure, _number(low), stack.y(name, LANE_PX - 13), AXIS_PX - 1, colours.muted, right=True)
    _above(figure, lane, stack, name, colours)


def _above(figure: go.Figure, lane: Lane, stack: _Stack, name: str, colours: Palette) -> None:
    """The unit in the gap above the lane, or what is wrong with its experiment."""
    text, colour = (lane.problem, colours.edited) if lane.problem else (lane.label, colours.muted)
    figure.add_annotation(
        text=for_plotly(cut(text, 170)),
        xref="paper",
        yref="paper",
        x=0,
        y=stack.y(name, 1),
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"size": AXIS_PX - 1, "color": colour},
        borderpad=0,
    )


def _lane_traces(picture: Picture, lane: Lane, axis: str, colours: Palette) -> list[go.Scatter]:
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
        if picture.rows is not None:
            measured = lane.experiment[picture.rows]
    name = for_plotly(cut(f"{lane.name} {lane.track.biosample}", 40).strip())
    said = ["" if math.isnan(value) else f" · exp. {value:.3g}" for value in measured[shows].tolist()]
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


def _bin_names(picture: Picture, axis: str) -> go.Scatter:
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


def y_range(lane: Lane, picture: Picture) -> tuple[float, float]:
    """One range for the prediction and the experiment in view, from 0 or the lowest value up."""
    seen = [lane.predicted[picture.in_view]]
    if lane.experiment is not None:
        seen.append(_experiment(picture, lane.experiment)[1])
    values = np.concatenate(seen)
    values = values[np.isfinite(values)]
    low, high = (min(float(values.min()), 0.0), float(values.max())) if len(values) else (0.0, 1.0)
    return low, high if high > low else low + 1.0


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}".replace("-", "−")


def _marks(figure: go.Figure, picture: Picture, stack: _Stack, colours: Palette) -> None:
    """Edits as dotted lines through every lane, and bases off the chromosome greyed."""
    top = stack.domain("ruler")[0]
    for position in picture.edits:
        if picture.view.start <= position < picture.view.end:
            line = {"color": colours.edited, "width": 1, "dash": "dot"}
            figure.add_shape(type="line", x0=position + 1, x1=position + 1, y0=0, y1=top, yref="paper", line=line)
    for start, end in ((picture.view.start, 0), (picture.length, picture.view.end)):
        if start < end:
            figure.add_shape(
                type="rect", x0=start + 0.5, x1=end + 0.5, y0=0, y1=top, yref="paper", layer="below", line_width=0,
                fillcolor=faded(colours.muted, 0.15),
            )  # fmt: skip
