"""The whole attention map of the window on view, beside its strongest pairs in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.genome.interval import Interval
from enformer_core.inference.tiling import ONE
from enformer_core.settings import Settings

from .. import services
from ..explain import questions
from ..link_text import write_view
from ..state import Session
from ..theme import palette
from ..words import cut, for_html, for_markdown
from . import figure, waiting
from .choices import Choices, choose
from .grid import Grid, grid_of
from .known import marks_of
from .marks import Mark, named_at
from .pairs import Pair, in_words, locus, nearest, strongest

if TYPE_CHECKING:
    from enformer_core.interpret.attention_map import AttentionMap

    from ..explain.subject import Subject

_CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d"],
    "toImageButtonOptions": {"format": "svg", "filename": "attention"},
}
_COLUMNS = (0.5, 0.12, 0.12, 0.26)


def headline(state: Session, subject: Subject) -> None:
    """What is looked at, as a sentence; and what should be known about it."""
    n_edits, read = len(subject.window.edits), subject.window.interval
    place = locus(Interval(read.chrom, max(read.start, 0), min(read.end, subject.window.contigs[read.chrom])))
    edits = f", with {n_edits} edit{'s' if n_edits > 1 else ''}" if n_edits else ""
    simulated = ' <span class="eb-chip simulated">simulated</span>' if subject.predictor.simulated else ""
    st.html(
        f'<div class="eb-question" id="attention-of">Where the model looks in the window of '
        f"<b>{for_html(cut(subject.name, 80))}</b>, {for_html(place)}{edits}{simulated}</div>"
    )
    if state.tiles != ONE:
        n = 1 + sum(state.tiles)
        st.info(
            f"{n} windows stand side by side in Browse. Each is read by itself, so none looks into another: this is "
            f"the map of the one that was asked for, {for_markdown(place)}."
        )


def draw(state: Session, subject: Subject, settings: Settings) -> None:
    """Draw the choices, the map and the table, or how far the map is."""
    chosen = choose(state, subject)
    held = questions.attention_picture(subject, *chosen.computed, size=chosen.size)
    if held.result is None:
        waiting.in_its_place(held)
        return
    marks = marks_of(subject.window, services.current_choice(state, settings).assembly, settings)
    _drawn(state, subject, held.result, chosen, marks)


def _drawn(state: Session, subject: Subject, found: AttentionMap, chosen: Choices, marks: tuple[Mark, ...]) -> None:
    grid = grid_of(found, chosen.layers, chosen.heads)
    pairs = strongest(grid)
    words = in_words(grid, pairs, chosen.words)
    left, right = st.columns([0.52, 0.48], gap="medium")
    with left:
        drawn = figure.heat(grid, marks, subject.window.output, palette())
        st.plotly_chart(drawn, theme=None, key="attention-map", config=_CONFIG, alt=words)
        st.html(f'<div class="eb-note">{for_html(_how_to_read(grid))}</div>')
    with right:
        st.markdown("#### In words")
        st.html(f'<div id="attention-words">{for_html(words)}</div>')
        _pairs(state, subject, grid, pairs, marks)


def _how_to_read(grid: Grid) -> str:
    most = 2 ** figure.limit_of(grid)
    return (
        f"Each row is a place that looks, {grid.width:,} bp around the position that is told on hovering; each column "
        "is what it looks at. Even attention would give every base the same share. Colours are the logarithm of how "
        "many times that share a place gets, "
        f"from 1/{most} to {most} times: as far below as above, so that the middle colour is even attention. The "
        "dashed square is what is predicted. Drag to zoom, double-click to go back. Attention says where "
        "information may come from, not what it does there: for that, see the contributions in Browse."
    )


def _pairs(state: Session, subject: Subject, grid: Grid, pairs: tuple[Pair, ...], marks: tuple[Mark, ...]) -> None:
    """One row for each pair, with a link that opens Browse at both places."""
    st.markdown(f"#### Strongest pairs on {for_markdown(grid.chrom)}, {nearest(grid):,} bp or more apart")
    if not pairs:
        st.markdown("There are none.")
        return
    st.caption(
        "A link opens Browse at both places. A place that many look at is told once, with the one that looks most."
    )
    heads = ("looking → looked at", "apart", "weight", "times even, what is there")
    with st.container(key="attention-pairs", gap="xxsmall"):
        for cell, words in zip(st.columns(_COLUMNS), heads, strict=True):
            cell.html(f'<div class="eb-note">{words}</div>')
        for number, pair in enumerate(pairs):
            place, apart, weight, more = st.columns(_COLUMNS, vertical_alignment="center")
            with place:
                _way_to_browse(state, pair, number, is_sequence=subject.window.sequence is not None)
            apart.markdown(f"{pair.distance / 1000:,.1f} kb")
            weight.markdown(f"{pair.weight:.2%}")
            ends = (("from", pair.query), ("at", pair.key))
            names = [f"{word} the {words}" for word, end in ends if (words := named_at(marks, end))]
            more.markdown(f"{pair.times:.3g} ×" + (f" · {for_markdown(', '.join(names))}" if names else ""))


def _way_to_browse(state: Session, pair: Pair, number: int, *, is_sequence: bool) -> None:
    """A link to the same question in Browse, with both places on view. A pasted sequence has no address to link to."""
    label = " → ".join(f"{place.start + 1:,}-{place.end:,}" for place in (pair.query, pair.key))
    if not is_sequence:
        address = st.query_params.to_dict() | {"view": write_view(pair.both)}
        st.page_link("pages/browse.py", label=for_markdown(label), query_params=address)
    elif st.button(for_markdown(label), key=f"attention-pair-{number}", type="tertiary"):
        state.view = pair.both
        st.switch_page("pages/browse.py")
