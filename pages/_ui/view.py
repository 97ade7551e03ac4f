"""The view on the page: mounts the browser component, and does what is asked for in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from . import components, export, lanes, links, overview, problems, view_acts, view_parts
from .explain.rows import Rows
from .feature_parts import FeatureLanes
from .looks import Show
from .picture import Picture
from .state import Result, session
from .telling import told
from .tiles import Beyond

if TYPE_CHECKING:
    from enformer_core.inference.window import Window

KEY = "view"


def draw(
    picture: Picture,
    result: Result,
    window: Window,
    show: Show,
    beyond: Beyond,
    annotation: FeatureLanes,
    explanations: Rows,
) -> None:
    """The picture with everything that can be done in it without the server; what needs the server comes back here.

    Args:
        picture: What is shown.
        result: Where it comes from.
        window: What is asked for now, which edits are made to; the picture may still be of the one before.
        show: How lanes are drawn.
        beyond: What can be predicted beside it.
        annotation: Lanes of features.
        explanations: Lanes of explanations, which may still be growing.
    """
    mount = components.component("view")
    sent = view_parts.parts(picture, _reference_bases(result.window))
    with st.container(key="view-parts"):
        for slot, part in (sent | annotation.parts).items():
            mount(key=f"part-{slot}", data=part)
        explanations.draw(mount)
    state = session()
    words = _words(picture, result)
    is_shareable = links.is_shareable(state.text)
    data = view_parts.view(
        picture,
        sent,
        show,
        words,
        is_shareable=is_shareable,
        done=state.view_done,
        looks=state.looks,
        beyond=beyond,
        features=annotation.entries,
        explain=explanations.entries,
    )
    mount(key=KEY, data=data, on_asked_change=lambda: _asked(window))


def _words(picture: Picture, result: Result) -> dict[str, str]:
    facts = result.prediction.provenance
    about = [
        f"model {told(facts.model)} ({facts.weights_sha256[:8]})",
        f"{facts.head} head",
        f"version {facts.version}",
    ]
    return {
        "question": "".join(text for text, _ in lanes.question(picture, result.subject)),
        "borders": overview.borders_sentence(picture),
        "sizes": overview.sizes_sentence(picture),
        "facts": " · ".join([*about, picture.simulated] if picture.simulated else about),
        "file": export.zip_name(result).removesuffix(".zip"),
    }


def _reference_bases(window: Window) -> str:
    return replace(window, haplotype=None).bases()


@problems.guarded
def _asked(window: Window) -> None:
    """Do what was asked for in the view."""
    asked = st.session_state[KEY]["asked"]
    if isinstance(asked, dict):
        view_acts.take(session(), window, asked)
