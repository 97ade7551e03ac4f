"""The child processes: what they may do, and what happens when a file ends one."""

from __future__ import annotations

import gc
import json
import os
import struct
import subprocess
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from enformer_core.errors import BigWigError, ResourceError
from enformer_core.genome.interval import Interval
from enformer_core.settings import Settings
from enformer_core.tracks import child_pool
from enformer_core.tracks.bigwig_read import BigWigReader, BinnedSignal
from enformer_core.tracks.child_pool import Child, ChildPool

INTERVAL = Interval("chr1", 0, 128 * 896)
REPOSITORY = Path(__file__).resolve().parents[2]
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.fixture
def files(make_bigwig):
    """Good files by number, one that crashes libBigWig and one that keeps it busy; both pass the header check."""
    entries = [(i * 128, i * 128 + 128, float(i)) for i in range(3000)]

    def base(name: str) -> tuple[Path, bytearray, int]:
        path = make_bigwig(name, {"chr1": 1_000_000}, {"chr1": entries})
        content = bytearray(path.read_bytes())
        (index,) = struct.unpack_from("<Q", content, 24)
        return path, content, index + 48

    def good(number: int) -> Path:
        return make_bigwig(f"good{number}.bw", {"chr1": 1_000_000}, {"chr1": [(0, 1_000_000, float(number))]})

    def crashing(name: str = "crash.bw") -> Path:
        """The root of its index is its own child, which libBigWig follows until its stack overflows."""
        path, content, node = base(name)
        content[node : node + 4] = struct.pack("<BBH", 0, 0, 1)
        content[node + 4 : node + 28] = struct.pack("<IIIIQ", 0, 0, 0, 1_000_000, node)
        path.write_bytes(content)
        return path

    def slow(name: str = "slow.bw") -> Path:
        """Its first block claims 65,535 items, which libBigWig reads far beyond the end of the block."""
        path, content, node = base(name)
        offset, size = struct.unpack_from("<QQ", content, node + 20)
        block = bytearray(zlib.decompress(content[offset : offset + size]))
        block[22:24] = struct.pack("<H", 65_535)
        packed = zlib.compress(bytes(block), 9)
        content += packed
        content[node + 20 : node + 36] = struct.pack("<QQ", len(content) - len(packed), len(packed))
        path.write_bytes(content)
        return path

    def damaged(name: str = "damaged.bw") -> Path:
        """Its first block is no zlib stream; libBigWig says so."""
        path, content, node = base(name)
        (offset,) = struct.unpack_from("<Q", content, node + 20)
        content[offset : offset + 8] = bytes(8)
        path.write_bytes(content)
        return path

    class Files:
        pass

    made = Files()
    made.good, made.crashing, made.slow, made.damaged = good, crashing, slow, damaged
    return made


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def children(reader: BigWigReader) -> list[int]:
    return sorted(child._process.pid for child in reader._pool._all)


def values(found: object) -> list[float]:
    assert isinstance(found, BinnedSignal), found
    return sorted(set(found.values.tolist()))


def test_row_48_a_crash_costs_one_lane(files) -> None:
    pid = os.getpid()
    paths = [files.good(1), files.crashing(), files.good(2), files.crashing("b.bw"), files.good(3)]
    with BigWigReader(Settings()) as reader:
        found = reader.read(paths, INTERVAL, 128)
        again = reader.read(paths[:1], INTERVAL, 128)
    for i, expected in ((0, 1.0), (2, 2.0), (4, 3.0)):
        assert values(found[i]) == [expected]
    assert values(again[0]) == [1.0]
    for i in (1, 3):
        assert isinstance(found[i], BigWigError)
        assert "the bigWig is damaged" in found[i].what
        assert str(paths[i]) in str(found[i])
    assert os.getpid() == pid


def test_the_file_that_killed_its_child_is_named_even_when_it_is_the_first_or_last(files) -> None:
    crash, good = files.crashing(), files.good(1)
    with BigWigReader(Settings()) as reader:
        for paths in ([crash], [crash, good], [good, crash], [crash, crash]):
            found = reader.read(paths, INTERVAL, 128)
            assert [isinstance(one, BigWigError) for one in found] == [path == crash for path in paths]


