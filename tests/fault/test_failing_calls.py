"""The n-th call that opens, writes, flushes or moves a file fails, for every n: old or new, never half."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from worlds import World

import enformer_core as ec
from enformer_core.errors import EnformerError, FileError, OutOfDisk
from enformer_core.files import written_aside
from enformer_core.inference.conversion import convert_sonnet
from enformer_core.settings import Settings
from enformer_core.tracks.bigwig_write import BigWigWriter
from pages._ui.export import zipped
from pages._ui.state import Result
from tests.fault import written
from tests.fault.failing_calls import FailingCalls

REPOSITORY = Path(__file__).resolve().parents[2]
CHECKPOINT = REPOSITORY / "tests" / "model" / "fixtures" / "sonnet" / "enformer-1.index"
SLOW = pytest.mark.slow


@pytest.mark.parametrize("case", written.cases(), ids=lambda case: case.name)
@pytest.mark.parametrize("codes", [written.CODES[:2], pytest.param(written.CODES[2:], marks=SLOW)])
def test_every_call_fails_once(case: written.Case, codes: tuple[int, ...], tmp_path: Path) -> None:
    swept = written.sweep(case, tmp_path, codes)
    assert swept.failures >= 3 * len(codes)
    assert swept.old >= 3 * len(codes)


def test_every_call_of_a_bigwig_fails_once(tmp_path: Path) -> None:
    with BigWigWriter(Settings()) as writer:
        swept = written.sweep(written.bigwig(writer), tmp_path, (errno.ENOSPC, errno.EMFILE))
    assert swept.old >= 6


@pytest.mark.slow
def test_every_call_of_all_tracks_fails_once(tmp_path: Path) -> None:
    assert written.sweep(written.folder_of_bigwigs(), tmp_path).failures >= 3 * len(written.CODES)


@pytest.mark.parametrize("code", [errno.ENOSPC, *(pytest.param(code, marks=SLOW) for code in written.CODES[1:])])
def test_a_failed_conversion_registers_no_model(tmp_path: Path, code: int) -> None:
    n, models = 0, tmp_path / "models"
    while True:
        n += 1
        # The folder itself is made by plain Python.
        with FailingCalls(n, code, models) as calls, suppress(EnformerError, OSError):
            convert_sonnet(CHECKPOINT, models, "authors", overwrite=True)
        if not calls.has_failed:
            break
        assert not (models / "authors" / "manifest.json").exists()
    assert n > 6
    assert sorted(path.name for path in (models / "authors").iterdir()) == [
        "config.json",
        "manifest.json",
        "model.safetensors",
    ]


@pytest.fixture(scope="module")
def result(world: World) -> Iterator[Result]:
    with closing(ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes)) as predictor:
        window = predictor.window("ALFA1")
        yield Result(predictor.predict(window, tracks=[0]), window, "ALFA1")


def attempt(result: Result) -> bytes | EnformerError:
    try:
        return zipped(result)
    except EnformerError as exc:
        return exc


@pytest.mark.parametrize("every", [23, pytest.param(1, marks=SLOW)])
def test_a_zip_is_whole_or_an_error(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    expected, n, n_errors = zipped(result), 1, 0
    while True:
        with FailingCalls(n, errno.ENOSPC, tmp_path) as calls:
            found = attempt(result)
        if isinstance(found, EnformerError):
            assert calls.has_failed
            assert "full" in str(found) or "No space" in str(found), (n, calls.calls[n - 1], found)
            n_errors += 1
        else:  # a folder that is there already need not be made
            assert found == expected, (n, calls.calls[n - 1 :][:1])
        assert list(tmp_path.iterdir()) == []
        if not calls.has_failed:
            break
        n += every
    assert n_errors >= max(1, 20 // every)


# --- Libraries that write by themselves ------------------------------------------------------------------------------

_LIMITED = """
import resource, signal, sys
from pathlib import Path
from enformer_core.errors import OutOfDisk
from tests.fault import written

