"""From a question to values: each way of asking against the plain model on bases that the test cuts out itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyBigWig
import pytest
import torch
from own_work import OwnWork, PatientOwnWork
from weights import TINY_CONFIG, write_model
from worlds import CONTIGS, World

import enformer_core as ec
from enformer_core.errors import (
    AmbiguousGene,
    Cancelled,
    EnformerError,
    GeneNotFound,
    InputError,
    LocusError,
    RefMismatch,
    TargetsError,
    TrackError,
    VariantError,
)
from enformer_core.genome.sequence import reverse_complement
from enformer_core.inference.local import LocalPredictor
from enformer_core.inference.onehot import one_hot
from enformer_core.model import Enformer, checkpoint
from enformer_core.settings import Settings

L, BIN, N_BINS, OFFSET = 8_192, 128, 32, 2_048


@pytest.fixture(scope="module")
def plain(world: World) -> Enformer:
    return checkpoint.load(world.model / "model.safetensors", TINY_CONFIG)


@pytest.fixture
def predictor(world: World) -> Iterator[LocalPredictor]:
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes)
    yield predictor
    predictor.close()


def run(plain: Enformer, bases: str, head: str = "human") -> np.ndarray:
    assert len(bases) == L
    with torch.inference_mode():
        return plain(one_hot(bases)[None])[head][0].numpy()


def cut(world: World, chrom: str, start: int, end: int) -> str:
    bases = world.bases[chrom]
    return "N" * max(-start, 0) + bases[max(start, 0) : end] + "N" * max(end - len(bases), 0)


def test_a_gene_is_centred_on_its_start_site(world: World, predictor: ec.Predictor, plain: Enformer) -> None:
    """The site is the first base of the middle bin: ALFA1 on +, and BETA2 on - at the last base of the gene."""
    for name, tss in (("ALFA1", 20_000), ("beta2", 32_999), ("ENSG00000000001.99", 20_000)):
        prediction = predictor.predict(name)
        start = tss - L // 2
        assert prediction.input_interval == ec.Interval("chr1", start, start + L)
        assert prediction.interval.start + (N_BINS // 2) * BIN == tss
        assert np.allclose(prediction.values, run(plain, cut(world, "chr1", start, start + L)), atol=1e-6)


def test_a_locus_is_centred(world: World, predictor: ec.Predictor, plain: Enformer) -> None:
    prediction = predictor.predict("chr1:20,001-22,000")  # 0-based 20,000 to 22,000, centre 21,000
    assert prediction.interval == ec.Interval("chr1", 21_000 - 2_048, 21_000 + 2_048)
    assert prediction.starts[0] == 21_000 - L // 2 + OFFSET
    same = predictor.predict(ec.Interval("chr1", 20_000, 22_000))
    assert np.array_equal(prediction.values, same.values)
    assert np.allclose(prediction.values, run(plain, cut(world, "chr1", 16_904, 16_904 + L)), atol=1e-6)


def test_row_09_a_window_at_a_telomere(world: World, predictor: ec.Predictor, plain: Enformer) -> None:
    prediction = predictor.predict("chr2:1-2")
    assert prediction.input_interval.start == 1 - L // 2
    assert any("4,095 bp of the window lie off chr2 and are read as N" in n for n in prediction.notes)
    assert np.allclose(prediction.values, run(plain, cut(world, "chr2", 1 - L // 2, 1 + L // 2)), atol=1e-6)
    starts, ends, kept = prediction.reference_bins()
    assert starts[0] == 0
    assert (ends > starts).all()
    assert len(kept) == 17
    right = predictor.predict("chr2:30,000-30,000")
    assert right.reference_bins()[1][-1] == CONTIGS["chr2"]


def test_row_11_all_n(world: World, tmp_path: Path) -> None:
    from worlds import write_fasta

    write_fasta(tmp_path / "n.fa", {"chr1": "N" * 20_000})
    predictor = ec.Predictor.from_pretrained(world.model, assembly=tmp_path / "n.fa")
    prediction = predictor.predict("chr1:10,000", tracks=[0])
    assert any("100% N" in n and "not meaningful" in n for n in prediction.notes)
    assert np.isfinite(prediction.values).all()


@pytest.mark.parametrize("length", [1, 2, 127, 4_097, L - 1, L, L + 1, L + 128, 3 * L + 1])
def test_row_22_a_sequence_is_padded_or_cropped_around_its_middle(
    world: World, predictor: ec.Predictor, plain: Enformer, length: int
) -> None:
    bases = "".join(np.random.default_rng(length).choice(list("ACGT"), length))
    prediction = predictor.predict(ec.Sequence(bases))
    start = length // 2 - L // 2
    read = "N" * max(-start, 0) + bases[max(start, 0) : max(start, 0) + L]
    read = (read + "N" * L)[:L]
    assert np.allclose(prediction.values, run(plain, read), atol=1e-6)
    assert prediction.input_interval.start == start
    assert any(("N were added" if length < L else "central 8,192 bp are read") in n for n in prediction.notes) == (
        length != L
    )
    assert prediction.contigs == {"sequence": length}


def test_a_pasted_sequence_needs_no_assembly(world: World) -> None:
    predictor = ec.Predictor.from_pretrained(world.model)
    text = ">insert\nacgtacgtac gtacgtacgt\nTTTTTTTTTT"
    prediction = predictor.predict(text, tracks=[1])
    assert prediction.values.shape == (N_BINS, 1)
    assert np.array_equal(prediction.values, predictor.predict(ec.Sequence("ACGT" * 5 + "T" * 10), tracks=[1]).values)
    with pytest.raises(InputError, match="needs an assembly"):
        predictor.predict("chr1:1-100")
    with pytest.raises(InputError, match="needs an assembly"):
        predictor.predict(ec.Interval("chr1", 0, 100))


def test_tracks_are_a_subset_in_the_order_asked(predictor: ec.Predictor) -> None:
    everything = predictor.predict("ALFA1")
    some = predictor.predict("ALFA1", tracks=[7, 0])
    assert np.allclose(some.values, everything.values[:, [7, 0]], atol=1e-6)
    assert [t.description for t in some.tracks] == ["CHIP:CTCF:hepatocyte", "CAGE:erythroid"]
    mouse = predictor.predict("ALFA1", tracks=[4], head="mouse")
    assert mouse.tracks[0].identifier == "mouse_4"
    for wrong in ([], [12], [-1], [0, 0], ["0"]):
        with pytest.raises(TrackError):
            predictor.predict("ALFA1", tracks=wrong)
    with pytest.raises(TrackError, match="no head 'rat'. Its heads: human, mouse"):
        predictor.predict("ALFA1", head="rat")


def alternative(base: str) -> str:
    return "ACGT"[("ACGT".index(base) + 1) % 4]


def test_edits_are_applied_together(world: World, predictor: ec.Predictor, plain: Enformer) -> None:
    bases = world.bases["chr1"]
    first = ec.Variant("chr1", 20_101, bases[20_100], alternative(bases[20_100]))
    second = f"1:20301:{bases[20_300]}:{alternative(bases[20_300])}"
    prediction = predictor.predict("ALFA1", edits=[first, second])
    start = 20_000 - L // 2
    edited = list(cut(world, "chr1", start, start + L))
    edited[20_100 - start] = first.alt
    edited[20_300 - start] = alternative(bases[20_300])
    assert np.allclose(prediction.values, run(plain, "".join(edited)), atol=1e-6)
    assert len(prediction.provenance.edits) == 2
    haplotype = ec.Haplotype(ec.Interval("chr1", start, start + L), (first,))
    assert np.array_equal(predictor.predict(haplotype).values, predictor.predict("ALFA1", edits=[first]).values)


def test_a_deletion_draws_the_flank_in_and_is_drawn_in_reference_coordinates(
    world: World, predictor: ec.Predictor, plain: Enformer
) -> None:
    bases = world.bases["chr1"]
    deletion = ec.Variant("chr1", 20_501, bases[20_500:20_801], bases[20_500])  # 300 bases right of the centre
    prediction = predictor.predict("ALFA1", edits=[deletion])
    start = 20_000 - L // 2
    edited = bases[start:20_501] + bases[20_801 : 20_801 + L]
    assert np.allclose(prediction.values, run(plain, edited[:L]), atol=1e-6)
    starts, ends, kept = prediction.reference_bins()
    assert len(kept) == N_BINS
    assert np.array_equal(starts[1:], ends[:-1])
    assert (ends - starts).sum() == N_BINS * BIN + 300
    assert (ends - starts).max() == BIN + 300


def test_row_26_and_33_edits_that_do_not_fit(world: World, predictor: ec.Predictor) -> None:
    wrong = alternative(world.bases["chr1"][20_100])
    with pytest.raises(RefMismatch, match=f"REF is {wrong} but"):
        predictor.predict("ALFA1", edits=[f"chr1:20101:{wrong}>{world.bases['chr1'][20_100]}"])
    with pytest.raises(VariantError, match="beyond the end of chr1"):
        predictor.predict("ALFA1", edits=["chr1:60001:A>C"])
    with pytest.raises(LocusError, match="chr9"):
        predictor.predict("ALFA1", edits=["chr9:1:A>C"])
    at = world.bases["chr1"][39_999]
    with pytest.raises(VariantError, match="window"):
        predictor.predict("ALFA1", edits=[f"chr1:40000:{at}>{alternative(at)}"])


def test_averaging_over_strands_and_shifts(world: World, predictor: ec.Predictor, plain: Enformer) -> None:
    start = 20_000 - L // 2
    runs = []
    for shift in (-1, 0, 1):
        bases = cut(world, "chr1", start + shift, start + shift + L)
        runs += [run(plain, bases), run(plain, reverse_complement(bases))[::-1]]
    both = predictor.predict("ALFA1", averaging="strands")
    assert np.allclose(both.values, (runs[2] + runs[3]) / 2, atol=1e-6)
    all_six = predictor.predict("ALFA1", averaging="strands,shifts:1")
    assert np.allclose(all_six.values, np.mean(runs, axis=0), atol=1e-6)
    assert all_six.provenance.averaging == "strands,shifts:1"
    assert np.abs(both.values - predictor.predict("ALFA1").values).max() > 1e-3


def test_averaging_swaps_stranded_tracks(world: World, tmp_path: Path, plain: Enformer) -> None:
    folder = write_model(tmp_path / "stranded")
    header = "index\tidentifier\tclip\tscale\tsum_stat\tstrand_pair\tdescription\n"
    pair = {0: 1, 1: 0}
    rows = (f"{i}\tX{i}{'+-'[i] if i < 2 else ''}\t384\t1\tsum\t{pair.get(i, i)}\tCAGE:x\n" for i in range(12))
    (folder / "targets_human.txt").write_text(header + "".join(rows))
    predictor = ec.Predictor.from_pretrained(folder, assembly=world.fasta)
    got = predictor.predict("chr1:20,001-20,002", averaging="strands").values
    start = 20_001 - L // 2
    bases = cut(world, "chr1", start, start + L)
    forward, backward = run(plain, bases), run(plain, reverse_complement(bases))[::-1]
    assert np.allclose(got[:, 0], (forward[:, 0] + backward[:, 1]) / 2, atol=1e-6)
    assert np.allclose(got[:, 1], (forward[:, 1] + backward[:, 0]) / 2, atol=1e-6)
    assert np.allclose(got[:, 2], (forward[:, 2] + backward[:, 2]) / 2, atol=1e-6)


def test_provenance_says_how_to_make_it_again(world: World, predictor: ec.Predictor) -> None:
    prediction = predictor.predict("ALFA1", tracks=[0])
    facts = prediction.provenance
    assert facts.window == "chr1:15905-24096"
    assert (facts.assembly, facts.head, facts.precision, facts.device) == ("genome", "human", "float32", "cpu")
    again = predictor.predict(f"{facts.window}", tracks=[0])
    assert again.provenance.sequence_sha256 == facts.sequence_sha256
    assert np.array_equal(again.values, prediction.values)
    assert json.loads(facts.to_json())["weights_sha256"] == predictor.weights_sha256


def test_a_prediction_is_found_again_by_another_process_object(
    world: World, predictor: ec.Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = predictor.predict("ALFA1", tracks=[3, 4])
    other = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes)
    monkeypatch.setattr(other.trunk, "embed", lambda *_: pytest.fail("the model ran although the answer is kept"))
    assert np.array_equal(other.predict("ALFA1", tracks=[3, 4]).values, first.values)


def test_adding_a_track_does_not_run_the_trunk_again(
    predictor: LocalPredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor.predict("ALFA1", tracks=[0])
    monkeypatch.setattr(predictor.trunk, "embed", lambda *_: pytest.fail("the trunk ran again"))
    assert predictor.predict("ALFA1", tracks=[0, 5]).values.shape == (N_BINS, 2)


def test_an_edit_computes_only_the_tokens_it_reaches(
    world: World, predictor: LocalPredictor, plain: Enformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor.predict("ALFA1")
    tokens, computed = predictor.trunk.tokens, []

    def counted(one_hot: torch.Tensor, lo: int = 0, hi: int | None = None, *more: Any, **named: Any) -> torch.Tensor:
        computed.append((64 if hi is None else hi) - lo)
        return tokens(one_hot, lo, hi, *more, **named)

    monkeypatch.setattr(predictor.trunk, "tokens", counted)
    start = 20_000 - L // 2
    bases = cut(world, "chr1", start, start + L)
    for at in (19_000, 20_001, 21_500):
        ref = world.bases["chr1"][at]
        alt = "ACGT"[("ACGT".index(ref) + 1) % 4]
        found = predictor.predict("ALFA1", edits=[f"chr1:{at + 1}:{ref}>{alt}"])
        edited = bases[: at - start] + alt + bases[at - start + 1 :]
        np.testing.assert_allclose(found.values, run(plain, edited), rtol=1e-5, atol=1e-5)
    assert computed
    assert sum(computed) <= 3 * 6


def test_work_of_any_kind_on_the_devices_thread(world: World, predictor: LocalPredictor, plain: Enformer) -> None:
    import threading

    window = predictor.window("ALFA1")
    parts: list[float] = []

    def work(job: ec.Job) -> tuple[str, torch.Tensor]:
        tokens = predictor.reference_tokens(window.bases(), lambda part: parts.append(part) or job.report(part, "x"))
        assert predictor.reference_tokens(window.bases()) is tokens
        return threading.current_thread().name, tokens

    name, tokens = predictor.work(OwnWork(work)).result(60)
    assert name == "enformer-jobs"
    assert parts[-1] == 1.0
    with torch.inference_mode():
        wanted = plain.tokens(one_hot(window.bases())[None])[0]
    torch.testing.assert_close(tokens, wanted, rtol=1e-5, atol=1e-5)
    predictor.close()
    with pytest.raises(ec.EnformerError, match="the predictor was closed"):
        predictor.work(OwnWork(work))


def test_patient_work_lets_other_work_go_first_and_shows_what_it_has(predictor: LocalPredictor) -> None:
    begun, go_on = threading.Event(), threading.Event()
    order: list[str] = []
    shown: list[str] = []

    def long(job: ec.Job[str]) -> str:
        begun.set()
        go_on.wait(30)
        job.give_way()
        order.append("long")
        job.show("half")
        return "whole"

    patient = predictor.work(PatientOwnWork(long), on_partial=shown.append)
    assert begun.wait(30)
    short = predictor.work(OwnWork(lambda _: order.append("short")))
    go_on.set()
    assert patient.result(60) == "whole"
    assert (order, shown) == (["short", "long"], ["half"])
    assert (patient.is_patient, short.is_patient) == (True, False)


def test_tokens_of_too_few_bases(predictor: LocalPredictor) -> None:
    with pytest.raises(InputError, match="4 bp cannot be read"):
        predictor.work(OwnWork(lambda _: predictor.reference_tokens("ACGT"))).result(60)


def test_provenance_of_other_results(predictor: ec.Predictor) -> None:
    prediction = predictor.predict("ALFA1")
    window, digest = predictor.window("ALFA1"), prediction.provenance.sequence_sha256
    assert predictor.provenance(window, "human", digest) == prediction.provenance
    other = predictor.provenance(window, "mouse", digest, "strands", "cuda (some card)")
    assert (other.head, other.averaging, other.device) == ("mouse", "strands", "cuda (some card)")


@pytest.mark.parametrize(("pays", "used"), [(True, "bfloat16"), (False, "float32")])
def test_the_precision_that_is_used_is_the_one_that_is_told(
    pays: bool, used: str, world: World, predictor: ec.Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from enformer_core.inference import device

    full = predictor.predict("ALFA1")
    monkeypatch.setattr(device, "bfloat16_pays", lambda: pays)
    other = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes, precision="bfloat16")
    found = other.predict("ALFA1")
    assert (other.precision, found.provenance.precision) == (used, used)
    assert (other.trunk.dtype == torch.bfloat16) == pays
    assert np.array_equal(found.values, full.values) != pays, "the cache must not mix precisions"
    other.close()


def test_the_model_is_let_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its convolutions are there twice else: once as published, once as they run."""
    import gc
    import weakref

    from enformer_core.inference import local as module

    held, load = [], module.load_model

    def noted(*args: Any, **named: Any) -> Any:
        loaded = load(*args, **named)
        held.append(weakref.ref(loaded.model))
        return loaded

    monkeypatch.setattr(module, "load_model", noted)
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta)
    gc.collect()
    assert held[0]() is None
    predictor.close()


