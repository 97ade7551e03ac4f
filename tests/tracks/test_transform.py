from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from enformer_core.errors import InputError
from enformer_core.genome.interval import Interval
from enformer_core.tracks.bigwig_read import BigWigReader, BinnedSignal
from enformer_core.tracks.table import Track, TrackTable
from enformer_core.tracks.transform import TRANSFORMS, transform

DNASE = Track(0, "D", "DNASE", "", "", "", ".", 32, 2, "mean")
CAGE = Track(1, "C", "CAGE", "", "", "", ".", 384, 1, "sum")
GEO = Track(2, "G", "CHIP", "", "", "", ".", 64, 1, "sum")
PLAIN = TrackTable.unnamed(1, "x")[0]


@pytest.mark.parametrize(
    ("name", "track", "values", "expected"),
    [
        # The knee is at clip times scale: 64 for DNase and ChIP, 384 for CAGE.
        ("soft", DNASE, [0, 1, 32, 33, 36, 132, -3], [0, 2, 64, 66, 68, 84, -6]),
        ("hard", DNASE, [0, 1, 32, 33, 36, 132, -3], [0, 2, 64, 64, 64, 64, 0]),
        ("none", DNASE, [0, 1, 32, 33, 36, 132, -3], [0, 1, 32, 33, 36, 132, -3]),
        ("soft", CAGE, [10, 384, 388, 400, 484], [10, 384, 386, 388, 394]),
        ("hard", CAGE, [10, 384, 388, 400, 484], [10, 384, 384, 384, 384]),
        ("soft", GEO, [64, 73], [64, 67]),
        ("soft", PLAIN, [1, 1e6], [1, 1e6]),
        ("hard", PLAIN, [1, 1e6], [1, 1e6]),
    ],
)
def test_literal_numbers(name: str, track: Track, values: list[float], expected: list[float]) -> None:
    given = np.array(values, dtype=np.float32)
    result = transform(name).apply(given, track)
    assert result.dtype == np.float32
    assert result.tolist() == expected
    assert given.tolist() == values


@pytest.mark.parametrize("name", TRANSFORMS)
def test_gaps_stay_gaps(name: str) -> None:
    result = transform(name).apply(np.array([np.nan, 100.0, np.nan], dtype=np.float32), DNASE)
    assert np.isnan(result).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("name", "track", "label"),
    [
        ("soft", DNASE, "coverage, 128-bp mean, soft clip 32, x 2"),
        ("hard", DNASE, "coverage, 128-bp mean, hard clip 32, x 2"),
        ("none", DNASE, "coverage, 128-bp mean"),
        ("soft", CAGE, "coverage, 128-bp sum, soft clip 384"),
        ("none", CAGE, "coverage, 128-bp mean"),
        ("soft", PLAIN, "coverage, 128-bp mean"),
    ],
)
def test_labels_say_all_that_was_done(name: str, track: Track, label: str) -> None:
    assert transform(name).label(track, 128) == label


def test_unknown_names() -> None:
    with pytest.raises(InputError, match="there is no transform 'log'. Choose one of soft, hard, none"):
        transform("log")
    with pytest.raises(InputError, match="pools by 'mode'"):
        transform("soft").statistic(Track(0, "", "", "", "", "", sum_stat="mode"))


def test_real_coverage_becomes_the_published_target(shared_data: Path, reader: BigWigReader) -> None:
    """tracks.tsv: "mean of 4x32bp, clip 32"; the target files are not scaled. No bin here reaches the clip."""
    slices = shared_data / "hg38_slices"
    tracks = TrackTable.read(shared_data / "enformer_targets" / "targets_human.txt")
    raw = sorted((slices / "bigwig32_raw").glob("*.bw"))
    targets = [next((slices / "bigwig128_enformer_targets").glob(f"*_{path.name}")) for path in raw]
    start = 111_770_716
    interval = Interval("chr11", start, start + 512 * 128)
    signals = reader.read([*raw, *targets], interval, 128)
    for path, found, target in zip(targets, signals[: len(raw)], signals[len(raw) :], strict=True):
        assert isinstance(found, BinnedSignal)
        assert isinstance(target, BinnedSignal)
        track = tracks[int(path.name[5:9])]
        assert path.stem.endswith(track.identifier)
        for name in ("soft", "hard"):
            values = transform(name).apply(found.values, track) / track.scale
            assert not np.isnan(values).any()
            np.testing.assert_allclose(values, target.values, rtol=1e-6, atol=1e-7)


def test_real_coverage_becomes_the_published_target_in_every_region(shared_data: Path, reader: BigWigReader) -> None:
    slices = shared_data / "hg38_slices"
    regions = [line.split("\t") for line in (slices / "regions.bed").read_text().splitlines()]
    raw = slices / "bigwig32_raw" / "ENCFF890OGQ.bw"
    target = slices / "bigwig128_enformer_targets" / "track0004_ENCFF890OGQ.bw"
    track = TrackTable.read(shared_data / "enformer_targets" / "targets_human.txt")[4]
    n_compared = 0
    for chrom, start, end, *_ in regions:
        middle = (int(start) + int(end)) // 2
        interval = Interval(chrom, middle - 256 * 128, middle + 256 * 128)
        found, published = reader.read([raw, target], interval, 128)
        assert isinstance(found, BinnedSignal)
        assert isinstance(published, BinnedSignal)
        both = ~np.isnan(found.values) & ~np.isnan(published.values)
        values = transform("hard").apply(found.values, track) / track.scale
        np.testing.assert_allclose(values[both], published.values[both], rtol=1e-6, atol=1e-7)
        n_compared += int(both.sum())
    assert n_compared > 20_000
