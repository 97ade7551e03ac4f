"""Reading annotations (BED, narrowPeak, broadPeak, GTF, VCF) in a process that a made-up file may exhaust unharmed."""

from __future__ import annotations

import stat
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..closing import Closing
from ..errors import AssemblyMismatch, FileError, FileFormatError, shown
from ..genome.contigs import alias_table, mismatch, nearest, resolve
from ..genome.interval import Interval
from ..genome.known_assemblies import KNOWN
from ..settings import Settings, load_settings
from .bigwig_header import Identity
from .child_ask import Answer, Changed, Lane, ask
from .child_pool import ChildPool
from .features import AnnotationInfo, Features, features_from, info_from, nothing

MAX_DRAWN = 5_000
MAX_CACHED = 64
MAX_ANSWER = 16 * 1024**2
TRIES = 3
LOOK_FACTOR = 6
"""How much longer than a redraw the one look through a whole file may take."""
_NAMED = 3
Known = tuple[Identity, AnnotationInfo]


class AnnotationReader(Closing):
    """Reads annotations through a limited child process. Safe to share between threads.

    Use it as a context manager, or close it. A file is told by its content, never by its name; one wrong line refuses
    it, with the line's number. Nothing is kept open between calls.

    Args:
        settings: For ``bigwig_timeout_s`` and ``bigwig_memory_bytes``; the settings in force by default.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or load_settings()
        self._pool = ChildPool(self._settings.bigwig_memory_bytes, 1)
        self._known: OrderedDict[tuple[str, Identity], AnnotationInfo] = OrderedDict()
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the child process. May be called twice."""
        self._pool.close()

    def describe(self, path: Path) -> AnnotationInfo:
        """Read all of a file, and say what it is.

        Raises:
            FileError: It is missing, is no annotation (saying what it is instead), or has a line that is wrong.
            ResourceError: No child process can be started.
        """
        found = self._look([Path(path)])[Path(path)]
        if isinstance(found, FileError):
            raise found
        return found[1]

    def read(
        self, paths: Sequence[Path], interval: Interval, contigs: Mapping[str, int], limit: int = MAX_DRAWN
    ) -> list[Features | FileError]:
        """The features of several files that share a base with an interval.

        Where there are more than ``limit``, the highest-scored ones are given, or, without scores, ones evenly spread;
        of genes, coding and long ones.

        Args:
            paths: The files.
            interval: 0-based and half-open; it may run off the chromosome.
            contigs: Chromosome lengths of the assembly on view.
            limit: Most features of one file.

        Returns:
            Per path, in order, its features, or why there are none: a ``FileFormatError``, or an ``AssemblyMismatch``
            where the file reaches beyond a chromosome's end. One bad file does not cost the others.

        Raises:
            ResourceError: No child process can be started.
        """
        own = [Path(path) for path in paths]
        results: dict[Path, Features | FileError] = {}
        for _ in range(TRIES):
            open_ones = [path for path in dict.fromkeys(own) if path not in results]
            if not open_ones:
                break
            results |= self._read_once(open_ones, interval, contigs, limit)
        return [results.get(path) or _restless(path) for path in own]

    def _read_once(
        self, paths: list[Path], interval: Interval, contigs: Mapping[str, int], limit: int
    ) -> dict[Path, Features | FileError]:
        """Results by path; a file that changed meanwhile has none."""
        table = alias_table(contigs)
        results: dict[Path, Features | FileError] = {}
        planned: dict[Path, tuple[AnnotationInfo, tuple[str, ...]]] = {}
        lanes: list[Lane] = []
        for path, known in self._look(paths).items():
            if isinstance(known, FileError):
                results[path] = known
                continue
            identity, info = known
            try:
                names, notes = _names(info, interval.chrom, contigs, table, path)
            except FileError as error:
                results[path] = error
                continue
            if not names:
                results[path] = nothing(info.kind, notes)
                continue
            planned[path] = (info, notes)
            work = {"names": names, "start": interval.start, "end": interval.end, "limit": limit}
            lanes.append(_lane(path, identity, work))
        for lane, outcome in zip(lanes, ask(self._pool, lanes, self._settings.bigwig_timeout_s), strict=True):
            if isinstance(outcome, Answer):
                info, notes = planned[lane.path]
                results[lane.path] = _taken(lane.path, outcome, info, interval.chrom, limit, notes)
            elif not isinstance(outcome, Changed):
                results[lane.path] = outcome
        return results

    def _look(self, paths: Iterable[Path]) -> dict[Path, Known | FileError]:
        """What each file is, from the cache where it is still the same; a file that changes meanwhile is an error."""
        found: dict[Path, Known | FileError] = {}
        lanes: list[Lane] = []
        for path in paths:
            try:
                identity = _identity(path)
            except FileError as error:
                found[path] = error
                continue
            with self._lock:
                info = self._known.get((str(path), identity))
            if info is not None:
                found[path] = (identity, info)
            else:
                lanes.append(_lane(path, identity, {"names": None}))
        timeout_s = LOOK_FACTOR * self._settings.bigwig_timeout_s
        for lane, outcome in zip(lanes, ask(self._pool, lanes, timeout_s), strict=True):
            found[lane.path] = self._kept(lane, outcome)
        return found

    def _kept(self, lane: Lane, outcome: Answer | Changed | FileError) -> Known | FileError:
        if isinstance(outcome, Changed):
            return _restless(lane.path)
        if isinstance(outcome, FileError):
            return outcome
        try:
            info = info_from(outcome.facts)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return _damaged(lane.path)
        with self._lock:
            self._known[(str(lane.path), lane.identity)] = info
            while len(self._known) > MAX_CACHED:
                self._known.popitem(last=False)
        return lane.identity, info