@pytest.mark.parametrize("error", [Cancelled("the work was cancelled"), ValueError("something else")])
def test_a_job_that_ended_badly_holds_no_tensor(predictor: ec.Predictor, error: Exception) -> None:
    import gc
    import weakref

    held: list[weakref.ref] = []

    def work(_: ec.Job) -> None:
        large = torch.zeros(1000)
        held.append(weakref.ref(large))
        raise error

    job = predictor.work(OwnWork(work))
    with pytest.raises(type(error)):
        job.result(60)
    gc.collect()
    assert held[0]() is None
    assert job.state == ("cancelled" if isinstance(error, Cancelled) else "failed")


def test_values_cannot_be_changed_in_place(predictor: ec.Predictor) -> None:
    with pytest.raises(ValueError, match="read-only"):
        predictor.predict("ALFA1").values[0, 0] = 1


def test_a_job_can_be_cancelled(predictor: LocalPredictor, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    started, go = threading.Event(), threading.Event()
    tokens = predictor.trunk.tokens

    def slow(*args: Any, **more: Any) -> torch.Tensor:
        started.set()
        go.wait(10)
        return tokens(*args, **more)

    monkeypatch.setattr(predictor.trunk, "tokens", slow)
    job = predictor.submit("chr2:15,000")
    assert started.wait(10)
    job.cancel()
    go.set()
    with pytest.raises(Cancelled):
        job.result(10)
    monkeypatch.undo()
    assert predictor.predict("chr2:15,000").values.shape == (N_BINS, 12)


def test_questions_that_cannot_be_answered(predictor: ec.Predictor) -> None:
    with pytest.raises(InputError, match="nothing was asked for"):
        predictor.predict("   ")
    with pytest.raises(GeneNotFound) as caught:
        predictor.predict("ALFB1")
    assert "ALFA1" in caught.value.suggestions
    with pytest.raises(AmbiguousGene) as ambiguous:
        predictor.predict("TWIN")
    assert len(ambiguous.value.choices) == 2
    placed = [predictor.predict(choice, tracks=[0]).interval.chrom for choice in ambiguous.value.choices]
    assert sorted(placed) == ["chr1", "chr2"]
    with pytest.raises(LocusError, match="30,000") as past:
        predictor.predict("chr2:29,990-30,010")
    assert past.value.clipped
    assert predictor.predict(past.value.clipped, tracks=[0]).interval.chrom == "chr2"


def test_a_gene_without_an_annotation(world: World) -> None:
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta)
    with pytest.raises(InputError, match=r"'ALFA1' looks like a gene, but genome has no gene annotation. Give a GTF"):
        predictor.predict("ALFA1")


