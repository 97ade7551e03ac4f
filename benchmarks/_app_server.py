"""The app as the benchmarks start it: a server of its own, with an empty cache, for as long as a block runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
WAIT_S = 90.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        address: Such as ``http://127.0.0.1:8501``.
        pid: Of the web process.
    """

    address: str
    pid: int


@contextmanager
def served(cache: Path, **settings: str) -> Iterator[Server]:
    """``enformer-browser app`` while the block runs, given once it listens.

    Args:
        cache: Its cache folder.
        settings: As environment variables.
    """
    port = _free_port()
    command = [sys.executable, "-m", "enformer_core", "app", "--port", str(port), "--no-browser"]
    environment = os.environ | {"ENFORMER_CACHE_DIR": str(cache), "ENFORMER_DEVICE": "cpu"} | settings
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # everywhere else, compiled modules are kept
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until(lambda: _listens(port) or _ended(process), "the server to listen")
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # the verb and the server that it started
        process.wait(20)
        _wait_until(lambda: not _listens(port), "the server to end")


@contextmanager
def started(cache: Path) -> Iterator[str]:
    """The same, where only its address is asked for."""
    with served(cache) as server:
        yield server.address


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _ended(process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is None:
        return False
    raise RuntimeError("the server ended; `enformer-browser app` says why")


def _wait_until(is_done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_S
    while not is_done():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {WAIT_S:.0f} s for {what}")
        time.sleep(0.02)
