"""What is explained, as a sentence on screen that opens when it is clicked: the place, the tracks, how they are one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from enformer_core.errors import EnformerError

from .. import problems
from ..picture import track_name
from ..state import session
from ..words import cut, for_markdown

if TYPE_CHECKING:
    from enformer_core.tracks.table import TrackTable

    from ..state import Session
    from .subject import Subject

_HOW: Mapping[str, str] = {"mean": "mean", "sum": "sum", "log_ratio": "log2 of the mean"}
_ABOUT: Mapping[str, str] = {
    "mean": "Mean over the bins and tracks, in coverage of a bin",
    "sum": "Sum over the bins and tracks, in coverage",
    "log_ratio": "log2(mean + 0.01): a difference of two is a log2 fold change; 0.01 is the pseudocount",
}
_PLACE, _PROBLEM = "target-place", "target-problem"
_MOST_TRACKS = 8


def sentence(state: Session, subject: Subject | EnformerError, table: TrackTable, tracks: tuple[int, ...]) -> None:
    """Draw the sentence, and what can be chosen behind it.

    Args:
        state: Of this visit.
        subject: What is explained, or why nothing can be.
        table: All tracks of the head.
        tracks: On view, in order.
    """
    if isinstance(subject, EnformerError):
        label = f"What is to be explained? {for_markdown(cut(subject.what, 90))}"
    else:
        label = "Why: " + _words(state, subject)
    with (
        st.container(key="target"),
        st.popover(label, key="target-open", type="tertiary", icon=":material/help_center:"),
    ):
        if isinstance(subject, EnformerError):
            problems.show(subject)
        _place(state)
        _tracks(state, table, tracks)
        _reduction(state)
        if not isinstance(subject, EnformerError) and (subject.edits or state.explain.of == "reference"):
            _side(state)


def _words(state: Session, subject: Subject) -> str:
    how = _HOW[subject.target.reduction]
    parts = [f"{how} of **{for_markdown(subject.what)}** at **{for_markdown(subject.where)}**"]
    if subject.edits:
        parts.append(f"with **{subject.edits} edit{'s' if subject.edits > 1 else ''}**")
    elif state.explain.of == "reference" and state.edits:
        parts.append("in **the reference**")
    return ", ".join(parts)


def _place(state: Session) -> None:
    """A gene, a stretch or bins, typed; or the middle again."""
    text = state.explain.place
    st.session_state[_PLACE] = st.session_state.get(f"{_PLACE}-typed") or _plain(text)
    st.text_input(
        "Where",
        key=_PLACE,
        placeholder="the middle of the window, where a gene's start is",
        help="A gene, a stretch such as chr2:1,001-2,000 (counted from 1), or output bins such as 447-449. "
        "In the picture: press e, choose a stretch, then Explain.",
        on_change=_placed,
        max_chars=200,
    )
    problem = st.session_state.get(_PROBLEM)
    if problem is not None:
        problems.show(problem)
    if text:
        st.button("The middle again", key="target-middle", on_click=_middle)


def _plain(place: str) -> str:
    return place.partition(":")[2] if place else ""


def _placed() -> None:
    """Take a typed place: bins where there are only numbers, a stretch where there is a colon, else a gene."""
    from enformer_core.interpret.places import Place

    text, state = st.session_state[_PLACE].strip(), session()
    st.session_state[_PROBLEM], st.session_state[f"{_PLACE}-typed"] = None, ""
    try:
        named = text if text.partition(":")[0] in _KINDS else f"{_kind(text)}:{text}"
        place = str(Place.parse(named)) if text else ""
    except EnformerError as error:
        st.session_state[_PROBLEM], st.session_state[f"{_PLACE}-typed"] = error, text
        return
    state.explain = replace(state.explain, place=place)


_KINDS = ("gene", "region", "bins")


def _kind(text: str) -> str:
    if all(part.strip(" -").replace("-", "").replace(" ", "").isdigit() for part in text.split(",")):
        return "bins"
    return "region" if ":" in text or "\t" in text else "gene"


def _middle() -> None:
    state = session()
    st.session_state[_PROBLEM], st.session_state[f"{_PLACE}-typed"] = None, ""
    state.explain = replace(state.explain, place="")


def _tracks(state: Session, table: TrackTable, tracks: tuple[int, ...]) -> None:
    asked = state.explain
    options = list(dict.fromkeys((*tracks, *asked.tracks, *asked.minus)))
    known = [index for index in options if index < len(table)]

    def label(index: int) -> str:
        track = table[index]
        return f"{track_name(track)} {track.biosample} ({index})"

    for field, words, about in (
        ("tracks", "Tracks", "The mean or the sum over these; the lanes on view are offered"),
        ("minus", "Less", "Subtracted: the difference between two cell types, say"),
    ):
        chosen = getattr(asked, field) or (tracks[:1] if field == "tracks" else ())
        st.session_state[f"target-{field}"] = [index for index in chosen if index in known]
        st.multiselect(
            words,
            known,
            key=f"target-{field}",
            format_func=label,
            max_selections=_MOST_TRACKS,
            placeholder="none" if field == "minus" else "the first lane",
            help=about,
            on_change=_chosen,
            args=(field,),
        )


def _reduction(state: Session) -> None:
    st.session_state["target-reduction"] = state.explain.reduction
    st.segmented_control(
        "As one number",
        list(_HOW),
        key="target-reduction",
        format_func=_HOW.__getitem__,
        help=" · ".join(_ABOUT.values()),
        required=True,
        on_change=_chosen,
        args=("reduction",),
    )


def _side(state: Session) -> None:
    st.session_state["target-of"] = state.explain.of
    st.segmented_control(
        "Sequence", ["edited", "reference"], key="target-of", required=True, on_change=_chosen, args=("of",)
    )


def _chosen(field: str) -> None:
    """Take over what a widget has; a track on both sides leaves the other one."""
    state = session()
    value: Any = st.session_state[f"target-{field}"]
    if not isinstance(value, list):
        state.explain = replace(state.explain, **{field: value or getattr(state.explain, field)})
        return
    other = {"tracks": "minus", "minus": "tracks"}[field]
    left = tuple(index for index in getattr(state.explain, other) if index not in value)
    state.explain = replace(state.explain, **{field: tuple(value), other: left})