def test_a_gene_longer_than_the_window_says_which_part_is_shown(predictor: ec.Predictor) -> None:
    notes = predictor.predict("GIANT", tracks=[0]).notes
    assert any("GIANT is longer than the window: chr1:36,001-38,048 of chr1:36,001-58,000 is shown" in n for n in notes)


def test_a_targets_table_of_another_head(world: World, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")
    (folder / "targets_mouse.txt").write_text((world.model / "targets_human.txt").read_text())
    predictor = ec.Predictor.from_pretrained(folder)
    with pytest.raises(TargetsError, match=r"the table has 12 rows, but the head mouse has 5 tracks"):
        predictor.tracks("mouse")


def test_files_that_other_readers_open(predictor: ec.Predictor, tmp_path: Path) -> None:
    import pandas as pd
    import pyarrow.parquet as pq

    prediction = predictor.predict("ALFA1", tracks=[2, 9])
    for name in ("p.npz", "p.tsv", "p.parquet"):
        assert prediction.save(tmp_path / name) == [tmp_path / name]
    stored = np.load(tmp_path / "p.npz")
    assert np.array_equal(stored["values"], prediction.values)
    assert (str(stored["chrom"]), int(stored["start"]), int(stored["bin_size"])) == ("chr1", 17_952, 128)
    assert stored["target_index"].tolist() == [2, 9]
    tsv = pd.read_csv(tmp_path / "p.tsv", sep="\t", comment="#")
    assert np.array_equal(tsv[["track_2", "track_9"]].to_numpy(np.float32), prediction.values)
    assert tsv.loc[0, ["chrom", "start", "end"]].tolist() == ["chr1", 17_952, 18_080]
    parquet = pq.read_table(tmp_path / "p.parquet")
    assert np.array_equal(parquet.column("track_9").to_numpy(), prediction.values[:, 1])
    assert json.loads(parquet.schema.metadata[b"provenance"])["head"] == "human"


def test_bigwigs(predictor: ec.Predictor, tmp_path: Path) -> None:
    prediction = predictor.predict("chr2:1-2", tracks=[2, 9])
    paths = prediction.to_bigwig(tmp_path / "out")
    assert (tmp_path / "out" / "provenance.json").read_text() == prediction.provenance.to_json()
    for column, path in enumerate(paths):
        with pyBigWig.open(str(path)) as file:
            assert file.chroms() == CONTIGS
            got = file.intervals("chr2")
        starts, ends, kept = prediction.reference_bins()
        assert [(s, e) for s, e, _ in got] == list(zip(starts, ends, strict=True))
        assert np.array_equal(np.array([v for *_, v in got], np.float32), prediction.values[kept, column])
    again = predictor.predict("chr2:1-2", tracks=[2, 9]).to_bigwig(tmp_path / "again")
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in paths]
    assert [p.name for p in again] == [p.name for p in paths]


