"""Genes as shapes on the axis: rows without collisions, introns, exons, coding parts, strand and start site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from enformer_core.genome.genes.model import Gene
from enformer_core.genome.interval import Interval

from .theme import AXIS_PX, Palette
from .words import cut, for_plotly

ROW_PX, MAX_ROWS = 34, 3
PLOT_PX = 1000  # width assumed where room for labels is worked out; the page may be wider, which only leaves more room
_LETTER_PX, _TICK_PX, _CHEVRON_PX = 6.6, 9, 26
# Heights within a row of 1: the label sits below the gene.
_MIDDLE, _TALL, _THIN, _TOP, _LABEL = 0.60, 0.17, 0.09, 0.97, 0.18
_GAP = (None, None)


@dataclass(frozen=True, slots=True)
class Placed:
    """A gene in its row, 0 being the top one."""

    gene: Gene
    row: int


def pack(genes: Sequence[Gene], view: Interval) -> tuple[list[Placed], int]:
    """Put genes into at most three rows so that neither bodies nor labels collide; coding and long genes go first.

    Returns:
        The placed genes, and how many found no room.
    """
    bp_per_px = view.width / PLOT_PX
    shown = [g for g in genes if g.end > view.start and g.start < view.end]
    taken: list[list[tuple[float, float]]] = [[] for _ in range(MAX_ROWS)]
    placed = []
    for gene in sorted(shown, key=lambda g: (g.biotype != "protein_coding", g.start - g.end, g.start)):
        low, high = _extent(gene, view, bp_per_px)
        free = (row for row in range(MAX_ROWS) if all(high <= a or low >= b for a, b in taken[row]))
        if (row := next(free, None)) is not None:
            taken[row].append((low, high))
            placed.append(Placed(gene, row))
    return placed, len(shown) - len(placed)


def n_rows(placed: Sequence[Placed]) -> int:
    """Rows in use, at least one."""
    return max((p.row for p in placed), default=0) + 1


def traces(placed: Sequence[Placed], view: Interval, colours: Palette, yaxis: str) -> list[go.Scatter]:
    """The genes as a handful of traces on an axis from 0 to the number of rows, drawn downwards."""
    rows, px = n_rows(placed), view.width / PLOT_PX
    lines = list(_joined(_body(p, rows) for p in placed))
    ticks = list(_joined(part for p in placed for part in _chevrons(p, rows, view, px)))
    boxes = list(_joined(part for p in placed for part in _boxes(p, rows)))
    sites = list(_joined(_start_site(p, rows, px) for p in placed))
    common = {"xaxis": "x", "yaxis": yaxis, "hoverinfo": "skip", "showlegend": False}
    labels = go.Scatter(
        x=[_label_at(p.gene, view) for p in placed],
        y=[rows - p.row - 1 + _LABEL for p in placed],
        text=[f"<i>{for_plotly(cut(p.gene.symbol, 24))}</i>" for p in placed],
        mode="text",
        textfont={"size": AXIS_PX + 1, "color": colours.text},
        **common,
    )
    return [
        _line(lines, colours.muted, 1, common),
        _line(ticks, colours.muted, 1, common),
        _line(boxes, colours.text, 0, common, fill=True),
        _line(sites, colours.accent, 1.5, common),
        labels,
    ]


def _extent(gene: Gene, view: Interval, px: float) -> tuple[float, float]:
    half = (len(cut(gene.symbol, 24)) * _LETTER_PX / 2 + 6) * px
    middle = _label_at(gene, view)
    return min(max(gene.start, view.start) - 12 * px, middle - half), max(
        min(gene.end, view.end) + 12 * px, middle + half
    )


def _label_at(gene: Gene, view: Interval) -> float:
    """The middle of the part in view, held away from the edges so that the label is not cut."""
    middle = (max(gene.start, view.start) + min(gene.end, view.end)) / 2
    half = len(cut(gene.symbol, 24)) * _LETTER_PX / 2 * view.width / PLOT_PX
    return min(max(middle, view.start + half), view.end - half)


def _joined(parts: Iterator[list[tuple[float, float]]]) -> Iterator[tuple[float | None, float | None]]:
    for part in parts:
        yield from part
        yield _GAP


def _line(points: list, colour: str, width: float, common: dict, *, fill: bool = False) -> go.Scatter:
    return go.Scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="lines",
        line={"color": colour, "width": width},
        fill="toself" if fill else "none",
        fillcolor=colour,
        **common,
    )


def _y(p: Placed, rows: int, height: float) -> float:
    return rows - p.row - 1 + height


def _body(p: Placed, rows: int) -> list[tuple[float, float]]:
    y = _y(p, rows, _MIDDLE)
    return [(p.gene.canonical.start + 0.5, y), (p.gene.canonical.end + 0.5, y)]


def _boxes(p: Placed, rows: int) -> Iterator[list[tuple[float, float]]]:
    transcript = p.gene.canonical
    for start, end in transcript.exons:
        yield _box(p, rows, start, end, _THIN)
        if transcript.cds and transcript.cds[0] < end and start < transcript.cds[1]:
            yield _box(p, rows, max(start, transcript.cds[0]), min(end, transcript.cds[1]), _TALL)


def _box(p: Placed, rows: int, start: int, end: int, half: float) -> list[tuple[float, float]]:
    low, high = _y(p, rows, _MIDDLE - half), _y(p, rows, _MIDDLE + half)
    left, right = start + 0.5, end + 0.5
    return [(left, low), (left, high), (right, high), (right, low), (left, low)]


def _chevrons(p: Placed, rows: int, view: Interval, px: float) -> Iterator[list[tuple[float, float]]]:
    """Little arrows along the introns that point in the direction of transcription."""
    transcript = p.gene.canonical
    y, high = _y(p, rows, _MIDDLE), 0.08
    back = 4 * px * (-1 if transcript.strand == "+" else 1)
    step = _CHEVRON_PX * px
    at = max(transcript.start, view.start) + step / 2
    while at < min(transcript.end, view.end):
        if not any(start - 5 * px <= at <= end + 5 * px for start, end in transcript.exons):
            yield [(at + back, y - high), (at, y), (at + back, y + high)]
        at += step


def _start_site(p: Placed, rows: int, px: float) -> list[tuple[float, float]]:
    """The bent arrow at the canonical start site."""
    transcript = p.gene.canonical
    ahead = 1 if transcript.strand == "+" else -1
    x, tip = transcript.tss + 1.0, transcript.tss + 1.0 + ahead * _TICK_PX * px
    y, top = _y(p, rows, _MIDDLE), _y(p, rows, _TOP - 0.09)
    head = tip - ahead * 4 * px
    return [(x, y), (x, top), (tip, top), (head, top + 0.09), (tip, top), (head, top - 0.09)]
