"""What can be asked of the explanations in the view; it comes from a browser, and is checked like typed text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from enformer_core.errors import InputError, shown
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus

from . import jobs
from .asked import LANES

if TYPE_CHECKING:
    from ..state import Session

_KINDS = (*LANES, "scan")


def explain(state: Session, place: Interval) -> None:
    """Explain the bins under some bases."""
    state.explain = replace(state.explain.showing("contributions"), place=f"region:{format_locus(place)}")


def mutate(state: Session, place: Interval) -> None:
    """Mutate some bases."""
    state.explain = replace(state.explain.showing("mutagenesis"), interval=format_locus(place))


def look_from(state: Session, place: Interval) -> None:
    """Show where the model looks from some bases."""
    state.explain = replace(state.explain.showing("attention"), query=f"region:{format_locus(place)}")


#: What is asked about a stretch of the picture, by name.
PLACED: Mapping[str, Callable[[Session, Interval], None]] = {
    "explain": explain,
    "mutate": mutate,
    "look_from": look_from,
}


def cancel(asked: Mapping[str, object]) -> None:
    """Stop the work for a lane."""
    jobs.cancel(_lane(asked))


def again(asked: Mapping[str, object]) -> None:
    """Begin the work for a lane anew."""
    jobs.again(_lane(asked))


def _lane(asked: Mapping[str, object]) -> str:
    lane = asked.get("lane")
    if not isinstance(lane, str) or lane not in _KINDS:
        raise InputError(f"{shown(lane)} is no explanation", hint="Reload the page")
    return lane
