"""The worked examples of an assembly: one click each, a sentence, a view, and the truth beside the model's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import EnformerError
from enformer_core.genome.examples import Example
from enformer_core.tracks.table import TrackTable

from . import problems
from .state import Choice, Result, Session, open_example, session
from .verdict import Verdict, judge
from .words import for_html, for_markdown, listed

if TYPE_CHECKING:
    from enformer_core.genome.assembly import Assembly
    from enformer_core.inference.predictor import Predictor
    from enformer_core.inference.window import Window


def begin(state: Session, choice: Choice, examples: Mapping[str, Example]) -> None:
    """Open the first example where nothing was asked, once per visit. Call before the search box is drawn."""
    if state.is_begun or not choice.model or not choice.assembly:
        return
    state.is_begun = True
    if examples and not state.text:
        notes = state.notes  # what is wrong with a link is said beside the example, too
        open_example(next(iter(examples.values())))
        state.notes = notes


def put_on_view(state: Session, table: TrackTable) -> None:
    """Turn the identifiers that an example names into tracks of this model."""
    if not state.wanted:
        return
    by_name = {track.identifier: track.target_index for track in table}
    found = tuple(by_name[name] for name in state.wanted if name in by_name)
    missing = [name for name in state.wanted if name not in by_name]
    if missing:
        state.notes += (f"this model has no track {listed(missing)}, which was to be shown",)
    state.looks |= {by_name[name]: look for name, look in state.wanted_looks.items() if name in by_name}
    state.tracks, state.wanted, state.wanted_looks = found or None, (), {}


def look_at(state: Session, predictor: Predictor, window: Window) -> None:
    """Turn the locus that an example or a link shows into a view of its window."""
    if not state.wanted_view or predictor.assembly is None:
        return
    text, state.wanted_view = state.wanted_view, ""
    try:
        place = predictor.assembly.locate(text)
    except EnformerError as error:
        state.notes += (f"the view was left out: {error.what}",)
        state.is_view_stale = True
        return
    if window.interval.contains(place):
        state.view = state.told_view = place  # the address, or the example that it names, tells of it
    else:
        state.notes += (f"the view {text} lies outside the predicted window",)
        state.is_view_stale = True


def row(state: Session, examples: Mapping[str, Example], *, simulated: bool) -> None:
    """Draw the examples as a row of buttons that can be folded away, and the sentence of the one on view."""
    if not examples:
        return
    with st.container():  # a place of its own, so that what stands below stays there when the sentence goes
        _buttons(state, examples, simulated=simulated)
        shown = examples.get(state.example)
        if shown is not None and not state.is_tour_folded:
            st.html(f'<div class="eb-example" id="example">{for_html(shown.sentence)}</div>')


def _buttons(state: Session, examples: Mapping[str, Example], *, simulated: bool) -> None:
    with st.container(key="tour", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Examples" + (" (simulated)" if simulated else ""),
            key="tour-fold",
            icon=":material/chevron_right:" if state.is_tour_folded else ":material/expand_more:",
            help="Show the worked examples" if state.is_tour_folded else "Fold the worked examples away",
            on_click=_fold,
            type="tertiary",
        )
        for name, example in examples.items() if not state.is_tour_folded else ():
            st.button(
                for_markdown(example.title),
                key=f"example-{name}",
                on_click=open_example,
                args=(example,),
                type="primary" if name == state.example else "secondary",
            )


@problems.guarded
def truth(example: Example | None, result: Result | None, table: TrackTable, assembly: Assembly | None) -> None:
    """Draw the true answer and the model's, right or wrong alike; nothing where the truth is not known."""
    verdict = judge(example, result, table, assembly) if example else None
    if verdict is not None:
        st.html(f'<div class="eb-truth" id="truth" title="{for_html(verdict.formula)}">{_marked(verdict)}</div>')


def _marked(verdict: Verdict) -> str:
    parts = f"Truth: <b>{for_html(verdict.truth)}</b>. Model: <b>{for_html(verdict.model)}</b>."
    if verdict.is_right is None:
        return parts
    word, kind = ("✓ Right", "right") if verdict.is_right else ("✗ Wrong", "wrong")
    rule = f": {verdict.rule}." if verdict.is_right else f": right would be {verdict.rule}."
    return f'{parts} <span class="eb-{kind}">{word}</span>{for_html(rule)}'


def _fold() -> None:
    state = session()
    state.is_tour_folded = not state.is_tour_folded
