"""Workers that are killed, hang, run out of memory or never start: everybody is answered, and with the right answer."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from own_workers import LONG, TARGET, eventually, is_alive

import enformer_core as ec
from enformer_core.errors import OutOfDeviceMemory, SettingsError, WorkerLost
from enformer_core.inference.averaging import Averaging
from enformer_core.inference.jobs import Job
from enformer_core.inference.local import LocalPredictor
from enformer_core.inference.trunk import Trunk
from enformer_core.inference.work import Predict, Work
from enformer_core.interpret import explain_mutagenesis
from enformer_core.interpret.explain_mutagenesis import Mutagenesis, submit_mutagenesis
from enformer_core.interpret.question import Question
from enformer_core.serving import worker
from enformer_core.serving.codec import Here, decode, decode_error, encode
from enformer_core.serving.pool import WorkerPool
from enformer_core.serving.remote import RemotePredictor
from enformer_core.serving.spec import ModelSpec
from enformer_core.serving.worker import Service, is_poison
from enformer_core.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]
SILENCE_S = 4.0
RESTART_S = 30.0  # that a worker may take to be there again on a busy machine; benchmarks have the figures
CLOSE = 2e-6  # between two runs that shared other parts of their windows


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, settings_in: Any) -> Settings:
    return settings_in(tmp_path_factory.mktemp("web"), worker_timeout_s=SILENCE_S)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "enformer_core.serving")


def begun(job: Job) -> None:
    """Wait until a worker is in the middle of it."""
    eventually(lambda: job.progress.fraction > 0)


def stopped(pool: WorkerPool, how: signal.Signals) -> int:
    """Send the worker a signal; its number."""
    pid = pool.state.pids[0]
    os.kill(pid, how)
    return pid


def there_again(pool: WorkerPool, before: int) -> float:
    """Wait for another process, and until it can work; the seconds that took."""
    took = eventually(lambda: pool.state.pids[0] not in (0, before))
    return took + eventually(lambda: pool.state.n_ready == 1)


# --- A worker that ends ----------------------------------------------------------------------------------------------


def test_a_killed_worker_is_started_again_and_gives_the_same_answer(
    pool: WorkerPool, remote: RemotePredictor, local: LocalPredictor
) -> None:
    lost = pool.state.n_lost
    job = remote.submit("chr1:21,000", averaging="shifts:32", tracks=[3, 1])
    others = [remote.asked_by(owner).submit("BETA2", tracks=[n]) for n, owner in enumerate(("ada", "ben"))]
    begun(job)
    pid = stopped(pool, signal.SIGKILL)
    assert there_again(pool, pid) < RESTART_S
    found = job.result(60)
    assert np.allclose(
        found.values, local.predict("chr1:21,000", averaging="shifts:32", tracks=[3, 1]).values, atol=CLOSE
    )
    for n, other in enumerate(others):
        assert np.allclose(other.result(60).values, local.predict("BETA2", tracks=[n]).values, atol=CLOSE)
    assert pool.state.n_lost == lost + 1
    assert not is_alive(pid)


def killed_over(pool: WorkerPool, job: Job) -> None:
    """Kill the worker in the middle of a job, and wait until that is known."""
    begun(job)
    lost = pool.state.n_lost
    stopped(pool, signal.SIGKILL)
    eventually(lambda: pool.state.n_lost > lost)


@pytest.mark.slow
def test_a_question_over_which_two_workers_are_lost_is_given_up_and_others_are_answered(
    pool: WorkerPool, remote: RemotePredictor
) -> None:
    """And a third one lost in a row, over another question, is no reason to send anybody else away.

    That one is patient work, in which a prediction waits to be let in: it is not to blame, and is answered.
    """
    deadly = remote.asked_by("ada").submit("chr1:20,500", averaging=LONG)
    patient = submit_mutagenesis(remote.asked_by("ben"), "ALFA1", "chr1:19,001-20,900", TARGET)
    killed_over(pool, deadly)
    assert not deadly.done()
    killed_over(pool, deadly)
    with pytest.raises(WorkerLost, match="SIGKILL") as found:
        deadly.result(0)
    assert "ask again" in found.value.hint
    begun(patient)
    os.kill(pool.state.pids[0], signal.SIGSTOP)  # so that the prediction cannot begin
    prompt = remote.asked_by("cleo").submit("chr1:22,222", tracks=[0])
    eventually(lambda: pool.state.n_running == 2)
    stopped(pool, signal.SIGKILL)
    assert prompt.result(60).n_bins == 32
    assert not patient.done()
    patient.cancel()


# --- A worker that hangs ---------------------------------------------------------------------------------------------


def test_a_worker_that_hangs_is_ended_and_its_work_done_again(
    pool: WorkerPool, remote: RemotePredictor, local: LocalPredictor
) -> None:
    job = remote.submit("chr1:23,000", averaging="shifts:32", tracks=[5])
    begun(job)
    now = time.monotonic()
    pid = stopped(pool, signal.SIGSTOP)
    # Nobody waits for a process that does not read: neither who asks, however much, nor who cancels or looks.
    more = [remote.asked_by("ben").submit("ACGT" * 50_000 + "A" * n, tracks=[0]) for n in range(1, 4)]
    patient = submit_mutagenesis(remote, "G" * 8_192, "sequence:4,001-4,010", TARGET)
    more[0].cancel()
    assert pool.state.n_waiting >= 1
    assert time.monotonic() - now < 2.0
    eventually(lambda: not is_alive(pid), SILENCE_S + RESTART_S)
    there_again(pool, pid)
    assert time.monotonic() - now < SILENCE_S + RESTART_S
    expected = local.predict("chr1:23,000", averaging="shifts:32", tracks=[5])
    assert np.allclose(job.result(60).values, expected.values, atol=CLOSE)
    assert [each.result(60).n_bins for each in more[1:]] == [32, 32]
    patient.cancel()


def test_a_worker_that_has_nothing_to_do_is_not_taken_to_hang(pool: WorkerPool, remote: RemotePredictor) -> None:
    remote.predict("chr1:24,000")
    pid = pool.state.pids[0]
    pool._places[0].heard -= 10 * SILENCE_S  # as if so much time had gone by
    time.sleep(0.6)  # some looks at it
    assert remote.predict("chr1:24,100").n_bins == 32
    assert pool.state.pids[0] == pid


# --- A worker that never works ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("executable", ["/bin/false", "/no/such/python"])
def test_a_worker_that_cannot_be_started_is_an_error_and_no_wait(
    executable: str, settings: Settings, spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    with WorkerPool(settings) as pool:
        with pytest.raises(WorkerLost, match="cannot be started") as found:
            RemotePredictor.load(pool, spec, settings)
        assert "doctor" in found.value.hint
        assert pool.state.n_lost >= 3


# --- A parent that ends ----------------------------------------------------------------------------------------------

PARENT = """
import json, sys, time
from pathlib import Path
from enformer_core.serving.pool import WorkerPool
from enformer_core.serving.remote import RemotePredictor
from enformer_core.serving.spec import ModelSpec
from enformer_core.settings import Settings
from enformer_core.interpret.explain import deletion_scan
from enformer_core.interpret.target import Target

