"""A folder that one process has to itself, and that goes with it, even if the process is killed."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path

from filelock import FileLock, Timeout

from .closing import Closing
from .errors import FileError

_PATIENCE_S = 30.0
_DOOR, _LOCK = ".door", ".lock"


class OwnFolder(Closing):
    """A new folder below a shared one, readable by nobody else.

    Beside it lies a lock that the system lets go of when the process ends, however it ends. Whoever makes a folder
    removes those whose lock is free: what a killed process leaves does not grow.

    Args:
        parent: The shared folder, which is made if it is not there.

    Attributes:
        path: The folder.

    Raises:
        FileError: It cannot be made.
    """

    def __init__(self, parent: Path) -> None:
        try:
            parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with FileLock(parent / _DOOR, timeout=_PATIENCE_S):
                _remove_abandoned(parent)
                self.path = Path(tempfile.mkdtemp(dir=parent))
                lock = FileLock(_lock_of(self.path), thread_local=False)  # any thread may be the one that closes it
                lock.acquire(timeout=0)
        except (OSError, Timeout) as exc:
            raise _explained(exc, parent) from exc
        self._end = weakref.finalize(self, _remove, self.path, lock)

    def made(self) -> Path:
        """The folder, which is made again if somebody has cleared what it lies in.

        Raises:
            FileError: It cannot be made.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise _explained(exc, self.path.parent) from exc
        return self.path

    def close(self) -> None:
        """Remove it, with all that is in it. May be called twice."""
        self._end()


def _remove_abandoned(parent: Path) -> None:
    for folder in [entry for entry in parent.iterdir() if entry.is_dir() and not entry.is_symlink()]:
        lock = FileLock(_lock_of(folder))
        try:
            lock.acquire(timeout=0)
        except (OSError, Timeout):
            continue
        _remove(folder, lock)


def _explained(exc: OSError | Timeout, parent: Path) -> FileError:
    reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else exc
    return FileError(
        f"no folder can be made below {parent}: {reason}", hint="Check the setting cache_dir, and the disk"
    )


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_LOCK}")


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    try:
        os.unlink(_lock_of(folder))
    except OSError:  # a lock file without its folder is empty, and in nobody's way
        return
