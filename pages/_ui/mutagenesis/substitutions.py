"""The strongest substitutions of a map as a list, each of which can be tried: it becomes an edit in Browse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import EnformerError

from .. import edit_list, problems
from ..effect_cards import signed
from ..state import Session
from ..words import for_html, for_markdown
from . import intervals
from .strongest import Substitution, strongest

if TYPE_CHECKING:
    from enformer_core.interpret.mutagenesis_map import MutagenesisMap

    from ..explain.subject import Subject

_SEEN_BP = 96  # in Browse, around a substitution
_COLUMNS = (0.3, 0.15, 0.25, 0.3)
_BROWSE = "pages/browse.py"


def table(state: Session, subject: Subject, found: MutagenesisMap) -> None:
    """Draw the list.

    Args:
        state: Whose edits are added to.
        subject: What is explained.
        found: A whole map.
    """
    st.markdown("#### Strongest substitutions")
    chosen = strongest(found)
    if not chosen:
        st.markdown("No base has substitutions.")
        return
    with st.container(key="mutagenesis-table", gap="xxsmall"):
        for cell, words in zip(
            st.columns(_COLUMNS), ("place", "change", f"effect, {subject.change_unit}", ""), strict=True
        ):
            cell.html(f'<div class="eb-note">{for_html(words)}</div>')
        for number, one in enumerate(chosen):
            _row(state, subject, one, number)


def _row(state: Session, subject: Subject, one: Substitution, number: int) -> None:
    place, change, effect, ways = st.columns(_COLUMNS, vertical_alignment="center")
    place.markdown(for_markdown(one.place))
    change.markdown(for_markdown(one.change))
    effect.markdown(signed(one.effect))
    if one.position is None:
        ways.html('<div class="eb-note">not in the reference</div>')
        return
    what = f"{one.place} {one.change}"
    with ways.container(horizontal=True, gap="xsmall"):
        is_tried = st.button(
            "Try it", key=f"mutagenesis-try-{number}", help=for_markdown(f"Add {what} to the edits, and show it")
        )
        is_shown = st.button(
            "Show",
            key=f"mutagenesis-show-{number}",
            type="tertiary",
            help=for_markdown(f"Show {one.place} in Browse, as it is"),
        )
    if is_tried and not _tried(state, subject, one.position, one.letter):
        return
    if is_tried or is_shown:
        state.view = intervals.around(one.position, subject.window, _SEEN_BP)
        st.switch_page(_BROWSE)


def _tried(state: Session, subject: Subject, position: int, letter: str) -> bool:
    """Make it an edit; whether that could be done."""
    try:
        edit_list.substitute(state, subject.window, position, letter)
    except EnformerError as error:
        problems.show(error)
        return False
    return True
