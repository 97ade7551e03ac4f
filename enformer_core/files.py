"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import FileError, OutOfDisk, OutputExists

CHUNK = 1 << 20
#: What the operating system says where there is no room.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def written_aside(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success move it into place, on any error remove it.

    The file is flushed to disk before the move, so that after a power cut there is the old file or the whole new one.

    Raises:
        OutputExists: ``path`` is there and ``overwrite`` is False.
        OutOfDisk: The disk filled up.
        FileError: The folder is missing or may not be written.
    """
    if path.exists() and not overwrite:
        raise OutputExists(f"{path} already exists", hint="Choose another name, or ask to overwrite it (--force)")
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.", suffix=".part")
    except OSError as exc:
        raise _explained(exc, path) from exc
    os.close(descriptor)
    aside = Path(name)
    try:
        yield aside
        with aside.open("rb") as handle:
            os.fsync(handle.fileno())
        os.chmod(aside, 0o666 & ~_umask())
        os.replace(aside, path)
    except OSError as exc:
        raise _explained(exc, path) from exc
    finally:
        aside.unlink(missing_ok=True)


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


def _explained(exc: OSError, path: Path) -> FileError | OutOfDisk:
    if exc.errno in FULL:
        return OutOfDisk(
            f"the disk that holds {path.parent} is full", hint="Free some space and try again; nothing was left behind"
        )
    if exc.errno == errno.ENOENT:
        return FileError(f"the folder {path.parent} does not exist", hint="Make it first, or choose another")
    return FileError(f"{path} cannot be written: {exc.strerror or exc}", hint="Choose a folder that you may write to")