def _lane(path: Path, identity: Identity, work: dict[str, Any]) -> Lane:
    return Lane(path, identity, {"kind": "features"} | work, MAX_ANSWER, noun="file", error=FileFormatError)


def _identity(path: Path) -> Identity:
    """The state of a regular file; nothing is opened, so that no pipe is waited for."""
    try:
        status = path.stat()
    except (OSError, ValueError) as exc:
        what = "the file is not there (any more)" if isinstance(exc, FileNotFoundError) else "the file cannot be opened"
        raise FileError(what, where=shown(path), hint="Check the path") from exc
    if not stat.S_ISREG(status.st_mode):
        raise FileError("this is no regular file", where=str(path), hint="Give the path of a file")
    return Identity.of(status)


def _names(
    info: AnnotationInfo, chrom: str, contigs: Mapping[str, int], table: Mapping[str, str], path: Path
) -> tuple[list[str], tuple[str, ...]]:
    """The file's own names of a chromosome, and what to say about the others.

    Raises:
        AssemblyMismatch: It was made with another assembly.
    """
    of = {name: resolve(name, contigs, table) for name in info.contigs}
    stated = {name: length for name, length in info.lengths.items() if resolve(name, contigs, table)}
    if text := mismatch(stated, contigs):
        raise _other_assembly(text, path)
    strange = [name for name, contig in of.items() if contig is None]
    if strange and len(strange) == len(of):
        near = ", ".join(nearest(strange[0], contigs))
        raise AssemblyMismatch(
            f"the assembly on view has none of its chromosomes, such as {shown(strange[0])}",
            where=str(path),
            hint=f"Choose a file that was made with the assembly on view, which has {near}",
        )
    for name, contig in of.items():
        extent = info.contigs[name]
        if contig is not None and extent.end > contigs[contig]:
            text = f"{name}:{extent.end:,} is beyond the end of {contig}, which has {contigs[contig]:,} bp"
            raise _other_assembly(text + _fitting(info, of), path, extent.line)
    notes = info.notes
    if strange:
        n = sum(info.contigs[name].n_features for name in strange)
        more = f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else ""
        listed = ", ".join(shown(name) for name in strange[:_NAMED])
        notes += (f"features on {listed}{more}, which the assembly does not have, left out: {n:,}",)
    return [name for name, contig in of.items() if contig == chrom], notes


def _fitting(info: AnnotationInfo, of: Mapping[str, str | None]) -> str:
    """The known assembly that is long enough for all features, if there is just one."""
    ends = {contig: info.contigs[name].end for name, contig in of.items() if contig is not None}
    fits = [
        build
        for build, lengths in KNOWN.items()
        if ends.keys() <= lengths.keys() and all(end <= lengths[contig] for contig, end in ends.items())
    ]
    return f"; it would fit {fits[0]}" if len(fits) == 1 else ""


def _other_assembly(text: str, path: Path, line: int = 0) -> AssemblyMismatch:
    where = f"{path} line {line:,}" if line else str(path)
    return AssemblyMismatch(text, where=where, hint="Choose a file that was made with the assembly on view")


def _taken(
    path: Path, outcome: Answer, info: AnnotationInfo, chrom: str, limit: int, notes: tuple[str, ...]
) -> Features | FileError:
    try:
        return features_from(outcome.facts, outcome.raw, info, chrom, limit, notes)
    except (ValueError, KeyError, TypeError, IndexError, OverflowError):
        return _damaged(path)


def _damaged(path: Path) -> FileFormatError:
    return FileFormatError("the file cannot be read", where=str(path), hint="Copy or download it again")


def _restless(path: Path) -> FileFormatError:
    return FileFormatError("the file changes while it is read", where=str(path), hint="Try again once it is complete")
