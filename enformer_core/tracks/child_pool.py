"""A few limited processes that handle files, kept warm between requests."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import ResourceError
from .child_wire import WireError, encode, receive, receive_bytes, send

PACKAGE_PARENT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 60.0
KILL_TIMEOUT_S = 5.0
REQUESTS_PER_CHILD = 200
# Isolated from the environment and the working folder; modules are looked for where this process finds them.
_BOOT = """\
import sys
sys.path += [p for p in sys.argv[3:] if p not in sys.path]
from enformer_core.tracks.child_main import main
main(int(sys.argv[1]), sys.argv[2] == "write")
"""
_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL")
_log = logging.getLogger(__name__)


class Child:
    """One process. Not shared between threads.

    Attributes:
        n_requests: Requests that it was given.
        is_idle: Whether it waits for a request; False also once it can no longer be used.
        unlimited: Names of the limits that this system does not keep.
    """

    def __init__(self, memory_bytes: int, *, may_write: bool = False) -> None:
        """Start it and wait until it is ready; ``memory_bytes`` of address space, and files only if it may write.

        Raises:
            ResourceError: It does not start.
        """
        paths = [str(PACKAGE_PARENT), *(path for path in sys.path if os.path.isabs(path))]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", _BOOT, str(memory_bytes), "write" if may_write else "read", *paths],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                # One thread: every further one would take address space, which is limited.
                env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
                | {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
            )
        except OSError as exc:
            raise ResourceError(f"the process that handles files cannot be started: {exc.strerror or exc}") from exc
        if self._process.stdin is None or self._process.stdout is None:
            raise ResourceError("the process that handles files has no pipes")
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        self.n_requests = 0
        self.is_idle = False
        try:
            hello = self.receive(time.monotonic() + START_TIMEOUT_S)
        except (WireError, TimeoutError) as exc:
            raise ResourceError(
                f"the process that handles files did not start ({self.kill(grace_s=1.0)})",
                hint="Raise bigwig_memory_bytes, or run enformer-browser doctor to see what is missing",
            ) from exc
        self.unlimited = tuple(str(name) for name in hello.get("unlimited", ()))
        self.is_idle = True

    def send(self, request: dict[str, Any], deadline: float, raw: bytes = b"") -> None:
        """Hand over a request with raw numbers; ``finished`` must be called once all of its answers are read.

        Raises:
            WireError: The process is gone.
            TimeoutError: It does not read.
        """
        self.is_idle = False
        self.n_requests += 1
        send(self._to, encode(request | {"n_bytes": len(raw)}) + raw, deadline)

    def receive(self, deadline: float) -> dict[str, Any]:
        """Read one answer. Raises as ``child_wire.receive``."""
        return receive(self._from, deadline)

    def receive_bytes(self, size: int, deadline: float) -> bytes:
        """Read raw numbers. Raises as ``child_wire.receive_bytes``."""
        return receive_bytes(self._from, size, deadline)

    def finished(self) -> None:
        """Say that all answers are read and the process may take another request."""
        self.is_idle = True

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def kill(self, grace_s: float = 0.0) -> str:
        """End the process, which may be gone already, and say how it ended.

        ``grace_s`` lets one that closed its pipe end by itself, so that its own signal or exit code is seen.
        """
        self.is_idle = False
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(grace_s)
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        with suppress(subprocess.TimeoutExpired):  # a process that waits for a lost disk cannot be ended
            self._process.wait(KILL_TIMEOUT_S)
        return ending_of(self._process.returncode)


class ChildPool:
    """Up to ``size`` children, each used by one thread at a time and replaced when it is worn, ill or dead.

    Children are started when they are first needed, with ``subprocess`` (never by forking this process, which has
    threads), and end when the pool is closed, is garbage-collected, or when this process ends.

    Args:
        memory_bytes: Address space of each.
        size: Most children at a time.
        may_write: Whether they may write files.
    """

    def __init__(self, memory_bytes: int, size: int, *, may_write: bool = False) -> None:
        self._memory_bytes = memory_bytes
        self._may_write = may_write
        self._free = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._all: set[Child] = set()
        self._is_closed = False
        self._pid = os.getpid()
        self.unlimited: tuple[str, ...] = ()
        self._finalizer = weakref.finalize(self, _kill_all, self._all)

    @contextmanager
    def child(self, *, fresh: bool = False) -> Iterator[Child]:
        """A child for one request; waits while all are busy. ``fresh`` asks for one that has read nothing yet.

        Raises:
            ResourceError: A child does not start.
            RuntimeError: The pool is closed, or was made before this process was forked.
        """
        if self._pid != os.getpid():  # two processes on one pipe would read each other's answers
            raise RuntimeError("a reader of files does not survive a fork; make a new one")
        with self._free:
            child = self._taken(fresh)
            try:
                yield child
            finally:
                self._given_back(child)

    def close(self) -> None:
        """End all children, the busy ones when they come back. May be called twice."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            self._drop(child)

    def _taken(self, fresh: bool) -> Child:
        while True:
            with self._lock:
                if self._is_closed:
                    raise RuntimeError("the reader is closed")
                child = self._idle.pop() if self._idle else None
            if child is None:
                return self._started()
            if child.is_alive() and not (fresh and child.n_requests):
                return child
            self._drop(child)

    def _started(self) -> Child:
        child = Child(self._memory_bytes, may_write=self._may_write)
        with self._lock:
            self._all.add(child)
            first, self.unlimited = not self.unlimited, child.unlimited
        if child.unlimited and first:
            _log.warning("files are handled without these limits: %s", ", ".join(child.unlimited))
        return child

    def _given_back(self, child: Child) -> None:
        with self._lock:
            keep = child.is_idle and child.n_requests < REQUESTS_PER_CHILD and not self._is_closed
            if keep:
                self._idle.append(child)
        if not keep:
            self._drop(child)

    def _drop(self, child: Child) -> None:
        child.kill()
        with self._lock:
            self._all.discard(child)


def _kill_all(children: set[Child]) -> None:
    for child in list(children):
        child.kill()
    children.clear()


def ending_of(returncode: int | None) -> str:
    """How a process ended, in words: the name of a signal, or its exit code."""
    if returncode is None:
        return "it does not end"
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return signal.Signals(-returncode).name
    except ValueError:
        return f"signal {-returncode}"
