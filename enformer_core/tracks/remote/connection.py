"""A connection to the addresses that were looked at, and to no other, which ends at a deadline.

The name of a host is resolved once. Whoever owns the name could answer the next time with an address of this network
(DNS rebinding), so the connection is made to what was checked, while the certificate and the header ``Host`` go by the
name.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore


class Deadline:
    """A point in time.

    Args:
        seconds: From now.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        """Seconds until then, at most ``most``.

        Raises:
            httpcore.ReadTimeout: It has passed.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if most is None else min(left, most)

    def has_passed(self) -> bool:
        """Whether it has."""
        return time.monotonic() >= self._end


class CheckedBackend(httpcore.NetworkBackend):
    """Connects one host by the addresses that were found for it.

    A server that sends one byte now and then never falls silent; so each wait also ends at the deadline.

    Args:
        host: Its name, as requests have it.
        port: Its port.
        addresses: Numbers, in the order to try them.
        deadline: Of all that is done over its connections.
    """

    def __init__(self, host: str, port: int, addresses: tuple[str, ...], deadline: Deadline) -> None:
        self._host, self._port, self._addresses, self._deadline = host, port, addresses, deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers.

        Raises:
            httpcore.ConnectError: None does, or another host is asked for.
        """
        if (host, port) != (self._host, self._port):
            raise httpcore.ConnectError("another host than the one that was looked at")
        failure: Exception = httpcore.ConnectError("the host has no address")
        for address in self._addresses:
            try:
                stream = self._plain.connect_tcp(
                    address, port, self._deadline.left(timeout), local_address, socket_options
                )
                return _TimedStream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.NetworkStream:
        """Never done.

        Raises:
            httpcore.ConnectError: Always.
        """
        raise httpcore.ConnectError("only hosts are asked")


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
