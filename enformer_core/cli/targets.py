"""What an explanation explains, as options say it: some output bins, some tracks, one number made of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from ..errors import InputError, TrackError
from . import options
from .running import note

if TYPE_CHECKING:
    from ..inference.predictor import Predictor
    from ..inference.window import Window
    from ..interpret.places import Place
    from ..interpret.target import Reduction, Target
    from ..interpret.target_text import WrittenTarget

ENDINGS = (".npz", ".tsv", ".bw")
"""Of the files that explanations are written to."""


@dataclass(frozen=True, slots=True)
class Places:
    """The options of ``options.places``, as click gives them: exactly one is to be there."""

    bins: str | None
    gene: str | None
    region: str | None

    def check(self) -> Place:
        """The place, if it can be read.

        Raises:
            InputError: There is none or more than one of them, or it cannot be read.
        """
        from ..interpret.places import Place

        given = {kind: text for kind, text in asdict(self).items() if text is not None}
        if len(given) != 1:
            raise InputError(
                "give one of --bins, --gene and --region", hint="They name the output bins: --bins 447-449"
            )
        ((kind, text),) = given.items()
        return Place(kind, text)  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options of ``options.explained``, as click gives them: ``--target``, or some of the others."""

    bins: str | None
    gene: str | None
    region: str | None
    tracks: str | None
    minus_tracks: str | None
    reduction: Reduction | None
    head: str | None
    target: str | None

    @staticmethod
    def among(given: dict[str, Any]) -> Wanted:
        """Take these options out of all that click gives, and refuse at once what cannot be read.

        Raises:
            InputError: ``--target`` stands beside one of the others, or something cannot be read.
            TrackError: No track is named, or one is not a number, or all are to be subtracted.
        """
        wanted = Wanted(**{field.name: given.pop(field.name) for field in fields(Wanted)})
        wanted._check()
        return wanted

    @property
    def place(self) -> Place:
        """The output bins, by name.

        Raises:
            InputError: None is named, or it cannot be read.
        """
        if self.target is None:
            return Places(self.bins, self.gene, self.region).check()
        place = _parsed(self.target).place
        if place is None:
            raise InputError("--target names no place", hint="Add gene:NAME, region:LOCUS or bins:447-449 to it")
        return place

    def of(self, predictor: Predictor, window: Window, *, quiet: bool = False) -> Target:
        """The target that these make in a window, said on stderr in words.

        Raises:
            InputError: The model has no such bin, the gene is unknown, or the place does not lie in the output window.
            TrackError: The model has no such head or track.
        """
        if self.target is not None:
            target, notes = _parsed(self.target).resolve(predictor, window)
        else:
            target, notes = self._of_flags(predictor, window)
        for text in notes:
            note(f"note: {text}", quiet=quiet)
        table = predictor.tracks(target.head)
        names = [table[column].description for column in target.columns]
        note(f"target: {target.sentence(names)}", quiet=quiet)
        return target

    def _check(self) -> None:
        others = {field.name: getattr(self, field.name) for field in fields(Wanted) if field.name != "target"}
        mixed = [_FLAGS.get(name, f"--{name}") for name, value in others.items() if value is not None]
        if self.target is not None and mixed:
            raise InputError(
                f"--target stands beside {', '.join(mixed)}", hint="It says all of them in one: give it alone"
            )
        _ = self.place
        if self.target is not None:
            if not _parsed(self.target).tracks:
                raise TrackError("--target names no track", hint="Add tracks:0,3 to it")
            return
        if self.tracks is None:
            raise TrackError("no track is named", hint="Add --tracks 0,3,41 or --tracks all")
        options.parse_tracks(self.tracks)
        if options.parse_tracks(self.minus_tracks or "") == "all":
            raise TrackError("all tracks cannot be subtracted", hint="Write --minus-tracks 0,3,41")

    def _of_flags(self, predictor: Predictor, window: Window) -> tuple[Target, tuple[str, ...]]:
        from ..interpret.question import head_of
        from ..interpret.target import Target

        bins, notes = self.place.bins_in(predictor.geometry, window)
        tracks, minus = options.parse_tracks(self.tracks or ""), options.parse_tracks(self.minus_tracks or "")
        chosen = range(len(predictor.tracks(self.head))) if tracks == "all" else tracks
        subtracted = () if minus == "all" else tuple(minus)
        target = Target(tuple(chosen), bins, self.reduction or "mean", subtracted, self.head)
        head_of(predictor, target)
        return target, notes


_FLAGS = {"minus_tracks": "--minus-tracks", "reduction": "--reduce"}


def _parsed(text: str) -> WrittenTarget:
    """A target as links have it.

    Raises:
        InputError: It cannot be read.
    """
    from ..interpret.target_text import parse_target

    return parse_target(text)
