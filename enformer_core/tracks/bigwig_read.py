"""Reading experiments from bigWigs, in processes that a damaged file may crash without harm."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..closing import Closing
from ..errors import AssemblyMismatch, BigWigError, FileError, InputError, shown
from ..genome.contigs import alias_table, mismatch, recognise, resolve
from ..genome.interval import Interval
from ..settings import Settings, load_settings
from .bigwig_header import BigWigHeader, Identity, read_header
from .child_ask import Answer, Lane, ask
from .child_pool import ChildPool
from .transform import STATISTICS, Statistic

N_CHILDREN = 2
MAX_BIN_SIZE = 1 << 18
MAX_BINS = 1_000_000
MAX_CACHED = 64
MAX_CACHED_CONTIGS = 10_000
TRIES = 3


@dataclass(frozen=True, slots=True, eq=False)
class BinnedSignal:
    """An experiment in bins.

    Attributes:
        values: float32 [bins]; NaN where there are no data.
        statistic: How each bin pools its bases: ``mean`` over the bases that have data, ``sum``, ``max`` or ``min``.
        notes: What the reader had to do or leave out, as clauses for people.
    """

    values: np.ndarray
    statistic: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BigWigInfo:
    """What a bigWig says of itself: chromosome lengths by its own names, and the assembly that these belong to."""

    contigs: Mapping[str, int]
    assembly: str | None
    version: int
    n_zoom_levels: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Known:
    """A checked header with the names that lead to its chromosomes."""

    header: BigWigHeader
    aliases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to do for one path: ask a child, or nothing but say why."""

    lane: Lane | None
    notes: tuple[str, ...]


class BigWigReader(Closing):
    """Reads bigWigs through a small pool of limited child processes. Safe to share between threads.

    Use it as a context manager, or close it. Nothing is kept open between calls, so a file that was replaced is
    simply read anew.

    Args:
        settings: For ``bigwig_timeout_s`` and ``bigwig_memory_bytes``; the settings in force by default.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or load_settings()
        self._pool = ChildPool(self._settings.bigwig_memory_bytes, N_CHILDREN)
        self._known: OrderedDict[tuple[str, Identity], _Known] = OrderedDict()
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the child processes. May be called twice."""
        self._pool.close()

    @property
    def unlimited(self) -> tuple[str, ...]:
        """Limits that this system does not keep (``RLIMIT_AS`` on macOS); known once something was read."""
        return self._pool.unlimited

    def read(
        self,
        paths: Sequence[Path],
        interval: Interval,
        bin_size: int,
        statistic: Statistic = "mean",
        contigs: Mapping[str, int] | None = None,
    ) -> list[BinnedSignal | FileError]:
        """Bin the base-level values of several files over one interval.

        A bin pools the bases that have data, however few of them; a bin with none is NaN, as are all bins off the
        chromosome's ends. Infinite values and those of 1e38 and beyond count as no data, with a note.

        Args:
            paths: One file per lane.
            interval: 0-based, half-open; a whole number of bins. It may run off the chromosome.
            bin_size: Bases per bin.
            statistic: How to pool.
            contigs: Chromosome lengths of the assembly on view, to find files of another one. None skips that check.

        Returns:
            Per path, in order, its signal; or a ``BigWigError`` (missing, damaged or no bigWig) or
            ``AssemblyMismatch``. One bad file does not cost the others.

        Raises:
            InputError: The interval, bin size or statistic cannot be used.
            ResourceError: No child process can be started.
        """
        n_bins = _checked_bins(interval, bin_size, statistic)
        work = {"kind": "bins", "n_bins": n_bins, "bin_size": bin_size, "statistic": statistic}
        results: list[BinnedSignal | FileError | None] = [None] * len(paths)
        for _ in range(TRIES):
            plans: dict[int, _Plan] = {}
            for i in (i for i, result in enumerate(results) if result is None):
                try:
                    plans[i] = self._plan(Path(paths[i]), interval, contigs, work)
                except FileError as exc:
                    results[i] = exc
            for i, result in self._carried_out(plans, n_bins, statistic).items():
                results[i] = result
        return [_restless(path) if result is None else result for result, path in zip(results, paths, strict=True)]

    def describe(self, path: Path) -> BigWigInfo:
        """What the file's header says; no child process is needed.

        Raises:
            BigWigError: The file is missing, is no bigWig, or is damaged.
        """
        header = self._look(Path(path)).header
        return BigWigInfo(
            header.contigs, recognise(header.contigs), header.version, header.n_zoom_levels, header.identity.size
        )

    def entries(self, path: Path, chrom: str, n_entries: int) -> Answer:
        """All entries of one chromosome, as a second reader (pybigtools) sees them; for checking what was written.

        Args:
            path: The file.
            chrom: Chromosome, by the file's own name.
            n_entries: Most entries to accept.

        Returns:
            Facts ``n_entries``, ``contigs`` and ``n_covered`` (bases with an entry, whole file); raw starts, ends
            (uint32) and values (float32), one array after the other, little-endian.

        Raises:
            BigWigError: The file cannot be read, or has more entries.
        """
        header = self._look(path).header
        lane = Lane(path, header.identity, {"kind": "entries", "chrom": chrom}, 12 * n_entries)
        outcome = ask(self._pool, [lane], self._settings.bigwig_timeout_s)[0]
        if isinstance(outcome, Answer):
            return outcome
        raise outcome if isinstance(outcome, FileError) else _restless(path)

    def _plan(
        self, path: Path, interval: Interval, contigs: Mapping[str, int] | None, work: dict[str, object]
    ) -> _Plan:
        known = self._look(path)
        header = known.header
        chrom = resolve(interval.chrom, header.contigs, known.aliases)
        _check_assembly(path, interval.chrom, chrom, header.contigs, contigs)
        if not header.has_entries:
            return _Plan(None, ("the file holds no data",))
        if chrom is None:
            return _Plan(None, (f"the file has no {shown(interval.chrom)}",))
        notes = () if chrom == interval.chrom else (f"the file calls {interval.chrom} {shown(chrom)}",)
        length = header.contigs[chrom]
        off = max(-interval.start, 0) + max(interval.end - length, 0)
        if off:
            notes += (f"{min(off, interval.width):,} bp lie off {interval.chrom}, which has {length:,} bp",)
        if interval.start >= length or interval.end <= 0:
            return _Plan(None, notes)
        where = {"chrom": chrom, "length": length, "start": interval.start}
        n_bins = work["n_bins"]
        max_bytes = 4 * n_bins if isinstance(n_bins, int) else 0
        return _Plan(Lane(path, header.identity, work | where, max_bytes), notes)

    def _carried_out(
        self, plans: Mapping[int, _Plan], n_bins: int, statistic: str
    ) -> dict[int, BinnedSignal | FileError]:
        """Results by place; a file that changed meanwhile has none."""
        lanes = {i: plan.lane for i, plan in plans.items() if plan.lane is not None}
        outcomes = ask(self._pool, list(lanes.values()), self._settings.bigwig_timeout_s)
        answers = dict(zip(lanes, outcomes, strict=True))
        results: dict[int, BinnedSignal | FileError] = {}
        for i, plan in plans.items():
            outcome = answers.get(i, Answer())
            if isinstance(outcome, FileError):
                results[i] = outcome
            elif plan.lane is None:
                results[i] = BinnedSignal(np.full(n_bins, np.nan, dtype=np.float32), statistic, plan.notes)
            elif isinstance(outcome, Answer):
                results[i] = _signal(outcome, plan, n_bins, statistic)
        return results

    def _look(self, path: Path) -> _Known:
        """The checked header, from the cache where the file is still the same."""
        try:
            key = (str(path), Identity.of(path.stat()))
        except (OSError, ValueError):
            key = None  # read_header says what is wrong
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        header = read_header(path)
        known = _Known(header, alias_table(header.contigs))
        if len(header.contigs) <= MAX_CACHED_CONTIGS:
            with self._lock:
                self._known[(str(path), header.identity)] = known
                while len(self._known) > MAX_CACHED:
                    self._known.popitem(last=False)
        return known


