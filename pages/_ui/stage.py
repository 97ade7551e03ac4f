"""Everything between the search box and the figure: chips, the question, the locus line and its controls, the notes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.genome.interval import Interval
from enformer_core.tracks import figure_ini
from enformer_core.tracks.table import TrackTable

from . import export, lanes, problems, session_file
from .picture import Picture
from .session_choice import NOT_OFFERED
from .state import Choice, Result, Session
from .telling import told
from .theme import palette
from .words import cut, for_html, for_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enformer_core.inference.predictor import Predictor
    from enformer_core.inference.window import Window

    from .take_away.explained import Explanation

_CPU = "CPU: tens of seconds a window for the published model"


def chips(predictor: Predictor, *, is_simulated_model: bool) -> None:
    """Assembly, model and device; what is simulated says so."""
    assembly, device = predictor.assembly, predictor.facts.device_type
    parts = [(assembly.name if assembly else "no assembly", bool(assembly and assembly.simulated), "assembly")]
    parts.append((f"model {cut(Path(predictor.name).name, 28)}", is_simulated_model, f"model {told(predictor.name)}"))
    parts.append(("CPU" if device == "cpu" else device.upper(), False, _CPU if device == "cpu" else "fast"))
    found = "".join(
        f'<span class="eb-chip{" simulated" if is_simulated else ""}" title="{for_html(about)}">'
        f"{for_html(text)}{' · simulated' if is_simulated else ''}</span>"
        for text, is_simulated, about in parts
    )
    st.html(f'<div class="eb-chips">{found}</div>', width="content")


def notes(predictor: Predictor, window: Window, head: str, misfit: str) -> None:
    """What a person should know about this window; ``misfit`` is why the model and the assembly do not go together.

    What is not predicted of the question stands in ``tiles.offer``.
    """
    found = [note for note in predictor.notes(window, head) if note != window.partly]
    loud = [note for note in found if note.startswith("100% N") or "read as N" in note]
    loud += [misfit] if misfit else []
    quiet = [note for note in found if note not in loud]
    for note in loud:
        st.warning(for_markdown(note[:1].upper() + note[1:] + "."))
    _quiet(quiet)


def link_notes(state: Session) -> None:
    """What of the link that was opened could not be followed; aloud where that is its model or its assembly."""
    loud = [note for note in state.notes if NOT_OFFERED in note]
    for note in loud:
        st.warning(for_markdown(note[:1].upper() + note[1:] + "."))
    _quiet([note for note in state.notes if note not in loud])


def _quiet(notes: list[str]) -> None:
    if notes:
        st.html(f'<div class="eb-note">{for_html(" · ".join(notes))}</div>')


def headline(picture: Picture, subject: str) -> None:
    """The question as a sentence, and the legend of two or three words."""
    colours = palette()
    sentence = "".join(
        f"<b>{for_html(cut(text, 120))}</b>" if is_fact else for_html(text)
        for text, is_fact in lanes.question(picture, subject)
    )
    line = f'<span><i style="height:0;border-top:2px solid {colours.edited}"></i>edited</span>'
    st.html(
        f'<div class="eb-headline"><div class="eb-question" id="question">{sentence}</div><div class="eb-legend">'
        f'<span><i style="height:9px;background:{colours.accent};opacity:.5"></i>predicted</span>'
        f'<span><i style="height:0;border-top:1.5px solid {colours.experiment}"></i>experiment</span>'
        f"{line if picture.edits else ''}</div></div>"
    )


def controls(
    state: Session, result: Result, choice: Choice, head: str, table: TrackTable, explanations: Sequence[Explanation]
) -> None:
    """Save the view, open one, and take it away, with the explanations that are there."""
    with st.container(key="view-actions", horizontal=True, horizontal_alignment="right", gap="small"):
        with st.popover("Save or open", icon=":material/save:"):
            session_file.widgets(state, choice=choice, head=head, table=table)
        with st.popover("Export", icon=":material/download:", type="primary"):
            _export(state, result, explanations)


def _export(state: Session, result: Result, explanations: Sequence[Explanation]) -> None:
    """The zip, and what goes into it besides what always does."""
    st.html(
        '<div class="eb-note">One zip: bigWigs (with edits: reference, edited, difference), FASTA, VCF of the edits, '
        "sessions for IGV, a UCSC hub where UCSC has the assembly, explanations on view, the script that "
        "makes it again, and where every number comes from. The picture itself: <b>SVG</b> and <b>PNG</b> above it."
        "</div>"
    )
    bedgraph = st.checkbox("bedGraph too", key="export-bedgraph", help="The same numbers as text")
    why_not = figure_ini.unavailable()
    figure = st.checkbox(
        "A figure by pyGenomeTracks",
        key="export-figure",
        disabled=bool(why_not),
        help=for_markdown(why_not) or "figure.svg and figure.pdf, drawn from tracks.ini; takes some seconds",
    )
    st.download_button(
        "Download",
        data=lambda: export.zipped(
            result,
            explanations=explanations,
            with_bedgraph=bedgraph,
            with_figure=figure and not why_not,
            view=_seen(state, result),
        ),
        file_name=export.zip_name(result),
        mime="application/zip",
        key="download",
        type="primary",
        on_click="ignore",
        width="stretch",
    )


def _seen(state: Session, result: Result) -> Interval | None:
    return state.view if state.view and state.view.chrom == result.prediction.interval.chrom else None


def refused_edit(state: Session) -> None:
    """Why the last edit was not made."""
    if state.refused_edit is not None:
        problems.show(state.refused_edit)


def in_words(picture: Picture, subject: str) -> None:
    """What somebody who sees the picture would notice first, for those who do not."""
    described = lanes.description(picture, subject)
    with st.expander("This view in words"):
        st.html(f'<div class="eb-note" id="view-in-words">{for_html(described)}</div>')


def footer(result: Result) -> None:
    """Where the numbers come from, and how r is defined."""
    facts = result.prediction.provenance
    parts = [
        "r: Pearson over the whole bins in view, on the displayed scale",
        "positions count from 1 and include both ends",
        f"model {cut(Path(facts.model).name, 40)} ({facts.weights_sha256[:8]})",
        f"{facts.head} head",
        f"{facts.precision} on {facts.device}",
    ]
    if facts.simulated:
        parts.append("simulated")
    if result.edited:
        parts.append("edited is drawn where it differs by over 1 % of the lane's range")
    st.html(f'<div class="eb-foot">{for_html(" · ".join(parts))}</div>')
