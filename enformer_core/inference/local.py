"""A predictor whose model runs in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from ..genome.assembly import Assembly
from ..settings import Settings, load_settings
from .device import choose_device, choose_precision, describe_device, effective_precision
from .embeddings import Embeddings
from .facts import ModelFacts
from .jobs import Job, JobQueue, OnPartial
from .predictor import Predictor
from .tile_runs import TileRuns
from .trunk import Trunk
from .trunk.levels import OnPart
from .weights import LoadedModel, OnStep, find_model, load_model
from .window import Geometry
from .work import Work

Result = TypeVar("Result")
_PATIENCE_S = 5.0  # for the last job, when a predictor is closed


class LocalPredictor(Predictor):
    """A model on a device of this machine, run by a thread of its own.

    Attributes:
        trunk: The model as it runs. Only work may use it.
        runs: Predicts windows. Only work may use it.
        device: Where the model runs.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        assembly: Assembly | None,
        device: torch.device,
        precision: str,
        settings: Settings,
        queue: JobQueue | None = None,
    ) -> None:
        facts = _facts(loaded, device, effective_precision(precision, device))
        if settings.hosted:  # where a folder lies on the server is nobody's business, and the name goes into files
            facts = replace(facts, name=Path(facts.name).name if Path(facts.name).is_absolute() else facts.name)
        super().__init__(facts, assembly, settings)
        self.device = device
        self.trunk = Trunk(loaded.model.to(device), self.precision)
        self._embeddings = Embeddings(self.trunk)
        self.runs = TileRuns(self.trunk, self._embeddings, self._tables, self._kept)
        self._opened: Assembly | None = None
        self._queue = queue or JobQueue()

    @classmethod
    def load(
        cls,
        model: str | Path,
        *,
        assembly: str | Path | Assembly | None = None,
        genes: str | Path | None = None,
        device: str | None = None,
        precision: str | None = None,
        revision: str | None = None,
        settings: Settings | None = None,
        on_step: OnStep | None = None,
        inside: JobQueue | None = None,
    ) -> LocalPredictor:
        """See ``Predictor.from_pretrained``; ``inside`` is the queue in whose thread this is called, if it is in one.

        All arithmetic is done in the queue's thread, that of loading too. OpenMP keeps a team for each thread that ever
        asked for work; with more members than processors they sleep at every turn, which halves the speed.
        """
        settings = settings or load_settings()
        chosen_device = choose_device(device or settings.device)
        chosen_precision = choose_precision(precision or settings.precision)
        if settings.threads:
            torch.set_num_threads(settings.threads)
        source = find_model(model, settings, revision=revision, on_step=on_step)
        opened = None
        if assembly is not None and not isinstance(assembly, Assembly):
            annotation = Path(genes) if genes else None
            assembly = opened = Assembly.open(
                assembly, genes=annotation, settings=settings, progress=_in_tenths(on_step) if on_step else None
            )
        queue = inside or JobQueue()

        def loaded(_: Job[LocalPredictor] | None = None) -> LocalPredictor:
            model = load_model(source, settings, on_step=on_step)
            return cls(model, assembly, chosen_device, chosen_precision, settings, queue)

        try:
            predictor = loaded() if inside else queue.submit(loaded).result()
        except BaseException:
            if not inside:
                queue.close(_PATIENCE_S)
            raise
        predictor._opened = opened
        return predictor

    @property
    def window_seconds(self) -> float | None:
        """What the last window took that shared nothing with one before; None where none was predicted yet."""
        return self._embeddings.window_seconds

    def work(self, work: Work[Result], *, on_partial: OnPartial | None = None) -> Job[Result]:
        """Queue any piece of work for the device's thread; see ``Predictor.work``."""
        return self._queue.submit(lambda job: work.run(self, job), patient=work.is_patient, on_partial=on_partial)

    def reference_tokens(self, bases: str, on_part: OnPart | None = None) -> Tensor:
        """Tokens of a whole window, shared with predictions and all that is edited from it. Only for work.

        Args:
            bases: ACGTN, as many as the model reads.
            on_part: Told the part that is done, 0 to 1; may raise to stop.

        Returns:
            float32 ``[T, C]`` on the device; not to be changed in place.

        Raises:
            SequenceError: They are of another length.
            OutOfDeviceMemory: One window does not fit.
        """
        return self._embeddings.tokens(bases, on_part)

    def close(self) -> None:
        """Take no more work, and close the assembly if it was opened for this predictor."""
        self._queue.close(_PATIENCE_S)
        if self._opened is not None:
            self._opened.close()


def _facts(loaded: LoadedModel, device: torch.device, precision: str) -> ModelFacts:
    config, source = loaded.model.config, loaded.source
    return ModelFacts(
        name=source.name,
        folder=source.folder,
        weights_sha256=loaded.weights_sha256,
        geometry=Geometry(config.input_length, config.bin_size, config.target_length, config.output_offset),
        heads=dict(config.output_heads),
        layers=config.depth,
        attention_heads=config.heads,
        precision=precision,
        device=str(device),
        device_name=describe_device(device),
        simulated=source.simulated,
    )


def _in_tenths(on_step: OnStep) -> Callable[[float, str], None]:
    """Progress as words, at each tenth of the way."""
    said = -1

    def progress(fraction: float, message: str) -> None:
        nonlocal said
        if int(fraction * 10) > said:
            said = int(fraction * 10)
            on_step(f"{message}: {said * 10} %")

    return progress
