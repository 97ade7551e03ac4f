"""A web server that gives files in parts, and in all the ways in which servers do not."""

from __future__ import annotations

import functools
import gzip
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = b"<!doctype html><html><title>Sign in</title><body>Sign in to read this file.</body></html>"


class RangeServer(ThreadingHTTPServer):
    """Serves ``files`` by name, at ``/HOW/NAME``; ``how`` says what is wrong with the answer, or ``good``.

    Attributes:
        files: Content by name; may be exchanged.
        asked: Path, ``Range`` and ``Host`` of each request.
        sent: Bytes of bodies that were sent.
        tag: The ETag.
    """

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files, self.tag, self.sent = files, '"one"', 0
        self.asked: list[tuple[str, str, str]] = []

    @property
    def port(self) -> int:
        return self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def served(self) -> RangeServer:
        assert isinstance(self.server, RangeServer)
        return self.server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        _, how, name, *_ = *self.path.partition("?")[0].split("/", 2), "", ""
        self.served.asked.append((self.path, self.headers.get("Range", ""), self.headers.get("Host", "")))
        content = self.served.files.get(name)
        if content is None:
            self._send(404, PAGE, {"Content-Type": "text/html"})
        else:
            getattr(self, f"_{how}", self._good)(content)

    def _range(self) -> tuple[int, int]:
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"])
        assert found
        return int(found[1]), int(found[2]) + 1

    def _good(self, content: bytes, **other: str) -> None:
        start, stop = self._range()
        if start >= len(content):
            return self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        part = content[start:stop]
        told = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
        self._send(206, part, {"Content-Range": told, "ETag": self.served.tag} | _headers(other))

    def _whole(self, content: bytes) -> None:
        self._send(200, content, {})

    def _endless(self, content: bytes) -> None:
        """Five gigabytes, of which it does not say that they are."""
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        for _ in range(5 * 1024):
            self.wfile.write(bytes(1 << 20))
            self.served.sent += 1 << 20

    def _page(self, content: bytes) -> None:
        self._send(200, PAGE, {"Content-Type": "text/html"})

    def _pagepart(self, content: bytes) -> None:
        self._good(PAGE)

    def _gzip(self, content: bytes) -> None:
        self._send(200, gzip.compress(content), {"Content-Encoding": "gzip"})

    def _gzippart(self, content: bytes) -> None:
        self._good(gzip.compress(content), Content_Encoding="gzip")

    def _nolength(self, content: bytes) -> None:
        start, stop = self._range()
        self._good(content, Content_Range=f"bytes {start}-{min(stop, len(content)) - 1}/*")

    def _norange(self, content: bytes) -> None:
        self._send(206, content[:100], {})

    def _other(self, content: bytes) -> None:
        self._good(content, Content_Range=f"bytes 7-70/{len(content)}")

    def _huge(self, content: bytes) -> None:
        start, stop = self._range()
        self._good(content, Content_Range=f"bytes {start}-{stop - 1}/{1 << 45}")

    def _short(self, content: bytes) -> None:
        start, stop = self._range()
        part = content[start:stop]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part[: len(part) // 2])
        self.close_connection = True

    def _slowhead(self, content: bytes) -> None:
        """A letter of the head now and then."""
        for letter in b"HTTP/1.1 206 Partial Content\r\n" + b"X-Wait: wait\r\n" * 1000:
            self.wfile.write(bytes([letter]))
            time.sleep(0.05)

    def _slowbody(self, content: bytes) -> None:
        start, stop = self._range()
        part = content[start:stop]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        for byte in part:
            self.wfile.write(bytes([byte]))
            time.sleep(0.05)

    def _silent(self, content: bytes) -> None:
        time.sleep(3)
        self.close_connection = True

    def _noise(self, content: bytes) -> None:
        self.wfile.write(b"\x00\x01 this is not HTTP \r\n\r\n")
        self.close_connection = True

    def _changes(self, content: bytes) -> None:
        """Another state of the file with each answer."""
        self._good(content, ETag=f'"{len(self.served.asked)}"')

    def _broken(self, content: bytes) -> None:
        self._send(500, b"", {})

    def _refused(self, content: bytes) -> None:
        self._send(403, PAGE, {})

    def _here(self, content: bytes) -> None:
        self._send(302, b"", {"Location": self.path.replace("/here/", "/good/")})

    def _loop(self, content: bytes) -> None:
        self._send(302, b"", {"Location": self.path})

    def _away(self, content: bytes) -> None:
        self._send(302, b"", {"Location": f"http://elsewhere.test:{self.served.port}/good/a.bw"})

    def _inside(self, content: bytes) -> None:
        self._send(302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})

    def _nowhere(self, content: bytes) -> None:
        self._send(302, b"", {"Location": "http://[::1"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.served.sent += len(body)  # before whoever reads it can ask how much it was
        self.wfile.write(body)


def _headers(other: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in other.items()}


@functools.cache
def authorities() -> ssl.SSLContext:
    """The usual ones, read once."""
    return ssl.create_default_context()


@contextmanager
def serving(files: dict[str, bytes], certificate: Path | None = None) -> Iterator[RangeServer]:
    """A server on this machine, with TLS where there is a certificate (with its key, PEM)."""
    server = RangeServer(files)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
