from __future__ import annotations

import threading
import time

import pytest

from enformer_core.errors import Cancelled, EnformerError, JobTimeout, LocusError
from enformer_core.inference.jobs import Job, JobQueue


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
