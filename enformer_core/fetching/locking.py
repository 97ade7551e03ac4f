"""One process at a time works on a file; the others wait for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import FileError


@contextmanager
def locked(folder: Path, name: str, tick_s: float, on_tick: Callable[[], object]) -> Iterator[None]:
    """Hold a file for this process, waiting for another that has it.

    Args:
        folder: Where the file is to lie; made if it is missing.
        name: Its name.
        tick_s: Seconds between two calls of ``on_tick``.
        on_tick: Called while waiting; may raise to stop.

    Raises:
        FileError: The folder cannot be made, or not written to.
    """
    path = folder / f".{name}.lock"
    lock = FileLock(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                lock.acquire(timeout=tick_s)
                break
            except Timeout:
                on_tick()
    except OSError as exc:
        raise FileError(
            f"{folder} cannot be written: {exc.strerror or exc}", hint="Choose a folder that you may write to"
        ) from exc
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()  # while it is held: whoever waits for it sees that it is gone, and takes a new one
        lock.release()
