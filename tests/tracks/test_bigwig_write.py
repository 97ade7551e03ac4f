from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bbi
import numpy as np
import pyBigWig
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import (
    BigWigError,
    EnformerError,
    FileError,
    InputError,
    LocusError,
    NumericalError,
    OutputExists,
)
from enformer_core.genome.interval import Interval
from enformer_core.genome.known_assemblies import KNOWN
from enformer_core.settings import Settings
from enformer_core.tracks import bigwig_write
from enformer_core.tracks.bigwig_read import BigWigReader, BinnedSignal
from enformer_core.tracks.bigwig_write import BigWigWriter, write_bigwig

REPOSITORY = Path(__file__).resolve().parents[2]
HG38 = KNOWN["hg38"]
START = 35_082_742


@pytest.fixture(scope="module")
def writer() -> Iterator[BigWigWriter]:
    with BigWigWriter(Settings()) as made:
        yield made


def prediction(n_bins: int = 896) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    starts = START + 128 * np.arange(n_bins)
    return starts, starts + 128, np.random.default_rng(0).gamma(1, 3, n_bins).astype(np.float32)


def test_what_is_written_is_what_others_read(tmp_path: Path, writer: BigWigWriter, reader: BigWigReader) -> None:
    starts, ends, values = prediction()
    path = writer.write(tmp_path / "out.bw", HG38, "chr11", starts, ends, values)
    with pyBigWig.open(str(path)) as file:
        assert file.chroms() == dict(HG38)
        entries = file.intervals("chr11")
    assert [entry[:2] for entry in entries] == list(zip(starts.tolist(), ends.tolist(), strict=True))
    assert np.array([entry[2] for entry in entries], dtype=np.float32).tobytes() == values.tobytes()
    info = bbi.info(str(path))
    assert info["chromCount"] == len(HG38)
    assert info["zoomLevels"] >= 1
    assert info["summary"]["basesCovered"] == 114_688
    assert info["summary"]["sum"] == pytest.approx(128 * values.sum(dtype=np.float64), rel=1e-6)
    (found,) = reader.read([path], Interval("chr11", START, START + 114_688), 128, contigs=HG38)
    assert isinstance(found, BinnedSignal)
    assert found.values.tobytes() == values.tobytes()
    assert found.notes == ()


def test_equal_input_gives_equal_bytes(tmp_path: Path, writer: BigWigWriter) -> None:
    shuffled = dict(reversed(HG38.items()))
    for name, contigs in (("a", HG38), ("b", HG38), ("c", shuffled)):
        writer.write(tmp_path / name, contigs, "chr11", *prediction())
    assert len({hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in "abc"}) == 1


def test_the_function_needs_no_writer(tmp_path: Path) -> None:
    assert write_bigwig(tmp_path / "a.bw", {"chr1": 1000}, "chr1", [0], [1000], [1.5]).stat().st_size > 300


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(1, 300), st.floats(-1e6, 1e6, width=32)), min_size=1, max_size=60
    )
)
def test_random_entries_survive(tmp_path_factory, writer: BigWigWriter, steps: list[tuple[int, int, float]]) -> None:
    gaps, widths, values = (np.array(column) for column in zip(*steps, strict=True))
    ends = np.cumsum(gaps + widths)
    path = tmp_path_factory.mktemp("w") / "a.bw"
    writer.write(path, {"1": int(ends[-1])}, "1", ends - widths, ends, values)
    with pyBigWig.open(str(path)) as file:
        found = file.intervals("1")
    assert found == tuple((int(e - w), int(e), float(v)) for e, w, v in zip(ends, widths, values, strict=True))


