"""Choosing the model and the assembly, and what to do where there is none yet."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import streamlit as st

from enformer_core.errors import shown
from enformer_core.genome.registry import registered
from enformer_core.settings import Settings

from .listed_edits import EditList
from .matching import first_choice, trained_on
from .services import current_choice
from .state import Choice, Session, ask, session
from .telling import told

OTHER = "another …"


def choose(state: Session, settings: Settings) -> Choice:
    """Draw the choosers, and return what is chosen."""
    choice = current_choice(state, settings)
    if "model-choice" not in st.session_state:  # the widgets were not drawn before, or on another page meanwhile
        st.session_state["model-choice"] = _known(choice.model, _models(settings, choice))
        st.session_state["assembly-choice"] = _known(choice.assembly, _assemblies(settings, choice))
    model = st.selectbox("Model", _models(settings, choice), key="model-choice", format_func=_short, on_change=_chosen)
    if model == OTHER:
        st.text_input(
            "Folder or Hugging Face repository",
            key="model-text",
            placeholder="EleutherAI/enformer-official-rough",
            max_chars=1000,
            on_change=_chosen,
        )
    assembly = st.selectbox(
        "Assembly", _assemblies(settings, choice), key="assembly-choice", format_func=_short, on_change=_chosen
    )
    if assembly == OTHER:
        st.text_input("FASTA file, indexed", key="assembly-text", max_chars=1000, on_change=_chosen)
        st.text_input("Gene annotation (GTF), optional", key="genes-text", max_chars=1000, on_change=_chosen)
    return current_choice(state, settings)


def choose_head(state: Session, heads: list[str]) -> None:
    """Draw the chooser of the model's head where there are several."""
    if state.head is not None and state.head not in heads:
        state.notes += (f"the model has no head {shown(state.head)}, so its usual one is shown",)
        state.head = None
    if len(heads) < 2:
        return
    st.session_state["head-choice"] = (
        state.head if state.head in heads else "human" if "human" in heads else heads[0]
    )  # a link or a saved view may have set it
    st.selectbox("Head", heads, key="head-choice", on_change=_chosen_head)


def _chosen_head() -> None:
    state = session()
    state.head, state.tracks, state.looks = st.session_state["head-choice"], None, {}
    for experiment in state.experiments:
        experiment.track = None


def _models(settings: Settings, choice: Choice) -> list[str]:
    return _options([settings.model, choice.model, *sorted(registered("model", settings))], settings)


def _assemblies(settings: Settings, choice: Choice) -> list[str]:
    return _options([settings.assembly, choice.assembly, *sorted(registered("assembly", settings))], settings)


def _options(names: list[str], settings: Settings) -> list[str]:
    """What can be chosen; paths and repositories can be typed only where nobody else reaches the app."""
    known = list(dict.fromkeys(name for name in names if name))
    return ["", *known] if settings.hosted else ["", *known, OTHER]


def _short(name: str) -> str:
    """A path by its last part; other names as they are."""
    return Path(name).name if os.sep in name and Path(name).exists() else told(name) or "none"


def _known(name: str, options: list[str]) -> str:
    return name if name in options else ""


def _chosen() -> None:
    """Take over the widgets' values; a new model or assembly keeps the question."""
    from .services import settings

    state, now = session(), settings()
    old = current_choice(state, now)
    model, assembly = st.session_state["model-choice"], st.session_state["assembly-choice"]
    genes = old.genes if assembly == old.assembly else ""
    if assembly == OTHER:
        assembly = st.session_state.get("assembly-text", "").strip()
        genes = st.session_state.get("genes-text", "").strip()
    elif assembly == first_choice(now).assembly:
        genes = first_choice(now).genes
    if model == OTHER:
        model = st.session_state.get("model-text", "").strip()
    elif model != old.model and (home := trained_on(model, now)) and assembly == old.assembly:
        assembly, genes = home, ""
        st.session_state["assembly-choice"] = home
    chosen = replace(old, model=model, assembly=assembly, genes=genes)
    if chosen.model != old.model:
        state.head, state.tracks, state.looks = None, None, {}
    if chosen.assembly != old.assembly:
        _leave_assembly(state)
    state.choice, state.view, state.tiles = chosen, None, (0, 0)


def _leave_assembly(state: Session) -> None:
    """Edits and examples belong to the assembly; so does a question that an example asked."""
    if state.example:
        ask("")
        state.is_begun = False
    state.edit_list, state.wanted_edits, state.hidden = EditList(), (), set()
