"""Effects of edits: the same promoter on the reference and on a haplotype that the test makes itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from own_work import OwnWork
from weights import TINY_CONFIG, write_model
from worlds import World, write_fasta

import enformer_core as ec
from enformer_core.errors import InputError
from enformer_core.inference.local import LocalPredictor
from enformer_core.inference.onehot import one_hot
from enformer_core.interpret import explain
from enformer_core.model import Enformer, checkpoint

# Twice the window of the other tests, so that 5,000 bp fit in.
CONFIG = replace(TINY_CONFIG, input_length=16_384, target_length=96)
L, BIN, OFFSET, BINS = 16_384, 128, 2_048, 96
CENTRE = 30_000
START = CENTRE - L // 2
BINS_OF_TARGET = (47, 48, 49)
LENGTHS = (1, 2, 5, 64, 127, 128, 129, 300, 1_000, 2_500, 5_000)


@pytest.fixture(scope="module")
def bases() -> str:
    return "".join(np.random.default_rng(9).choice(list("ACGT"), 60_000))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("wide") / "model", CONFIG)


@pytest.fixture(scope="module")
def plain(folder: Path) -> Enformer:
    return checkpoint.load(folder / "model.safetensors", CONFIG).eval()


@pytest.fixture(scope="module")
def predictor(folder: Path, bases: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPredictor]:
    fasta = tmp_path_factory.mktemp("genome") / "g.fa"
    write_fasta(fasta, {"chr1": bases})
    predictor = ec.Predictor.from_pretrained(folder, assembly=fasta)
    yield predictor
    predictor.close()


def rows(plain: Enformer, read: str, bins: tuple[int, ...], tracks: tuple[int, ...]) -> np.ndarray:
    assert len(read) == L
    with torch.inference_mode():
        return plain(one_hot(read)[None])["human"][0].double().numpy()[np.ix_(bins, tracks)]


def log2_of(values: np.ndarray) -> float:
    return float(np.log2(values.mean() + 0.01))


def ask(
    predictor: ec.Predictor, edits: list[str] | list[ec.Variant], target: ec.Target, **more: object
) -> explain.EditEffect:
    return ec.effect(predictor, f"chr1:{CENTRE + 1}", edits, target, **more)  # type: ignore[arg-type]


def indel(bases: str, at: int, length: int) -> tuple[ec.Variant, str]:
    """An edit right after 0-based ``at - 1``, and the contig with it: positive lengths are inserted.

    The alleles do not repeat what is beside them, so that the edit has one spelling.
    """
    before = bases[at - 1]
    if length < 0:
        gone = bases[at : at - length]
        return ec.Variant("chr1", at, before + gone, before), bases[:at] + bases[at - length :]
    new = "".join(np.random.default_rng(length).choice(list("ACGT"), length))
    last, first = (next(b for b in "ACGT" if b != near) for near in (before, bases[at]))
    new = first + new[1:-1] + last if length > 1 else next(b for b in "ACGT" if b not in (before, bases[at]))
    return ec.Variant("chr1", at, before, before + new), bases[:at] + new + bases[at:]


@pytest.mark.parametrize("anchor", ["target", "left"])
@pytest.mark.parametrize("sign", [1, -1])
def test_indels_keep_the_same_promoter(
    predictor: ec.Predictor, plain: Enformer, bases: str, anchor: str, sign: int
) -> None:
    """The edit is before the promoter: with either anchor it is found again, by its own bases."""
    target = ec.Target((0, 3), BINS_OF_TARGET, "log_ratio")
    reference = log2_of(rows(plain, bases[START : START + L], BINS_OF_TARGET, (0, 3)))
    middles = np.array(BINS_OF_TARGET) * BIN + OFFSET + BIN // 2  # in the window
    for length in LENGTHS:
        edit, contig = indel(bases, 24_500, sign * length)
        found = ask(predictor, [edit], target, anchor=anchor)
        moved = START + middles + sign * length  # where the promoter lies on the edited contig
        start = START if anchor == "left" else START + sign * length
        read = contig[start : start + L]
        bins = tuple(((moved - start - OFFSET) // BIN).tolist())
        assert found.alternative_bins == bins
        if anchor == "target":
            assert bins == BINS_OF_TARGET
        for here, there in zip(middles, moved - start, strict=True):
            assert bases[START + here : START + here + 40] == read[there : there + 40]
        expected = log2_of(rows(plain, read, bins, (0, 3)))
        assert found.reference == pytest.approx(reference, abs=1e-5)
        assert found.alternative == pytest.approx(expected, abs=1e-5)
        assert found.change == found.alternative - found.reference
        assert found.reference_bins == BINS_OF_TARGET


@pytest.mark.parametrize("anchor", ["target", "left", None])
@pytest.mark.parametrize("reduction", ["mean", "sum", "log_ratio"])
def test_substitutions_stay_in_place(
    predictor: ec.Predictor, plain: Enformer, bases: str, anchor: str | None, reduction: str
) -> None:
    target = ec.Target((5, 0), (50, 3), reduction, minus_tracks=(2,))  # type: ignore[arg-type]
    places = [START, START + 5_000, CENTRE, START + L - 1]
    edits, read = [], bases[START : START + L]
    for place in places:
        new = "ACGT"[("ACGT".index(bases[place]) + 1) % 4]
        edits.append(f"chr1:{place + 1}:{bases[place]}>{new}")
        read = read[: place - START] + new + read[place - START + 1 :]
    found = ask(predictor, edits, target, anchor=anchor)
    assert found.alternative_bins == found.reference_bins == (3, 50)
    for side, value in ((bases[START : START + L], found.reference), (read, found.alternative)):
        plus, minus = rows(plain, side, (3, 50), (0, 5)), rows(plain, side, (3, 50), (2,))
        made = {"mean": np.mean, "sum": np.sum, "log_ratio": log2_of}[reduction]
        assert value == pytest.approx(float(made(plus) - made(minus)), abs=1e-5)
    assert found.provenance.edits == tuple(edits)
    assert found.notes == ()


def test_several_edits_and_each_alone(predictor: ec.Predictor, bases: str) -> None:
    target = ec.Target((0,), BINS_OF_TARGET)
    first, _ = indel(bases, 24_500, 7)
    second, _ = indel(bases, 33_000, -20)
    together = ask(predictor, [second, first], target, each=True)
    assert list(together.edits) == [first, second]
    for edit, alone in zip((first, second), together.each, strict=True):
        assert alone == ask(predictor, [edit], target)
    assert together.change != pytest.approx(sum(alone.change for alone in together.each), rel=1e-9)
    assert ask(predictor, [first], target).each == ()


def test_a_haplotype_holds_its_edits(predictor: ec.Predictor, bases: str) -> None:
    base = bases[CENTRE]
    other = next(b for b in "ACGT" if b != base)
    found = ask(predictor, [f"chr1:{CENTRE + 1}:{base}>{other}"], ec.Target((0,), (48,)))
    assert found.change != 0
    haplotype = ec.Haplotype(ec.Interval("chr1", START, START + L), (ec.Variant("chr1", CENTRE + 1, base, other),))
    assert ec.effect(predictor, haplotype, [], ec.Target((0,), (48,))) == found


def test_bins_that_are_deleted_are_left_out_on_both_sides(predictor: ec.Predictor, plain: Enformer, bases: str) -> None:
    """Bin 47 of the target goes, with both its borders; with the left anchor 48 and 49 are drawn 248 bp to the left."""
    at = START + OFFSET + 47 * BIN - 100
    edit, contig = indel(bases, at, -(100 + BIN + 20))
    target = ec.Target((0, 3), BINS_OF_TARGET)
    found = ask(predictor, [edit], target, anchor="left")
    assert found.reference_bins == (48, 49)
    assert any("the edits delete are left out on both sides: 47" in note for note in found.notes)
    read = contig[START : START + L]
    shifted = tuple((b * BIN + BIN // 2 - (100 + BIN + 20)) // BIN for b in (48, 49))
    assert found.alternative_bins == shifted
    assert found.alternative == pytest.approx(rows(plain, read, shifted, (0, 3)).mean(), abs=1e-5)
    original = rows(plain, bases[START : START + L], (48, 49), (0, 3)).mean()
    assert found.reference == pytest.approx(original, abs=1e-5)
    with pytest.raises(InputError, match="delete all bins of the target, 47, or push"):
        ask(predictor, [edit], ec.Target((0,), (47,)), anchor="left")


def test_bins_that_are_pushed_out_of_the_output(predictor: ec.Predictor, bases: str) -> None:
    edit, _ = indel(bases, 24_500, 3_000)
    found = ask(predictor, [edit], ec.Target((0,), (60, 90)), anchor="left")
    assert found.reference_bins == (60,)
    assert any("push out of the output are left out on both sides: 90" in note for note in found.notes)
    with pytest.raises(InputError, match="or push them out of the output"):
        ask(predictor, [edit], ec.Target((0,), (90,)), anchor="left")
    assert ask(predictor, [edit], ec.Target((0,), (90,)), anchor="target").alternative_bins == (90,)


def test_bins_that_are_drawn_into_one_count_once(predictor: ec.Predictor, plain: Enformer, bases: str) -> None:
    """A deletion between two middles, that takes neither."""
    at = START + OFFSET + 47 * BIN + 80
    edit, contig = indel(bases, at, -88)
    found = ask(predictor, [edit], ec.Target((0,), (47, 48), "sum"), anchor="left")
    assert (found.reference_bins, found.alternative_bins) == ((47, 48), (47,))
    assert any("2 bins of the target come to lie in 1" in note for note in found.notes)
    assert found.alternative == pytest.approx(rows(plain, contig[START : START + L], (47,), (0,)).sum(), abs=1e-5)


def test_only_changed_tokens_are_computed(
    predictor: LocalPredictor, bases: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the reference is known an edit of one base costs the few tokens that read it."""
    target = ec.Target((0,), (48,))
    predictor.work(OwnWork(lambda _: predictor.reference_tokens(bases[START : START + L]))).result()
    computed = []
    tokens = predictor.trunk.tokens

    def counting(one_hot: torch.Tensor, lo: int = 0, hi: int | None = None, on_part: object = None) -> torch.Tensor:
        computed.append((L // BIN if hi is None else hi) - lo)
        return tokens(one_hot, lo, hi, on_part)  # type: ignore[arg-type]

    monkeypatch.setattr(predictor.trunk, "tokens", counting)
    base = bases[CENTRE + 777]
    ask(predictor, [f"chr1:{CENTRE + 778}:{base}>{next(b for b in 'ACGT' if b != base)}"], target)
    assert 1 <= sum(computed) <= 6


def test_an_edit_without_a_world(world: World) -> None:
    predictor = ec.Predictor.from_pretrained(world.model)
    with pytest.raises(InputError, match="needs an assembly"):
        ec.effect(predictor, "chr1:20,001", ["chr1:20001:A>C"], ec.Target((0,), (1,)))
    predictor.close()
