"""Adding experiments, and saying which track each is compared with."""

from __future__ import annotations

import streamlit as st

from enformer_core.errors import EnformerError
from enformer_core.settings import Settings
from enformer_core.tracks.bigwig_read import BigWigReader
from enformer_core.tracks.table import TrackTable

from . import experiments, problems
from .state import MAX_TRACKS, Experiment, Session, session
from .track_inputs import label
from .words import for_html

_TRANSFORMS = {
    "soft": "raw coverage, clipped softly",
    "hard": "raw coverage, clipped hard",
    "none": "already on the model's scale",
}


def choose(
    state: Session, settings: Settings, reader: BigWigReader, table: TrackTable, chosen: tuple[int, ...]
) -> None:
    """Draw the experiments on view and the ways to add one."""
    _take_uploads(state, settings, reader, table, chosen)
    for place, experiment in enumerate(state.experiments):
        _row(experiment, place, table, chosen)
    for name, error in state.refused:
        problems.show(error, where=name)
    megabytes = max(1, settings.upload_max_bytes // 1024**2)
    st.file_uploader(
        "bigWig files",
        accept_multiple_files=True,
        key=f"upload-{state.uploader}",
        max_upload_size=megabytes,
        label_visibility="collapsed",
    )
    if settings.data_roots and not settings.hosted:
        st.text_input("Path of a bigWig", key="path", placeholder="below a configured folder", on_change=_typed_path)
    if state.experiments:
        names = list(_TRANSFORMS)
        state.transform = st.selectbox(
            "The files hold",
            names,
            index=names.index(state.transform),
            format_func=_TRANSFORMS.__getitem__,
            help="Raw coverage is clipped and scaled as the model's training data were (soft or hard clip). "
            "Files on the model's scale, such as exported predictions, are shown as they are.",
        )


def _take_uploads(
    state: Session, settings: Settings, reader: BigWigReader, table: TrackTable, chosen: tuple[int, ...]
) -> None:
    """Move what was uploaded into the session's folder, and empty the widget, which holds files in memory."""
    path = st.session_state.pop("path-typed", None)
    files = st.session_state.get(f"upload-{state.uploader}") or []
    if not files and path is None:
        return
    state.refused = []
    for file in files:
        try:
            _match(state, experiments.take_upload(state, file, file.name, settings, reader), table, chosen)
        except EnformerError as error:
            state.refused.append((file.name, error))
    if path is not None:
        try:
            _match(state, experiments.take_path(state, path, settings, reader), table, chosen)
        except EnformerError as error:
            state.refused.append(("", error))
    if files:
        state.uploader += 1
    st.rerun()


def _match(state: Session, experiment: Experiment, table: TrackTable, chosen: tuple[int, ...]) -> None:
    """Pair with the track that the name speaks of, which is put on view if there is room."""
    on_view = state.tracks or chosen
    index = experiments.guess(experiment.name, on_view, table)
    if index is None or (index not in on_view and len(on_view) >= MAX_TRACKS):
        return
    if index not in on_view:
        state.tracks = (*on_view, index)
    experiments.pair(state, experiment, index)


def _row(experiment: Experiment, place: int, table: TrackTable, chosen: tuple[int, ...]) -> None:
    with st.container(key=f"row-experiment-{place}"):
        text, remove = st.columns([0.87, 0.13], gap=None, vertical_alignment="center")
        text.html(
            f'<div class="eb-track" title="{for_html(experiment.name)}"><span>{for_html(experiment.name)}</span></div>'
        )
        remove.button(
            "✕", key=f"drop-{place}", help="Remove", on_click=_drop, args=(place, experiment.name), type="tertiary"
        )
    rows = {track.target_index: track for track in table.select(chosen)}
    if experiment.track not in rows:
        experiment.track = None
    options = list(rows)
    picked = st.selectbox(
        "Compared with",
        options,
        index=options.index(experiment.track) if experiment.track is not None else None,
        format_func=lambda index: label(rows[index]) if index in rows else str(index),
        placeholder="choose a track",
        key=f"pair-{experiment.path.name}-{experiment.track}-{len(options)}",
        label_visibility="collapsed",
    )
    if picked != experiment.track:
        experiments.pair(session(), experiment, picked)
        st.rerun()


def _drop(place: int, name: str) -> None:
    state = session()
    if place < len(state.experiments) and state.experiments[place].name == name:
        experiments.drop(state, state.experiments[place])
    state.refused = []


def _typed_path() -> None:
    text = st.session_state["path"].strip()
    if text:
        st.session_state["path-typed"] = text
        st.session_state["path"] = ""
