"""What a set-up will do, before it does it: what is fetched, from where, how large, to which folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from ..errors import OutOfDisk
from ..settings import Settings
from .sources import OWN, Recipe, Source, recipe_for
from .standing import trouble
from .workplace import work_folder

State = Literal["to fetch", "begun", "here"]


@dataclass(frozen=True, slots=True)
class Download:
    """One file of a plan.

    Attributes:
        source: What the manifest of sources says of it.
        address: Where it will be asked for first, or the folder that it is taken from.
        others: How many other addresses will be asked if that one does not give it.
        here: Bytes of it that are here already.
        state: Whether it is here.
    """

    source: Source
    address: str
    others: int
    here: int
    state: State

    @property
    def place(self) -> str:
        """The host of its address, or the folder."""
        return urlsplit(self.address).hostname or self.address

    @property
    def check(self) -> str:
        """Against what it will be checked, in words."""
        if self.source.sha256 or self.source.md5:
            return "a checksum stated beforehand"
        if self.source.sums:
            return "its publisher's list"
        return "the hub's object id" if self.source.hub else "nothing known: what comes is recorded"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a set-up will do.

    Attributes:
        name: What was asked for.
        recipe: What the manifest of sources says.
        target: The folder that will be registered.
        downloads: What is fetched, in order.
        makes: What is made of it, in order, in words.
        free: Bytes that are free on the disk.
        is_whole: Whether all of it is registered, as far as sizes tell; nothing will be done then.
        sources: The manifest of sources.
        folder_from: Where files are taken from instead of the network.
    """

    name: str
    recipe: Recipe
    target: Path
    downloads: tuple[Download, ...]
    makes: tuple[str, ...]
    free: int
    is_whole: bool
    sources: Path
    folder_from: Path | None = None

    @property
    def to_fetch(self) -> int:
        """Bytes that are still to be fetched, of the files whose size is known."""
        return sum(max(0, (d.source.size or d.here) - d.here) for d in self.downloads)

    @property
    def amount(self) -> str:
        """How much is still to be fetched, in words."""
        unknown = sum(d.source.size is None and d.state != "here" for d in self.downloads)
        loose = f"{unknown} file{'s' * (unknown != 1)} of unknown size" if unknown else ""
        known = megabytes(self.to_fetch) if self.to_fetch else ""
        return " and ".join(part for part in (known, loose) if part) or "nothing more"

    @property
    def room(self) -> int:
        """Bytes that are still needed on the disk, about."""
        return max(0, self.recipe.room - sum(d.here for d in self.downloads))

    def check_room(self) -> None:
        """Refuse to start where the disk cannot hold it.

        Raises:
            OutOfDisk: Less is free than is needed, with both numbers.
        """
        if self.free < self.room:
            raise OutOfDisk(
                f"{self.name} needs about {megabytes(self.room)} and {megabytes(self.free)} are free",
                where=str(self.target.parent),
                hint="Free some space, or set ENFORMER_DATA_DIR to a folder on another disk",
            )


def make_plan(name: str, settings: Settings, *, sources: Path = OWN, folder_from: Path | None = None) -> Plan:
    """Look at what is there, and say what is left to do. Nothing is written and nobody is asked.

    Args:
        name: ``hg38``, ``mm10``, ``weights`` or another name of the manifest.
        settings: Where it goes, and the mirror.
        sources: The manifest of sources.
        folder_from: Folder to take files from instead of the network.

    Raises:
        InputError: The manifest has no such name.
        FileError: The manifest cannot be read.
    """
    recipe = recipe_for(name, sources)
    parent = settings.assemblies_dir if recipe.kind == "assembly" else settings.models_dir
    target = parent / recipe.registered_as
    downloads = tuple(
        _download(source, addresses_of(source, settings.mirror, folder_from), work_folder(target) / "downloads")
        for source in recipe.files
    )
    existing = next(p for p in (parent, *parent.parents) if p.exists())
    free = shutil.disk_usage(existing).free
    return Plan(name, recipe, target, downloads, _makes(recipe), free, trouble(target) is None, sources, folder_from)


def megabytes(size: int) -> str:
    """A size for a reader: ``439 bytes``, ``1.2 MB``, ``984 MB``, ``3.50 GB``."""
    if size < 100_000:
        return f"{size:,} bytes"
    if size >= 1_000_000_000:
        return f"{size / 1e9:,.2f} GB"
    return f"{size / 1e6:,.1f} MB" if size < 10_000_000 else f"{size / 1e6:,.0f} MB"


def addresses_of(source: Source, mirror: str, folder_from: Path | None = None) -> tuple[str, ...]:
    """Where a file is asked for, in order: a lab's mirror, then what the manifest says; or a folder alone."""
    if folder_from is not None:
        return (str(folder_from),)
    return (*([f"{mirror.rstrip('/')}/{source.name}"] if mirror else []), *source.urls)


def _download(source: Source, addresses: tuple[str, ...], folder: Path) -> Download:
    first, others = addresses[0], len(addresses) - 1
    whole, partial = folder / source.name, folder / f"{source.name}.partial"
    if whole.is_file():
        return Download(source, first, others, whole.stat().st_size, "here")
    if partial.is_file():
        return Download(source, first, others, partial.stat().st_size, "begun")
    return Download(source, first, others, 0, "to fetch")


def _makes(recipe: Recipe) -> tuple[str, ...]:
    if recipe.kind == "model":
        return ("convert the weights to safetensors", f"register the model as {recipe.registered_as}")
    genes = ("index the genes",) if recipe.of("genes") else ()
    return (
        "compress the genome with bgzip",
        "index the genome",
        *genes,
        f"register the assembly as {recipe.registered_as}",
    )
