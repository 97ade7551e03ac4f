"""Every error that this project raises on purpose.

* EnformerError                      exit code 1
  x InputError                       2: what was asked for cannot be read
    + SettingsError
    + LocusError
    + GeneNotFound
    + AmbiguousGene
    + SequenceError
    + VariantError
      - RefMismatch
      - UnsupportedAllele
    + TrackError
  x FileError                        3: a file cannot be used
    + FileFormatError
      - BigWigError
      - FastaError
      - GtfError
      - TargetsError
    + AssemblyMismatch
    + FileTooLarge
    + PathNotAllowed
    + UrlNotAllowed
    + OutputExists
  x ModelError                       4: the model cannot be loaded or trusted
    + WeightsMissing
    + WeightsCorrupt
    + WeightsMismatch
    + NumericalError
  x ResourceError                    5: the machine or the person stopped the work
    + OutOfDeviceMemory
    + OutOfDisk
    + JobTimeout
    + DownloadError
    + Cancelled
    + QueueFull
    + WorkerLost

A message has up to three parts: *what* was wrong with the value in it, *where* (a line, a column, a file) and a
*hint*, the next step. The page, the command line and Python show the same words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import ClassVar

MAX_SHOWN = 80


def shown(value: object) -> str:
    """Quote a value from outside for a message: at most 80 characters, on one line, nothing invisible.

    Control characters, line ends, surrogates and direction marks become ``\\uXXXX``, so that a message cannot rewrite
    a terminal or a page.
    """
    text = str(value)
    cut = text[:MAX_SHOWN]
    visible = "".join(
        c if unicodedata.category(c)[0] not in "CZ" or c == " " else c.encode("unicode_escape").decode("ascii")
        for c in cut
    )
    return f"'{visible}'" + (f"... ({len(text):,} characters)" if len(text) > MAX_SHOWN else "")


class EnformerError(Exception):
    """Any error that this project raises on purpose.

    Args:
        what: What was wrong, with the value in it, as a clause without a full stop.
        where: The line, column or file, if the reader cannot know it.
        hint: What to do next, as a sentence.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(str(self))

    @property
    def code(self) -> str:
        """The error's name, stable across versions, for scripts and logs."""
        return type(self).__name__

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.what}" if self.where else self.what
        return f"{sentence}. {self.hint}" if self.hint else sentence

    def __reduce__(self):  # errors cross process borders; the default would call __init__ with one argument only
        return (rebuilt, (type(self), dict(self.__dict__)))


def rebuilt(kind: type[EnformerError], state: dict[str, object]) -> EnformerError:
    """An error of another process, by its class and what it held."""
    error = kind.__new__(kind)
    error.__dict__.update(state)
    Exception.__init__(error, str(error))
    return error


class InputError(EnformerError):
    """What was asked for cannot be read."""

    exit_code = 2


class SettingsError(InputError):
    """A setting has a value that is not allowed."""


class LocusError(InputError):
    """A locus cannot be read, or does not lie on the assembly.

    ``clipped`` is the locus text that would be accepted instead, where there is one.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", clipped: str | None = None) -> None:
        self.clipped = clipped
        super().__init__(what, where=where, hint=hint)


class GeneNotFound(InputError):
    """No gene has this name. ``suggestions`` are the nearest names, best first."""

    def __init__(self, what: str, *, where: str = "", hint: str = "", suggestions: Sequence[str] = ()) -> None:
        self.suggestions = tuple(suggestions)
        super().__init__(what, where=where, hint=hint)


class AmbiguousGene(InputError):
    """Several genes have this name. ``choices`` are texts that each name one of them."""

    def __init__(self, what: str, *, where: str = "", hint: str = "", choices: Sequence[str] = ()) -> None:
        self.choices = tuple(choices)
        super().__init__(what, where=where, hint=hint)


class SequenceError(InputError):
    """A pasted sequence cannot be read."""


class VariantError(InputError):
    """A variant cannot be read, or cannot be applied."""


class RefMismatch(VariantError):
    """The reference allele is not what the assembly has there."""


class UnsupportedAllele(VariantError):
    """The alleles are of a kind that is not a plain substitution, insertion or deletion."""


class TrackError(InputError):
    """A track does not exist, or the selection is empty."""


class FileError(EnformerError):
    """A file cannot be used."""

    exit_code = 3


class FileFormatError(FileError):
    """A file is damaged, or is not what its name says."""


class BigWigError(FileFormatError):
    """A bigWig cannot be read."""


class FastaError(FileFormatError):
    """A FASTA file or its index cannot be trusted."""


class GtfError(FileFormatError):
    """A gene annotation cannot be read."""


class TargetsError(FileFormatError):
    """A targets table cannot be read."""


class AssemblyMismatch(FileError):
    """A file belongs to another assembly."""


class FileTooLarge(FileError):
    """A file is above a stated limit."""


class PathNotAllowed(FileError):
    """A path leads outside the folders that may be opened."""


class UrlNotAllowed(FileError):
    """A web address that must not be asked: another scheme than https, or a host that is not public."""


class OutputExists(FileError):
    """The output is already there, and overwriting was not asked for."""


class ModelError(EnformerError):
    """The model cannot be loaded or trusted."""

    exit_code = 4


class WeightsMissing(ModelError):
    """No weights are where they were looked for."""


class WeightsCorrupt(ModelError):
    """A weights file is damaged, cut short or not a weights file."""


class WeightsMismatch(ModelError):
    """The weights are of another model. ``differences`` are the first five."""

    SHOWN: ClassVar[int] = 5

    def __init__(self, what: str, *, where: str = "", hint: str = "", differences: Sequence[str] = ()) -> None:
        self.differences = tuple(differences)
        super().__init__(what, where=where, hint=hint)

    @classmethod
    def listing(cls, what: str, differences: Sequence[str], *, where: str, hint: str) -> WeightsMismatch:
        """The error for weights that differ: ``what`` followed by the first five differences, and how many more."""
        first = differences[: cls.SHOWN]
        rest = len(differences) - len(first)
        listed = f"{what}: {'; '.join(first)}" + (f"; and {rest:,} more" if rest else "")
        return cls(listed, where=where, hint=hint, differences=first)


class NumericalError(ModelError):
    """The model gave NaN or infinity."""


class ResourceError(EnformerError):
    """The machine ran out of something, or the work was stopped."""

    exit_code = 5


class OutOfDeviceMemory(ResourceError):
    """The device has too little memory for one window."""


class OutOfDisk(ResourceError):
    """The disk is full."""


class JobTimeout(ResourceError):
    """The work took longer than was allowed."""


class DownloadError(ResourceError):
    """A file could not be fetched: no server that has it could be reached, or none sent the whole of it."""


class Cancelled(ResourceError):
    """The work was cancelled."""


class QueueFull(ResourceError):
    """More is asked for than may wait."""


class WorkerLost(ResourceError):
    """The process that runs the model ended or hung, and did so again."""
