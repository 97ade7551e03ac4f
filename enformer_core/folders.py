"""Folders that appear whole: flushed, moved into place in one step, and what the system says of it in words."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import EnformerError, FileError, OutOfDisk
from .files import FULL


def flush_folder(folder: Path) -> None:
    """Make sure that the names in a folder survive a power cut; some file systems cannot, and go on all the same."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def put_in_place(product: Path, target: Path, replaced: Path) -> None:
    """Make a folder another one, in one move; what was there goes aside, and comes back where the move fails.

    Args:
        product: The whole folder.
        target: What it becomes; it may be there.
        replaced: Where what was there goes, on the same disk; what lies there from before is removed.
    """
    flush_folder(product)
    shutil.rmtree(replaced, ignore_errors=True)
    if target.exists():
        os.replace(target, replaced)
    try:
        os.replace(product, target)
    except OSError:
        if replaced.exists():  # better the old one than none
            os.replace(replaced, target)
        raise
    flush_folder(target.parent)


@contextmanager
def folder_errors(folder: Path, what: str) -> Iterator[None]:
    """What the operating system refuses while a folder is made, in words.

    Args:
        folder: Where it is made.
        what: Could not be done, as a clause.

    Raises:
        OutOfDisk: The disk is full.
        FileError: Anything else.
    """
    try:
        yield
    except EnformerError:
        raise
    except OSError as exc:
        if exc.errno in FULL:
            raise OutOfDisk(
                "the disk is full",
                where=str(folder),
                hint="Free some space and run the same command again: it goes on where it stopped",
            ) from exc
        raise FileError(
            f"{what}: {exc.strerror or exc}",
            where=str(exc.filename or folder),
            hint="Set ENFORMER_DATA_DIR to a folder that you may write to",
        ) from exc
