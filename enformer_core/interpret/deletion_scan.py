"""A deletion scan: what a target loses when a stretch of bases is blanked or shuffled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ..errors import InputError, LocusError, NumericalError, shown
from ..genome.coordinate_map import CoordinateMap
from ..genome.interval import Interval
from ..provenance import Provenance
from .placed import check_place, check_value, frozen, reference_ranges, target_arrays, target_facts
from .target import Target

if TYPE_CHECKING:
    import pandas as pd

Replacement = Literal["N", "shuffle"]


@dataclass(frozen=True, slots=True, eq=False)
class DeletionScan:
    """The change of a target's value when stretches of an interval are replaced, one at a time; no base moves.

    Attributes:
        interval: The scanned bases, 0-based and half-open. In an edited window these are positions of the edited
            window, as ``Prediction.interval`` has them.
        starts: int64 ``[stretches]``, ascending, read-only: first position of each stretch, in ``interval``.
        width: Bases in a stretch. Stretches may overlap, and may leave gaps.
        effect: float32 ``[stretches]``, in the unit of the target's value, read-only: value with the stretch replaced
            less ``value``. NaN where it was not computed.
        target: What is explained.
        value: The target's value with nothing replaced.
        method: What a stretch is replaced by: ``N``, or ``shuffle`` for the mean over shuffles of its bases.
        provenance: How to make it again.
        input_interval: What the model read; it holds ``interval``.
        contigs: Length of each contig, for files that need them.
        coordinates: Where the bases of the edited window lie on the reference; None without edits.
        notes: What a person should know about this scan.
        shuffles: Number of shuffles of each stretch, for ``shuffle``; 0 for ``N``.
        seed: Of the shuffles.

    Raises:
        InputError: An array has another shape or type, there is no stretch, or the method is unknown or
            does not go with the number of shuffles.
        LocusError: A stretch lies outside ``interval``, or ``interval`` outside the input window.
        NumericalError: An effect is infinite, or the value is not finite.
    """

    interval: Interval
    starts: np.ndarray
    width: int
    effect: np.ndarray
    target: Target
    value: float
    method: Replacement
    provenance: Provenance
    input_interval: Interval
    contigs: Mapping[str, int]
    coordinates: CoordinateMap | None = None
    notes: tuple[str, ...] = ()
    shuffles: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        check_place(self)
        check_value(self.value)
        if self.method not in get_args(Replacement):
            raise InputError(
                f"{shown(self.method)} is not a replacement", hint=f"Known are {', '.join(get_args(Replacement))}"
            )
        if (self.shuffles > 0) != (self.method == "shuffle"):
            raise InputError(f"{self.shuffles} shuffles do not go with replacement by {self.method}")
        self._check_stretches()

    def _check_stretches(self) -> None:
        frozen("starts", self.starts, np.int64, (len(self.starts),))
        frozen("effect", self.effect, np.float32, (len(self.starts),))
        if not len(self.starts):
            raise InputError("a scan needs at least one stretch")
        if self.width < 1:
            raise InputError(f"a stretch of {self.width} bases is empty", hint="Choose a width of 1 or more")
        if (np.diff(self.starts) <= 0).any():
            raise InputError("the starts of the stretches do not ascend")
        if self.starts[0] < self.interval.start or self.starts[-1] + self.width > self.interval.end:
            raise LocusError("a stretch lies outside the interval that is scanned")
        if np.isinf(self.effect).any():
            raise NumericalError(f"the effect of stretch {int(np.isinf(self.effect).argmax()):,} is infinite")

    @property
    def ends(self) -> np.ndarray:
        """int64 ``[stretches]``: the position after each stretch."""
        return self.starts + self.width

    @property
    def importance(self) -> np.ndarray:
        """float32 ``[L]``: for each base, minus the mean effect of the stretches that cover it; NaN if none does.

        Positive where the bases support the target.
        """
        total = np.zeros(self.interval.width)
        count = np.zeros(self.interval.width, dtype=np.int64)
        for start, effect in zip(self.starts - self.interval.start, self.effect, strict=True):
            if not np.isnan(effect):
                total[start : start + self.width] -= effect
                count[start : start + self.width] += 1
        return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)

    def frame(self) -> pd.DataFrame:
        """One row per stretch: chrom, start, end, effect; with edits also ref_start and ref_end, on the reference."""
        import pandas as pd

        columns: dict[str, object] = {"chrom": self.interval.chrom, "start": self.starts, "end": self.ends}
        if self.coordinates is not None:
            columns["ref_start"], columns["ref_end"] = reference_ranges(self, self.starts, self.ends)
        return pd.DataFrame({**columns, "effect": self.effect})

    def arrays(self) -> dict[str, np.ndarray]:
        """What goes into an ``.npz``: ``starts`` and ``effect`` [stretches], and where and how they were made.

        With edits also ``ref_starts`` and ``ref_ends`` [stretches], on the reference.
        """
        named = {"starts": self.starts, "effect": self.effect, "width": np.array(self.width)}
        named |= {"shuffles": np.array(self.shuffles), "seed": np.array(self.seed)}
        if self.coordinates is not None:
            named["ref_starts"], named["ref_ends"] = reference_ranges(self, self.starts, self.ends)
        return named | target_arrays(self)

    def facts(self) -> dict[str, object]:
        """What stands beside the numbers in a ``.tsv`` or beside a ``.bw``, ready for JSON."""
        own = {"width": self.width, "shuffles": self.shuffles, "seed": self.seed}
        return target_facts("deletion_scan", self) | own

    def signal(self) -> np.ndarray:
        """What a bigWig holds, float32 ``[L]``: the importance; bases where it is NaN get no entry."""
        return self.importance

    def save(self, path: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write to ``.npz``, ``.tsv`` or ``.bw`` (the importance, on the reference); see ``export``.

        Returns:
            The files that were written.
        """
        from .export import save

        return save(self, Path(path), overwrite=overwrite, joined=True)
