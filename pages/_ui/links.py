"""The address bar: ``?q=TP53&tracks=4,27`` opens a view, and the address follows what is on screen.

``&edits=chr1:1000:A>C,chr1:1010:G>T`` applies variants, ``&site=`` puts that transcript's start in the middle,
``&tiles=0,1`` predicts a neighbouring window too, ``&view=chr1:900-1200`` (1-based) is what is on screen, and
``?example=promoter`` opens a worked example. ``&model=``, ``&assembly=`` and ``&head=`` name what is asked: by
registered names and repositories, and never by a path. ``&look=log,scale:robust`` and ``&lanes=4:large:violet`` are how
it is drawn, ``&transform=`` and ``&hidden=`` are about the experiments that come with the assembly. What is explained
stands in parameters of its own (``explain.link``). What is as usual is not written, and what an address does not name
is as usual.

The browser moves ``view`` by itself while somebody pans, and tells nobody; so a view is written only when it was
changed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from enformer_core.errors import EnformerError, shown
from enformer_core.genome.query import SequenceQuery, parse_query
from enformer_core.genome.written import VariantText
from enformer_core.settings import Settings

from . import link_text, services, tiles
from .explain import link as explain_link
from .explain.asked import Asked
from .link_choice import Linked, link_name, linked_choice
from .looks import Look, Show
from .session_choice import tell_choosers
from .state import Choice, Session, ask, open_example

_NAMES = (
    *("q", "site", "edits", "tiles", "example", "view"),
    *("tracks", "look", "lanes", "hidden", "transform", "head", "model", "assembly"),
    *explain_link.NAMES,
)


@dataclass(frozen=True, slots=True)
class Link:
    """What an address says; the attributes are those of a ``Session``, as texts where they are looked up later."""

    query: str
    example: str
    tracks: tuple[int, ...] | None
    edits: tuple[VariantText, ...]
    site: str
    tiles: tuple[int, int]
    model: str
    assembly: str
    head: str
    transform: str
    hidden: set[str]
    show: Show
    looks: dict[int, Look]
    explain: Asked
    notes: tuple[str, ...]


def read(address: Mapping[str, str]) -> Link:
    """Read all of an address but its view; what it does not name is as usual."""

    def text(name: str) -> str:
        return address.get(name, "")

    query, about_query = link_text.read_query(text("q"))
    tracks, about_tracks = link_text.read_tracks(text("tracks"))
    edits, about_edits = link_text.read_edits(text("edits"))
    site, about_site = link_text.read_name("site", text("site"))
    sides, about_tiles = tiles.read(text("tiles"))
    head, about_head = link_text.read_name("head", text("head"))
    transform, about_transform = link_text.read_transform(text("transform"))
    hidden, about_hidden = link_text.read_hidden(text("hidden"))
    show, about_show = link_text.read_show(text("look"))
    looks, about_looks = link_text.read_lanes(text("lanes"))
    explain, about_explain = explain_link.read(address)
    notes = (*about_query, *about_tracks, *about_edits, *about_site, *about_tiles, *about_head, *about_transform)
    return Link(
        query=query,
        example=text("example"),
        tracks=tracks,
        edits=edits,
        site=site,
        tiles=sides,
        model=text("model"),
        assembly=text("assembly"),
        head=head,
        transform=transform,
        hidden=hidden,
        show=show,
        looks=looks,
        explain=explain,
        notes=(*notes, *about_hidden, *about_show, *about_looks, *about_explain),
    )


def adopt(state: Session, settings: Settings) -> None:
    """Take over what a link says, if the address was not written by this session. Call it before widgets are drawn.

    Where only the view is another, the browser has moved it: that is a new view of the same question, which keeps
    its edits. Unless the view or the question has been changed here since: then the address is behind.
    """
    address = _address()
    if address == state.address or not address:
        return
    is_same_question = {**address, "view": ""} == {**state.address, "view": ""}
    state.address = address
    if is_same_question:
        if not state.is_view_stale and state.view == state.told_view:
            state.notes = _look(state, address.get("view", ""))
        return
    _open(state, settings, read(address), address.get("view", ""))


def _open(state: Session, settings: Settings, link: Link, view: str) -> None:
    """Ask what a link asks, of the model and the assembly that it names, and draw it as it says."""
    now = services.current_choice(state, settings)
    found = linked_choice(link.model, link.assembly, now, settings)
    if not found.is_assembly and not _is_sequence(link.query):  # a place on another assembly is another question
        state.notes = (*link.notes, *found.notes, "what the link asks belongs to that assembly, and was left out")
        return
    is_same_question = bool(link.query) and link.query == state.text
    about_question = _ask(state, settings, link, now, found.choice)
    state.explain = link.explain
    notes = (*link.notes, *found.notes, *_take_tracks(state, link, now, found), *about_question)
    state.show, state.transform = link.show, link.transform
    state.is_begun = state.is_begun or bool(state.text or link.tracks)
    tell_choosers(state, is_same_question=is_same_question)
    state.notes = (*notes, *(_look(state, view) if view and state.text else ()))


def _ask(state: Session, settings: Settings, link: Link, now: Choice, choice: Choice) -> tuple[str, ...]:
    """Ask the question of a link, or open its example; and what to say about that."""
    if choice != now:
        state.choice = choice
    example = services.companions(choice, settings).examples.get(link.example)
    if example is not None and link.query in ("", example.query):
        open_example(example)
    elif link.query:
        ask(link.query)
        state.wanted_edits = link.edits
    elif choice.assembly != now.assembly:  # what was asked before belongs to the other one
        ask("")
    if link.query or example is not None:
        state.site, state.tiles = link.site, link.tiles
    return (f"there is no example {shown(link.example)}",) if link.example and example is None else ()


def _take_tracks(state: Session, link: Link, now: Choice, found: Linked) -> tuple[str, ...]:
    """Put a link's tracks on view, drawn as it says; of another model their numbers mean nothing, which is said."""
    if not found.is_model:
        state.tracks, state.head, state.looks, state.hidden = None, None, {}, set()
        state.explain = replace(state.explain, tracks=(), minus=())
        return ("the tracks of the link belong to that model, and were left out",) if link.tracks else ()
    if link.tracks:
        state.tracks, state.wanted = link.tracks, ()
    elif (found.choice.model, link.head or None) != (now.model, state.head):
        state.tracks = None
    state.head, state.looks, state.hidden = link.head or None, link.looks, link.hidden
    return ()


