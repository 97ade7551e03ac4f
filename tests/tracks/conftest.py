"""Small bigWigs, and one reader for the tests that need no special one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyBigWig
import pytest

from enformer_core.settings import Settings
from enformer_core.tracks.bigwig_read import BigWigReader

Entry = tuple[int, int, float]
MakeBigWig = Callable[..., Path]


@pytest.fixture(scope="module")
def reader() -> Iterator[BigWigReader]:
    with BigWigReader(Settings(bigwig_timeout_s=20.0)) as made:
        yield made


@pytest.fixture
def make_bigwig(tmp_path: Path) -> MakeBigWig:
    """Writes a bigWig with pyBigWig alone, so that what is read was not written by the code under test."""

    def make(
        name: str = "a.bw",
        contigs: Mapping[str, int] = {"chr1": 100_000},
        entries: Mapping[str, Sequence[Entry]] = {"chr1": [(0, 1000, 1.0)]},
    ) -> Path:
        path = tmp_path / name
        file = pyBigWig.open(str(path), "w")
        file.addHeader(list(contigs.items()))
        for chrom, rows in entries.items():
            starts, ends, values = zip(*rows, strict=True)
            file.addEntries(
                [chrom] * len(rows),
                np.array(starts, dtype=np.int64),
                ends=np.array(ends, dtype=np.int64),
                values=np.array(values, dtype=np.float32),
            )
        file.close()
        return path

    return make
