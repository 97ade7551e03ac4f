"""Browse: ask for a gene, locus, variant or sequence, and see predicted tracks over experiments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from enformer_core.errors import EnformerError
from enformer_core.tracks.table import TrackTable
from enformer_core.tracks.transform import transform
from pages._ui import (
    annotations,
    edit_panel,
    effect_cards,
    experiment_inputs,
    experiments,
    frame,
    lanes,
    links,
    matching,
    model_inputs,
    running,
    search,
    services,
    stage,
    tiles,
    tour,
    view,
    view_options,
)
from pages._ui import track_inputs as tracks
from pages._ui.explain import element_card, jobs, rows, switches, target_inputs, truth, truth_card
from pages._ui.explain.subject import Subject
from pages._ui.explain.subject import of_result as why_of
from pages._ui.looks import Show
from pages._ui.picture import Picture
from pages._ui.state import Choice, Result, Session, session
from pages._ui.welcome import how_to_begin, what_to_ask

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor
    from enformer_core.inference.window import Window


def main() -> None:
    state, settings = session(), services.settings()
    links.adopt(state, settings)
    sidebar = _Sidebar()
    with _section(sidebar.model, "Model"):
        choice = model_inputs.choose(state, settings)
    around = services.companions(choice, settings)
    tour.begin(state, choice, around.examples)
    with st.container(key="search-row"):
        left, right = st.columns([0.64, 0.36], vertical_alignment="center")
        with left:
            search.box(state)
        chips = right.empty()
    if not choice.model:
        how_to_begin(settings)
        return
    tour.row(state, around.examples, simulated=around.simulated)
    predictor = running.predictor(choice, settings)
    if predictor is None:
        return
    with chips:
        stage.chips(predictor, is_simulated_model=services.is_simulated_model(choice.model, settings))
    head = predictor.head(state.head if state.head in predictor.heads else None)
    with sidebar.model:
        model_inputs.choose_head(state, list(predictor.heads))
    table = predictor.tracks(head)
    tour.put_on_view(state, table)
    with _section(sidebar.tracks, "Tracks"):
        chosen = tracks.choose(state, table, choice.model)
    with _section(sidebar.experiments, "Experiments"):
        experiment_inputs.choose(state, settings, services.reader(), table, chosen, around)
    state.tracks = chosen
    links.write(state, settings)
    if predictor.assembly is None and not state.text:
        how_to_begin(settings, model_found=True)
        return
    about = (around, truth.answers(choice, settings), matching.misfit(choice, settings))
    _answer(state, choice, predictor, head, chosen, sidebar, about)


class _Sidebar:
    """The sections of the sidebar, in the order of the eye rather than of the work."""

    def __init__(self) -> None:
        with st.sidebar:
            self.tracks, self.experiments = st.container(), st.container()
            self.explain, self.view, self.model = st.container(), st.container(), st.container()


def _section(box: DeltaGenerator, title: str) -> DeltaGenerator:
    box.html(f'<div class="eb-head">{title}</div>')
    return box


def _answer(
    state: Session,
    choice: Choice,
    predictor: Predictor,
    head: str,
    chosen: tuple[int, ...],
    sidebar: _Sidebar,
    about: tuple[services.Companions, truth.Answers | None, str],
) -> None:
    """The window that was asked for, its prediction, and the picture."""
    around, answers, misfit = about
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
    with sidebar.model:
        search.choose_site(state, predictor)
    with _section(sidebar.explain, "Explain"):
        switches.choose(state, predictor, has_truth=answers is not None)
    with _section(sidebar.view, "View"):
        show = view_options.choose(state)
    with above:
        wider = st.container()
        stage.notes(predictor, window, head, misfit)
    key = running.key_of(choice, predictor, window, head, chosen)
    with progress:
        result = running.result(state, predictor, key, window, subject, head, chosen)
    with wider:  # after the prediction, which may be the first that tells how long a window takes
        tiles.offer(state, predictor, window)
    if result is not None:
        with below:
            table = predictor.tracks(head)
            beyond = tiles.beyond(predictor, result.window, window)
            why = why_of(state, predictor, result, head, chosen) if state.shown == key else None
            parts = (show, beyond, rows.rows(state.explain, why, answers))
            picture = _picture(state, result, window, around, table, parts, why, is_answer=state.shown == key)
            stage.controls(state, result, choice, head, table, parts[2].results)
            edits, effects = st.columns([0.34, 0.66], gap="small")
            with edits:
                edit_panel.panel(state, window)
            with effects:
                effect_cards.draw(state, predictor, result, table)
            truth_card.draw(state, why, answers)
            element_card.draw(state, why)
            stage.in_words(picture, result.subject)
            stage.footer(result)


def _picture(
    state: Session,
    result: Result,
    window: Window,
    around: services.Companions,
    table: TrackTable,
    parts: tuple[Show, tiles.Beyond, rows.Rows],
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
    tour.truth(around.examples.get(state.example), result if is_answer else None, table, shown.assembly)
    stage.refused_edit(state)
    if why is not None:
        target_inputs.sentence(state, why, table, tuple(track.target_index for track in prediction.tracks))
    show, beyond, explanations = parts
    view.draw(picture, result, window, show, beyond, annotations.lanes_of(state, result), explanations)
    return picture


frame.show(main)
