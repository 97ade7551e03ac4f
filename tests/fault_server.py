"""A server on this machine that does wrong, on purpose and in one way per path."""

from __future__ import annotations

import gzip
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

PAGE = b"<!DOCTYPE html><html><title>Log in</title><form>...</form></html>"


@dataclass
class Asked:
    """One request, and how many bytes of the file went out for it."""

    path: str
    headers: dict[str, str]
    sent: int = 0


@dataclass
class Served:
    """What a path gives: a body, and the behaviour with which it is given."""

    body: bytes
    behaviour: Behaviour
    etag: str = '"v1"'
    last_modified: str = "Mon, 01 Jan 2024 00:00:00 GMT"
    headers: dict[str, str] = field(default_factory=dict)
    count: int = 0  # requests so far


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the behaviour of its path."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        asked = Asked(self.path, {k.lower(): v for k, v in self.headers.items()})
        with self.server.owner.lock:
            self.server.owner.asked.append(asked)
            served = self.server.owner.paths.get(self.path)
            if served is not None:
                served.count += 1
        self.asked = asked
        self.close_connection = True
        if served is None:
            self.send_error(404)
            return
        with suppress(BrokenPipeError, ConnectionResetError):  # the client hung up
            served.behaviour(self, served)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def part_wanted(self, served: Served) -> int | None:
        """First byte of the range that is asked for, if the version is still the one that the client has."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match is None or self.headers.get("If-Range", served.etag) not in (served.etag, served.last_modified):
            return None
        return int(match[1])

    def begin(self, served: Served, status: int, length: int | None, *, content_range: str = "") -> None:
        """Status and headers."""
        self.send_response(status)
        headers = {"Content-Type": "application/octet-stream", "ETag": served.etag}
        headers["Last-Modified"] = served.last_modified
        if length is not None:
            headers["Content-Length"] = str(length)
        if content_range:
            headers["Content-Range"] = content_range
        for name, value in {**headers, **served.headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()

    def give(self, data: bytes) -> None:
        """Bytes of the file."""
        self.wfile.write(data)
        self.asked.sent += len(data)

    def give_rest(self, served: Served, *, until: int | None = None) -> None:
        """The file, or the part that is asked for, up to a byte before which the connection is reset."""
        start = self.part_wanted(served)
        if start is not None and start >= len(served.body):
            return self.refuse_range(served)
        if start is None:
            self.begin(served, 200, len(served.body))
        else:
            shown = f"bytes {start}-{len(served.body) - 1}/{len(served.body)}"
            self.begin(served, 206, len(served.body) - start, content_range=shown)
        self.give(served.body[start or 0 : until])
        if until is not None:
            self.reset()

    def refuse_range(self, served: Served) -> None:
        """416."""
        self.begin(served, 416, 0, content_range=f"bytes */{len(served.body)}")

    def reset(self) -> None:
        """End the connection the hard way; that overtakes bytes that the client has not taken yet."""
        self.wfile.flush()
        self.server.owner.before_reset()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Behaviour = Callable[[Handler, Served], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: FaultServer

    def shutdown_request(self, request: object) -> None:
        if isinstance(request, socket.socket) and request.fileno() >= 0:
            super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that are killed and connections that were reset are what this server is for


class FaultServer:
    """The server, on a free port of 127.0.0.1.

    Args:
        tls: With a certificate, if it is to speak TLS.

    Attributes:
        paths: What it gives; may be changed at any time.
        asked: The requests so far.
        before_reset: Waits until the client has what was sent; a short sleep unless it is replaced.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.before_reset: Callable[[], object] = lambda: time.sleep(0.05)
        self.lock = threading.Lock()
        self.paths: dict[str, Served] = {}
        self.asked: list[Asked] = []
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.owner = self
        if tls is not None:  # the handshake waits for the request's own thread
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def serve(self, path: str, body: bytes, behaviour: Behaviour, **more: object) -> str:
        """Give a path its body and behaviour; returns its address."""
        self.paths[path] = Served(body, behaviour, **more)
        return self.url(path)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def ranges(self, path: str) -> list[str | None]:
        """The ranges that were asked for, None where there was none."""
        return [asked.headers.get("range") for asked in self.asked if asked.path == path]

    def sent(self, path: str) -> int:
        """Bytes of a file that went out so far."""
        return sum(asked.sent for asked in self.asked if asked.path == path)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def good(handler: Handler, served: Served) -> None:
    """The file, or the range of it that is asked for."""
    handler.give_rest(served)


def without_ranges(handler: Handler, served: Served) -> None:
    """The whole file, whatever is asked for."""
    handler.begin(served, 200, len(served.body))
    handler.give(served.body)


def resets(share: float, *, times: int = 1) -> Behaviour:
    """Breaks off at a share of the file, some times; later it is good."""

    def behave(handler: Handler, served: Served) -> None:
        handler.give_rest(served, until=int(share * len(served.body)) if served.count <= times else None)

    return behave


