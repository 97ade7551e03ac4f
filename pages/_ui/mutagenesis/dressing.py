"""What the figures of the page have in common: sizes, colours, units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from ..theme import AXIS_PX, SECONDARY_PX, Palette

if TYPE_CHECKING:
    from enformer_core.interpret.target import Target

_FONT = '"Source Sans", sans-serif'


def unit(target: Target) -> str:
    """Of a difference of two values of a target."""
    return "log2 fold change" if target.reduction == "log_ratio" else "change in coverage"


def largest(effects: np.ndarray) -> float:
    """The size of the largest effect, for limits that are the same on both sides; 1 where there is none."""
    sizes = np.abs(effects[~np.isnan(effects)])
    return float(sizes.max(initial=0.0)) or 1.0


def dress(figure: go.Figure, colours: Palette, height: int) -> None:
    """Give a figure the look of the page; it zooms along the sequence alone."""
    figure.update_layout(
        height=height,
        margin={"l": 64, "r": 12, "t": 26, "b": 44},
        font={"family": _FONT, "size": SECONDARY_PX, "color": colours.text},
        paper_bgcolor=colours.ground,
        plot_bgcolor=colours.ground,
        showlegend=False,
        hovermode="closest",
        dragmode="zoom",
        hoverlabel={"bgcolor": colours.panel, "bordercolor": colours.line, "font": {"color": colours.text}},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": colours.muted, "activecolor": colours.accent},
        uirevision="stays",
    )
    small = {"size": AXIS_PX, "color": colours.muted}
    title = {"size": SECONDARY_PX, "color": colours.muted}
    figure.update_xaxes(tickfont=small, title_font=title, showgrid=False, zeroline=False, tickformat=",d")
    figure.update_yaxes(
        tickfont=small,
        title_font=title,
        gridcolor=colours.line,
        zeroline=True,
        zerolinecolor=colours.muted,
        fixedrange=True,
        tickformat=".2~g",
    )
