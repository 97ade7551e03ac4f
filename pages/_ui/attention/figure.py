"""The figure of an attention map. Axes count from 1, as everything that people read."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from enformer_core.genome.interval import Interval

from ..theme import AXIS_PX, SECONDARY_PX, Palette, faded
from ..words import for_html
from .grid import Grid
from .marks import Mark

HEIGHT_PX = 700
FONT = '"Source Sans", sans-serif'  # Streamlit's own
#: Colours end at 64 times, and at a 64th of, the even share; what lies beyond has the last colour.
MOST_LOG2, LEAST_LOG2 = 6, 1
_ON_MAP = "rgba(255,255,255,0.85)"  # the map's colours are those of no theme
_MAX_NAMED = 16
_TAIL = 99.5  # percentile of |log2| at which colours end, within these limits
_SCALE = "Cividis"  # sequential, and the same for people who do not tell red from green


def limit_of(grid: Grid) -> int:
    """log2 of the multiple of the even share at which colours end, the same above and below it."""
    values = np.abs(_log2(grid))
    values = values[np.isfinite(values)]
    if not len(values):
        return LEAST_LOG2
    return int(np.clip(np.ceil(np.percentile(values, _TAIL)), LEAST_LOG2, MOST_LOG2))


def heat(grid: Grid, marks: tuple[Mark, ...], output: Interval, colours: Palette) -> go.Figure:
    """Queries by keys, the one that looks from top to bottom.

    Args:
        grid: The map.
        marks: What to mark on both axes.
        output: What the model predicts, 0-based; a line is drawn around it.
        colours: Of the theme.
    """
    figure = go.Figure(_map(grid, colours))
    for kind, name, symbol, colour in (
        ("gene", "start of a gene", "circle", colours.edited),
        ("boundary", "known boundary", "diamond", colours.dnase),
    ):
        some = [mark for mark in marks if mark.kind == kind]
        if some:
            figure.add_trace(_points(some, grid.chrom, name, symbol, colour, colours))
    shapes, names = _lines(grid, marks, output, colours), _names(marks, colours)
    figure.update_layout(**_layout(grid, colours), shapes=shapes, annotations=names)
    return figure


def _log2(grid: Grid) -> np.ndarray:
    with np.errstate(divide="ignore"):  # a weight can be too small for a float
        return np.log2(grid.times)


def _map(grid: Grid, colours: Palette) -> go.Heatmap:
    limit = limit_of(grid)
    # Base k lies from k - 0.5 to k + 0.5 on an axis that counts from 1.
    edges = grid.edges + 0.5
    powers = list(range(-limit, limit + 1, 1 if limit <= 3 else 2))
    percent = 100 * grid.weights
    place = for_html(grid.chrom).replace("%{", "% {")
    return go.Heatmap(
        x=edges,
        y=edges,
        z=_log2(grid).clip(-limit, limit).astype(np.float32),
        zmin=-limit,
        zmax=limit,
        customdata=np.stack([grid.times, percent], axis=-1),
        colorscale=_SCALE,
        colorbar={
            "title": {"text": "times the even share", "side": "right", "font": {"size": SECONDARY_PX}},
            "tickvals": powers,
            "ticktext": [_times(power, limit) for power in powers],
            "tickfont": {"color": colours.muted, "size": AXIS_PX},
            "thickness": 12,
            "outlinewidth": 0,
        },
        hovertemplate=(
            f"<b>looking</b> {place}:%{{y:,.0f}}<br><b>looked at</b> {place}:%{{x:,.0f}}<br>"
            "weight %{customdata[1]:.3g} %<br>%{customdata[0]:.3g} times the even share<extra></extra>"
        ),
    )


def _times(power: int, limit: int) -> str:
    """A tick of the colour bar; the last ones stand for all beyond."""
    beyond = "≥ " if power == limit else "≤ " if power == -limit else ""
    return beyond + ("1, even" if power == 0 else f"{2**power}" if power > 0 else f"1/{2**-power}")


def _points(marks: list[Mark], chrom: str, name: str, symbol: str, colour: str, colours: Palette) -> go.Scatter:
    """Marks on the diagonal, where a place meets itself, with their names to hover."""
    at = [mark.position + 1 for mark in marks]
    return go.Scatter(
        x=at,
        y=at,
        mode="markers",
        name=name,
        marker={"symbol": symbol, "size": 8, "color": colour, "line": {"color": colours.ground, "width": 1}},
        text=[f"{for_html(mark.name)}, {for_html(chrom)}:{mark.position + 1:,}" for mark in marks],
        hovertemplate="%{text}<extra></extra>",
    )


def _lines(grid: Grid, marks: tuple[Mark, ...], output: Interval, colours: Palette) -> list[dict[str, Any]]:
    """Hairlines at each mark, along both axes, and a frame around what is predicted."""
    low, high = float(grid.edges[0]) + 0.5, float(grid.edges[-1]) + 0.5
    found: list[dict[str, Any]] = []
    for mark in marks:
        colour = faded(colours.edited if mark.kind == "gene" else colours.dnase, 0.55)
        style = {
            "type": "line",
            "line": {"color": colour, "width": 1, "dash": "solid" if mark.kind == "gene" else "dot"},
        }
        at = mark.position + 1
        found += [
            style | {"x0": at, "x1": at, "y0": low, "y1": high},
            style | {"x0": low, "x1": high, "y0": at, "y1": at},
        ]
    first, last = output.start + 0.5, output.end + 0.5
    frame = {"color": _ON_MAP, "width": 1, "dash": "dash"}
    found.append({"type": "rect", "x0": first, "x1": last, "y0": first, "y1": last, "line": frame})
    return found


def _names(marks: tuple[Mark, ...], colours: Palette) -> list[dict[str, Any]]:
    """The names of genes above the map, where there is room for them; they are always told on hovering."""
    genes = [mark for mark in marks if mark.kind == "gene"]
    if len(genes) > _MAX_NAMED:
        return []
    style = {"yref": "y domain", "y": 1, "yanchor": "bottom", "xanchor": "left", "textangle": -45, "showarrow": False}
    font = {"size": AXIS_PX, "color": colours.text}
    return [style | {"x": mark.position + 1, "text": for_html(mark.name), "font": font} for mark in genes]


def _layout(grid: Grid, colours: Palette) -> dict[str, Any]:
    first, last = max(float(grid.edges[0]), 0.0) + 0.5, min(float(grid.edges[-1]), grid.length) + 0.5
    axis = {
        "tickformat": ",",
        "tickfont": {"size": AXIS_PX, "color": colours.muted},
        "gridcolor": colours.line,
        "zeroline": False,
        "constrain": "domain",
        "nticks": 6,
        "automargin": True,
    }
    chrom = for_html(grid.chrom)
    return {
        "height": HEIGHT_PX,
        "margin": {"l": 10, "r": 10, "t": 64, "b": 10},
        "paper_bgcolor": colours.ground,
        "plot_bgcolor": colours.panel,
        "font": {"color": colours.text, "size": SECONDARY_PX, "family": FONT},
        "hoverlabel": {"bgcolor": colours.panel, "bordercolor": colours.line, "font": {"color": colours.text}},
        "legend": {"orientation": "h", "x": 0, "y": -0.1, "yanchor": "top", "font": {"color": colours.text}},
        "showlegend": True,
        "dragmode": "zoom",
        "xaxis": axis | {"range": [first, last], "title": {"text": f"looked at, {chrom}", "standoff": 6}},
        "yaxis": axis | {"range": [last, first], "title": {"text": f"looking, {chrom}"}, "scaleanchor": "x"},
    }
