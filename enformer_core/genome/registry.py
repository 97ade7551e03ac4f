"""Registered assemblies and models: folders with a manifest, below the data folder or in the packaged assets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from types import MappingProxyType
from typing import Any, Literal, TypeGuard

from rapidfuzz import process

from ..app_files import app_folder
from ..errors import FileError, FileFormatError, PathNotAllowed, shown
from ..settings import Settings

Kind = Literal["assembly", "model"]
MANIFEST = "manifest.json"
SCHEMA = 1
MAX_MANIFEST_BYTES = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}", re.ASCII)
#: What a manifest may hold; kinds may hold more, which is theirs to check.
_COMMON: Mapping[str, type] = MappingProxyType({"name": str, "simulated": bool, "description": str})
_OF_KIND: Mapping[str, Mapping[str, type]] = MappingProxyType({"assembly": {"truth": dict}, "model": {"assembly": str}})
#: Keys that name a file in the manifest's own folder.
_FILES_OF_KIND: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"assembly": ("fasta", "genes", "aliases", "experiments", "examples", "motifs"), "model": ("figures",)}
)
_REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType({"assembly": ("name", "fasta"), "model": ("name",)})


@dataclass(frozen=True)
class Registered:
    """One registered assembly or model.

    Attributes:
        name: Its name, which in the data folder is its folder's too.
        folder: The folder that holds its files.
        manifest: What the manifest says, read-only.
    """

    name: str
    folder: Path
    manifest: Mapping[str, Any]

    @property
    def simulated(self) -> bool:
        """Whether it is a simulation, which every result made with it must say."""
        return bool(self.manifest.get("simulated", False))

    @property
    def trained_on(self) -> str:
        """Name of the assembly that a model was trained on; empty where its manifest does not say."""
        return str(self.manifest.get("assembly", ""))

    def file(self, key: str) -> Path | None:
        """The file that the manifest names under ``key``, in its own folder; None if it names none.

        Raises:
            PathNotAllowed: The manifest gives a path instead of a file name.
        """
        name = self.manifest.get(key)
        if name is None:
            return None
        if not is_plain_name(name):
            raise PathNotAllowed(
                f"{key} is {shown(name)}, which is not a plain file name",
                where=str(self.folder / MANIFEST),
                hint="A manifest names files in its own folder only",
            )
        return self.folder / name


def is_plain_name(name: object) -> TypeGuard[str]:
    """Whether ``name`` is the name of a file, with nothing in it that could lead out of a folder."""
    return isinstance(name, str) and bool(_FILE.fullmatch(name))


def assets_dir() -> Path | None:
    """The packaged assets, in a checkout and in an installed wheel alike; None where the app is not installed."""
    try:
        return app_folder() / "assets"
    except FileError:
        return None


def registered(kind: Kind, settings: Settings) -> dict[str, Registered]:
    """All usable registered assemblies or models by name; the data folder's go before packaged ones.

    Folders whose manifest cannot be used are left out here; ``find`` and ``broken`` say what is wrong with them.
    """
    return {name: entry for name, entry in _scan(kind, settings) if isinstance(entry, Registered)}


def broken(kind: Kind, settings: Settings) -> dict[str, FileError]:
    """The folders whose manifest cannot be used, with the reason."""
    return {name: entry for name, entry in _scan(kind, settings) if isinstance(entry, FileError)}


def find(kind: Kind, name: str, settings: Settings) -> Registered:
    """The registered assembly or model of this name.

    Raises:
        FileError: There is none; the nearest names are listed. Or its manifest cannot be used.
    """
    entries = dict(_scan(kind, settings))
    entry = entries.get(name)
    if isinstance(entry, FileError):
        raise entry
    if entry is None:
        near = [match for match, _, _ in process.extract(name[:80], list(entries), limit=3, score_cutoff=60)]
        known = ", ".join(sorted(entries)) or "none"
        raise FileError(
            f"there is no {kind} {shown(name)}",
            hint=f"Did you mean {' or '.join(near)}?" if near else f"Registered: {known}",
        )
    return entry


def _scan(kind: Kind, settings: Settings) -> Iterator[tuple[str, Registered | FileError]]:
    own = settings.assemblies_dir if kind == "assembly" else settings.models_dir
    found: set[str] = set()
    for root, is_packaged in ((own, False), (assets_dir(), True)):
        folders = sorted(root.iterdir()) if root and root.is_dir() else []
        for folder in folders:
            try:
                status = (folder / MANIFEST).stat()
            except OSError:
                continue
            if not S_ISREG(status.st_mode):
                continue
            try:
                entry = _kept(kind, folder, is_packaged, (status.st_ino, status.st_size, status.st_ctime_ns))
            except FileError as exc:
                entry = exc
            if entry is None:  # packaged assets hold both kinds
                continue
            name = entry.name if isinstance(entry, Registered) else folder.name
            if name not in found:
                found.add(name)
                yield name, entry


@lru_cache(maxsize=512)
def _kept(kind: Kind, folder: Path, is_packaged: bool, _file: tuple[int, int, int]) -> Registered | None:
    """``_read``, once for as long as the file is the same: a page asks for it some ten times a run."""
    return _read(kind, folder, is_packaged=is_packaged)


def _read(kind: Kind, folder: Path, *, is_packaged: bool = False) -> Registered | None:
    """Read and check a manifest; None where it is of the other kind."""
    path = folder / MANIFEST
    manifest = _json_object(path)
    found = manifest.get("kind")
    if found != kind:
        if isinstance(found, str) and found in _OF_KIND:
            return None
        raise _bad(path, f"kind is {shown(found)}, not {kind}")
    schema = manifest.get("schema")
    if type(schema) is not int or schema < 1:
        raise _bad(path, f"schema is {shown(schema)}, not {SCHEMA}")
    if schema > SCHEMA:
        raise _bad(path, f"schema {schema} is newer than this software knows ({SCHEMA})", "Update the software")
    for key in _REQUIRED[kind]:
        if key not in manifest:
            raise _bad(path, f"{key} is missing")
    files = dict.fromkeys(_FILES_OF_KIND[kind], str)
    for key, wanted in {**_COMMON, **_OF_KIND[kind], **files}.items():
        if key in manifest and type(manifest[key]) is not wanted:
            raise _bad(path, f"{key} is {shown(manifest[key])}, which is no {wanted.__name__}")
    _check_name(path, manifest["name"], folder, is_packaged)
    entry = Registered(manifest["name"], folder, MappingProxyType(manifest))
    for key in files:
        entry.file(key)
    return entry


def _check_name(path: Path, name: str, folder: Path, is_packaged: bool) -> None:
    """A packaged folder may be called otherwise; in the data folder, the folder's name is how a person finds it."""
    letters = "of letters, digits, dots, dashes and underscores"
    if is_packaged:
        if not _NAME.fullmatch(name):
            raise _bad(path, f"the name {shown(name)} must be {letters}")
    elif name != folder.name or not _NAME.fullmatch(name):
        raise _bad(path, f"the name {shown(name)} must be its folder's, {shown(folder.name)}, {letters}")


def _json_object(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise _bad(path, f"it has {path.stat().st_size:,} bytes, above the limit of {MAX_MANIFEST_BYTES:,}")
        found = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except OSError as exc:
        raise _bad(path, f"it cannot be read: {exc.strerror or exc}") from exc
    except (ValueError, RecursionError) as exc:
        raise _bad(path, f"it is not JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise _bad(path, "it is not a JSON object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")


def _bad(path: Path, what: str, hint: str = "Correct the file, or remove its folder") -> FileFormatError:
    return FileFormatError(what, where=str(path), hint=hint)