@pytest.mark.parametrize(
    ("starts", "ends", "values", "kind", "message"),
    [
        ([0, 128], [128, 256], [1.0, math.nan], NumericalError, "value 1 is nan"),
        ([0], [128], [math.inf], NumericalError, "value 0 is inf"),
        ([0], [128], [1e39], NumericalError, "value 0 is 1e+39"),
        ([0], [128], [3e38], NumericalError, "too large for a bigWig's own sums"),
        ([0], [128], [1e19], NumericalError, "too large for a bigWig's own sums"),
        ([128, 0], [256, 128], [1.0, 1.0], LocusError, "entry 1 (chr1, 0 to 128, 0-based, half-open) starts before"),
        ([0, 127], [128, 256], [1.0, 1.0], LocusError, "entry 1 (chr1, 127 to 256, 0-based, half-open) overlaps"),
        ([0], [0], [1.0], LocusError, "entry 0 (chr1, 0 to 0, 0-based, half-open) is empty"),
        ([-128], [0], [1.0], LocusError, "starts below 0"),
        ([0, 900], [128, 1001], [1.0, 1.0], LocusError, "entry 1 (chr1, 900 to 1,001, 0-based, half-open) ends beyond"),
        ([0], [2**40], [1.0], LocusError, "ends beyond chr1, which has 1,000 bp"),
        ([], [], [], InputError, "there are no entries to write"),
        ([0, 1], [1], [1.0], InputError, "starts (2,), ends (1,) and values (1,)"),
        ([0.0], [1.0], [1.0], InputError, "starts and ends must be whole numbers, not float64"),
        ([0], [1], ["1"], InputError, "values must be numbers"),
        ([0], [1], [True], InputError, "values must be numbers"),
        ([[0]], [[1]], [[1.0]], InputError, "starts (1, 1)"),
    ],
)
def test_what_would_crash_the_writer_or_make_it_lie_is_refused(
    tmp_path: Path, writer: BigWigWriter, starts: list, ends: list, values: list, kind: type, message: str
) -> None:
    starts, ends = (np.array(x, dtype=np.int64) if x == [] else x for x in (starts, ends))
    with pytest.raises(kind) as caught:
        writer.write(tmp_path / "a.bw", {"chr1": 1000}, "chr1", starts, ends, values)
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("contigs", "chrom", "kind", "message"),
    [
        ({"chr1": 1000}, "chr2", LocusError, "there is no chromosome 'chr2' in the assembly"),
        ({}, "chr1", InputError, "a bigWig cannot list 0 chromosomes"),
        ({"chr1": 0}, "chr1", InputError, "chr1 cannot have '0' bp"),
        ({"chr1": 2**32}, "chr1", InputError, "chr1 cannot have '4294967296' bp"),
        ({"chr1": 1000, "": 5}, "chr1", InputError, "a chromosome cannot be named ''"),
        ({"chr1": 1000, "a\0b": 5}, "chr1", InputError, "a chromosome cannot be named"),
        ({"chr1": 1000, "x" * 256: 5}, "chr1", InputError, "a chromosome cannot be named"),
    ],
)
def test_headers_that_cannot_be_written(
    tmp_path: Path, writer: BigWigWriter, contigs: dict, chrom: str, kind: type, message: str
) -> None:
    with pytest.raises(kind) as caught:
        writer.write(tmp_path / "a.bw", contigs, chrom, [0], [1], [1.0])
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_kept_unless_asked(tmp_path: Path, writer: BigWigWriter, reader: BigWigReader) -> None:
    path = tmp_path / "a.bw"
    path.write_text("precious")
    with pytest.raises(OutputExists):
        writer.write(path, {"chr1": 1000}, "chr1", [0], [1], [1.0])
    with pytest.raises(NumericalError):
        writer.write(path, {"chr1": 1000}, "chr1", [0], [1], [math.nan], overwrite=True)
    assert path.read_text() == "precious"
    writer.write(path, {"chr1": 1000}, "chr1", [0], [1], [1.0], overwrite=True)
    assert reader.describe(path).contigs == {"chr1": 1000}
    assert [p.name for p in tmp_path.iterdir()] == ["a.bw"]


