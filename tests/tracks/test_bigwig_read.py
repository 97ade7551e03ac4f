from __future__ import annotations

import itertools
import math
import os
import time
from pathlib import Path

import bbi
import numpy as np
import pybigtools
import pyBigWig
import pytest

from enformer_core.errors import AssemblyMismatch, BigWigError, InputError
from enformer_core.genome.interval import Interval
from enformer_core.genome.known_assemblies import KNOWN
from enformer_core.tracks import bigwig_read
from enformer_core.tracks.bigwig_read import BigWigReader, BinnedSignal

WINDOW = Interval("chr11", 111_770_716 - 24_576, 111_770_716 - 24_576 + 114_688)
STATISTICS = ("mean", "sum", "max", "min")


def signal(reader: BigWigReader, path: Path, interval: Interval, bin_size: int, *more: object) -> BinnedSignal:
    (found,) = reader.read([path], interval, bin_size, *more)  # type: ignore[arg-type]
    assert isinstance(found, BinnedSignal), found
    return found


def failure(reader: BigWigReader, path: Path, **more: object) -> Exception:
    (found,) = reader.read([path], Interval("chr1", 0, 1280), 128, **more)  # type: ignore[arg-type]
    assert isinstance(found, Exception)
    return found


def painted(entries: list[tuple[int, int, float]], interval: Interval) -> np.ndarray:
    """float64 [bases] of an interval, one entry after the other."""
    bases = np.full(interval.width, np.nan)
    for start, end, value in entries:
        low, high = max(start - interval.start, 0), min(end - interval.start, interval.width)
        if low < high:
            bases[low:high] = value
    return bases


