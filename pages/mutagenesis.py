"""Mutagenesis: which base of an element matters, every substitution by itself."""

from __future__ import annotations

import streamlit as st

from pages._ui import frame, services, stage
from pages._ui.explain import subject as subjects
from pages._ui.explain import target_inputs
from pages._ui.mutagenesis import answer, choices
from pages._ui.state import session


def main() -> None:
    state, settings = session(), services.settings()
    st.markdown("### Mutagenesis")
    above = st.container()
    subject = subjects.of_page(state, settings)
    with above:
        stage.link_notes(state)
    if subject is None:
        return
    target_inputs.sentence(state, subject, subject.table, state.tracks or ())
    chosen = choices.choose(state, subject)
    if chosen is not None:
        answer.draw(state, subject, chosen, settings)


frame.show(main)
