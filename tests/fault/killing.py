"""Work that is killed at random moments, and what must hold of what it leaves.

Each kind of work runs in a child that is forked from a process which has imported all it needs, so that a kill costs
milliseconds. To add a kind (a worker, a server, a download): a ``Work`` in ``WORKS``.

``python -m tests.fault.killing`` is that process: it reads one line of JSON for each child, answers with the child's
number, and again when the child has ended.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from enformer_core.demo.build import build
from enformer_core.demo.chromosomes import Genome
from enformer_core.demo.finished import NAME, trouble
from enformer_core.genome.genes.index import GeneIndex
from enformer_core.inference.cache import CacheKey, PredictionCache
from enformer_core.settings import Settings
from enformer_core.tracks.bigwig_write import BigWigWriter
from tests.fault.written import gtf, write_one

REPOSITORY = Path(__file__).resolve().parents[2]
TINY = Genome(NAME, {"chr4": 256_000}, "chr4")
_N_KEYS, _N_GENES = 12, 1_500
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Work:
    """Something that is done again and again until it is killed.

    Attributes:
        prepare: Puts what is needed into an empty folder.
        run: Does the work; with ``once``, one time and whole.
        check: Raises AssertionError where something was lost or is wrong.
        left_over: Bytes in files that are there for no one.
        window_s: The latest moment of a kill.
        most_left_over: Bytes that may lie about after a kill, however many there were before.
    """

    prepare: Callable[[Path], object]
    run: Callable[[Path, bool], object]
    check: Callable[[Path], object]
    left_over: Callable[[Path], int]
    window_s: float
    most_left_over: int


def _size_of(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file())


def _parts(folder: Path) -> int:
    return _size_of(folder, ".*.part")


# --- A cached prediction ---------------------------------------------------------------------------------------------


def _key(i: int) -> CacheKey:
    return CacheKey("w" * 64, f"{i:064d}", "human", (0,), "float32", "none")


def _values(i: int) -> np.ndarray:
    return np.random.default_rng(i).random((896, 20), dtype=np.float32)


def _cache(folder: Path, once: bool) -> None:
    cache, i = PredictionCache(folder / "predictions", 10**9), 0
    while not once or i < _N_KEYS:
        cache.put(_key(i % _N_KEYS), _values(i % _N_KEYS), {"i": str(i % _N_KEYS)})
        i += 1
        (folder / "done").write_text(str(i))


def _check_cache(folder: Path) -> None:
    cache = PredictionCache(folder / "predictions", 10**9)
    told = (folder / "done").read_text() if (folder / "done").exists() else ""
    for i in range(_N_KEYS):
        found = cache.get(_key(i))
        if found is None:
            assert not told or i >= int(told), f"entry {i} of {told} is lost"
        else:
            np.testing.assert_array_equal(found[0], _values(i))
            assert found[1] == {"i": str(i)}


# --- An exported bigWig ----------------------------------------------------------------------------------------------


def _bigwig(folder: Path, once: bool) -> None:
    seed = 1
    with BigWigWriter(Settings()) as writer:
        while True:
            write_one(writer, folder / "out.bw", seed)
            if once:
                return
            seed = 3 - seed


def _prepare_bigwig(folder: Path) -> None:
    with BigWigWriter(Settings()) as writer:
        for seed in (2, 1):
            write_one(writer, folder / "out.bw", seed)
            digest = hashlib.sha256((folder / "out.bw").read_bytes()).hexdigest()
            (folder / f"{digest}.known").touch()


def _check_bigwig(folder: Path) -> None:
    digest = hashlib.sha256((folder / "out.bw").read_bytes()).hexdigest()
    assert (folder / f"{digest}.known").exists(), "the bigWig is neither of the two"


# --- A gene index ----------------------------------------------------------------------------------------------------


def _genes(folder: Path, once: bool) -> None:
    while True:
        GeneIndex.open(folder / "genes.gtf", folder=folder / "indexes").close()
        if once:
            return
        for path in (folder / "indexes").glob("*.sqlite"):
            path.unlink()


def _check_genes(folder: Path) -> None:
    if not (found := list((folder / "indexes").glob("*.sqlite"))):
        return
    before = found[0].stat().st_ino
    index = GeneIndex.open(folder / "genes.gtf", folder=folder / "indexes")
    assert found[0].stat().st_ino == before, "an index under its own name was not whole"
    assert index.counts["genes"] == _N_GENES
    assert index.gene(f"GENE{_N_GENES - 1}").start == 1_000 * (_N_GENES - 1)
    index.close()


# --- The simulated genome --------------------------------------------------------------------------------------------


def _demo(folder: Path, once: bool) -> None:
    while True:
        build(folder / "assemblies", folder / "gene_indexes", genome=TINY)
        if once:
            return
        digest = _demo_digest(folder)
        (folder / f"{digest}.known").touch()
        shutil.rmtree(folder / "assemblies" / NAME)


def _demo_digest(folder: Path) -> str:
    record = json.loads((folder / "assemblies" / NAME / "build.json").read_text())
    sums = sorted((name, facts["sha256"]) for name, facts in record["files"].items())
    return hashlib.sha256(repr(sums).encode()).hexdigest()


def _check_demo(folder: Path) -> None:
    """A folder under the assembly's name is whole, and every one that was ever finished has the same content."""
    target = folder / "assemblies" / NAME
    known = list(folder.glob("*.known"))
    assert len(known) <= 1, "two builds differ"
    if (target / "manifest.json").exists() and trouble(target) is None:
        assert not known or known[0].stem == _demo_digest(folder), "a build after a kill differs"


