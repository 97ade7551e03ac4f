"""The list of annotations on view: what each is, under which lane its peaks are drawn, and taking it off."""

from __future__ import annotations

import streamlit as st

from enformer_core.tracks.table import TrackTable

from . import annotations
from .state import Annotation, Session, session
from .track_inputs import label
from .words import for_html

_BELOW = "below the genes"


def rows(state: Session, table: TrackTable, chosen: tuple[int, ...]) -> None:
    """Draw a row for each annotation.

    Args:
        state: The session.
        table: The head's tracks.
        chosen: Target indices of those on view.
    """
    for place, annotation in enumerate(state.annotations):
        _row(annotation, place)
        if annotation.kind == "peaks":
            _lane(annotation, place, table, chosen)


def pair(state: Session, annotation: Annotation, table: TrackTable, chosen: tuple[int, ...]) -> None:
    """Put peaks under the lane that their file's name speaks of, if there is one on view."""
    if annotation.kind == "peaks":
        annotation.track = annotations.guess(annotation.name, state.tracks or chosen, table)


def _row(annotation: Annotation, place: int) -> None:
    with st.container(key=f"row-annotation-{place}"):
        text, remove = st.columns([0.87, 0.13], gap=None, vertical_alignment="center")
        name, about = for_html(annotation.name), for_html(annotation.about)
        text.html(f'<div class="eb-track" title="{name}"><span>{name}<small>{about}</small></span></div>')
        remove.button(
            "✕",
            key=f"drop-annotation-{place}",
            help="Remove",
            on_click=_drop,
            args=(place, annotation.name),
            type="tertiary",
        )


def _lane(annotation: Annotation, place: int, table: TrackTable, chosen: tuple[int, ...]) -> None:
    """Under which lane peaks are drawn."""
    tracks = {track.target_index: track for track in table.select(chosen)}
    if annotation.track not in tracks:
        annotation.track = None
    options = [None, *tracks]
    picked = st.selectbox(
        "Under lane",
        options,
        index=options.index(annotation.track),
        format_func=lambda index: label(tracks[index]) if index in tracks else _BELOW,
        key=f"under-{place}-{annotation.path.name}-{annotation.track}-{len(options)}",
        label_visibility="collapsed",
    )
    if picked != annotation.track:
        annotation.track = picked
        st.rerun()


def _drop(place: int, name: str) -> None:
    state = session()
    if place < len(state.annotations) and state.annotations[place].name == name:
        annotations.drop(state, state.annotations[place])
    state.refused = []
