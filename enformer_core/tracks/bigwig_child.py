"""The process that handles bigWigs, so that a damaged file or a full disk ends this one and not the application.

Nothing here runs in the application: ``bigwig_pool`` starts it with a pipe on either side. It takes away its own
means first (memory, processor time, open files and, unless it is there to write, writing), then answers requests until
its input ends. It imports numpy and a bigWig library only.

A request is ``{"lanes": [...], "cpu_s": seconds, "n_bytes": n}`` and n raw bytes; each lane is answered, in order, by
one message, which ``n_bytes`` raw bytes follow. After a lane that failed inside the library this process ends, because
its memory can no longer be trusted; the rest of the request is then put to another.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyBigWig

from .bigwig_bins import Bins
from .bigwig_wire import WireError, encode, receive, receive_bytes, send

MAX_OPEN_FILES = 24
CHUNK_BASES = 1 << 18
MAX_REASON = 300


def main(memory_bytes: int, may_write: bool) -> None:
    """Serve requests from standard input on standard output until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the application's to answer; it closes the pipe
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # what a C library prints must not get between the messages
        os.dup2(nowhere, descriptor)
    send(answers, encode({"ready": True, "unlimited": _limit(memory_bytes, may_write)}))
    while True:
        try:
            request = receive(requests)
            raw = receive_bytes(requests, request["n_bytes"])
        except WireError:
            return
        _allow_cpu(request["cpu_s"])
        for lane in request["lanes"]:
            facts, numbers = _answer(lane, raw)
            send(answers, encode(facts | {"n_bytes": len(numbers)}) + numbers)
            if facts.get("error") in ("memory", "damaged"):
                return


def _limit(memory_bytes: int, may_write: bool) -> list[str]:
    """Take away what the work needs not; the names of limits that this system does not know or keep."""
    wanted = {"RLIMIT_AS": memory_bytes, "RLIMIT_NOFILE": MAX_OPEN_FILES, "RLIMIT_CORE": 0}
    if not may_write:
        wanted["RLIMIT_FSIZE"] = 0
    missing = []
    for name, value in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):
            missing.append(name)
    if sys.platform == "darwin" and "RLIMIT_AS" not in missing:  # macOS accepts this limit and does not keep it
        missing.append("RLIMIT_AS")
    return missing


def _allow_cpu(seconds: float) -> None:
    """Let the kernel end this process after so much more processor time; the asking side keeps the wall clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _answer(lane: dict[str, Any], raw: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        if lane["kind"] == "write":
            return _write(lane, raw), b""
        work = {"bins": _bins, "entries": _entries}[lane["kind"]]
        if _identity(lane["path"]) != lane["identity"]:
            return {"error": "changed"}, b""
        facts, numbers = work(lane)
        if _identity(lane["path"]) != lane["identity"]:
            return {"error": "changed"}, b""
    except MemoryError:
        return {"error": "memory"}, b""
    except BaseException as exc:
        # pybigtools raises PanicException, which is no Exception; anything else here comes out of a damaged file too.
        return {"error": "damaged", "reason": f"{type(exc).__name__}: {exc}"[:MAX_REASON]}, b""
    return facts, numbers


def _identity(path: str) -> list[int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns]


def _bins(lane: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Bin base-level values: float32 [n_bins], with counts of what was left out."""
    bins = Bins(lane["n_bins"], lane["bin_size"], lane["statistic"])
    stores_nan = False
    file = pyBigWig.open(lane["path"])
    try:
        for first, start, end in _chunks(lane):
            values = np.asarray(file.values(lane["chrom"], start, end, numpy=True), dtype=np.float32)
            if values.shape != (end - start,):
                raise ValueError(f"{values.shape} values for {end - start} bases")
            bins.add(first, start - lane["start"], values)
            if not stores_nan and np.isnan(values).any():
                # A base without an entry reads as NaN too; only the entries tell the two apart.
                entries = file.intervals(lane["chrom"], start, end) or ()
                stores_nan = any(value != value for _, _, value in entries)
    finally:
        file.close()
    numbers = bins.result().tobytes()
    facts = {"n_covered": bins.n_covered, "n_unusable": bins.n_unusable, "n_overflowed": bins.n_overflowed}
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


def _entries(lane: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """All entries of one chromosome as a second reader sees them: starts, ends (uint32) and values (float32)."""
    import pybigtools

    with open(lane["path"], "rb") as handle:  # by its name, it would ask for the ending .bw
        file = pybigtools.open(handle)
        entries = np.fromiter(file.records(lane["chrom"]), dtype=[("start", "<u4"), ("end", "<u4"), ("value", "<f4")])
        contigs = dict(file.chroms())
        n_covered = int(file.info()["summary"]["basesCovered"])
    facts = {"n_entries": len(entries), "contigs": contigs, "n_covered": n_covered}
    return facts, b"".join(entries[column].tobytes() for column in ("start", "end", "value"))


def _write(lane: dict[str, Any], raw: bytes) -> dict[str, Any]:
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
