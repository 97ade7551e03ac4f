"""Questions asked of a predictor, against the plain model on bases that the test cuts out and edits itself."""

from __future__ import annotations

import gc
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from own_work import OwnWork
from weights import TINY_CONFIG, write_model
from worlds import World

import enformer_core as ec
from enformer_core.errors import (
    Cancelled,
    InputError,
    LocusError,
    NumericalError,
    OutOfDeviceMemory,
    RefMismatch,
    SettingsError,
    TrackError,
)
from enformer_core.inference import device
from enformer_core.inference.codes import codes_of
from enformer_core.inference.local import LocalPredictor
from enformer_core.inference.onehot import one_hot
from enformer_core.inference.onehot import reverse_complement as other_strand
from enformer_core.interpret import attention as attention_weights
from enformer_core.interpret import (
    explain,
    explain_attention,
    explain_contributions,
    explain_deletions,
    explain_edits,
    explain_mutagenesis,
)
from enformer_core.interpret.deletion import replaced
from enformer_core.interpret.effects import LocalEffects
from enformer_core.interpret.gradient_means import both_strands, integrated_gradients, smoothed
from enformer_core.model import Enformer, checkpoint

L, BIN, OFFSET, BINS = 8_192, 128, 2_048, 32
START = 20_000 - L // 2  # of the window of ALFA1, 0-based
TARGET = ec.Target((0, 3), (15, 16, 17), "log_ratio", minus_tracks=(1,))


@pytest.fixture(scope="module")
def plain(world: World) -> Enformer:
    return checkpoint.load(world.model / "model.safetensors", TINY_CONFIG).eval()


@pytest.fixture(scope="module")
def predictor(world: World) -> Iterator[LocalPredictor]:
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes)
    yield predictor
    predictor.close()


def value_of(plain: Enformer, bases: str, target: ec.Target = TARGET, bins: tuple[int, ...] | None = None) -> float:
    """A target's value by its definition, on the plain model."""
    with torch.inference_mode():
        values = plain(one_hot(bases)[None])["human"][0].double().numpy()[list(bins or target.bins)]
    sides = [values[:, list(some)] for some in (target.tracks, target.minus_tracks) if some]
    if target.reduction == "log_ratio":
        parts = [np.log2(side.mean() + 0.01) for side in sides]
    else:
        parts = [side.sum() if target.reduction == "sum" else side.mean() for side in sides]
    return float(parts[0] - (parts[1] if len(parts) > 1 else 0))


def around(world: World, start: int = START, length: int = L) -> str:
    return world.bases["chr1"][start : start + length]


def with_base(bases: str, at: int, base: str) -> str:
    return bases[:at] + base + bases[at + 1 :]


def scale_of(found: ec.MutagenesisMap | ec.DeletionScan) -> float:
    return float(np.nanmax(np.abs(found.effect)))


def other(base: str) -> str:
    return "ACGT"[("ACGT".index(base) + 1) % 4]


def substitution(world: World, at: int) -> str:
    base = world.bases["chr1"][at]
    return f"chr1:{at + 1}:{base}>{other(base)}"


# --- Contributions -------------------------------------------------------------------------------------------------


def test_contributions_are_gradients_of_the_plain_model(world: World, predictor: ec.Predictor, plain: Enformer) -> None:
    encoded = one_hot(around(world)).requires_grad_()
    values = plain(encoded[None])["human"][0][list(TARGET.bins)]
    value = (values[:, [0, 3]].mean() + 0.01).log2() - (values[:, [1]].mean() + 0.01).log2()
    (expected,) = torch.autograd.grad(value, encoded)
    found = ec.contributions(predictor, "ALFA1", TARGET)
    assert found.value == pytest.approx(float(value.detach()), rel=1e-5)
    assert np.allclose(found.gradient, expected.numpy(), atol=1e-4 * expected.abs().max().item())
    assert found.interval == found.input_interval == ec.Interval("chr1", START, START + L)
    assert found.bases == around(world)
    assert any("start site of ALFA1" in note for note in found.notes)
    assert (found.provenance.device, found.provenance.precision, found.method) == ("cpu", "float32", "gradient_x_input")


