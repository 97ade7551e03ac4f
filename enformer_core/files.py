"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import FileError, OutOfDisk, OutputExists

CHUNK = 1 << 20
#: What the operating system says where there is no room.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_TOO_MANY = frozenset({errno.EMFILE, errno.ENFILE})
# Beyond this age, what a process on another machine left is taken to be left for good.
_LEFT_BEHIND_S = 24 * 3600.0
_NAME_SHOWN = 40  # of 4 bytes each at most, so that with the rest the name stays below 255


@contextmanager
def written_aside(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success move it into place, on any error remove it.

    The file is flushed to disk before the move, so that after a power cut there is the old file or the whole new one.
    What earlier writers of the same file left when they were killed is removed.

    Raises:
        OutputExists: ``path`` is there and ``overwrite`` is False.
        OutOfDisk: The disk filled up.
        FileError: The folder is missing or may not be written, or the disk reported an error.
    """
    if path.exists() and not overwrite:
        raise OutputExists(f"{path} already exists", hint="Choose another name, or ask to overwrite it (--force)")
    stem = f".{path.name[:_NAME_SHOWN]}."
    _clear_left_behind(path.parent, stem)
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{stem}{_process()}.", suffix=".part")
    except OSError as exc:
        raise refused(exc, path) from exc
    os.close(descriptor)
    aside = Path(name)
    try:
        yield aside
        with aside.open("rb") as handle:
            os.fsync(handle.fileno())
        os.chmod(aside, 0o666 & ~_umask())
        os.replace(aside, path)
    except OSError as exc:
        raise refused(exc, path) from exc
    finally:
        aside.unlink(missing_ok=True)


def refused(exc: OSError, path: Path) -> FileError | OutOfDisk:
    """What the operating system said of writing a file, as an error with the next step in it."""
    if exc.errno in FULL:
        return OutOfDisk(
            f"the disk that holds {path.parent} is full", hint="Free some space and try again; nothing was left behind"
        )
    if not path.parent.is_dir():
        return FileError(f"the folder {path.parent} does not exist", hint="Make it first, or choose another")
    what = f"{path} cannot be written: {exc.strerror or exc}"
    if exc.errno in _TOO_MANY:
        return FileError(what, hint="Try again when less is running, or raise the limit of open files (ulimit -n)")
    if exc.errno == errno.EIO:
        return FileError(what, hint="The disk reported an error: check it, or choose a folder on another disk")
    return FileError(what, hint="Choose a folder that you may write to")


def sha256_of(path: Path) -> str:
    """Checksum of a whole file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _umask() -> int:
    value = os.umask(0o077)
    os.umask(value)
    return value


def _process() -> str:
    """This process by name: the machine, the container and the process's number."""
    where = platform.node()
    with suppress(OSError):  # containers of one machine count processes apart
        where += os.readlink("/proc/self/ns/pid")
    return f"{hashlib.sha256(where.encode()).hexdigest()[:8]}-{os.getpid()}"


def _clear_left_behind(folder: Path, stem: str) -> None:
    """Remove the temporary files of a target whose writers were killed. A writer that may live is left alone."""
    pattern = re.compile(re.escape(stem) + r"([0-9a-f]{8})-(\d{1,10})\.[a-z0-9_]{8}\.part")
    here = _process().split("-")[0]
    with suppress(OSError), os.scandir(folder) as entries:  # of no consequence for what is to be written
        for entry in entries:
            match = pattern.fullmatch(entry.name)
            if match is None:
                continue
            is_old = time.time() - entry.stat().st_mtime > _LEFT_BEHIND_S
            if is_old or (match[1] == here and not _is_alive(int(match[2]))):
                os.unlink(entry.path)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is another user's
        return True
    return True
