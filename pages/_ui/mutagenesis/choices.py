"""The line of choices: which bases are mutated, typed or by a button."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus

from .. import problems
from ..explain import interval as usual
from ..explain import questions
from ..explain.elements import elements_of
from ..state import Session, session
from ..words import for_markdown
from . import intervals, waiting

if TYPE_CHECKING:
    from ..explain.subject import Subject

_TEXT = "mutagenesis-interval"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The bases that are asked about.

    Attributes:
        interval: On the reference.
        why: What they are, where they were not typed.
    """

    interval: Interval
    why: str = ""


def choose(state: Session, subject: Subject) -> Chosen | None:
    """Draw the choices; the bases that are chosen, or None, where what is missing or wrong is drawn."""
    st.session_state[_TEXT] = state.explain.interval  # the picture in Browse, a link or a button may have set it
    with st.container(key="mutagenesis-choices", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            "Bases to mutate",
            key=_TEXT,
            placeholder="the strongest element",
            help="A stretch such as chr2:1,001-1,200, counted from 1; empty for the strongest element",
            max_chars=200,
            width=330,
            on_change=_typed,
        )
        _button("strongest", "Strongest element", "", disabled=not state.explain.interval)
        view = intervals.inside(state.view, subject.window)
        seen = format_locus(view) if view else ""
        about = seen or "Nothing is zoomed in to: Browse shows all that is predicted"
        _button("view", "On view in Browse", seen, about, disabled=not seen)
        site = intervals.around(subject.reference_site, subject.window)
        _button("site", "Around the target", format_locus(site), format_locus(site))
    if not state.explain.interval:
        return _strongest(subject)
    found = intervals.read(state.explain.interval, subject.window)
    if isinstance(found, Interval):
        return Chosen(found)
    problems.show(found.error)
    if found.instead:
        _button("instead", f"Take {found.instead}", found.instead)
    return None


def _button(name: str, label: str, text: str, about: str = "", *, disabled: bool = False) -> None:
    st.button(
        for_markdown(label),
        key=f"mutagenesis-{name}",
        help=for_markdown(about) or None,
        on_click=_take,
        args=(text,),
        disabled=disabled,
    )


def _strongest(subject: Subject) -> Chosen | None:
    """The bases around the strongest element, which the contributions tell."""
    held = questions.contributions(subject)
    if held.result is None:
        waiting.in_its_place("contributions", held, "Looking for the strongest element")
        return None
    found = usual.strongest(subject, elements_of(held.result, subject))
    if found is None:
        st.info("**No element of this window moves the target.** Type the bases to mutate.")
        return None
    return Chosen(found, "the strongest element")


def _typed() -> None:
    _take(st.session_state[_TEXT].strip())


def _take(text: str) -> None:
    state = session()
    state.explain = replace(state.explain, interval=text)
