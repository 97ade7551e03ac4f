"""The strongest elements of a window, worked out once for each set of scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from enformer_core.interpret.elements import Element
    from enformer_core.interpret.scores import ContributionScores

    from .subject import Subject

_KEY = "strongest-elements"


def elements_of(scores: ContributionScores, subject: Subject) -> tuple[Element, ...]:
    """The strongest elements, strongest first; distances are from the middle of the target's bins."""
    from enformer_core.interpret.elements import strongest_elements

    before = st.session_state.get(_KEY)
    if before is None or before[0] is not scores:
        before = st.session_state[_KEY] = (scores, strongest_elements(scores, site=subject.reference_site))
    return before[1]
