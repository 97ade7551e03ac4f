"""Writing the experiments of the simulated genome as bigWigs, each read back and compared before it counts.

The writing library says nothing of a full disk, or crashes on it: call this in a process of its own.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyBigWig

from ..errors import BigWigError
from ..files import written_aside
from .grammar import CELL
from .simulated import experiment

_ZOOMS = 10
_CHUNK = 1 << 21  # bp read at once
_LAST = (0x888FFC26).to_bytes(4, sys.byteorder)
_PROBE = b"\0" * (1 << 18)


def names(identifier: str) -> tuple[str, str]:
    """The bigWig of a track, and the file that holds its content's checksum."""
    return f"{identifier}.bw", f"{identifier}.sha256"


def write_track(folder: Path, work: Path, identifier: str, track: int, lengths: Mapping[str, int]) -> None:
    """Write the bigWig of one track, and its content's checksum.

    Args:
        folder: Where the bigWig goes.
        work: Where ``simulate`` left the chromosomes, and where the checksum goes.
        identifier: The track's, which is the file's name.
        track: Its index in ``assays.TRACKS``.
        lengths: Of the chromosomes.

    Raises:
        BigWigError: What was read back is not what was written.
        OutOfDisk: The disk is full.
    """
    path, checksum = folder / names(identifier)[0], work / names(identifier)[1]
    wanted = hashlib.sha256()
    with written_aside(path, overwrite=True) as aside:
        try:
            file = pyBigWig.open(str(aside), "w")
            file.addHeader(sorted(lengths.items()), maxZooms=_ZOOMS)
            for chrom in sorted(lengths):
                values = experiment(work, chrom, track)
                file.addEntries(chrom, 0, values=values, span=CELL, step=CELL)
                wanted.update(_counted(chrom, values))
            file.close()
            is_whole = _ends_whole(aside) and content_hash(aside) == wanted.hexdigest()
        except RuntimeError:
            is_whole = False
        if not is_whole:
            with aside.open("ab") as handle:  # fails as the disk does, if that is why
                handle.write(_PROBE)
            raise BigWigError(
                "what was read back differs from what was written", where=str(path), hint="Run the same command again"
            )
    with written_aside(checksum, overwrite=True) as aside:
        aside.write_text(wanted.hexdigest())


def content_hash(path: Path) -> str:
    """sha256 of the decoded values: of each chromosome its name and float32, one for each cell of 32 bp.

    A file that cannot be read, or has other values within a cell, has the hash of nothing.
    """
    digest = hashlib.sha256()
    try:
        with pyBigWig.open(str(path)) as file:
            for chrom, length in sorted(file.chroms().items()):
                parts = []
                for start in range(0, length, _CHUNK):
                    values = file.values(chrom, start, min(start + _CHUNK, length), numpy=True).reshape(-1, CELL)
                    if not (values == values[:, :1]).all():
                        return ""
                    parts.append(values[:, 0])
                digest.update(_counted(chrom, np.concatenate(parts)))
    except (RuntimeError, ValueError, TypeError, AttributeError):
        return ""
    return digest.hexdigest()


def _ends_whole(path: Path) -> bool:
    """Whether the mark stands at the end, which the library writes last and only if all went well."""
    return path.read_bytes()[-len(_LAST) :] == _LAST


def _counted(chrom: str, values: np.ndarray) -> bytes:
    return chrom.encode() + b"\n" + values.astype("<f4").tobytes()
