"""The card of edits: what is applied, in a list that can be changed, and a line to type or paste more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import RefMismatch
from enformer_core.genome.edit import Edit
from enformer_core.genome.variant import Variant

from . import edit_list, link_text, problems
from .edit_marks import label, position
from .edit_text import mended
from .listed_edits import EditList, in_order
from .state import Session, session
from .words import cut, for_html

if TYPE_CHECKING:
    from enformer_core.inference.window import Window

PROMPT = "Paste variants, or: del chr2:100-200, ins chr2:100 ACGT"
NOT_PREDICTED = "read, not predicted here"
_TEXT = "edit-text"


@problems.guarded
def panel(state: Session, window: Window) -> None:
    """Draw the card.

    Args:
        state: Of this visit.
        window: What is on view; its ``output`` tells where edits are predicted.
    """
    asked = edit_list.asked_variants(state.text, window)
    numbers = {variant: n for n, variant in enumerate(in_order((*asked, *state.edits)), start=1)}
    with st.container(key="edits", border=True):
        _head(state, window, len(numbers), len(asked) + len(state.edit_list.items))
        for variant in in_order(asked):
            st.html(_line(variant, numbers[variant], window, "in the question"))
        for index, item in enumerate(state.edit_list.items):
            _row(state, window, index, numbers[item.variant] if item.is_on else None)
        _add(state, window)


def _head(state: Session, window: Window, n_applied: int, n_listed: int) -> None:
    count = f"{n_applied}" if n_applied == n_listed else f"{n_applied} of {n_listed} on"
    title = f'<div class="eb-edit" id="edits-title"><b>Edits{f" ({count})" if n_listed else ""}</b></div>'
    edits = state.edit_list
    with st.container(key="edits-steps", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(title, width="stretch")
        _button("edits-undo", "undo", "Take the last change of the edits back", not edits.can_undo, _undo)
        _button("edits-redo", "redo", "Make the change again", not edits.can_redo, _redo)
        _button("edits-clear", "clear", "Remove all edits", not edits.items, _change, window, EditList.cleared)


def _row(state: Session, window: Window, index: int, number: int | None) -> None:
    """One edit; ``number`` is the one in the figure, None where it is off."""
    items = state.edit_list.items
    variant, last = items[index].variant, len(items) - 1
    what = f"the edit at {position(variant):,}, {label(variant)}"  # the contig's name could hold Markdown
    with st.container(key=f"edit-row-{index}", horizontal=True, vertical_alignment="center", gap="xsmall"):
        key = f"edit-on-{index}"
        st.session_state[key] = items[index].is_on  # stated anew, for another edit may have had this box
        toggle = (window, EditList.toggle, index)
        st.checkbox(f"Apply {what}", key=key, label_visibility="collapsed", on_change=_change, args=toggle)
        st.html(_line(variant, number, window), width="stretch")
        up, down = (window, EditList.moved, index, index - 1), (window, EditList.moved, index, index + 1)
        _icon(f"edit-up-{index}", "arrow_upward", f"Move up {what}", index == 0, up)
        _icon(f"edit-down-{index}", "arrow_downward", f"Move down {what}", index == last, down)
        _icon(f"edit-remove-{index}", "close", f"Remove {what}", False, (window, EditList.remove, index))


def _add(state: Session, window: Window) -> None:
    """The line to type in, and what was wrong with what was typed."""
    st.text_input(
        "Add edits",
        key=_TEXT,
        placeholder=PROMPT,
        label_visibility="collapsed",
        on_change=_typed,
        args=(window,),
    )
    if state.edit_problem is not None:
        text, error = state.edit_problem
        problems.show(error)
        found = mended(text, window) if text and isinstance(error, RefMismatch) else None
        if found is not None:
            what, variants = found
            detail = f": {position(variants[0]):,} {label(variants[0])}" if len(variants) == 1 else ""
            st.button(what + detail, key="edit-mend", on_click=_mend, args=(window, variants))
    if state.edits and window.sequence is None and not link_text.write_edits(state.edits):
        st.html('<div class="eb-note">These edits are too long for a link: the address leaves them out.</div>')


def _line(variant: Variant, number: int | None, window: Window, about: str = "") -> str:
    """An edit as HTML: its number, where and what it is, and what to know about it."""
    notes = [about] if about else []
    if not _is_predicted(variant, window):
        notes.append(NOT_PREDICTED)
    place = f"{for_html(cut(variant.chrom, 24))}:{position(variant):,} {for_html(label(variant))}"
    small = f"<small>{for_html(' · '.join(notes))}</small>" if notes else ""
    kind, disc = ("eb-edit", f"{number}") if number else ("eb-edit off", "–")
    return (
        f'<div class="{kind}" title="{for_html(cut(str(variant), 80))}"><i>{disc}</i><span>{place}{small}</span></div>'
    )


def _is_predicted(variant: Variant, window: Window) -> bool:
    edit = Edit.of(variant)
    return edit.start < window.output.end and max(edit.end, edit.start + 1) > window.output.start


def _button(key: str, text: str, about: str, disabled: bool, action: Callable[..., None], *args: object) -> None:
    st.button(text, key=key, help=about, type="tertiary", disabled=disabled, on_click=action, args=args)


def _icon(key: str, icon: str, about: str, disabled: bool, args: tuple[object, ...]) -> None:
    """A button that shows an icon, and is called by what it does."""
    shown = f":material/{icon}:"
    st.button(about, key=key, icon=shown, type="tertiary", disabled=disabled, on_click=_change, args=args)


@problems.guarded
def _change(window: Window, change: Callable[..., EditList], *args: int) -> None:
    # The list of now, not of when the card was drawn: text may have been typed into the line in the same breath.
    state = session()
    edit_list.attempt(state, lambda: edit_list.put(state, window, change(state.edit_list, *args)))


@problems.guarded
def _typed(window: Window) -> None:
    state, text = session(), st.session_state[_TEXT]
    if not text.strip():
        state.edit_problem = None
    elif edit_list.attempt(state, lambda: edit_list.apply_text(state, window, text), text):
        st.session_state[_TEXT] = ""


@problems.guarded
def _mend(window: Window, variants: tuple[Variant, ...]) -> None:
    state = session()
    if edit_list.attempt(state, lambda: edit_list.apply_variants(state, window, variants)):
        st.session_state[_TEXT] = ""


def _undo() -> None:
    edit_list.undo(session())


def _redo() -> None:
    edit_list.redo(session())
