"""From a question to predicted tracks: what every predictor has, wherever its model runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from collections.abc import Sequence as Items
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeVar

from ..errors import InputError
from ..genome.assembly import Assembly
from ..genome.interval import Interval
from ..provenance import Provenance, own_version
from ..settings import Settings
from ..tracks.table import TrackTable
from .averaging import Averaging
from .cache import PredictionCache
from .facts import ModelFacts
from .head_tables import HeadTables
from .jobs import Job, OnPartial
from .kept_tiles import KeptTiles, Ran
from .prediction import Prediction
from .resolve import resolve
from .tiling import ONE, WantedTiles, provenance_of, to_cover
from .window import Edit, Query, Window
from .work import Predict, Work

if TYPE_CHECKING:
    from .local import LocalPredictor
    from .weights import OnStep

_OTHER_SPECIES = {"human": ("mm10", "mm39"), "mouse": ("hg19", "hg38")}
Result = TypeVar("Result")


class Predictor(ABC):
    """A model with an assembly to read sequences from. Make one with ``from_pretrained``.

    Where the model runs is a matter of the class: ``local.LocalPredictor`` has it in this process.

    Attributes:
        facts: What is known of the model.
        assembly: Where loci and genes are looked up; None if there is none.
        name: The model's name as asked for.
        weights_sha256: Checksum of its weights file.
        geometry: What it reads and writes.
        heads: Number of tracks of each head.
        precision: ``float32`` or ``bfloat16``: what is really used, see ``device.effective_precision``.
        simulated: Whether the model or the assembly is a simulation.
    """

    def __init__(self, facts: ModelFacts, assembly: Assembly | None, settings: Settings) -> None:
        self.facts = facts
        self.assembly = assembly
        self.name = facts.name
        self.weights_sha256 = facts.weights_sha256
        self.geometry = facts.geometry
        self.heads = MappingProxyType(dict(facts.heads))
        self.precision = facts.precision
        self.simulated = facts.simulated or bool(assembly and assembly.simulated)
        self._tables = HeadTables(facts.folder, self.heads)
        cache = PredictionCache(settings.predictions_dir, settings.cache_max_bytes)
        self._kept = KeptTiles(cache, facts.weights_sha256, facts.precision)

    @staticmethod
    def from_pretrained(
        model: str | Path,
        *,
        assembly: str | Path | Assembly | None = None,
        genes: str | Path | None = None,
        device: str | None = None,
        precision: str | None = None,
        revision: str | None = None,
        settings: Settings | None = None,
        on_step: OnStep | None = None,
    ) -> LocalPredictor:
        """Load a model into this process.

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
        from .local import LocalPredictor

        return LocalPredictor.load(
            model,
            assembly=assembly,
            genes=genes,
            device=device,
            precision=precision,
            revision=revision,
            settings=settings,
            on_step=on_step,
        )

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
    @abstractmethod
    def window_seconds(self) -> float | None:
        """What the last window took that shared nothing with one before; None where none was predicted yet."""

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
        asked = Predict(window, head, tuple(int(i) for i in chosen.target_index), views)
        kept = self._kept.all_of(asked)  # what is at hand waits for nobody
        return self.work(asked) if kept is None else Job.at_hand(self.prediction(asked, kept))

    @abstractmethod
    def work(self, work: Work[Result], *, on_partial: OnPartial | None = None) -> Job[Result]:
        """Queue any piece of work.

        Args:
            work: What is to be computed.
            on_partial: Given what there is of the result before it is whole, by work that has such.

        Raises:
            EnformerError: The predictor was closed, or takes no more work now.
        """

    def asked_by(self, owner: str) -> Predictor:
        """The same predictor for one of several people who ask, where that makes a difference.

        Args:
            owner: Who asks: any text that tells one from another. Nobody of them waits for all that another has asked.
        """
        return self

    def prediction(self, asked: Predict, ran: Ran) -> Prediction:
        """What a prediction's values are of, and where they lie."""
        window, how = asked.window, ()
        if window.partly and window.tiles == ONE and window.whole is not None:
            n = 1 + sum(to_cover(window.whole, window.output))
            how = (f'all of it takes {n} windows: tiles="all" in Python, --tiles all on the command line',)
        return Prediction(
            ran.values,
            self.tracks(asked.head).select(asked.tracks),
            window.output,
            self.geometry.bin_size,
            self.provenance(window, asked.head, ran.sequence_sha256, str(asked.averaging), ran.device),
            window.interval,
            window.contigs,
            (*self.notes(window, asked.head), *how),
            window.coordinates,
            window.tiles,
        )

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
            device=device or self.facts.device_name,
            version=own_version(),
            simulated=self.simulated,
            tiles=() if window.tiles == ONE else tuple(_written(part.interval) for part in window.parts),
            tiling="" if window.tiles == ONE else provenance_of(window.tiles, window.core),
        )

    @abstractmethod
    def close(self) -> None:
        """Take no more work, and close what was opened for it."""


def _written(interval: Interval) -> str:
    """An interval as provenance has it: locus text, 1-based, both ends belong; it may run off its chromosome."""
    return f"{interval.chrom}:{interval.start + 1}-{interval.end}"
