"""What can be asked for in the view, and the doing of it. It comes from a browser, and is checked like typed text."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from enformer_core.errors import EnformerError, InputError, shown
from enformer_core.genome.interval import Interval

from . import edit_list, looks, tiles
from .explain import acts as explain_acts
from .state import MAX_TRACKS, Session, take_off

if TYPE_CHECKING:
    from enformer_core.inference.window import Window

_MAX_ACTS = 500
_RELOAD = "Reload the page"


def take(state: Session, window: Window, asked: Mapping[str, object]) -> None:
    """Do what the view asks for, each thing once; what is wrong with one is kept to be shown.

    Args:
        state: Of this visit.
        window: What edits are made to.
        asked: ``client``, a number of the view's own, and ``acts``: each with a ``serial`` that counts up, a ``kind``
            and what belongs to that: ``start`` and ``end`` (0-based) and ``letters`` of an edit, the ``side`` of a
            neighbouring window, the ``tracks`` in a new order, the ``track`` of a lane with its ``height``,
            ``colour`` and ``top``, or the ``lane`` of an explanation. And the ``view`` on screen.
    """
    client, acts, seen = asked.get("client"), asked.get("acts"), asked.get("view")
    if not isinstance(client, int) or not isinstance(acts, list):
        return
    if isinstance(seen, dict):
        with contextlib.suppress(InputError):  # a view of another window, in the moment of a change
            state.view = _stretch(window, seen)
    if client != state.view_done[0]:
        state.view_done = (client, 0)
    for act in acts[:_MAX_ACTS]:
        serial = act.get("serial") if isinstance(act, dict) else None
        if isinstance(serial, int) and serial > state.view_done[1]:
            state.view_done = (client, serial)
            _do(state, window, act)


def _do(state: Session, window: Window, act: Mapping[str, object]) -> None:
    state.refused_edit = None
    try:
        kind = act.get("kind")
        if not isinstance(kind, str) or kind not in _DOES:
            raise InputError(f"{shown(kind)} is not something that the view can ask for", hint=_RELOAD)
        _DOES[kind](state, window, act)
    except EnformerError as error:
        state.refused_edit = error


def _substitute(state: Session, window: Window, asked: Mapping[str, object]) -> None:
    edit_list.substitute(state, window, _stretch(window, asked).start, _letters(asked))


def _delete(state: Session, window: Window, asked: Mapping[str, object]) -> None:
    edit_list.delete(state, window, _stretch(window, asked))


def _insert(state: Session, window: Window, asked: Mapping[str, object]) -> None:
    edit_list.insert(state, window, _stretch(window, asked).start, _letters(asked))


def _undo(state: Session, _window: Window, _asked: Mapping[str, object]) -> None:
    edit_list.undo(state)


def _redo(state: Session, _window: Window, _asked: Mapping[str, object]) -> None:
    edit_list.redo(state)


def _extend(state: Session, window: Window, asked: Mapping[str, object]) -> None:
    side = asked.get("side")
    if side not in ("left", "right"):
        raise InputError(f"{shown(side)} is no side of a window", hint=_RELOAD)
    tiles.extend(state, window, str(side))


def _order(state: Session, _window: Window, asked: Mapping[str, object]) -> None:
    order = asked.get("tracks")
    if not isinstance(order, list) or len(order) > MAX_TRACKS or not all(type(track) is int for track in order):
        raise InputError(f"{shown(order)} are not tracks in an order", hint=_RELOAD)
    if sorted(order) != sorted(state.tracks or ()):
        raise InputError("the lanes have changed since they were put in that order", hint="Move the lane again")
    state.tracks = tuple(order)


def _look(state: Session, _window: Window, asked: Mapping[str, object]) -> None:
    track = _track(state, asked)
    look = looks.checked(asked.get("height"), asked.get("colour"), asked.get("top", 0))
    state.looks = {index: look for index, look in (state.looks | {track: look}).items() if look != looks.Look()}


def _hide(state: Session, _window: Window, asked: Mapping[str, object]) -> None:
    take_off(state, _track(state, asked))


def _explained(kind: str) -> Callable[[Session, Window, Mapping[str, object]], None]:
    """What is asked about a stretch of the picture."""
    return lambda state, window, asked: explain_acts.PLACED[kind](state, _stretch(window, asked))


def _cancel(_state: Session, _window: Window, asked: Mapping[str, object]) -> None:
    explain_acts.cancel(asked)


def _again(_state: Session, _window: Window, asked: Mapping[str, object]) -> None:
    explain_acts.again(asked)


_DOES: dict[str, Callable[[Session, Window, Mapping[str, object]], None]] = {
    "substitute": _substitute,
    "delete": _delete,
    "insert": _insert,
    "undo": _undo,
    "redo": _redo,
    "extend": _extend,
    "order": _order,
    "look": _look,
    "hide": _hide,
    **{kind: _explained(kind) for kind in explain_acts.PLACED},
    "cancel": _cancel,
    "again": _again,
}


def _track(state: Session, asked: Mapping[str, object]) -> int:
    track = asked.get("track")
    if type(track) is not int or track not in (state.tracks or ()):
        raise InputError(f"track {shown(track)} is not on view", hint="Choose one of the lanes that are there")
    return track


def _stretch(window: Window, asked: Mapping[str, object]) -> Interval:
    start, end = asked.get("start"), asked.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or start >= end:
        raise InputError(f"{shown(start)} to {shown(end)} are not bases", hint="Choose bases in the picture")
    if not window.interval.start <= start < end <= window.interval.end:
        raise InputError(f"bases {start + 1:,} to {end:,} are outside the window", hint="Choose bases in the picture")
    return Interval(window.output.chrom, start, end)


def _letters(asked: Mapping[str, object]) -> str:
    letters = asked.get("letters")
    if not isinstance(letters, str):
        raise InputError(f"{shown(letters)} are not bases", hint="Type A, C, G or T")
    return letters
