"""From a question to predicted tracks: one object that holds a model and an assembly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Sequence as Items
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

import torch
from torch import Tensor

from ..errors import InputError
from ..genome.assembly import Assembly
from ..genome.interval import Interval
from ..provenance import Provenance
from ..settings import Settings, load_settings
from ..tracks.table import TrackTable
from .averaging import Averaging
from .cache import PredictionCache
from .device import choose_device, choose_precision, describe_device, effective_precision
from .embeddings import Embeddings
from .head_tables import HeadTables
from .jobs import Job, JobQueue
from .prediction import Prediction
from .resolve import resolve
from .tile_runs import Request, TileRuns
from .tiling import ONE, WantedTiles, provenance_of, to_cover
from .trunk import Trunk
from .trunk.levels import OnPart
from .weights import LoadedModel, OnStep, find_model, load_model
from .window import Edit, Geometry, Query, Window

_OTHER_SPECIES = {"human": ("mm10", "mm39"), "mouse": ("hg19", "hg38")}
Result = TypeVar("Result")


_PATIENCE_S = 5.0  # for the last job, when a predictor is closed


class Predictor:
    """A model on a device, with an assembly to read sequences from. Make one with ``from_pretrained``.

    Attributes:
        name: The model's name as asked for.
        weights_sha256: Checksum of its weights file.
        geometry: What it reads and writes.
        heads: Number of tracks of each head.
        assembly: Where loci and genes are looked up; None if there is none.
        trunk: The model as it runs. Only work that was queued with ``work`` may use it.
        precision: ``float32`` or ``bfloat16``: what is really used, see ``effective_precision``.
        device: Where the model runs.
        simulated: Whether the model or the assembly is a simulation.
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
        config = loaded.model.config
        self.name = loaded.source.name
        self.weights_sha256 = loaded.weights_sha256
        self.geometry = Geometry(config.input_length, config.bin_size, config.target_length, config.output_offset)
        self.heads = MappingProxyType(dict(config.output_heads))
        self.assembly = assembly
        self.precision = effective_precision(precision, device)
        self.device = device
        self.simulated = loaded.source.simulated or bool(assembly and assembly.simulated)
        self.trunk = Trunk(loaded.model.to(device), self.precision)
        self._opened: Assembly | None = None
        self._embeddings = Embeddings(self.trunk)
        self._tables = HeadTables(loaded.source.folder, self.heads)
        cache = PredictionCache(settings.predictions_dir, settings.cache_max_bytes)
        self._runs = TileRuns(self.trunk, self._embeddings, self._tables, cache, self.weights_sha256, self.precision)
        self._queue = queue or JobQueue()

    @classmethod
    def from_pretrained(
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
    ) -> Predictor:
        """Load a model.

        Args:
            model: A registered name, a folder in the published layout, or a Hugging Face repository id.
            assembly: A registered name, a FASTA file (plain or bgzip, indexed), or an open one.
            genes: Gene annotation (GTF) for an assembly given as a file.
            device: ``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:N``; by default as the settings say.
            precision: ``auto``, ``float32`` or ``bfloat16``; by default as the settings say.
            revision: Branch, tag or commit of a Hugging Face repository.
            settings: By default from the environment and the settings file.
            on_step: Told what is being done.

        Raises:
            ModelError: The weights are missing, damaged, or of another model.
            FileError: The assembly or the annotation cannot be used.
            SettingsError: There is no such device or precision.
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
        # All arithmetic is done in the queue's thread, that of loading too. OpenMP keeps a team for each thread that
        # ever asked for work; with more members than processors they sleep at every turn, which halves the speed.
        queue = JobQueue()

        def load(_: Job[Predictor]) -> Predictor:
            loaded = load_model(source, settings, on_step=on_step)
            return cls(loaded, assembly, chosen_device, chosen_precision, settings, queue)

        try:
            predictor = queue.submit(load).result()
        except BaseException:
            queue.close(_PATIENCE_S)
            raise
        predictor._opened = opened
        return predictor

    def tracks(self, head: str | None = None) -> TrackTable:
        """What the columns of a head are; read from ``targets_<head>.txt`` beside the weights, else named by number.

        Raises:
            TrackError: The model has no such head.
            TargetsError: The table cannot be read, or has another number of rows than the head.
        """
        return self._tables.table(self.head(head))

    def head(self, name: str | None = None) -> str:
        """A head's name, checked; by default ``human``, or else the model's first.

        Raises:
            TrackError: The model has no such head.
        """
        return self._tables.head(name)

    def window(self, query: Query, edits: Items[Edit] = (), tiles: WantedTiles = ONE) -> Window:
        """The window that a question is about, without predicting anything. See ``predict`` for the arguments."""
        return resolve(query, self.geometry, self.assembly, edits, tiles)

    @property
    def window_seconds(self) -> float | None:
        """What the last window took that shared nothing with one before; None where none was predicted yet."""
        return self._embeddings.window_seconds

    def notes(self, window: Window, head: str) -> tuple[str, ...]:
        """What a person should know about a prediction of this window with this head."""
        build = window.assembly.build if window.assembly else None
        if build in _OTHER_SPECIES.get(head, ()):
            return (*window.notes, f"the {head} head reads {build} here: a prediction across species")
        return window.notes

    def predict(
        self,
        query: Query | Window,
        *,
        tracks: Iterable[int] | Literal["all"] | None = None,
        head: str | None = None,
        edits: Items[Edit] = (),
        averaging: str | Averaging = "none",
        tiles: WantedTiles = ONE,
    ) -> Prediction:
        """Predict tracks; the same as ``submit(...).result()``.

        Args:
            query: A gene name, locus (1-based text), variant or sequence as text; or an ``Interval``, ``Gene``,
                ``Haplotype``, ``Sequence`` or ``Window``. A locus or gene is put in the middle of the window; a
                sequence of another length is padded with N or cropped around its middle.
            tracks: Row numbers of the head, in the order wanted; all by default. Only these are computed.
            head: ``human``, ``mouse``, ...; by default ``human``.
            edits: Variants that are applied together.
            averaging: ``none``, ``strands``, ``shifts:N`` or ``strands,shifts:N``.
            tiles: How many windows more to predict, edge to edge, to the left and to the right of this one; ``"all"``
                for as many as a locus, gene or sequence takes that is wider than one. At most 10 in all; see
                ``tiling.RULE``.

        Raises:
            InputError: The question cannot be understood.
            ResourceError: There is too little memory.
        """
        job = self.submit(query, tracks=tracks, head=head, edits=edits, averaging=averaging, tiles=tiles)
        try:
            return job.result()
        except KeyboardInterrupt:
            job.cancel()
            raise

    def submit(
        self,
        query: Query | Window,
        *,
        tracks: Iterable[int] | Literal["all"] | None = None,
        head: str | None = None,
        edits: Items[Edit] = (),
        averaging: str | Averaging = "none",
        tiles: WantedTiles = ONE,
    ) -> Job[Prediction]:
        """Queue a prediction; see ``predict``. What is wrong with the question is raised here, at once."""
        head = self.head(head)
        chosen = self.tracks(head).resolve(tracks)
        views = Averaging.parse(averaging)
        if isinstance(query, Window):
            if edits or tiles != ONE:
                what = "edits" if edits else "neighbours"
                raise InputError(f"a window holds its {what} already", hint="Give them to Predictor.window")
            window = query
        else:
            window = self.window(query, edits, tiles)
        request = Request(head, chosen, views)
        return self.work(lambda job: self._run(window, request, job))

    def work(self, run: Callable[[Job[Result]], Result], *, patient: bool = False) -> Job[Result]:
        """Queue any piece of work for the device's thread.

        Args:
            run: Called there with the job, to report progress to, which is also where it is cancelled. It may use
                ``trunk`` and ``reference_tokens``.
            patient: Whether predictions and other short work go first; it calls ``Job.give_way`` now and then.

        Raises:
            EnformerError: The predictor was closed.
        """
        return self._queue.submit(run, patient=patient)

    def reference_tokens(self, bases: str, on_part: OnPart | None = None) -> Tensor:
        """Tokens of a whole window, shared with predictions and all that is edited from it. Only from inside ``work``.

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

    def provenance(
        self, window: Window, head: str, digest: str, averaging: str = "none", device: str = ""
    ) -> Provenance:
        """Where a result about a window comes from.

        Args:
            window: What was asked about.
            head: Whose tracks.
            digest: ``sequence_sha256`` of the window's bases.
            averaging: What was averaged over.
            device: What it was computed on, in words, if it was not computed now.
        """
        assembly = window.assembly
        return Provenance(
            model=self.name,
            weights_sha256=self.weights_sha256,
            head=head,
            assembly=assembly.name if assembly else "",
            assembly_id=assembly.identity if assembly else "",
            window=_written(window.interval),
            sequence_sha256=digest,
            edits=tuple(str(edit) for edit in window.edits),
            averaging=averaging,
            precision=self.precision,
            device=device or describe_device(self.device),
            version=version("enformer-browser"),
            simulated=self.simulated,
            tiles=() if window.tiles == ONE else tuple(_written(part.interval) for part in window.parts),
            tiling="" if window.tiles == ONE else provenance_of(window.tiles, window.core),
        )

    def close(self) -> None:
        """Take no more work, and close the assembly if it was opened by ``from_pretrained``."""
        self._queue.close(_PATIENCE_S)
        if self._opened is not None:
            self._opened.close()

    def _run(self, window: Window, request: Request, job: Job) -> Prediction:
        job.report(0.0, "reading the sequence")
        ran = self._runs.run(window, request, job)
        how = ()
        if window.partly and window.tiles == ONE and window.whole is not None:
            n = 1 + sum(to_cover(window.whole, window.output))
            how = (f'all of it takes {n} windows: tiles="all" in Python, --tiles all on the command line',)
        return Prediction(
            ran.values,
            request.tracks,
            window.output,
            self.geometry.bin_size,
            self.provenance(window, request.head, ran.sequence_sha256, str(request.averaging), ran.device),
            window.interval,
            window.contigs,
            (*self.notes(window, request.head), *how),
            window.coordinates,
            window.tiles,
        )


def _written(interval: Interval) -> str:
    """An interval as provenance has it: locus text, 1-based, both ends belong; it may run off its chromosome."""
    return f"{interval.chrom}:{interval.start + 1}-{interval.end}"


def _in_tenths(on_step: OnStep) -> Callable[[float, str], None]:
    """Progress as words, at each tenth of the way."""
    said = -1

    def progress(fraction: float, message: str) -> None:
        nonlocal said
        if int(fraction * 10) > said:
            said = int(fraction * 10)
            on_step(f"{message}: {said * 10} %")

    return progress
