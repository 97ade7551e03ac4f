"""A mutagenesis map: what each substitution would do to a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ..errors import InputError, NumericalError, shown
from ..genome.coordinate_map import CoordinateMap
from ..genome.interval import Interval
from ..inference.codes import N, codes_of
from ..provenance import Provenance
from .placed import base_places, check_bases, check_place, check_value, frozen, target_arrays, target_facts
from .target import Target

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["exact", "fast"]


@dataclass(frozen=True, slots=True, eq=False)
class MutagenesisMap:
    """In-silico mutagenesis (ISM): the change of a target's value for each substitution in an interval.

    Attributes:
        interval: The bases, 0-based and half-open. In an edited window these are positions of the edited window, as
            ``Prediction.interval`` has them.
        bases: What the model read there, ``L`` letters of ACGTN.
        effect: float32 ``[L, 4]`` in the order ACGT, in the unit of the target's value, read-only: value with the
            substitution less ``value``. 0 at the present base. A row is NaN at N, and where it was not computed.
        target: What is explained.
        value: The target's value without a substitution.
        method: ``exact`` or ``fast``.
        provenance: How to make it again.
        input_interval: What the model read; it holds ``interval``.
        contigs: Length of each contig, for files that need them.
        coordinates: Where the bases of the edited window lie on the reference; None without edits.
        notes: What a person should know about this map.

    Raises:
        InputError: An array has another shape or type, there is another number of bases, a row is NaN in part or not
            NaN at N, the effect of a present base is not 0, or the method is unknown.
        LocusError: ``interval`` lies outside the input window.
        NumericalError: An effect is infinite, or the value is not finite.
    """

    interval: Interval
    bases: str
    effect: np.ndarray
    target: Target
    value: float
    method: Method
    provenance: Provenance
    input_interval: Interval
    contigs: Mapping[str, int]
    coordinates: CoordinateMap | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_place(self)
        check_bases(self.bases, self.interval)
        check_value(self.value)
        if self.method not in get_args(Method):
            raise InputError(f"{shown(self.method)} is not a method", hint=f"Known are {', '.join(get_args(Method))}")
        frozen("effect", self.effect, np.float32, (self.interval.width, 4))
        _check_rows(self.effect, codes_of(self.bases))

    @property
    def importance(self) -> np.ndarray:
        """float32 ``[L]``: minus the mean effect of the three substitutions; NaN where there are none.

        Positive where the present base supports the target.
        """
        # 0 - x, so that no effect is 0 and not -0.
        return (0.0 - self.effect.sum(axis=1, dtype=np.float64) / 3).astype(np.float32)

    def frame(self) -> pd.DataFrame:
        """One row per base: chrom, start, end, base, the effect of A, C, G and T, and the importance.

        With edits there is a column ``ref_start``, the 0-based reference position, empty where there is none.
        """
        from .export import base_frame

        letters = {letter: self.effect[:, i] for i, letter in enumerate("ACGT")}
        return base_frame(self, {"base": list(self.bases), **letters, "importance": self.importance})

    def arrays(self) -> dict[str, np.ndarray]:
        """What goes into an ``.npz``: ``effect`` [L, 4], ``importance`` [L], ``bases``, and where and how it was made.

        With edits also ``ref_start`` [L], the 0-based reference position or -1.
        """
        named = {"effect": self.effect, "importance": self.importance, "bases": np.array(self.bases)}
        if self.coordinates is not None:
            named["ref_start"] = base_places(self)
        return named | target_arrays(self)

    def facts(self) -> dict[str, object]:
        """What stands beside the numbers in a ``.tsv`` or beside a ``.bw``, ready for JSON."""
        return target_facts("mutagenesis", self)

    def signal(self) -> np.ndarray:
        """What a bigWig holds, float32 ``[L]``: the importance; bases where it is NaN get no entry."""
        return self.importance

    def save(self, path: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write to ``.npz``, ``.tsv`` or ``.bw``; see ``export``.

        The bigWig holds the importance, one entry a base, on the reference, which browsers draw as letters (dynseq;
        Nair et al. 2022, doi:10.1038/s41588-022-01194-w).

        Returns:
            The files that were written.
        """
        from .export import save

        return save(self, Path(path), overwrite=overwrite)


def _check_rows(effect: np.ndarray, codes: np.ndarray) -> None:
    missing = np.isnan(effect)
    present = np.take_along_axis(effect, np.minimum(codes, 3)[:, None].astype(np.int64), axis=1)[:, 0]
    computed = ~missing.all(axis=1)
    for wrong, kind, what in (
        (np.isinf(effect).any(axis=1), NumericalError, "an effect is infinite"),
        (missing.any(axis=1) & computed, InputError, "some effects are NaN and others are not"),
        ((codes == N) & computed, InputError, "N has an effect, which can only be NaN"),
        ((codes != N) & computed & (present != 0), InputError, "the effect of the present base is not 0"),
    ):
        if wrong.any():
            raise kind(what, where=f"base {int(wrong.argmax()):,} of {len(codes):,}, counted from 0")