def test_folders_that_cannot_be_written_to(tmp_path: Path, writer: BigWigWriter) -> None:
    with pytest.raises(FileError, match="does not exist"):
        writer.write(tmp_path / "no" / "a.bw", {"chr1": 1000}, "chr1", [0], [1], [1.0])
    for name in ("a\0.bw", os.fsdecode(b"\xff.bw")):
        with pytest.raises(FileError, match="Choose another name"):
            writer.write(tmp_path / name, {"chr1": 1000}, "chr1", [0], [1], [1.0])


@pytest.mark.parametrize("lie", ["value", "count", "contigs", "nothing", "noise"])
def test_a_writer_that_lies_is_found_out(
    tmp_path: Path, writer: BigWigWriter, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    honest = BigWigWriter._fill

    def lying(self: BigWigWriter, aside: Path, contigs: dict, chrom: str, entries) -> None:
        starts, ends, values = entries.starts, entries.ends, entries.values.copy()
        if lie == "value":
            values[5] = np.nextafter(values[5], np.float32(100))
        if lie == "count":
            starts, ends, values = starts[:-1], ends[:-1], values[:-1]
        if lie == "contigs":
            contigs = contigs | {"chr2": 5}
        honest(self, aside, contigs, chrom, bigwig_write._Entries(starts, ends, values))
        if lie == "nothing":
            aside.write_bytes(b"")
        if lie == "noise":
            content = bytearray(aside.read_bytes())
            content[700:720] = bytes(20)
            aside.write_bytes(content)

    monkeypatch.setattr(BigWigWriter, "_fill", lying)
    with pytest.raises(BigWigError, match="what was read back differs from what was written"):
        writer.write(tmp_path / "a.bw", {"chr1": 10**6}, "chr1", *small())
    assert list(tmp_path.iterdir()) == []


def small() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    starts, ends, values = prediction(200)
    return starts - START, ends - START, values


@pytest.mark.parametrize(
    "limit", [0, 64, *(pytest.param(n, marks=pytest.mark.slow) for n in (600, 4096)), 20_000, 30_000]
)
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path, limit: int) -> None:
    """The library that writes says nothing of a full disk; here the system refuses every byte beyond the limit."""
    code = (
        "import resource, sys; import numpy as np; from pathlib import Path\n"
        "from enformer_core.errors import OutOfDisk\n"
        "from enformer_core.tracks.bigwig_write import write_bigwig\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)\n"
        "starts = np.arange(6000) * 128\n"
        "values = np.random.default_rng(0).normal(size=6000)\n"
        "try:\n"
        "    write_bigwig(Path(sys.argv[1]), {'chr1': 10**6}, 'chr1', starts, starts + 128, values)\n"
        "except OutOfDisk as exc:\n"
        "    sys.exit(5 if 'is full' in str(exc) else 6)\n"
    )
    run = subprocess.run(
        [sys.executable, "-B", "-c", code, str(tmp_path / "a.bw"), str(limit)],
        cwd=REPOSITORY, env=os.environ | {"ENFORMER_BIGWIG_TIMEOUT_S": "2"}, check=False, capture_output=True,
    )  # fmt: skip
    assert run.returncode == 5, run.stderr.decode()
    assert list(tmp_path.iterdir()) == []


def test_the_same_with_room_enough(tmp_path: Path) -> None:
    """The limits above are below the file's size, so that they can fail."""
    starts = np.arange(6000) * 128
    values = np.random.default_rng(0).normal(size=6000)
    path = write_bigwig(tmp_path / "a.bw", {"chr1": 10**6}, "chr1", starts, starts + 128, values)
    assert path.stat().st_size > 30_000


def test_every_refusal_is_ours(tmp_path: Path, writer: BigWigWriter) -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        n = int(rng.integers(1, 4))
        starts, widths = rng.integers(-5, 60, n), rng.integers(-2, 30, n)
        values = rng.choice([1.0, math.nan, 1e30, -2.0], n)
        try:
            writer.write(tmp_path / "a.bw", {"chr1": 50}, "chr1", starts, starts + widths, values, overwrite=True)
        except EnformerError:
            continue
        assert (np.diff(starts) >= widths[:-1]).all()
        assert np.isfinite(values).all()