def test_a_span_is_a_part_of_the_whole(predictor: ec.Predictor) -> None:
    whole = ec.contributions(predictor, "ALFA1", TARGET)
    for span in ("chr1:20,101-20,300", ec.Interval("chr1", 20_100, 20_300), ec.Interval("1", 20_100, 20_300)):
        part = ec.contributions(predictor, "ALFA1", TARGET, span=span)
        assert part.interval == ec.Interval("chr1", 20_100, 20_300)
        cut = whole.gradient[20_100 - START : 20_300 - START]
        assert np.allclose(part.gradient, cut, atol=1e-5 * np.abs(cut).max())
        assert part.bases == whole.bases[20_100 - START : 20_300 - START]


@pytest.mark.parametrize(
    ("method", "function"), [("integrated_gradients", integrated_gradients), ("smoothed", smoothed)]
)
def test_other_methods_are_the_array_functions(
    world: World, predictor: LocalPredictor, method: Any, function: Callable
) -> None:
    span = (20_000 - START, 20_050 - START)
    value, expected = function(predictor.trunk, one_hot(around(world)), TARGET, "human", span=span)
    found = ec.contributions(predictor, "ALFA1", TARGET, method=method, span="chr1:20,001-20,050")
    assert found.method == method
    assert found.value == value
    assert np.array_equal(found.gradient, expected.numpy())


