"""The figure of a deletion scan: what the target loses or gains with each stretch replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from enformer_core.interpret.placed import reference_ranges

from ..effect_cards import signed
from ..theme import Palette
from ..words import for_html
from .dressing import dress, largest, unit

if TYPE_CHECKING:
    from enformer_core.interpret.deletion_scan import DeletionScan

HEIGHT_PX = 260
_ROOM = 1.08


def scan_figure(found: DeletionScan, colours: Palette) -> go.Figure:
    """Draw a scan as steps from 0, at its places on the reference; a stretch that is not known leaves a gap."""
    starts, ends = reference_ranges(found, found.starts, found.ends)
    chrom, said = for_html(found.interval.chrom), unit(found.target)
    figure = go.Figure()
    for part, colour in ((np.minimum, colours.edited), (np.maximum, colours.accent)):
        x, y = _steps(starts, ends, part(found.effect, np.float32(0)))
        line = {"color": colour, "width": 1}
        figure.add_trace(go.Scatter(x=x, y=y, mode="lines", fill="tozeroy", line=line, hoverinfo="skip"))
    text = [
        f"{chrom}:{start + 1:,}-{end:,} {signed(value)} {said}"
        for start, end, value in zip(starts.tolist(), ends.tolist(), found.effect.tolist(), strict=True)
    ]
    middles, unseen = (starts + 1 + ends) / 2, {"size": 12, "opacity": 0}
    figure.add_trace(go.Scatter(x=middles, y=found.effect, mode="markers", marker=unseen, text=text, hoverinfo="text"))
    dress(figure, colours, HEIGHT_PX)
    limit = _ROOM * largest(found.effect)
    figure.update_yaxes(title_text=said, range=[-limit, limit])
    figure.update_xaxes(title_text=f"position on {chrom}", range=[int(starts.min()) + 0.5, int(ends.max()) + 0.5])
    return figure


def _steps(starts: np.ndarray, ends: np.ndarray, effect: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each stretch from edge to edge at its effect; positions count from 1. Stretches that do not touch end at 0."""
    known = ~np.isnan(effect)
    starts, ends, effect = starts[known], ends[known], effect[known].astype(np.float64)
    zero = np.zeros(len(effect))
    x = np.stack([starts, starts, ends, ends], axis=1) + 0.5
    return x.ravel(), np.stack([zero, effect, effect, zero], axis=1).ravel()