def _is_sequence(text: str) -> bool:
    try:
        return isinstance(parse_query(text), SequenceQuery)
    except EnformerError:
        return False


def _look(state: Session, text: str) -> tuple[str, ...]:
    """Ask for the view of the address, and what to say about it; without one, for the first view."""
    found, notes = link_text.read_view(text)
    if found:
        state.wanted_view, state.is_view_stale = found, False
    elif not text:
        state.view = state.told_view = None
    else:
        state.is_view_stale = True
    return notes


def write(state: Session, settings: Settings) -> None:
    """Bring the address up to date; a sequence is left out, since a link would carry somebody's DNA."""
    found = _how_it_is_drawn(state, settings)
    if state.text and is_shareable(state.text):
        found |= _what_is_asked(state)
    found["example"] = state.example
    now = {name: found[name] for name in _NAMES if found.get(name)}
    before = st.query_params.to_dict()
    wanted = {name: text for name, text in before.items() if name not in _NAMES} | now
    if wanted != before:
        st.query_params.from_dict(wanted)
    state.address = now


def is_shareable(text: str) -> bool:
    """Whether a link can carry this question."""
    return len(text) <= link_text.MAX_QUERY and "\n" not in text


def _what_is_asked(state: Session) -> dict[str, str]:
    return {
        "q": state.text,
        "edits": _edits(state),
        "site": state.site if len(state.site) <= link_text.MAX_NAME else "",
        "tiles": tiles.write(state.tiles),
        "view": _view(state),
    }


def _how_it_is_drawn(state: Session, settings: Settings) -> dict[str, str]:
    choice, tracks = services.current_choice(state, settings), state.tracks or ()
    return {
        "tracks": ",".join(str(index) for index in tracks),
        "model": link_name(choice.model, "model", settings),
        "assembly": link_name(choice.assembly, "assembly", settings),
        "head": state.head or "",
        "transform": "" if state.transform == link_text.TRANSFORMS[0] else state.transform,
        "hidden": link_text.write_hidden(state.hidden),
        "look": link_text.write_show(state.show),
        "lanes": link_text.write_lanes(state.looks, tracks),
        **explain_link.write(state.explain),
    }


def _edits(state: Session) -> str:
    if state.example:
        return ""
    if state.wanted_edits:  # not placed yet: as the link has them
        return state.address.get("edits", "")
    return link_text.write_edits(state.edits)


def _view(state: Session) -> str:
    """What the address is to say of the view: what it says, unless the view was changed here."""
    address = _address()
    if state.is_view_stale or state.view != state.told_view:
        state.is_view_stale, state.told_view = False, state.view
        return link_text.write_view(state.view)
    return (address or state.address).get("view", "")  # another page may have emptied the address


def _address() -> dict[str, str]:
    """The address bar as the browser last told it."""
    return {name: text for name in _NAMES if (text := st.query_params.get(name, ""))}
