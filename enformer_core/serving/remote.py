"""A predictor whose model runs in a worker process."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ..genome.assembly import Assembly
from ..inference.facts import ModelFacts
from ..inference.jobs import Job, OnPartial
from ..inference.predictor import Predictor
from ..inference.work import Work
from ..settings import Settings
from .codec import Here, decode, encode
from .pool import WorkerPool
from .run import Request
from .spec import ModelSpec

Result = TypeVar("Result")
OnStep = Callable[[str], None]
_LOOK_S = 0.1


class RemotePredictor(Predictor):
    """The same questions and answers as of a ``LocalPredictor``; the arithmetic is done by a pool of workers.

    What needs no model is done here: reading the question, the genome, the tables of tracks, and predictions that are
    kept on disk. Make one with ``load``.
    """

    def __init__(
        self, pool: WorkerPool, spec: ModelSpec, facts: ModelFacts, assembly: Assembly | None, settings: Settings
    ) -> None:
        super().__init__(facts, assembly, settings)
        self._pool, self._spec = pool, spec
        self._owner = ""

    @classmethod
    def load(
        cls, pool: WorkerPool, spec: ModelSpec, settings: Settings, on_step: OnStep | None = None
    ) -> RemotePredictor:
        """Open the assembly here, and have a worker load the model.

        Args:
            pool: The workers.
            spec: Which model, with which assembly.
            settings: The settings in force.
            on_step: Told what is being done.

        Raises:
            ModelError: The weights are missing, damaged, or of another model.
            FileError: The assembly or the annotation cannot be used.
            WorkerLost: No worker can be started.
        """
        step = on_step or (lambda _: None)
        asked = pool.submit(Request(spec, "load", None, b"", False, partial(decode, here=Here())))
        assembly = None
        try:
            if spec.assembly:
                genes = Path(spec.genes) if spec.genes else None
                told = lambda part, words: step(f"{words}: {part:.0%}")  # noqa: E731
                assembly = Assembly.open(spec.assembly, genes=genes, settings=settings, progress=told)
            while not asked.done():
                step(asked.progress.message)
                time.sleep(_LOOK_S)
            return cls(pool, spec, asked.result(), assembly, settings)
        except BaseException:
            asked.cancel()
            if assembly is not None:
                assembly.close()
            raise

    @property
    def window_seconds(self) -> float | None:
        """What the last window took that shared nothing with one before; None where none was predicted yet."""
        return self._pool.window_seconds(self._spec)

    def work(self, work: Work[Result], *, on_partial: OnPartial | None = None) -> Job[Result]:
        """Queue any piece of work for the workers; see ``Predictor.work``.

        Raises:
            QueueFull: Too much waits already.
            EnformerError: The pool was closed.
        """
        here = Here(self.assembly, self.tracks)
        tree, raw = encode(work, here)
        read: Callable[[Any, bytes], Any] = partial(decode, here=here)
        request = Request(self._spec, type(work).__name__, tree, raw, work.is_patient, read)
        return self._pool.submit(request, self._owner, on_partial)

    def asked_by(self, owner: str) -> RemotePredictor:
        """The same predictor for one of several people; see ``Predictor.asked_by``."""
        other = copy.copy(self)
        other._owner = owner
        return other

    def close(self) -> None:
        """Let the workers drop the model, and close the assembly."""
        self._pool.forget(self._spec)
        if self.assembly is not None:
            self.assembly.close()
