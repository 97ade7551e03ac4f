"""Which library goes with an assembly: its own, one shipped under its name, or JASPAR's for vertebrates."""

from __future__ import annotations

from pathlib import Path

from ...errors import FileError
from ..registry import Registered, assets_dir

#: Named by its release; the file's first line says the same.
USUAL = "JASPAR2026_CORE_vertebrates.jaspar.gz"


def library_file(entry: Registered | None = None) -> Path:
    """The file to read motifs from.

    Args:
        entry: The registered assembly; None for a FASTA file that is not registered.

    Returns:
        What its manifest names under ``motifs``, else the shipped library of its name, else JASPAR's CORE collection
        of vertebrates, which is also what an assembly of any other organism gets.

    Raises:
        FileError: The installation has no libraries.
        PathNotAllowed: The manifest gives a path instead of a file name.
    """
    if entry is not None and (own := entry.file("motifs")) is not None:
        return own
    assets = assets_dir()
    folder = assets / "motifs" if assets else None
    if folder is None or not (folder / USUAL).is_file():
        raise FileError("the libraries of motifs are missing", hint="Install enformer-browser again")
    named = folder / f"{entry.name}.jaspar" if entry is not None else folder / USUAL
    return named if named.is_file() else folder / USUAL
