"""What is marked on a map: start sites of genes, and the boundaries that an assembly brings along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from enformer_core.errors import FileError
from enformer_core.genome.registry import registered
from enformer_core.settings import Settings

from .. import problems
from ..explain.truth import read
from .marks import Mark, gene_starts, known_boundaries

if TYPE_CHECKING:
    from enformer_core.inference.window import Window


def marks_of(window: Window, assembly: str, settings: Settings) -> tuple[Mark, ...]:
    """All that is marked in a window; where a file cannot be read, that is drawn.

    Args:
        window: On view.
        assembly: The name that it was chosen by.
        settings: Where the registered ones are.
    """
    genes = gene_starts(window)
    entry = registered("assembly", settings).get(assembly)
    if entry is None or window.assembly is None:
        return genes
    try:
        truth = read(entry)
        return genes if truth is None else (*genes, *known_boundaries(truth, window.interval))
    except FileError as error:
        problems.show(error, where=Path(error.where).name if settings.hosted and error.where else None)
        return genes
