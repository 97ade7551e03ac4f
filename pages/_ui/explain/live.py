"""Live parts: what the browser is sent of work that goes on, again under the same name whenever it has changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from .. import problems
from ..view_parts import Json

if TYPE_CHECKING:
    from .jobs import Held

_KEY = "explanation-parts"
_POLL_S = 0.4
_LONG, _LONG_POLL_S = ("mutagenesis", "scan"), 1.5  # a look takes the processors from work that has minutes to go


@dataclass(slots=True)
class Now:
    """What a lane shows at this moment.

    Attributes:
        signature: Another one means that something has changed.
        make: The fields that go with it.
        held: The work behind it; None where there is none.
    """

    signature: tuple[Any, ...]
    make: Callable[[], Json]
    held: Held[Any] | None = None


def draw(kind: str, look: Callable[[], Now], mount: Callable[..., Any]) -> None:
    """Send one part, in a fragment of its own that runs again while its work goes on; then the page runs once more.

    Args:
        kind: Of what; part and slot are named after it.
        look: Looks at the work, goes on with it, and says what there is to show.
        mount: Mounts the view's component.
    """
    _, is_running = _sent(kind, look)

    poll = _LONG_POLL_S if kind in _LONG else _POLL_S

    @st.fragment(run_every=poll if is_running else None)
    @problems.guarded
    def part() -> None:
        sent, goes_on = _sent(kind, look)
        mount(key=f"part-{kind}", data=sent)
        if is_running and not goes_on:
            st.rerun()

    part()


def _sent(kind: str, look: Callable[[], Now]) -> tuple[Json, bool]:
    """The part as it is to be sent now, and whether work for it goes on. What has not changed is the same as before."""
    # The page may outlive the visit, after a reconnection: what is sent to it then must count on.
    every = st.session_state.setdefault(_KEY, {"serial": time.time_ns() // 1_000_000})
    now = look()
    signature, part = every.get(kind, (None, {}))
    if signature != now.signature:
        every["serial"] += 1
        part = {"kind": "part", "id": name_of(kind), "live": True, "serial": every["serial"]} | now.make()
        every[kind] = (now.signature, part)
    return part, now.held is not None and now.held.is_running


def shown(kind: str) -> Json:
    """The part that was sent last; empty before the first."""
    _, part = st.session_state.get(_KEY, {}).get(kind, (None, {}))
    return part


def name_of(kind: str) -> str:
    """The name of a live part."""
    return f"live-{kind}"
