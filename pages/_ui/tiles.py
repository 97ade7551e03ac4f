"""Windows beside the one that was asked for: what they cost, the offer to predict them, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import EnformerError, shown
from enformer_core.inference.tiling import MAX_TILES, ONE, Tiles, chosen, room, to_cover, within_limit

from .words import for_html

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor
    from enformer_core.inference.window import Window

    from .state import Session

MAX_TEXT = 9


@dataclass(frozen=True, slots=True)
class Beyond:
    """What can be predicted beside a picture.

    Attributes:
        left: What the neighbouring window there costs, in words; None where there can be none.
        right: The same of the other side.
        waiting: Which side is being predicted now, ``left`` or ``right``; None for neither.
    """

    left: str | None = None
    right: str | None = None
    waiting: str | None = None


def read(text: str) -> tuple[Tiles, tuple[str, ...]]:
    """The windows of a link, ``left,right``, and what to say about it. The chromosome's ends are looked at later."""
    if not text.strip():
        return ONE, ()
    parts = [part.strip() for part in text.split(",")] if len(text) <= MAX_TEXT else []
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        return ONE, (f"the link's neighbouring windows were left out: {shown(text)} is not two numbers such as 1,2",)
    asked = int(parts[0]), int(parts[1])
    found = within_limit(asked)
    if found != asked:
        return found, (f"the link has {1 + sum(asked)} windows side by side, {MAX_TILES} are predicted",)
    return found, ()


def write(tiles: Tiles) -> str:
    """Neighbouring windows as ``read`` reads them; empty where there are none."""
    return "" if tiles == ONE else f"{tiles[0]},{tiles[1]}"


def extend(state: Session, window: Window, side: str) -> None:
    """Ask for the neighbouring window on one side, besides those that are asked for.

    Args:
        state: Whose question.
        window: What is asked for.
        side: ``left`` or ``right``.

    Raises:
        InputError: There are as many as there can be, or the chromosome ends there.
    """
    left, right = state.tiles
    wider = (left + 1, right) if side == "left" else (left, right + 1)
    output = window.core.output
    state.tiles = chosen(wider, None, output, window.contigs[output.chrom])


def fit(state: Session, window: Window) -> None:
    """Leave out windows that would predict no base of the chromosome, and say so; a link may name such.

    Args:
        state: Whose question.
        window: The one that was asked for, alone.
    """
    output = window.core.output
    most = room(output, window.contigs[output.chrom])
    fitting = min(state.tiles[0], most[0]), min(state.tiles[1], most[1])
    if fitting != state.tiles:
        state.tiles = fitting
        state.notes += (f"windows beyond the end of {output.chrom} were left out",)


def beyond(predictor: Predictor, shown: Window, wanted: Window) -> Beyond:
    """What can be predicted beside a picture.

    Args:
        predictor: Knows how long a window takes.
        shown: What the picture is of.
        wanted: What is asked for now: the same, or what is being predicted.
    """
    if not is_same_place(shown, wanted):
        return Beyond()
    (left, right), (more_left, more_right) = shown.tiles, wanted.tiles
    waiting = "left" if more_left > left else "right" if more_right > right else None
    output = wanted.core.output
    most = room(output, wanted.contigs[output.chrom])
    costs = cost(predictor, wanted, 1) if 1 + more_left + more_right < MAX_TILES else None
    return Beyond(costs if more_left < most[0] else None, costs if more_right < most[1] else None, waiting)


def cost(predictor: Predictor, window: Window, n: int) -> str:
    """How long it takes to predict ``n`` windows more, in words."""
    each = predictor.window_seconds
    if each is None:
        return "not measured yet"
    # What an insertion or a deletion pushes along reads other bases than the reference, and is predicted besides.
    is_moved = any(len(edit.ref) != len(edit.alt) for edit in window.edits)
    value = each * n * (2 if is_moved else 1)
    return f"about {max(value, 1):.0f} s" if value < 90 else f"about {value / 60:.0f} min"


def offer(state: Session, predictor: Predictor, window: Window) -> None:
    """Draw what is not predicted of the question, what the rest would cost, and a button that asks for it."""
    if window.whole is None or not window.partly:
        return
    need = to_cover(window.whole, window.core.output)
    tiles = within_limit((max(need[0], state.tiles[0]), max(need[1], state.tiles[1])))
    n = 1 + sum(need)
    price = cost(predictor, window, sum(tiles) - sum(window.tiles))
    said, label = f"all of it takes {n} windows ({price} here)", "Predict all of it"
    if n > MAX_TILES:
        most = MAX_TILES * window.core.output.width
        said = f"all of it takes {n:,} windows, of which at most {MAX_TILES}, {most:,} bp, are predicted at a time"
        said += f" ({price} here)" if tiles != window.tiles else ""
        label = f"Predict {most:,} bp of it"
    with st.container(key="tiles", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<div class="eb-note" id="tiles-offer">{for_html(f"{window.partly} · {said}")}</div>')
        if tiles != window.tiles:
            st.button(label, key="tiles-all", on_click=_put, args=(state, tiles))


def step_back(state: Session, window: Window, error: EnformerError | None) -> bool:
    """Return to the picture on screen where windows that were to be added to it did not come.

    Args:
        state: Whose question.
        window: What was asked for.
        error: Why it did not come; None where somebody stopped it.

    Returns:
        Whether there is a picture of the same place with fewer windows.
    """
    before = state.results.get(state.shown)
    if before is None or not is_same_place(before.window, window):
        return False
    if sum(before.window.tiles) >= sum(window.tiles):
        return False
    state.tiles, state.refused_edit = before.window.tiles, error
    return True


def is_same_place(one: Window, other: Window) -> bool:
    """Whether two windows were asked for at the same place, whatever stands beside them."""
    return one.core == other.core and one.sequence == other.sequence and one.assembly is other.assembly


def _put(state: Session, tiles: Tiles) -> None:
    state.tiles = tiles
