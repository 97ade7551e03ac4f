"""The figure of attention at boundaries: for all heads and each one, how much more or less than at null places."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

from ..theme import AXIS_PX, SECONDARY_PX, Palette
from ..words import for_html
from .boundaries import MEASURES, Ratio, Run
from .figure import FONT

#: Rows of single heads, at most; the published model has 88.
MAX_HEADS = 24
#: p-values below it count as a difference, as in ``evaluate boundaries``.
LEVEL = 0.05
TITLES = {"stripe": "Attention paid to the boundary", "across": "Attention across the boundary"}
_ROW_PX, _AROUND_PX, _LEAST = 19, 120, 1e-4
_GAP = 0.08  # between the two panels, in parts of the width


def forest(run: Run, colours: Palette) -> go.Figure:
    """Both measures side by side: one row for the mean of all heads and for each head, 1 where nothing differs."""
    figure, rows = go.Figure(), shown(run)
    for i, measure in enumerate(MEASURES):
        axis = "x" if i == 0 else f"x{i + 1}"
        for differs in (True, False):
            there = [ratio for ratio in run.ratios[measure] if ratio.name in rows and ratio.value > 0]
            some = [ratio for ratio in there if (ratio.p < LEVEL) == differs]
            figure.add_trace(_dots(some, axis, differs=differs, is_named=i == 0, colours=colours))
    figure.update_layout(**_layout(rows, colours))
    return figure


def shown(run: Run) -> list[str]:
    """The rows, in order: all heads together, and each one; of many heads those with the smallest p-values."""
    first, *heads = (ratio.name for ratio in run.ratios[MEASURES[0]])
    least = {ratio.name: 1.0 for ratio in run.ratios[MEASURES[0]]}
    for ratio in (ratio for measure in MEASURES for ratio in run.ratios[measure]):
        least[ratio.name] = min(least[ratio.name], ratio.p)
    kept = set(sorted(heads, key=lambda name: least[name])[:MAX_HEADS])
    return [first, *(name for name in heads if name in kept)]


def _dots(some: list[Ratio], axis: str, *, differs: bool, is_named: bool, colours: Palette) -> go.Scatter:
    name = f"differs (p < {LEVEL})" if differs else "no difference shown"
    colour = colours.edited if differs else colours.muted
    return go.Scatter(
        x=[ratio.value for ratio in some],
        y=[ratio.name for ratio in some],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [_part(ratio.high - ratio.value) for ratio in some],
            "arrayminus": [_part(ratio.value - max(ratio.low, _LEAST)) for ratio in some],
            "thickness": 1,
            "width": 3,
        },
        mode="markers",
        xaxis=axis,
        name=name,
        legendgroup=name,
        showlegend=is_named,
        marker={"color": colour, "size": 7, "symbol": "circle" if differs else "circle-open"},
        text=[_hover(ratio) for ratio in some],
        hovertemplate="%{text}<extra></extra>",
    )


def _part(value: float) -> float:
    """A whisker's length; none where there is no interval."""
    return max(value, 0.0) if math.isfinite(value) else 0.0


def _hover(ratio: Ratio) -> str:
    known = f"95 % interval {ratio.low:.3g} to {ratio.high:.3g}" if math.isfinite(ratio.low) else "no interval"
    return f"{for_html(ratio.name)}<br>{ratio.value:.3g} times the null places<br>{known}<br>p {ratio.p:.2g}"


def _layout(rows: list[str], colours: Palette) -> dict[str, Any]:
    half = (1 - _GAP) / 2
    axis = {
        "type": "log",
        "tickfont": {"size": AXIS_PX, "color": colours.muted},
        "gridcolor": colours.line,
        "dtick": 1,
        "title": {"text": "ratio of boundaries to null places", "font": {"size": AXIS_PX}},
    }
    one = {"type": "line", "x0": 1, "x1": 1, "yref": "paper", "y0": 0, "y1": 1}
    line = {"color": colours.muted, "width": 1}
    places = ((0.0, half), (half + _GAP, 1.0))
    return {
        "height": _AROUND_PX + _ROW_PX * len(rows),
        "margin": {"l": 10, "r": 10, "t": 34, "b": 10},
        "paper_bgcolor": colours.ground,
        "plot_bgcolor": colours.ground,
        "font": {"color": colours.text, "size": SECONDARY_PX, "family": FONT},
        "hoverlabel": {"bgcolor": colours.panel, "bordercolor": colours.line, "font": {"color": colours.text}},
        "legend": {"orientation": "h", "x": 0, "y": -0.16, "yanchor": "top"},
        "xaxis": axis | {"domain": places[0]},
        "xaxis2": axis | {"domain": places[1], "anchor": "y"},
        "yaxis": {"categoryorder": "array", "categoryarray": rows[::-1], "gridcolor": colours.line}
        | {"dtick": 1, "automargin": True},
        "shapes": [one | {"xref": ref, "line": line} for ref in ("x", "x2")],
        "annotations": [
            {"text": TITLES[name], "x": low, "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom"}
            | {"xanchor": "left", "showarrow": False, "font": {"size": SECONDARY_PX + 1}}
            for name, (low, _) in zip(MEASURES, places, strict=True)
        ],
    }
