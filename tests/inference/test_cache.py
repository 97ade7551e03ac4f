"""The prediction cache: right or absent, whatever happens to its files."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from enformer_core.inference.cache import CacheKey, PredictionCache

KEY = CacheKey("w" * 64, "s" * 64, "human", (0, 3, 7), "float32", "none")
VALUES = np.arange(96, dtype=np.float32).reshape(32, 3) / 7
MB = 1024**2


@pytest.fixture
def cache(tmp_path: Path) -> PredictionCache:
    return PredictionCache(tmp_path / "predictions", 10 * MB)


def entry_of(cache: PredictionCache) -> Path:
    (entry,) = (p for p in cache.folder.glob("??/*") if not p.name.startswith("."))
    return entry


def test_what_was_put_is_found_bit_for_bit(cache: PredictionCache) -> None:
    assert cache.get(KEY) is None
    cache.put(KEY, VALUES, {"device": "cpu"})
    found = cache.get(KEY)
    assert found is not None
    assert np.array_equal(found[0], VALUES)
    assert found[0].dtype == np.float32
    assert found[1] == {"device": "cpu"}
    assert cache.size()[0] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"weights_sha256": "x" * 64},
        {"sequence_sha256": "x" * 64},
        {"head": "mouse"},
        {"tracks": (0, 3)},
        {"tracks": (3, 0, 7)},
        {"precision": "bfloat16"},
        {"averaging": "strands"},
    ],
)
def test_every_part_of_the_key_matters(cache: PredictionCache, change: dict) -> None:
    cache.put(KEY, VALUES, {})
    assert cache.get(replace(KEY, **change)) is None


def test_a_damaged_entry_is_a_miss_and_is_dropped(cache: PredictionCache) -> None:
    cache.put(KEY, VALUES, {})
    entry = entry_of(cache)
    good = entry.read_bytes()
    rng = np.random.default_rng(0)
    damaged = [good[:n] for n in (0, 1, 20, 31, 60, len(good) - 1)] + [good + b"x", b"", b"\0" * 500]
    for at in rng.integers(0, len(good), 60):
        damaged.append(good[:at] + bytes([good[at] ^ (1 << int(rng.integers(8)))]) + good[at + 1 :])
    for content in damaged:
        entry.write_bytes(content)
        assert cache.get(KEY) is None
        assert not entry.exists()
    cache.put(KEY, VALUES, {})
    assert cache.get(KEY) is not None


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    size = len_of_one(tmp_path)
    cache = PredictionCache(tmp_path / "p", 3 * size)
    keys = [replace(KEY, sequence_sha256=str(i) * 64) for i in range(4)]
    for age, key in enumerate(keys[:3]):
        cache.put(key, VALUES, {})
        os.utime(cache._path(key), (1_000_000 + age, 1_000_000 + age))
    assert cache.get(keys[0]) is not None  # now the most recently used
    cache.put(keys[3], VALUES, {})
    assert [cache.get(k) is not None for k in keys] == [True, False, True, True]
    assert cache.size() == (3, 3 * size)


def len_of_one(tmp_path: Path) -> int:
    one = PredictionCache(tmp_path / "one", MB)
    one.put(KEY, VALUES, {})
    return one.size()[1]


def test_zero_keeps_nothing_and_clear_empties(tmp_path: Path, cache: PredictionCache) -> None:
    nothing = PredictionCache(tmp_path / "none", 0)
    nothing.put(KEY, VALUES, {})
    assert nothing.size() == (0, 0)
    cache.put(KEY, VALUES, {})
    assert cache.clear()[0] == 1
    assert cache.size() == (0, 0)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way, for root as well")
    cache = PredictionCache(tmp_path / "file" / "p", MB)
    cache.put(KEY, VALUES, {})
    assert cache.get(KEY) is None
    assert cache.size() == (0, 0)


def test_a_full_disk_is_no_error_and_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys; from pathlib import Path; import numpy as np\n"
        "from enformer_core.inference.cache import CacheKey, PredictionCache\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "c = PredictionCache(Path(sys.argv[1]), 10**9); k = CacheKey('w', 's', 'human', (0,), 'float32', 'none')\n"
        "c.put(k, np.ones((896, 3), np.float32), {}); print(c.get(k), c.size())"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None (0, 0)"
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def fill(folder: Path, barrier: object) -> None:
    cache = PredictionCache(folder, 10 * MB)
    barrier.wait()  # pyright: ignore[reportAttributeAccessIssue]
    for i in range(30):
        key = replace(KEY, sequence_sha256=f"{i % 5}" * 64)
        cache.put(key, VALUES + i % 5, {})
        found = cache.get(key)
        assert found is not None
        assert np.array_equal(found[0], VALUES + i % 5)


def test_two_processes_fill_one_folder(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(2)
    processes = [spawn.Process(target=fill, args=(tmp_path, barrier)) for _ in range(2)]
    for p in processes:
        p.start()
    for p in processes:
        p.join(60)
        assert p.exitcode == 0


def test_kill_9_while_writing_leaves_no_wrong_entry(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from enformer_core.inference.cache import CacheKey, PredictionCache\n"
        "c = PredictionCache(Path(sys.argv[1]), 10**9); print('ready', flush=True)\n"
        "for i in range(10**6): c.put(CacheKey('w', str(i % 50), 'h', (0,), 'f', 'n'),"
        " np.full((2000, 3), i % 50, np.float32), {})"
    )
    rng = np.random.default_rng(1)
    for _ in range(8):
        process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(float(rng.uniform(0.001, 0.15)))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    cache, hits = PredictionCache(tmp_path, 10**9), 0
    for i in range(50):
        found = cache.get(CacheKey("w", str(i), "h", (0,), "f", "n"))
        if found is not None:
            hits += 1
            assert np.array_equal(found[0], np.full((2000, 3), i, np.float32))
    assert hits > 0
