"""Averaging a prediction over both strands and over small shifts of the window."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InputError, shown

MAX_SHIFT = 64
_TEXT = re.compile(r"none|(?P<strands>strands)?,?(shifts:(?P<shift>\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class Averaging:
    """What a prediction is the mean of. The authors trained with both: random strands and shifts of up to 3 bp.

    Attributes:
        strands: Also predict the reverse complement, with its bins turned around and stranded tracks swapped.
        max_shift: Also predict windows moved by 1 to this many bp to either side; bins are not realigned.

    Raises:
        InputError: ``max_shift`` is negative or above 64.
    """

    strands: bool = False
    max_shift: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.max_shift <= MAX_SHIFT:
            raise InputError(f"a shift of {shown(self.max_shift)} bp is not from 0 to {MAX_SHIFT}")

    @staticmethod
    def parse(text: str | Averaging) -> Averaging:
        """Read ``none``, ``strands``, ``shifts:3`` or ``strands,shifts:3``.

        Raises:
            InputError: It is none of these.
        """
        if isinstance(text, Averaging):
            return text
        match = _TEXT.fullmatch(text.replace(" ", "").lower())
        if not match or not text:
            raise InputError(
                f"averaging {shown(text)} is not known", hint="Write none, strands, shifts:3 or strands,shifts:3"
            )
        return Averaging(strands=bool(match["strands"]), max_shift=int(match["shift"] or 0))

    def __str__(self) -> str:
        parts = ["strands"] * self.strands + [f"shifts:{self.max_shift}"] * bool(self.max_shift)
        return ",".join(parts) or "none"

    def views(self) -> list[tuple[int, bool]]:
        """The windows to run, as (shift in bp, reverse complement)."""
        shifts = range(-self.max_shift, self.max_shift + 1)
        return [(shift, reverse) for shift in shifts for reverse in ((False, True) if self.strands else (False,))]
