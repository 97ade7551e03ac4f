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

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold


def zip_name(prediction: Prediction) -> str:
    """The file's name, with the locus in it: ``enformer_chr11_111746141-111860828.zip``."""
    where = prediction.interval
    chrom = re.sub(r"[^A-Za-z0-9_.-]+", "-", where.chrom)[:60]
    simulated = "_simulated" if prediction.provenance.simulated else ""
    return f"enformer_{chrom}_{where.start + 1}-{where.end}{simulated}.zip"


def zipped(prediction: Prediction) -> bytes:
    """One bigWig per track and ``provenance.json``, in one zip.

    Raises:
        EnformerError: The files cannot be written.
    """
    memory = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="enformer-download-") as folder:
        prediction.to_bigwig(folder)
        with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as archive:  # bigWigs are compressed inside
            for path in sorted(Path(folder).iterdir()):
                entry = zipfile.ZipInfo(path.name, _DATE)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    return memory.getvalue()
