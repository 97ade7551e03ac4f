"""Writing bigWigs that are known to hold what they should.

The library that writes them crashes on some mistakes and on a full disk, and lies about others. So everything is
checked before it is called, it is called in a process of its own, the file is written aside, read again by another
library in yet another process, compared number by number, and only then moved into place.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ..closing import Closing
from ..errors import BigWigError, FileError, InputError, LocusError, NumericalError, shown
from ..files import written_aside
from ..settings import Settings, load_settings
from .bigwig_header import MAX_CONTIGS, MAX_NAME_BYTES, unusable_name
from .bigwig_read import BigWigReader
from .child_pool import ChildPool
from .child_wire import WireError

MAX_LENGTH = 2**32 - 1
MAX_ZOOMS = 10
PROBE_BYTES = 1 << 16
TIMEOUT_S = 120.0
"""For one file. The numbers are our own, so unlike reading this takes long only for very many chromosomes."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Entries:
    """Checked entries of one chromosome: uint32 starts and ends, float32 values, all [n], little-endian."""

    starts: np.ndarray
    ends: np.ndarray
    values: np.ndarray

    def raw(self) -> bytes:
        return self.starts.tobytes() + self.ends.tobytes() + self.values.tobytes()


class BigWigWriter(Closing):
    """Writes bigWigs one after the other through warm child processes. Safe to share between threads.

    Use it as a context manager, or close it.

    Args:
        settings: For ``bigwig_memory_bytes``, and for reading again; the settings in force by default.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        settings = settings or load_settings()
        self._reader = BigWigReader(settings)
        self._pool = ChildPool(settings.bigwig_memory_bytes, 1, may_write=True)

    def close(self) -> None:
        """End the child processes. May be called twice."""
        self._pool.close()
        self._reader.close()

    def write(
        self,
        path: Path,
        contigs: Mapping[str, int],
        chrom: str,
        starts: ArrayLike,
        ends: ArrayLike,
        values: ArrayLike,
        *,
        overwrite: bool = False,
    ) -> Path:
        """Write one file; see ``write_bigwig``."""
        if reason := unusable_name(path):
            raise FileError(f"the path {shown(path)} {reason}", hint="Choose another name")
        _check_contigs(contigs, chrom)
        entries = _checked(contigs[chrom], chrom, starts, ends, values)
        with written_aside(path, overwrite=overwrite) as aside:
            self._fill(aside, contigs, chrom, entries)
            try:
                self._compare(aside, contigs, chrom, entries)
            except BigWigError as exc:
                _probe_disk(aside)
                raise BigWigError(
                    f"what was read back differs from what was written: {exc.what}",
                    where=str(path),
                    hint="Nothing was left behind; please report this",
                ) from exc
        return path

    def _fill(self, aside: Path, contigs: Mapping[str, int], chrom: str, entries: _Entries) -> None:
        lane = {
            "kind": "write",
            "path": str(aside.absolute()),
            "contigs": {name: int(length) for name, length in contigs.items()},
            "chrom": chrom,
            "n_entries": len(entries.starts),
            "max_zooms": MAX_ZOOMS,
        }
        deadline = time.monotonic() + TIMEOUT_S
        with self._pool.child() as child:
            try:
                child.send({"lanes": [lane], "cpu_s": TIMEOUT_S}, deadline, entries.raw())
                reason = child.receive(deadline).get("error")
                if reason is None:
                    child.finished()
            except TimeoutError:
                reason = f"it took more than {TIMEOUT_S:g} s"
            except WireError:
                reason = f"the writer ended ({child.kill(grace_s=0.5)})"
        if reason is not None:
            _log.debug("writing %s failed: %s", aside, reason)
            _probe_disk(aside)
            raise FileError(f"the bigWig cannot be written: {shown(reason)}", where=str(aside.parent))

    def _compare(self, aside: Path, contigs: Mapping[str, int], chrom: str, entries: _Entries) -> None:
        answer = self._reader.entries(aside, chrom, len(entries.starts))
        n_covered = int((entries.ends - entries.starts).sum(dtype=np.int64))
        checks = {
            "the number of entries": answer.count("n_entries") == len(entries.starts),
            "the chromosome sizes": answer.facts.get("contigs") == dict(contigs),
            "the chromosome sizes in the header": self._reader.describe(aside).contigs == dict(contigs),
            "the number of bases": answer.count("n_covered") == n_covered,
            "the values": answer.raw == entries.raw(),
        }
        for what, is_equal in checks.items():
            if not is_equal:
                raise BigWigError(what)


def write_bigwig(
    path: Path,
    contigs: Mapping[str, int],
    chrom: str,
    starts: ArrayLike,
    ends: ArrayLike,
    values: ArrayLike,
    *,
    overwrite: bool = False,
) -> Path:
    """Write one chromosome's entries as a bigWig; equal input gives equal bytes.

    Each call starts two processes; a ``BigWigWriter`` keeps them for many files.

    Args:
        path: Where to write. Nothing is left there, nor beside it, if anything goes wrong.
        contigs: Name and length of every chromosome of the assembly, for the file's header.
        chrom: The chromosome of the entries.
        starts: int [n], 0-based, ascending.
        ends: int [n], exclusive; no entry overlaps the next.
        values: float [n], stored as float32.
        overwrite: Whether to replace a file that is there.

    Returns:
        ``path``.

    Raises:
        LocusError: The chromosome is unknown, or an entry is empty, out of order, overlapping or off the chromosome.
        NumericalError: A value is not finite, or too large for the file's own sums.
        InputError: There are no entries, the arrays differ in length, or a chromosome cannot be listed.
        OutputExists: The file is there.
        OutOfDisk: The disk is full.
        FileError: The folder is missing or may not be written, or the name is no text.
        BigWigError: What was read back is not what was written.
        ResourceError: A child process cannot be started.
    """
    with BigWigWriter() as writer:
        return writer.write(path, contigs, chrom, starts, ends, values, overwrite=overwrite)


def _probe_disk(aside: Path) -> None:
    """Fail as the disk does, if it is full: the library that wrote the file says nothing of that."""
    with aside.open("ab", buffering=0) as handle:
        written = handle.write(b"\0" * PROBE_BYTES)
        if written < PROBE_BYTES:
            handle.write(b"\0" * (PROBE_BYTES - written))


def _check_contigs(contigs: Mapping[str, int], chrom: str) -> None:
    if not 1 <= len(contigs) <= MAX_CONTIGS:
        raise InputError(
            f"a bigWig cannot list {len(contigs):,} chromosomes", hint=f"1 to {MAX_CONTIGS:,} are possible"
        )
    for name, length in contigs.items():
        if not name.isprintable() or not 1 <= len(name.encode(errors="replace")) <= MAX_NAME_BYTES:
            raise InputError(f"a chromosome cannot be named {shown(name)}", hint=f"1 to {MAX_NAME_BYTES} bytes of text")
        if not 1 <= length <= MAX_LENGTH:
            raise InputError(f"{name} cannot have {shown(length)} bp", hint=f"1 to {MAX_LENGTH:,} are possible")
    if chrom not in contigs:
        raise LocusError(
            f"there is no chromosome {shown(chrom)} in the assembly", hint="Name one that the header lists"
        )


def _checked(length: int, chrom: str, starts: ArrayLike, ends: ArrayLike, values: ArrayLike) -> _Entries:
    first, last, numbers = np.asarray(starts), np.asarray(ends), np.asarray(values)
    if first.ndim != 1 or not first.shape == last.shape == numbers.shape:
        raise InputError(
            f"starts {first.shape}, ends {last.shape} and values {numbers.shape} are not three rows of one length"
        )
    if not len(first):
        raise InputError("there are no entries to write", hint="A bigWig needs at least one")
    if first.dtype.kind not in "iu" or last.dtype.kind not in "iu":
        raise InputError(f"starts and ends must be whole numbers, not {first.dtype} and {last.dtype}")
    _check_positions(length, chrom, first, last)
    return _Entries(first.astype("<u4"), last.astype("<u4"), _checked_values(first, last, numbers))


def _check_positions(length: int, chrom: str, starts: np.ndarray, ends: np.ndarray) -> None:
    problems = (
        (np.concatenate([[False], starts[1:] < starts[:-1]]), "starts before the one in front of it"),
        (np.concatenate([[False], starts[1:] < ends[:-1]]), "overlaps the one in front of it"),
        (ends <= starts, "is empty"),
        (starts < 0, "starts below 0"),
        (ends > length, f"ends beyond {chrom}, which has {length:,} bp"),
    )
    for where, what in problems:
        if where.any():
            i = int(where.argmax())
            raise LocusError(
                f"entry {i:,} ({chrom}, {int(starts[i]):,} to {int(ends[i]):,}, 0-based, half-open) {what}",
                hint="Entries must be in order, apart and on the chromosome",
            )


def _checked_values(starts: np.ndarray, ends: np.ndarray, values: np.ndarray) -> np.ndarray:
    if values.dtype.kind not in "fiu":
        raise InputError(f"values must be numbers, not {values.dtype}")
    with np.errstate(over="ignore"):
        stored = values.astype("<f4")
    if not np.isfinite(stored).all():
        i = int((~np.isfinite(stored)).argmax())
        raise NumericalError(f"value {i:,} is {values[i]}, which no bigWig should hold", hint="Nothing was written")
    widths = ends.astype(np.float64) - starts
    # The file sums squares in float32; where that overflows, other programs crash on the file.
    if float(np.dot(widths, stored.astype(np.float64) ** 2)) > float(np.finfo(np.float32).max):
        raise NumericalError(
            f"values up to {np.abs(stored).max():g} are too large for a bigWig's own sums", hint="Scale them down first"
        )
    return stored
