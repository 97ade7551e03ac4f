"""Predictions that the effect cards ask for beside the picture's own: all tracks of the head, each edit alone.

They never hold up the page, and give way to whatever the picture needs next.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import streamlit as st

from enformer_core.errors import EnformerError

from . import problems
from .attended import attend
from .words import for_markdown, seconds
from .work import Work

if TYPE_CHECKING:
    from enformer_core.inference.prediction import Prediction

Kind = Literal["all", "alone"]
Found = TypeVar("Found")
_KEY = "effect-jobs"
_POLL_S, _AT_HAND_S = 0.4, 0.25


@dataclass(slots=True)
class _Asked:
    """What one card has asked for.

    Attributes:
        key: Of what; another key is another question.
        work: The predictions under way; None once they are taken in.
        found: What was made of them.
        error: Why nothing was.
    """

    key: Hashable
    work: Work | None = None
    found: Any = None
    error: Exception | None = None


def toggle_key(kind: Kind) -> str:
    """Key of the switch that turns a question on; cancelling the work turns it off."""
    return f"effect-{kind}"


def collected(
    kind: Kind,
    key: Hashable,
    begin: Callable[[], Work],
    make: Callable[[list[Prediction]], Found],
    words: str,
) -> Found | None:
    """What is made of some predictions; None while they are being made, which is drawn here, and where they failed.

    Args:
        kind: Which of the questions.
        key: What it is about; what was found stays until this changes.
        begin: Queues the predictions.
        make: Called once with them, in the order of the jobs.
        words: What is being done, for the progress bar.
    """
    asked = _asked(kind, key, begin)
    _take_in(asked, make)
    if asked.error is not None:
        problems.show_any(asked.error)
        st.button("Try again", key=f"effect-again-{kind}", on_click=forget, args=(kind,))
    elif asked.found is None:
        _progress(kind, words)
    return asked.found


def kept(kind: Kind, key: Hashable) -> Any:
    """What was found for a question before, without asking; None where nothing was."""
    asked = _held().get(kind)
    return asked.found if asked is not None and asked.key == key else None


def forget(kind: Kind) -> None:
    """Stop what is under way for a question, and drop what was found."""
    asked = _held().pop(kind, None)
    if asked is not None and asked.work is not None:
        asked.work.cancel()


def forget_all() -> None:
    """Forget every question."""
    for kind in tuple(_held()):
        forget(kind)


def give_way() -> None:
    """Stop what is under way; what was found stays."""
    for kind, asked in tuple(_held().items()):
        if asked.work is not None:
            forget(kind)


def _held() -> dict[Kind, _Asked]:
    if _KEY not in st.session_state:
        st.session_state[_KEY] = {}
    return st.session_state[_KEY]


def _asked(kind: Kind, key: Hashable, begin: Callable[[], Work]) -> _Asked:
    held = _held()
    if kind not in held or held[kind].key != key:
        forget(kind)
        held[kind] = asked = _Asked(key)
        try:
            asked.work = begin()
        except EnformerError as error:
            asked.error = error
        else:
            attend(*asked.work.jobs)
            _settle(asked.work)
    return held[kind]


def _settle(work: Work) -> None:
    """Give work that is at hand already the moment it takes, so that the page does not flicker."""
    end = time.monotonic() + _AT_HAND_S
    with contextlib.suppress(Exception):  # whatever it is, it comes up again when the work is taken in
        for job in work.jobs:
            job.result(max(0.0, end - time.monotonic()))


def _take_in(asked: _Asked, make: Callable[[list[Prediction]], Any]) -> None:
    if asked.work is None or not asked.work.done():
        return
    work, asked.work = asked.work, None  # predictions of all tracks are large: they are not kept
    try:
        work.results(0)
        asked.found = make([job.result(0) for job in work.jobs])
    except Exception as error:  # kept and shown, whatever it is: the picture above is whole
        asked.error = error


@st.fragment(run_every=_POLL_S)
@problems.guarded
def _progress(kind: Kind, words: str) -> None:
    asked = _held().get(kind)
    if asked is None or asked.work is None or asked.work.done():
        st.rerun()
        return
    progress = asked.work.progress()
    bar, stop = st.columns([0.75, 0.25], vertical_alignment="center")
    said = [words, f"{progress.fraction:.0%}", seconds(progress.seconds_left)]
    bar.progress(min(max(progress.fraction, 0.0), 1.0), text=" · ".join(for_markdown(part) for part in said if part))
    stop.button("Cancel", key=f"effect-cancel-{kind}", on_click=_cancel, args=(kind,), width="stretch")


def _cancel(kind: Kind) -> None:
    forget(kind)
    st.session_state[toggle_key(kind)] = False
