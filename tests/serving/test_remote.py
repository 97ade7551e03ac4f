"""A predictor whose model runs in another process says what one in this process says, to the last bit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from own_workers import TARGET, same
from worlds import World

import enformer_core as ec
from enformer_core.errors import EnformerError
from enformer_core.inference.local import LocalPredictor
from enformer_core.inference.predictor import Predictor
from enformer_core.interpret.explain_attention import attention_picture
from enformer_core.serving.pool import WorkerPool
from enformer_core.serving.remote import RemotePredictor
from enformer_core.serving.spec import ModelSpec
from enformer_core.settings import Settings

NEAR = "chr1:19,951-19,962"


def insertion(world: World) -> str:
    base = world.bases["chr1"][19_989]
    return f"chr1:19990:{base}>{base}TTGA"


Asking = Callable[[Predictor, World], Any]
QUESTIONS: dict[str, Asking] = {
    "a gene": lambda p, w: p.predict("ALFA1"),
    "tracks in another order": lambda p, w: p.predict("chr1:20,500", tracks=[7, 0, 3]),
    "another head": lambda p, w: p.predict("BETA2", head="mouse"),
    "averaging": lambda p, w: p.predict("ALFA1", averaging="strands,shifts:1", tracks=[1]),
    "edits": lambda p, w: p.predict("ALFA1", edits=[insertion(w)]),
    "several windows": lambda p, w: p.predict("chr1:20,001-29,000", tiles="all", tracks=[2]),
    "a pasted sequence": lambda p, w: p.predict("ACGTN" * 700),
    "the end of a chromosome": lambda p, w: p.predict("chr2:1-2"),
    "contributions": lambda p, w: ec.contributions(p, "ALFA1", TARGET, edits=[insertion(w)], strands=True),
    "a deletion scan": lambda p, w: ec.deletion_scan(p, "ALFA1", NEAR, TARGET, width=4),
    "attention": lambda p, w: ec.attention(p, "ALFA1", (15, 16), layers=[1], key_width=4),
    "a picture of attention": lambda p, w: attention_picture(p, "ALFA1", size=8),
    "the effect of edits": lambda p, w: ec.effect(p, "ALFA1", [insertion(w)], TARGET, each=True),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_the_same_to_the_last_bit(
    question: str, remote: RemotePredictor, local: LocalPredictor, world: World
) -> None:
    found, expected = QUESTIONS[question](remote, world), QUESTIONS[question](local, world)
    for field in dataclasses.fields(expected):
        assert same(getattr(found, field.name), getattr(expected, field.name)), field.name


def test_a_growing_map_grows_here_too(remote: RemotePredictor, local: LocalPredictor) -> None:
    parts: list[ec.MutagenesisMap] = []
    span = "chr1:19,901-19,996"
    found = ec.mutagenesis(remote, "ALFA1", span, TARGET, on_partial=parts.append)
    assert same(found, ec.mutagenesis(local, "ALFA1", span, TARGET))
    done = [int(np.isfinite(part.effect).all(axis=1).sum()) for part in parts]
    assert done == sorted(done)
    assert 0 < done[0] < 96
    for part in parts:
        there = np.isfinite(part.effect)
        assert np.array_equal(part.effect[there], found.effect[there])


def test_whoever_looks_at_parts_may_stop_the_work(remote: RemotePredictor) -> None:
    def look(part: ec.MutagenesisMap) -> None:
        raise RuntimeError("enough")

    with pytest.raises(EnformerError):
        ec.mutagenesis(remote, "ALFA1", "chr1:19,001-20,900", TARGET, on_partial=look)
    assert remote.predict("ALFA1").n_bins == 32


def test_facts_are_the_same(remote: RemotePredictor, local: LocalPredictor) -> None:
    assert remote.facts == local.facts
    assert (remote.name, remote.heads, remote.simulated) == (local.name, local.heads, local.simulated)
    assert remote.notes(remote.window("ALFA1"), "mouse") == local.notes(local.window("ALFA1"), "mouse")


WRONG: dict[str, Asking] = {
    "no such gene": lambda p, w: p.predict("ALFA2"),
    "no such chromosome": lambda p, w: p.predict("chr9:1-10"),
    "past the end": lambda p, w: p.predict("chr1:59,990-60,010"),
    "no such track": lambda p, w: p.predict("ALFA1", tracks=[99]),
    "no such head": lambda p, w: p.predict("ALFA1", head="rat"),
    "another base": lambda p, w: p.predict("ALFA1", edits=["chr1:5100:A>C"]),
    "too long an interval": lambda p, w: ec.mutagenesis(p, "ALFA1", "chr1:17,001-20,000", TARGET, limit=20),
}


@pytest.mark.parametrize("question", WRONG)
def test_what_is_wrong_is_said_in_the_same_words(
    question: str, remote: RemotePredictor, local: LocalPredictor, world: World
) -> None:
    said = []
    for predictor in (remote, local):
        with pytest.raises(EnformerError) as found:
            WRONG[question](predictor, world)
        said.append(found.value)
    assert type(said[0]) is type(said[1])
    if question != "too long an interval":  # which says how long it would take here
        assert vars(said[0]) == vars(said[1])
    assert said[0].hint


def test_a_model_that_is_not_there_is_an_error_as_here(pool: WorkerPool, settings: Settings, world: World) -> None:
    for spec in (
        ModelSpec("/no/such/model", str(world.fasta)),
        ModelSpec(str(world.model), "/no/such.fa"),
        ModelSpec(str(world.folder), str(world.fasta)),
    ):
        with pytest.raises(EnformerError) as here:
            ec.Predictor.from_pretrained(spec.model, assembly=spec.assembly, settings=settings)
        with pytest.raises(type(here.value)) as there:
            RemotePredictor.load(pool, spec, settings)
        assert str(there.value) == str(here.value)


def test_what_is_kept_needs_no_worker(remote: RemotePredictor, settings: Settings, spec: ModelSpec) -> None:
    """With all workers gone, a prediction that was made before is still answered, and a new one is refused."""
    kept = remote.predict("GIANT", tracks=[2])
    with WorkerPool(settings) as gone:
        pass
    alone = RemotePredictor(gone, spec, remote.facts, remote.assembly, settings)
    assert same(alone.predict("GIANT", tracks=[2]), kept)
    with pytest.raises(EnformerError, match="closed"):
        alone.predict("GIANT", tracks=[3])


def test_words_of_one_person_are_not_those_of_another(remote: RemotePredictor) -> None:
    """``asked_by`` gives a predictor of its own and leaves the other as it was."""
    ada, ben = remote.asked_by("ada"), remote.asked_by("ben")
    assert [p._owner for p in (remote, ada, ben)] == ["", "ada", "ben"]
    assert ada.assembly is remote.assembly