def test_a_child_is_replaced_after_a_file_that_failed_inside_the_reader(files) -> None:
    with BigWigReader(Settings()) as reader:
        reader.read([files.good(1)], INTERVAL, 128)
        first = children(reader)
        (error,) = reader.read([files.damaged()], INTERVAL, 128)
        assert isinstance(error, BigWigError)
        assert error.what == "the bigWig is damaged: its data cannot be read"
        assert values(reader.read([files.good(2)], INTERVAL, 128)[0]) == [2.0]
        assert not set(first) & set(children(reader))
        assert all(map(is_gone, first))


def test_a_file_that_takes_too_long_is_stopped(files) -> None:
    paths = [files.good(1), files.slow(), files.good(2)]
    with BigWigReader(Settings(bigwig_timeout_s=0.5)) as reader:
        start = time.monotonic()
        first, error, last = reader.read(paths, INTERVAL, 128)
        assert time.monotonic() - start < 5
    assert (values(first), values(last)) == ([1.0], [2.0])
    assert isinstance(error, BigWigError)
    assert error.what == "reading this bigWig took more than 0.5 s and was stopped"


def test_children_are_reused_and_replaced_when_worn(files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_pool, "REQUESTS_PER_CHILD", 3)
    good = files.good(1)
    with BigWigReader(Settings()) as reader:
        seen = []
        for _ in range(7):
            reader.read([good], INTERVAL, 128)
            seen.append(tuple(children(reader)))
    assert seen[0] == seen[1] != ()
    assert seen[2] == ()
    assert seen[3] == seen[4] != seen[0]


def test_a_child_killed_between_requests_costs_nothing(files) -> None:
    good = files.good(1)
    with BigWigReader(Settings()) as reader:
        reader.read([good], INTERVAL, 128)
        (pid,) = children(reader)
        os.kill(pid, 9)
        assert values(reader.read([good], INTERVAL, 128)[0]) == [1.0]


def test_threads_share_a_reader(files) -> None:
    paths = [files.good(i) for i in range(6)]
    crash = files.crashing()
    with BigWigReader(Settings()) as reader, ThreadPoolExecutor(8) as threads:

        def one(k: int) -> list[object]:
            mine = [paths[k % 6], crash, paths[(k + 1) % 6]] if k % 10 == 0 else [paths[k % 6], paths[(k + 1) % 6]]
            return [None if isinstance(f, BigWigError) else values(f) for f in reader.read(mine, INTERVAL, 128)]

        found = list(threads.map(one, range(60)))
        assert len(children(reader)) <= 2
    for k, mine in enumerate(found):
        expected: list[object] = [[float(k % 6)], [float((k + 1) % 6)]]
        assert mine == ([expected[0], None, expected[1]] if k % 10 == 0 else expected)


def test_closing_leaves_no_process_and_no_zombie(files) -> None:
    reader = BigWigReader(Settings())
    reader.read([files.good(1)], INTERVAL, 128)
    pids = children(reader)
    assert pids
    reader.close()
    reader.close()
    assert all(map(is_gone, pids))
    with pytest.raises(RuntimeError, match="closed"):
        reader.read([files.good(1)], INTERVAL, 128)


def test_a_forgotten_reader_leaves_no_process(files) -> None:
    reader = BigWigReader(Settings())
    reader.read([files.good(1)], INTERVAL, 128)
    pids = children(reader)
    del reader
    gc.collect()
    assert all(map(is_gone, pids))


