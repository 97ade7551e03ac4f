"""A target as one line of text, for links, saved views and the command line.

    gene:CD44;tracks:0,3;minus:4;reduce:log_ratio;head:human

Parts stand in any order, each at most once, and may be left out: what a reader has on view takes their place. Texts
come from strangers, so everything in them is bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from ..errors import EnformerError, InputError, TrackError, shown
from .bins import format_bins
from .places import SEPARATOR, Place
from .places import Kind as PlaceKind
from .target import Reduction, Target

if TYPE_CHECKING:
    from ..inference.predictor import Predictor
    from ..inference.window import Window

MAX_TARGET = 1_000
MAX_TRACKS = 100
"""Of each side of a written target."""
_MAX_HEAD = 40
_MAX_DIGITS = 6
_EXAMPLE = "Write it as gene:CD44;tracks:0,3;minus:4;reduce:log_ratio;head:human"


@dataclass(frozen=True, slots=True)
class WrittenTarget:
    """What is explained, before a model and a window are at hand.

    Attributes:
        place: Output bins; None where that is left to the reader.
        tracks: Columns of the head; empty where that is left to the reader.
        minus_tracks: Columns that are subtracted.
        reduction: See ``Target``.
        head: ``human``, ``mouse``, ...; None for the model's default.

    Raises:
        TrackError: There are more than 100 tracks, one is named twice, or one is no number of up to six digits.
        InputError: The reduction is unknown, or the head's name is empty, too long or no plain word.
    """

    place: Place | None = None
    tracks: tuple[int, ...] = ()
    minus_tracks: tuple[int, ...] = ()
    reduction: Reduction = "mean"
    head: str | None = None

    def __post_init__(self) -> None:
        for part, numbers in (("tracks", self.tracks), ("minus", self.minus_tracks)):
            if len(numbers) > MAX_TRACKS:
                raise TrackError(f"{len(numbers):,} tracks are named", where=part, hint=f"Name at most {MAX_TRACKS}")
            if any(not 0 <= number < 10**_MAX_DIGITS for number in numbers):
                raise TrackError("a track is no number from 0 to 999,999", where=part, hint=_EXAMPLE)
        both = self.tracks + self.minus_tracks
        for at, number in enumerate(both):
            if number in both[:at]:
                raise TrackError(f"track {number:,} is chosen twice", hint="Name each track once")
        if self.reduction not in get_args(Reduction):
            known = ", ".join(get_args(Reduction))
            raise InputError(
                f"{shown(self.reduction)} is not a reduction", where="reduce", hint=f"Choose one of {known}"
            )
        if self.head is not None and not _is_word(self.head):
            raise InputError(f"{shown(self.head)} is no name of a head", where="head", hint="Write head:human")

    @staticmethod
    def of(target: Target) -> WrittenTarget:
        """A target as text can hold it: its bins are named by their numbers.

        Raises:
            InputError: It has too many tracks, or too many runs of bins, to be written.
        """
        place = Place("bins", format_bins(target.bins).replace(" ", ""))
        return WrittenTarget(place, target.tracks, target.minus_tracks, target.reduction, target.head)

    def __str__(self) -> str:
        parts = [str(self.place)] if self.place else []
        parts += [f"tracks:{_listed(self.tracks)}"] if self.tracks else []
        parts += [f"minus:{_listed(self.minus_tracks)}"] if self.minus_tracks else []
        parts += [f"reduce:{self.reduction}"] if self.reduction != "mean" else []
        parts += [f"head:{self.head}"] if self.head is not None else []
        return SEPARATOR.join(parts)

    def resolve(self, predictor: Predictor, window: Window) -> tuple[Target, tuple[str, ...]]:
        """The target that this is in a window, and what a reader should be told.

        Raises:
            InputError: It names no place, or the place does not lie in the output window.
            TrackError: It names no track, or the model has no such head or track.
        """
        from .question import head_of

        if self.place is None:
            raise InputError("the target names no place", hint="Add gene:NAME, region:LOCUS or bins:447-449")
        if not self.tracks:
            raise TrackError("the target names no track", hint="Add tracks:0,3")
        bins, notes = self.place.bins_in(predictor.geometry, window)
        target = Target(self.tracks, bins, self.reduction, self.minus_tracks, self.head)
        head_of(predictor, target)
        return target, notes


def parse_target(text: str) -> WrittenTarget:
    """Read a target; ``str`` writes it back.

    Args:
        text: At most 1,000 characters.

    Raises:
        InputError: It is empty or too long, or a part cannot be read: the message says which.
        TrackError: A track cannot be read.
    """
    if len(text) > MAX_TARGET:
        raise InputError(
            f"the target {shown(text)} is too long", hint=f"Write at most {MAX_TARGET:,} characters; {_EXAMPLE}"
        )
    found: dict[str, str] = {}
    for part in (piece.strip() for piece in text.split(SEPARATOR)):
        if not part:
            continue
        key, colon, rest = part.partition(":")
        name = key.strip().lower()
        if not colon or name not in _KEYS:
            raise InputError(f"{shown(part)} is no part of a target", hint=_EXAMPLE)
        slot = "place" if name in get_args(PlaceKind) else name
        if slot in found:
            what = "a second place" if slot == "place" else f"{name} a second time"
            raise InputError(f"{shown(part)} gives {what}", where="the target", hint="Give each part once")
        found[slot] = part if slot == "place" else rest.strip()
    if not found:
        raise InputError("the target is empty", hint=_EXAMPLE)
    return WrittenTarget(
        _place(found["place"]) if "place" in found else None,
        _tracks("tracks", found.get("tracks")),
        _tracks("minus", found.get("minus")),
        found.get("reduce", "mean").lower(),  # pyright: ignore[reportArgumentType]
        found.get("head"),
    )


_KEYS = (*get_args(PlaceKind), "tracks", "minus", "reduce", "head")


def _place(text: str) -> Place:
    try:
        return Place.parse(text)
    except EnformerError as exc:
        raise InputError(exc.what, where="the target's place", hint=exc.hint) from exc


def _tracks(part: str, text: str | None) -> tuple[int, ...]:
    if text is None:
        return ()
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    for entry in entries:
        if not entry.isascii() or not entry.isdigit() or len(entry) > _MAX_DIGITS:
            raise TrackError(
                f"{shown(entry)} is no track number", where=f"the target's {part}", hint=f"Write {part}:0,3"
            )
    if not entries:
        raise TrackError(f"{part}: names no track", where="the target", hint=f"Write {part}:0,3, or leave it out")
    return tuple(int(entry) for entry in entries)


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _is_word(text: str) -> bool:
    return 0 < len(text) <= _MAX_HEAD and text.isascii() and text.replace("_", "").replace("-", "").isalnum()
