"""How lanes are drawn: the switches of the sidebar."""

from __future__ import annotations

import streamlit as st

from .view_parts import Show

_SCALES = {
    "view": "y axis: what is in view",
    "robust": "y axis: 99 % of what is in view",
    "window": "y axis: the whole window",
}


def choose() -> Show:
    """Draw the switches; the choice lives as long as the page is open."""
    return Show(
        residual=st.checkbox("Residual", key="show-residual", help="A lane of experiment − predicted"),
        difference=st.checkbox("Difference", key="show-difference", value=True, help="A lane of edited − reference"),
        together=st.checkbox(
            "Same scale for pairs",
            key="show-together",
            value=True,
            help="Lanes of one assay or ChIP target have the same y axis, so that their heights compare",
        ),
        log=st.checkbox("log10(1 + x)", key="show-log", help="Draw every lane as log10(1 + x); r is not changed by it"),
        scale=st.selectbox("Scale", list(_SCALES), key="show-scale", format_func=_SCALES.__getitem__,
                           label_visibility="collapsed"),
    )  # fmt: skip
