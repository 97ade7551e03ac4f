"""A server that does wrong, and a folder for what comes of it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_server import FaultServer
from fetch_checks import NAME

_numbers = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, server: FaultServer) -> Path:
    """Where files go; the server resets a connection only once the client has written what was sent."""
    place = tmp_path / "files"

    def settle() -> None:
        part, last, until = place / f"{NAME}.partial", server.asked[-1], time.monotonic() + 5
        first = int((last.headers.get("range") or "bytes=0-")[6:-1])
        while (
            last.sent and time.monotonic() < until and not (part.exists() and part.stat().st_size >= first + last.sent)
        ):
            time.sleep(0.005)

    server.before_reset = settle
    return place


@pytest.fixture
def path() -> str:
    """A path of the server that no other test uses."""
    return f"/{next(_numbers)}/{NAME}"
