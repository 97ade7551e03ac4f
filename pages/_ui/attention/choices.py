"""What of the attention is shown: which layer, which head, how fine, and with the edits or without them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import EnformerError

from .. import problems
from ..explain.looking import n_heads, n_layers, numbers
from ..state import Session, session
from .grid import computed

if TYPE_CHECKING:
    from ..explain.subject import Subject

SIZES = (128, 256, 512)
_KEYS = {"layers": "attention-layer", "heads": "attention-head", "of": "attention-of", "size": "attention-size"}


@dataclass(frozen=True, slots=True)
class Choices:
    """What is shown.

    Attributes:
        layers: Numbers; None for all.
        heads: Likewise.
        size: The most groups to a side.
        words: The layers and heads, for a sentence.
        computed: The layers and the heads to compute for it.
    """

    layers: tuple[int, ...] | None
    heads: tuple[int, ...] | None
    size: int
    words: str
    computed: tuple[tuple[int, ...] | None, tuple[int, ...] | None]


def choose(state: Session, subject: Subject) -> Choices:
    """Draw the choosers, and return what is chosen.

    Args:
        state: Whose choice; layers, heads and the sequence are those of the attention lane in Browse.
        subject: What is looked at.
    """
    depth, count = n_layers(subject.predictor), n_heads(subject.predictor)
    layers = _known(state, "layers", depth)
    heads = _known(state, "heads", count)
    with st.container(key="attention-choices", horizontal=True, vertical_alignment="bottom", gap="small"):
        _one_or_all(state, "layers", "Layer", depth)
        _one_or_all(state, "heads", "Head", count)
        size = st.selectbox(
            "Finest picture",
            SIZES,
            index=1,
            key=_KEYS["size"],
            format_func=lambda n: f"{n} × {n}",
            width=150,
            persist_state="session",
        )
        if subject.window.edits or state.explain.of == "reference":
            st.session_state[_KEYS["of"]] = state.explain.of
            st.selectbox("Sequence", ("edited", "reference"), key=_KEYS["of"], on_change=_take, args=("of",), width=150)
    words = f"{_said(layers, 'layer', depth)}, {_said(heads, 'head', count)}"
    return Choices(layers, heads, size, words, computed(layers, heads, depth, count, size))


def _known(state: Session, name: str, n: int) -> tuple[int, ...] | None:
    """What is chosen; where there is no such layer or head, say so and take all."""
    try:
        return numbers(getattr(state.explain, name), name.removesuffix("s"), n)
    except EnformerError as error:
        problems.show(error)
        state.explain = replace(state.explain, **{name: ""})
        return None


def _one_or_all(state: Session, name: str, label: str, n: int) -> None:
    text = getattr(state.explain, name)
    now = "" if text.strip().lower() in ("", "all") else text
    options = list(dict.fromkeys(["", *(str(number) for number in range(n)), now]))
    st.session_state[_KEYS[name]] = now  # a link, or the lane in Browse, may have set it
    order = ", from the sequence upwards" if name == "layers" else ""
    st.selectbox(
        label,
        options,
        key=_KEYS[name],
        format_func=lambda value: value or f"all {n}, their mean",
        help=f"Counted from 0{order}. One {label.lower()} alone, or the mean.",
        on_change=_take,
        args=(name,),
        width=170,
    )


def _take(name: str) -> None:
    state = session()
    state.explain = replace(state.explain, **{name: st.session_state[_KEYS[name]]})


def _said(chosen: tuple[int, ...] | None, what: str, n: int) -> str:
    if chosen is None:
        return f"mean of all {n} {what}s" if n > 1 else f"its one {what}"
    return f"{what}{'s' if len(chosen) > 1 else ''} {', '.join(str(number) for number in chosen)}"
