"""Whether a simulated assembly is there and whole: a quick look that a second start can afford.

``build.json`` in its folder says what was built: for each file its size, and a checksum of its content. For bigWigs
that is of the decoded values, because their compressed bytes differ between builds of zlib; every other file is the
same byte for byte everywhere.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

NAME = "sim1"
#: Raised with every change of what is built; a folder of another version is built again.
VERSION = 1
RECORD, MANIFEST = "build.json", "manifest.json"


def trouble(folder: Path) -> str | None:
    """What is wrong with a built folder, as a clause; None if nothing is.

    Sizes are compared for all files, and the manifest's checksum.
    """
    record = _record(folder)
    if record is None:
        return f"{RECORD} is missing or damaged"
    if record.get("version") != VERSION:
        return f"it was built by another version ({record.get('version')}, this is {VERSION})"
    try:
        for name, facts in record["files"].items():
            if (size := (folder / name).stat().st_size) != facts["bytes"]:
                return f"{name} has {size:,} bytes, not {facts['bytes']:,}"
        manifest = (folder / MANIFEST).read_bytes()
    except OSError as exc:
        return f"{Path(exc.filename or folder).name} cannot be read: {exc.strerror or exc}"
    if hashlib.sha256(manifest).hexdigest() != record["files"][MANIFEST]["sha256"]:
        return f"{MANIFEST} was changed"
    return None


def work_folder(target: Path) -> Path:
    """Where the assembly that becomes ``target`` is built: beside it, on the same disk."""
    return target.parent / f".{target.name}-{VERSION}.building"


def is_ours(folder: Path) -> bool:
    """Whether a folder was made by a build, and not by a person."""
    return (folder / RECORD).is_file()


def _record(folder: Path) -> dict[str, Any] | None:
    try:
        record = json.loads((folder / RECORD).read_bytes())
        files = record["files"]
        usable = all(isinstance(f["bytes"], int) and isinstance(f["sha256"], str) for f in files.values())
        return record if usable and MANIFEST in files else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
