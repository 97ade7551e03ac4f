"""The truth that comes with an assembly: known elements, what their loss does to genes, and effects of variants.

It is named by the manifest's key ``truth``, an object with the files ``elements`` (BED), ``links`` (tab-separated) and
``variants`` (VCF) in the assembly's folder, and ``cell_types``: what tracks call each cell type of these files. What
the files hold is in ``truth_files``. Any of the three may be missing. Nothing is read before it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from ..errors import FileFormatError, PathNotAllowed, shown
from .interval import Interval
from .registry import MANIFEST, Registered, is_plain_name
from .truth_files import KnownElement, KnownLink, KnownVariant, read_elements, read_links, read_variants

_KEY, _FILES, _CELL_TYPES = "truth", ("elements", "links", "variants"), "cell_types"
_MAX_CELL_TYPES, _MAX_NAME = 1_000, 100
Known = TypeVar("Known", KnownElement, KnownVariant)


class Truth:
    """Known answers on an assembly. Make one with ``read_truth``; it may be shared by threads.

    Every method raises ``FileError`` where a file is missing or cannot be read, and ``FileFormatError`` with the line
    where it is not what it should be.

    Attributes:
        cell_types: The names that tracks have for the cell types, in the order of the manifest.
    """

    def __init__(self, files: Mapping[str, Path], cell_types: Mapping[str, str]) -> None:
        self._files, self._names = dict(files), dict(cell_types)
        self.cell_types: tuple[str, ...] = tuple(self._names.values())

    def elements_in(self, interval: Interval) -> tuple[KnownElement, ...]:
        """The elements that share a base with ``interval``, from left to right."""
        there = self._elements.get(interval.chrom, ())
        return tuple(element for element in there if element.interval.overlaps(interval))

    def links_of(self, gene: str) -> tuple[KnownLink, ...]:
        """What is known of a gene's elements, one link for each cell type; none where nothing is.

        Args:
            gene: Its id; or its symbol, where no gene has this id.
        """
        by_id, by_symbol = self._links
        return by_id.get(gene) or by_symbol.get(gene, ())

    def variants_in(self, interval: Interval) -> tuple[KnownVariant, ...]:
        """The variants whose reference bases share one with ``interval``, from left to right."""
        there = self._variants.get(interval.chrom, ())
        return tuple(known for known in there if known.variant.interval.overlaps(interval))

    def cell_type(self, biosamples: Iterable[str]) -> str | None:
        """The one of ``cell_types`` that all of these biosamples name as a word of their own; None without such."""
        found = {self._named(biosample) for biosample in biosamples}
        return found.pop() if len(found) == 1 else None

    def _named(self, biosample: str) -> str | None:
        there = [n for n in self.cell_types if re.search(rf"(?<!\w){re.escape(n)}(?!\w)", biosample, re.IGNORECASE)]
        return there[0] if len(there) == 1 else None

    @cached_property
    def _elements(self) -> Mapping[str, tuple[KnownElement, ...]]:
        path = self._files.get("elements")
        return {} if path is None else _by_chromosome(read_elements(path), lambda e: e.interval)

    @cached_property
    def _links(self) -> tuple[Mapping[str, tuple[KnownLink, ...]], Mapping[str, tuple[KnownLink, ...]]]:
        """By gene id, and by symbol."""
        path = self._files.get("links")
        by_id: dict[str, list[KnownLink]] = {}
        by_symbol: dict[str, list[KnownLink]] = {}
        if path is not None:
            named = {element.name: element for there in self._elements.values() for element in there}
            for link in read_links(path, named, self._names):
                by_id.setdefault(link.gene_id, []).append(link)
                by_symbol.setdefault(link.gene, []).append(link)
        ids, symbols = ({name: tuple(found) for name, found in index.items()} for index in (by_id, by_symbol))
        return ids, symbols

    @cached_property
    def _variants(self) -> Mapping[str, tuple[KnownVariant, ...]]:
        path = self._files.get("variants")
        return {} if path is None else _by_chromosome(read_variants(path, self._names), lambda v: v.variant.interval)


def read_truth(entry: Registered) -> Truth | None:
    """The truth of a registered assembly; None where its manifest names none.

    Raises:
        FileFormatError: The manifest's ``truth`` is not what it should be.
        PathNotAllowed: It gives a path instead of a file name.
    """
    about = entry.manifest.get(_KEY)
    if about is None:
        return None
    if not isinstance(about, dict):
        raise _bad(entry, f"{_KEY} is {shown(about)}, not an object")
    if unknown := sorted(set(about) - {*_FILES, _CELL_TYPES}):
        raise _bad(entry, f"{shown(unknown[0])} is not a key of {_KEY}")
    files = {}
    for key in (key for key in _FILES if key in about):
        if not is_plain_name(about[key]):
            raise PathNotAllowed(
                f"{key} of {_KEY} is {shown(about[key])}, which is not a plain file name",
                where=str(entry.folder / MANIFEST),
                hint="A manifest names files in its own folder only",
            )
        files[key] = entry.folder / about[key]
    if "links" in files and "elements" not in files:
        raise _bad(entry, f"{_KEY} names links and no elements, between which and genes they are")
    return Truth(MappingProxyType(files), _cell_types(entry, about.get(_CELL_TYPES)))


def _cell_types(entry: Registered, names: object) -> dict[str, str]:
    """What tracks call each cell type of the files."""
    if not isinstance(names, dict) or not 0 < len(names) <= _MAX_CELL_TYPES:
        raise _bad(entry, f"{_CELL_TYPES} of {_KEY} is {shown(names)}, not an object of names by cell type")
    for name in (*names, *names.values()):
        if not isinstance(name, str) or not 0 < len(name.strip()) <= _MAX_NAME:
            raise _bad(entry, f"{_CELL_TYPES} of {_KEY} holds {shown(name)}, which is no name")
    if len(set(names.values())) < len(names):
        raise _bad(entry, f"{_CELL_TYPES} of {_KEY} gives two cell types one name")
    return names


def _by_chromosome(found: Iterable[Known], place: Callable[[Known], Interval]) -> dict[str, tuple[Known, ...]]:
    by_name: dict[str, list[Known]] = {}
    for known in found:
        by_name.setdefault(place(known).chrom, []).append(known)
    return {chrom: tuple(sorted(there, key=place)) for chrom, there in by_name.items()}


def _bad(entry: Registered, what: str) -> FileFormatError:
    return FileFormatError(what, where=str(entry.folder / MANIFEST), hint="Correct it, or take it out of the manifest")