def test_simulated_is_in_every_name(world: World, tmp_path: Path) -> None:
    from enformer_core.settings import load_settings

    folder = write_model(load_settings().models_dir / "sim")
    (folder / "manifest.json").write_text('{"schema": 1, "kind": "model", "name": "sim", "simulated": true}')
    predictor = ec.Predictor.from_pretrained("sim", assembly=world.fasta)
    (path,) = predictor.predict("chr1:20,000", tracks=[0]).to_bigwig(tmp_path / "out")
    assert "simulated" in path.name
    assert json.loads((tmp_path / "out" / "provenance.json").read_text())["simulated"] is True


def test_a_head_of_another_species_works_and_says_so(world: World, tmp_path: Path) -> None:
    from worlds import write_fasta

    from enformer_core.genome.known_assemblies import KNOWN

    # Two contigs of hg38's lengths are enough to recognise it; a FASTA of N keeps the file small in the making.
    lengths = {name: KNOWN["hg38"][name] for name in ("chr21", "chr22")}
    write_fasta(tmp_path / "h.fa", {name: "N" * length for name, length in lengths.items()})
    predictor = ec.Predictor.from_pretrained(world.model, assembly=tmp_path / "h.fa")
    assert predictor.assembly is not None
    assert predictor.assembly.build == "hg38"
    mouse = predictor.predict("chr21:10,000,000", head="mouse", tracks=[0])
    assert "the mouse head reads hg38 here: a prediction across species" in mouse.notes
    assert not any("species" in note for note in predictor.predict("chr21:10,000,000", tracks=[0]).notes)