def test_both_strands_swap_stranded_tracks(world: World, tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    header = "index\tidentifier\tclip\tscale\tsum_stat\tstrand_pair\tdescription\n"
    pair = {0: 1, 1: 0}
    rows = (f"{i}\tX{i}{'+-'[i] if i < 2 else ''}\t384\t1\tsum\t{pair.get(i, i)}\tCAGE:x\n" for i in range(12))
    (model / "targets_human.txt").write_text(header + "".join(rows))
    predictor = ec.Predictor.from_pretrained(model, assembly=world.fasta)
    partners = [1, 3]
    target = ec.Target((0, 3), (10,))
    span = (20_000 - START, 20_100 - START)
    value, expected = both_strands(
        predictor.trunk, one_hot(around(world)), target, "human", partners=partners, span=span
    )
    query = "chr1:20,001"
    found = ec.contributions(predictor, query, target, span="chr1:20,001-20,100", strands=True)
    assert found.value == pytest.approx(value, rel=1e-6)
    assert np.allclose(found.gradient, expected.numpy(), atol=1e-6 * expected.abs().max().item())
    assert found.provenance.averaging == "strands"
    plain = checkpoint.load(model / "model.safetensors", TINY_CONFIG).eval()
    with torch.inference_mode():
        here = plain(one_hot(around(world))[None])["human"][0][10, [0, 3]].mean()
        there = plain(other_strand(one_hot(around(world)))[None])["human"][0][BINS - 1 - 10, partners].mean()
    assert found.value == pytest.approx(float(here + there) / 2, rel=1e-4)
    predictor.close()


def test_contributions_of_an_edited_window(world: World, predictor: ec.Predictor) -> None:
    """7 bases stand after 0-based 19,899; the TSS in the middle of the window keeps its place."""
    base = world.bases["chr1"][19_899]
    found = ec.contributions(
        predictor, "ALFA1", TARGET, edits=[f"chr1:19900:{base}>{base}ACGTACG"], span="chr1:19,890-19,910"
    )
    bases = world.bases["chr1"]
    edited = bases[START + 7 : 19_900] + "ACGTACG" + bases[19_900 : START + L]
    assert found.bases == bases[19_889:19_900] + "ACGTACG" + bases[19_900:19_910]
    assert found.interval == ec.Interval("chr1", 19_889 - 7, 19_910)
    start = 19_889 - 7 - START
    assert found.bases == edited[start : start + found.interval.width]
    assert found.frame()["ref_start"].isna().sum() == 7
    assert found.provenance.edits == (f"chr1:19900:{base}>{base}ACGTACG",)


# --- Mutagenesis ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["mean", "sum", "log_ratio"])
def test_mutagenesis_is_predicting_each_edited_sequence(
    world: World, predictor: ec.Predictor, plain: Enformer, reduction: Any
) -> None:
    target = replace(TARGET, reduction=reduction)
    found = ec.mutagenesis(predictor, "ALFA1", "chr1:20,010-20,013", target, method="exact")
    bases, at = around(world), 20_009 - START
    value = value_of(plain, bases, target)
    assert found.value == pytest.approx(value, rel=1e-5, abs=1e-6)
    for row in range(4):
        for column, letter in enumerate("ACGT"):
            expected = value_of(plain, with_base(bases, at + row, letter), target) - value
            assert found.effect[row, column] == pytest.approx(expected, abs=2e-3 * scale_of(found))
    assert (found.interval, found.method) == (ec.Interval("chr1", 20_009, 20_013), "exact")
    assert found.bases == bases[at : at + 4]


def test_fast_mutagenesis_is_near_the_exact_one(predictor: ec.Predictor) -> None:
    exact, fast = (
        ec.mutagenesis(predictor, "ALFA1", "chr1:20,010-20,029", TARGET, method=method) for method in ("exact", "fast")
    )
    assert fast.method == "fast"
    error = np.sqrt(np.mean((fast.effect - exact.effect) ** 2) / np.mean(exact.effect**2))
    assert 0 < error < 0.02


@pytest.mark.parametrize(("pays", "method"), [("bfloat16", "fast"), ("float32", "exact")])
def test_auto_takes_what_the_device_is_fast_in(
    predictor: ec.Predictor, monkeypatch: pytest.MonkeyPatch, pays: str, method: str
) -> None:
    monkeypatch.setattr(device, "effective_precision", lambda wanted, device: pays)
    assert ec.mutagenesis(predictor, "ALFA1", "chr1:20,010", TARGET).method == method


def test_mutagenesis_after_edits_and_in_n(world: World, predictor: ec.Predictor, plain: Enformer) -> None:
    """chr1 has N at 0-based 5,000 to 5,500; an edit at 5,510 is there before anything is mutated."""
    found = ec.mutagenesis(
        predictor, "chr1:5,500", "chr1:5,499-5,502", TARGET, edits=[substitution(world, 5_510)], method="exact"
    )
    bases = around(world, found.input_interval.start)
    bases = with_base(bases, 5_510 - found.input_interval.start, other(world.bases["chr1"][5_510]))
    assert found.bases[:2] == "NN"
    assert np.isnan(found.effect[:2]).all()
    assert any("2 of the bases are N" in note for note in found.notes)
    at = 5_501 - found.input_interval.start
    new = other(bases[at])
    expected = value_of(plain, with_base(bases, at, new)) - value_of(plain, bases)
    assert found.effect[3, "ACGT".index(new)] == pytest.approx(expected, abs=2e-3 * scale_of(found))


def test_a_pasted_sequence_has_its_own_coordinates(world: World, plain: Enformer) -> None:
    predictor = ec.Predictor.from_pretrained(world.model)
    bases = around(world)
    found = ec.mutagenesis(predictor, ec.Sequence(bases, "insert"), "insert:101-102", TARGET, method="exact")
    assert found.bases == bases[100:102]
    expected = value_of(plain, with_base(bases, 100, other(bases[100]))) - value_of(plain, bases)
    assert found.effect[0, "ACGT".index(other(bases[100]))] == pytest.approx(expected, abs=2e-3 * scale_of(found))
    with pytest.raises(LocusError, match="no chromosome 'chr1' in a pasted sequence. Its name is insert"):
        ec.mutagenesis(predictor, ec.Sequence(bases, "insert"), "chr1:101-102", TARGET)
    predictor.close()


def test_partial_maps_come_coarse_first_and_seldom(predictor: ec.Predictor) -> None:
    seen: list[tuple[float, ec.MutagenesisMap]] = []
    full = ec.mutagenesis(
        predictor,
        "ALFA1",
        "chr1:20,001-20,100",
        TARGET,
        method="exact",
        on_partial=lambda part: seen.append((time.monotonic(), part)),
    )
    first = ~np.isnan(seen[0][1].effect[:, 0])
    assert first.sum() == 1
    assert all(b - a >= 0.24 for (a, _), (b, _) in pairwise(seen))
    done = [~np.isnan(part.effect[:, 0]) for _, part in seen]
    for before, after in pairwise(done):
        assert (after | ~before).all()
        assert after.sum() > before.sum()
    for (_, part), rows in zip(seen, done, strict=True):
        assert np.array_equal(part.effect[rows], full.effect[rows])
        assert part.value == pytest.approx(full.value, rel=1e-5)
        few = rows.sum() <= 7
        assert not few or set(np.flatnonzero(rows) % 16) == {0}
    assert not np.isnan(full.effect).any()


def test_a_long_interval_is_refused_with_its_time_and_the_command(predictor: ec.Predictor) -> None:
    with pytest.raises(InputError) as caught:
        ec.mutagenesis(predictor, "ALFA1", "chr1:20,001-20,060", TARGET, limit=50)
    assert "60 bp, more than 50, and would take " in caught.value.what
    assert "on this device" in caught.value.what
    assert caught.value.hint.endswith(
        "enformer-browser mutagenesis --locus chr1:20001 --interval chr1:20001-20060 --bins 15-17 --tracks 0,3 "
        f"--minus-tracks 1 --reduce log_ratio --head human --method {_auto(predictor)} --out map.npz"
    )
    longer = ec.mutagenesis(predictor, "ALFA1", "chr1:20,001-20,012", TARGET, limit=12)
    assert longer.interval.width == 12


def _auto(predictor: ec.Predictor) -> str:
    return ec.mutagenesis(predictor, "ALFA1", "chr1:20,010", TARGET).method


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1.5, "a few seconds"), (30, "about 30 seconds"), (600, "about 10 minutes"), (36_000, "about 10 hours")],
)
def test_durations(seconds: float, words: str) -> None:
    assert explain_mutagenesis._duration(seconds) == words


