"""Long work on screen: loading a model, predicting; with progress, time left, a way to stop, and what came of it."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import EnformerError
from enformer_core.settings import Settings

from . import problems, services, tiles, work
from .state import MAX_RESULTS, Choice, Result, Session, keep, session
from .visit import this_visit
from .words import for_markdown, seconds

if TYPE_CHECKING:
    from enformer_core.inference.jobs import Job
    from enformer_core.inference.predictor import Predictor
    from enformer_core.inference.window import Window

_POLL_S, _AT_HAND_S = 0.4, 0.15
_PACES = ((16.0, 2.0), (4.0, 1.0), (0.0, _POLL_S))  # from so many seconds left on


def loaded(choice: Choice, settings: Settings) -> Predictor | None:
    """The predictor, if a model is chosen and has been loaded; nothing is drawn."""
    found = services.predictor_of(services.loading(choice, settings)) if choice.model else None
    return None if found is None or isinstance(found, Exception) else found.asked_by(this_visit())


def predictor(choice: Choice, settings: Settings) -> Predictor | None:
    """The predictor; while it is being loaded, or where it cannot be, say so and return None."""
    ready = loaded(choice, settings)
    if ready is not None:
        return ready
    job = services.loading(choice, settings)
    found = services.predictor_of(job)
    if isinstance(found, Exception):
        problems.show_any(found)
        with st.container(horizontal=True):
            st.button("Try again", key="load-again", on_click=services.load_again, args=(choice, settings))
            st.page_link("pages/setup.py", label="Setup", icon=":material/build:")
    else:
        _loading(job)
    return None


def key_of(choice: Choice, predictor: Predictor, window: Window, head: str, tracks: tuple[int, ...]) -> str:
    """What tells one request of a session from another."""
    bases = hashlib.sha256(window.sequence.bases.encode()).hexdigest() if window.sequence else ""
    edits = ";".join(str(edit) for edit in window.edits)
    place = f"{window.interval}|{window.tiles}|{window.asked}"
    return f"{choice}|{predictor.weights_sha256}|{place}|{edits}|{bases}|{head}|{tracks}"


def result(
    state: Session, predictor: Predictor, key: str, window: Window, subject: str, head: str, tracks: tuple[int, ...]
) -> Result | None:
    """The result of a request, asked for if need be; until it is there the one before, if any."""
    _collect(state)
    if key in state.results:
        _cancel_other(state, key)
        state.shown = key
        state.results.move_to_end(key)
        return state.results[key]
    if key in state.stopped:
        if tiles.step_back(state, window, state.stopped[key]):
            del state.stopped[key]
            st.rerun()
        _stopped(state, key)
        return None
    if state.job is None or state.job_key != key:
        _cancel_other(state, key)
        state.job = work.begin(predictor, window, tracks, head)
        state.job_key = key
        _settle(state.job)
    state.pending = (key, window, subject)
    if state.job.done():
        return result(state, predictor, key, window, subject, head, tracks)
    _predicting()
    return state.results.get(state.shown)


def _settle(job: work.Work) -> None:
    """Give work that is at hand already the moment it takes, so that the page does not flicker."""
    with contextlib.suppress(EnformerError):
        job.results(_AT_HAND_S)


def _collect(state: Session) -> None:
    """Take in what the job has come to."""
    if state.job is None or not state.job.done():
        return
    job, state.job = state.job, None
    try:
        prediction, edited = job.results(0)
    except EnformerError as error:
        state.stopped[state.job_key] = None if job.was_cancelled else error
        return
    if state.pending and state.pending[0] == state.job_key:
        _, window, subject = state.pending
        keep(state.results, state.job_key, Result(prediction, window, subject, edited), MAX_RESULTS)


def _cancel_other(state: Session, key: str) -> None:
    if state.job is not None and state.job_key != key:
        state.job.cancel()
        state.job = None


def _stopped(state: Session, key: str) -> None:
    error = state.stopped[key]
    if error is None:
        st.info("**The prediction was cancelled.** Predict again, or ask for something else.")
    else:
        problems.show(error)
    st.button("Predict again", key="again", on_click=_again, args=(key,))


def _again(key: str) -> None:
    session().stopped.pop(key, None)


def _pace(seconds_left: float | None) -> float:
    """Seconds between two looks at work that takes so much longer."""
    left = seconds_left or 0.0
    return next(pace for least, pace in _PACES if left >= least)


@st.fragment(run_every=_POLL_S)
@problems.guarded
def _loading(job: Job) -> None:
    if job.done():
        st.rerun()
    st.progress(0.0, text=f"Loading the model: {for_markdown(job.progress.message)} …")


def _predicting() -> None:
    """Progress, looked at now and then: rarely by those who have long to wait, for each look costs the server."""
    job = session().job
    pace = _pace(job.progress().seconds_left) if job else _POLL_S
    st.fragment(_progress, run_every=pace)(pace)


@problems.guarded
def _progress(pace: float) -> None:
    job = session().job
    if job is None or job.done():
        st.rerun()
        return
    progress = job.progress()
    if _pace(progress.seconds_left) < pace:  # its turn comes: the page looks more often from now on
        st.rerun()
    bar, stop = st.columns([0.9, 0.1], vertical_alignment="center")
    words = [progress.message, f"{progress.fraction:.0%}", seconds(progress.seconds_left)]
    bar.progress(min(max(progress.fraction, 0.0), 1.0), text=" · ".join(for_markdown(w) for w in words if w))
    stop.button("Cancel", key="cancel", on_click=job.cancel, width="stretch")
