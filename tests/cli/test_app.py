"""``enformer-browser app``: the server is the process that was started, so that stopping the one stops the other."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

PATIENCE_S = 60.0


def test_what_is_told_to_end_ends_and_leaves_no_server(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    environment = os.environ | {"ENFORMER_DATA_DIR": str(tmp_path), "ENFORMER_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "enformer_core", "app", "--no-browser", "--port", str(address[1])]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE_S
        while not listens(address):
            assert server.poll() is None, "the server has ended by itself"
            assert time.monotonic() < end, "the server does not listen"
            time.sleep(0.1)
        server.terminate()
        server.wait(PATIENCE_S)
        assert not listens(address)
    finally:
        server.kill()


def listens(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=1):
            return True
    except OSError:
        return False
