"""How near the explanations at hand come to the truth, in words below the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import EnformerError

from .. import problems
from ..words import for_html
from . import live

if TYPE_CHECKING:
    from ..state import Session
    from .subject import Subject
    from .truth import Answers

_FORMULA = (
    "AUPRC: area under the precision-recall curve at finding the elements whose loss truly lowers the gene, among the "
    "active ones outside its promoter, by the sum of |gradient × input|, by attention from the target's bins, and by "
    "distance. Pearson's r: predicted against true log2 fold change of known variants."
)


@problems.guarded
def draw(state: Session, subject: Subject | EnformerError | None, answers: Answers | None) -> None:
    """Draw the words of the lane of true answers, where it is on view; call it after the picture.

    Args:
        state: Of this visit.
        subject: What is explained, or why nothing is.
        answers: The true answers, where the assembly brings them.
    """
    if answers is None or subject is None or isinstance(subject, EnformerError) or "truth" not in state.explain.lanes:
        return
    said = for_html(str(live.shown("truth")["words"]))
    st.html(f'<div class="eb-truth" id="truth-in-words" title="{for_html(_FORMULA)}"><b>Truth</b> {said}</div>')
