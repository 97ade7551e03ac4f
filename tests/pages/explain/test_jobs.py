"""One visit's explanations: asked once, kept, cancelled with their question, gone with their visitor."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np
import pytest
import streamlit as st

from enformer_core.errors import LocusError
from enformer_core.inference.jobs import Job, JobQueue
from pages._ui import attended as attendance
from pages._ui.explain import jobs
from pages._ui.explain.kept import Kept


@dataclass(frozen=True)
class Found:
    values: np.ndarray


@pytest.fixture(autouse=True)
def _own_visit(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    kept = Kept()
    monkeypatch.setattr(jobs, "kept", lambda: kept)


@pytest.fixture
def queue():
    queue = JobQueue()
    yield queue
    queue.close(5)


class Slow:
    """Work that goes on until it is let go or cancelled."""

    def __init__(self, queue: JobQueue) -> None:
        self.queue, self.go_on, self.begun = queue, threading.Event(), 0

    def __call__(self, _: object) -> Job:
        self.begun += 1

        def work(job: Job) -> Found:
            while not self.go_on.wait(0.01):
                job.report(0.5, "working")
            return Found(np.ones(3))

        return self.queue.submit(work)


def ended(held: jobs.Held) -> jobs.Held:
    end = time.monotonic() + 5
    while held.is_running and time.monotonic() < end:
        held.take_in()
        time.sleep(0.01)
    assert not held.is_running
    return held


def test_the_same_question_is_asked_once_and_kept(queue):
    slow = Slow(queue)
    first = jobs.held("contributions", ("window", 1), slow)
    assert first.state == "waiting"
    assert jobs.held("contributions", ("window", 1), slow) is first
    slow.go_on.set()
    assert ended(first).state == "done"
    st.session_state.clear()  # another visit
    assert jobs.held("contributions", ("window", 1), slow).result is first.result
    assert slow.begun == 1


def test_another_question_of_the_kind_stops_the_one_before_and_nothing_is_mixed(queue):
    slow = Slow(queue)
    first = jobs.held("contributions", ("window", 1), slow)
    begun = time.monotonic()
    second = jobs.held("contributions", ("window", 2), slow)
    assert ended(first).state == "stopped"
    assert time.monotonic() - begun < 1
    slow.go_on.set()
    assert ended(second).state == "done"
    assert jobs.held("contributions", ("window", 2), slow) is second
    slow.go_on.clear()
    assert jobs.held("contributions", ("window", 1), slow).state == "waiting"  # what was stopped left nothing
    slow.go_on.set()


def test_another_window_leaves_no_work_of_any_kind(queue):
    slow = Slow(queue)
    held = [jobs.held(kind, ("first", kind), slow) for kind in ("contributions", "attention")]
    jobs.keep_only("first")
    assert all(found.is_running and not found.job._cancel.is_set() for found in held)
    jobs.keep_only("second")
    assert [ended(found).state for found in held] == ["stopped", "stopped"]


def test_cancelled_work_says_so_and_begins_again_when_asked(queue):
    slow = Slow(queue)
    first = jobs.held("mutagenesis", ("window", 1), slow)
    jobs.cancel("mutagenesis")
    assert ended(first).state == "stopped"
    assert jobs.held("mutagenesis", ("window", 1), slow) is first  # it is not begun by itself
    jobs.again("mutagenesis")
    slow.go_on.set()
    assert ended(jobs.held("mutagenesis", ("window", 1), slow)).state == "done"


def test_what_cannot_be_asked_is_kept_as_its_error():
    def begin(_: object) -> Job:
        raise LocusError("start 5 is after end 1")

    held = jobs.held("mutagenesis", ("window", 1), begin)
    assert (held.state, str(held.error)) == ("failed", "start 5 is after end 1")


def test_work_ends_when_the_visitor_has_gone(queue, monkeypatch):
    monkeypatch.setattr(attendance, "_EVERY_S", 0.02)
    is_there = threading.Event()
    is_there.set()
    monkeypatch.setattr(attendance, "_presence", lambda: is_there.is_set)
    slow = Slow(queue)
    held = jobs.held("mutagenesis", ("window", 1), slow)
    time.sleep(0.3)
    assert held.job is not None
    assert held.job.state == "running"
    is_there.clear()
    assert ended(held).state == "stopped"
    assert not any(thread.name == "attendance" for thread in threading.enumerate())


def test_a_short_absence_such_as_a_reload_stops_nothing(queue, monkeypatch):
    monkeypatch.setattr(attendance, "_EVERY_S", 0.05)
    answers = iter([True, False, False, True])
    monkeypatch.setattr(attendance, "_presence", lambda: lambda: next(answers, True))
    slow = Slow(queue)
    held = jobs.held("mutagenesis", ("window", 1), slow)
    time.sleep(0.4)
    slow.go_on.set()
    assert ended(held).state == "done"


def test_the_oldest_results_are_forgotten_first_and_what_is_too_large_is_not_kept():
    kept = Kept(max_bytes=2_000)
    kept.put("a", Found(np.zeros(100)))
    kept.put("b", Found(np.zeros(100)))
    assert kept.get("a") is not None  # used, so that b is the oldest
    kept.put("c", Found(np.zeros(100)))
    assert (kept.get("a") is None, kept.get("b") is None, kept.get("c") is None) == (False, True, False)
    kept.put("huge", Found(np.zeros(10_000)))
    assert kept.get("huge") is None
    kept.put("d", Found(np.zeros(100)))
    assert kept.get("d") is not None