def pooled(bases: np.ndarray, bin_size: int, statistic: str) -> np.ndarray:
    pool = {"mean": np.mean, "sum": np.sum, "max": np.max, "min": np.min}[statistic]
    rows = [row[~np.isnan(row)] for row in bases.reshape(-1, bin_size)]
    return np.array([pool(row) if len(row) else np.nan for row in rows])


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("bin_size", [1, 7, 128, 4096])
def test_random_entries_agree_with_an_independent_computation(
    reader: BigWigReader, make_bigwig, statistic: str, bin_size: int
) -> None:
    rng = np.random.default_rng(bin_size)
    edges = np.sort(rng.choice(50_000, size=2000, replace=False))
    kept = [(int(s), int(e)) for s, e in itertools.pairwise(edges) if rng.random() < 0.6]
    entries = [(s, e, float(np.float32(rng.normal(0, 10)))) for s, e in kept]
    path = make_bigwig(contigs={"chr1": 50_000}, entries={"chr1": entries})
    for start in (-3 * bin_size, 0, 12_345, 50_000 - 3 * bin_size):
        interval = Interval("chr1", start, start + bin_size * (1 + 30_000 // bin_size))
        found = signal(reader, path, interval, bin_size, statistic)
        assert found.statistic == statistic
        expected = pooled(painted(entries, interval), bin_size, statistic)
        np.testing.assert_allclose(found.values, expected, rtol=2e-6, atol=1e-4)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_real_files_agree_with_two_other_readers(reader: BigWigReader, shared_data: Path, statistic: str) -> None:
    paths = sorted((shared_data / "hg38_slices").glob("bigwig*/*.bw"))
    for path, found in zip(paths, reader.read(paths, WINDOW, 128, statistic), strict=True):  # type: ignore[arg-type]
        assert isinstance(found, BinnedSignal)
        with path.open("rb") as handle:
            records = list(pybigtools.open(handle).records(WINDOW.chrom, WINDOW.start, WINDOW.end))
        bases = painted(records, WINDOW)
        by_kent = bbi.fetch(str(path), WINDOW.chrom, WINDOW.start, WINDOW.end, missing=np.nan, oob=np.nan)
        np.testing.assert_array_equal(bases, by_kent)
        np.testing.assert_allclose(found.values, pooled(bases, 128, statistic), rtol=1e-6, atol=0)
        assert np.isnan(found.values).any()
        assert not np.isnan(found.values).all()


def test_real_means_agree_with_exact_summaries(reader: BigWigReader, shared_data: Path) -> None:
    path = shared_data / "hg38_slices" / "bigwig32_raw" / "ENCFF890OGQ.bw"
    with pyBigWig.open(str(path)) as file:
        exact = file.stats(WINDOW.chrom, WINDOW.start, WINDOW.end, nBins=896, exact=True)
    expected = np.array([np.nan if v is None else v for v in exact])
    np.testing.assert_allclose(signal(reader, path, WINDOW, 128).values, expected, rtol=1e-6)


def test_a_window_takes_well_below_100_ms_once_warm(reader: BigWigReader, shared_data: Path) -> None:
    path = shared_data / "hg38_slices" / "bigwig32_raw" / "ENCFF890OGQ.bw"
    signal(reader, path, WINDOW, 128)
    best = math.inf
    for _ in range(5):
        start = time.perf_counter()
        signal(reader, path, WINDOW, 128)
        best = min(best, time.perf_counter() - start)
    assert best < 0.05


def test_a_window_of_several_pieces_is_the_window_of_one(reader: BigWigReader, make_bigwig) -> None:
    entries = [(i * 500, i * 500 + 250, float(i)) for i in range(2000)]
    path = make_bigwig(contigs={"chr1": 1_000_000}, entries={"chr1": entries})
    whole = signal(reader, path, Interval("chr1", -1000, 1_001_000), 1000)
    assert np.isnan(whole.values[[0, -1]]).all()
    np.testing.assert_array_equal(whole.values[1:-1], [2 * i + 0.5 for i in range(1000)])


def test_row_50_stored_nan_infinity_and_1e38_are_gaps_with_a_note(reader: BigWigReader, make_bigwig) -> None:
    values = [1.0, math.nan, math.inf, -math.inf, 1e38, 3e38, -2.0, 0.0]
    path = make_bigwig(entries={"chr1": [(i * 128, i * 128 + 128, v) for i, v in enumerate(values)]})
    found = signal(reader, path, Interval("chr1", 0, 1024), 128)
    np.testing.assert_array_equal(found.values, [1, np.nan, np.nan, np.nan, np.nan, np.nan, -2, 0])
    assert found.notes == (
        "512 bp hold infinite values or values of 1e38 and beyond, drawn as gaps",
        "some entries of the file are NaN, drawn as gaps",
    )


def test_row_50_nothing_but_nan(reader: BigWigReader, make_bigwig) -> None:
    found = signal(reader, make_bigwig(entries={"chr1": [(0, 1000, math.nan)]}), Interval("chr1", 0, 1280), 128)
    assert np.isnan(found.values).all()
    assert found.notes == ("some entries of the file are NaN, drawn as gaps", "the file has no data here")


def test_row_50_no_entries(reader: BigWigReader, make_bigwig) -> None:
    found = signal(reader, make_bigwig(entries={}), Interval("chr1", 0, 1280), 128)
    assert np.isnan(found.values).all()
    assert found.values.shape == (10,)
    assert found.notes == ("the file holds no data",)


def test_row_51_another_assembly_is_recognised(reader: BigWigReader, make_bigwig) -> None:
    path = make_bigwig(contigs=KNOWN["hg19"])
    error = failure(reader, path, contigs=KNOWN["hg38"])
    assert isinstance(error, AssemblyMismatch)
    assert error.what == "chr1 length 249,250,621 = hg19, expected hg38 (248,956,422)"
    assert reader.describe(path).assembly == "hg19"


def test_row_51_another_assembly_without_the_chromosome_asked_for(reader: BigWigReader, make_bigwig) -> None:
    path = make_bigwig(contigs={"2": 243_199_373}, entries={"2": [(0, 1000, 1.0)]})
    error = failure(reader, path, contigs=KNOWN["hg38"])
    assert str(error).endswith(
        "2 length 243,199,373 = hg19, expected hg38 (242,193,529). "
        "Choose a file that was made with the assembly on view"
    )


def test_row_51_unknown_lengths_are_named_too(reader: BigWigReader, make_bigwig) -> None:
    error = failure(reader, make_bigwig(), contigs={"chr1": 99_999})
    assert isinstance(error, AssemblyMismatch)
    assert error.what.startswith("chr1 length 100,000, expected")
    assert "99,999" in error.what
    mitochondrion = make_bigwig(contigs={"MT": 16_571}, entries={"MT": [(0, 10, 1.0)]})
    (error,) = reader.read([mitochondrion], Interval("chrM", 0, 128), 128, contigs={"chrM": 16_569})
    assert isinstance(error, AssemblyMismatch)
    assert error.what == "MT length 16,571, expected 16,569"


@pytest.mark.parametrize(("theirs", "ours"), [("1", "chr1"), ("chr1", "1"), ("CHR1", "chr1"), ("chrM", "MT")])
def test_row_51_aliases_are_followed_and_noted(reader: BigWigReader, make_bigwig, theirs: str, ours: str) -> None:
    path = make_bigwig(contigs={theirs: 100_000}, entries={theirs: [(0, 1280, 2.0)]})
    found = signal(reader, path, Interval(ours, 0, 1280), 128, "mean", {ours: 100_000})
    assert found.values.tolist() == [2.0] * 10
    assert found.notes == (f"the file calls {ours} '{theirs}'",)


def test_row_51_a_missing_chromosome_is_a_gap_with_a_note(reader: BigWigReader, make_bigwig) -> None:
    found = signal(reader, make_bigwig(), Interval("chr7", 0, 1280), 128, "mean", {"chr1": 100_000, "chr7": 5000})
    assert np.isnan(found.values).all()
    assert found.notes == ("the file has no 'chr7'",)


def test_row_52_off_the_chromosome_s_ends_is_a_gap(reader: BigWigReader, make_bigwig) -> None:
    path = make_bigwig(contigs={"chr1": 1000}, entries={"chr1": [(0, 1000, 3.0)]})
    found = signal(reader, path, Interval("chr1", -256, 1280), 128)
    np.testing.assert_array_equal(found.values, [np.nan] * 2 + [3.0] * 8 + [np.nan] * 2)
    assert found.notes == ("536 bp lie off chr1, which has 1,000 bp",)
    assert signal(reader, path, Interval("chr1", 896, 1024), 128, "sum").values.tolist() == [3.0 * 104]
    for start in (-1280, 1024, 4_000_000_000, 10**15):
        found = signal(reader, path, Interval("chr1", start, start + 1280), 128)
        assert np.isnan(found.values).all()
        assert found.notes == ("1,280 bp lie off chr1, which has 1,000 bp",)


def test_row_54_a_replaced_file_is_read_anew(reader: BigWigReader, make_bigwig) -> None:
    interval = Interval("chr1", 0, 128)
    path = make_bigwig(entries={"chr1": [(0, 128, 1.0)]})
    assert signal(reader, path, interval, 128).values.tolist() == [1.0]
    os.replace(make_bigwig("b.bw", {"1": 500}, {"1": [(0, 128, 2.0)]}), path)
    assert signal(reader, path, interval, 128).values.tolist() == [2.0]
    path.unlink()
    (error,) = reader.read([path], interval, 128)
    assert isinstance(error, BigWigError)
    assert error.what == "the file is not there (any more)"


def test_row_54_a_file_replaced_after_its_header_was_read(
    reader: BigWigReader, make_bigwig, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_bigwig(entries={"chr1": [(0, 128, 1.0)]})
    other = make_bigwig("b.bw", {"1": 500}, {"1": [(0, 128, 2.0)]})
    ask = bigwig_read.ask

    def replace_then_ask(*arguments: object) -> object:
        if other.exists():
            os.replace(other, path)
        return ask(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(bigwig_read, "ask", replace_then_ask)
    assert signal(reader, path, Interval("chr1", 0, 128), 128).values.tolist() == [2.0]


def test_row_54_a_file_that_never_rests(reader: BigWigReader, make_bigwig, monkeypatch: pytest.MonkeyPatch) -> None:
    path, quiet = make_bigwig(), make_bigwig("b.bw")
    ask = bigwig_read.ask

    def touch_then_ask(*arguments: object) -> object:
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000_000))
        return ask(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(bigwig_read, "ask", touch_then_ask)
    error, good = reader.read([path, quiet], Interval("chr1", 0, 128), 128)
    assert isinstance(error, BigWigError)
    assert error.what == "the file changes while it is read"
    assert isinstance(good, BinnedSignal)


def test_row_49_and_56_bad_paths_do_not_cost_the_good_ones(reader: BigWigReader, make_bigwig, tmp_path: Path) -> None:
    page = tmp_path / "page.bw"
    page.write_text("<html>404</html>")
    os.mkfifo(tmp_path / "pipe.bw")
    good = make_bigwig()
    paths = [page, good, tmp_path / "pipe.bw", tmp_path, Path("a\0b"), tmp_path / "missing", good]
    found = reader.read(paths, Interval("chr1", 0, 128), 128)
    assert [isinstance(one, BigWigError) for one in found] == [True, False, True, True, True, True, False]
    assert reader.read([], Interval("chr1", 0, 128), 128) == []


def test_names_that_are_hard_to_write(reader: BigWigReader, make_bigwig, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a b.bw", "ü\u202e.bw", "-x.bw", "no-ending", 'quote".bw'):
        make_bigwig(name)
        assert signal(reader, Path(name), Interval("chr1", 0, 128), 128).values.tolist() == [1.0]
    not_text = Path(os.fsdecode(b"\xff.bw"))
    os.rename("no-ending", not_text)
    assert "is not valid UTF-8. Rename the file" in str(failure(reader, not_text))


@pytest.mark.parametrize(
    ("interval", "bin_size", "statistic", "message"),
    [
        (Interval("chr1", 0, 100), 128, "mean", "100 bp are not a whole number of bins of 128 bp"),
        (Interval("chr1", 0, 128), 0, "mean", "a bin cannot have '0' bp"),
        (Interval("chr1", 0, 128), 2.0, "mean", "a bin cannot have '2.0' bp"),
        (Interval("chr1", 0, 128), 10**9, "mean", "a bin cannot have '1000000000' bp"),
        (Interval("chr1", 0, 10**9), 1, "mean", "1,000,000,000 bins are too many"),
        (Interval("chr1", 0, 128), 128, "median", "there is no statistic 'median'. Choose one of mean, sum, max, min"),
    ],
)
def test_unusable_requests(
    reader: BigWigReader, interval: Interval, bin_size: int, statistic: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        reader.read([], interval, bin_size, statistic)  # type: ignore[arg-type]


def test_describe(reader: BigWigReader, make_bigwig) -> None:
    path = make_bigwig(contigs=KNOWN["mm10"])
    info = reader.describe(path)
    assert dict(info.contigs) == dict(KNOWN["mm10"])
    assert (info.assembly, info.version, info.size_bytes) == ("mm10", 4, path.stat().st_size)
    with pytest.raises(BigWigError):
        reader.describe(path.parent)
