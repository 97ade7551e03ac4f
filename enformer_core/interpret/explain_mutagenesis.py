"""Mutagenesis of a stretch of a window, asked of a predictor. What needs torch is imported where the model runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

import numpy as np

from ..errors import InputError, shown
from ..genome.interval import Interval
from ..genome.locus import format_locus
from ..inference.codes import N, codes_of
from ..inference.jobs import Job
from ..inference.predictor import Predictor
from ..inference.window import Edit, Query, Window
from . import mutagenesis_map
from .bins import format_bins
from .mutagenesis_map import MutagenesisMap
from .question import Question, finished, located, part_of, read, refuse_rounded
from .target import Target

if TYPE_CHECKING:
    from torch import Tensor

    from ..inference.local import LocalPredictor

Method = Literal["auto", "exact", "fast"]
OnPartial = Callable[[MutagenesisMap], object]
"""Called in the thread of the device with what is there so far. It may raise to stop."""

LIMIT = 2_000
"""Bases that are mutated unless another limit is given."""
_SECONDS_BETWEEN = 0.25  # of two partial maps
_WINDOW = 6  # mutated bases that take as long as one window; for progress alone
_TRIAL = {"cpu": 1}  # bases that are timed: as many as go through a device at once
_GPU_TRIAL = 32


def mutagenesis(
    predictor: Predictor,
    query: Query | Window,
    interval: Interval | str,
    target: Target,
    *,
    edits: Items[Edit] = (),
    method: Method = "auto",
    limit: int | None = LIMIT,
    on_partial: OnPartial | None = None,
) -> MutagenesisMap:
    """What every substitution in an interval would do to a target; the same as ``submit_mutagenesis(...).result()``.

    Args:
        predictor: Who is asked; its precision is float32.
        query: Gene, locus, sequence, ... as for ``Predictor.predict``.
        interval: The bases to mutate, on the reference: an interval, or locus text (1-based).
        target: Bins of the window and tracks of a head.
        edits: Variants that are applied together, before anything is mutated.
        method: ``exact``, the difference of two predictions in float32; ``fast``, within about 1 % of it; ``auto``,
            the fast one where the device is fast in bfloat16.
        limit: The longest interval in bp; None for any.
        on_partial: Given maps that are not complete yet, at most four a second: every 32nd base comes first, and
            rows that are still to come are NaN. ``collections.deque(maxlen=1).append`` keeps the last for another
            thread.

    Raises:
        InputError: The question cannot be understood, or the interval does not lie in the window. Where it is longer
            than the limit the message tells how long it would take here, and how to run it.
        SettingsError: The model was loaded in bfloat16.
        TrackError: The model has no such head or track.
        NumericalError: The model gives NaN or infinity.
        OutOfDeviceMemory: There is too little memory.
    """
    job = submit_mutagenesis(
        predictor, query, interval, target, edits=edits, method=method, limit=limit, on_partial=on_partial
    )
    return finished(job)


def submit_mutagenesis(
    predictor: Predictor,
    query: Query | Window,
    interval: Interval | str,
    target: Target,
    *,
    edits: Items[Edit] = (),
    method: Method = "auto",
    limit: int | None = LIMIT,
    on_partial: OnPartial | None = None,
) -> Job[MutagenesisMap]:
    """Queue ``mutagenesis``. What is wrong with the question is raised here, at once.

    That an interval is above the limit is an error of the job, which measures how long it would take.
    """
    if method not in get_args(Method):
        raise InputError(f"{shown(method)} is not a method", hint=f"Choose one of {', '.join(get_args(Method))}")
    refuse_rounded(predictor)
    question = Question.ask(predictor, query, edits, target, interval)
    asked = located(question.window, interval)

    return predictor.work(Mutagenesis(question, asked, method, limit), on_partial=on_partial)


@dataclass(frozen=True, slots=True)
class Mutagenesis:
    """Mutagenesis as work.

    Attributes:
        question: Which bases of which window, and what they add to.
        asked: The bases as asked for, on the reference.
        method: ``exact``, ``fast`` or ``auto``.
        limit: The longest interval in bp; None for any.
    """

    question: Question
    asked: Interval
    method: Method
    limit: int | None

    is_patient: ClassVar[bool] = True

    def run(self, predictor: LocalPredictor, job: Job) -> MutagenesisMap:
        """See ``Work``."""
        method, question, limit = _method(predictor, self.method), self.question, self.limit
        if limit is not None and question.interval.width > limit:
            seconds = _seconds(predictor, question, method, limit, job)
            raise _too_long(question, self.asked, method, limit, seconds)
        return _Run(predictor, question, method, job).result()


class _Run:
    """One map as it grows, in the thread of the device."""

    def __init__(self, predictor: LocalPredictor, question: Question, method: mutagenesis_map.Method, job: Job) -> None:
        self._predictor, self._question, self._job = predictor, question, job
        self._method: mutagenesis_map.Method = method
        self._bases = read(question.window, job)
        self._coordinates = question.window.coordinates
        self._provenance = question.provenance(predictor, self._bases)
        self._codes = codes_of(self._bases)
        self._left = int((self._codes[question.start : question.end] != N).sum())
        self._begin = _WINDOW / (_WINDOW + self._left)
        self._all = self._left
        self._effect = np.full((question.interval.width, 4), np.nan, dtype=np.float32)
        self._shown_at = -_SECONDS_BETWEEN

    def result(self) -> MutagenesisMap:
        from . import mutagenesis as substitutions

        question = self._question
        on_part = part_of(self._job, 0.0, self._begin, "convolutions")
        tokens = self._predictor.reference_tokens(self._bases, on_part)
        found = substitutions.mutagenesis(
            self._predictor.trunk,
            self._codes,
            question.start,
            question.end,
            question.target,
            question.head,
            method=self._method,
            tokens=tokens,
            on_effects=self._add,
            on_batch=self._report,
        )
        return self._map(found.effect, found.value, found.method)

    def _report(self) -> None:
        done = 1 - self._left / max(self._all, 1)
        self._job.report(self._begin + (1 - self._begin) * done, "mutating bases")

    def _add(self, positions: np.ndarray, found: np.ndarray, value: float) -> None:
        self._left -= len(positions)
        self._job.give_way()
        self._report()
        if self._job.on_partial is None:
            return
        self._effect[positions - self._question.start] = found
        now = time.monotonic()
        if now - self._shown_at >= _SECONDS_BETWEEN:
            self._shown_at = now
            self._job.show(self._map(self._effect.copy(), value, self._method))

    def _map(self, effect: np.ndarray, value: float, method: mutagenesis_map.Method) -> MutagenesisMap:
        question = self._question
        return MutagenesisMap(
            interval=question.interval,
            bases=self._bases[question.start : question.end],
            effect=effect,
            target=question.target,
            value=value,
            method=method,
            provenance=self._provenance,
            input_interval=question.window.interval,
            contigs=question.window.contigs,
            coordinates=self._coordinates,
            notes=(*question.notes(self._predictor), *self._own_notes()),
        )

    def _own_notes(self) -> list[str]:
        unknown = self._question.interval.width - self._all
        return [f"{unknown:,} of the bases are N, which has no substitutions"] if unknown else []


def _method(predictor: LocalPredictor, method: Method) -> mutagenesis_map.Method:
    from ..inference.device import effective_precision

    if method != "auto":
        return method
    return "fast" if effective_precision("bfloat16", predictor.device) == "bfloat16" else "exact"


def _seconds(
    predictor: LocalPredictor, question: Question, method: mutagenesis_map.Method, limit: int, job: Job
) -> float:
    """How long the whole interval would take, from some of its bases, prepared as for an interval that is allowed."""
    bases = read(question.window, job)
    codes = codes_of(bases)
    tokens = predictor.reference_tokens(bases, part_of(job, 0.0, 0.5, "measuring how long it would take"))
    return question.interval.width * _seconds_per_base(predictor, question, codes, tokens, method, limit, job)


def _seconds_per_base(
    predictor: LocalPredictor,
    question: Question,
    codes: np.ndarray,
    tokens: Tensor,
    method: mutagenesis_map.Method,
    limit: int,
    job: Job,
) -> float:
    from . import effects

    trunk = predictor.trunk
    start, end = question.start, min(question.start + max(limit, 1), question.end)
    prepared = effects.LocalEffects(trunk, codes, tokens, start, end, question.target, question.head, method)
    count = min(_TRIAL.get(trunk.device.type, _GPU_TRIAL), end - start)
    alternatives = np.repeat(codes[None, start:end], 3 * count, axis=0)
    rows = np.arange(3 * count)
    alternatives[rows, rows // 3] = (alternatives[rows, rows // 3] + 1 + rows % 3) % 4
    seconds = []
    for _ in range(2):  # the first one warms up
        begun = time.monotonic()
        prepared.of(alternatives, lambda: job.report(0.5, "measuring how long it would take"))
        seconds.append(time.monotonic() - begun)
    return min(seconds) / count


def _too_long(
    question: Question, asked: Interval, method: mutagenesis_map.Method, limit: int, seconds: float
) -> InputError:
    target, window = question.target, question.window
    where = f"--locus {window.interval.chrom}:{window.interval.center + 1}" if window.assembly else "--sequence FILE"
    words = [
        f"enformer-browser mutagenesis {where} --interval {asked.chrom}:{asked.start + 1}-{asked.end}",
        f"--bins {format_bins(target.bins).replace(' ', '')} --tracks {','.join(map(str, target.tracks))}",
        *([f"--minus-tracks {','.join(map(str, target.minus_tracks))}"] if target.minus_tracks else []),
        f"--reduce {target.reduction} --head {question.head} --method {method} --out map.npz",
    ]
    same = "the same --model, --assembly and --edit" if window.assembly else "the same --model"
    return InputError(
        f"{format_locus(asked)} has {question.interval.width:,} bp, more than {limit:,}, and would take "
        f"{_duration(seconds)} on this device",
        hint=f"Choose fewer bases, or run it from the command line, with {same}: {' '.join(words)}",
    )


def _duration(seconds: float) -> str:
    for size, unit in ((3_600, "hours"), (60, "minutes"), (1, "seconds")):
        if seconds >= 2 * size:
            return f"about {seconds / size:,.0f} {unit}"
    return "a few seconds"