def test_the_model_is_loaded_in_the_thread_that_runs_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With OpenMP teams in two threads every product would take twice as long."""
    from enformer_core.inference import local as module

    threads: set[str] = set()
    real = module.Trunk

    def trunk(*args: Any) -> Any:
        threads.add(threading.current_thread().name)
        return real(*args)

    monkeypatch.setattr(module, "Trunk", trunk)
    ec.Predictor.from_pretrained(world.model).close()
    assert threads == {"enformer-jobs"}


def test_a_model_that_cannot_be_loaded_leaves_no_thread(tmp_path: Path) -> None:
    write_model(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    before = threading.active_count()
    with pytest.raises(EnformerError):
        ec.Predictor.from_pretrained(tmp_path)
    assert threading.active_count() == before


def test_a_hosted_predictor_does_not_tell_where_its_model_lies(world, tmp_path) -> None:
    settings = Settings(cache_dir=tmp_path, data_dir=tmp_path, hosted=True)
    predictor = LocalPredictor.load(world.model, assembly=world.fasta, settings=settings)
    found = predictor.predict("chr1:30,000", tracks=[0])
    predictor.close()
    assert (predictor.name, found.provenance.model) == (world.model.name, world.model.name)
    assert str(world.model) not in json.dumps(found.provenance.facts())
