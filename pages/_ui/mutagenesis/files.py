"""A map or a scan as files to take away. Equal results give equal bytes."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enformer_core.interpret.deletion_scan import DeletionScan
    from enformer_core.interpret.mutagenesis_map import MutagenesisMap

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold


def stem(found: MutagenesisMap | DeletionScan) -> str:
    """What to call the files: ``mutagenesis_chr2_1262741-1262836``, positions of the explained sequence from 1."""
    where, facts = found.interval, found.provenance
    chrom = re.sub(r"[^A-Za-z0-9_.-]+", "-", where.chrom)[:60]
    more = ("_edited" if facts.edits else "") + ("_simulated" if facts.simulated else "")
    kind = "deletions" if hasattr(found, "starts") else "mutagenesis"
    return f"{kind}_{chrom}_{where.start + 1}-{where.end}{more}"


def one_file(found: MutagenesisMap | DeletionScan, ending: str) -> bytes:
    """The result as ``npz`` or ``tsv``.

    Raises:
        EnformerError: The file cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="enformer-mutagenesis-") as folder:
        (path,) = found.save(Path(folder) / f"{stem(found)}.{ending}")
        return path.read_bytes()


def bigwig_zip(found: MutagenesisMap | DeletionScan) -> bytes:
    """A zip of the importance as bigWig, and where it comes from, which the bigWig has no room for.

    Raises:
        EnformerError: No base has a place on the reference, or the file cannot be written.
    """
    memory = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="enformer-mutagenesis-") as folder:
        paths = found.save(Path(folder) / f"{stem(found)}.bw")
        with zipfile.ZipFile(memory, "w") as archive:
            for path in paths:
                entry = zipfile.ZipInfo(path.name, _DATE)
                entry.create_system, entry.external_attr = 3, 0o644 << 16
                entry.compress_type = zipfile.ZIP_STORED if path.suffix == ".bw" else zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    return memory.getvalue()


def logo(found: MutagenesisMap, names: tuple[str, ...], ending: str) -> bytes:
    """The importance as letters: ``svg``, ``pdf`` or ``png``.

    Raises:
        EnformerError: There are too many bases, or the file cannot be written.
    """
    from enformer_core.interpret.logo import write_logo

    with tempfile.TemporaryDirectory(prefix="enformer-mutagenesis-") as folder:
        path = Path(folder) / f"{stem(found)}.{ending}"
        write_logo(found, path, names=names)
        return path.read_bytes()
