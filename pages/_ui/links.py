"""The address bar: ``?q=TP53&tracks=4,27`` opens a view, and the address follows what is on screen."""

from __future__ import annotations

import streamlit as st

from .state import MAX_TRACKS, Session

MAX_QUERY = 200
_MAX_DIGITS = 6


def read_query(text: str) -> tuple[str, tuple[str, ...]]:
    """The search text of a link, and what to say about it."""
    if len(text) > MAX_QUERY:
        return "", (f"the link's search text has {len(text):,} characters, at most {MAX_QUERY} are read",)
    return text, ()


def read_tracks(text: str) -> tuple[tuple[int, ...] | None, tuple[str, ...]]:
    """The tracks of a link, each once, at most 20; None where it names none. And what to say about it."""
    if len(text) > MAX_TRACKS * (_MAX_DIGITS + 2) * 2:
        return None, ("the link names too many tracks, so the usual ones are shown",)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    numbers = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= _MAX_DIGITS]
    found = tuple(dict.fromkeys(numbers))
    notes = ("some tracks of the link are not numbers and were left out",) if len(numbers) < len(parts) else ()
    if len(found) > MAX_TRACKS:
        notes += (f"the link names {len(found)} tracks, the first {MAX_TRACKS} are shown",)
    return found[:MAX_TRACKS] or None, notes


def adopt(state: Session) -> None:
    """Take over what a link says, if the address was not written by this session."""
    address = (st.query_params.get("q", ""), st.query_params.get("tracks", ""))
    if address == state.address or not any(address):
        return
    state.address = address
    text, notes = read_query(address[0])
    tracks, more = read_tracks(address[1])
    if text:
        state.text, state.site, state.view = text, "", None
        st.session_state["search"] = text
    if tracks:
        state.tracks = tracks
    state.notes = (*notes, *more)


def write(state: Session) -> None:
    """Bring the address up to date; a sequence is left out, since a link would carry somebody's DNA."""
    text = state.text if len(state.text) <= MAX_QUERY and "\n" not in state.text else ""
    tracks = ",".join(str(index) for index in state.tracks) if state.tracks else ""
    state.address = (text, tracks)
    for name, value in (("q", text), ("tracks", tracks)):
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]
