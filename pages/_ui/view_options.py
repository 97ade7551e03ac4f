"""How lanes are drawn: the switches of the sidebar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import streamlit as st

from .looks import SCALES, Show
from .state import Session, session

_SWITCHES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "residual": ("Residual", "A lane of experiment − predicted"),
        "difference": ("Difference", "A lane of edited − reference"),
        "ratio": ("Log ratio", "A lane of log2((edited + 0.01) / (reference + 0.01)); 0.01 is the pseudocount"),
        "together": (
            "Same scale for pairs",
            "Lanes of one assay or ChIP target have the same y axis, so that their heights compare",
        ),
        "log": ("log10(1 + x)", "Draw every lane as log10(1 + x); r is not changed by it"),
    }
)
_SCALES: Mapping[str, str] = MappingProxyType(
    {
        "view": "y axis: what is in view",
        "robust": "y axis: 99 % of what is in view",
        "window": "y axis: the whole window",
    }
)


def choose(state: Session) -> Show:
    """Draw the switches, and return what is chosen."""
    for name, (label, about) in _SWITCHES.items():
        st.session_state[_key(name)] = getattr(state.show, name)  # a link or a saved view may have set it
        st.checkbox(label, key=_key(name), help=about, on_change=_chosen, args=(name,))
    st.session_state[_key("scale")] = state.show.scale
    st.selectbox(
        "Scale",
        SCALES,
        key=_key("scale"),
        format_func=_SCALES.__getitem__,
        label_visibility="collapsed",
        on_change=_chosen,
        args=("scale",),
    )
    return state.show


def _key(name: str) -> str:
    return f"show-{name}"


def _chosen(name: str) -> None:
    state = session()
    state.show = replace(state.show, **{name: st.session_state[_key(name)]})
