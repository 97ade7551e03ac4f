"""What is explained, in a link and in a saved view: ``&explain=contributions,attention&target=gene:TP53;tracks:4``.

``&of=reference`` explains the reference where there are edits, ``&mutate=chr1:901-1,100`` names the bases to mutate,
``&look_from=bins:448``, ``&layers=0,3`` and ``&heads=1`` whose attention is shown. What is as usual is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from enformer_core.errors import EnformerError, shown
from enformer_core.genome.locus import parse_locus
from enformer_core.interpret.places import Place
from enformer_core.interpret.target_text import WrittenTarget, parse_target

from .asked import LANES, SIDES, Asked
from .looking import MAX_TEXT

NAMES = ("explain", "target", "of", "mutate", "look_from", "layers", "heads")
MAX_LOCUS, MAX_LANES = 200, 100
Read = TypeVar("Read")


def write(asked: Asked) -> dict[str, str]:
    """By the name of each parameter, its text; empty where all is as usual."""
    place = Place.parse(asked.place) if asked.place else None
    target = WrittenTarget(place, asked.tracks, asked.minus, asked.reduction)
    return {
        "explain": ",".join(lane for lane in LANES if lane in asked.lanes),
        "target": str(target),
        "of": "" if asked.of == SIDES[0] else asked.of,
        "mutate": asked.interval,
        "look_from": asked.query,
        "layers": asked.layers,
        "heads": asked.heads,
    }


def read(texts: Mapping[str, str]) -> tuple[Asked, tuple[str, ...]]:
    """What such texts ask, and what to say about what could not be read. Anybody may have written them."""
    notes: list[str] = []

    def part(name: str, read_it: Callable[[str], Read], usual: Read, what: str) -> Read:
        text = texts.get(name, "")
        if not text.strip():
            return usual
        try:
            return read_it(text)
        except EnformerError as error:
            notes.append(f"the {what} was left out: {error.what}")
            return usual

    lanes = texts.get("explain", "")
    words = [word.strip() for word in lanes.split(",") if word.strip()] if len(lanes) <= MAX_LANES else [lanes]
    unknown = [word for word in words if word not in LANES]
    if unknown:
        notes.append(f"there is no explanation {shown(unknown[0])}, so it was left out")
    side = texts.get("of", "") or SIDES[0]
    if side not in SIDES:
        notes.append(f"{shown(side)} is no sequence to explain, {' or '.join(SIDES)} is")
        side = SIDES[0]
    target = part("target", parse_target, WrittenTarget(), "target of the explanations")
    return Asked(
        lanes=frozenset(words) - set(unknown),
        place=str(target.place) if target.place else "",
        tracks=target.tracks,
        minus=target.minus_tracks,
        reduction=target.reduction,
        of=side,
        interval=part("mutate", _locus, "", "interval to mutate"),
        query=part("look_from", lambda text: str(Place.parse(text)), "", "place to look from"),
        layers=_short(texts, "layers", notes),
        heads=_short(texts, "heads", notes),
    ), tuple(notes)


def _locus(text: str) -> str:
    parse_locus(text[: MAX_LOCUS + 1])
    return text


def _short(texts: Mapping[str, str], name: str, notes: list[str]) -> str:
    """Numbers, which the model checks later."""
    text = texts.get(name, "")
    if not text or (len(text) <= MAX_TEXT and all(_is_number(part) for part in text.split(","))):
        return text
    notes.append(f"the {name} of attention were left out: {shown(text)} are not numbers such as 0,3")
    return ""


def _is_number(text: str) -> bool:
    return text.strip().isascii() and text.strip().isdigit()
