"""The texts of a link: how each choice is written, and how each is read from an address that anybody may have written.

Every text has a length at most. What is not known is left out, and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace

from enformer_core.errors import EnformerError, shown
from enformer_core.genome.edit import Edit
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import parse_locus
from enformer_core.genome.typed import MAX_TEXT
from enformer_core.genome.variant import Variant
from enformer_core.genome.variant_text import read_variants
from enformer_core.genome.written import VariantText

from .listed_edits import MAX_EDITS
from .looks import COLOURS, HEIGHTS, MAX_TOP, SCALES, Look, Show
from .state import MAX_TRACKS
from .theme import LANE_COLOURS
from .words import listed

MAX_QUERY = 200
MAX_EDITS_TEXT, MAX_VIEW_TEXT, MAX_LOOK_TEXT, MAX_NAME = 1_000, 100, 700, 100
TRANSFORMS = ("soft", "hard", "none")
_MAX_DIGITS, _MAX_TOLD = 6, 3
_LONG_REF = 12
_SWITCHES = tuple(field.name for field in fields(Show) if isinstance(field.default, bool))
_OFFERED = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(?:/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII)
_RANGE = re.compile(r"0-\d{1,10}(?:\.\d{1,9})?(?:e[+-]?\d{1,2})?", re.ASCII)
_IDENTIFIER = re.compile(r"[\w.:+-]{1,100}", re.ASCII)


def read_query(text: str) -> tuple[str, tuple[str, ...]]:
    """The search text of a link, and what to say about it."""
    if len(text) > MAX_QUERY:
        return "", (f"the link's search text has {len(text):,} characters, at most {MAX_QUERY} are read",)
    return text, ()


def read_tracks(text: str) -> tuple[tuple[int, ...] | None, tuple[str, ...]]:
    """The tracks of a link, each once, at most 20; None where it names none. And what to say about it."""
    if len(text) > MAX_TRACKS * (_MAX_DIGITS + 2) * 2:
        return None, ("the link names too many tracks, so the usual ones are shown",)
    parts = _parts(text)
    numbers = [int(part) for part in parts if _is_track(part)]
    found = tuple(dict.fromkeys(numbers))
    notes = ("some tracks of the link are not numbers and were left out",) if len(numbers) < len(parts) else ()
    if len(found) > MAX_TRACKS:
        notes += (f"the link names {len(found)} tracks, the first {MAX_TRACKS} are shown",)
    return found[:MAX_TRACKS] or None, notes


def read_edits(text: str) -> tuple[tuple[VariantText, ...], tuple[str, ...]]:
    """The edits of a link, and what to say about it. Nothing is looked up: the assembly checks them later."""
    if len(text) > MAX_EDITS_TEXT:
        return (), (f"the link's edits have {len(text):,} characters, at most {MAX_EDITS_TEXT:,} are read",)
    if not text.strip():
        return (), ()
    try:
        found = tuple(read_variants(text))
    except EnformerError as error:
        return (), (f"the link's edits were left out: {error.what}",)
    notes = (f"the link has {len(found)} edits, the first {MAX_EDITS} are applied",) if len(found) > MAX_EDITS else ()
    return found[:MAX_EDITS], notes


def write_edits(variants: Iterable[Variant]) -> str:
    """Edits as ``read_edits`` reads them; empty where they are too long for a link."""
    texts = [_written(variant) for variant in variants]
    joined = ",".join(texts)
    return joined if len(joined) <= MAX_EDITS_TEXT and all(len(text) <= MAX_TEXT for text in texts) else ""


def _written(variant: Variant) -> str:
    """A variant as text; a long deletion without its bases, which the assembly knows."""
    edit = Edit.of(variant)
    if not edit.alt and edit.width > _LONG_REF:
        return f"{variant.chrom}:g.{edit.start + 1}_{edit.end}del"
    return str(variant)


def read_view(text: str) -> tuple[str, tuple[str, ...]]:
    """The view of a link as locus text, and what to say about it. The assembly places it later."""
    if len(text) > MAX_VIEW_TEXT:
        return "", (f"the link's view has {len(text):,} characters, at most {MAX_VIEW_TEXT} are read",)
    if not text.strip():
        return "", ()
    try:
        found = parse_locus(text)
    except EnformerError as error:
        return "", (f"the link's view was left out: {error.what}",)
    if found.start is None:
        return "", (f"the link's view was left out: {shown(text)} has no positions, as chr1:1,000-2,000 has",)
    return text, ()


def write_view(view: Interval | None) -> str:
    """A view as ``read_view`` reads it: 1-based, both ends belong; empty for the first view of a question."""
    text = f"{view.chrom}:{view.start + 1}-{view.end}" if view else ""
    return text if len(text) <= MAX_VIEW_TEXT else ""


def read_show(text: str) -> tuple[Show, tuple[str, ...]]:
    """How all lanes are drawn, from ``residual,no-difference,scale:robust``, and what to say about it."""
    found, unknown = Show(), []
    if len(text) > MAX_LOOK_TEXT:
        return found, (_too_long("look", text),)
    for word in _parts(text):
        name, is_on = word.removeprefix("no-"), not word.startswith("no-")
        if name in _SWITCHES:
            found = replace(found, **{name: is_on})
        elif word.removeprefix("scale:") in SCALES and word.startswith("scale:"):
            found = replace(found, scale=word.removeprefix("scale:"))
        else:
            unknown.append(word)
    return found, _left_out("look", unknown)


def write_show(show: Show) -> str:
    """What differs from the usual, as ``read_show`` reads it; empty where nothing does."""
    usual = Show()
    words = [
        name if getattr(show, name) else f"no-{name}"
        for name in _SWITCHES
        if getattr(show, name) != getattr(usual, name)
    ]
    return ",".join([*words, f"scale:{show.scale}"] if show.scale != usual.scale else words)


def read_lanes(text: str) -> tuple[dict[int, Look], tuple[str, ...]]:
    """How single lanes are drawn, from ``12:large:violet,30:small:0-20``, and what to say about it."""
    found: dict[int, Look] = {}
    unknown: list[str] = []
    if len(text) > MAX_LOOK_TEXT:
        return found, (_too_long("lanes", text),)
    for part in _parts(text):
        track, *words = part.split(":")
        look = _look(words) if _is_track(track) else None
        if look is None:
            unknown.append(part)
        elif look != Look():
            found[int(track)] = look
    return found, _left_out("lanes", unknown)


def _look(words: list[str]) -> Look | None:
    """A height, a colour and the range of the y axis, in any order; None where a word is none of them."""
    found = Look()
    for word in words:
        if word in HEIGHTS:
            found = replace(found, height=word)
        elif word in COLOURS:
            found = replace(found, colour=COLOURS[word])
        elif _RANGE.fullmatch(word) and float(word[2:]) <= MAX_TOP:
            found = replace(found, top=float(word[2:]))
        else:
            return None
    return found


def write_lanes(looks: Mapping[int, Look], tracks: Iterable[int]) -> str:
    """How the lanes of these tracks are drawn, as ``read_lanes`` reads it; empty where all are as usual."""
    chosen = ((track, looks[track]) for track in tracks if looks.get(track, Look()) != Look())
    parts = (":".join([str(track), *_words(look)]) for track, look in chosen)
    return ",".join(parts)


def _words(look: Look) -> list[str]:
    held = f"0-{look.top:.4g}" if look.top else ""
    return [word for word in (look.height, LANE_COLOURS.get(look.colour, ""), held) if word]


def read_hidden(text: str) -> tuple[set[str], tuple[str, ...]]:
    """Identifiers of tracks whose experiment is not shown, and what to say about it."""
    if len(text) > MAX_LOOK_TEXT:
        return set(), (_too_long("hidden", text),)
    parts = _parts(text)
    unknown = [part for part in parts if not _IDENTIFIER.fullmatch(part)]
    return {part for part in parts if part not in unknown}, _left_out("hidden", unknown)


def write_hidden(identifiers: Iterable[str]) -> str:
    """Identifiers as ``read_hidden`` reads them, as many as there is room for."""
    found = ""
    for identifier in sorted(filter(_IDENTIFIER.fullmatch, identifiers)):
        longer = f"{found},{identifier}" if found else identifier
        found = longer if len(longer) <= MAX_LOOK_TEXT else found
    return found


def read_transform(text: str) -> tuple[str, tuple[str, ...]]:
    """How experiments are brought to the model's scale, and what to say about it."""
    if not text or text in TRANSFORMS:
        return text or TRANSFORMS[0], ()
    return TRANSFORMS[0], _left_out("transform", [text])


def read_name(what: str, text: str) -> tuple[str, tuple[str, ...]]:
    """A head or a transcript, which is looked up later, and what to say about it."""
    return (text, ()) if len(text) <= MAX_NAME else ("", _left_out(what, [text]))


def is_name(text: str) -> bool:
    """Whether a text can be the name of a registered model or assembly, or of a repository."""
    return bool(_OFFERED.fullmatch(text))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_track(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS


def _too_long(what: str, text: str) -> str:
    return f"the link's {what} has {len(text):,} characters, at most {MAX_LOOK_TEXT} are read"


def _left_out(what: str, unknown: list[str]) -> tuple[str, ...]:
    if not unknown:
        return ()
    more = [f"{len(unknown) - _MAX_TOLD} more"] if len(unknown) > _MAX_TOLD else []
    return (f"not known in the link's {what}, and left out: {listed([*map(shown, unknown[:_MAX_TOLD]), *more])}",)