def _checked_bins(interval: Interval, bin_size: int, statistic: str) -> int:
    if statistic not in STATISTICS:
        raise InputError(f"there is no statistic {shown(statistic)}", hint=f"Choose one of {', '.join(STATISTICS)}")
    if not isinstance(bin_size, int) or not 1 <= bin_size <= MAX_BIN_SIZE:
        raise InputError(f"a bin cannot have {shown(bin_size)} bp", hint=f"1 to {MAX_BIN_SIZE:,} are possible")
    n_bins, rest = divmod(interval.width, bin_size)
    if rest:
        raise InputError(f"{interval.width:,} bp are not a whole number of bins of {bin_size:,} bp")
    if n_bins > MAX_BINS:
        raise InputError(f"{n_bins:,} bins are too many", hint=f"At most {MAX_BINS:,} are read at a time")
    return n_bins


def _check_assembly(
    path: Path, asked: str, chrom: str | None, found: Mapping[str, int], expected: Mapping[str, int] | None
) -> None:
    """One chromosome of the right length is enough to draw it; only a file without it is compared as a whole."""
    if expected is None:
        return
    if chrom is None:
        text = mismatch(found, expected)
    elif asked not in expected or found[chrom] == expected[asked]:
        return
    else:
        text = mismatch({chrom: found[chrom]}, {asked: expected[asked]})
        text = text or f"{chrom} length {found[chrom]:,}, expected {expected[asked]:,}"
    if text:
        raise AssemblyMismatch(text, where=str(path), hint="Choose a file that was made with the assembly on view")


def _signal(answer: Answer, plan: _Plan, n_bins: int, statistic: str) -> BinnedSignal | FileError:
    if len(answer.raw) != 4 * n_bins:
        where = str(plan.lane.path) if plan.lane else ""
        return BigWigError("the bigWig is damaged: its data cannot be read", where=where)
    values = np.frombuffer(answer.raw, dtype="<f4").astype(np.float32)
    values[np.isinf(values)] = np.nan  # a child does not send them; a file that took the child over might
    notes = plan.notes
    if n := answer.count("n_unusable"):
        notes += (f"{n:,} bp hold infinite values or values of 1e38 and beyond, drawn as gaps",)
    if answer.count("n_stored_nan"):
        notes += ("some entries of the file are NaN, drawn as gaps",)
    if n := answer.count("n_overflowed"):
        notes += (f"the {statistic} of {n:,} bins is too large for a number, drawn as gaps",)
    if not answer.count("n_covered"):
        notes += ("the file has no data here",)
    return BinnedSignal(values, statistic, notes)


def _restless(path: Path) -> BigWigError:
    return BigWigError("the file changes while it is read", where=str(path), hint="Try again once it is complete")
