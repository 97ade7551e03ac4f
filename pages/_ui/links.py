"""The address bar: ``?q=TP53&tracks=4,27`` opens a view, and the address follows what is on screen.

``&edits=chr1:1000:A>C,chr1:1010:G>T`` applies variants, ``&view=chr1:900-1200`` (1-based) is what is on screen, and
``?example=promoter`` opens a worked example. The browser moves ``view`` by itself while somebody pans, and tells
nobody; so a view is written only when it was changed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

from enformer_core.errors import EnformerError, shown
from enformer_core.genome.edit import Edit
from enformer_core.genome.examples import Example
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import parse_locus
from enformer_core.genome.typed import MAX_TEXT
from enformer_core.genome.variant import Variant
from enformer_core.genome.variant_text import read_variants
from enformer_core.genome.written import VariantText

from .listed_edits import MAX_EDITS
from .state import MAX_TRACKS, Session, ask, open_example

MAX_QUERY = 200
MAX_EDITS_TEXT, MAX_VIEW_TEXT = 1_000, 100
_NAMES = ("q", "tracks", "edits", "example", "view")
_MAX_DIGITS = 6
_LONG_REF = 12


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


def read_edits(text: str) -> tuple[tuple[VariantText, ...], tuple[str, ...]]:
    """The edits of a link, and what to say about it. Nothing is looked up: the assembly checks them later."""
    if len(text) > MAX_EDITS_TEXT:
        return (), (f"the link's edits have {len(text):,} characters, at most {MAX_EDITS_TEXT:,} are read",)
    if not text.strip():
        return (), ()
    try:
        found = tuple(read_variants(text))
    except EnformerError as error:
        return (), (f"the link's edits were left out: {error.what}",)
    notes = (f"the link has {len(found)} edits, the first {MAX_EDITS} are applied",) if len(found) > MAX_EDITS else ()
    return found[:MAX_EDITS], notes


def write_edits(variants: Iterable[Variant]) -> str:
    """Edits as ``read_edits`` reads them; empty where they are too long for a link."""
    texts = [_written(variant) for variant in variants]
    joined = ",".join(texts)
    return joined if len(joined) <= MAX_EDITS_TEXT and all(len(text) <= MAX_TEXT for text in texts) else ""


def _written(variant: Variant) -> str:
    """A variant as text; a long deletion without its bases, which the assembly knows."""
    edit = Edit.of(variant)
    if not edit.alt and edit.width > _LONG_REF:
        return f"{variant.chrom}:g.{edit.start + 1}_{edit.end}del"
    return str(variant)


def read_view(text: str) -> tuple[str, tuple[str, ...]]:
    """The view of a link as locus text, and what to say about it. The assembly places it later."""
    if len(text) > MAX_VIEW_TEXT:
        return "", (f"the link's view has {len(text):,} characters, at most {MAX_VIEW_TEXT} are read",)
    if not text.strip():
        return "", ()
    try:
        found = parse_locus(text)
    except EnformerError as error:
        return "", (f"the link's view was left out: {error.what}",)
    if found.start is None:
        return "", (f"the link's view was left out: {shown(text)} has no positions, as chr1:1,000-2,000 has",)
    return text, ()


def write_view(view: Interval | None) -> str:
    """A view as ``read_view`` reads it: 1-based, both ends belong; empty for the first view of a question."""
    text = f"{view.chrom}:{view.start + 1}-{view.end}" if view else ""
    return text if len(text) <= MAX_VIEW_TEXT else ""


def adopt(state: Session, examples: Mapping[str, Example]) -> None:
    """Take over what a link says, if the address was not written by this session.

    Where only the view is another, the browser has moved it: that is a new view of the same question, which keeps
    its edits. Unless the view or the question has been changed here since: then the address is behind.
    """
    address = _address()
    if address == state.address or not any(address):
        return
    is_same_question = address[:-1] == state.address[:-1]
    state.address = address
    if is_same_question:
        if not state.is_view_stale and state.view == state.told_view:
            state.notes = _look(state, address[-1])
        return
    _open(state, examples, address)


def _open(state: Session, examples: Mapping[str, Example], address: tuple[str, ...]) -> None:
    text, tracks, edits, name, view = address
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
        state.wanted_edits = variants
    if chosen:
        state.tracks, state.wanted = chosen, ()
    state.is_begun = state.is_begun or bool(state.text or chosen)
    about_view = _look(state, view) if view and state.text else ()
    state.notes = (*notes, *more, *still_more, *about_view)


def _look(state: Session, text: str) -> tuple[str, ...]:
    """Ask for the view of the address, and what to say about it; without one, for the first view."""
    found, notes = read_view(text)
    if found:
        state.wanted_view, state.is_view_stale = found, False
    elif not text:
        state.view = state.told_view = None
    else:
        state.is_view_stale = True
    return notes


def write(state: Session) -> None:
    """Bring the address up to date; a sequence is left out, since a link would carry somebody's DNA."""
    text = state.text if len(state.text) <= MAX_QUERY and "\n" not in state.text else ""
    tracks = ",".join(str(index) for index in state.tracks) if state.tracks else ""
    state.address = (text, tracks, _edits(state) if text else "", state.example, _view(state) if text else "")
    for name, value in zip(_NAMES, state.address, strict=True):
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]


def _edits(state: Session) -> str:
    if state.example:
        return ""
    if state.wanted_edits:  # not placed yet: as the link has them
        return state.address[_NAMES.index("edits")] if state.address else ""
    return write_edits(state.edits)


def _view(state: Session) -> str:
    """What the address is to say of the view: what it says, unless the view was changed here."""
    address = _address()
    if state.is_view_stale or state.view != state.told_view:
        state.is_view_stale, state.told_view = False, state.view
        return write_view(state.view)
    if any(address):
        return address[-1]
    return state.address[-1] if state.address else ""  # another page has emptied the address


def _address() -> tuple[str, ...]:
    """The address bar as the browser last told it."""
    return tuple(st.query_params.get(name, "") for name in _NAMES)
