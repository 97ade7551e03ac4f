"""What verbs that ask a model have in common: which model, what it reads, and where the answer goes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import click

from ..errors import FileError, InputError, OutputExists, shown
from ..inference.tiling import ONE, WantedTiles
from ..settings import Settings, load_settings
from . import options
from .running import note, wait

if TYPE_CHECKING:
    from ..genome.assembly import Assembly
    from ..genome.sequence import Sequence
    from ..inference.jobs import Job
    from ..inference.predictor import Predictor
    from ..inference.window import Window

_SEQUENCE_BYTES = 2_000_000


class Answer(Protocol):
    """A result that can be written."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about it."""
        ...

    def save(self, path: Path, *, overwrite: bool = False) -> list[Path]:
        """Write it; the files that were written."""
        ...


SomeAnswer = TypeVar("SomeAnswer", bound=Answer)


@dataclass(frozen=True, slots=True)
class Beside(Generic[SomeAnswer]):
    """A file more that a verb makes of its answer.

    Attributes:
        option: Its name, such as ``--elements``.
        path: Where it goes.
        endings: That it may have.
        write: Writes it, of the answer.
    """

    option: str
    path: Path
    endings: tuple[str, ...]
    write: Callable[[SomeAnswer], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of ``options.selectors`` and ``options.running``, and ``--out``, as click gives them."""

    model: str | None
    assembly: str | None
    genes: Path | None
    locus: str | None
    sequence_file: str | None
    edits: tuple[str, ...]
    out: Path
    device: str | None
    precision: str | None
    force: bool
    quiet: bool

    def answer(
        self,
        submit: Callable[[Predictor, Window], Job[SomeAnswer]],
        *,
        endings: tuple[str, ...] = (),
        tiles: WantedTiles = ONE,
        beside: Items[Beside[SomeAnswer]] = (),
    ) -> None:
        """Load the model, ask it, write the answer, and name the files on standard output.

        Args:
            submit: Asks about a window.
            endings: Of ``--out``, where only some are allowed.
            tiles: Windows beside the one that is asked for.
            beside: Files that are written after it.

        Raises:
            EnformerError: Something is wrong with the options, the files or the model.
        """
        settings = self._settings()
        outputs = [("--out", self.out, endings), *((more.option, more.path, more.endings) for more in beside)]
        for option, path, allowed in outputs:
            self._check_output(settings, option, path, allowed)
        if len({path.absolute() for _, path, _ in outputs}) < len(outputs):
            raise InputError("two outputs have the same name", hint="Give each a name of its own")
        query = self.locus if self.locus is not None else _read_sequence(self.sequence_file or "-")
        predictor = load_predictor(settings, quiet=self.quiet)
        try:
            result = wait(submit(predictor, predictor.window(query, self.edits, tiles)), quiet=self.quiet)
        finally:
            predictor.close()
        for text in result.notes:
            note(f"note: {text}", quiet=self.quiet)
        for path in result.save(self.out, overwrite=self.force):
            click.echo(path)
        for more in beside:
            more.write(result)
            click.echo(more.path)

    def _settings(self) -> Settings:
        flags = {"model": self.model, "assembly": self.assembly, "genes": self.genes}
        settings = load_settings(flags | {"device": self.device, "precision": self.precision})
        if (self.locus is None) == (self.sequence_file is None):
            raise InputError(
                "give either --locus or --sequence", hint=f"See {click.get_current_context().command_path} --help"
            )
        return settings

    def _check_output(self, settings: Settings, option: str, out: Path, endings: tuple[str, ...]) -> None:
        """Refuse before the model runs what could not be written after it."""
        if endings and out.suffix not in endings:
            listed = " or ".join(filter(None, (", ".join(endings[:-1]), endings[-1])))
            raise InputError(
                f"the ending {shown(out.suffix)} of {option} {shown(out)} is not known", hint=f"End it in {listed}"
            )
        inputs = [Path(p) for p in (settings.assembly, settings.genes, self.sequence_file) if p]
        if any(out.exists() and path.exists() and out.samefile(path) for path in inputs):
            raise InputError(f"{option} {out} is one of the inputs", hint="Choose another name")
        if endings and out.is_dir():
            raise FileError(f"{out} is a folder, not a file", hint="Choose another name")
        if out.is_file() and not self.force:
            raise OutputExists(f"{out} already exists", hint="Choose another name, or add --force")
        if not out.parent.is_dir():
            raise FileError(f"the folder {out.parent} does not exist", hint="Make it first, or choose another")


def load_predictor(
    settings: Settings, *, quiet: bool, assembly: Assembly | None = None, needs_assembly: bool = False
) -> Predictor:
    """The model of the settings, with what is being done on stderr.

    Args:
        settings: Name the model, the assembly and the genes.
        quiet: Say nothing.
        assembly: One that is open already.
        needs_assembly: Whether the verb cannot do without.

    Raises:
        InputError: No model is named, or no assembly where one is needed.
        EnformerError: Something is wrong with the files.
    """
    from ..inference.predictor import Predictor

    model = options.required(settings.model, "model", "ENFORMER_MODEL")
    if needs_assembly:
        options.required(settings.assembly, "assembly", "ENFORMER_ASSEMBLY")
    return Predictor.from_pretrained(
        model,
        assembly=assembly if assembly is not None else settings.assembly or None,
        genes=settings.genes if assembly is None else None,
        settings=settings,
        on_step=lambda step: note(f"{step} ...", quiet=quiet),
    )


def _read_sequence(name: str) -> Sequence:
    from ..genome.sequence import parse_sequence

    try:
        raw = sys.stdin.buffer.read(_SEQUENCE_BYTES) if name == "-" else _read_file(Path(name))
    except OSError as exc:
        raise FileError(f"{shown(name)} cannot be read: {exc.strerror}", hint="Check the path") from exc
    return parse_sequence(raw.decode("utf-8", "replace"))


def _read_file(path: Path) -> bytes:
    if path.is_dir():
        raise FileError(f"{path} is a folder, not a file", hint="Give a FASTA file, or - for standard input")
    with path.open("rb") as handle:
        return handle.read(_SEQUENCE_BYTES)
