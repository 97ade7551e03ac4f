"""Signals in files, as genome browsers and figures are to show them: names, colours, what is in view.

What ``igv_session``, ``ucsc_hub`` and ``figure_ini`` have in common.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InputError, shown
from ..genome.interval import Interval
from ..genome.variant import Variant

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class SignalFile:
    """A bigWig with the name and the colours that it is shown with.

    Attributes:
        path: Relative to the folder of the session, with ``/``.
        name: Any text; what a format cannot hold is replaced when it is written.
        color: ``#rrggbb``.
        negative_color: Of values below 0; empty for the same.
        letters: Whether it has one number a base, which browsers draw as letters (dynseq).

    Raises:
        InputError: The path is not relative, or a colour is none.
    """

    path: str
    name: str
    color: str
    negative_color: str = ""
    letters: bool = False

    def __post_init__(self) -> None:
        parts = self.path.split("/")
        if not self.path or "\\" in self.path or ":" in self.path or not parts[0] or ".." in parts:
            raise InputError(f"{shown(self.path)} is not a path below the session's folder")
        for color in filter(None, (self.color, self.negative_color)):
            _refuse_color(color)
        if not self.color:
            raise InputError(f"{shown(self.name)} has no colour", hint="Write it as #0072B2")


@dataclass(frozen=True, slots=True)
class SignalGroup:
    """What belongs together and shares a scale: one track without edits, and where there are some, with them.

    Attributes:
        name: Of the track.
        reference: Its prediction.
        edited: Its prediction with the edits; None without edits.
        difference: Edited minus reference, which has a scale of its own; None without edits.
    """

    name: str
    reference: SignalFile
    edited: SignalFile | None = None
    difference: SignalFile | None = None

    @property
    def files(self) -> tuple[SignalFile, ...]:
        """Those that there are, top to bottom."""
        return tuple(file for file in (self.reference, self.edited, self.difference) if file)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is shown.

    Attributes:
        title: Of the whole.
        view: What is in view, 0-based and half-open, on its contig.
        groups: Top to bottom.
        edits: Marked where they are.
        explanations: Below the groups; each has a scale of its own.
    """

    title: str
    view: Interval
    groups: tuple[SignalGroup, ...]
    edits: tuple[Variant, ...] = ()
    explanations: tuple[SignalFile, ...] = ()

    @property
    def locus(self) -> str:
        """The view as text, 1-based with both ends and without commas."""
        return f"{self.view.chrom}:{self.view.start + 1}-{self.view.end}"


def one_line(text: str) -> str:
    """A text on one line, with nothing in it that does not print."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def plain_line(text: str) -> str:
    """A text on one line in printable ASCII, for formats that know nothing else; quotes and tags are taken apart."""
    line = one_line(text.replace("\u2212", "-"))
    return re.sub(r"[^\x20-\x7e]", "?", line).translate(str.maketrans({'"': "'", "<": "(", ">": ")"}))


def rgb(color: str) -> str:
    """``#0072B2`` as ``0,114,178``.

    Raises:
        InputError: It is no such colour.
    """
    _refuse_color(color)
    return ",".join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5))


def edit_name(edit: Variant) -> str:
    """An edit in a few letters, however long its alleles are: ``chr1:1,000 A>C``, ``chr1:1,000 300 bp deleted``."""
    n_ref, n_alt = len(edit.ref), len(edit.alt)
    if n_ref + n_alt <= 20:
        what = f"{edit.ref}>{edit.alt}"
    elif n_alt == 1 and edit.ref.startswith(edit.alt):
        what = f"{n_ref - 1:,} bp deleted"
    elif n_ref == 1 and edit.alt.startswith(edit.ref):
        what = f"{n_alt - 1:,} bp inserted"
    else:
        what = f"{n_ref:,} bp replaced by {n_alt:,}"
    return f"{edit.chrom}:{edit.pos:,} {what}"


def _refuse_color(color: str) -> None:
    if not _COLOR.fullmatch(color):
        raise InputError(f"{shown(color)} is not a colour", hint="Write it as #0072B2")
