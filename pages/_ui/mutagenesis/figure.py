"""The figure of a map: the effect of each substitution as a heatmap, and above it the importance as letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from enformer_core.genome.motifs.scan import codes_of

from ..effect_cards import signed
from ..theme import AXIS_PX, Palette
from ..words import cut, for_html
from .axis import Axis, axis_of
from .dressing import dress, largest, unit
from .letters import outline

if TYPE_CHECKING:
    from enformer_core.interpret.mutagenesis_map import MutagenesisMap

LETTERS = "ACGT"
HEIGHT_PX = 400
_LETTER = 0.92  # of a base's width
_ROOM = 0.08  # above and below the letters, of their range
_MOTIF_ROOM = 0.2  # for the names of motifs, of the same
_LONGEST_NAME = 24


@dataclass(frozen=True, slots=True)
class Mark:
    """A name above some bases of a map: ``start`` to ``end``, 0-based and half-open, counted from its first base."""

    start: int
    end: int
    name: str


def map_figure(found: MutagenesisMap, colours: Palette, marks: Sequence[Mark] = ()) -> go.Figure:
    """Draw a map; rows that are not computed are grey, and so is N.

    The colours diverge about 0 with the same limit on both sides. A dot is the present base.

    Args:
        found: A map, complete or not.
        colours: Of the theme.
        marks: Known motifs, to be named above the letters.
    """
    axis = axis_of(found)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.55, 0.45], vertical_spacing=0.04)
    for trace in (*_logo(found, axis, colours), _logo_hover(found, axis)):
        figure.add_trace(trace, row=1, col=1)
    for trace in (_missing(found, axis, colours), _heatmap(found, axis, colours), _present(found, axis, colours)):
        figure.add_trace(trace, row=2, col=1)
    dress(figure, colours, HEIGHT_PX)
    low, high = _range(found.importance, len(marks) > 0)
    _name(figure, marks, axis, (low, high), colours)
    figure.update_yaxes(range=[low, high], title_text="importance", nticks=4, row=1, col=1)
    ticks = [f'<b style="color:{_colour(letter, colours)}">{letter}</b>' for letter in LETTERS]
    rows = {"tickvals": [0, 1, 2, 3], "ticktext": ticks, "range": [3.5, -0.5], "showgrid": False, "zeroline": False}
    figure.update_yaxes(**rows, row=2, col=1)
    figure.update_xaxes(range=[axis.x[0] - 0.5, axis.x[-1] + 0.5])
    figure.update_xaxes(title_text=for_html(axis.title), row=2, col=1)
    if axis.ticks is not None:
        places = {"tickvals": [x for x, _ in axis.ticks], "ticktext": [text for _, text in axis.ticks]}
        figure.update_xaxes(**places, row=2, col=1)
    return figure


def _heatmap(found: MutagenesisMap, axis: Axis, colours: Palette) -> go.Heatmap:
    limit, said = largest(found.effect), unit(found.target)
    scale = [[0.0, colours.edited], [0.5, colours.ground], [1.0, colours.accent]]
    bar = {"orientation": "h", "thickness": 8, "len": 0.3, "x": 0, "xanchor": "left", "y": -0.14, "yanchor": "top"}
    bar |= {"tickvals": [-limit, 0, limit], "ticktext": [signed(-limit), "0", signed(limit)]}
    bar |= {"title": {"text": said, "side": "top"}, "outlinewidth": 0, "tickfont": {"size": AXIS_PX}}
    return go.Heatmap(
        x=axis.x,
        y=[0, 1, 2, 3],
        z=found.effect.T,
        zmin=-limit,
        zmax=limit,
        colorscale=scale,
        xgap=0.5,
        ygap=1,
        text=_cells(found, axis),
        hoverinfo="text",
        hoverongaps=False,
        colorbar=bar,
    )


def _missing(found: MutagenesisMap, axis: Axis, colours: Palette) -> go.Heatmap:
    """Grey where nothing was computed, which an effect of 0 must not be mistaken for."""
    rows = np.where(np.isnan(found.effect), np.float32(1), np.float32(np.nan)).T
    text = ["N, which has no substitutions" if base == "N" else "not computed yet" for base in found.bases]
    named = [f"{for_html(name)} {words}" for name, words in zip(axis.names, text, strict=True)]
    grey = [[0.0, colours.line], [1.0, colours.line]]
    return go.Heatmap(
        x=axis.x,
        y=[0, 1, 2, 3],
        z=rows,
        colorscale=grey,
        showscale=False,
        text=[named] * len(LETTERS),
        hoverinfo="text",
        hoverongaps=False,
    )


def _cells(found: MutagenesisMap, axis: Axis) -> list[list[str]]:
    """``chr2:1,262,781 A>C −0.61``, row by row of the heatmap."""
    places = [for_html(name) for name in axis.names]
    return [
        [
            f"{place} {base}, as it is" if base == letter else f"{place} {base}>{letter} {signed(value)}"
            for place, base, value in zip(places, found.bases, found.effect[:, row].tolist(), strict=True)
        ]
        for row, letter in enumerate(LETTERS)
    ]


def _present(found: MutagenesisMap, axis: Axis, colours: Palette) -> go.Scatter:
    """A dot on the base that is there."""
    codes = codes_of(found.bases)
    known = codes < len(LETTERS)
    marker = {"size": 4, "color": colours.muted}
    return go.Scatter(x=axis.x[known], y=codes[known], mode="markers", marker=marker, hoverinfo="skip")


def _logo(found: MutagenesisMap, axis: Axis, colours: Palette) -> Iterator[go.Scatter]:
    """One trace a letter: all its outlines, each as high as the base is important, and upside down below 0."""
    heights, codes = found.importance, codes_of(found.bases)
    for code, letter in enumerate(LETTERS):
        at = np.flatnonzero((codes == code) & ~np.isnan(heights))
        shape = np.vstack([outline(letter), outline(letter)[:1], [[np.nan, np.nan]]])
        x = axis.x[at, None] + (shape[None, :, 0] - 0.5) * _LETTER
        y = heights[at, None].astype(np.float64) * shape[None, :, 1]
        yield go.Scatter(
            x=x.ravel(),
            y=y.ravel(),
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=_colour(letter, colours),
            hoverinfo="skip",
        )


def _logo_hover(found: MutagenesisMap, axis: Axis) -> go.Scatter:
    """What the letters say of themselves."""
    heights = found.importance
    text = [
        f"{for_html(name)} {base}: importance {signed(height)}"
        for name, base, height in zip(axis.names, found.bases, heights.tolist(), strict=True)
    ]
    marker = {"size": 10, "opacity": 0}
    return go.Scatter(x=axis.x, y=heights, mode="markers", marker=marker, text=text, hoverinfo="text")


def _range(heights: np.ndarray, has_marks: bool) -> tuple[float, float]:
    known = heights[~np.isnan(heights)]
    low, high = float(known.min(initial=0.0)), float(known.max(initial=0.0))
    room = (high - low) or 1.0
    return low - _ROOM * room, high + (_MOTIF_ROOM if has_marks else _ROOM) * room


def _name(figure: go.Figure, marks: Sequence[Mark], axis: Axis, limits: tuple[float, float], colours: Palette) -> None:
    """Write the names of motifs above their bases, with a line as wide as each."""
    low, high = limits
    y = high - 0.09 * (high - low)
    for mark in marks:
        left, right = float(axis.x[mark.start]) - 0.5, float(axis.x[mark.end - 1]) + 0.5
        line = {"color": colours.muted, "width": 1.5}
        figure.add_shape(type="line", x0=left, x1=right, y0=y, y1=y, line=line, row=1, col=1)
        figure.add_annotation(
            x=(left + right) / 2,
            y=y,
            text=for_html(cut(mark.name, _LONGEST_NAME)),
            showarrow=False,
            yanchor="bottom",
            font={"size": AXIS_PX, "color": colours.muted},
            row=1,
            col=1,
        )


def _colour(letter: str, colours: Palette) -> str:
    return getattr(colours, f"base_{letter.lower()}")