def _demo_left(folder: Path) -> int:
    return _parts(folder) + _size_of(folder / "assemblies", ".*.building/**/*")


WORKS: dict[str, Work] = {
    "cached prediction": Work(lambda folder: None, _cache, _check_cache, _parts, 0.15, _N_KEYS * 80_000),
    "bigWig": Work(_prepare_bigwig, _bigwig, _check_bigwig, _parts, 1.0, 20_000),
    "gene index": Work(
        lambda folder: (folder / "genes.gtf").write_text(gtf(_N_GENES)), _genes, _check_genes, _parts, 0.4, 2_000_000
    ),
    "simulated genome": Work(lambda folder: None, _demo, _check_demo, _demo_left, 5.0, 8_000_000),
}


# --- Killing ---------------------------------------------------------------------------------------------------------


class Nursery:
    """The process from which children are forked."""

    def __init__(self) -> None:
        # Builds that are killed leave semaphores, which the tracker of a killed process clears away, and says so.
        quiet = ("-W", "ignore::UserWarning:multiprocessing.resource_tracker")
        command = [sys.executable, *quiet, "-m", "tests.fault.killing"]
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(_PATIENCE_S)
        self._process.stdout.close()

    def killed(self, name: str, folder: Path, after_s: float) -> bool:
        """Let work go on for so long, then kill its process; False where it had ended by itself."""
        pid = self._begin(name, folder, once=False)
        time.sleep(after_s)
        os.kill(pid, signal.SIGKILL)
        status = self._ended()
        wait_for_group(pid)
        return status == -signal.SIGKILL

    def once(self, name: str, folder: Path) -> None:
        """Do work once, whole."""
        self._begin(name, folder, once=True)
        status = self._ended()
        assert status == 0, f"{name} ended with {status} after it was killed before"

    def _begin(self, name: str, folder: Path, *, once: bool) -> int:
        assert self._process.stdin is not None
        _say(self._process.stdin, json.dumps([name, str(folder), once]))
        return self._ended()

    def _ended(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A nursery for a ``with`` block."""
    made = Nursery()
    try:
        yield made
    finally:
        made.close()


def wait_for_group(group: int) -> None:
    """Wait until the processes that a killed child had started have ended by themselves.

    Raises:
        AssertionError: They go on.
    """
    end = time.monotonic() + _PATIENCE_S
    while left := _members(group):
        assert time.monotonic() < end, f"processes of killed work go on: {left}"
        time.sleep(0.01)


def _members(group: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


@dataclass(slots=True)
class Toll:
    """What came of killing one kind of work."""

    kills: int = 0
    most_left_over_bytes: int = 0
    left_over_bytes: int = 0


def toll(nurse: Nursery, name: str, folder: Path, n_kills: int, seed: int, window_s: float | None = None) -> Toll:
    """Kill a kind of work so many times in one folder, look after each, and do it once whole at the end.

    Raises:
        AssertionError: Something was lost, is wrong, or is left over.
    """
    work, rng, found = WORKS[name], random.Random(seed), Toll()
    work.prepare(folder)
    for _ in range(n_kills):
        found.kills += nurse.killed(name, folder, rng.uniform(0, window_s or work.window_s))
        work.check(folder)
        found.most_left_over_bytes = max(found.most_left_over_bytes, work.left_over(folder))
        assert found.most_left_over_bytes <= work.most_left_over, f"what {name} leaves grows"
    assert found.kills == n_kills, f"{name} ended by itself"
    nurse.once(name, folder)
    work.check(folder)
    found.left_over_bytes = work.left_over(folder)
    assert found.left_over_bytes == 0, f"{name} leaves {found.left_over_bytes:,} bytes"
    return found


def _say(stream: IO[str], words: object) -> None:
    stream.write(f"{words}\n")
    stream.flush()


def main() -> None:
    """Fork a child for each line until there are no more."""
    for line in iter(sys.stdin.readline, ""):
        name, folder, once = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(name, Path(folder), once)
        _say(sys.stdout, pid)
        _say(sys.stdout, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _child(name: str, folder: Path, once: bool) -> None:
    status = 1
    try:
        os.setsid()
        WORKS[name].run(folder, once)
        status = 0
    except Exception as exc:
        _say(sys.stderr, f"{type(exc).__name__}: {exc}")
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
