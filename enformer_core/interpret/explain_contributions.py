"""Contributions of bases to a target, asked of a predictor."""

from __future__ import annotations

from collections.abc import Sequence as Items
from functools import partial
from typing import Literal, get_args

from torch import Tensor

from ..errors import InputError, shown
from ..genome.interval import Interval
from ..inference.jobs import Job
from ..inference.onehot import one_hot
from ..inference.predictor import Predictor
from ..inference.window import Edit, Query, Window
from . import gradient_means
from .gradient import gradient
from .question import Question, finished, part_of, read
from .scores import ContributionScores
from .target import Target

Method = Literal["gradient_x_input", "integrated_gradients", "smoothed"]
_MEANS: dict[str, gradient_means.Method] = {
    "gradient_x_input": gradient,
    "integrated_gradients": gradient_means.integrated_gradients,
    "smoothed": gradient_means.smoothed,
}
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
    return predictor.work(lambda job: _run(question, method, strands, job))


def _run(question: Question, method: Method, strands: bool, job: Job) -> ContributionScores:
    bases, window = read(question.window, job), question.window
    value, found = _computed(question, bases, method, strands, job)
    return ContributionScores(
        interval=question.interval,
        bases=bases[question.start : question.end],
        gradient=found.numpy(),
        target=question.target,
        value=value,
        method=method,
        provenance=question.provenance(bases, "strands" if strands else "none"),
        input_interval=window.interval,
        contigs=window.contigs,
        coordinates=window.coordinates,
        notes=question.notes,
    )


def _computed(question: Question, bases: str, method: Method, strands: bool, job: Job) -> tuple[float, Tensor]:
    predictor, target, head = question.predictor, question.target, question.head
    run, begin = _MEANS[method], 0.0
    if method == "gradient_x_input" and not strands:
        begin = _CONVOLUTIONS
        tokens = predictor.reference_tokens(bases, part_of(job, 0.0, begin, "convolutions"))
        run = partial(gradient, tokens=tokens)
    elif strands:
        run = partial(gradient_means.both_strands, method=run, partners=_partners(question))
    return run(
        predictor.trunk,
        one_hot(bases),
        target,
        head,
        span=(question.start, question.end),
        on_part=part_of(job, begin, 1.0, "following the gradient"),
    )


def _partners(question: Question) -> list[int]:
    """For each column of the target the track that shows it on the other strand."""
    table = question.predictor.tracks(question.head)
    pairs = [(column, table.pair(column)) for column in question.target.columns]
    return [column if pair is None else pair for column, pair in pairs]
