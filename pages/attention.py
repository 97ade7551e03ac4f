"""Attention: where the model looks in the window on view, all of it at once, and what happens at boundaries."""

from __future__ import annotations

import streamlit as st

from pages._ui import frame, services, stage
from pages._ui.attention import boundaries_view, map_view
from pages._ui.explain import looking
from pages._ui.explain import subject as subjects
from pages._ui.state import session


def main() -> None:
    state, settings = session(), services.settings()
    st.markdown("### Attention")
    above = st.container()
    subject = subjects.of_page(state, settings)
    with above:
        stage.link_notes(state)
    if subject is None:
        return
    if reason := looking.why_not(subject.predictor):
        st.info(reason)
        return
    map_view.headline(state, subject)
    map_view.draw(state, subject, settings)
    boundaries_view.draw(state, subject.predictor, settings)


frame.show(main)