def main():
    spec, folder = sys.argv[1:4], Path(sys.argv[4])
    settings = Settings(data_dir=folder, cache_dir=folder, device="cpu", threads=1)
    pool = WorkerPool(settings)
    predictor = RemotePredictor.load(pool, ModelSpec(*spec), settings)
    bins = predictor.predict("ALFA1").n_bins
    deletion_scan(predictor, "ALFA1", "chr1:19,951-19,962", Target((0,), (15,)), width=6)
    job = predictor.submit("GIANT", averaging="strands,shifts:64")
    while not job.progress.fraction:
        time.sleep(0.01)
    torch = sorted(name for name in sys.modules if name.partition(".")[0] == "torch")
    print(json.dumps({"pids": pool.state.pids, "bins": bins, "torch": torch}), flush=True)
    job.result()

main()
"""


def test_a_worker_ends_with_its_parent_which_never_needs_torch(spec: ModelSpec, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, *spec.as_list(), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY) as parent:
        assert parent.stdout is not None
        said = json.loads(parent.stdout.readline())
        assert said["bins"] == 32
        assert said["torch"] == []
        assert all(map(is_alive, said["pids"]))
        parent.kill()
        parent.wait()
    eventually(lambda: not any(map(is_alive, said["pids"])), 2.0)


# --- Several workers -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_devices_share_the_work_and_answers_never_cross(
    settings: Settings, spec: ModelSpec, local: LocalPredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people ask 200 times, in an order that is drawn, about 40 windows; each answer is of what was asked."""
    rng, used = random.Random(11), set()
    wheres = [(f"chr1:{10_000 + 467 * n}", (rng.randrange(12),)) for n in range(40)]
    give = WorkerPool._give

    def noting(self: WorkerPool, place: Any, run: Any) -> None:
        used.add(id(place))
        give(self, place, run)

    monkeypatch.setattr(WorkerPool, "_give", noting)
    with WorkerPool(settings, devices=("cpu", "cpu")) as pool:
        remote = RemotePredictor.load(pool, spec, settings)
        people = [remote.asked_by(owner) for owner in ("ada", "ben")]
        open_jobs: list[tuple[int, Job]] = []
        answers: list[tuple[int, Any]] = []
        for _ in range(200):
            where = rng.randrange(len(wheres))
            open_jobs.append((where, rng.choice(people).submit(wheres[where][0], tracks=wheres[where][1])))
            while len(open_jobs) > rng.randrange(24):
                number, job = open_jobs.pop(rng.randrange(len(open_jobs)))
                answers.append((number, job.result(60)))
        answers += [(number, job.result(60)) for number, job in open_jobs]
        assert len(set(pool.state.pids)) == 2
        remote.close()
    assert len(answers) == 200
    assert len(used) == 2
    expected = {where: local.predict(wheres[where][0], tracks=wheres[where][1]) for where, _ in answers}
    for where, answer in answers:
        assert answer.input_interval == expected[where].input_interval
        assert answer.provenance.sequence_sha256 == expected[where].provenance.sequence_sha256
        assert np.allclose(answer.values, expected[where].values, atol=CLOSE)
    told = [expected[where].values.tobytes() for where in expected]
    assert len(set(told)) == len(told), "a crossing could not be seen"


