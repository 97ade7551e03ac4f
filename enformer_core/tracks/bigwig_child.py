"""What is done with a bigWig, in a process that it may crash (``child_main``): binning, listing, writing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyBigWig

from .bigwig_bins import Bins

CHUNK_BASES = 1 << 18


def bins(lane: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Bin base-level values: float32 [n_bins], with counts of what was left out."""
    found = Bins(lane["n_bins"], lane["bin_size"], lane["statistic"])
    stores_nan = False
    file = pyBigWig.open(lane["path"])
    try:
        for first, start, end in _chunks(lane):
            values = np.asarray(file.values(lane["chrom"], start, end, numpy=True), dtype=np.float32)
            if values.shape != (end - start,):
                raise ValueError(f"{values.shape} values for {end - start} bases")
            found.add(first, start - lane["start"], values)
            if not stores_nan and np.isnan(values).any():
                # A base without an entry reads as NaN too; only the entries tell the two apart.
                entries = file.intervals(lane["chrom"], start, end) or ()
                stores_nan = any(value != value for _, _, value in entries)
    finally:
        file.close()
    numbers = found.result().tobytes()
    facts = {"n_covered": found.n_covered, "n_unusable": found.n_unusable, "n_overflowed": found.n_overflowed}
    return facts | {"n_stored_nan": int(stores_nan)}, numbers


def _chunks(lane: dict[str, Any]) -> Iterator[tuple[int, int, int]]:
    """(first bin, start, end) of pieces of whole bins, clipped to the chromosome; pieces bound the memory."""
    bin_size = lane["bin_size"]
    bins_per_chunk = max(1, CHUNK_BASES // bin_size)
    for first in range(0, lane["n_bins"], bins_per_chunk):
        last = min(first + bins_per_chunk, lane["n_bins"])
        start = max(lane["start"] + first * bin_size, 0)
        end = min(lane["start"] + last * bin_size, lane["length"])
        if start < end:
            yield first, start, end


def entries(lane: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """All entries of one chromosome as a second reader sees them: starts, ends (uint32) and values (float32)."""
    import pybigtools

    with open(lane["path"], "rb") as handle:  # by its name, it would ask for the ending .bw
        file = pybigtools.open(handle)
        found = np.fromiter(file.records(lane["chrom"]), dtype=[("start", "<u4"), ("end", "<u4"), ("value", "<f4")])
        contigs = dict(file.chroms())
        n_covered = int(file.info()["summary"]["basesCovered"])
    facts = {"n_entries": len(found), "contigs": contigs, "n_covered": n_covered}
    return facts, b"".join(found[column].tobytes() for column in ("start", "end", "value"))


def write(lane: dict[str, Any], raw: bytes) -> dict[str, Any]:
    """Write entries that were checked before: libBigWig crashes on some mistakes, and where the disk is full."""
    n = lane["n_entries"]
    starts, ends = np.frombuffer(raw, dtype="<u4", count=2 * n).reshape(2, n)
    values = np.frombuffer(raw, dtype="<f4", offset=8 * n, count=n)
    file = pyBigWig.open(lane["path"], "w")
    # Sorted by name, as UCSC's tools do: their readers search the list.
    file.addHeader(sorted(lane["contigs"].items()), maxZooms=lane["max_zooms"])
    file.addEntries([lane["chrom"]] * n, starts, ends=ends, values=values, validate=False)
    file.close()
    return {}
