"""Adding experiments and annotations, and saying which track each experiment is compared with."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import streamlit as st

from enformer_core.errors import EnformerError
from enformer_core.settings import Settings
from enformer_core.tracks.bigwig_read import BigWigReader
from enformer_core.tracks.table import Track, TrackTable

from . import annotation_inputs, annotations, experiments, intake, problems, remote, uploads
from .services import Companions
from .state import MAX_TRACKS, Annotation, Experiment, Session, session
from .track_inputs import label
from .words import cut, for_html, for_markdown

_TRANSFORMS = {
    "soft": "raw coverage, clipped softly",
    "hard": "raw coverage, clipped hard",
    "none": "already on the model's scale",
}


def choose(
    state: Session,
    settings: Settings,
    reader: BigWigReader,
    table: TrackTable,
    chosen: tuple[int, ...],
    around: Companions,
) -> None:
    """Draw the files on view, experiments that come with the assembly first, and the ways to add one."""
    own = around.experiments
    uploads.store()  # removes what a killed server has left, as soon as somebody comes
    for problem in around.problems:
        problems.show(problem, where="" if settings.hosted else None)
    _take_uploads(state, settings, reader, table, chosen)
    tracks = table.select(chosen)
    added = {e.track for e in state.experiments}
    offered = [t for t in tracks if t.identifier in own and t.target_index not in added]
    for track in offered:
        _own_row(state, track, own[track.identifier].name)
    for place, experiment in enumerate(state.experiments):
        _row(experiment, place, table, chosen)
    annotation_inputs.rows(state, table, chosen)
    for where, error in state.refused:
        problems.show(error, where=where)
    megabytes = max(1, settings.upload_max_bytes // 1024**2)
    st.file_uploader(
        f"{intake.KINDS} files",
        accept_multiple_files=True,
        key=f"upload-{state.uploader}",
        max_upload_size=megabytes,
    )
    if remote.is_offered(settings):
        what = "or the address of a bigWig (https)"
        st.text_input(what, key="address", placeholder="https://…", on_change=_typed, args=("address",))
    if settings.data_roots and not settings.hosted:
        what = f"Path of a {intake.KINDS} file"
        st.text_input(what, key="path", placeholder="below a configured folder", on_change=_typed, args=("path",))
    if state.experiments or not all(_is_neutral(track) for track in offered):
        names = list(_TRANSFORMS)
        state.transform = st.selectbox(
            "The files hold",
            names,
            index=names.index(state.transform),
            format_func=_TRANSFORMS.__getitem__,
            help="Raw coverage is clipped and scaled as the model's training data were (soft or hard clip). "
            "Files on the model's scale, such as exported predictions, are shown as they are.",
        )


def _own_row(state: Session, track: Track, name: str) -> None:
    key = f"own-{track.identifier}"
    st.session_state[key] = track.identifier not in state.hidden  # stated anew, for a browser may reuse another's box
    st.checkbox(
        cut(name, 60),  # a plain file name, which Markdown leaves alone; escapes would be read out
        key=key,
        help=f"Comes with the assembly, measured for {for_markdown(label(track))}",
        on_change=_toggle,
        args=(track.identifier,),
    )


def _toggle(identifier: str) -> None:
    session().hidden ^= {identifier}


def _is_neutral(track: Track) -> bool:
    """Whether every way of bringing its data to the model's scale leaves them as they are."""
    return track.scale == 1 and math.isinf(track.clip) and track.sum_stat == "mean"


def _take_uploads(
    state: Session, settings: Settings, reader: BigWigReader, table: TrackTable, chosen: tuple[int, ...]
) -> None:
    """Move what was uploaded into the session's folder, and empty the widget, which holds files in memory."""
    path, address = (st.session_state.pop(f"{field}-typed", None) for field in ("path", "address"))
    files = st.session_state.get(f"upload-{state.uploader}") or []
    if not files and path is None and address is None:
        return
    state.refused = []
    readers = (reader, annotations.reader())
    takes: list[tuple[str, Callable[[], Experiment | Annotation]]] = [
        (file.name, partial(intake.take_upload, state, file, file.name, settings, *readers)) for file in files
    ]
    if path is not None:
        takes.append(("", partial(intake.take_path, state, path, settings, *readers)))
    if address is not None:
        takes.append(("", lambda: experiments.take_address(state, address, remote.fetcher())))
    for name, take in takes:
        try:
            _match(state, take(), table, chosen)
        except EnformerError as error:
            state.refused.append((error.where or name, error))
    if files:
        state.uploader += 1
    st.rerun()


def _match(state: Session, taken: Experiment | Annotation, table: TrackTable, chosen: tuple[int, ...]) -> None:
    """Pair with the track that the name speaks of; an experiment's is put on view if there is room."""
    if isinstance(taken, Annotation):
        annotation_inputs.pair(state, taken, table, chosen)
    else:
        _match_experiment(state, taken, table, chosen)


def _match_experiment(state: Session, experiment: Experiment, table: TrackTable, chosen: tuple[int, ...]) -> None:
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
        name = for_html(experiment.name)
        host = f"<small>{for_html(experiment.address.host)}</small>" if experiment.address else ""
        text.html(f'<div class="eb-track" title="{name}"><span>{name}{host}</span></div>')
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
        key=f"pair-{place}-{experiment.path.name}-{experiment.track}-{len(options)}",
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


def _typed(field: str) -> None:
    text = st.session_state[field].strip()
    if text:
        st.session_state[f"{field}-typed"] = text
        st.session_state[field] = ""
