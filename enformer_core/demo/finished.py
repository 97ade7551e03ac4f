"""Whether a simulated assembly is there and whole: a quick look that a second start can afford.

``build.json`` in its folder says what was built: for each file its size, and a checksum of its content. For bigWigs
that is of the decoded values, because their compressed bytes differ between builds of zlib; every other file is the
same byte for byte everywhere. The manifest alone may come to say more of a genome that stays as it is: ``refresh``
brings that of a folder that is there up to date.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ..files import written_aside

NAME = "sim1"
#: Raised with every change of what is built; a folder of another version is built again.
VERSION = 1
RECORD, MANIFEST = "build.json", "manifest.json"
GENES, EXPERIMENTS, EXAMPLES = "genes.gtf", "experiments.tsv", "examples.json"
ELEMENTS, LINKS, VARIANTS = "elements.bed", "links.tsv", "variants.vcf"
_DESCRIPTION = "Simulated genome whose true answers are known. No real organism: see docs/simulated-genome.md"
#: Cell types of the true answers, and what tracks call them.
_CELL_TYPES = {"ery": "erythroid", "hep": "hepatic", "neu": "neural"}


def manifest(name: str) -> bytes:
    """The manifest of a simulated assembly of this name."""
    about = {
        "schema": 1,
        "kind": "assembly",
        "name": name,
        "fasta": f"{name}.fa",
        "genes": GENES,
        "simulated": True,
        "description": _DESCRIPTION,
        "experiments": EXPERIMENTS,
        "examples": EXAMPLES,
        "truth": {"elements": ELEMENTS, "links": LINKS, "variants": VARIANTS, "cell_types": _CELL_TYPES},
    }
    return json.dumps(about, indent=1).encode() + b"\n"


def refresh(folder: Path) -> bool:
    """Give a whole folder, in which an earlier release left a manifest that says less, the manifest of this one.

    Nothing else is built again. Between the two files that are written, the folder does not count as whole.

    Args:
        folder: One without ``trouble``, named as its assembly is.

    Returns:
        Whether there was anything to do.

    Raises:
        OutOfDisk: The disk is full.
        FileError: The folder may not be written.
    """
    text, record = manifest(folder.name), _record(folder)
    if record is None or (folder / MANIFEST).read_bytes() == text:
        return False
    record["files"][MANIFEST] = {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    for name, content in ((RECORD, json.dumps(record, indent=1).encode() + b"\n"), (MANIFEST, text)):
        with written_aside(folder / name, overwrite=True) as aside:
            aside.write_bytes(content)
    return True


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