# --- Deletion scans ------------------------------------------------------------------------------------------------


def test_a_deletion_scan_is_predicting_each_sequence(world: World, predictor: ec.Predictor, plain: Enformer) -> None:
    found = ec.deletion_scan(predictor, "ALFA1", "chr1:20,001-20,070", TARGET, width=30)
    bases = around(world)
    assert found.starts.tolist() == [20_000, 20_030, 20_040]
    assert (found.method, found.shuffles) == ("N", 0)
    for start, effect in zip(found.starts - START, found.effect, strict=True):
        expected = value_of(plain, bases[:start] + "N" * 30 + bases[start + 30 :]) - value_of(plain, bases)
        assert effect == pytest.approx(expected, abs=2e-3 * scale_of(found))


def test_shuffles_are_averaged(world: World, predictor: ec.Predictor, plain: Enformer) -> None:
    found = ec.deletion_scan(
        predictor, "ALFA1", "chr1:20,001-20,040", TARGET, width=25, stride=15, how="shuffle", shuffles=3, seed=7
    )
    bases, codes = around(world), codes_of(around(world))
    assert (found.starts.tolist(), found.shuffles, found.seed) == ([20_000, 20_015], 3, 7)
    for start, effect in zip((found.starts - START).tolist(), found.effect, strict=True):
        each = [
            value_of(plain, "".join("ACGTN"[c] for c in replaced(codes, start, 25, "shuffle", seed)))
            for seed in (7, 8, 9)
        ]
        expected = np.mean(each) - value_of(plain, bases)
        assert effect == pytest.approx(expected, abs=5e-3 * scale_of(found))


