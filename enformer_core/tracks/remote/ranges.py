"""Parts of a file by HTTP, and what a server must say for them to be believed."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin

import httpcore

from ...closing import Closing
from ...errors import BigWigError, DownloadError, FileTooLarge, UrlNotAllowed, shown
from ..file_kind import TEXT, UNKNOWN, kind_of
from .connection import CheckedBackend, Deadline
from .policy import Address, Policy, checked_address

MAX_SIZE = 1 << 40
_PEEK = 4096
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)", re.ASCII | re.IGNORECASE)
_UPLOAD = "Download the file, and upload it here"


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a file at a server.

    Attributes:
        data: From the byte that was asked for; fewer than asked for where the file ends.
        total: Length of the whole file.
        tag: What tells one state of the file from another: its ETag, or when it was last changed; may be empty.
    """

    data: bytes
    total: int
    tag: str


class RangeReader(Closing):
    """Fetches parts of one file, for one question: over one connection, within one deadline. Not for threads to share.

    Args:
        address: That the policy allows.
        policy: The rules.
    """

    def __init__(self, address: Address, policy: Policy) -> None:
        self.host, self.n_bytes = address.host, 0
        self._address, self._policy = address, policy
        self._deadline = Deadline(policy.whole_s)
        self._pool: httpcore.ConnectionPool | None = None

    def close(self) -> None:
        """End the connection. May be called twice."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def read(self, start: int, stop: int) -> Part:
        """The bytes from ``start`` up to ``stop``, which need not exist as far as the file may end before.

        Raises:
            UrlNotAllowed: The host is not public, or leads to another one.
            DownloadError: The server cannot be reached, is too slow, has no such file, or gives no parts of it.
            BigWigError: What it gives is something else, such as a web page.
            FileTooLarge: More than the policy's ``max_bytes`` would have been fetched.
        """
        if self.n_bytes + stop - start > self._policy.max_bytes:
            allowed = f"{self._policy.max_bytes / 1024**2:,.0f} MB"
            raise FileTooLarge(
                f"more than {allowed} of the bigWig would have to be fetched for this", where=self.host, hint=_UPLOAD
            )
        with self._explained():
            for _ in range(self._policy.max_redirects + 1):
                with self._asked(start, stop) as response:
                    if response.status not in _REDIRECTS:
                        return self._part(response, start, stop)
                    self._address = self._next(response)
        raise self._failed("it leads from one address to the next without end", "Check the address")

    @contextmanager
    def _asked(self, start: int, stop: int) -> Iterator[httpcore.Response]:
        address, policy = self._address, self._policy
        if self._pool is None:
            addresses = policy.resolve(address.host, address.port)
            backend = CheckedBackend(address.host, address.port, addresses, self._deadline)
            self._pool = httpcore.ConnectionPool(policy.tls, max_connections=1, network_backend=backend)
        headers = [
            ("Host", address.authority),
            ("Range", f"bytes={start}-{stop - 1}"),
            ("Accept-Encoding", "identity"),
            ("User-Agent", "enformer-browser"),
        ]
        url = httpcore.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target)
        times = {"connect": policy.connect_s, "read": policy.read_s, "write": policy.read_s, "pool": policy.read_s}
        with self._pool.stream("GET", url, headers=headers, extensions={"timeout": times}) as response:
            yield response

    def _next(self, response: httpcore.Response) -> Address:
        """Where a redirect leads: to the same host, or not at all."""
        here, location = self._address, _header(response, b"location")
        self._body(response, _PEEK)
        try:
            there = checked_address(urljoin(here.text, location), self._policy)
        except ValueError as exc:  # urljoin reads the location too
            raise self._failed("it leads to something that is no address", "Check the address") from exc
        if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            raise UrlNotAllowed(
                f"{shown(here.host)} leads to another server, {shown(there.host)}, which is not followed",
                hint="If you trust that one, give the address that the file has there",
            )
        return there

    def _part(self, response: httpcore.Response, start: int, stop: int) -> Part:
        if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            if not start:
                raise BigWigError("this is an empty file, not a bigWig", where=self.host, hint="Check the address")
            raise self._failed("the file ends before the part that is needed", "Check whether it has changed")
        if response.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise self._failed(f"the server answers {_status(response.status)}", "Check the address")
        encoding = _header(response, b"content-encoding").strip().lower()
        if encoding not in ("", "identity"):
            raise self._failed(f"the server sends the file compressed ({shown(encoding)}), unasked", _UPLOAD)
        if response.status == HTTPStatus.OK:
            raise self._whole(response)
        found = _RANGE.fullmatch(_header(response, b"content-range").strip())
        if not found:
            raise self._failed("the server does not say which part of the file it sends", _UPLOAD)
        if found[3] == "*":
            raise self._failed("the server does not say how long the file is", _UPLOAD)
        first, last, total = (int(number) for number in found.groups())
        if total > MAX_SIZE:
            raise FileTooLarge(f"the file has {total:,} bytes", where=self.host, hint=f"{MAX_SIZE:,} can be read")
        if (first, last) != (start, min(stop, total) - 1):
            asked = f"{start:,} to {stop - 1:,}"
            raise self._failed(f"the server sends bytes {first:,} to {last:,}, where {asked} were asked for", _UPLOAD)
        data = self._body(response, last + 1 - first)
        if len(data) != last + 1 - first:
            raise self._failed(f"the connection ended after {len(data):,} of {last + 1 - first:,} bytes", "Try again")
        return Part(data, total, (_header(response, b"etag") or _header(response, b"last-modified"))[:300])

    def _whole(self, response: httpcore.Response) -> BigWigError | DownloadError:
        """Why an answer that holds all of the file is not taken. It may be of any length, so it is not read."""
        kind = kind_of(self._body(response, _PEEK))
        if kind not in (UNKNOWN, TEXT):
            return BigWigError(f"this is {kind}, not a bigWig", where=self.host, hint="Check the address")
        return self._failed("the server gives no parts of files (HTTP ranges), only whole ones", _UPLOAD)

    def _body(self, response: httpcore.Response, most: int) -> bytes:
        """Up to ``most`` bytes; an answer that goes on is left, which ends its connection."""
        found = bytearray()
        for chunk in response.iter_stream():
            found += chunk
            self.n_bytes += len(chunk)
            if len(found) > most:
                break
        return bytes(found[:most])

    @contextmanager
    def _explained(self) -> Iterator[None]:
        policy = self._policy
        try:
            yield
        except httpcore.TimeoutException as exc:
            if self._deadline.has_passed():
                what = f"fetching took more than {policy.whole_s:g} s and was stopped"
            elif isinstance(exc, httpcore.ConnectTimeout):
                what = f"the server cannot be reached within {policy.connect_s:g} s"
            else:
                what = f"the server said nothing for {policy.read_s:g} s"
            raise self._failed(what, "Try again later, or upload the file") from exc
        except httpcore.ConnectError as exc:
            cause = exc.args[0] if exc.args else None
            if isinstance(cause, ssl.SSLCertVerificationError):
                what = f"the server's certificate cannot be trusted: {cause.verify_message}"
                raise self._failed(what, _UPLOAD) from exc
            raise self._failed("the server cannot be reached", "Check the address and the network") from exc
        except (httpcore.NetworkError, httpcore.ProtocolError) as exc:
            raise self._failed("the connection broke, or what came is not HTTP", "Check the address") from exc

    def _failed(self, what: str, hint: str) -> DownloadError:
        return DownloadError(what, where=self.host, hint=hint)


def _header(response: httpcore.Response, name: bytes) -> str:
    """A header's value; several of one name are joined, as HTTP has it."""
    return ", ".join(value.decode("latin-1") for key, value in response.headers if key.lower() == name)


def _status(number: int) -> str:
    try:
        return f"{number} ({HTTPStatus(number).phrase})"
    except ValueError:
        return str(number)
