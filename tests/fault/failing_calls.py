"""Calls of the operating system that fail on demand: the n-th, and what follows goes on as usual."""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

_NAMES = ("open", "write", "fsync", "replace", "rename", "mkdir", "link")


class FailingCalls:
    """Within a ``with`` block, the n-th call that opens, writes, flushes or moves a file below a folder fails.

    Calls of Python's own are counted: ``open`` and all that is written through it, and those of ``os``. Libraries that
    write by themselves are not seen; their disk is filled by a limit on the size of files instead.

    Args:
        n: Which call fails, counted from 1; 0 for none.
        code: As in ``errno``.
        below: Calls about other places are left alone.

    Attributes:
        calls: The names of the calls met.
    """

    def __init__(self, n: int, code: int, below: Path) -> None:
        self.n, self.code, self.below = n, code, os.path.realpath(below)
        self.calls: list[str] = []
        self._replaced: list[tuple[Any, str, Any]] = []

    @property
    def has_failed(self) -> bool:
        """Whether the n-th call was met."""
        return 0 < self.n <= len(self.calls)

    def count(self, name: str, path: object) -> None:
        """Take note of a call, or fail."""
        self.calls.append(name)
        if len(self.calls) == self.n:
            raise OSError(self.code, os.strerror(self.code), str(path))

    def is_ours(self, path: object) -> bool:
        """Whether a path, or an open file by its number, lies below the folder."""
        try:
            text = os.readlink(f"/proc/self/fd/{path}") if isinstance(path, int) else os.fspath(path)  # type: ignore[call-overload]
        except (OSError, TypeError):
            return False
        return os.path.realpath(os.fsdecode(text)).startswith(self.below + os.sep)

    def __enter__(self) -> FailingCalls:
        for name in _NAMES:
            self._replace(os, name, self._counted(getattr(os, name), name))
        opening = self._opening(io.open)
        self._replace(io, "open", opening)
        self._replace(builtins, "open", opening)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._replaced:
            where, name, original = self._replaced.pop()
            setattr(where, name, original)

    def _replace(self, where: Any, name: str, by: Any) -> None:
        self._replaced.append((where, name, getattr(where, name)))
        setattr(where, name, by)

    def _counted(self, original: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(path: Any, *args: Any, **kwargs: Any) -> Any:
            # A full disk is of no consequence for reading.
            reads = name == "open" and not args[0] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if self.is_ours(path) and not (reads and self.code == errno.ENOSPC):
                self.count(name, path)
            return original(path, *args, **kwargs)

        return call

    def _opening(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **kwargs: Any) -> Any:
            if isinstance(file, int) or not self.is_ours(file):
                return original(file, mode, buffering, *args, **kwargs)
            if mode.strip("bt") in ("r", ""):
                if self.code != errno.ENOSPC:
                    self.count("open", file)
                return original(file, mode, buffering, *args, **kwargs)
            self.count("open", file)
            return self._writing(file, mode, buffering, *args, **kwargs)

        return call

    def _writing(
        self, file: Any, mode: str, buffering: int, encoding: Any = None, errors: Any = None, newline: Any = None
    ) -> Any:
        raw = _Raw(self, file, mode.replace("b", "").replace("t", ""))
        if buffering == 0:
            return raw
        binary = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return binary if "b" in mode else io.TextIOWrapper(binary, encoding or "utf-8", errors, newline)


class _Raw(io.FileIO):
    """A file whose writes are counted."""

    def __init__(self, owner: FailingCalls, file: Any, mode: str) -> None:
        super().__init__(file, mode)
        self._owner = owner

    def write(self, data: Any) -> int:
        self._owner.count("write", self.name)
        return super().write(data)
