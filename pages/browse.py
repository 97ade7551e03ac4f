"""Browse: ask for a gene, locus, variant or sequence, and see predicted tracks over experiments."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui import (
    experiment_inputs,
    frame,
    links,
    matching,
    model_inputs,
    outside,
    question,
    running,
    search,
    services,
    tour,
    view_options,
)
from pages._ui import track_inputs as tracks
from pages._ui.explain import switches, truth
from pages._ui.question import Page
from pages._ui.state import session


def main() -> None:
    state, settings = session(), services.settings()
    links.adopt(state, settings)
    sidebar = _Sidebar()
    with _section(sidebar.model, "Model"):
        choice = model_inputs.choose(state, settings)
    around = services.companions(choice, settings)
    tour.begin(state, choice, around.examples)
    predictor = running.loaded(choice, settings)
    if predictor is None:
        question.draw(Page(choice, around, outside.shown(state)))
        return
    head = predictor.head(state.head if state.head in predictor.heads else None)
    with sidebar.model:
        model_inputs.choose_head(state, list(predictor.heads))
        search.choose_site(state, predictor)
    table = predictor.tracks(head)
    tour.put_on_view(state, table)
    with _section(sidebar.tracks, "Tracks"):
        chosen = tracks.choose(state, table, choice.model)
    with _section(sidebar.experiments, "Experiments"):
        experiment_inputs.choose(state, settings, services.reader(), table, chosen, around)
    state.tracks = chosen
    answers = truth.answers(choice, settings)
    if state.text.strip():
        with _section(sidebar.explain, "Explain"):
            switches.choose(state, predictor, has_truth=answers is not None)
        with _section(sidebar.view, "View"):
            view_options.choose(state)
    misfit = matching.misfit(choice, settings)
    sites = search.offered_sites(state, predictor)
    question.draw(Page(choice, around, outside.shown(state), head, sites, chosen, answers, misfit))


class _Sidebar:
    """The sections of the sidebar, in the order of the eye rather than of the work."""

    def __init__(self) -> None:
        with st.sidebar:
            self.tracks, self.experiments = st.container(), st.container()
            self.explain, self.view, self.model = st.container(), st.container(), st.container()


def _section(box: DeltaGenerator, title: str) -> DeltaGenerator:
    box.html(f'<div class="eb-head">{title}</div>')
    return box


frame.show(main)
