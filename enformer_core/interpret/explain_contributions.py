"""Contributions of bases to a target, asked of a predictor. What needs torch is imported where the model runs."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from ..errors import InputError, shown
from ..genome.interval import Interval
from ..inference.jobs import Job
from ..inference.predictor import Predictor
from ..inference.window import Edit, Query, Window
from .question import Question, finished, part_of, read
from .scores import ContributionScores
from .target import Target

if TYPE_CHECKING:
    from torch import Tensor

    from ..inference.local import LocalPredictor

Method = Literal["gradient_x_input", "integrated_gradients", "smoothed"]
_CONVOLUTIONS = 0.2  # of the time of one gradient, for progress alone


def contributions(
    predictor: Predictor,
    query: Query | Window,
    target: Target,
    *,
    edits: Items[Edit] = (),
    method: Method = "gradient_x_input",
    span: Interval | str | None = None,
    strands: bool = False,
) -> ContributionScores:
    """How much each base of a window adds to a target; the same as ``submit_contributions(...).result()``.

    Args:
        predictor: Who is asked.
        query: Gene, locus, sequence, ... as for ``Predictor.predict``.
        target: Bins of the window and tracks of a head.
        edits: Variants that are applied together.
        method: ``gradient_x_input``; or ``integrated_gradients`` from no bases at all, or ``smoothed`` over noise,
            which take about 20 times as long.
        span: Bases that are wanted, on the reference: an interval, or locus text (1-based). The fewer, the less is
            computed. The whole input window by default.
        strands: Whether to average over both strands.

    Raises:
        InputError: The question cannot be understood, or the span does not lie in the window.
        TrackError: The model has no such head or track.
        NumericalError: The model gives NaN or infinity.
        OutOfDeviceMemory: There is too little memory.
    """
    return finished(
        submit_contributions(predictor, query, target, edits=edits, method=method, span=span, strands=strands)
    )


def submit_contributions(
    predictor: Predictor,
    query: Query | Window,
    target: Target,
    *,
    edits: Items[Edit] = (),
    method: Method = "gradient_x_input",
    span: Interval | str | None = None,
    strands: bool = False,
) -> Job[ContributionScores]:
    """Queue ``contributions``. What is wrong with the question is raised here, at once."""
    if method not in get_args(Method):
        raise InputError(f"{shown(method)} is not a method", hint=f"Choose one of {', '.join(get_args(Method))}")
    question = Question.ask(predictor, query, edits, target, span)
    return predictor.work(Contributions(question, method, strands))


@dataclass(frozen=True, slots=True)
class Contributions:
    """Contributions as work.

    Attributes:
        question: Which bases of which window, and to what.
        method: How they are measured.
        strands: Whether to average over both strands.
    """

    question: Question
    method: Method
    strands: bool

    is_patient: ClassVar[bool] = False

    def run(self, predictor: LocalPredictor, job: Job) -> ContributionScores:
        """See ``Work``."""
        question, window = self.question, self.question.window
        bases = read(window, job)
        value, found = self._computed(predictor, bases, job)
        return ContributionScores(
            interval=question.interval,
            bases=bases[question.start : question.end],
            gradient=found.numpy(),
            target=question.target,
            value=value,
            method=self.method,
            provenance=question.provenance(predictor, bases, "strands" if self.strands else "none"),
            input_interval=window.interval,
            contigs=window.contigs,
            coordinates=window.coordinates,
            notes=question.notes(predictor),
        )

    def _computed(self, predictor: LocalPredictor, bases: str, job: Job) -> tuple[float, Tensor]:
        from ..inference.onehot import one_hot
        from . import gradient_means
        from .gradient import gradient

        question, begin = self.question, 0.0
        run: gradient_means.Method = {
            "integrated_gradients": gradient_means.integrated_gradients,
            "smoothed": gradient_means.smoothed,
        }.get(self.method, gradient)
        if self.method == "gradient_x_input" and not self.strands:
            begin = _CONVOLUTIONS
            tokens = predictor.reference_tokens(bases, part_of(job, 0.0, begin, "convolutions"))
            run = partial(gradient, tokens=tokens)
        elif self.strands:
            run = partial(gradient_means.both_strands, method=run, partners=_partners(predictor, question))
        return run(
            predictor.trunk,
            one_hot(bases),
            question.target,
            question.head,
            span=(question.start, question.end),
            on_part=part_of(job, begin, 1.0, "following the gradient"),
        )


def _partners(predictor: Predictor, question: Question) -> list[int]:
    """For each column of the target the track that shows it on the other strand."""
    table = predictor.tracks(question.head)
    pairs = [(column, table.pair(column)) for column in question.target.columns]
    return [column if pair is None else pair for column, pair in pairs]