def test_pieces_and_batches_change_nothing(predictor: ec.Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = {"interval": "chr1:20,001-20,200", "target": TARGET, "width": 20, "stride": 15}
    whole = ec.deletion_scan(predictor, "ALFA1", **ask)
    monkeypatch.setattr(explain_deletions, "_PIECE", 70)
    monkeypatch.setitem(explain_deletions._STRETCHES, "cpu", 3)
    parts = ec.deletion_scan(predictor, "ALFA1", **ask)
    assert np.allclose(whole.effect, parts.effect, atol=1e-3 * np.abs(whole.effect).max())
    monkeypatch.setattr(explain_deletions, "_PIECE", 5)
    alone = ec.deletion_scan(predictor, "ALFA1", **ask)
    assert np.allclose(whole.effect, alone.effect, atol=1e-3 * np.abs(whole.effect).max())


def test_blanking_n_changes_nothing(predictor: ec.Predictor) -> None:
    found = ec.deletion_scan(predictor, "chr1:5,500", "chr1:5,441-5,540", TARGET)
    assert found.effect.tolist()[:3] == [0.0] * 3
    assert np.all(found.effect[3:] != 0)


# --- Attention -----------------------------------------------------------------------------------------------------


def test_attention_of_bins(world: World, predictor: LocalPredictor) -> None:
    tokens = predictor.trunk.tokens(one_hot(around(world))[None])[0]
    expected = attention_weights.attention(predictor.trunk, tokens, [16 + 31, 16 + 4], [1, 0], [2], key_width=3)
    found = ec.attention(predictor, "ALFA1", [31, 4], layers=[1, 0], heads=[2], key_width=3)
    assert np.allclose(found.weights, expected, atol=1e-6)
    assert (found.layers, found.heads, found.query_bins) == ((1, 0), (2,), (31, 4))
    assert found.query_starts.tolist() == [START + OFFSET + 31 * BIN, START + OFFSET + 4 * BIN]
    assert (found.query_width, found.key_width, len(found.key_starts)) == (BIN, 3 * BIN, 22)
    assert found.key_starts[:2].tolist() == [START, START + 3 * BIN]
    assert found.provenance.head == ""


def test_an_attention_picture(world: World, predictor: LocalPredictor) -> None:
    tokens = predictor.trunk.tokens(one_hot(around(world))[None])[0]
    expected = attention_weights.attention_picture(predictor.trunk, tokens, size=10)
    found = explain.attention_picture(predictor, "ALFA1", size=10)
    assert np.allclose(found.weights, expected, atol=1e-6)
    assert found.weights.shape == (2, 4, 10, 10)
    assert found.query_bins is None
    assert found.query_width == found.key_width == 7 * BIN
    assert found.query_starts.tolist() == found.key_starts.tolist() == [START + i * 7 * BIN for i in range(10)]
    assert explain.attention_picture(predictor, "ALFA1").weights.shape == (2, 4, 64, 64)


# --- What is wrong is said at once ---------------------------------------------------------------------------------


def test_everything_wrong_is_refused_before_the_model_runs(
    world: World, predictor: ec.Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictor, "work", lambda *_, **__: pytest.fail("the model was asked"))
    right, wrong = world.bases["chr1"][20_000], other(world.bases["chr1"][20_000])
    mismatch = [f"chr1:20001:{wrong}>{right}"]
    outside = ec.Target((0,), (32,))
    no_track = ec.Target((12,), (0,))
    no_head = ec.Target((0,), (0,), head="rat")
    gone = world.bases["chr1"][20_000:20_031]
    deleted = [f"chr1:20001:{gone}>{gone[0]}"]
    mutate, scan = explain.submit_mutagenesis, explain.submit_deletion_scan
    cases: list[tuple[type[Exception], str, Callable[[], object]]] = [
        (RefMismatch, "REF is", lambda: explain.submit_contributions(predictor, "ALFA1", TARGET, edits=mismatch)),
        (RefMismatch, "REF is", lambda: explain.submit_effect(predictor, "ALFA1", mismatch, TARGET)),
        (InputError, "no bin 32 in", lambda: explain.submit_contributions(predictor, "ALFA1", outside)),
        (InputError, "no bin 32 in", lambda: explain.submit_effect(predictor, "ALFA1", [], outside)),
        (TrackError, "no track 12 in", lambda: mutate(predictor, "ALFA1", "chr1:20,001", no_track)),
        (TrackError, "no head 'rat'", lambda: scan(predictor, "ALFA1", "chr1:20,001-20,100", no_head)),
        (InputError, "'guess' is not a method", lambda: mutate(predictor, "ALFA1", "chr1:1", TARGET, method="guess")),  # type: ignore[arg-type]
        (
            InputError,
            "'x' is not a method",
            lambda: explain.submit_contributions(predictor, "ALFA1", TARGET, method="x"),
        ),  # type: ignore[arg-type]
        (LocusError, "no locus in the text", lambda: mutate(predictor, "ALFA1", "", TARGET)),
        (LocusError, "does not lie in the input window", lambda: mutate(predictor, "ALFA1", "chr1:1-20", TARGET)),
        (LocusError, "does not lie in the input window", lambda: mutate(predictor, "ALFA1", "chr2:1-20", TARGET)),
        (LocusError, "no chromosome 'chr9'", lambda: mutate(predictor, "ALFA1", "chr9:1-20", TARGET)),
        (LocusError, "past|ends at", lambda: mutate(predictor, "ALFA1", "chr1:60,000-60,001", TARGET)),
        (
            LocusError,
            "the edits delete it",
            lambda: mutate(predictor, "ALFA1", "chr1:20,005-20,020", TARGET, edits=deleted),
        ),
        (InputError, "does not fit into", lambda: scan(predictor, "ALFA1", "chr1:20,001-20,010", TARGET)),
        (InputError, "stride is 0", lambda: scan(predictor, "ALFA1", "chr1:20,001-20,100", TARGET, stride=0)),
        (InputError, "no way to replace", lambda: scan(predictor, "ALFA1", "chr1:20,001-20,100", TARGET, how="X")),  # type: ignore[arg-type]
        (InputError, "seed is -1", lambda: scan(predictor, "ALFA1", "chr1:20,001-20,100", TARGET, seed=-1)),
        (
            InputError,
            "0 shuffles",
            lambda: scan(predictor, "ALFA1", "chr1:20,001-20,100", TARGET, how="shuffle", shuffles=0),
        ),
        (InputError, "no output bin 32", lambda: explain.submit_attention(predictor, "ALFA1", [32])),
        (InputError, "no output bin is chosen", lambda: explain.submit_attention(predictor, "ALFA1", [])),
        (InputError, "no layer 2", lambda: explain.submit_attention(predictor, "ALFA1", [1], layers=[2])),
        (InputError, "no head 4", lambda: explain.submit_attention_picture(predictor, "ALFA1", heads=[4])),
        (InputError, "key_width is 65", lambda: explain.submit_attention(predictor, "ALFA1", [1], key_width=65)),
        (InputError, "size is 0", lambda: explain.submit_attention_picture(predictor, "ALFA1", size=0)),
        (InputError, "no edit is given", lambda: explain.submit_effect(predictor, "ALFA1", [], TARGET)),
        (InputError, "is not an anchor", lambda: explain.submit_effect(predictor, "ALFA1", [], TARGET, anchor="x")),  # type: ignore[arg-type]
        (
            InputError,
            "is not the pasted sequence, which is called",
            lambda: explain.submit_effect(predictor, "ACGT" * 9, ["chr1:1:A>C"], TARGET),
        ),
    ]
    for kind, words, ask in cases:
        with pytest.raises(kind, match=words):
            ask()
    window = predictor.window("ALFA1")
    with pytest.raises(InputError, match="holds its edits already"):
        explain.submit_contributions(predictor, window, TARGET, edits=[substitution(world, 20_000)])


def test_a_part_outside_is_offered_clipped(predictor: ec.Predictor) -> None:
    with pytest.raises(LocusError, match="The part inside is chr1:15,905-15,950") as caught:
        ec.contributions(predictor, "ALFA1", TARGET, span="chr1:15,000-15,950")
    assert caught.value.clipped == "chr1:15,905-15,950"


def test_differences_need_a_model_in_float32(
    world: World, predictor: ec.Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictor, "precision", "bfloat16")
    for ask in (
        lambda: ec.mutagenesis(predictor, "ALFA1", "chr1:20,001", TARGET),
        lambda: ec.deletion_scan(predictor, "ALFA1", "chr1:20,001-20,100", TARGET),
        lambda: ec.effect(predictor, "ALFA1", [substitution(world, 20_000)], TARGET),
    ):
        with pytest.raises(SettingsError, match="Load it with precision float32"):
            ask()


def test_weights_that_overflow_are_named(world: World) -> None:
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta)
    predictor.trunk.final._heads["human"][1].fill_(torch.nan)
    for ask in (
        lambda: ec.contributions(predictor, "chr1:20,001", TARGET),
        lambda: ec.mutagenesis(predictor, "chr1:20,001", "chr1:20,001", TARGET),
        lambda: ec.deletion_scan(predictor, "chr1:20,001", "chr1:20,001-20,100", TARGET),
        lambda: ec.effect(predictor, "chr1:20,001", [substitution(world, 20_000)], TARGET),
    ):
        with pytest.raises(NumericalError, match="NaN"):
            ask()
    predictor.close()


