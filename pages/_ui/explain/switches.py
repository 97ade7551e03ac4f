"""The switches of the sidebar: which explanations are on view, and what is to be chosen about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from ..state import Session, session
from ..words import for_html
from . import jobs
from .asked import LANES
from .looking import n_heads, n_layers

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor

_WORDS: Mapping[str, tuple[str, str]] = {
    "contributions": ("Contribution", "How much each base adds to the target: gradient × input (Avsec et al. 2021)"),
    "mutagenesis": ("Mutagenesis", "What each substitution would do to the target, exactly; click a cell to try it"),
    "attention": ("Attention", "Where the model looks from the target's bins; it is no measure of effect"),
    "truth": ("True answers", "The simulation's own elements, links and variant effects over what the model says"),
}


def choose(state: Session, predictor: Predictor, *, has_truth: bool) -> None:
    """Draw the switches.

    Args:
        state: Of this visit.
        predictor: Whose layers and heads can be chosen.
        has_truth: Whether the assembly brings true answers.
    """
    for lane in LANES:
        if lane == "truth" and not has_truth:
            continue
        label, about = _WORDS[lane]
        st.session_state[_key(lane)] = lane in state.explain.lanes  # a link or a saved view may have set it
        st.checkbox(label, key=_key(lane), help=about, on_change=_chosen, args=(lane,))
        if lane == "mutagenesis" and lane in state.explain.lanes:
            _interval(state)
        if lane == "attention" and lane in state.explain.lanes:
            _attention(state, predictor)


def _interval(state: Session) -> None:
    """Which bases are mutated, and the way back to the strongest element."""
    chosen = state.explain.interval
    st.html(f'<div class="eb-note">{for_html(chosen or "around the strongest element")}</div>')
    if chosen:
        st.button("The strongest element", key="mutate-strongest", on_click=_back, args=("interval",))


def _attention(state: Session, predictor: Predictor) -> None:
    """Whose attention is shown: all layers and heads on average, or one."""
    for name, n in (("layers", n_layers(predictor)), ("heads", n_heads(predictor))):
        options = list(dict.fromkeys(["", *(str(number) for number in range(n)), getattr(state.explain, name)]))
        st.session_state[f"attention-{name}"] = getattr(state.explain, name)
        st.selectbox(
            name.capitalize(),
            options,
            key=f"attention-{name}",
            format_func=lambda text, name=name: f"{name[:-1]} {text}" if text else f"all {name}",
            label_visibility="collapsed",
            on_change=_picked,
            args=(name,),
            help=f"{name.capitalize()} are numbered from 0 at the input" if name == "layers" else None,
        )
    if state.explain.query:
        st.button("Look from the target again", key="look-from-target", on_click=_back, args=("query",))


def _picked(name: str) -> None:
    state = session()
    state.explain = replace(state.explain, **{name: st.session_state[f"attention-{name}"]})


def _back(name: str) -> None:
    state = session()
    state.explain = replace(state.explain, **{name: ""})


def _key(lane: str) -> str:
    return f"explain-{lane}"


def _chosen(lane: str) -> None:
    state = session()
    if st.session_state[_key(lane)]:
        state.explain = replace(state.explain, lanes=state.explain.lanes | {lane})
        return
    state.explain = replace(state.explain, lanes=state.explain.lanes - {lane})
    for kind in (lane, "scan") if lane == "mutagenesis" else (lane,):
        jobs.again(kind)
