"""How far a set-up is, in numbers and in words."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from .plan import megabytes

_BEFORE_GUESSING = 0.02  # of a step, before its time left is worth saying


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a set-up is.

    Attributes:
        step: Which step, from 1.
        steps: How many there are.
        what: What is being done.
        fraction: Of the step, 0 to 1; None where it is not known.
        amount: How much of how much, in words; empty where a step is no download.
        bytes_per_s: Of a download; 0 where it is none.
        seconds_left: Of the step; None where it cannot be said.
    """

    step: int
    steps: int
    what: str
    fraction: float | None = None
    amount: str = ""
    bytes_per_s: float = 0.0
    seconds_left: float | None = None

    @property
    def whole(self) -> float:
        """Fraction of the whole, all steps taken as equally long."""
        return min(1.0, (self.step - 1 + min(1.0, self.fraction or 0.0)) / max(1, self.steps))

    @property
    def text(self) -> str:
        """One line for a reader."""
        rate = _rate(self.bytes_per_s) if self.bytes_per_s else ""
        done = self.amount or (f"{self.fraction:.0%}" if self.fraction is not None else "")
        parts = (f"step {self.step} of {self.steps}: {self.what}", done, rate, duration(self.seconds_left))
        return ", ".join(part for part in parts if part)


Report = Callable[[Progress], object]


def duration(seconds: float | None) -> str:
    """Time left, in words; nothing where it is not known."""
    if seconds is None:
        return ""
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


def fetched_amount(done: int, total: int | None) -> str:
    """``120 MB of 984 MB``, or ``120 MB so far``."""
    return f"{megabytes(done)} of {megabytes(total)}" if total else f"{megabytes(done)} so far"


def _rate(bytes_per_s: float) -> str:
    return f"{bytes_per_s / 1e6:,.1f} MB/s" if bytes_per_s >= 100_000 else f"{bytes_per_s / 1e3:,.1f} kB/s"


def begin(report: Report, step: int, steps: int, what: str) -> Callable[[float, str], None]:
    """Say that a step begins, and give the callback for its work, which adds the time left at the speed so far."""
    began = time.monotonic()

    def tell(fraction: float, message: str) -> None:
        taken = time.monotonic() - began
        left = taken * (1 - fraction) / fraction if fraction > _BEFORE_GUESSING else None
        report(Progress(step, steps, message[:1].lower() + message[1:], min(1.0, fraction), seconds_left=left))

    report(Progress(step, steps, what, 0.0))
    return tell
