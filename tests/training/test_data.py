"""Bases, targets and windows: the right ones, on the right strand, the same every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyBigWig
import pytest
from training_world import CONTIGS, HEADER, MOTIF, build_world
from worlds import write_fasta

from enformer_core.errors import AssemblyMismatch, FileError, InputError, SettingsError
from enformer_core.genome.interval import Interval
from enformer_core.settings import Settings
from enformer_core.tracks.table import Track
from enformer_core.tracks.transform import transform
from enformer_core.training.config import Head, TrainingConfig
from enformer_core.training.coverage import Coverage, read_coverage
from enformer_core.training.head_data import HeadData, HeadStatistics, find_peaks, track_weights
from enformer_core.training.sources import open_source
from enformer_core.training.windows import Sampler, Window, grid, validation_windows


def _text(codes: np.ndarray) -> str:
    return "".join("ACGTN"[code] for code in codes)


def test_the_planted_motif_lies_under_the_peak(data: HeadData, config: TrainingConfig) -> None:
    stage = config.stages[0]
    whole = _text(data.sequences.codes("chr1", 0, CONTIGS["chr1"]))
    at = whole.index(MOTIF, 5_000)
    start = (at - 120) // 4 * 4
    window = [Window(0, start)]
    targets = data.targets(window, data.source.train, stage)[0]
    scored = start + (stage.input_length - stage.target_length * 4) // 2
    assert targets.shape == (32, 2)
    middle = (at + 5 - scored) // 4
    assert targets[middle, 0] == pytest.approx(5.05)
    assert targets[middle, 1] == pytest.approx(4 * 0.3 * 5.05, rel=1e-5)  # a sum over the bin's four bases
    assert _text(data.bases(window, data.source.train, 256)[0])[at - start :].startswith(MOTIF)


def test_the_other_strand_flips_bases_and_targets(data: HeadData, config: TrainingConfig) -> None:
    stage, train = config.stages[0], data.source.train
    plain, flipped = [Window(0, 4_000)], [Window(0, 4_000, flipped=True)]
    complement = {"A": "T", "C": "G", "G": "C", "T": "A", "N": "N"}
    bases = _text(data.bases(plain, train, 256)[0])
    assert _text(data.bases(flipped, train, 256)[0]) == "".join(complement[x] for x in reversed(bases))
    assert np.array_equal(data.targets(flipped, train, stage)[0], data.targets(plain, train, stage)[0][::-1])


def test_a_shift_moves_the_bases_and_not_the_targets(data: HeadData, config: TrainingConfig) -> None:
    train = data.source.train
    plain, shifted = [Window(0, 4_000)], [Window(0, 4_000, shift=3)]
    assert np.array_equal(data.bases(plain, train, 256)[0, 3:], data.bases(shifted, train, 256)[0, :-3])
    same = data.targets(plain, train, config.stages[0]) == data.targets(shifted, train, config.stages[0])
    assert same.all()


def test_beyond_a_contig_there_is_n(data: HeadData) -> None:
    assert _text(data.sequences.codes("chr1", -3, 5))[:3] == "NNN"
    assert _text(data.sequences.codes("chr1", CONTIGS["chr1"] - 1, 4))[1:] == "NNN"
    assert _text(data.sequences.codes("chr1", CONTIGS["chr1"] + 5, 4)) == "NNNN"


@pytest.mark.parametrize("kind", ["soft", "hard", "none"])
@pytest.mark.parametrize("statistic", ["mean", "sum", "max"])
def test_a_bin_is_what_the_tracks_transform_makes_of_it(kind: str, statistic: str) -> None:
    rng = np.random.default_rng(1)
    bases = rng.gamma(0.5, 20, 1_000).astype(np.float32)  # resolution 5, bins of 20
    track = Track(0, "x", "CAGE", "", "", "", clip=12, scale=2, sum_stat=statistic)
    by_max = transform(kind).statistic(track) == "max"
    cells = bases.reshape(-1, 5).max(axis=1) if by_max else bases.reshape(-1, 5).sum(axis=1)
    found = Coverage({"c": cells[:, None]}, [track], kind, 5).bins("c", 100, 45, 20)[:, 0]
    pooled = getattr(np, transform(kind).statistic(track))(bases[100:].reshape(-1, 20), axis=1)
    assert found == pytest.approx(transform(kind).apply(pooled, track), rel=1e-5)


def test_bases_without_data_count_as_nothing(tmp_path: Path, settings: Settings) -> None:
    write_fasta(tmp_path / "g.fa", {"chr1": "ACGT" * 30})
    with pyBigWig.open(str(tmp_path / "x.bw"), "w") as file:
        file.addHeader([("chr1", 120)])
        file.addEntries(["chr1"], [8], ends=[10], values=[6.0])
    (tmp_path / "t.txt").write_text(f"{HEADER}0\t0\tX\tx.bw\t999\t1\tmean\tDNASE:x\n")
    head = Head(assembly="g.fa", targets="t.txt", train=("chr1:1-60",), valid=("chr1:61-120",))
    source = open_source("h", head, tmp_path, settings)
    coverage = read_coverage(source, 4, tmp_path, settings)
    assert coverage.bins("chr1", 0, 4, 8)[:, 0].tolist() == [0, 1.5, 0, 0]
    assert coverage.bins("chr1", 112, 2, 8)[:, 0].tolist() == [0, 0]  # the last runs over the end


def test_cells_are_read_once(toy: Path, config: TrainingConfig, settings: Settings, tmp_path: Path) -> None:
    source = open_source("toy", config.heads["toy"], toy, settings)
    read_coverage(source, 4, tmp_path, settings)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    assert len(before) == 2
    read_coverage(source, 4, tmp_path, settings)
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before
    read_coverage(source, 2, tmp_path, settings)
    assert len(list(tmp_path.iterdir())) == 4


def test_windows_lie_inside_and_draws_repeat(data: HeadData, config: TrainingConfig) -> None:
    stage = config.stages[0].model_copy(update={"batch_size": 400})
    intervals = (Interval("chr1", 1_001, 9_003), Interval("chr1", 20_000, 20_100))
    sampler = Sampler(intervals, stage.model_copy(update={"peaks": 0.0}), 4, 4, [], "toy")
    windows = sampler.draw(np.random.default_rng(5))
    assert windows == sampler.draw(np.random.default_rng(5))
    assert windows != sampler.draw(np.random.default_rng(6))
    assert {w.interval for w in windows} == {0}  # the other is too short
    starts = np.array([w.start for w in windows])
    assert (starts % 4 == 0).all()
    assert starts.min() >= 1_001
    assert starts.max() + 256 <= 9_003
    assert {w.shift for w in windows} == set(range(-3, 4))
    assert 100 < sum(w.flipped for w in windows) < 300


def test_peaks_are_put_into_the_scored_bins(data: HeadData, config: TrainingConfig) -> None:
    stage = config.stages[0].model_copy(update={"peaks": 1.0, "batch_size": 200, "peak_tracks": ("dnase",)})
    peaks = find_peaks(data, stage)
    assert len(peaks) == 1
    sampler = Sampler(data.source.train, stage, 4, 4, peaks, "toy")
    targets = data.targets(sampler.draw(np.random.default_rng(0)), data.source.train, stage)
    assert (targets[:, :, 0].max(axis=1) > 1).mean() > 0.98
    places = {tuple(row) for row in peaks[0].tolist()}
    values = data.training_bins(0)
    assert len(places) == (values > np.quantile(values, stage.peak_quantile)).sum()


def test_a_stage_that_no_interval_or_peak_suits_is_refused(data: HeadData, config: TrainingConfig) -> None:
    stage = config.stages[0]
    short = (Interval("chr1", 0, 255),)
    with pytest.raises(InputError, match="no training interval of head toy holds a window of 256 bp"):
        Sampler(short, stage, 4, 4, find_peaks(data, stage), "toy")
    with pytest.raises(InputError, match="no validation interval of head toy holds a window of 256 bp"):
        validation_windows(short, stage, 4, 4, "toy")
    with pytest.raises(InputError, match="no peak lies in the training intervals"):
        Sampler(data.source.train, stage, 4, 4, [np.empty((0, 2), dtype=np.int64)], "toy")


def test_validation_windows_are_spread_and_apart() -> None:
    config = TrainingConfig.model_validate(
        {
            "heads": {"h": {"assembly": "a", "targets": "t", "train": ["a"], "valid": ["b"]}},
            "stages": [
                {
                    "name": "s",
                    "input_length": 64,
                    "target_length": 8,
                    "batch_size": 1,
                    "steps": 1,
                    "learning_rate": 0.1,
                    "validate_windows": 5,
                }
            ],
        }
    )
    windows = validation_windows((Interval("c", 10, 1_000),), config.stages[0], 4, 4, "h")
    starts = [window.start for window in windows]
    assert len(starts) == 5
    assert starts[0] == 12
    assert starts[-1] > 850
    assert min(np.diff(starts)) >= 32


def test_the_grid_of_an_interval() -> None:
    assert grid(Interval("c", 130, 515), 128) == (256, 2)
    assert grid(Interval("c", 130, 200), 128)[1] == 0


def test_weights_are_one_over_the_spread_times_the_factors(data: HeadData, config: TrainingConfig) -> None:
    statistics = HeadStatistics.of(data)
    assert statistics.std[1] == pytest.approx(4 * 0.3 * statistics.std[0], rel=1e-4)
    plain = track_weights(data, statistics, config.stages[0])
    assert plain.mean() == pytest.approx(1)
    assert plain[0] / plain[1] == pytest.approx(1.2, rel=1e-4)
    stage = config.stages[0].model_copy(update={"track_weights": {"CAGE": 8.0}})
    assert track_weights(data, statistics, stage) / plain == pytest.approx([1, 8])


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"train": ("chr9",)}, SettingsError, "head toy, train: 'chr9' cannot be used"),
        ({"valid": ("chr1:90-100",)}, SettingsError, "training and validation share bases of chr1"),
        ({"train": "none.bed"}, FileError, "none.bed cannot be read"),
        ({"targets": "none.txt"}, FileError, "none.txt"),
        ({"assembly": "none.fa"}, FileError, "none.fa"),
        ({"bigwigs": "elsewhere"}, FileError, "track PEAKS has no bigWig"),
    ],
)
def test_a_source_that_cannot_be_used_is_named(
    toy: Path, config: TrainingConfig, settings: Settings, changes: dict, kind: type, words: str
) -> None:
    with pytest.raises(kind) as caught:
        open_source("toy", config.heads["toy"].model_copy(update=changes), toy, settings)
    assert words in str(caught.value)


def test_intervals_come_from_a_bed_file(toy: Path, config: TrainingConfig, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "x.bed").write_text("track name=x\n# no\nchr1\t100\t900\tname\t5\nchr1 1000 2000\n")
    head = config.heads["toy"].model_copy(update={"train": str(tmp_path / "x.bed")})
    found = open_source("toy", head, toy, settings).train
    assert found == (Interval("chr1", 100, 900), Interval("chr1", 1_000, 2_000))


def test_experiments_of_a_registered_assembly_are_used(settings: Settings) -> None:
    folder = settings.assemblies_dir / "toy1"
    folder.mkdir(parents=True)
    build_world(folder)
    (folder / "targets.txt").write_text(f"{HEADER}0\t0\tP\t.\t1000\t1\tmean\tDNASE:x\n")
    (folder / "experiments.tsv").write_text("identifier\tfile\nP\tpeaks.bw\n")
    (folder / "manifest.json").write_text(
        '{"schema": 1, "kind": "assembly", "name": "toy1", "fasta": "genome.fa", "experiments": "experiments.tsv"}'
    )
    head = Head(assembly="toy1", targets="targets.txt", train=("chr1",), valid=("chr2",))
    assert open_source("h", head, folder, settings).files == (folder / "peaks.bw",)


def test_a_bigwig_of_another_assembly_is_refused(
    toy: Path, config: TrainingConfig, settings: Settings, tmp_path: Path
) -> None:
    with pyBigWig.open(str(tmp_path / "x.bw"), "w") as file:
        file.addHeader([("chr1", 120)])
        file.addEntries(["chr1"], [8], ends=[10], values=[6.0])
    source = open_source("toy", config.heads["toy"], toy, settings)
    with pytest.raises(AssemblyMismatch):
        read_coverage(replace(source, files=(tmp_path / "x.bw",) * 2), 4, tmp_path, settings)
    assert not [file for file in tmp_path.iterdir() if file.name != "x.bw"]
