"""Where attention looks from, and which layers and heads are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from enformer_core.errors import InputError, shown
from enformer_core.genome.interval import Interval
from enformer_core.interpret.bins import format_bins

from ..words import cut

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor

    from .asked import Asked
    from .subject import Subject

MAX_TEXT = 60


@dataclass(frozen=True, slots=True)
class Looking:
    """What looks.

    Attributes:
        bins: Output bins.
        places: Where they are, in positions of the window.
        where: In words.
        layers: Numbers; None for all.
        heads: Likewise.
        about: Which layers and heads, in words.
    """

    bins: tuple[int, ...]
    places: tuple[Interval, ...]
    where: str
    layers: tuple[int, ...] | None
    heads: tuple[int, ...] | None
    about: str


def looking_from(asked: Asked, subject: Subject) -> Looking:
    """Put together what looks.

    Raises:
        InputError: A place, a layer or a head cannot be read, or is not there; or the model has no attention.
    """
    from enformer_core.interpret.places import Place

    if reason := why_not(subject.predictor):
        raise InputError(reason.rstrip("."), hint="Contributions and mutagenesis explain it too")
    bins, where = subject.target.bins, subject.where
    if asked.query:
        bins, _ = Place.parse(asked.query).bins_in(subject.predictor.geometry, subject.window)
        where = f"bin{'s' if len(bins) > 1 else ''} {format_bins(bins).replace('-', '–')}"
    depth, count = n_layers(subject.predictor), n_heads(subject.predictor)
    layers, heads = numbers(asked.layers, "layer", depth), numbers(asked.heads, "head", count)
    about = f"{_said(layers, 'layer', depth)}, {_said(heads, 'head', count)}"
    return Looking(bins, subject.places_of(bins), cut(where, 60), layers, heads, about)


def n_layers(predictor: Predictor) -> int:
    """How many layers attend."""
    return predictor.facts.layers


def n_heads(predictor: Predictor) -> int:
    """How many heads each of them has."""
    return predictor.facts.attention_heads


def why_not(predictor: Predictor) -> str:
    """Why there is no attention to show, in a sentence; empty where there is."""
    if n_layers(predictor) and n_heads(predictor):
        return ""
    return "This model has no attention: it reads its window in another way, so there is no map of where it looks."


def numbers(text: str, what: str, n: int) -> tuple[int, ...] | None:
    """Numbers such as ``0,3``, counted from 0; None for all.

    Raises:
        InputError: One is no number, or there is no such layer or head.
    """
    if not text.strip() or text.strip().lower() == "all":
        return None
    entries = [part.strip() for part in text.split(",") if part.strip()] if len(text) <= MAX_TEXT else [text]
    for entry in entries:
        if not (entry.isascii() and entry.isdigit() and int(entry) < n):
            raise InputError(f"there is no {what} {shown(entry)}", hint=f"They are numbered 0 to {n - 1}")
    return tuple(dict.fromkeys(int(entry) for entry in entries))


def _said(chosen: tuple[int, ...] | None, what: str, n: int) -> str:
    if chosen is None:
        return f"all {n} {what}s"
    return f"{what}{'s' if len(chosen) > 1 else ''} {','.join(map(str, chosen))}"
