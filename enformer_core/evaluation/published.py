"""Whether a model gives the numbers that were published for it, by explicit windows and bins.

Genes are not named here: which base is a gene's start differs between annotations and papers by one or more, and a
window that is one base off gives other numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from ..errors import AssemblyMismatch, FileFormatError, InputError, WeightsMismatch
from ..genome.assembly import Assembly
from ..genome.interval import Interval
from ..genome.locus import format_locus
from ..inference.difference import difference
from ..inference.jobs import Job
from ..inference.predictor import Predictor
from ..interpret.bins import parse_bins
from ..interpret.explain_edits import submit_effect
from ..interpret.explain_mutagenesis import submit_mutagenesis
from ..interpret.target import Target
from ..tracks.compare import pearson
from .published_cases import Case, Change, Curve, Manifest, Substitutions, Value, read_curve, read_substitutions

Result = TypeVar("Result")
_HINT = "These numbers are of the published weights: enformer-browser setup weights"


@dataclass(frozen=True, slots=True)
class Check:
    """One number that was published.

    Attributes:
        case: Which case it belongs to.
        what: The number in words.
        expected: What was published; of a curve, a correlation of 1.
        got: What the model gives; NaN where there is none, as the correlation of a constant.
        low: The least that will do.
        high: The most.
    """

    case: str
    what: str
    expected: float
    got: float
    low: float
    high: float

    @property
    def ok(self) -> bool:
        """Whether it is as published."""
        return self.low <= self.got <= self.high

    @property
    def difference(self) -> float:
        """``got - expected``."""
        return self.got - self.expected


@dataclass(frozen=True, slots=True)
class Absent:
    """A case whose table is not at hand."""

    case: str
    path: Path


class Wait(Protocol):
    """Waits for a job."""

    def __call__(self, job: Job[Result]) -> Result:
        """Its result."""
        ...


def verify(predictor: Predictor, manifest: Manifest, tables: Path, wait: Wait) -> Iterator[list[Check] | Absent]:
    """Check the cases of a manifest, in its order.

    Args:
        predictor: In float32, with an assembly.
        manifest: What to check.
        tables: The folder with the files that it names.
        wait: Waits for each piece of work, shows how far it is, and cancels it.

    Yields:
        For each case its checks, or that its table is not at hand.

    Raises:
        AssemblyMismatch: The assembly is another one.
        WeightsMismatch: The model is of another shape.
        FileFormatError: The manifest or a table does not fit the model.
        NumericalError: The model gives NaN or infinity.
        OutOfDeviceMemory: One window does not fit.
    """
    asked = _Asked(predictor, manifest, tables, wait)
    for case in manifest.cases:
        path = tables / case.file if isinstance(case, Substitutions | Curve) else None
        yield Absent(case.name, path) if path is not None and not path.is_file() else asked.checks(case)


class _Asked:
    """A model that is asked about cases.

    Args: See ``verify``.
    """

    def __init__(self, predictor: Predictor, manifest: Manifest, tables: Path, wait: Wait) -> None:
        self._predictor, self._manifest, self._tables, self._wait = predictor, manifest, tables, wait
        self._assembly = _assembly_of(predictor, manifest)
        highest = max(case.track for case in manifest.cases)
        if predictor.heads.get(manifest.head, 0) <= highest:
            has = ", ".join(f"{count:,} of {name}" for name, count in predictor.heads.items())
            raise WeightsMismatch(
                f"{predictor.name} has no track {highest:,} of {manifest.head}: its tracks are {has}", hint=_HINT
            )

    def checks(self, case: Case) -> list[Check]:
        """What was published in a case, and what the model gives."""
        if isinstance(case, Value):
            return [self._value(case)]
        if isinstance(case, Change):
            return [self._change(case)]
        return self._substitutions(case) if isinstance(case, Substitutions) else [self._curve(case)]

    def _value(self, case: Value) -> Check:
        target = self._target(case)
        values = self._track(case, ())[list(target.bins)]
        what = f"sum of bins {case.bins} of track {case.track}"
        return self._within(case, what, case.expected, float(values.sum()), abs(case.expected))

    def _change(self, case: Change) -> Check:
        target = self._target(case)
        found = self._wait(submit_effect(self._predictor, self._window(case), case.edits, target))
        what = f"{', '.join(case.edits)}: change of the sum of bins {case.bins} of track {case.track}"
        return self._within(case, what, case.expected, found.change, _of_change(case.level, case.expected))

    def _substitutions(self, case: Substitutions) -> list[Check]:
        bases, published = read_substitutions(self._tables / case.file, case.table)
        asked, target = self._assembly.locate(case.interval), self._target(case)
        found = self._wait(
            submit_mutagenesis(
                self._predictor, self._window(case), asked, target, edits=case.edits, method="exact", limit=None
            )
        )
        if found.bases != bases:
            raise AssemblyMismatch(
                f"{format_locus(asked)} is {found.bases}, not {bases} as published",
                where=str(self._assembly.path),
                hint=f"Check that it is {self._manifest.assembly}",
            )
        return [
            self._within(
                case,
                f"{asked.chrom}:{asked.start + at + 1:,} {base}>{other}",
                float(published[at, code]),
                float(found.effect[at, code]),
                _of_change(case.level, float(published[at, code])),
            )
            for at, base in enumerate(bases)
            for code, other in enumerate("ACGT")
            if other != base
        ]

    def _curve(self, case: Curve) -> Check:
        places, published = read_curve(self._tables / case.file, case.column)
        geometry = self._predictor.geometry
        output = geometry.output_interval(self._window(case))
        starts = output.start + geometry.bin_size * np.arange(geometry.n_bins)
        if not np.array_equal(places, np.stack([starts, starts + geometry.bin_size], axis=1)):
            raise FileFormatError(
                f"its bins are not the {geometry.n_bins:,} of {format_locus(output)}",
                where=str(self._tables / case.file),
                hint="The window of the case and its file do not belong together",
            )
        values = self._track(case, case.edits if case.of == "change" else ())
        if case.scale != "linear":
            values = np.log10(1 + values)
        r = pearson(values, published).r
        what = f"correlation of track {case.track} with {case.column} over {geometry.n_bins:,} bins"
        return Check(case.name, what, 1.0, math.nan if r is None else r, case.at_least, 1.0)

    def _track(self, case: Value | Curve, edits: tuple[str, ...]) -> np.ndarray:
        """A track of the window, or what edits change in it, float64 ``[bins]``."""
        predictor, window = self._predictor, self._window(case)
        more = {"tracks": [case.track], "head": self._manifest.head}
        reference = self._wait(predictor.submit(window, **more))
        if not edits:
            return reference.values[:, 0].astype(np.float64)
        edited = self._wait(predictor.submit(window, edits=edits, **more))
        starts, _, values = difference(reference, edited)
        changed = np.full(reference.n_bins, np.nan)  # bins that edits delete have no change, and are not compared
        changed[(starts - reference.interval.start) // reference.bin_size] = values[:, 0]
        return changed

    def _window(self, case: Case) -> Interval:
        """The window of a case, which is one that the model reads."""
        asked = self._assembly.locate(case.window)
        if self._predictor.window(asked).interval != asked:
            raise WeightsMismatch(
                f"{case.window} has {asked.width:,} bp, and {self._predictor.name} reads "
                f"{self._predictor.geometry.input_length:,}",
                hint=_HINT,
            )
        return asked

    def _target(self, case: Value | Change | Substitutions) -> Target:
        target = Target((case.track,), parse_bins(case.bins), "sum", head=self._manifest.head)
        return target.checked(self._predictor.geometry.n_bins, self._predictor.heads[self._manifest.head])

    def _within(self, case: Case, what: str, expected: float, got: float, size: float) -> Check:
        allowed = self._manifest.relative * size
        return Check(case.name, what, expected, got, expected - allowed, expected + allowed)


def _of_change(level: float, change: float) -> float:
    """The size of what a change is the difference of: both predictions may be off by their part."""
    return abs(level) + abs(level + change)


def _assembly_of(predictor: Predictor, manifest: Manifest) -> Assembly:
    assembly = predictor.assembly
    if assembly is None:
        raise InputError("no assembly is given", hint=f"Give {manifest.assembly}")
    if manifest.assembly not in (assembly.build, assembly.name):
        raise AssemblyMismatch(
            f"the numbers were published for {manifest.assembly}, and {assembly.name} is another assembly",
            where=str(assembly.path),
            hint=f"Give --assembly {manifest.assembly}; to fetch it: enformer-browser setup {manifest.assembly}",
        )
    return assembly
