"""Edits in the figure: numbered discs with dotted lines through every lane, and the line of the edited haplotype."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from enformer_core.genome.edit import Edit
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus
from enformer_core.genome.variant import Variant

from . import edited
from .gene_lane import PLOT_PX
from .picture import Lane, Picture
from .theme import AXIS_PX, Palette
from .words import cut, for_plotly

ROW_PX, DISC_PX = 26, 16
_LONGEST_ALLELE = 6
_LETTER_PX = 6.6


def label(variant: Variant) -> str:
    """An edit in a few letters: ``A › C``, ``del 320 bp``, ``ins 5 bp``, ``12 bp › 8 bp``."""
    edit = Edit.of(variant)
    ref = variant.ref[edit.start - variant.start : edit.end - variant.start]
    if not edit.alt:
        return f"del {ref}" if len(ref) <= _LONGEST_ALLELE else f"del {len(ref):,} bp"
    if not ref:
        return f"ins {edit.alt}" if len(edit.alt) <= _LONGEST_ALLELE else f"ins {len(edit.alt):,} bp"
    if max(len(ref), len(edit.alt)) <= _LONGEST_ALLELE:
        return f"{ref} › {edit.alt}"
    return f"{len(ref):,} bp › {len(edit.alt):,} bp"


def middle(variant: Variant) -> float:
    """Where an edit's mark stands on the figure's axis, which counts from 1."""
    edit = Edit.of(variant)
    return (edit.start + max(edit.end, edit.start + 1) - 1) / 2 + 1


def in_view(picture: Picture) -> list[tuple[int, Variant]]:
    """The edits whose mark shows, with their numbers from 1."""
    view = picture.view
    return [(n, v) for n, v in enumerate(picture.edits, start=1) if view.start < middle(v) <= view.end]


def draw(figure: go.Figure, picture: Picture, axis: str, top: float, bottom: float, colours: Palette) -> None:
    """Dotted lines from ``bottom`` to ``top`` (parts of the height), and discs with labels on a y axis from 0 to 1.

    Shapes lie above markers, so a line ends where its disc begins: else it would run through the number.
    """
    shown = in_view(picture)
    for _, variant in shown:
        at = middle(variant)
        line = {"color": colours.edited, "width": 1, "dash": "dot"}
        figure.add_shape(type="line", x0=at, x1=at, y0=bottom, y1=top, yref="paper", line=line)
    px = picture.view.width / PLOT_PX
    xs = _spread([middle(variant) for _, variant in shown], (DISC_PX + 2) * px)
    common = {"xaxis": "x", "yaxis": axis, "hoverinfo": "skip", "showlegend": False}
    figure.add_trace(
        go.Scatter(
            x=xs,
            y=[0.5] * len(xs),
            text=[f"<b>{number}</b>" for number, _ in shown],
            mode="markers+text",
            marker={"size": DISC_PX, "color": colours.edited},
            textfont={"size": AXIS_PX - 1, "color": colours.ground},
            **common,
        )
    )
    limits = [*xs[1:], float(picture.view.end + 1)]
    for (_, variant), x, limit in zip(shown, xs, limits, strict=True):
        text = cut(label(variant), 30)
        if x + (DISC_PX + _LETTER_PX * len(text)) * px < limit:
            _label(figure, for_plotly(text), x, axis, colours)


def _spread(places: list[float], apart: float) -> list[float]:
    """Places in order, moved to the right as far as they need to be ``apart``."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + apart) if found else place)
    return found


def _label(figure: go.Figure, text: str, x: float, axis: str, colours: Palette) -> None:
    figure.add_annotation(
        text=text, x=x, y=0.5, yref=axis, xshift=DISC_PX / 2 + 4, xanchor="left", yanchor="middle", showarrow=False,
        font={"size": AXIS_PX, "color": colours.text}, borderpad=0,
    )  # fmt: skip


def about(picture: Picture) -> str:
    """What the row's name is followed by: how many edits do not show."""
    n_hidden = len(picture.edits) - len(in_view(picture))
    return f"{n_hidden:,} out of view" if n_hidden else ""


def line(picture: Picture, lane: Lane, axis: str, spread: float, colours: Palette) -> go.Scatter | None:
    """The edited prediction, only where it differs by over 1 % of ``spread``, the lane's range; None where nowhere."""
    if lane.edited is None:
        return None
    starts, ends = picture.edited_starts, picture.edited_ends
    shows = edited.differs(
        (starts, ends, lane.edited), (picture.starts, picture.ends, lane.predicted), edited.SHARE * spread
    )
    shows &= (ends > picture.view.start) & (starts < picture.view.end)
    x, y = edited.drawn(starts, ends, lane.edited, shows)
    if not len(x):
        return None
    return go.Scatter(
        x=x + 0.5,
        y=y,
        mode="lines",
        line={"color": colours.edited, "width": 1.8},
        xaxis="x",
        yaxis=axis,
        hoverinfo="skip",
        showlegend=False,
    )


def largest_change(lane: Lane, picture: Picture) -> str:
    """Where in view the edits change a lane most, and from what to what; empty without edits or bins in view."""
    rows = np.flatnonzero(picture.in_view)
    if lane.edited is None or not len(rows):
        return ""
    middles = (picture.starts[rows] + picture.ends[rows]) // 2
    values = edited.at(middles, picture.edited_starts, picture.edited_ends, lane.edited)
    if np.isnan(values).all():
        return ""
    most = int(np.nanargmax(np.abs(values - lane.predicted[rows])))
    where = Interval(picture.output.chrom, int(picture.starts[rows[most]]), int(picture.ends[rows[most]]))
    return f"{format_locus(where)}, from {lane.predicted[rows[most]]:.3g} to {values[most]:.3g}"


def readout(picture: Picture, lane: Lane) -> list[str]:
    """What the readout adds for each bin in view: the edited value, and the change where there is any."""
    shows = picture.in_view
    if lane.edited is None:
        return [""] * int(shows.sum())
    predicted = lane.predicted[shows]
    middles = (picture.starts[shows] + picture.ends[shows]) // 2
    values = edited.at(middles, picture.edited_starts, picture.edited_ends, lane.edited)
    with np.errstate(invalid="ignore", divide="ignore"):
        changes = np.log2((values + 0.01) / (predicted + 0.01))
    said = []
    for value, change in zip(values.tolist(), changes.tolist(), strict=True):
        if np.isnan(value):
            said.append("")
        elif np.isfinite(change):
            said.append(f" · edited {value:.3g} (log2 FC {change:+.2f})".replace("-", "−"))
        else:
            said.append(f" · edited {value:.3g}".replace("-", "−"))
    return said
