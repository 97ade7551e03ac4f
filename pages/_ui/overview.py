"""The strip on top: the input window with its borders that are read but not predicted, and where the view is."""

from __future__ import annotations

import plotly.graph_objects as go

from .picture import Picture
from .theme import AXIS_PX, GUTTER_PX, Palette, faded

STRIP_PX, CAPTION_PX = 18, 20


def borders_sentence(picture: Picture) -> str:
    """What the greyed borders mean, with their width."""
    border = picture.output.start - picture.read.start
    width = f"{border / 1000:.0f} kb" if border >= 1000 else f"{border} bp"
    return f"input only: the model reads these {width} but does not predict here"


def draw(figure: go.Figure, picture: Picture, domain: tuple[float, float], caption_y: float, colours: Palette) -> None:
    """Add the strip to a figure, on axes x2 and y."""
    read, output, view = picture.read, picture.output, picture.view
    figure.update_layout(
        xaxis2={"range": [read.start + 0.5, read.end + 0.5], "anchor": "y", "visible": False, "fixedrange": True},
        yaxis={"domain": domain, "range": [0, 1], "anchor": "x2", "visible": False, "fixedrange": True},
    )
    common = {"xaxis": "x2", "yaxis": "y", "hoverinfo": "skip", "showlegend": False, "mode": "lines"}
    for start, end in ((read.start, output.start), (output.end, read.end)):
        figure.add_trace(
            go.Scatter(
                x=[start, start, end, end, start],
                y=[0.12, 0.88, 0.88, 0.12, 0.12],
                fill="toself",
                line={"width": 0, "color": colours.line},
                fillcolor=colours.panel,
                fillpattern={
                    "shape": "/",
                    "size": 5,
                    "solidity": 0.25,
                    "fgcolor": colours.line,
                    "bgcolor": colours.panel,
                },
                **common,
            )
        )
    _box(figure, output.start, output.end, colours.line, colours.panel, 1)
    _box(figure, view.start, view.end, colours.accent, faded(colours.accent, 0.10), 2)
    for gene in picture.genes or ():
        figure.add_shape(
            type="rect", xref="x2", yref="y", x0=max(gene.start, read.start) + 0.5, x1=min(gene.end, read.end) + 0.5,
            y0=0.40, y1=0.60, line_width=0, fillcolor=faded(colours.muted, 0.6),
        )  # fmt: skip
    n_bins = output.width // picture.bin_size
    left, right = (
        borders_sentence(picture),
        f"{read.width:,} bp read · {n_bins:,} bins of {picture.bin_size} bp predicted",
    )
    _text(figure, "input window", 0, -GUTTER_PX, "left", sum(domain) / 2, "middle", AXIS_PX + 1, colours)
    _text(figure, left, 0, 0, "left", caption_y, "top", AXIS_PX - 1, colours)
    _text(figure, right, 1, 0, "right", caption_y, "top", AXIS_PX - 1, colours)


def _box(figure: go.Figure, start: int, end: int, line: str, fill: str, width: float) -> None:
    figure.add_shape(
        type="rect", xref="x2", yref="y", x0=start + 0.5, x1=end + 0.5, y0=0.02, y1=0.98, fillcolor=fill,
        line={"color": line, "width": width},
    )  # fmt: skip


def _text(
    figure: go.Figure,
    text: str,
    x: float,
    xshift: int,
    xanchor: str,
    y: float,
    yanchor: str,
    size: int,
    colours: Palette,
) -> None:
    figure.add_annotation(
        text=text, xref="paper", yref="paper", x=x, xshift=xshift, xanchor=xanchor, y=y, yanchor=yanchor,
        showarrow=False, font={"size": size, "color": colours.muted}, borderpad=0,
    )  # fmt: skip
