from __future__ import annotations

import gc
import threading
import time
import weakref
from functools import partial

import pytest

from enformer_core.errors import Cancelled, EnformerError, JobTimeout, LocusError
from enformer_core.inference.jobs import Job, JobQueue, Progress


@pytest.fixture
def queue():
    queue = JobQueue()
    yield queue
    queue.close()


def test_result_and_progress(queue: JobQueue) -> None:
    seen = []

    def work(job: Job) -> int:
        for part in (0.1, 0.5, 0.9):
            job.report(part, "working")
            seen.append(job.progress)
        return 42

    job = queue.submit(work)
    assert job.result(5) == 42
    assert (job.state, job.done(), job.progress.fraction) == ("done", True, 1.0)
    assert [p.fraction for p in seen] == [0.1, 0.5, 0.9]
    assert all(p.seconds_left is not None and p.seconds_left >= 0 for p in seen)


def test_one_after_the_other(queue: JobQueue) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def work(_: Job) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1

    for job in [queue.submit(work) for _ in range(10)]:
        job.result(5)
    assert most == 1


def test_an_error_reaches_who_waits(queue: JobQueue) -> None:
    def work(_: Job) -> None:
        raise LocusError("start 5 is after end 1")

    job = queue.submit(work)
    with pytest.raises(LocusError, match="start 5"):
        job.result(5)
    assert job.state == "failed"
    assert queue.submit(lambda _: 1).result(5) == 1  # the queue goes on


def test_cancel_while_running_and_while_queued(queue: JobQueue) -> None:
    started = threading.Event()

    def work(job: Job) -> None:
        started.set()
        while True:
            job.report(0.2, "working")
            time.sleep(0.005)

    first, second = queue.submit(work), queue.submit(lambda _: 1)
    started.wait(5)
    second.cancel()
    assert second.state == "cancelled"
    first.cancel()
    for job in (first, second):
        with pytest.raises(Cancelled):
            job.result(5)
    assert first.state == "cancelled"
    assert queue.submit(lambda _: 2).result(5) == 2


def test_waiting_has_an_end(queue: JobQueue) -> None:
    release = threading.Event()
    job = queue.submit(lambda _: release.wait(10))
    with pytest.raises(JobTimeout, match=r"0\.05 s"):
        job.result(0.05)
    release.set()
    assert job.result(5) is True


def test_a_closed_queue_takes_nothing(queue: JobQueue) -> None:
    assert queue.submit(lambda _: 1).result(5) == 1
    queue.close()
    with pytest.raises(EnformerError, match="closed"):
        queue.submit(lambda _: 1)


def test_a_closed_queue_has_ended_its_thread():
    queue = JobQueue()
    assert queue.submit(lambda job: 1).result(5) == 1
    queue.close(5)
    assert not any(thread.name == "enformer-jobs" and thread is queue._thread for thread in threading.enumerate())


def test_a_queue_may_be_closed_by_its_own_job():
    queue = JobQueue()
    assert queue.submit(lambda job: queue.close(5)).result(5) is None


def test_patient_work_lets_other_work_run_in_between(queue: JobQueue) -> None:
    done, begun, go_on = [], threading.Event(), threading.Event()

    def long(job: Job) -> None:
        begun.set()
        go_on.wait(5)
        for step in range(3):
            job.give_way()
            job.report((step + 1) / 4, "mutating")
            done.append(f"long {step}")

    patient = queue.submit(long, patient=True)
    assert begun.wait(5)
    waiting = queue.submit(lambda _: done.append("another patient one"), patient=True)
    short = [queue.submit(lambda _, n=n: done.append(f"short {n}")) for n in range(2)]
    go_on.set()
    for job in (patient, waiting, *short):
        job.result(5)
    assert done == ["short 0", "short 1", "long 0", "long 1", "long 2", "another patient one"]
    assert (patient.is_patient, short[0].is_patient) == (True, False)


def test_what_fails_in_between_does_not_stop_patient_work(queue: JobQueue) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def long(job: Job) -> str:
        begun.set()
        go_on.wait(5)
        job.give_way()
        return "whole"

    def wrong(_: Job) -> None:
        raise LocusError("start 5 is after end 1")

    patient = queue.submit(long, patient=True)
    assert begun.wait(5)
    failing = queue.submit(wrong)
    go_on.set()
    assert patient.result(5) == "whole"
    with pytest.raises(LocusError):
        failing.result(5)


