"""bigWigs at web addresses as local paths, with what an interval needs of them filled in."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from ...closing import Closing
from ...errors import BigWigError, EnformerError
from ...genome.contigs import alias_table, resolve
from ...genome.interval import Interval
from ...own_folder import OwnFolder
from ..bigwig_header import BigWigHeader
from .bigwig_parts import data_blocks
from .parts_file import Changed, PartsFile
from .policy import Address, Policy, checked_address
from .ranges import RangeReader

MAX_FILES = 32
#: Age at which a file is fetched anew, and idle time after which it goes.
KEPT_S = 24 * 3600.0
#: How long a server that failed is not asked again, and how long a file that was replaced stays for its readers.
REST_S, GRACE_S = 30.0, 60.0
_TRIES = 3


@dataclass(slots=True)
class _Remote:
    """One address: what is here of its file. ``lock`` is held while that changes."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    parts: PartsFile | None = None
    header: BigWigHeader | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    begun_at: float = 0.0
    used_at: float = 0.0
    failure: EnformerError | None = None
    failed_at: float = 0.0


class RemoteBigWigs(Closing):
    """Fetches what is needed of bigWigs at web addresses. Safe to share between threads.

    One file serves all who give the same address, signature included, and nobody else.

    Args:
        folder: Where they are kept, below it in a folder of this process.
        policy: The rules.

    Raises:
        FileError: No folder can be made there.
    """

    def __init__(self, folder: Path, policy: Policy) -> None:
        # Reading the list of authorities takes a while, so it is done once.
        self.policy = policy if policy.tls else replace(policy, tls=httpx.create_ssl_context())
        self._own = OwnFolder(folder)
        self._remotes: OrderedDict[str, _Remote] = OrderedDict()
        self._retired: list[tuple[float, Path]] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Remove what was fetched. May be called twice."""
        self._own.close()

    def add(self, text: str) -> Address:
        """Look at an address for the first time: whether it may be asked, and whether a bigWig is there.

        Args:
            text: As typed.

        Raises:
            UrlNotAllowed: The rules do not allow it.
            DownloadError: The file cannot be fetched.
            FileError: It is no bigWig, is damaged, or is too large.
        """
        address = checked_address(text.strip(), self.policy)
        self._filled(address, None)
        return address

    def path(self, text: str, interval: Interval) -> Path:
        """A file that can be read over an interval as if the whole bigWig were here. Ask for it before each reading.

        Args:
            text: The address, from ``Address.text``.
            interval: 0-based and half-open; it may run off its chromosome.

        Raises:
            UrlNotAllowed: The rules do not allow it.
            DownloadError: The file cannot be fetched; a server that just failed is not asked again at once.
            FileError: It is no bigWig, is damaged, or too much of it would be needed.
        """
        return self._filled(checked_address(text, self.policy), interval)

    def _filled(self, address: Address, interval: Interval | None) -> Path:
        remote = self._of(address)
        with remote.lock:
            now = time.monotonic()
            if interval is not None and remote.failure is not None and now - remote.failed_at < REST_S:
                raise remote.failure.with_traceback(None)
            remote.used_at, remote.failure = now, None
            try:
                return self._tried(remote, address, interval)
            except EnformerError as error:
                remote.failure, remote.failed_at = error, time.monotonic()
                if remote.header is None:
                    self._retire(remote)
                raise
            finally:
                remote.used_at = time.monotonic()

    def _tried(self, remote: _Remote, address: Address, interval: Interval | None) -> Path:
        with RangeReader(address, self.policy) as reader:
            for _ in range(_TRIES):
                try:
                    return self._fill(remote, reader, interval)
                except Changed:
                    self._retire(remote)
        raise BigWigError("the file changes while it is read", where=address.host, hint="Try again later")

    def _fill(self, remote: _Remote, reader: RangeReader, interval: Interval | None) -> Path:
        is_old = time.monotonic() - remote.begun_at > KEPT_S
        if remote.parts is not None and (is_old or not remote.parts.path.exists()):
            self._retire(remote)
        if remote.parts is None or remote.header is None:
            self._retire(remote)
            remote.parts, remote.begun_at = (
                PartsFile(self._own.made() / secrets.token_hex(16), reader),
                time.monotonic(),
            )
            remote.header = remote.parts.parser(reader).header()
            remote.aliases = alias_table(remote.header.contigs)
        elif interval is None:
            remote.parts.check(reader)
        if interval is not None:
            self._fill_interval(remote, remote.parts, remote.header, reader, interval)
        return remote.parts.path

    def _fill_interval(
        self, remote: _Remote, parts: PartsFile, header: BigWigHeader, reader: RangeReader, interval: Interval
    ) -> None:
        chrom = resolve(interval.chrom, header.contigs, remote.aliases)
        if chrom is None:
            return
        start, end = max(interval.start, 0), min(interval.end, header.contigs[chrom])
        blocks = data_blocks(parts.parser(reader), header, chrom, start, end)
        if not parts.has_room(blocks, self.policy.max_bytes):
            raise Changed
        parts.fill(blocks, reader)

    def _of(self, address: Address) -> _Remote:
        with self._lock:
            known = self._remotes.pop(address.text, None)
            self._sweep()
            self._remotes[address.text] = remote = known or _Remote()  # the newest goes last
            remote.used_at = time.monotonic()
            return remote

    def _sweep(self) -> None:
        """Let go of what is old, and of the longest unused above the limit; their files go a little later."""
        now = time.monotonic()
        for text, remote in list(self._remotes.items()):
            is_one_too_many = len(self._remotes) >= MAX_FILES
            if not remote.lock.locked() and (is_one_too_many or now - remote.used_at > KEPT_S):
                del self._remotes[text]
                if remote.parts is not None:
                    self._retired.append((now, remote.parts.path))
        for _, path in [r for r in self._retired if now - r[0] > GRACE_S]:
            path.unlink(missing_ok=True)
        self._retired = [r for r in self._retired if now - r[0] <= GRACE_S]

    def _retire(self, remote: _Remote) -> None:
        """Begin anew. Somebody may be reading what was there, so it goes a little later, unless nobody was given it."""
        if remote.parts is not None and remote.header is None:
            remote.parts.path.unlink(missing_ok=True)
        elif remote.parts is not None:
            with self._lock:
                self._retired.append((time.monotonic(), remote.parts.path))
        remote.parts = remote.header = None
