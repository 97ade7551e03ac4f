"""The search box and the answer to what is asked in it: the part of the page that a question alone draws anew.

What stands outside, in the sidebar, stays as it is unless it has to change too; then the whole page is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import EnformerError
from enformer_core.tracks.table import TrackTable
from enformer_core.tracks.transform import transform

from . import (
    annotations,
    edit_panel,
    effect_cards,
    experiments,
    lanes,
    links,
    outside,
    problems,
    running,
    search,
    services,
    stage,
    tiles,
    tour,
    view,
)
from .explain import element_card, jobs, rows, target_inputs, truth, truth_card
from .explain.subject import Subject
from .explain.subject import of_result as why_of
from .picture import Picture
from .state import Choice, Result, Session, session
from .welcome import how_to_begin, what_to_ask

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor
    from enformer_core.inference.window import Window


@dataclass(frozen=True, slots=True)
class Page:
    """What was drawn outside, for the part to go by.

    Attributes:
        choice: The model and the assembly.
        around: What comes with the assembly.
        drawn: What the visit was like, as far as it is shown outside.
        head: Of the model; None while there is none.
        sites: The start sites that are offered for the gene that is asked for.
        chosen: Target indices of the tracks on view.
        answers: The true answers, where the assembly brings them.
        misfit: Why model and assembly do not go together, if they do not.
    """

    choice: Choice
    around: services.Companions
    drawn: tuple[object, ...]
    head: str | None = None
    sites: tuple[object, ...] = ()
    chosen: tuple[int, ...] = ()
    answers: truth.Answers | None = None
    misfit: str = ""


@st.fragment
@problems.guarded
def draw(page: Page) -> None:
    """The search box and the answer. A new question draws these anew and leaves the rest of the page as it is."""
    state, settings = session(), services.settings()
    links.adopt(state, settings)
    if outside.shown(state) != page.drawn:
        st.rerun()
    with st.container(key="search-row", horizontal=True, vertical_alignment="center"):
        search.box(state)
        chips = st.empty()
    if not page.choice.model:
        how_to_begin(settings)
        return
    tour.row(state, page.around.examples, simulated=page.around.simulated)
    predictor = running.predictor(page.choice, settings)
    if predictor is None:
        return
    if page.head is None or search.offered_sites(state, predictor) != page.sites:
        st.rerun()  # the predictor has come since the rest was drawn, or the gene has other start sites
        return
    with chips:
        stage.chips(predictor, is_simulated_model=services.is_simulated_model(page.choice.model, settings))
    links.write(state, settings)
    if predictor.assembly is None and not state.text:
        how_to_begin(settings, model_found=True)
        return
    _answer(state, page, predictor, page.head)


def _answer(state: Session, page: Page, predictor: Predictor, head: str) -> None:
    """The window that was asked for, its prediction, and the picture."""
    # Places of their own: the picture stays where it is, whatever comes and goes above it.
    above, progress, below = st.container(), st.container(key="progress"), st.container()
    with above:
        found = search.resolve(state, predictor)
        if found is not None:
            tour.look_at(state, predictor, found[0])
        stage.link_notes(state)
    if found is None:
        jobs.keep_only(None)
        if not state.text.strip():
            what_to_ask(predictor.assembly)
        return
    window, subject = found
    with above:
        wider = st.container()
        stage.notes(predictor, window, head, page.misfit)
    key = running.key_of(page.choice, predictor, window, head, page.chosen)
    with progress:
        result = running.result(state, predictor, key, window, subject, head, page.chosen)
    with wider:  # after the prediction, which may be the first that tells how long a window takes
        tiles.offer(state, predictor, window)
    if result is not None:
        with below:
            table = predictor.tracks(head)
            beyond = tiles.beyond(predictor, result.window, window)
            why = why_of(state, predictor, result, head, page.chosen) if state.shown == key else None
            parts = (beyond, rows.rows(state.explain, why, page.answers))
            picture = _picture(state, result, window, page.around, table, parts, why, is_answer=state.shown == key)
            stage.controls(state, result, page.choice, head, table, parts[1].results)
            edits, effects = st.columns([0.34, 0.66], gap="small")
            with edits:
                edit_panel.panel(state, window)
            with effects:
                effect_cards.draw(state, predictor, result, table)
            truth_card.draw(state, why, page.answers)
            element_card.draw(state, why)
            stage.in_words(picture, result.subject)
            stage.footer(result)


def _picture(
    state: Session,
    result: Result,
    window: Window,
    around: services.Companions,
    table: TrackTable,
    parts: tuple[tiles.Beyond, rows.Rows],
    why: Subject | EnformerError | None,
    *,
    is_answer: bool,
) -> Picture:
    """The prediction over the experiments, with its headline and what can be done with it."""
    prediction, shown = result.prediction, result.window
    scale = transform(state.transform)
    files, signals = {}, {}
    if shown.assembly is not None:
        files = experiments.paired(state, prediction.tracks, around.experiments)
        signals = experiments.signals(
            state,
            files,
            prediction.tracks,
            prediction.interval,
            prediction.bin_size,
            scale,
            shown.contigs,
            services.reader(),
        )
    names = {track: name for track, (name, _) in files.items()}
    part = state.view if state.view and prediction.input_interval.contains(state.view) else None
    picture = lanes.picture_of(result, part, signals, names, scale)
    stage.headline(picture, result.subject)
    with st.container():  # a place of its own, so that the picture below stays where it is
        tour.truth(around.examples.get(state.example), result if is_answer else None, table, shown.assembly)
        stage.refused_edit(state)
    if why is not None:
        target_inputs.sentence(state, why, table, tuple(track.target_index for track in prediction.tracks))
    beyond, explanations = parts
    view.draw(picture, result, window, state.show, beyond, annotations.lanes_of(state, result), explanations)
    return picture
