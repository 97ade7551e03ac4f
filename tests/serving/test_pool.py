"""Who is served when: equal questions once, one person after the other, and nobody left without an answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from own_workers import LONG, TARGET, eventually, is_alive, same

import enformer_core as ec
from enformer_core.errors import Cancelled, EnformerError, QueueFull
from enformer_core.inference.jobs import Job
from enformer_core.interpret.explain_contributions import submit_contributions
from enformer_core.interpret.explain_mutagenesis import submit_mutagenesis
from enformer_core.serving.place import Place
from enformer_core.serving.pool import WorkerPool
from enformer_core.serving.remote import RemotePredictor
from enformer_core.serving.run import Run
from enformer_core.serving.spec import ModelSpec
from enformer_core.settings import Settings

_places = itertools.count(10_000, 37)
Ask = Callable[..., Job]


def somewhere() -> ec.Interval:
    """A locus that no test has asked about."""
    start = next(_places)
    return ec.Interval("chr1", start, start + 2)


@pytest.fixture
def busy(remote: RemotePredictor, pool: WorkerPool) -> Iterator[Job]:
    """Long work of somebody, so that everybody else waits."""
    job = remote.asked_by("somebody").submit(somewhere(), averaging=LONG)
    eventually(lambda: job.state == "running")
    yield job
    job.cancel()
    eventually(lambda: pool.state.n_running == 0)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """What is handed to workers, in this order."""
    runs: list[Run] = []
    give = WorkerPool._give

    def noting(self: WorkerPool, place: Place, run: Run) -> None:
        runs.append(run)
        give(self, place, run)

    monkeypatch.setattr(WorkerPool, "_give", noting)
    return runs


def test_equal_questions_are_worked_on_once(remote: RemotePredictor, busy: Job, given: list[Run]) -> None:
    locus = somewhere()
    jobs = [remote.asked_by(owner).submit(locus, tracks=[1]) for owner in ("ada", "ben", "cleo")]
    other = remote.asked_by("ada").submit(locus, tracks=[2])
    busy.cancel()
    answers = [job.result(60) for job in jobs]
    other.result(60)
    assert len(given) == 2
    assert all(answer is answers[0] for answer in answers)


def test_a_question_that_is_being_worked_on_is_joined(remote: RemotePredictor, pool: WorkerPool) -> None:
    locus = somewhere()
    first = remote.asked_by("ada").submit(locus, averaging="shifts:16")
    eventually(lambda: first.state == "running")
    second = remote.asked_by("ben").submit(locus, averaging="shifts:16")
    assert second.state == "running"
    assert (pool.state.n_running, pool.state.n_waiting) == (1, 0)
    assert second.result(60) is first.result(60)


def test_who_cancels_leaves_the_others_their_answer(remote: RemotePredictor, pool: WorkerPool) -> None:
    locus = somewhere()
    first, second = (remote.asked_by(owner).submit(locus, averaging="shifts:16") for owner in ("ada", "ben"))
    eventually(lambda: first.state == "running")
    first.cancel()
    assert first.state == "cancelled"
    with pytest.raises(Cancelled):
        first.result(0)
    assert second.result(60).n_bins == 32


def test_where_all_cancel_the_worker_takes_the_next(remote: RemotePredictor, pool: WorkerPool) -> None:
    locus = somewhere()
    jobs = [remote.asked_by(owner).submit(locus, averaging=LONG) for owner in ("ada", "ben")]
    eventually(lambda: jobs[0].progress.fraction > 0)
    for job in jobs:
        job.cancel()
    assert [job.state for job in jobs] == ["cancelled", "cancelled"]
    again = remote.asked_by("ada").submit(locus, averaging=LONG)  # the same question is a new one
    next_one = remote.submit(somewhere(), tracks=[0])
    again.cancel()
    assert next_one.result(60).n_bins == 32
    assert pool.state.n_lost == 0


def test_waiting_work_is_cancelled_without_the_worker(
    remote: RemotePredictor, pool: WorkerPool, busy: Job, given: list[Run]
) -> None:
    waits = remote.submit(somewhere())
    assert (waits.state, pool.state.n_waiting) == ("queued", 1)
    waits.cancel()
    waits.cancel()
    assert (waits.state, pool.state.n_waiting) == ("cancelled", 0)
    assert given == []


def test_place_and_time_left_are_shown(remote: RemotePredictor, pool: WorkerPool) -> None:
    remote.predict(somewhere())  # a prediction's time is known after one
    jobs = [remote.asked_by(owner).submit(somewhere(), averaging=LONG) for owner in ("ada", "ben", "cleo")]
    eventually(lambda: jobs[2].progress.message == "waiting, 2 before this")
    assert jobs[1].progress.message == "waiting, 1 before this"
    assert jobs[2].progress.seconds_left
    jobs[1].cancel()
    eventually(lambda: jobs[2].progress.message == "waiting, 1 before this")
    for job in jobs:
        job.cancel()
    eventually(lambda: pool.state.n_running == 0)


def test_place_of_patient_work_counts_all_before_it(remote: RemotePredictor, busy: Job) -> None:
    patient = [submit_mutagenesis(remote, "ALFA1", f"chr1:19,00{n}-20,900", TARGET) for n in (1, 2)]
    prompt = remote.submit(somewhere())
    eventually(lambda: patient[1].progress.message == "waiting, 3 before this")  # two at work, one that waits
    for job in (*patient, prompt):
        job.cancel()


def test_patient_work_lets_predictions_run_inside(remote: RemotePredictor, pool: WorkerPool) -> None:
    parts: list[ec.MutagenesisMap] = []
    patient = submit_mutagenesis(remote, "ALFA1", "chr1:19,001-20,900", TARGET, on_partial=parts.append)
    eventually(lambda: parts)
    for _ in range(3):
        assert remote.asked_by("ben").submit(somewhere()).result(60).n_bins == 32
    assert patient.state == "running"
    assert not any(np.isfinite(part.effect).all() for part in parts)
    patient.cancel()
    assert patient.state == "cancelled"
    eventually(lambda: pool.state.n_running == 0)


def test_a_person_with_many_questions_does_not_hold_up_the_others(
    remote: RemotePredictor, busy: Job, given: list[Run]
) -> None:
    greedy = [remote.asked_by("ada").submit(somewhere(), tracks=[0]) for _ in range(12)]
    others = [remote.asked_by(owner).submit(somewhere(), tracks=[0]) for owner in ("ben", "cleo", "dan") for _ in "12"]
    busy.cancel()
    for job in (*greedy, *others):
        job.result(60)
    turns = [run.owner for run in given]
    assert turns[:8] == ["ada", "ben", "cleo", "dan"] * 2
    assert turns[8:] == ["ada"] * 10
    numbers = [run.number for run in given if run.owner == "ada"]
    assert numbers == sorted(numbers)


def test_what_a_window_takes_is_known_of_each_model(remote: RemotePredictor, pool: WorkerPool) -> None:
    assert pool.window_seconds(ModelSpec("another")) is None
    remote.predict("chr2:15,000")
    seconds = remote.window_seconds
    assert seconds is not None
    assert 0 < seconds < 60


def test_a_model_that_was_let_go_of_is_loaded_again(remote: RemotePredictor, pool: WorkerPool, spec: ModelSpec) -> None:
    before = ec.contributions(remote, "ALFA1", TARGET)
    pool.forget(spec)
    assert same(submit_contributions(remote, "ALFA1", TARGET).result(60), before)


def test_a_full_queue_says_so_and_a_closed_pool_answers_who_waits(
    remote: RemotePredictor, settings: Settings, spec: ModelSpec
) -> None:
    """Questions are taken while the worker still starts."""
    pool = WorkerPool(settings, most=3, most_of_one=2)
    eventually(lambda: pool.state.pids[0])
    pid = pool.state.pids[0]
    alone = RemotePredictor(pool, spec, remote.facts, remote.assembly, settings)
    ada, ben = alone.asked_by("ada"), alone.asked_by("ben")
    jobs = [ada.submit(somewhere()) for _ in "12"]
    with pytest.raises(QueueFull, match="2 of your questions wait"):
        ada.submit(somewhere())
    jobs.append(ben.submit(somewhere()))
    with pytest.raises(QueueFull, match="3 questions wait"):
        alone.asked_by("cleo").submit(somewhere())
    jobs[0].cancel()
    jobs[0] = alone.asked_by("cleo").submit(somewhere())
    assert pool.state.n_waiting == 3
    pool.close()
    pool.close()
    for job in jobs:
        with pytest.raises(EnformerError, match="closed"):
            job.result(0)
    with pytest.raises(EnformerError, match="closed"):
        ada.submit(somewhere())
    eventually(lambda: not is_alive(pid), 5)


def test_the_state_names_the_process(pool: WorkerPool, remote: RemotePredictor) -> None:
    state = pool.state
    assert state.devices == ("cpu",)
    assert is_alive(state.pids[0])
    assert state.n_lost == 0
