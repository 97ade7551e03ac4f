"""Arrays that are written to disk row by row and then mapped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..files import written_aside

Write = Callable[[np.ndarray], None]


@contextmanager
def written_rows(file: Path, shape: tuple[int, int], dtype: type[np.generic]) -> Iterator[Write]:
    """Write a ``.npy`` file by pieces: yields a function that takes the next rows, ``[n, shape[1]]``.

    Written like any file, not through a mapping: a full disk is then an error, and not the end of the process.

    Raises:
        OutOfDisk: The disk is full; nothing is left behind.
    """
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}

    with written_aside(file, overwrite=True) as aside, aside.open("wb") as handle:
        np.lib.format.write_array_header_1_0(handle, header)

        def write(rows: np.ndarray) -> None:
            handle.write(np.ascontiguousarray(rows, dtype=dtype).data)

        yield write


def mapped(file: Path) -> np.ndarray:
    """The array in a ``.npy`` file, read-only and read as it is used."""
    return np.load(file, mmap_mode="r", allow_pickle=False)
