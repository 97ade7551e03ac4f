"""What was predicted before is answered at once, whatever else the device has to do; and nothing else is."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from own_work import OwnWork
from worlds import World

import enformer_core as ec
from enformer_core.errors import FastaError
from enformer_core.genome.assembly import index_fasta
from enformer_core.inference.averaging import Averaging
from enformer_core.inference.local import LocalPredictor
from enformer_core.inference.work import Predict


@pytest.fixture
def predictor(world: World) -> Iterator[LocalPredictor]:
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes)
    yield predictor
    predictor.close()


@contextmanager
def held_up(predictor: LocalPredictor) -> Iterator[None]:
    """Nothing that is queued begins."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: ec.Job) -> None:
        begun.set()
        go_on.wait(60)

    predictor.work(OwnWork(hold))
    assert begun.wait(60)
    try:
        yield
    finally:
        go_on.set()


def test_what_was_predicted_before_waits_for_nobody(world: World, predictor: LocalPredictor) -> None:
    before = predictor.predict("ALFA1", tracks=[3, 4])
    base = world.bases["chr1"][20_100]
    edit = f"chr1:20101:{base}>{'C' if base == 'A' else 'A'}"
    with held_up(predictor):
        found = predictor.submit("ALFA1", tracks=[3, 4])
        assert (found.state, found.progress.fraction) == ("done", 1.0)
        others = [
            predictor.submit("ALFA1", tracks=[3, 5]),
            predictor.submit("ALFA1", tracks=[4, 3]),
            predictor.submit("ALFA1", tracks=[3]),
            predictor.submit("ALFA1", tracks=[3, 4], head="mouse"),
            predictor.submit("ALFA1", tracks=[3, 4], averaging="strands"),
            predictor.submit("ALFA1", tracks=[3, 4], edits=[edit]),
            predictor.submit("ALFA1", tracks=[3, 4], tiles=(0, 1)),
            predictor.submit("BETA2", tracks=[3, 4]),
        ]
        assert [job.state for job in others] == ["queued"] * len(others)
        for job in others:
            job.cancel()
    again = found.result(0)
    assert np.array_equal(again.values, before.values)
    assert again.provenance == before.provenance
    assert again.tracks == before.tracks
    assert (again.interval, again.input_interval, again.notes) == (before.interval, before.input_interval, before.notes)


def test_several_windows_are_at_hand_when_all_of_them_are(predictor: LocalPredictor) -> None:
    wide = predictor.predict("chr1:30,001-30,002", tracks=[1], averaging="shifts:1", tiles=(1, 1))
    with held_up(predictor):
        again = predictor.submit("chr1:30,001-30,002", tracks=[1], averaging="shifts:1", tiles=(1, 1))
        middle = predictor.submit("chr1:30,001-30,002", tracks=[1], averaging="shifts:1")
        wider = predictor.submit("chr1:30,001-30,002", tracks=[1], averaging="shifts:1", tiles=(1, 2))
        assert [job.state for job in (again, middle, wider)] == ["done", "done", "queued"]
        wider.cancel()
    assert np.array_equal(again.result(0).values, wide.values)
    assert again.result(0).provenance == wide.provenance
    assert np.array_equal(middle.result(0).values, wide.values[32:64])


def test_a_genome_that_cannot_be_read_any_more_is_an_error_of_the_work(world: World, tmp_path: Path) -> None:
    """It is no fault of the question; the page keeps what is on view and offers to ask again."""
    fasta = tmp_path / "genome.fa"
    shutil.copy(world.fasta, fasta)
    index_fasta(fasta)
    predictor = ec.Predictor.from_pretrained(world.model, assembly=fasta)
    window = predictor.window("chr1:41,000")
    text = fasta.read_bytes()
    with fasta.open("r+b") as file:
        file.write(text[: len(text) // 2] + b"!" * (len(text) - len(text) // 2 - 1) + b"\n")
    job = predictor.submit(window, tracks=[0])
    with pytest.raises(FastaError):
        job.result(60)
    assert job.state == "failed"
    predictor.close()


def test_the_same_question_is_equal_work(predictor: LocalPredictor) -> None:
    asked: list[Predict] = []
    window = predictor.window("ALFA1")
    for _ in range(2):
        asked.append(Predict(predictor.window("ALFA1"), "human", (3, 4), Averaging.parse("strands")))
    assert asked[0] == asked[1]
    assert asked[0] != Predict(window, "human", (4, 3), Averaging.parse("strands"))
    assert asked[0] != Predict(window, "human", (3, 4), Averaging())
    assert asked[0] != Predict(predictor.window("BETA2"), "human", (3, 4), Averaging.parse("strands"))
