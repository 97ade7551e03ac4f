"""Contribution scores: how much each base of the input moves a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, NumericalError
from ..genome.coordinate_map import CoordinateMap
from ..genome.interval import Interval
from ..inference.codes import N, codes_of
from ..provenance import Provenance
from .placed import base_places, check_bases, check_place, check_value, frozen, target_arrays, target_facts
from .target import Target

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class ContributionScores:
    """The gradient of a target at each base of an interval, and the score of the base that is there.

    Gradient x input (Avsec et al. 2021, doi:10.1038/s41592-021-01252-x) is the gradient at the present base: its
    unit is that of the target's value, for one base. Other methods fill ``gradient`` with what takes its place, such
    as the mean gradient along a path.

    Attributes:
        interval: The bases, 0-based and half-open. In an edited window these are positions of the edited window, as
            ``Prediction.interval`` has them.
        bases: What the model read there, ``L`` letters of ACGTN.
        gradient: float32 ``[L, 4]`` in the order ACGT, read-only.
        target: What is explained.
        value: The target's value.
        method: ``gradient_x_input``, ...
        provenance: How to make it again.
        input_interval: What the model read; it holds ``interval``.
        contigs: Length of each contig, for files that need them.
        coordinates: Where the bases of the edited window lie on the reference; None without edits.
        notes: What a person should know about these scores.

    Raises:
        InputError: An array has another shape or type, or there is another number of bases.
        LocusError: ``interval`` lies outside the input window.
        NumericalError: A gradient or the value is NaN or infinite.
    """

    interval: Interval
    bases: str
    gradient: np.ndarray
    target: Target
    value: float
    method: str
    provenance: Provenance
    input_interval: Interval
    contigs: Mapping[str, int]
    coordinates: CoordinateMap | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_place(self)
        check_bases(self.bases, self.interval)
        check_value(self.value)
        if not self.method:
            raise InputError("scores need the name of their method", hint="Such as gradient_x_input")
        frozen("gradient", self.gradient, np.float32, (self.interval.width, 4))
        wrong = ~np.isfinite(self.gradient).all(axis=1)
        if wrong.any():
            raise NumericalError(
                f"the gradient at base {int(wrong.argmax()):,} of {self.interval.width:,} is not finite",
                hint="The weights may be damaged, or the precision too low: try float32",
            )

    @property
    def scores(self) -> np.ndarray:
        """float32 ``[L]``: the gradient at the present base, 0 at N."""
        codes = codes_of(self.bases)
        chosen = np.take_along_axis(self.gradient, np.minimum(codes, 3)[:, None].astype(np.int64), axis=1)[:, 0]
        return np.where(codes == N, np.float32(0), chosen)

    def frame(self) -> pd.DataFrame:
        """One row per base: chrom, start, end, base, score, and the gradient of each letter.

        With edits there is a column ``ref_start``, the 0-based reference position, empty where there is none.
        """
        from .export import base_frame

        letters = {f"gradient_{letter}": self.gradient[:, i] for i, letter in enumerate("ACGT")}
        return base_frame(self, {"base": list(self.bases), "score": self.scores, **letters})

    def arrays(self) -> dict[str, np.ndarray]:
        """What goes into an ``.npz``: ``scores`` [L], ``gradient`` [L, 4], ``bases``, and where and how they were made.

        With edits also ``ref_start`` [L], the 0-based reference position or -1.
        """
        named = {"scores": self.scores, "gradient": self.gradient, "bases": np.array(self.bases)}
        if self.coordinates is not None:
            named["ref_start"] = base_places(self)
        return named | target_arrays(self)

    def facts(self) -> dict[str, object]:
        """What stands beside the numbers in a ``.tsv`` or beside a ``.bw``, ready for JSON."""
        return target_facts("contributions", self)

    def signal(self) -> np.ndarray:
        """What a bigWig holds, float32 ``[L]``: the scores."""
        return self.scores

    def save(self, path: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write to ``.npz``, ``.tsv`` or ``.bw``; see ``export``.

        The bigWig has one entry a base, on the reference, which browsers draw as letters (dynseq; Nair et al. 2022,
        doi:10.1038/s41588-022-01194-w).

        Returns:
            The files that were written.
        """
        from .export import save

        return save(self, Path(path), overwrite=overwrite)
