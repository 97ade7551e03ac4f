"""Whether a folder that a set-up made is there and whole, and the manifest that says so."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..files import sha256_of, written_aside
from ..genome.origins import Origin
from ..genome.registry import MANIFEST
from .sources import Recipe


def write_manifest(folder: Path, recipe: Recipe, origins: Iterable[Origin], more: dict[str, Any]) -> None:
    """Write the manifest of a folder whose files are all there: what they are, and where they came from.

    Args:
        folder: The folder; all files in it are listed with size and checksum.
        recipe: What it was made by.
        origins: What was fetched.
        more: What the registry reads for this kind.
    """
    names = sorted(path.name for path in folder.iterdir() if path.name != MANIFEST)
    files = {name: {"bytes": (folder / name).stat().st_size, "sha256": sha256_of(folder / name)} for name in names}
    listed = [asdict(origin) for origin in origins]
    about = {"schema": 1, "kind": recipe.kind, "name": folder.name, "description": recipe.about}
    with written_aside(folder / MANIFEST, overwrite=True) as aside:
        aside.write_text(json.dumps(about | more | {"sources": listed, "files": files}, indent=1) + "\n")


def is_ours(folder: Path) -> bool:
    """Whether a folder was made by a set-up, and not by a person."""
    return _files(folder) is not None


def trouble(folder: Path, *, thorough: bool = False) -> str | None:
    """What is wrong with a folder that a set-up made, as a clause; None if nothing is.

    Args:
        folder: The registered folder.
        thorough: Read every file and compare its checksum; else sizes are compared.
    """
    files = _files(folder)
    if files is None:
        return f"{MANIFEST} is missing, or of somebody else"
    try:
        for name, facts in files.items():
            if (size := (folder / name).stat().st_size) != facts["bytes"]:
                return f"{name} has {size:,} bytes, not {facts['bytes']:,}"
            if thorough and sha256_of(folder / name) != facts["sha256"]:
                return f"{name} has another checksum than when it was made"
    except OSError as exc:
        return f"{Path(exc.filename or folder).name} cannot be read: {exc.strerror or exc}"
    return None


def _files(folder: Path) -> dict[str, dict[str, Any]] | None:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        files = manifest["files"]
        usable = all(isinstance(f["bytes"], int) and isinstance(f["sha256"], str) for f in files.values())
        return files if usable and isinstance(manifest["sources"], list) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