# --- Jobs ----------------------------------------------------------------------------------------------------------


ASK: dict[str, Callable[[ec.Predictor, World], ec.Job]] = {
    "contributions": lambda p, w: explain.submit_contributions(p, "chr1:41,000", TARGET),
    "strands": lambda p, w: explain.submit_contributions(p, "chr1:41,000", TARGET, strands=True),
    "mutagenesis": lambda p, w: explain.submit_mutagenesis(p, "chr1:41,000", "chr1:40,001-41,500", TARGET),
    "trial": lambda p, w: explain.submit_mutagenesis(p, "chr1:41,000", "chr1:40,001-41,500", TARGET, limit=1),
    "deletion_scan": lambda p, w: explain.submit_deletion_scan(p, "chr1:41,000", "chr1:40,001-41,500", TARGET),
    "attention": lambda p, w: explain.submit_attention(p, "chr1:41,000", [0, 1]),
    "picture": lambda p, w: explain.submit_attention_picture(p, "chr1:41,000"),
    "effect": lambda p, w: explain.submit_effect(p, "chr1:41,000", [substitution(w, 41_000)], TARGET),
}


def plain_parts(value: object) -> Iterator[object]:
    """All that is not a dataclass, a tuple or a mapping inside one."""
    if is_dataclass(value):
        for field in fields(value):
            yield from plain_parts(getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from plain_parts(each)
    elif isinstance(value, Mapping):
        yield from plain_parts((*value.keys(), *value.values()))
    else:
        yield value


def test_work_is_plain_data_that_compares_by_value(
    world: World, predictor: ec.Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it can be sent to another process, and equal questions be worked on once."""
    asked: list[Any] = []
    monkeypatch.setattr(predictor, "work", lambda work, **_: asked.append(work))
    for ask in (*ASK.values(), *ASK.values()):
        ask(predictor, world)
    first, again = asked[: len(ASK)], asked[len(ASK) :]
    assert first == again
    assert all(one != other for i, one in enumerate(first) for other in first[:i])
    modules = (explain_attention, explain_contributions, explain_deletions, explain_edits, explain_mutagenesis)
    own = {kind for module in modules for kind in vars(module).values() if hasattr(kind, "is_patient")}
    assert {type(work) for work in first} == own
    for work in first:
        assert is_dataclass(work)
        with pytest.raises(FrozenInstanceError):
            setattr(work, fields(work)[0].name, None)
        kinds = {type(part) for part in plain_parts(work)}
        assert kinds <= {type(None), bool, int, float, str, ec.Assembly}, work
    assert {type(work).__name__ for work in first if work.is_patient} == {"Mutagenesis", "Deletions"}


def held() -> set[int]:
    """Tensors of some size, and windows prepared for edits."""
    gc.collect()
    objects = gc.get_objects()
    tensors = {id(o) for o in objects if issubclass(type(o), torch.Tensor) and o.numel() > 1_000}
    return tensors | {id(o) for o in objects if type(o) is LocalEffects}


@pytest.mark.parametrize("kind", ASK)
@pytest.mark.parametrize("stage", [pytest.param("convolutions", marks=pytest.mark.slow), "later"])
def test_cancelled_work_stops_and_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: str, stage: str
) -> None:
    """It is stopped at a report of progress of each stage; afterwards no tensor is left but what is kept on purpose."""
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta)
    predictor.work(OwnWork(lambda _: predictor.reference_tokens(predictor.window("chr1:41,000").bases()))).result()
    if stage == "convolutions":
        predictor.work(OwnWork(lambda _: predictor.reference_tokens(predictor.window("chr1:31,000").bases()))).result()
    before = held()
    reached, go, reports = threading.Event(), threading.Event(), []
    report = ec.Job.report

    def pausing(job: ec.Job, fraction: float, message: str) -> None:
        reports.append(message)
        own = message not in ("reading the sequence", "convolutions")
        if stage == "convolutions" or own:
            reached.set()
            assert go.wait(20)
        report(job, fraction, message)

    monkeypatch.setattr(ec.Job, "report", pausing)
    job = ASK[kind](predictor, world)
    assert reached.wait(20)
    job.cancel()
    go.set()
    with pytest.raises(Cancelled):
        job.result(20)
    assert reports.count(reports[-1]) == 1, "it went on after it was cancelled"
    monkeypatch.undo()
    kept = {id(t) for t in predictor._embeddings._reference._kept.values()}
    assert held() - before <= kept
    assert job.state == "cancelled"
    assert predictor.predict("chr1:41,000", tracks=[0]).values.shape == (BINS, 1)
    predictor.close()


@pytest.mark.parametrize("kind", ASK)
def test_progress_rises_to_the_end(
    world: World, predictor: ec.Predictor, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "trial":
        pytest.skip("ends in an error")
    seen: list[float] = []
    report = ec.Job.report

    def noting(job: ec.Job, fraction: float, message: str) -> None:
        seen.append(fraction)
        report(job, fraction, message)

    if kind == "mutagenesis":
        job = lambda: explain.submit_mutagenesis(predictor, "chr1:42,000", "chr1:42,001-42,020", TARGET)  # noqa: E731
    else:
        job = lambda: ASK[kind](predictor, world)  # noqa: E731
    monkeypatch.setattr(ec.Job, "report", noting)
    job().result(60)
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] == pytest.approx(1, abs=0.06)


def test_out_of_memory_is_said_in_plain_words(predictor: LocalPredictor, monkeypatch: pytest.MonkeyPatch) -> None:
    def starved(*args: Any, **more: Any) -> torch.Tensor:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(predictor.trunk, "finish", starved)
    base = predictor.window("ALFA1").bases()[L // 2]
    for ask in (
        lambda: ec.mutagenesis(predictor, "ALFA1", "chr1:20,001", TARGET),
        lambda: ec.effect(predictor, "ALFA1", [f"chr1:20001:{base}>{other(base)}"], TARGET),
        lambda: ec.contributions(predictor, "ALFA1", TARGET, span="chr1:20,001"),
    ):
        with pytest.raises(OutOfDeviceMemory, match="cpu has too little memory for"):
            ask()


def test_a_partial_map_for_another_thread(predictor: ec.Predictor) -> None:
    latest: deque[ec.MutagenesisMap] = deque(maxlen=1)
    job = explain.submit_mutagenesis(predictor, "ALFA1", "chr1:20,001-20,500", TARGET, on_partial=latest.append)
    for _ in range(600):
        if latest:
            break
        time.sleep(0.05)
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(20)
    assert latest[0].interval == ec.Interval("chr1", 20_000, 20_500)
    assert np.isnan(latest[0].effect).any()


@pytest.mark.parametrize("kind", ["mutagenesis", "deletion_scan"])
def test_what_runs_in_between_changes_no_number_and_does_not_wait(predictor: ec.Predictor, kind: str) -> None:
    ask = (predictor, "ALFA1", "chr1:20,001-20,060", TARGET)
    alone = getattr(ec, kind)(*ask)
    job = getattr(explain, f"submit_{kind}")(*ask)
    between = []
    while not job.done():  # other windows, and the same one with an edit: all that could disturb what is kept
        text = ("BETA2", "chr1:20,030", "chr1:14,000")[len(between) % 3]
        others = (explain.submit_contributions(predictor, text, TARGET), predictor.submit(text, tracks=[0]))
        for other in others:
            other.result(20)
        between.append(job.done())
    assert between[0] is False, "the first of them did not wait for the whole"
    np.testing.assert_array_equal(job.result(0).effect, alone.effect)