# --- What happens inside the process ---------------------------------------------------------------------------------


class Closed(Service):
    """A service whose models can be closed at the end of a test; in a process of its own they end with it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.loaded: list[LocalPredictor] = []

    def _load(self, spec: ModelSpec, job: Job) -> LocalPredictor:
        self.loaded.append(super()._load(spec, job))
        return self.loaded[-1]

    def close(self) -> None:
        self._queue.close(5.0)
        for predictor in self.loaded:
            predictor.close()


class Told:
    """A service in this process, and what it sends."""

    def __init__(self, settings: Settings, spec: ModelSpec, local: LocalPredictor, device: str = "cpu") -> None:
        self.messages: list[dict[str, Any]] = []
        self.raws: list[bytes] = []
        self.service = Closed(settings, device, self._send)
        self._spec, self._here, self._number = spec, Here(local.assembly, local.tracks), 0

    def _send(self, message: dict[str, Any], raw: bytes) -> None:
        self.raws.append(raw)
        self.messages.append(message)

    def begin(self, work: Work | None, *, partial: bool = False) -> int:
        self._number += 1
        tree, raw = (None, b"") if work is None else encode(work, self._here)
        message = {"id": self._number, "spec": self._spec.as_list(), "work": tree, "partial": partial}
        self.service.take(message | {"patient": bool(work and work.is_patient)}, raw)
        return self._number

    def wait(self, number: int) -> tuple[dict[str, Any], bytes]:
        """The last message about it."""
        found: list[tuple[dict[str, Any], bytes]] = []

        def look() -> bool:
            pairs = zip(tuple(self.messages), self.raws, strict=False)
            found[:] = [(m, raw) for m, raw in pairs if m.get("id") == number and ("done" in m or "error" in m)]
            return bool(found)

        eventually(look)
        return found[0]

    def end(self, number: int) -> Any:
        """What came of it; an error is raised."""
        message, raw = self.wait(number)
        if "error" in message:
            raise decode_error(message["tree"], raw)
        return decode(message["tree"], raw, self._here)


@pytest.fixture
def told(settings_in: Any, tmp_path: Path, spec: ModelSpec, local: LocalPredictor) -> Iterator[Told]:
    told = Told(settings_in(tmp_path), spec, local)
    yield told
    told.service.close()


def failing(monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException) -> list[int]:
    """Let the ``at``-th call of the trunk fail, whatever it is for; counts the calls."""
    calls = [0]

    def wrap(name: str) -> None:
        original = getattr(Trunk, name)

        def call(self: Trunk, *args: Any, **more: Any) -> Any:
            calls[0] += 1
            if calls[0] == at:
                raise error
            return original(self, *args, **more)

        monkeypatch.setattr(Trunk, name, call)

    for name in ("embed", "tracks"):
        wrap(name)
    return calls


def test_memory_that_runs_out_at_any_call_is_one_answer_and_the_next_succeeds(
    told: Told, local: LocalPredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    local.predict("ALFA1", tracks=[4])
    for at in range(1, 100):
        window = local.window(f"chr1:{20_000 + 500 * at}")
        work = Predict(window, "human", (4,), Averaging(strands=True))
        with monkeypatch.context() as patch:
            calls = failing(patch, at, torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"))
            number = told.begin(work)
            told.wait(number)
            if calls[0] >= at:
                with pytest.raises(OutOfDeviceMemory, match=r"2\.00 GiB") as ran_out:
                    told.end(number)
                assert ran_out.value.hint
        found = told.end(told.begin(work))
        assert np.allclose(found.values, local.predict(window, tracks=[4], averaging="strands").values, atol=CLOSE)
        if calls[0] < at:
            break
    assert at > 3


@pytest.mark.parametrize(
    "words",
    [
        "CUDA error: device-side assert triggered",
        "CUDA error: an illegal memory access was encountered",
        "CUDA error: unspecified launch failure",
    ],
)
def test_a_device_that_is_dead_ends_the_process(
    words: str, told: Told, local: LocalPredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    exits: list[int] = []
    monkeypatch.setattr(worker.os, "_exit", exits.append)
    failing(monkeypatch, 1, RuntimeError(words))
    with pytest.raises(ec.EnformerError):
        told.end(told.begin(Predict(local.window("ALFA1"), "human", (0,), Averaging())))
    assert exits == [70]


def test_what_is_poison() -> None:
    assert is_poison(RuntimeError("CUDA error: device-side assert triggered"))
    assert is_poison(RuntimeError("Triton: device-side assert"))
    assert not is_poison(torch.OutOfMemoryError("CUDA out of memory"))
    assert not is_poison(RuntimeError("CUDA error: out of memory"))
    assert not is_poison(RuntimeError("shapes do not fit"))
    assert not is_poison(ValueError("CUDA error: in a name"))


def test_a_failure_of_an_unknown_kind_is_one_answer_without_its_words(
    told: Told, local: LocalPredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, 1, KeyError("bases of a person"))
        with pytest.raises(ec.EnformerError, match="KeyError") as found:
            told.end(told.begin(Predict(local.window("ALFA1"), "human", (0,), Averaging())))
        assert "person" not in str(found.value)
    assert told.end(told.begin(None)) == local.facts


def test_a_model_may_be_let_go_of_while_its_work_shows_parts(
    told: Told, local: LocalPredictor, spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another model may push it out, or its last visitor leave, between two parts of a growing map."""
    monkeypatch.setattr(explain_mutagenesis, "_SECONDS_BETWEEN", 0.0)
    send = told._send

    def forgetting(message: dict[str, Any], raw: bytes) -> None:
        send(message, raw)
        if "partial" in message:
            told.service.take({"forget": spec.as_list()}, b"")

    told.service._raw_send = forgetting
    question = Question.ask(local, "ALFA1", (), TARGET, "chr1:19,951-19,970")
    work = Mutagenesis(question, question.interval, "exact", None)
    found = told.end(told.begin(work, partial=True))
    assert np.isfinite(found.effect).all()
    assert sum("partial" in message for message in told.messages) > 1


def test_a_device_that_is_not_here_is_an_error_of_the_one_who_asks(
    settings_in: Any, tmp_path: Path, spec: ModelSpec, local: LocalPredictor
) -> None:
    told = Told(settings_in(tmp_path), spec, local, device="cuda:99")
    with pytest.raises(SettingsError, match="cuda:99") as found:
        told.end(told.begin(None))
    assert "cpu" in found.value.hint
    told.service.close()
