"""The strongest elements of what is explained, in a list: where each is, how strong, and two things to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import EnformerError
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus

from .. import problems
from ..words import for_html
from . import acts, questions
from .elements import elements_of

if TYPE_CHECKING:
    from enformer_core.interpret.elements import Element

    from ..state import Session
    from .subject import Subject

_AROUND = 1_000  # bp to either side of an element that is gone to
_SCORE = (
    "Sum of gradient × input over the element's bases, in the unit of the target's value: above 0 it supports the "
    "target. Elements are 384 bp, ranked by the sum of absolute values; no two overlap."
)


@problems.guarded
def draw(state: Session, subject: Subject | EnformerError | None) -> None:
    """Draw the list once the contributions are there.

    Args:
        state: Of this visit.
        subject: What is explained, or why nothing is.
    """
    if subject is None or isinstance(subject, EnformerError) or "contributions" not in state.explain.lanes:
        return
    scores = questions.contributions(subject).result
    if scores is None:
        return
    found = elements_of(scores, subject)
    with st.container(border=True, key="elements-card"):
        title = f"Strongest elements for {subject.what} at {subject.where}"
        st.html(f'<div class="eb-locus"><b>{for_html(title)}</b></div>')
        if not found:
            st.caption("No base of this window moves the target.")
            return
        st.html(_table(found, subject))
        ranks = [element.rank for element in found]
        picked = st.segmented_control("Element", ranks, default=1, key="element", required=True)
        _acts(state, found[picked - 1] if picked in ranks else found[0])


def _table(found: tuple[Element, ...], subject: Subject) -> str:
    """The list, as HTML."""
    heads = ("rank", "place", "distance, bp", f"score, {subject.unit}")
    rows = [
        (f"{e.rank}", format_locus(e.interval), "" if e.distance is None else f"{e.distance:+,}", f"{e.score:+.3g}")
        for e in found
    ]
    body = "".join(f"<tr>{''.join(f'<td>{for_html(_minus(cell))}</td>' for cell in row)}</tr>" for row in rows)
    head = "".join(f'<th scope="col">{for_html(name)}</th>' for name in heads)
    title = for_html(_SCORE)
    return f'<table class="eb-table" title="{title}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _minus(text: str) -> str:
    """A number with a true minus sign; a place keeps its hyphen."""
    return text.replace("-", "\N{MINUS SIGN}", 1) if text.startswith("-") else text


def _acts(state: Session, element: Element) -> None:
    place = format_locus(element.interval)
    with st.container(horizontal=True, gap="small"):
        st.button(f"Show element {element.rank}", key="element-show", on_click=_show, args=(state, element), help=place)
        st.button(
            f"Mutate element {element.rank}",
            key="element-mutate",
            on_click=_mutate,
            args=(state, element),
            help=f"Every substitution of {place}",
        )


def _show(state: Session, element: Element) -> None:
    middle = element.interval.center
    state.view = Interval(element.interval.chrom, max(middle - _AROUND, 0), middle + _AROUND)


def _mutate(state: Session, element: Element) -> None:
    state.view = element.interval
    acts.mutate(state, element.interval)
