"""The view on the page: mounts the browser component, and does what is asked for in it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import EnformerError, InputError, shown
from enformer_core.genome.interval import Interval

from . import components, edit_list, export, lanes, overview, problems, view_parts
from .links import MAX_QUERY
from .picture import Picture
from .state import Result, Session, session

if TYPE_CHECKING:
    from enformer_core.inference.window import Window

KEY = "view"
_MAX_ACTS = 500


def draw(picture: Picture, result: Result, window: Window, show: view_parts.Show) -> None:
    """The picture with everything that can be done in it without the server; what needs the server comes back here.

    Args:
        picture: What is shown.
        result: Where it comes from.
        window: What is asked for now, which edits are made to; the picture may still be of the one before.
        show: How lanes are drawn.
    """
    mount = components.component("view")
    sent = view_parts.parts(picture, _reference_bases(result.window))
    with st.container(key="view-parts"):
        for slot, part in sent.items():
            mount(key=f"part-{slot}", data=part)
    state = session()
    words = _words(picture, result)
    is_shareable = len(state.text) <= MAX_QUERY and "\n" not in state.text
    data = view_parts.view(picture, sent, show, words, is_shareable=is_shareable, done=state.view_done)
    mount(key=KEY, data=data, on_asked_change=lambda: _asked(window))


def _words(picture: Picture, result: Result) -> dict[str, str]:
    facts = result.prediction.provenance
    about = [f"model {facts.model} ({facts.weights_sha256[:8]})", f"{facts.head} head", f"version {facts.version}"]
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
    """Do what was asked for in the view. What comes from a browser is checked like everything that is typed."""
    asked = st.session_state[KEY]["asked"]
    if isinstance(asked, dict):
        take(session(), window, asked)


def take(state: Session, window: Window, asked: Mapping[str, object]) -> None:
    """Change the edits as the view asks, each thing once; what is wrong with one is kept to be shown.

    Args:
        state: Of this visit.
        window: What edits are made to.
        asked: ``client``, a number of the view's own, and ``acts``: each with a ``serial`` that counts up, a ``kind``
            and, by kind, ``start`` and ``end`` (0-based) and ``letters``; and the ``view`` on screen.
    """
    client, acts, seen = asked.get("client"), asked.get("acts"), asked.get("view")
    if not isinstance(client, int) or not isinstance(acts, list):
        return
    if isinstance(seen, dict):
        with contextlib.suppress(InputError):  # a view of another window, in the moment of a change
            state.view = _stretch(window, seen)
    if client != state.view_done[0]:
        state.view_done = (client, 0)
    for act in acts[:_MAX_ACTS]:
        serial = act.get("serial") if isinstance(act, dict) else None
        if isinstance(serial, int) and serial > state.view_done[1]:
            state.view_done = (client, serial)
            _do(state, window, act)


def _do(state: Session, window: Window, act: Mapping[str, object]) -> None:
    state.refused_edit = None
    try:
        kind = act.get("kind")
        if kind not in _DOES:
            raise InputError(f"{shown(kind)} is not something that the view can ask for", hint="Reload the page")
        _DOES[str(kind)](state, window, act)
    except EnformerError as error:
        state.refused_edit = error


def _substitute(state: Session, window: Window, asked: Mapping[str, object]) -> None:
    edit_list.substitute(state, window, _stretch(window, asked).start, _letters(asked))


def _delete(state: Session, window: Window, asked: Mapping[str, object]) -> None:
    edit_list.delete(state, window, _stretch(window, asked))


def _insert(state: Session, window: Window, asked: Mapping[str, object]) -> None:
    edit_list.insert(state, window, _stretch(window, asked).start, _letters(asked))


def _undo(state: Session, _window: Window, _asked: Mapping[str, object]) -> None:
    edit_list.undo(state)


def _redo(state: Session, _window: Window, _asked: Mapping[str, object]) -> None:
    edit_list.redo(state)


_DOES: dict[str, Callable[[Session, Window, Mapping[str, object]], None]] = {
    "substitute": _substitute,
    "delete": _delete,
    "insert": _insert,
    "undo": _undo,
    "redo": _redo,
}


def _stretch(window: Window, asked: Mapping[str, object]) -> Interval:
    start, end = asked.get("start"), asked.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or start >= end:
        raise InputError(f"{shown(start)} to {shown(end)} are not bases", hint="Choose bases in the picture")
    if not window.interval.start <= start < end <= window.interval.end:
        raise InputError(f"bases {start + 1:,} to {end:,} are outside the window", hint="Choose bases in the picture")
    return Interval(window.output.chrom, start, end)


def _letters(asked: Mapping[str, object]) -> str:
    letters = asked.get("letters")
    if not isinstance(letters, str):
        raise InputError(f"{shown(letters)} are not bases", hint="Type A, C, G or T")
    return letters