def resets_each(size: int) -> Behaviour:
    """Breaks off after so many bytes, every time."""

    def behave(handler: Handler, served: Served) -> None:
        start = handler.part_wanted(served) or 0
        handler.give_rest(served, until=start + size if start + size < len(served.body) else None)

    return behave


def wrong_length(more: int) -> Behaviour:
    """States more bytes than come, or fewer."""

    def behave(handler: Handler, served: Served) -> None:
        start = handler.part_wanted(served)
        if start is not None and start >= len(served.body):
            return handler.refuse_range(served)
        handler.begin(served, 200, len(served.body) + more)
        handler.give(served.body)

    return behave


def unsized(handler: Handler, served: Served) -> None:
    """Chunks, and no length."""
    handler.begin(served, 200, None)
    for at in range(0, len(served.body), 65536):
        piece = served.body[at : at + 65536]
        handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        handler.asked.sent += len(piece)
    handler.wfile.write(b"0\r\n\r\n")


def chunked(handler: Handler, served: Served) -> None:
    """Chunks, said to be."""
    served.headers["Transfer-Encoding"] = "chunked"
    unsized(handler, served)


def endless(handler: Handler, served: Served) -> None:
    """Bytes and no end, as the old protocol allows."""
    handler.begin(served, 200, None)
    while True:
        handler.give(served.body)


def until_closed(handler: Handler, served: Served) -> None:
    """Bytes whose end is the end of the connection."""
    handler.begin(served, 200, None)
    handler.give(served.body)


def changes(other: bytes, *, politely: bool) -> Behaviour:
    """Breaks off half-way; from then on the file is another one.

    Args:
        other: The new file.
        politely: Whether ``If-Range`` is heeded; else the range of the new file is sent.
    """

    def behave(handler: Handler, served: Served) -> None:
        if served.count == 1:
            return handler.give_rest(served, until=len(served.body) // 2)
        served.body, served.etag = other, '"v2"'
        if not politely and "If-Range" in handler.headers:
            handler.headers.replace_header("If-Range", served.etag)
        return handler.give_rest(served)

    return behave


def no_range_satisfies(handler: Handler, served: Served) -> None:
    """416 for every range; the first answer breaks off half-way."""
    if "Range" in handler.headers:
        handler.refuse_range(served)
    else:
        handler.give_rest(served, until=len(served.body) // 2 if served.count == 1 else None)


def fails(status: int, *, times: int, headers: dict[str, str] | None = None) -> Behaviour:
    """Answers with a status, some times; later it is good."""

    def behave(handler: Handler, served: Served) -> None:
        if served.count > times:
            return handler.give_rest(served)
        handler.send_response(status)
        for name, value in {"Content-Length": "0", **(headers or {})}.items():
            handler.send_header(name, value)
        return handler.end_headers()

    return behave


def login_page(kind: str) -> Behaviour:
    """A page with 200, under some content type."""

    def behave(handler: Handler, served: Served) -> None:
        served.headers["Content-Type"] = kind
        handler.begin(served, 200, len(PAGE))
        handler.wfile.write(PAGE)

    return behave


def trickles(every: float) -> Behaviour:
    """A byte at a time."""

    def behave(handler: Handler, served: Served) -> None:
        handler.begin(served, 200, len(served.body))
        for at in range(len(served.body)):
            handler.give(served.body[at : at + 1])
            time.sleep(every)

    return behave


def in_steps(size: int, every: float) -> Behaviour:
    """The rest of the file in pieces, with pauses."""

    def behave(handler: Handler, served: Served) -> None:
        start = handler.part_wanted(served)
        if start is None:
            handler.begin(served, 200, len(served.body))
        else:
            shown = f"bytes {start}-{len(served.body) - 1}/{len(served.body)}"
            handler.begin(served, 206, len(served.body) - start, content_range=shown)
        for at in range(start or 0, len(served.body), size):
            handler.give(served.body[at : at + size])
            time.sleep(every)

    return behave


def silent(seconds: float) -> Behaviour:
    """Nothing at all for some time."""

    def behave(handler: Handler, served: Served) -> None:
        time.sleep(seconds)

    return behave


def points_to(url: str, **headers: str) -> Behaviour:
    """A redirect."""

    def behave(handler: Handler, served: Served) -> None:
        handler.send_response(302)
        for name, value in {"Location": url, "Content-Length": "0", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return behave


def compressed(handler: Handler, served: Served) -> None:
    """The file under ``Content-Encoding: gzip``, which was not asked for."""
    body = gzip.compress(served.body, mtime=0)
    served.headers["Content-Encoding"] = "gzip"
    handler.begin(served, 200, len(body))
    handler.give(body)
