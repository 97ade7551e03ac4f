"""Damaged bigWigs: every answer is a signal or one of our errors, soon, from a process that goes on."""

from __future__ import annotations

import collections
import os
import struct
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyBigWig
import pytest

from enformer_core.errors import EnformerError
from enformer_core.genome.interval import Interval
from enformer_core.settings import Settings
from enformer_core.tracks.bigwig_read import BigWigReader, BinnedSignal
from tests.fault.mutants import all_of, bit_flips, first_block, some_of, structure

LIMIT_S = 5.0
N_BINS = 896
INTERVAL = Interval("chr1", 0, 128 * N_BINS)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A bigWig of three chromosomes with zoom levels, about 110 kB."""
    path = tmp_path_factory.mktemp("good") / "good.bw"
    rng = np.random.default_rng(0)
    file = pyBigWig.open(str(path), "w")
    file.addHeader([("chr1", 1_000_000), ("chr2", 500_000), ("chrX", 300_000)])
    for chrom, n in (("chr1", 7000), ("chr2", 3000), ("chrX", 2000)):
        starts = np.arange(n) * 128
        file.addEntries([chrom] * n, starts, ends=starts + 128, values=rng.gamma(1, 3, n))
    file.close()
    return path.read_bytes()


@pytest.fixture(scope="module")
def reader() -> Iterator[BigWigReader]:
    with BigWigReader(Settings(bigwig_timeout_s=3.0, bigwig_memory_bytes=512 * 1024**2)) as made:
        yield made


def check(reader: BigWigReader, path: Path, name: str, mutant: bytes, interval: Interval = INTERVAL) -> str:
    """Read a mutant beside a good file; what came out, by name."""
    path.write_bytes(mutant)
    start = time.monotonic()
    found, beside = reader.read([path, path.parent / "good.bw"], interval, 128)
    seconds = time.monotonic() - start
    assert seconds <= LIMIT_S, (name, seconds)
    assert isinstance(found, BinnedSignal | EnformerError), name
    assert isinstance(beside, BinnedSignal), name
    if interval is INTERVAL:
        assert not np.isnan(beside.values).any(), name
    if isinstance(found, BinnedSignal):
        assert found.values.shape == (interval.width // 128,)
        assert found.values.dtype == np.float32
        assert not np.isinf(found.values).any()
        return "signal"
    assert found.what, name
    return type(found).__name__


def run(
    reader: BigWigReader,
    tmp_path: Path,
    good: bytes,
    cases: Iterable[tuple[str, bytes]],
    interval: Interval = INTERVAL,
) -> collections.Counter:
    pid = os.getpid()
    (tmp_path / "good.bw").write_bytes(good)
    outcomes = collections.Counter(
        check(reader, tmp_path / "mutant.bw", name, mutant, interval) for name, mutant in cases
    )
    assert os.getpid() == pid
    return outcomes


def test_row_48_truncated(reader: BigWigReader, tmp_path: Path, good: bytes) -> None:
    sizes = [*range(0, 1025, 64), *range(1, 1025, 97), *range(2048, len(good), 65_536), len(good) - 1, len(good) - 5]
    outcomes = run(reader, tmp_path, good, ((f"{n} bytes", good[:n]) for n in sizes))
    assert outcomes["BigWigError"] >= len(sizes) - 2  # the last bytes are a repeated magic number


@pytest.mark.slow
def test_row_48_bit_flips(reader: BigWigReader, tmp_path: Path, good: bytes) -> None:
    outcomes = run(reader, tmp_path, good, bit_flips(good, seed=1, n_per_part=30))
    assert outcomes["signal"] >= 10
    assert outcomes["BigWigError"] >= 50


@pytest.mark.slow
def test_row_48_truncated_at_every_byte(reader: BigWigReader, tmp_path: Path, good: bytes) -> None:
    sizes = [*range(1025), *range(1025, len(good), 997)]
    run(reader, tmp_path, good, ((f"{n} bytes", good[:n]) for n in sizes))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 7))
def test_row_48_many_bit_flips(reader: BigWigReader, tmp_path: Path, good: bytes, seed: int) -> None:
    run(reader, tmp_path, good, bit_flips(good, seed, n_per_part=200))


@pytest.mark.slow
def test_row_48_fields_with_extreme_values(reader: BigWigReader, tmp_path: Path, good: bytes) -> None:
    def cases() -> Iterator[tuple[str, bytes]]:
        for part, (low, high) in structure(good).items():
            for offset in range(low, min(high, low + 400), 4):
                for value in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
                    mutant = good[:offset] + struct.pack("<I", value) + good[offset + 4 :]
                    yield f"{part} {offset} {value}", mutant

    run(reader, tmp_path, good, cases())


# --- Real files ------------------------------------------------------------------------------------------------------


def real_files(shared_data: Path) -> list[Path]:
    """Slices of published experiments over hg38."""
    found = sorted((shared_data / "hg38_slices").glob("bigwig*/*.bw"))
    if not found:
        pytest.skip(f"there is no bigWig below {shared_data / 'hg38_slices'}")
    return found


def where_it_begins(path: Path) -> Interval:
    """896 bins from the first value on: a reader has to unpack what the mutants change."""
    number, start, _ = first_block(path.read_bytes()).place
    with pyBigWig.open(str(path)) as file:
        chrom = sorted(file.chroms(), key=lambda name: name.encode())[number]  # as libBigWig and UCSC number them
    return Interval(chrom, start, start + 128 * N_BINS)


def test_row_48_real_files(reader: BigWigReader, tmp_path: Path, shared_data: Path) -> None:
    path = real_files(shared_data)[0]
    good = path.read_bytes()
    outcomes = run(reader, tmp_path, good, some_of(good, seed=1), where_it_begins(path))
    assert sum(outcomes.values()) >= 60
    assert outcomes["signal"] >= 10
    assert outcomes["BigWigError"] >= 20


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", [0, 12, 22])
def test_row_48_all_kinds_of_damage_to_real_files(
    reader: BigWigReader, tmp_path: Path, shared_data: Path, number: int
) -> None:
    path = real_files(shared_data)[number]
    good = path.read_bytes()
    outcomes = run(reader, tmp_path, good, all_of(good, seed=number), where_it_begins(path))
    assert sum(outcomes.values()) >= 300
    assert outcomes["BigWigError"] >= 100
