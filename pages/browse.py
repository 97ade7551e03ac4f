"""Browse: ask for a gene, locus, variant or sequence, and see predicted tracks over experiments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from enformer_core.tracks.transform import transform
from pages._ui import (
    experiment_inputs,
    experiments,
    frame,
    lanes,
    links,
    model_inputs,
    running,
    search,
    services,
    stage,
)
from pages._ui import track_inputs as tracks
from pages._ui.state import Choice, Result, Session, session
from pages._ui.welcome import how_to_begin, what_to_ask

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor


def main() -> None:
    state, settings = session(), services.settings()
    links.adopt(state)
    sidebar = _Sidebar()
    with _section(sidebar.model, "Model"):
        choice = model_inputs.choose(state, settings)
    with st.container(key="search-row"):
        left, right = st.columns([0.68, 0.32], vertical_alignment="center")
        with left:
            search.box(state)
        chips = right.empty()
    if not choice.model:
        how_to_begin(settings)
        return
    predictor = running.predictor(choice, settings)
    if predictor is None:
        return
    with chips:
        stage.chips(predictor)
    head = predictor.head(state.head if state.head in predictor.heads else None)
    with sidebar.model:
        model_inputs.choose_head(state, list(predictor.heads))
    table = predictor.tracks(head)
    with _section(sidebar.tracks, "Tracks"):
        chosen = tracks.choose(state, table)
    with _section(sidebar.experiments, "Experiments"):
        experiment_inputs.choose(state, settings, services.reader(), table, chosen)
    state.tracks = chosen
    links.write(state)
    if predictor.assembly is None and not state.text:
        how_to_begin(settings, model_found=True)
        return
    _answer(state, choice, predictor, head, chosen, sidebar)


class _Sidebar:
    """The sections of the sidebar, in the order of the eye rather than of the work."""

    def __init__(self) -> None:
        with st.sidebar:
            self.tracks, self.experiments, self.model = st.container(), st.container(), st.container()


def _section(box: DeltaGenerator, title: str) -> DeltaGenerator:
    box.html(f'<div class="eb-head">{title}</div>')
    return box


def _answer(
    state: Session, choice: Choice, predictor: Predictor, head: str, chosen: tuple[int, ...], sidebar: _Sidebar
) -> None:
    """The window that was asked for, its prediction, and the picture."""
    # Places of their own: the picture stays where it is, whatever comes and goes above it.
    above, progress, below = st.container(), st.container(), st.container()
    with above:
        stage.link_notes(state)
        found = search.resolve(state, predictor)
    if found is None:
        if not state.text.strip():
            what_to_ask(predictor.assembly)
        return
    window, subject = found
    with sidebar.model:
        search.choose_site(state, predictor)
    with above:
        stage.notes(predictor, window, head)
    key = running.key_of(choice, predictor, window, head, chosen)
    with progress:
        result = running.result(state, predictor, key, window, subject, head, chosen)
    if result is not None:
        with below:
            _picture(state, result)


def _picture(state: Session, result: Result) -> None:
    """The prediction over the experiments, with its headline, controls and footer."""
    prediction, shown = result.prediction, result.window
    scale = transform(state.transform)
    signals = {}
    if shown.assembly is not None:
        signals = experiments.signals(
            state,
            prediction.tracks,
            prediction.interval,
            prediction.bin_size,
            scale,
            shown.contigs,
            services.reader(),
        )
    files = {e.track: e.name for e in state.experiments if e.track is not None and shown.assembly is not None}
    view = state.view if state.view and prediction.interval.contains(state.view) else None
    picture = lanes.picture_of(result, view, signals, files, scale)
    stage.headline(picture, result.subject)
    stage.controls(picture, result)
    stage.chart(picture, result.subject)
    stage.footer(result)


frame.show(main)
