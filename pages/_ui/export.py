"""A prediction as one zip of bigWigs with their provenance. Equal predictions give equal bytes."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enformer_core.inference.prediction import Prediction

    from .state import Result

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold


def zip_name(result: Result) -> str:
    """The file's name, with the locus in it: ``enformer_chr11_111746141-111860828.zip``."""
    where, facts = result.prediction.interval, result.prediction.provenance
    chrom = re.sub(r"[^A-Za-z0-9_.-]+", "-", where.chrom)[:60]
    more = ("_edited" if result.edited else "") + ("_simulated" if facts.simulated else "")
    return f"enformer_{chrom}_{where.start + 1}-{where.end}{more}.zip"


def zipped(result: Result) -> bytes:
    """One bigWig per track and ``provenance.json``, in one zip; with edits in two folders, reference and edited.

    Raises:
        EnformerError: The files cannot be written.
    """
    parts = {"": result.prediction}
    if result.edited:
        parts = {"reference/": result.prediction, "edited/": result.edited}
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as archive:  # bigWigs are compressed inside
        for part, prediction in parts.items():
            _add(archive, part, prediction)
    return memory.getvalue()


def _add(archive: zipfile.ZipFile, part: str, prediction: Prediction) -> None:
    with tempfile.TemporaryDirectory(prefix="enformer-download-") as folder:
        prediction.to_bigwig(folder)
        for path in sorted(Path(folder).iterdir()):
            entry = zipfile.ZipInfo(part + path.name, _DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
