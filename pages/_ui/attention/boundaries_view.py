"""The section about attention at boundaries: what a finished run has found, or how to make one."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import FileError
from enformer_core.settings import Settings

from .. import problems, services
from ..state import Session
from ..theme import palette
from ..words import for_html, for_markdown
from . import boundaries, boundaries_figure

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor

    from ..state import Choice

_CONFIG = {"displaylogo": False, "toImageButtonOptions": {"format": "svg", "filename": "boundaries"}}


def draw(state: Session, predictor: Predictor, settings: Settings) -> None:
    """Draw the section."""
    st.markdown("#### Does attention cross boundaries?")
    choice = services.current_choice(state, settings)
    if predictor.assembly is None:
        st.markdown("Boundaries lie on an assembly, and none is chosen.")
        return
    try:
        run = boundaries.finished(predictor, choice.model, settings)
    except FileError as error:
        problems.show(error, where=Path(error.where).name if settings.hosted and error.where else None)
        run = None
    if run is None:
        _none(predictor, choice, settings)
    else:
        _found(run, predictor)


def _found(run: boundaries.Run, predictor: Predictor) -> None:
    simulated = " **Simulated:** these are boundaries of a simulated genome." if run.simulated else ""
    st.markdown(
        f"Windows centred on {run.pairs:,} boundaries ({for_markdown(run.boundaries)}) against as many null places: "
        f"places like them that are no boundaries.{simulated}"
    )
    drawn = boundaries_figure.forest(run, palette())
    st.plotly_chart(drawn, theme=None, key="attention-boundaries", config=_CONFIG, alt=" ".join(run.found))
    n_heads, n_shown = len(run.ratios["stripe"]) - 1, len(boundaries_figure.shown(run)) - 1
    if n_shown < n_heads:
        st.caption(f"Of {n_heads:,} heads the {n_shown} with the smallest p-values are drawn; heads.tsv has all.")
    items = "".join(f"<li>{for_html(sentence)}.</li>" for sentence in run.found)
    st.html(f'<ul id="boundaries-found">{items}</ul>')
    st.html(f'<div class="eb-note" id="boundaries-null">{for_html(null_in_words(run))}</div>')


def null_in_words(run: boundaries.Run) -> str:
    """What boundaries are compared with, and what the numbers mean."""
    return (
        f"A null place keeps {run.away:,} bp from every boundary and is matched by {run.matched}; nothing else is "
        f"matched. Paid to the boundary: what all places take from the {run.centre:,} bp to either side of it. Across: "
        f"what places on one side take from the other, both within {run.reach:,} bp. A dot is the ratio of the means, "
        "its line the 95 % interval by bootstrap; p is two-sided, by flipping signs of pairs, and that of one head "
        "is given times their number."
    )


def _none(predictor: Predictor, choice: Choice, settings: Settings) -> None:
    st.markdown(
        "The paper centres windows on boundaries of domains and compares attention there with places like them. This "
        "has not been done yet for this model and this assembly, or with other weights. This command does it, and its "
        "result then stands here; it can be stopped and goes on where it was."
    )
    st.code(command(predictor, choice, settings), language="bash", wrap_lines=True)
    st.caption(
        "boundaries.bed stands for a BED file of yours, such as TADs of a cell type."
        if not predictor.simulated
        else "The word demo means the true boundaries of the simulated genome; a BED file of yours can stand there too."
    )


def command(predictor: Predictor, choice: Choice, settings: Settings) -> str:
    """The command line that makes the comparison, and puts it where this page finds it."""
    from enformer_core.evaluation.boundaries_places import DEMO

    assembly = predictor.assembly
    name = assembly.name if assembly else ""
    folder = boundaries.folder_of(choice.model, name, settings)
    words = ["enformer-browser", "evaluate", "boundaries"]
    words += ["--model", _shown(choice.model, settings), "--assembly", _shown(choice.assembly, settings)]
    words += ["--genes", _shown(choice.genes, settings)] if choice.genes else []
    words += ["--boundaries", DEMO if assembly and assembly.simulated else "boundaries.bed"]
    words += ["--out", f"evaluations/boundaries/{folder.name}" if settings.hosted else str(folder)]
    return shlex.join(words)


def _shown(name: str, settings: Settings) -> str:
    """On a server that others reach, where its files are is nobody's business."""
    return Path(name).name if settings.hosted and Path(name).is_absolute() else name
