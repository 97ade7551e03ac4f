"""A prediction as files that other tools read. Equal predictions give equal bytes: no date goes into any of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import FileError, InputError
from ..files import written_aside
from ..tracks.bigwig_write import BigWigWriter
from ..tracks.table import Track
from .prediction import Prediction

if TYPE_CHECKING:
    import pandas as pd

PROVENANCE_FILE = "provenance.json"
_LONGEST_PART = 64


def save(prediction: Prediction, path: Path, *, overwrite: bool = False) -> list[Path]:
    """Write to ``.npz``, ``.tsv`` or ``.parquet``, or to a folder of bigWigs if the path has none of these endings."""
    writers: dict[str, Callable[[Prediction, Path], None]] = {".npz": _npz, ".tsv": _tsv, ".parquet": _parquet}
    write = writers.get(path.suffix)
    if write is None:
        if path.suffix and not path.is_dir():
            raise InputError(
                f"the ending {path.suffix} of {path.name} is not known",
                hint="End it in .npz, .tsv or .parquet, or name a folder for bigWigs",
            )
        return write_bigwigs(prediction, path, overwrite=overwrite)
    if path.is_dir():
        raise FileError(f"{path} is a folder, not a file", hint="Choose another name")
    with written_aside(path, overwrite=overwrite) as aside:
        write(prediction, aside)
    return [path]


def write_bigwigs(prediction: Prediction, folder: Path, *, overwrite: bool = False) -> list[Path]:
    """Write one bigWig per track and ``provenance.json``; see ``Prediction.to_bigwig``."""
    if folder.exists() and not folder.is_dir():
        raise FileError(f"{folder} is a file, not a folder", hint="Name a folder for the bigWigs")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as exc:
        raise FileError(f"the folder {folder} cannot be made: {exc.strerror}", hint="Choose another place") from exc
    starts, ends, kept = prediction.reference_bins()
    if not len(kept):
        raise InputError("no output bin lies on the contig, so there is nothing to write")
    written = []
    with BigWigWriter() as writer:
        for column, track in enumerate(prediction.tracks):
            path, values = folder / bigwig_name(prediction, track), prediction.values[kept, column]
            chrom = prediction.interval.chrom
            written.append(writer.write(path, prediction.contigs, chrom, starts, ends, values, overwrite=overwrite))
    with written_aside(folder / PROVENANCE_FILE, overwrite=True) as aside:
        aside.write_text(prediction.provenance.to_json())
    return written


def bigwig_name(prediction: Prediction, track: Track) -> str:
    """A file name that says what, where, from which weights, and whether edited: bigWig has no room for it inside."""
    facts, interval = prediction.provenance, prediction.interval
    parts = [
        facts.assembly or "sequence",
        f"{interval.chrom}_{interval.start + 1}-{interval.end}",
        f"{facts.head}{track.target_index:04d}_{track.description or track.identifier}",
        facts.weights_sha256[:8],
    ]
    if facts.edits:
        parts.append("edited-" + hashlib.sha256(";".join(facts.edits).encode()).hexdigest()[:8])
    if facts.simulated:
        parts.append("simulated")
    return ".".join(_plain(part) for part in parts) + ".bw"


def _plain(text: str) -> str:
    """A part of a file name. Six of them fit into the 255 bytes that file systems allow, for all but one are short."""
    return re.sub(r"[^A-Za-z0-9_+-]+", "-", Path(text).name)[:_LONGEST_PART].strip("-")


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays so that ``numpy.load`` reads them without pickle; ``path`` is kept as it is spelled."""
    with path.open("wb") as handle:
        np.savez(handle, **dict(arrays))  # pyright: ignore[reportArgumentType]


def write_tsv(path: Path, facts: Mapping[str, object], frame: pd.DataFrame) -> None:
    """Write a table with tabs, under a first line that is ``# `` and the facts as JSON; NaN is an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        handle.write(f"# {json.dumps(facts, sort_keys=True, allow_nan=False)}\n")
        # Nine significant digits bring every float32 back bit for bit.
        frame.to_csv(handle, sep="\t", index=False, float_format="%.9g", lineterminator="\n")


def _npz(prediction: Prediction, path: Path) -> None:
    arrays = {
        "values": prediction.values,
        "target_index": prediction.tracks.target_index,
        "chrom": np.array(prediction.interval.chrom),
        "start": np.array(prediction.interval.start),
        "bin_size": np.array(prediction.bin_size),
        "provenance": np.array(prediction.provenance.to_json()),
    }
    write_npz(path, arrays)


def _tsv(prediction: Prediction, path: Path) -> None:
    write_tsv(path, prediction.provenance.facts(), prediction.frame())


def _parquet(prediction: Prediction, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(prediction.frame(), preserve_index=False)
    table = table.replace_schema_metadata({"provenance": prediction.provenance.to_json()})
    pq.write_table(table, path)
