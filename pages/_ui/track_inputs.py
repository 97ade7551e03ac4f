"""Choosing tracks: a search over thousands of rows of which the browser sees at most fifty."""

from __future__ import annotations

import streamlit as st

from enformer_core.tracks.table import Track, TrackTable

from .picture import track_name
from .state import MAX_TRACKS, Session, session
from .theme import palette, track_colour
from .words import cut, for_html

MAX_HITS = 50
_WANTED = (("CAGE", ""), ("DNASE", ""), ("CHIP", "H3K27ac"))
_FACETS = {"assay": "Assay", "target": "ChIP target", "biosample": "Biosample"}


def default_tracks(table: TrackTable) -> tuple[int, ...]:
    """The first CAGE, DNASE and H3K27ac track, or the first three."""
    firsts = [next((t for t in table if (t.assay, t.target) == kind), None) for kind in _WANTED]
    found = tuple(t.target_index for t in firsts if t is not None)
    return found or tuple(t.target_index for t in list(table)[:3])


def usable(state: Session, table: TrackTable) -> tuple[int, ...]:
    """The chosen tracks that this table has; the default ones where none is."""
    known = set(table.target_index.tolist())
    wanted = state.tracks or default_tracks(table)
    found = tuple(index for index in wanted if index in known)
    if state.tracks and len(found) < len(wanted):
        missing = [str(index) for index in wanted if index not in known]
        state.notes += (f"the model has no track {', '.join(missing)}, which was left out",)
        state.tracks = found or None
    return found or default_tracks(table)


def choose(state: Session, table: TrackTable) -> tuple[int, ...]:
    """Draw the chosen tracks and the search for more; return the chosen target indices in order."""
    chosen = usable(state, table)
    rows = {track.target_index: track for track in table.select(chosen)}
    for place, index in enumerate(chosen):
        _row(rows[index], place, len(chosen))
    if len(chosen) >= MAX_TRACKS:
        st.html(f'<div class="eb-note">{MAX_TRACKS} lanes are the most that fit; remove one to add another.</div>')
        return chosen
    with st.popover(f"Add from {len(table):,} tracks", icon=":material/add:", width="stretch"):
        _search(table, chosen)
    return chosen


def label(track: Track) -> str:
    """A track in one line, for lists."""
    about = track.biosample or track.description
    return cut(f"{track.target_index} · {track_name(track)} · {about}", 90)


def _row(track: Track, place: int, n: int) -> None:
    index = track.target_index
    with st.container(key=f"row-{index}"):
        text, up, remove = st.columns([0.74, 0.13, 0.13], gap=None, vertical_alignment="center")
        colour = track_colour(track, palette())
        about = for_html(track.biosample or track.description)
        text.html(
            f'<div class="eb-track" title="{for_html(track.description)}"><i style="background:{colour}"></i>'
            f"<span>{for_html(track_name(track))}<small>{about}</small></span></div>"
        )
        up.button(
            "↑",
            key=f"up-{index}",
            help="Move up",
            on_click=_move_up,
            args=(index,),
            disabled=place == 0,
            type="tertiary",
        )
        remove.button(
            "✕", key=f"remove-{index}", help="Remove", on_click=_remove, args=(index,), disabled=n == 1, type="tertiary"
        )


def _search(table: TrackTable, chosen: tuple[int, ...]) -> None:
    words = st.text_input("Words", key="track-words", placeholder="liver, CNhs10608, CTCF K562", max_chars=200)
    picked: dict[str, str | None] = {}
    for name, title in _FACETS.items():
        counts = table.search(words, **picked).facets()[name]
        options = list(counts)[:MAX_HITS]
        held = st.session_state.get(f"facet-{name}")
        if held and held not in options:
            options.append(held)
        if options:
            picked[name] = st.selectbox(
                title,
                options,
                index=None,
                key=f"facet-{name}",
                placeholder=f"any of {len(counts):,}",
                format_func=lambda value, counts=counts: f"{value} ({counts.get(value, 0):,})",
            )
    hits = [t for t in table.search(words, **picked) if t.target_index not in chosen]
    texts = {t.target_index: label(t) for t in hits[:MAX_HITS]}
    more = f", the first {MAX_HITS} are listed" if len(hits) > MAX_HITS else ""
    st.selectbox(
        f"{len(hits):,} tracks match{more}",
        list(texts),
        index=None,
        key="track-hit",
        format_func=lambda index: texts.get(index, str(index)),
        placeholder="choose one to add" if hits else "no track matches",
        on_change=_add,
        args=(chosen,),
        disabled=not hits,
    )


def _add(chosen: tuple[int, ...]) -> None:
    index = st.session_state["track-hit"]
    if index is not None and index not in chosen and len(chosen) < MAX_TRACKS:
        session().tracks = (*chosen, index)
    st.session_state["track-hit"] = None


def _move_up(index: int) -> None:
    order = list(_now())
    place = order.index(index)
    order[place - 1 : place + 1] = reversed(order[place - 1 : place + 1])
    session().tracks = tuple(order)


def _remove(index: int) -> None:
    state = session()
    state.tracks = tuple(i for i in _now() if i != index)
    for experiment in state.experiments:
        if experiment.track == index:
            experiment.track = None


def _now() -> tuple[int, ...]:
    return session().tracks or ()
