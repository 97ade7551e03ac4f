"""Damaged bigWigs: every answer is a signal or one of our errors, soon, from a process that goes on."""

from __future__ import annotations

import collections
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyBigWig
import pytest

from enformer_core.errors import EnformerError
from enformer_core.genome.interval import Interval
from enformer_core.settings import Settings
from enformer_core.tracks.bigwig_read import BigWigReader, BinnedSignal

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


def structure(good: bytes) -> dict[str, tuple[int, int]]:
    """Byte ranges of the parts that libBigWig follows, by name."""
    tree, data, index = struct.unpack_from("<QQQ", good, 8)
    return {
        "header": (0, 344),
        "chromosomes": (tree, tree + 80),
        "block": (data, data + 64),
        "index": (index, index + 400),
        "anything": (0, len(good)),
    }


def flipped(good: bytes, rng: np.random.Generator, low: int, high: int, n_bits: int) -> bytes:
    mutant = bytearray(good)
    for _ in range(n_bits):
        mutant[int(rng.integers(low, min(high, len(good))))] ^= 1 << int(rng.integers(8))
    return bytes(mutant)


def mutants(good: bytes, seed: int, n_per_part: int) -> Iterator[tuple[str, bytes]]:
    rng = np.random.default_rng(seed)
    for part, (low, high) in structure(good).items():
        for i in range(n_per_part):
            yield f"{part} {i}", flipped(good, rng, low, high, int(rng.choice([1, 1, 3, 20])))


def check(reader: BigWigReader, path: Path, name: str, mutant: bytes) -> str:
    """Read a mutant beside a good file; what came out, by name."""
    path.write_bytes(mutant)
    start = time.monotonic()
    found, beside = reader.read([path, path.parent / "good.bw"], INTERVAL, 128)
    seconds = time.monotonic() - start
    assert seconds <= LIMIT_S, (name, seconds)
    assert isinstance(found, BinnedSignal | EnformerError), name
    assert isinstance(beside, BinnedSignal), name
    assert not np.isnan(beside.values).any(), name
    if isinstance(found, BinnedSignal):
        assert found.values.shape == (N_BINS,)
        assert found.values.dtype == np.float32
        assert not np.isinf(found.values).any()
        return "signal"
    assert found.what, name
    return type(found).__name__


def run(reader: BigWigReader, tmp_path: Path, good: bytes, cases: Iterator[tuple[str, bytes]]) -> collections.Counter:
    pid = os.getpid()
    (tmp_path / "good.bw").write_bytes(good)
    outcomes = collections.Counter(check(reader, tmp_path / "mutant.bw", name, mutant) for name, mutant in cases)
    assert os.getpid() == pid
    return outcomes


def test_row_48_truncated(reader: BigWigReader, tmp_path: Path, good: bytes) -> None:
    sizes = [*range(0, 1025, 64), *range(1, 1025, 97), *range(2048, len(good), 65_536), len(good) - 1, len(good) - 5]
    outcomes = run(reader, tmp_path, good, ((f"{n} bytes", good[:n]) for n in sizes))
    assert outcomes["BigWigError"] >= len(sizes) - 2  # the last bytes are a repeated magic number


@pytest.mark.slow
def test_row_48_bit_flips(reader: BigWigReader, tmp_path: Path, good: bytes) -> None:
    outcomes = run(reader, tmp_path, good, mutants(good, seed=1, n_per_part=30))
    assert outcomes["signal"] >= 10
    assert outcomes["BigWigError"] >= 50


@pytest.mark.slow
def test_row_48_truncated_at_every_byte(reader: BigWigReader, tmp_path: Path, good: bytes) -> None:
    sizes = [*range(1025), *range(1025, len(good), 997)]
    run(reader, tmp_path, good, ((f"{n} bytes", good[:n]) for n in sizes))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 7))
def test_row_48_many_bit_flips(reader: BigWigReader, tmp_path: Path, good: bytes, seed: int) -> None:
    run(reader, tmp_path, good, mutants(good, seed, n_per_part=200))


@pytest.mark.slow
def test_row_48_fields_with_extreme_values(reader: BigWigReader, tmp_path: Path, good: bytes) -> None:
    def cases() -> Iterator[tuple[str, bytes]]:
        for part, (low, high) in structure(good).items():
            for offset in range(low, min(high, low + 400), 4):
                for value in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
                    mutant = good[:offset] + struct.pack("<I", value) + good[offset + 4 :]
                    yield f"{part} {offset} {value}", mutant

    run(reader, tmp_path, good, cases())