def test_children_end_with_the_application(files) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from enformer_core.genome.interval import Interval\n"
        "from enformer_core.tracks.bigwig_read import BigWigReader\n"
        "reader = BigWigReader(); reader.read([Path(sys.argv[1])], Interval('chr1', 0, 128), 128)\n"
        "print([child._process.pid for child in reader._pool._all][0], flush=True); os._exit(1)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(files.good(1))], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    deadline = time.monotonic() + 10
    while not is_gone(int(run.stdout)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_gone(int(run.stdout))


@linux_only
def test_children_are_limited() -> None:
    child = Child(512 * 1024**2)
    try:
        limits = Path(f"/proc/{child._process.pid}/limits").read_text().splitlines()
        found = {line[:26].strip(): line[26:].split()[:2] for line in limits}
        assert found["Max address space"] == [str(512 * 1024**2)] * 2
        assert found["Max file size"] == ["0", "0"]
        assert found["Max core file size"] == ["0", "0"]
        assert found["Max open files"] == ["24", "24"]
        assert child.unlimited == ()
        child.send({"lanes": [], "cpu_s": 7.0}, time.monotonic() + 5)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            line = next(x for x in Path(f"/proc/{child._process.pid}/limits").read_text().splitlines() if "cpu" in x)
            if "unlimited" not in line[26:40]:
                break
        assert int(line[26:].split()[0]) <= 9
    finally:
        child.kill()


@linux_only
def test_children_see_neither_the_environment_nor_our_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    with (tmp_path / "open").open("wb"):
        child = Child(512 * 1024**2)
        try:
            proc = Path(f"/proc/{child._process.pid}")
            assert b"SECRET_TOKEN" not in (proc / "environ").read_bytes()
            opened = {os.readlink(entry) for entry in (proc / "fd").iterdir()}
            assert all(name.startswith("pipe:") or name == os.devnull for name in opened), opened
        finally:
            child.kill()


def test_children_import_a_bigwig_reader_and_little_else() -> None:
    code = (
        "import json, sys; sys.path.append(sys.argv[1])\n"
        "import enformer_core.tracks.child_main\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", code, str(REPOSITORY)], capture_output=True, text=True, check=True
    )
    modules = set(json.loads(run.stdout))
    assert {"numpy", "pyBigWig"} <= modules
    assert not modules & {"torch", "pandas", "pydantic", "streamlit", "rapidfuzz", "pybigtools", "pyarrow"}


def test_a_child_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch, files) -> None:
    monkeypatch.setattr(child_pool, "_BOOT", "raise SystemExit(3)")
    with (
        BigWigReader(Settings()) as reader,
        pytest.raises(ResourceError, match=r"did not start \(exit code 3\). Raise bigwig_memory_bytes, or run"),
    ):
        reader.read([files.good(1)], INTERVAL, 128)


def test_a_fork_is_refused_rather_than_answered_wrongly(monkeypatch: pytest.MonkeyPatch, files) -> None:
    with BigWigReader(Settings()) as reader:
        monkeypatch.setattr(child_pool.os, "getpid", lambda: 1)
        with pytest.raises(RuntimeError, match="fork"):
            reader.read([files.good(1)], INTERVAL, 128)


def test_busy_children_are_waited_for(files) -> None:
    pool = ChildPool(512 * 1024**2, 1)
    order: list[str] = []

    def second() -> None:
        with pool.child() as child:
            order.append("second")
            child.finished()

    with pool.child() as child:
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.1)
        order.append("first")
        child.finished()
    thread.join()
    pool.close()
    assert order == ["first", "second"]


def test_lying_children_are_not_believed(monkeypatch: pytest.MonkeyPatch, files) -> None:
    """A file that took its child over could answer anything."""
    good = files.good(1)
    for answer in (
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02[]",
        b"\x00\x00\x00\x03{]}",
        b"\x00\x00\x00\x02{}",
        b'\x00\x00\x00\x18{"n_bytes":1000000000000}',
        b'\x00\x00\x00\x0e{"n_bytes":-1}',
        b'\x00\x00\x00\x0f{"n_bytes":"x"}',
        b'\x00\x00\x00\x0d{"n_bytes":4}abcd',
        b"[" * 100_000,
    ):
        monkeypatch.setattr(
            child_pool,
            "_BOOT",
            "import os, time\n"
            "os.write(1, b'\\x00\\x00\\x00\\x02{}')\n"
            f"os.read(0, 100000); os.write(1, {answer!r}); time.sleep(60)\n",
        )
        with BigWigReader(Settings(bigwig_timeout_s=2)) as reader:
            (found,) = reader.read([good], INTERVAL, 128)
        assert isinstance(found, BigWigError), answer[:40]


def test_infinite_answers_become_gaps(monkeypatch: pytest.MonkeyPatch, files) -> None:
    raw = np.array([np.inf] * 896, dtype="<f4").tobytes()
    message = json.dumps({"n_bytes": len(raw), "n_covered": "many", "n_unusable": -5}).encode()
    answer = struct.pack(">I", len(message)) + message + raw
    monkeypatch.setattr(
        child_pool,
        "_BOOT",
        f"import os, time\nos.write(1, b'\\x00\\x00\\x00\\x02{{}}')\nos.read(0, 100000); os.write(1, {answer!r})\n"
        "time.sleep(60)\n",
    )
    with BigWigReader(Settings()) as reader:
        (found,) = reader.read([files.good(1)], INTERVAL, 128)
    assert isinstance(found, BinnedSignal)
    assert np.isnan(found.values).all()
    assert found.notes == ("the file has no data here",)
