"""Windows side by side: each against the window alone, with bases that the test cuts out of the chromosome itself."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pybigtools
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from own_work import OwnWork
from weights import TINY_CONFIG
from worlds import CONTIGS, World

import enformer_core as ec
from enformer_core.errors import Cancelled, InputError, LocusError
from enformer_core.genome.interval import Interval
from enformer_core.inference import tiling
from enformer_core.inference.local import LocalPredictor
from enformer_core.inference.onehot import one_hot
from enformer_core.inference.tiling import Tile
from enformer_core.model import Enformer, checkpoint

L, W, BIN, OFFSET = 8_192, 4_096, 128, 2_048


@pytest.fixture(scope="module")
def predictor(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPredictor]:
    home = tmp_path_factory.mktemp("tiles")
    settings = ec.load_settings({"cache_dir": home / "cache", "data_dir": home / "data"})
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes, settings=settings)
    yield predictor
    predictor.close()


@pytest.fixture(scope="module")
def plain(world: World) -> Enformer:
    return checkpoint.load(world.model / "model.safetensors", TINY_CONFIG)


def run(plain: Enformer, bases: str) -> np.ndarray:
    assert len(bases) == L
    with torch.inference_mode():
        return plain(one_hot(bases)[None])["human"][0].numpy()


def cut(bases: str, start: int, end: int) -> str:
    return "N" * max(-start, 0) + bases[max(start, 0) : max(end, 0)] + "N" * (max(end - len(bases), 0))


def edited(bases: str, edits: list[ec.Variant]) -> str:
    """A whole chromosome with edits, the last one first, so that none moves another."""
    for edit in sorted(edits, key=lambda edit: -edit.pos):
        assert bases[edit.pos - 1 : edit.pos - 1 + len(edit.ref)] == edit.ref
        bases = bases[: edit.pos - 1] + edit.alt + bases[edit.pos - 1 + len(edit.ref) :]
    return bases


def test_bins_are_those_of_each_window_alone(world: World, predictor: ec.Predictor, plain: Enformer) -> None:
    joined = predictor.predict("chr1:30,001-30,002", tiles=(1, 2))
    first = 30_001 - W // 2 - W
    assert joined.interval == Interval("chr1", first, first + 4 * W)
    assert joined.input_interval == Interval("chr1", first - OFFSET, first + 4 * W + OFFSET)
    assert joined.values.shape == (4 * 32, 12)
    for k in range(4):
        start = first + k * W - OFFSET
        alone = run(plain, cut(world.bases["chr1"], start, start + L))
        np.testing.assert_allclose(joined.values[32 * k : 32 * (k + 1)], alone, rtol=1e-5, atol=1e-6)
        asked = predictor.predict(Interval("chr1", start + L // 2 - 1, start + L // 2 + 1))
        assert asked.input_interval.start == start
        assert np.array_equal(joined.values[32 * k : 32 * (k + 1)], asked.values), "found again, not computed again"


def variant(bases: str, start: int, n_gone: int, new: str) -> ec.Variant:
    """``n_gone`` bases from 0-based ``start`` become ``new``, with the base before them as in VCF."""
    ref = bases[start - 1 : start + n_gone]
    return ec.Variant("chr1", start, ref, ref[0] + new)


SEAM = 30_001 + W // 2  # between the window that is asked for and the next


@pytest.mark.parametrize(
    "changes",
    [
        [(SEAM - 40, 300, "")],
        [(SEAM + 40, 0, "ACGTTGCA" * 20)],
        [(SEAM - 5, 10, "TTT")],  # across the seam
        [(30_001 - W // 2 - 700, 0, "GATTACA"), (SEAM - 60, 45, ""), (SEAM + 30, 0, "C" * 33)],
        [(30_001 + W + 500, 64, "")],  # read by the last window alone
    ],
    ids=["deletion before a seam", "insertion after a seam", "across a seam", "three, on both sides", "far"],
)
def test_edited_windows_lie_edge_to_edge_on_the_edited_chromosome(
    changes: list[tuple[int, int, str]], world: World, predictor: ec.Predictor, plain: Enformer
) -> None:
    """The middle of the window that was asked for keeps its place; all else is moved as the whole chromosome is."""
    bases = world.bases["chr1"]
    edits = [variant(bases, *change) for change in changes]
    moved = edited(bases, edits)
    before = sum(len(edit.alt) - len(edit.ref) for edit in edits if edit.pos < 30_001)
    start = 30_001 - L // 2 - W + before  # of the first window, on the edited chromosome
    window = predictor.window("chr1:30,001-30,002", edits, (1, 1))
    assert window.bases() == cut(moved, start, start + L + 2 * W)
    found = predictor.predict(window)
    for k in range(3):
        alone = run(plain, cut(moved, start + k * W, start + k * W + L))
        np.testing.assert_allclose(found.values[32 * k : 32 * (k + 1)], alone, rtol=1e-5, atol=1e-5)
    starts, ends, _ = found.reference_bins()
    assert np.array_equal(starts[1:], ends[:-1]), "the bins leave no gap on the reference"
    reference = predictor.predict("chr1:30,001-30,002", tiles=(1, 1))
    assert np.abs(found.values - reference.values).max() > 1e-3


def test_the_window_that_was_asked_for_is_the_same_with_others_beside_it(world: World, predictor: ec.Predictor) -> None:
    edit = variant(world.bases["chr1"], 30_500, 30, "")
    alone, beside = (predictor.window("chr1:30,001-30,002", [edit], tiles) for tiles in ((0, 0), (2, 1)))
    assert beside.core == Tile(alone.interval, alone.output)
    assert beside.bases()[2 * W : 2 * W + L] == alone.bases()
    joined = predictor.predict(beside, averaging="strands,shifts:1")
    one = predictor.predict(alone, averaging="strands,shifts:1")
    assert np.array_equal(joined.values[64:96], one.values)


@pytest.mark.parametrize("tiles", [(1, 0), (0, 3)])
def test_at_the_ends_of_a_chromosome_what_is_outside_is_n(
    tiles: tuple[int, int], world: World, predictor: ec.Predictor, plain: Enformer
) -> None:
    place = "chr2:3,001-3,002" if tiles[0] else "chr2:17,001-17,002"
    found = predictor.predict(place, tiles=tiles)
    assert any("lie off chr2 and are read as N" in note for note in found.notes)
    outer = found.values[:32] if tiles[0] else found.values[-32:]
    start = found.input_interval.start if tiles[0] else found.input_interval.end - L
    np.testing.assert_allclose(outer, run(plain, cut(world.bases["chr2"], start, start + L)), rtol=1e-5, atol=1e-6)
    starts, ends, _ = found.reference_bins()
    assert (starts[0], ends[-1]) == ((0, 3_001 + W // 2) if tiles[0] else (17_001 - W // 2, CONTIGS["chr2"]))


def test_a_window_without_a_base_of_the_chromosome_is_refused(predictor: ec.Predictor) -> None:
    with pytest.raises(LocusError, match="At most 1 to the left and 6 to the right"):
        predictor.window("chr2:5,001-5,002", tiles=(2, 0))
    with pytest.raises(LocusError, match="run off chr2, which ends at 30,000"):
        predictor.window("chr2:5,001-5,002", tiles=(0, 7))


def test_row_10_a_locus_of_several_windows(predictor: ec.Predictor) -> None:
    """By default its middle, with a note how to get all; or all of it."""
    locus = "chr1:10,001-25,000"
    middle = predictor.predict(locus, tracks=[0])
    assert middle.interval.width == W
    assert middle.notes[0] == (
        "chr1:10,001-25,000 is 15,000 bp wide; its central 4,096 bp are predicted: chr1:15,453-19,548"
    )
    assert middle.notes[-1] == 'all of it takes 5 windows: tiles="all" in Python, --tiles all on the command line'
    joined = predictor.predict(locus, tracks=[0], tiles="all")
    assert joined.interval == Interval("chr1", 15_452 - 2 * W, 15_452 + 3 * W)
    assert joined.interval.contains(Interval("chr1", 10_000, 25_000))
    assert joined.notes == ("5 windows side by side: each bin comes from the one whose output holds it",)
    assert np.array_equal(joined.values[64:96], middle.values)
    assert predictor.window("chr1:20,001-20,100", tiles="all").tiles == (0, 0)


def test_row_10_a_gene_is_covered_on_the_side_where_it_is_longer(predictor: ec.Predictor) -> None:
    window = predictor.window("GIANT", tiles="all")  # 36,000 to 58,000 on +, so the window is centred on 36,000
    assert window.tiles == (0, 5)
    assert not window.partly
    assert "longer than the window" in predictor.window("GIANT", tiles=(0, 4)).partly


def test_row_10_above_the_limit(predictor: ec.Predictor) -> None:
    with pytest.raises(LocusError) as error:
        predictor.window("chr1:1-60,000", tiles="all")
    assert str(error.value) == (
        "chr1:1-60,000 is 60,000 bp wide, which takes 15 windows side by side; at most 10, 40,960 bp, are predicted at "
        f"a time. Ask for 36,864 bp or less, such as {error.value.clipped}"
    )
    assert error.value.clipped
    assert sum(predictor.window(error.value.clipped, tiles="all").tiles) == 8
    with pytest.raises(InputError, match="11 windows side by side are too many. At most 10, 40,960 bp"):
        predictor.window("chr1:30,000-30,001", tiles=(5, 5))


@pytest.mark.parametrize("tiles", [(1,), (-1, 0), (1.0, 0), (True, 0), "every", None, 3])
def test_tiles_that_cannot_be_read(tiles: object, predictor: ec.Predictor) -> None:
    with pytest.raises(InputError, match='Write \\(1, 2\\) .* or "all"'):
        predictor.window("chr1:30,000-30,001", tiles=tiles)  # pyright: ignore[reportArgumentType]


def test_a_window_has_its_neighbours_and_an_explanation_has_none(predictor: ec.Predictor) -> None:
    window = predictor.window("chr1:30,000-30,001", tiles=(1, 0))
    with pytest.raises(InputError, match="holds its neighbours already"):
        predictor.predict(window, tiles=(1, 1))
    with pytest.raises(InputError, match="predicted by 2 windows; an explanation is of one"):
        ec.contributions(predictor, window, ec.Target(tracks=(0,), bins=(3,)))


def test_a_pasted_sequence_that_is_longer_than_a_window(predictor: ec.Predictor, plain: Enformer) -> None:
    bases = "".join(np.random.default_rng(3).choice(list("ACGT"), 14_001))
    middle = predictor.predict(ec.Sequence(bases))
    assert any("its central 8,192 bp are read" in note for note in middle.notes)
    joined = predictor.predict(ec.Sequence(bases), tiles="all")
    assert (joined.interval.start, joined.interval.width) == (7_000 - W // 2 - 2 * W, 5 * W)
    assert any("the sequence has 14,001 bp; 10,575 N were added" in note for note in joined.notes)
    first = run(plain, cut(bases, joined.input_interval.start, joined.input_interval.start + L))
    np.testing.assert_allclose(joined.values[:32], first, rtol=1e-5, atol=1e-6)
    assert np.array_equal(joined.values[64:96], middle.values)


def test_the_bigwigs_hold_all_windows_and_the_provenance_tells_them(
    world: World, predictor: ec.Predictor, tmp_path: Path
) -> None:
    edit = variant(world.bases["chr1"], 30_500, 300, "")
    found = predictor.predict("chr1:30,001-30,002", tracks=[3], edits=[edit], tiles=(1, 1))
    (path,) = found.to_bigwig(tmp_path / "wide")
    starts, ends, kept = found.reference_bins()
    with path.open("rb") as handle:
        read = [(s, e, v) for s, e, v in pybigtools.open(handle).records("chr1")]
    assert [(s, e) for s, e, _ in read] == list(zip(starts, ends, strict=True))
    assert np.array_equal(np.float32([v for _, _, v in read]), found.values[kept, 0])
    facts = json.loads((tmp_path / "wide" / "provenance.json").read_text())
    assert facts["window"] == "chr1:21810-38193"
    assert facts["tiles"] == ["chr1:21810-30001", "chr1:25906-34097", "chr1:30002-38193"]
    assert facts["tiling"].startswith("1 windows to the left and 1 to the right of chr1:25906-34097. ")
    assert facts["tiling"].endswith(tiling.RULE)
    alone = predictor.predict("chr1:30,001-30,002", tracks=[3])
    assert not {"tiles", "tiling"} & set(json.loads(alone.provenance.to_json()))


def test_cancelling_keeps_the_windows_that_are_done(predictor: LocalPredictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next time goes on with the third; progress counts what is missing, and names the window."""
    window = predictor.window("chr1:44,001-44,002", tiles=(2, 2))
    embed, said = predictor.trunk.embed, []
    jobs: list[ec.Job] = []

    def slow(*args: object, **named: object) -> torch.Tensor:
        said.append(jobs[0].progress.message)
        if len(said) == 3:
            jobs[0].cancel()
        return embed(*args, **named)

    monkeypatch.setattr(predictor.trunk, "embed", slow)

    def asked() -> ec.Job:
        known = threading.Event()
        predictor.work(OwnWork(lambda _: known.wait(60)))  # the queue holds on until the list has the job
        jobs[:] = [predictor.submit(window, tracks=[1])]
        known.set()
        return jobs[0]

    with pytest.raises(Cancelled):
        asked().result(60)
    assert asked().result(60).n_bins == 5 * 32
    assert said[2] == "predicting window 3 of 5"
    assert said[3:] == [f"predicting window {k} of 5" for k in (3, 4, 5)]