case = next(case for case in written.cases() if case.name == sys.argv[1])
folder, limits = Path(sys.argv[2]), range(0, int(sys.argv[3]), int(sys.argv[4]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
full = 0
for limit in limits:
    place = folder / str(limit)
    place.mkdir()
    case.prepare(place)
    old = case.read(place)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        case.write(place)
    except OutOfDisk:
        full += 1
    else:
        assert case.read(place) != old, limit
        continue
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    assert case.read(place) == old, limit
    assert not list(place.rglob("*.part")), limit
    case.write(place)
print(full)
"""


@pytest.mark.parametrize(("name", "end", "step"), [("parquet", 9_000, 900), ("gene index", 60_000, 7_000)])
def test_a_disk_that_fills_under_a_library(name: str, end: int, step: int, tmp_path: Path) -> None:
    """The system refuses every byte of a file beyond a limit, which is then moved on."""
    command = [sys.executable, "-c", _LIMITED, name, str(tmp_path), str(end), str(step)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert 3 <= int(done.stdout) < len(range(0, end, step)), "the limits do not span the file"


_CONVERTED = """
import resource, signal, sys
from pathlib import Path
from enformer_core.errors import OutOfDisk
from enformer_core.inference.conversion import convert_sonnet

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
try:
    convert_sonnet(Path(sys.argv[1]), Path(sys.argv[2]), "authors")
except OutOfDisk as exc:
    sys.exit(exc.exit_code)
"""


def test_a_disk_that_fills_while_weights_are_converted(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _CONVERTED, str(CHECKPOINT), str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == OutOfDisk.exit_code, done.stderr
    assert list((tmp_path / "authors").iterdir()) == []


# --- What the killed leave -------------------------------------------------------------------------------------------

_KILLED = """
import os, sys
from pathlib import Path
from enformer_core.files import written_aside
with written_aside(Path(sys.argv[1]), overwrite=True) as aside:
    aside.write_text("half")
    os.kill(os.getpid(), 9)
"""


def test_what_a_killed_writer_left_goes_with_the_next_write(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    for name in ("a.txt", "a.txt", "b.txt"):
        subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path / name)], cwd=REPOSITORY, check=False)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert [name[:7] for name in left] == [".a.txt.", ".b.txt."], "each writer clears up after the one before it"
    with written_aside(target) as aside:
        aside.write_text("whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [left[1], "a.txt"]


def test_what_a_living_writer_writes_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with written_aside(target) as mine:
        mine.write_text("mine")
        with written_aside(target) as another:
            another.write_text("another's")
        assert mine.read_text() == "mine"
        assert target.read_text() == "another's"
    assert target.read_text() == "mine"


@pytest.mark.parametrize(("age_s", "stays"), [(3600, True), (2 * 24 * 3600, False)])
def test_what_another_machine_left_goes_when_it_is_old(tmp_path: Path, age_s: int, stays: bool) -> None:
    left = tmp_path / ".a.txt.0123abcd-17.abcd_123.part"
    left.write_text("half")
    at = left.stat().st_mtime - age_s
    os.utime(left, (at, at))
    unlike = tmp_path / ".a.txt.something.part"
    unlike.write_text("not ours")
    os.utime(unlike, (at, at))
    with written_aside(tmp_path / "a.txt") as aside:
        aside.write_text("whole")
    assert left.exists() is stays
    assert unlike.exists()


def test_a_name_of_many_bytes(tmp_path: Path) -> None:
    target = tmp_path / ("\N{DNA DOUBLE HELIX}" * 63)
    with written_aside(target) as aside:
        aside.write_text("whole")
    assert target.read_text() == "whole"


@pytest.mark.parametrize(
    ("code", "hint"), [(errno.EMFILE, "ulimit -n"), (errno.EIO, "another disk"), (errno.EACCES, "may write to")]
)
def test_the_next_step_fits_the_trouble(tmp_path: Path, code: int, hint: str) -> None:
    with FailingCalls(1, code, tmp_path), pytest.raises(FileError, match=hint), written_aside(tmp_path / "a"):
        pass
