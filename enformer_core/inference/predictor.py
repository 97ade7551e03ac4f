"""From a question to predicted tracks: one object that holds a model and an assembly."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from collections.abc import Sequence as Items
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError, TargetsError, TrackError, shown
from ..genome.assembly import Assembly
from ..provenance import Provenance
from ..settings import Settings, load_settings
from ..tracks.table import TrackTable
from .averaging import Averaging
from .cache import CacheKey, PredictionCache
from .device import choose_device, choose_precision, describe_device
from .forward import OnProgress, embed_window, head_values
from .jobs import Job, JobQueue
from .onehot import one_hot, reverse_complement
from .prediction import Prediction
from .weights import LoadedModel, OnStep, find_model, load_model
from .window import Edit, Geometry, Query, Window, resolve, sequence_sha256

_OTHER_SPECIES = {"human": ("mm10", "mm39"), "mouse": ("hg19", "hg38")}
_EMBEDDINGS_KEPT = 16  # 11 MB each for the published model: adding a track to a window at hand then takes no time


class Predictor:
    """A model on a device, with an assembly to read sequences from. Make one with ``from_pretrained``.

    Attributes:
        name: The model's name as asked for.
        weights_sha256: Checksum of its weights file.
        geometry: What it reads and writes.
        heads: Number of tracks of each head.
        assembly: Where loci and genes are looked up; None if there is none.
        precision: ``float32`` or ``bfloat16``.
        device: Where the model runs.
        simulated: Whether the model or the assembly is a simulation.
    """

    def __init__(
        self, loaded: LoadedModel, assembly: Assembly | None, device: torch.device, precision: str, settings: Settings
    ) -> None:
        config = loaded.model.config
        self.name = loaded.source.name
        self.weights_sha256 = loaded.weights_sha256
        self.geometry = Geometry(config.input_length, config.bin_size, config.target_length, config.output_offset)
        self.heads = MappingProxyType(dict(config.output_heads))
        self.assembly = assembly
        self.precision = precision
        self.device = device
        self.simulated = loaded.source.simulated or bool(assembly and assembly.simulated)
        self._model = loaded.model.to(device)
        self._folder = loaded.source.folder
        self._opened: Assembly | None = None
        self._cache = PredictionCache(settings.predictions_dir, settings.cache_max_bytes)
        self._embeddings: OrderedDict[str, Tensor] = OrderedDict()
        self._tables: dict[str, TrackTable] = {}
        self._tables_lock = threading.Lock()
        self._queue = JobQueue()

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
        loaded = load_model(source, settings, on_step=on_step)
        predictor = cls(loaded, assembly, chosen_device, chosen_precision, settings)
        predictor._opened = opened
        return predictor

    def tracks(self, head: str | None = None) -> TrackTable:
        """What the columns of a head are; read from ``targets_<head>.txt`` beside the weights, else named by number.

        Raises:
            TrackError: The model has no such head.
            TargetsError: The table cannot be read, or has another number of rows than the head.
        """
        head = self.head(head)
        with self._tables_lock:
            if head not in self._tables:
                self._tables[head] = self._read_table(head)
            return self._tables[head]

    def head(self, name: str | None = None) -> str:
        """A head's name, checked; by default ``human``, or else the model's first.

        Raises:
            TrackError: The model has no such head.
        """
        if name is None:
            return "human" if "human" in self.heads else next(iter(self.heads))
        if name not in self.heads:
            raise TrackError(f"the model has no head {shown(name)}", hint=f"Its heads: {', '.join(self.heads)}")
        return name

    def window(self, query: Query, edits: Items[Edit] = ()) -> Window:
        """The window that a question is about, without predicting anything. See ``predict`` for the arguments."""
        return resolve(query, self.geometry, self.assembly, edits)

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

        Raises:
            InputError: The question cannot be understood.
            ResourceError: There is too little memory.
        """
        job = self.submit(query, tracks=tracks, head=head, edits=edits, averaging=averaging)
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
    ) -> Job[Prediction]:
        """Queue a prediction; see ``predict``. What is wrong with the question is raised here, at once."""
        head = self.head(head)
        chosen = self.tracks(head).resolve(tracks)
        views = Averaging.parse(averaging)
        if isinstance(query, Window):
            if edits:
                raise InputError("a window holds its edits already", hint="Give them to Predictor.window")
            window = query
        else:
            window = self.window(query, edits)
        return self._queue.submit(lambda job: self._run(window, head, chosen, views, job))

    def close(self) -> None:
        """Take no more work, and close the assembly if it was opened by ``from_pretrained``."""
        self._queue.close()
        if self._opened is not None:
            self._opened.close()

    def _run(self, window: Window, head: str, tracks: TrackTable, averaging: Averaging, job: Job) -> Prediction:
        job.report(0.0, "reading the sequence")
        digest = sequence_sha256(window.bases())
        key = CacheKey(
            self.weights_sha256,
            _sha256_of_views(window, averaging) if averaging.max_shift else digest,
            head,
            tuple(int(i) for i in tracks.target_index),
            self.precision,
            str(averaging),
        )
        kept = self._cache.get(key)
        if kept is None:
            values, device = self._average(window, head, tracks, averaging, job), describe_device(self.device)
            self._cache.put(key, values, {"device": device})
        else:
            values, device = kept[0], kept[1].get("device", "")
        return self._prediction(window, head, tracks, averaging, values, digest, device)

    def _average(self, window: Window, head: str, tracks: TrackTable, averaging: Averaging, job: Job) -> np.ndarray:
        """Mean over the views, float32 ``[bins, tracks]``."""
        indices = np.asarray(tracks.target_index)
        swapped = _strand_partners(self.tracks(head), indices)
        views = averaging.views()
        total = np.zeros((self.geometry.n_bins, len(indices)))
        for done, (shift, reverse) in enumerate(views):

            def on_progress(part: float, done: int = done) -> None:
                job.report((done + part) / len(views), "predicting")

            embedding = self._embedding(window.bases(shift), reverse, on_progress)
            values = head_values(self._model, embedding, head, swapped if reverse else indices, self.precision)
            total += values[::-1] if reverse else values
        return (total / len(views)).astype(np.float32)

    def _embedding(self, bases: str, reverse: bool, on_progress: OnProgress) -> Tensor:
        """Everything before the heads, ``[bins, channels]``, kept for the last few sequences."""
        key = f"{sequence_sha256(bases)}{'-' if reverse else '+'}"
        if key in self._embeddings:
            self._embeddings.move_to_end(key)
            return self._embeddings[key]
        encoded = one_hot(bases)
        encoded = reverse_complement(encoded) if reverse else encoded
        embedding = embed_window(self._model, encoded, self.precision, on_progress)
        self._embeddings[key] = embedding
        if len(self._embeddings) > _EMBEDDINGS_KEPT:
            self._embeddings.popitem(last=False)
        return embedding

    def _prediction(
        self,
        window: Window,
        head: str,
        tracks: TrackTable,
        averaging: Averaging,
        values: np.ndarray,
        digest: str,
        device: str,
    ) -> Prediction:
        assembly = window.assembly
        provenance = Provenance(
            model=self.name,
            weights_sha256=self.weights_sha256,
            head=head,
            assembly=assembly.name if assembly else "",
            assembly_id=assembly.identity if assembly else "",
            window=f"{window.interval.chrom}:{window.interval.start + 1}-{window.interval.end}",
            sequence_sha256=digest,
            edits=tuple(str(edit) for edit in window.edits),
            averaging=str(averaging),
            precision=self.precision,
            device=device,
            version=version("enformer-browser"),
            simulated=self.simulated,
        )
        return Prediction(
            values,
            tracks,
            window.output,
            self.geometry.bin_size,
            provenance,
            window.interval,
            window.contigs,
            self.notes(window, head),
            window.coordinates,
        )

    def _read_table(self, head: str) -> TrackTable:
        file = self._folder / f"targets_{head}.txt"
        if not file.is_file():
            return TrackTable.unnamed(self.heads[head], head)
        table = TrackTable.read(file)
        if len(table) != self.heads[head]:
            raise TargetsError(
                f"the table has {len(table):,} rows, but the head {head} has {self.heads[head]:,} tracks",
                where=str(file),
                hint="Use the table that came with these weights, or take it away to name tracks by number",
            )
        return table


def _in_tenths(on_step: OnStep) -> Callable[[float, str], None]:
    """Progress as words, at each tenth of the way."""
    said = -1

    def progress(fraction: float, message: str) -> None:
        nonlocal said
        if int(fraction * 10) > said:
            said = int(fraction * 10)
            on_step(f"{message}: {said * 10} %")

    return progress


def _strand_partners(table: TrackTable, indices: np.ndarray) -> np.ndarray:
    """For each track the one that shows it on the reverse complement: its partner if it is stranded, else itself."""
    partners = [table.pair(int(i)) for i in indices]
    return np.array([i if p is None else p for i, p in zip(indices, partners, strict=True)], dtype=np.int64)


def _sha256_of_views(window: Window, averaging: Averaging) -> str:
    """Shifted windows read bases beyond the unshifted one, so these belong to the key too."""
    shifts = sorted({shift for shift, _ in averaging.views()})
    return sequence_sha256("|".join(window.bases(shift) for shift in (shifts[0], shifts[-1])))
