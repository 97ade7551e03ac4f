"""The address bar: ``?q=TP53&tracks=4,27`` opens a view, and the address follows what is on screen.

``&edits=chr1:1000:A>C,chr1:1010:G>T`` applies variants, and ``?example=promoter`` opens a worked example.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from enformer_core.errors import EnformerError, shown
from enformer_core.genome.examples import Example
from enformer_core.genome.variant import Variant
from enformer_core.genome.variant_text import parse_variants

from .state import MAX_TRACKS, Session, ask, open_example

MAX_QUERY = 200
MAX_EDITS, MAX_EDITS_TEXT = 20, 1_000
_NAMES = ("q", "tracks", "edits", "example")
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


def read_edits(text: str) -> tuple[tuple[Variant, ...], tuple[str, ...]]:
    """The edits of a link, and what to say about it. Nothing is looked up: the assembly checks them later."""
    if len(text) > MAX_EDITS_TEXT:
        return (), (f"the link's edits have {len(text):,} characters, at most {MAX_EDITS_TEXT:,} are read",)
    if not text.strip():
        return (), ()
    try:
        found = tuple(parse_variants(text))
    except EnformerError as error:
        return (), (f"the link's edits were left out: {error.what}",)
    notes = (f"the link has {len(found)} edits, the first {MAX_EDITS} are applied",) if len(found) > MAX_EDITS else ()
    return found[:MAX_EDITS], notes


def adopt(state: Session, examples: Mapping[str, Example]) -> None:
    """Take over what a link says, if the address was not written by this session."""
    address = tuple(st.query_params.get(name, "") for name in _NAMES)
    if address == state.address or not any(address):
        return
    state.address = address
    text, tracks, edits, name = address
    query, notes = read_query(text)
    chosen, more = read_tracks(tracks)
    variants, still_more = read_edits(edits)
    example = examples.get(name)
    if name and example is None:
        still_more += (f"there is no example {shown(name)}",)
    if example is not None and query in ("", example.query):
        open_example(example)
    elif query:
        ask(query)
        state.edits = variants
    if chosen:
        state.tracks, state.wanted = chosen, ()
    state.is_begun = state.is_begun or bool(state.text or chosen)
    state.notes = (*notes, *more, *still_more)


def write(state: Session) -> None:
    """Bring the address up to date; a sequence is left out, since a link would carry somebody's DNA."""
    text = state.text if len(state.text) <= MAX_QUERY and "\n" not in state.text else ""
    tracks = ",".join(str(index) for index in state.tracks) if state.tracks else ""
    edits = "" if state.example else ",".join(str(edit) for edit in state.edits)
    state.address = (text, tracks, edits if len(edits) <= MAX_EDITS_TEXT else "", state.example)
    for name, value in zip(_NAMES, state.address, strict=True):
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]
