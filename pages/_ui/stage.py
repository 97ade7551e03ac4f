"""Everything between the search box and the figure: chips, the question, the locus line and its controls, the notes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus

from . import export, figure, lanes, problems, views
from .picture import Picture
from .state import Result, Session, remove_edits, session
from .theme import palette
from .words import cut, for_html, for_markdown

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor
    from enformer_core.inference.window import Window

_CPU = "CPU: tens of seconds a window for the published model"


def chips(predictor: Predictor, *, is_simulated_model: bool) -> None:
    """Assembly, model and device; what is simulated says so."""
    assembly, device = predictor.assembly, predictor.device.type
    parts = [(assembly.name if assembly else "no assembly", bool(assembly and assembly.simulated), "assembly")]
    parts.append((f"model {cut(Path(predictor.name).name, 28)}", is_simulated_model, f"model {predictor.name}"))
    parts.append(("CPU" if device == "cpu" else device.upper(), False, _CPU if device == "cpu" else "fast"))
    found = "".join(
        f'<span class="eb-chip{" simulated" if is_simulated else ""}" title="{for_html(about)}">'
        f"{for_html(text)}{' · simulated' if is_simulated else ''}</span>"
        for text, is_simulated, about in parts
    )
    st.html(f'<div class="eb-chips">{found}</div>')


def notes(predictor: Predictor, window: Window, head: str, misfit: str) -> None:
    """What a person should know about this window; ``misfit`` is why the model and the assembly do not go together."""
    found = predictor.notes(window, head)
    loud = [note for note in found if note.startswith("100% N") or "read as N" in note]
    loud += [misfit] if misfit else []
    quiet = [note for note in found if note not in loud]
    for note in loud:
        st.warning(for_markdown(note[:1].upper() + note[1:] + "."))
    _quiet(quiet)


def link_notes(state: Session) -> None:
    """What of the link that was opened could not be followed."""
    _quiet(list(state.notes))


def _quiet(notes: list[str]) -> None:
    if notes:
        st.html(f'<div class="eb-note">{for_html(" · ".join(notes))}</div>')


def headline(picture: Picture, subject: str) -> None:
    """The question as a sentence, and the legend of two or three words."""
    colours = palette()
    question, legend = st.columns([0.76, 0.24], vertical_alignment="center")
    sentence = "".join(
        f"<b>{for_html(cut(text, 120))}</b>" if is_fact else for_html(text)
        for text, is_fact in lanes.question(picture, subject)
    )
    question.html(f'<div class="eb-question" id="question">{sentence}</div>')
    line = f'<span><i style="height:0;border-top:2px solid {colours.edited}"></i>edited</span>'
    legend.html(
        '<div class="eb-legend">'
        f'<span><i style="height:9px;background:{colours.accent};opacity:.5"></i>predicted</span>'
        f'<span><i style="height:0;border-top:1.5px solid {colours.experiment}"></i>experiment</span>'
        f"{line if picture.edits else ''}</div>"
    )


def controls(picture: Picture, result: Result) -> None:
    """The locus line, the buttons that move the view, and the download."""
    with st.container(key="view", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(
            f'<div class="eb-locus"><b>{for_html(format_locus(picture.view))}</b>{picture.view.width:,} bp</div>',
            width="stretch",
        )
        everything = picture.view == picture.output
        at_start, at_end = picture.view.start == picture.output.start, picture.view.end == picture.output.end
        _button("zoom-out", ":material/remove:", "Zoom out", _zoom, (picture, 2.0), everything)
        _button("zoom-in", ":material/add:", "Zoom in", _zoom, (picture, 0.5), False)
        _button("left", ":material/arrow_back:", "Move left", _move, (picture, -0.5), at_start)
        _button("right", ":material/arrow_forward:", "Move right", _move, (picture, 0.5), at_end)
        st.button(
            "Fit", key="fit", help="Show the whole output window", on_click=_show, args=(None,), disabled=everything
        )
        if session().edits:
            st.button("Remove edits", key="remove-edits", help="Show the reference alone", on_click=remove_edits)
        st.download_button(
            "Download",
            data=lambda: export.zipped(result),
            file_name=export.zip_name(result),
            mime="application/zip",
            key="download",
            type="primary",
            on_click="ignore",
            help="One zip of bigWigs, one per track, with their provenance",
        )


def chart(picture: Picture, subject: str) -> None:
    """The figure; dragging over it zooms in."""
    described = lanes.description(picture, subject)
    key = f"figure-{picture.view.start}-{picture.view.end}"  # a new view begins without the selection that made it
    st.plotly_chart(
        figure.build(picture, palette()),
        key=key,
        theme=None,
        config=figure.CONFIG,
        on_select=lambda: _selected(key, picture),
        selection_mode="box",
        alt=described,
    )
    with st.expander("This view in words"):
        st.html(f'<div class="eb-note" id="view-in-words">{for_html(described)}</div>')


def footer(result: Result) -> None:
    """Where the numbers come from, and how r is defined."""
    facts = result.prediction.provenance
    parts = [
        "r: Pearson over the whole bins in view, on the displayed scale",
        "drag over the figure to zoom in",
        f"model {cut(Path(facts.model).name, 40)} ({facts.weights_sha256[:8]})",
        f"{facts.head} head",
        f"{facts.precision} on {facts.device}",
    ]
    if facts.simulated:
        parts.append("simulated")
    if result.edited:
        parts.append("edited is drawn where it differs by over 1 % of the lane's range")
    st.html(f'<div class="eb-foot">{for_html(" · ".join(parts))}</div>')


def _button(key: str, icon: str, about: str, action: object, args: tuple, disabled: bool) -> None:
    st.button("", key=key, icon=icon, help=about, on_click=action, args=args, disabled=disabled)  # pyright: ignore


def _show(view: Interval | None, picture: Picture | None = None) -> None:
    session().view = view


def _zoom(picture: Picture, factor: float) -> None:
    session().view = views.zoomed(picture.view, factor, picture.output, picture.bin_size)


def _move(picture: Picture, share: float) -> None:
    session().view = views.moved(picture.view, share, picture.output, picture.bin_size)


@problems.guarded
def _selected(key: str, picture: Picture) -> None:
    boxes = st.session_state[key]["selection"]["box"]
    inside = [box["x"] for box in boxes if box.get("xref", "x") == "x"]
    if inside:
        low, high = float(min(inside[0])), float(max(inside[0]))
        session().view = views.from_selection(low, high, picture.output, picture.bin_size)