def test_time_spent_on_others_is_not_counted_as_left(queue: JobQueue) -> None:
    begun, go_on, left = threading.Event(), threading.Event(), []

    def long(job: Job) -> None:
        begun.set()
        go_on.wait(5)
        job.give_way()
        job.report(0.5, "mutating")
        left.append(job.progress.seconds_left)

    started = time.monotonic()
    patient = queue.submit(long, patient=True)
    assert begun.wait(5)
    queue.submit(lambda _: time.sleep(0.3))
    go_on.set()
    patient.result(5)
    assert left[0] < time.monotonic() - started - 0.25


def test_closing_ends_after_what_is_queued() -> None:
    queue, done, hold = JobQueue(), [], threading.Event()
    queue.submit(lambda _: hold.wait(5))
    queue.submit(lambda _: done.append("patient"), patient=True)
    queue.submit(lambda _: done.append("short"))
    queue.close()
    hold.set()
    queue.close(5)
    assert done == ["short", "patient"]


# --- A job by itself, as whoever runs it sees it ---------------------------------------------------------------------


def test_a_cancelled_job_stays_cancelled_when_a_result_comes_later() -> None:
    waiting: Job[int] = Job()
    waiting.cancel()
    assert not waiting.begin()
    running: Job[int] = Job()
    assert running.begin()
    running.fail(Cancelled("the work was cancelled"))
    for job in (waiting, running):
        job.finish(42)
        job.fail(LocusError("start 5 is after end 1"))
        job.stands(Progress(0.5, "predicting"))
        assert (job.state, job.progress.message) == ("cancelled", "cancelled")
        with pytest.raises(Cancelled):
            job.result(0)


def test_the_first_ending_counts() -> None:
    done: Job[int] = Job()
    done.finish(42)
    done.fail(LocusError("start 5 is after end 1"))
    done.finish(43)
    assert (done.state, done.result(0), done.progress.fraction) == ("done", 42, 1.0)
    failed: Job[int] = Job()
    failed.fail(LocusError("start 5 is after end 1"))
    failed.finish(42)
    assert failed.state == "failed"
    with pytest.raises(LocusError):
        failed.result(0)


def test_a_job_begins_once() -> None:
    job: Job[int] = Job()
    turns: list[int] = []
    assert job.begin(between=lambda: turns.append(1))
    assert not job.begin()
    assert job.state == "running"
    job.give_way()
    assert turns == [1]


def test_what_is_at_hand_has_ended() -> None:
    job = Job.at_hand(42)
    assert (job.done(), job.state, job.progress.fraction, job.is_patient) == (True, "done", 1.0, False)
    job.cancel()
    assert (job.state, job.result(0)) == ("done", 42)


def test_progress_that_somebody_else_has_measured() -> None:
    job: Job[int] = Job()
    job.stands(Progress(0.0, "waiting, 3 before this", 12.0))
    assert job.progress == Progress(0.0, "waiting, 3 before this", 12.0)
    job.begin()
    job.stands(Progress(0.5, "predicting", 2.0))
    assert job.progress.fraction == 0.5


@pytest.mark.parametrize(("begun", "stands"), [(False, "cancelled"), (True, "running")])
def test_whoever_runs_a_job_is_told_when_it_is_cancelled(begun: bool, stands: str) -> None:
    job: Job[int] = Job()
    seen: list[str] = []

    def told() -> None:
        seen.append(job.state)
        job.fail(Cancelled("the work was cancelled"))  # from inside, where nobody waits for it any more

    job.when_cancelled(told)
    if begun:
        job.begin()
    assert not seen
    job.cancel()
    job.cancel()
    assert (seen, job.state) == ([stands], "cancelled")


def test_nobody_is_told_of_a_job_that_has_ended() -> None:
    job: Job[int] = Job()
    job.when_cancelled(lambda: pytest.fail("there is nothing left to cancel"))
    job.finish(42)
    job.cancel()
    assert job.state == "done"


def test_a_job_that_has_ended_does_not_hold_itself() -> None:
    """Results are large, and garbage is collected seldom."""
    job: Job[int] = Job()
    job.when_cancelled(partial(Job.fail, job, Cancelled("the work was cancelled")))
    job.finish(42)
    held = weakref.ref(job)
    gc.disable()
    try:
        del job
        assert held() is None
    finally:
        gc.enable()


def test_what_there_is_of_a_result_is_shown_to_who_wants_it(queue: JobQueue) -> None:
    def work(job: Job[str]) -> str:
        job.show("a")
        job.show("ab")
        return "abc"

    seen: list[str] = []
    assert queue.submit(work, on_partial=seen.append).result(5) == "abc"
    assert seen == ["a", "ab"]
    assert queue.submit(work).result(5) == "abc"

    def enough(partial: str) -> None:
        raise LocusError(f"{partial} is enough")

    stopped = queue.submit(work, on_partial=enough)
    with pytest.raises(LocusError, match="a is enough"):
        stopped.result(5)
