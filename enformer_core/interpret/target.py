"""What an explanation explains: one number made of some output bins of some tracks."""

from __future__ import annotations

import json
import math
import operator
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ..errors import InputError, TrackError, shown
from .bins import format_bins

if TYPE_CHECKING:
    from torch import Tensor

Reduction = Literal["mean", "sum", "log_ratio"]
PSEUDOCOUNT = 0.01
"""Added to both sides of a log ratio, in units of coverage of a bin."""
_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Target:
    """One number of a prediction: a reduction over bins and tracks, perhaps less the same over other tracks.

    With ``m`` the mean over bins and ``tracks``, and ``m'`` that over bins and ``minus_tracks``, the value is

    * ``mean``: ``m - m'``, in coverage of a bin;
    * ``sum``: the sum over bins and ``tracks``, less the sum over bins and ``minus_tracks``, in coverage;
    * ``log_ratio``: ``log2(m + 0.01) - log2(m' + 0.01)``, so that the difference between two sequences is a log2 fold
      change.

    What ``m'`` stands in falls away where there are no ``minus_tracks``.

    Attributes:
        tracks: 0-based columns of the head, at least one, each once.
        bins: Output bins of the window, counted from 0, at least one, each once. Their order plays no part.
        reduction: ``mean``, ``sum`` or ``log_ratio``.
        minus_tracks: Columns of the head that are subtracted; none of ``tracks``.
        head: ``human``, ``mouse``, ...; None for the model's default.

    Raises:
        TrackError: There is no track, or one is named twice or is no column number.
        InputError: There is no bin, one is named twice or is no bin number, or the reduction is unknown.
    """

    tracks: tuple[int, ...]
    bins: tuple[int, ...]
    reduction: Reduction = "mean"
    minus_tracks: tuple[int, ...] = ()
    head: str | None = None

    def __post_init__(self) -> None:
        for field, kind, what in (
            ("tracks", TrackError, "track"),
            ("minus_tracks", TrackError, "track"),
            ("bins", InputError, "bin"),
        ):
            object.__setattr__(self, field, tuple(_number(n, kind, what) for n in getattr(self, field)))
        for numbers, kind, what in ((self.columns, TrackError, "track"), (self.bins, InputError, "bin")):
            _refuse_repeated(numbers, kind, what)
        if not self.tracks:
            raise TrackError("no track is chosen", hint="Choose at least one")
        if not self.bins:
            raise InputError("no bin is chosen", hint="Choose at least one")
        if self.reduction not in get_args(Reduction):
            raise InputError(
                f"{shown(self.reduction)} is not a reduction", hint=f"Choose one of {', '.join(get_args(Reduction))}"
            )

    @property
    def columns(self) -> tuple[int, ...]:
        """What is asked of the head, in this order: ``tracks``, then ``minus_tracks``."""
        return self.tracks + self.minus_tracks

    def checked(self, n_bins: int, n_tracks: int) -> Target:
        """This target, if a head with so many outputs has all that it names.

        Raises:
            InputError: A bin lies outside the output.
            TrackError: The head has no such track.
        """
        for numbers, n, kind, what in (
            (self.bins, n_bins, InputError, "bin"),
            (self.columns, n_tracks, TrackError, "track"),
        ):
            if max(numbers) >= n:
                raise kind(
                    f"there is no {what} {max(numbers):,} in the output, which has {n:,} {what}s",
                    hint=f"They are numbered 0 to {n - 1:,}; the nearest is {n - 1:,}",
                )
        return self

    def value(self, values: Tensor) -> Tensor:
        """The value of a prediction; gradients flow through it.

        Args:
            values: ``[..., bins, columns]``, coverage, never negative; rows as ``bins``, columns as ``columns``.

        Returns:
            ``[...]``, float32 or as ``values`` if these are finer.

        Raises:
            InputError: ``values`` has other bins or columns.
        """
        parts = self._reduced(values)
        if self.reduction == "log_ratio":
            parts = [(part + PSEUDOCOUNT).log2() for part in parts]
        return parts[0] - parts[1] if self.minus_tracks else parts[0]

    def change(self, reference: Tensor, delta: Tensor) -> Tensor:
        """``value(reference + delta) - value(reference)``, from ``delta`` itself and so without cancellation.

        Args:
            reference: ``[bins, columns]``, coverage, never negative.
            delta: ``[..., bins, columns]``, what is added to it.

        Returns:
            ``[...]``, in the unit of the value.

        Raises:
            InputError: One of them has other bins or columns.
        """
        if self.reduction != "log_ratio":
            return self.value(delta)  # linear: the reference cancels
        parts = [
            # Coverage is never negative: a delta that is approximate may not take more than there is.
            (change.maximum(-before) / (before + PSEUDOCOUNT)).log1p() / math.log(2)
            for before, change in zip(self._reduced(reference), self._reduced(delta), strict=True)
        ]
        return parts[0] - parts[1] if self.minus_tracks else parts[0]

    def sentence(self, names: Sequence[str] = ()) -> str:
        """The target in words: ``mean of CAGE:K562 over bins 447-449``.

        Args:
            names: One name for each of ``columns``; by default their numbers.

        Raises:
            InputError: There is another number of names.
        """
        names = names or [f"track {column}" for column in self.columns]
        if len(names) != len(self.columns):
            raise InputError(f"{len(names):,} names are given for {len(self.columns):,} tracks")
        plus, minus = _listed(names[: len(self.tracks)]), _listed(names[len(self.tracks) :])
        where = f"over bin{'s' if len(self.bins) > 1 else ''} {format_bins(self.bins)}"
        if self.reduction != "log_ratio":
            return f"{self.reduction} of {plus}{f', less the {self.reduction} of {minus},' if minus else ''} {where}"
        sides = [f"mean of {side} + {PSEUDOCOUNT:g}" for side in (plus, minus) if side]
        return f"log2({sides[0] if len(sides) == 1 else f'({sides[0]}) / ({sides[1]})'}) {where}"

    def to_json(self) -> str:
        """The target as a JSON object on one line, with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True)

    def _reduced(self, values: Tensor) -> list[Tensor]:
        """Mean or sum over bins and tracks, and that over ``minus_tracks`` if there are any."""
        expected = (len(self.bins), len(self.columns))
        if tuple(values.shape[-2:]) != expected:
            raise InputError(f"values are {tuple(values.shape)}, expected [..., {expected[0]}, {expected[1]}]")
        fine = values if values.element_size() >= 4 else values.float()
        sides = fine.split([len(self.tracks), len(self.minus_tracks)], dim=-1)[: 1 + bool(self.minus_tracks)]
        return [side.sum(dim=(-2, -1)) if self.reduction == "sum" else side.mean(dim=(-2, -1)) for side in sides]


def _number(value: object, kind: type[InputError], what: str) -> int:
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = -1
    if number < 0:
        raise kind(f"{what} {shown(value)} is not a whole number from 0 on", hint=f"Give numbers of {what}s")
    return number


def _refuse_repeated(numbers: tuple[int, ...], kind: type[InputError], what: str) -> None:
    repeated = [number for number, count in Counter(numbers).items() if count > 1]
    if repeated:
        raise kind(f"{what} {repeated[0]:,} is chosen twice", hint=f"Name each {what} once")


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {rest:,} more" if rest > 0 else "")
