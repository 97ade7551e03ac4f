"""A scan of stretches that are taken out of play, asked of a predictor. Torch is imported where the model runs."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..errors import InputError
from ..genome.interval import Interval
from ..inference.codes import N, codes_of
from ..inference.jobs import Job
from ..inference.predictor import Predictor
from ..inference.window import Edit, Query, Window
from .deletion import How, replaced, windows
from .deletion_scan import DeletionScan
from .question import Question, finished, part_of, read, refuse_rounded
from .target import Target

if TYPE_CHECKING:
    from torch import Tensor

    from ..inference.local import LocalPredictor

_PIECE = 4_096  # bp that share a preparation; what it costs grows with them
_WINDOW = 20  # replaced stretches that take as long as one window; for progress alone
# Stretches that are computed at once. Few on a processor, so that the work can be stopped soon.
_STRETCHES = {"cpu": 1}
_GPU_STRETCHES = 32


def deletion_scan(
    predictor: Predictor,
    query: Query | Window,
    interval: Interval | str,
    target: Target,
    *,
    edits: Items[Edit] = (),
    width: int = 20,
    stride: int | None = None,
    how: How = "N",
    shuffles: int = 4,
    seed: int = 0,
) -> DeletionScan:
    """What a target loses when stretches of an interval are replaced; the same as ``submit_deletion_scan().result()``.

    Args:
        predictor: Who is asked; its precision is float32.
        query: Gene, locus, sequence, ... as for ``Predictor.predict``.
        interval: The bases to scan, on the reference: an interval, or locus text (1-based).
        target: Bins of the window and tracks of a head.
        edits: Variants that are applied together, before anything is replaced.
        width: Bases in a stretch.
        stride: Bases from one stretch to the next; by default ``width``.
        how: ``N``, or ``shuffle``: other orders of the same bases that keep every count of neighbouring pairs.
        shuffles: Of each stretch, whose mean effect is taken; has no meaning for ``N``.
        seed: Of the first shuffle; the others have the next numbers.

    Raises:
        InputError: The question cannot be understood, or the interval does not lie in the window or is narrower than
            a stretch.
        SettingsError: The model was loaded in bfloat16.
        TrackError: The model has no such head or track.
        NumericalError: The model gives NaN or infinity.
        OutOfDeviceMemory: There is too little memory.
    """
    job = submit_deletion_scan(
        predictor,
        query,
        interval,
        target,
        edits=edits,
        width=width,
        stride=stride,
        how=how,
        shuffles=shuffles,
        seed=seed,
    )
    return finished(job)


def submit_deletion_scan(
    predictor: Predictor,
    query: Query | Window,
    interval: Interval | str,
    target: Target,
    *,
    edits: Items[Edit] = (),
    width: int = 20,
    stride: int | None = None,
    how: How = "N",
    shuffles: int = 4,
    seed: int = 0,
) -> Job[DeletionScan]:
    """Queue ``deletion_scan``. What is wrong with the question is raised here, at once."""
    refuse_rounded(predictor)
    replaced(np.array([N], dtype=np.uint8), 0, 1, how, seed)  # refuses what it could not do later
    if how == "shuffle" and shuffles < 1:
        raise InputError(f"{shuffles} shuffles are too few", hint="Choose 1 or more; 4 are usual")
    question = Question.ask(predictor, query, edits, target, interval)
    starts = windows(question.start, question.end, width, width if stride is None else stride)
    places = tuple(int(start) for start in starts)
    return predictor.work(Deletions(question, places, width, how, shuffles if how == "shuffle" else 0, seed))


@dataclass(frozen=True, slots=True)
class Deletions:
    """A scan as work.

    Attributes:
        question: Which bases of which window, and what they add to.
        starts: First base of each stretch, counted from 0 at the start of the window.
        width: Bases in a stretch.
        how: What they are replaced by.
        shuffles: Of each stretch; 0 where it is replaced by N.
        seed: Of the first shuffle.
    """

    question: Question
    starts: tuple[int, ...]
    width: int
    how: How
    shuffles: int
    seed: int

    is_patient: ClassVar[bool] = True

    def run(self, predictor: LocalPredictor, job: Job) -> DeletionScan:
        """See ``Work``."""
        question, window = self.question, self.question.window
        bases, starts = read(window, job), np.array(self.starts, dtype=np.int64)
        begin = _WINDOW / (_WINDOW + len(starts))
        tokens = predictor.reference_tokens(bases, part_of(job, 0.0, begin, "convolutions"))
        value, effect = self._effects(predictor, codes_of(bases), tokens, starts, (begin, job))
        return DeletionScan(
            interval=question.interval,
            starts=window.interval.start + starts,
            width=self.width,
            effect=effect,
            target=question.target,
            value=value,
            method=self.how,
            provenance=question.provenance(predictor, bases),
            input_interval=window.interval,
            contigs=window.contigs,
            coordinates=window.coordinates,
            notes=question.notes(predictor),
            shuffles=self.shuffles,
            seed=self.seed if self.shuffles else 0,
        )

    def _effects(
        self,
        predictor: LocalPredictor,
        codes: np.ndarray,
        tokens: Tensor,
        starts: np.ndarray,
        progress: tuple[float, Job],
    ) -> tuple[float, np.ndarray]:
        """The target's value, and the mean effect of each stretch, float32 ``[stretches]``."""
        from .effects import LocalEffects

        question, trunk, width, (begin, job) = self.question, predictor.trunk, self.width, progress
        seeds = range(self.seed, self.seed + max(self.shuffles, 1))
        effect = np.zeros(len(starts), dtype=np.float32)
        value = None
        for piece in _pieces(starts, width):
            a, b = int(starts[piece.start]), int(starts[piece.stop - 1]) + width
            local = LocalEffects(trunk, codes, tokens, a, b, question.target, question.head)
            value = local.value if value is None else value
            for some in _some(piece, _STRETCHES.get(trunk.device.type, _GPU_STRETCHES)):
                job.give_way()
                on_part = part_of(job, begin, 1.0, "replacing stretches")
                places = [(int(starts[i]), seed) for i in some for seed in seeds]
                new = np.array([replaced(codes, start, width, self.how, seed)[a:b] for start, seed in places])
                changed = (new != codes[a:b]).any(axis=1)  # a stretch that stays as it is has no effect
                found = np.zeros(len(new), dtype=np.float32)
                if changed.any():
                    found[changed] = local.of(
                        new[changed], lambda i=some.start, report=on_part: report(i / len(starts))
                    )
                effect[some.start : some.stop] = found.reshape(len(some), len(seeds)).mean(axis=1)
        return value or 0.0, effect


def _pieces(starts: np.ndarray, width: int) -> Iterator[range]:
    """Stretches by their numbers, as many together as may share a preparation."""
    first = 0
    while first < len(starts):
        end = int(np.searchsorted(starts, starts[first] + max(_PIECE - width, 0), side="right"))
        yield range(first, end)
        first = end


def _some(piece: range, size: int) -> Iterator[range]:
    return (piece[i : i + size] for i in range(0, len(piece), size))
