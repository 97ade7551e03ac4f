"""The browser's figure: input window, ruler, genes and lanes over one axis.

The x axis counts bases from 1: base k reaches from k - 0.5 to k + 0.5, so a 0-based edge e is drawn at e + 0.5.
"""

from __future__ import annotations

import plotly.graph_objects as go

from . import edit_marks, gene_lane, lane_traces, overview
from .picture import Lane, Picture
from .ruler import ticks_and_labels
from .theme import AXIS_PX, FONT, GAP_PX, GUTTER_PX, LANE_PX, SECONDARY_PX, Palette, faded
from .words import cut, for_plotly

RULER_PX, RIGHT_PX, FOOT_PX = 24, 10, 18
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
    if picture.edits:
        heights |= {"gap edits": GAP_PX // 2, "edits": edit_marks.ROW_PX}
    if picture.simulated:
        heights |= {"simulated": FOOT_PX}
    stack = _Stack(heights)
    figure = go.Figure(layout=_layout(picture, stack, colours))
    overview.draw(figure, picture, stack.domain("overview"), stack.y("caption", 2), colours)
    _ruler_name(figure, picture, stack, colours)
    if picture.genes is not None:
        _genes(figure, picture, placed, hidden, stack, colours)
    if picture.lanes:
        figure.add_trace(lane_traces.bin_names(picture, "y3"))
    ranges = lane_traces.y_ranges(picture)
    for row, lane in enumerate(picture.lanes):
        _lane(figure, picture, lane, row, ranges[row], stack, colours)
    _off_chromosome(figure, picture, stack, colours)
    if picture.edits:
        _edits(figure, picture, stack, colours)
    if picture.simulated:
        _simulated(figure, picture, stack, colours)
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


def _lane(
    figure: go.Figure,
    picture: Picture,
    lane: Lane,
    row: int,
    extent: tuple[float, float],
    stack: _Stack,
    colours: Palette,
) -> None:
    axis, name = f"y{3 + row}", f"lane {row}"
    low, high = extent
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
    figure.add_traces(lane_traces.build(picture, lane, axis, high - low, colours))
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


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}".replace("-", "−")


def _edits(figure: go.Figure, picture: Picture, stack: _Stack, colours: Palette) -> None:
    """The row of numbered discs under the lanes, each with its line up to the ruler."""
    number = 3 + len(picture.lanes)
    placed = {"domain": stack.domain("edits"), "range": [0, 1], "anchor": "x"}
    figure.update_layout({f"yaxis{number}": placed | _NO_AXIS})
    disc_top = stack.y("edits", (edit_marks.ROW_PX - edit_marks.DISC_PX) / 2)
    edit_marks.draw(figure, picture, f"y{number}", stack.domain("ruler")[0], disc_top, colours)
    _gutter(figure, "<b>Edits</b>", stack.y("edits", 5), SECONDARY_PX + 1, colours.text)
    if about := edit_marks.about(picture):
        _gutter(figure, about, stack.y("edits", 7), AXIS_PX, colours.muted, right=True)


def _simulated(figure: go.Figure, picture: Picture, stack: _Stack, colours: Palette) -> None:
    """The word under the figure, part of it wherever it is taken."""
    figure.add_annotation(
        text=f"<b>{for_plotly(cut(picture.simulated, 120))}</b>", xref="paper", yref="paper", x=1, xanchor="right",
        y=stack.y("simulated", 4), yanchor="top", showarrow=False, borderpad=0,
        font={"size": AXIS_PX, "color": colours.simulated},
    )  # fmt: skip


def _off_chromosome(figure: go.Figure, picture: Picture, stack: _Stack, colours: Palette) -> None:
    """Bases off the chromosome, greyed."""
    top = stack.domain("ruler")[0]
    for start, end in ((picture.view.start, 0), (picture.length, picture.view.end)):
        if start < end:
            figure.add_shape(
                type="rect", x0=start + 0.5, x1=end + 0.5, y0=0, y1=top, yref="paper", layer="below", line_width=0,
                fillcolor=faded(colours.muted, 0.15),
            )  # fmt: skip