def test_what_a_window_took_is_known(predictor: ec.Predictor) -> None:
    predictor.predict("chr2:15,000-15,001", tracks=[2])
    seconds = predictor.window_seconds
    assert seconds
    assert 0 < seconds < 60
    predictor.predict("chr2:15,000-15,001", tracks=[2, 3])
    assert predictor.window_seconds == seconds, "another track of a window at hand says nothing about the next window"


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(-5_000, 10**6))
def test_as_many_windows_as_it_takes_and_no_more(start: int, width: int, output: int) -> None:
    whole = Interval("c", start, start + width)
    core = Tile(Interval("c", output - OFFSET, output + W + OFFSET), Interval("c", output, output + W))
    left, right = tiling.to_cover(whole, core.output)
    wide = tiling.widened(core, (left, right))
    parts = tiling.split(wide, (left, right))
    assert parts[left] == core
    assert [p.output.end for p in parts[:-1]] == [p.output.start for p in parts[1:]]
    assert wide.output.start <= min(start, output)
    assert wide.output.end >= max(start + width, output + W)
    assert not left or parts[0].output.end > start
    assert not right or parts[-1].output.start < start + width


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_every_window_that_there_is_room_for_predicts_a_base(center: int, length: int) -> None:
    center = min(center, length - 1)
    output = Interval("c", center - W // 2, center + W // 2)
    left, right = tiling.room(output, length)
    assert (left, right) == (max(math.ceil(output.start / W), 0), max(math.ceil((length - output.end) / W), 0))
    for n in (-left, right):
        moved = Tile(output, output).moved(n).output
        assert moved.start < length
        assert moved.end > 0


def test_a_reference_and_its_edits_are_told_apart_by_their_middle(world: World, predictor: ec.Predictor) -> None:
    """The same stretch, put together around another window: with a deletion in between, other bases."""
    edit = variant(world.bases["chr1"], 31_000, 20, "")
    one = predictor.window("chr1:30,001-30,002", [edit], (0, 1))
    other = predictor.window(f"chr1:{30_001 + W}-{30_002 + W}", [edit], (1, 0))
    assert one.interval == other.interval
    assert one.bases() != other.bases()
    assert replace(one, haplotype=None).bases() == replace(other, haplotype=None).bases()


def test_effects_are_taken_in_the_middle_of_the_window_that_was_asked_for(
    world: World, predictor: ec.Predictor
) -> None:
    edit = variant(world.bases["chr1"], 20_100, 0, "GATTACA" * 5)
    alone, wide = (
        ec.track_effects(*(predictor.predict("ALFA1", edits=edits, tiles=tiles) for edits in ((), (edit,))))
        for tiles in ((0, 0), (2, 0))
    )
    assert alone.bins == (15, 16, 17)
    assert wide.bins == (79, 80, 81)
    assert [row.log2_fold_change for row in wide.rows] == [row.log2_fold_change for row in alone.rows]
    reference = predictor.predict(f"chr1:{20_001 - W}-{20_002 - W}", tiles=(1, 1))
    with pytest.raises(InputError, match="Predict the same window"):
        ec.track_effects(reference, predictor.predict("ALFA1", edits=[edit], tiles=(2, 0)))
