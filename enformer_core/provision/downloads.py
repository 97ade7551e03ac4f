"""Fetching what a plan lists: two files at a time, each checked before anything opens it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import Cancelled, DownloadError, FileError, FileFormatError, WeightsCorrupt
from ..fetching.fetch import fetch
from ..fetching.policy import Policy
from ..fetching.remote_file import Checksum, Fetched, FetchProgress, RemoteFile
from ..fetching.take import take
from ..genome.origins import Origin
from .plan import Plan, addresses_of
from .progress import Progress, Report, fetched_amount
from .published import file_name, listed
from .sources import Source
from .workplace import Workplace

AT_ONCE = 2  # files; more would only share one line, and be unkind to those who serve them
_LOOK_S = 0.2


@dataclass
class _Tally:
    """How far the downloads are, and whether they are to stop. Threads write, the caller reads."""

    stop: threading.Event = field(default_factory=threading.Event)
    files: dict[str, FetchProgress] = field(default_factory=dict)

    def watcher(self, name: str) -> Callable[[FetchProgress], None]:
        """What a download calls now and then."""

        def watch(progress: FetchProgress) -> None:
            self.files[name] = progress
            if self.stop.is_set():
                raise Cancelled("the download was stopped", hint="Start it again: it goes on where it stopped")

        return watch

    def progress(self, steps: int, names: list[str]) -> Progress:
        """All of them together. Those that have not begun have no size yet, and no time left is given then."""
        files = [self.files[name] for name in names if name in self.files]
        done, rate = sum(f.done for f in files), sum(f.bytes_per_s for f in files)
        known = len(files) == len(names) and all(f.total for f in files)
        total = sum(f.total or 0 for f in files) if known else None
        left = (total - done) / rate if total and rate else None
        under_way = [n for n in names if n in self.files and self.files[n].done != self.files[n].total] or names[-1:]
        fraction = min(1.0, done / total) if total else None
        return Progress(
            1, steps, f"fetching {' and '.join(under_way)}", fraction, fetched_amount(done, total), rate, left
        )


def fetch_all(plan: Plan, place: Workplace, report: Report, *, mirror: str, policy: Policy) -> tuple[Origin, ...]:
    """Bring every file of a plan into the workplace's downloads.

    Args:
        plan: What to fetch.
        place: Where to; what it says is done is not fetched again.
        report: Called by this thread now and then. An exception that it raises stops all downloads, and leaves what
            is there for the next time.
        mirror: Address of a folder that is asked first; empty for none.
        policy: Rules of the downloads.

    Returns:
        Where each file came from, by name.

    Raises:
        DownloadError: A file cannot be had.
        WeightsCorrupt: The weights that were sent have a wrong checksum.
        FileFormatError: Another file has.
        OutOfDisk: The disk filled up.
    """
    if host := urlsplit(mirror).hostname:
        policy = replace(policy, private_hosts=policy.private_hosts | {host})
    tally, steps, found = _Tally(), 1 + len(plan.makes), dict[str, Origin]()
    names = [download.source.name for download in plan.downloads]
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="enformer-fetch")
    try:
        tasks: list[Future[tuple[Origin, Source]]] = []
        for source in (download.source for download in plan.downloads):
            if facts := place.finished(f"fetch {source.name}", _stated(source)):
                found[source.name] = Origin(**facts)
            else:
                job = _Job(source, place.downloads, plan.folder_from, mirror, policy, tally)
                tasks.append(pool.submit(job.run))
        while tasks:
            done, pending = wait(tasks, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
            for task in (t for t in tasks if t in done):  # by one thread: two would overwrite each other's record
                origin, source = task.result()
                place.record(f"fetch {source.name}", _stated(source), [place.downloads / source.name], asdict(origin))
                found[source.name] = origin
            tasks = [task for task in tasks if task in pending]
            report(tally.progress(steps, names))
    finally:
        tally.stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
    return tuple(found[name] for name in sorted(names))


def _stated(source: Source) -> dict[str, str]:
    """What a file was fetched by: with another checksum in the manifest, it is fetched again."""
    return {"sha256": source.sha256, "md5": source.md5, "sums": source.sums, "url": source.urls[0]}


@dataclass(frozen=True, slots=True)
class _Job:
    """One file to fetch."""

    source: Source
    folder: Path
    folder_from: Path | None
    mirror: str
    policy: Policy
    tally: _Tally

    def run(self) -> tuple[Origin, Source]:
        """Fetch it, and say where it came from."""
        source = self.source
        addresses = addresses_of(source, self.mirror)
        file = RemoteFile(source.name, addresses, source.size, self._checksum(), source.hub, source.magic)
        try:
            got = self._get(file, self.folder, self.policy)
        except FileFormatError as exc:
            if source.role == "weights":  # they are a model's, and nobody has opened them
                raise WeightsCorrupt(exc.what, where=exc.where, hint=exc.hint) from exc
            raise
        return Origin(source.name, got.url, got.sha256, got.size, got.verified, source.terms), source

    def _checksum(self) -> Checksum | None:
        """What the file must have, as far as anybody has stated it beforehand."""
        source = self.source
        if source.sha256:
            return Checksum("sha256", source.sha256)
        if source.md5:
            return Checksum("md5", source.md5)
        if not source.sums:
            return None
        lists = self.folder / f"{source.name}.sums"
        lists.mkdir(exist_ok=True)
        with suppress(DownloadError, FileError):  # a list that cannot be had; the file is then recorded, not verified
            kept = self._get(RemoteFile(file_name(source.sums), (source.sums,)), lists, replace(self.policy, retries=1))
            return listed(kept.path, file_name(source.urls[0]))
        return None

    def _get(self, file: RemoteFile, folder: Path, policy: Policy) -> Fetched:
        watch = self.tally.watcher(file.name)
        if self.folder_from is not None:
            return take(file, self.folder_from, folder, on_progress=watch)
        return fetch(file, folder, on_progress=watch, policy=policy)
