"""Room on the disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..errors import OutOfDisk


def free_space(folder: Path, needed: int) -> None:
    """Make sure that a folder has room.

    Args:
        folder: A folder, which need not be there yet.
        needed: Bytes.

    Raises:
        OutOfDisk: It has not.
    """
    there = folder.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    free = shutil.disk_usage(there).free
    if free < needed:
        raise OutOfDisk(
            f"{_amount(needed)} are needed, and the disk that holds {folder} has {_amount(free)} free",
            hint="Free some space, or choose a folder on another disk (ENFORMER_DATA_DIR)",
        )


def _amount(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
