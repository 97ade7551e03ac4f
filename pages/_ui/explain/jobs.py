"""The explanations of one visit: at most one of each kind is under way, and what was found is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import streamlit as st

from enformer_core.errors import Cancelled, EnformerError

from ..attended import attend
from .kept import kept

if TYPE_CHECKING:
    from enformer_core.inference.jobs import Job

Found = TypeVar("Found")
_KEY = "explanations"
_AT_HAND_S, _STOPPING_S = 0.1, 0.4


@dataclass(slots=True)
class Held(Generic[Found]):
    """One explanation that was asked for.

    Attributes:
        key: Of what was asked, first the window and the model; another key is another question.
        job: The work under way; None once it has ended.
        result: What was found.
        partial: What is there of it so far, where it comes in parts.
        error: Why there is none.
        was_cancelled: Whether somebody stopped it.
    """

    key: tuple[Hashable, ...]
    job: Job[Found] | None = None
    result: Found | None = None
    partial: Found | None = None
    error: Exception | None = None
    was_cancelled: bool = False

    @property
    def is_running(self) -> bool:
        """Whether it is still to come."""
        return self.job is not None

    @property
    def state(self) -> str:
        """``waiting``, ``partial``, ``done``, ``stopped`` or ``failed``."""
        if self.result is not None:
            return "done"
        if self.error is not None:
            return "failed"
        if self.was_cancelled:
            return "stopped"
        return "waiting" if self.partial is None else "partial"

    def take_in(self) -> None:
        """Take what the work has come to, if it has ended."""
        if self.job is None or not self.job.done():
            return
        job, self.job = self.job, None
        try:
            self.result = job.result(0)
        except Cancelled:
            self.was_cancelled = True
        except Exception as error:  # kept and shown, whatever it is: the picture around it is whole
            self.error = error
        else:
            kept().put(self.key, self.result)


def held(kind: str, key: tuple[Hashable, ...], begin: Callable[[Held[Any]], Job[Any]]) -> Held[Any]:
    """The explanation of a kind, asked for if need be; one of another question is given up for it.

    Args:
        kind: ``contributions``, ``mutagenesis``, ...
        key: What is asked; first of all, of which window and model.
        begin: Queues the work; it may put what is there so far into ``partial``.
    """
    every = _every()
    found = every.get(kind)
    if found is None or found.key != key:
        cancel(kind)
        found = every[kind] = Held(key, result=kept().get(key))
        if found.result is None:
            _begin(found, begin)
    found.take_in()
    return found


def found(kind: str, about: Hashable) -> Any | None:
    """What was found of a kind about a window; None where nothing was, or it is still to come."""
    held = _every().get(kind)
    return held.result if held is not None and held.key[0] == about else None


def cancel(kind: str) -> None:
    """Stop what is under way of a kind; what is there of it stays."""
    found = _every().get(kind)
    if found is not None and found.job is not None:
        found.job.cancel()
        with contextlib.suppress(Exception):  # so that whoever cancelled sees it stopped, and not still going
            found.job.result(_STOPPING_S)
        found.take_in()


def again(kind: str) -> None:
    """Forget what came of a kind, so that it is asked anew."""
    cancel(kind)
    _every().pop(kind, None)


def keep_only(about: Hashable) -> None:
    """Stop all that is under way about another window than this one; None for every window."""
    for kind, found in _every().items():
        if found.key[0] != about:
            cancel(kind)


def _begin(found: Held[Any], begin: Callable[[Held[Any]], Job[Any]]) -> None:
    try:
        found.job = begin(found)
    except EnformerError as error:
        found.error = error
        return
    attend(found.job)
    with contextlib.suppress(Exception):  # whatever it is, it is taken in later
        found.job.result(_AT_HAND_S)


def _every() -> dict[str, Held[Any]]:
    if _KEY not in st.session_state:
        st.session_state[_KEY] = {}
    return st.session_state[_KEY]
