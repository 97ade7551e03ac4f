"""Long work as jobs: asked for with ``submit``, watched by progress, ended by a result, an error or a cancellation."""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from ..errors import Cancelled, EnformerError, JobTimeout

Result = TypeVar("Result")
State = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: the part done (0 to 1), what it does now, and about how many seconds are left, if known."""

    fraction: float
    message: str
    seconds_left: float | None = None


class Job(Generic[Result]):
    """One piece of work in a queue. All methods may be called from any thread."""

    def __init__(self, work: Callable[[Job[Result]], Result], between: Callable[[], None] | None = None) -> None:
        """A job that does ``work``; ``between`` runs other jobs where it gives way, and makes it a patient one."""
        self._work = work
        self._between = between
        self._lock = threading.Lock()
        self._finished = threading.Event()
        self._cancel = threading.Event()
        self._state: State = "queued"
        self._progress = Progress(0.0, "waiting")
        self._started = 0.0
        self._result: Result | None = None
        self._error: BaseException | None = None

    @property
    def state(self) -> State:
        """``queued``, ``running``, ``done``, ``failed`` or ``cancelled``."""
        return self._state

    @property
    def is_patient(self) -> bool:
        """Whether it gives way to other work."""
        return self._between is not None

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return self._progress

    def done(self) -> bool:
        """Whether it has ended, one way or another."""
        return self._finished.is_set()

    def cancel(self) -> None:
        """Ask it to stop. Work that runs stops at its next report of progress."""
        self._cancel.set()
        with self._lock:
            if self._state == "queued":
                self._end("cancelled", error=Cancelled("the work was cancelled before it began"))

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the result.

        Args:
            timeout: Seconds to wait at most; the job goes on after that.

        Raises:
            JobTimeout: It has not ended in time.
            Cancelled: It was cancelled.
            EnformerError: Whatever stopped it.
        """
        if not self._finished.wait(timeout):
            raise JobTimeout(f"the work has not ended within {timeout:g} s", hint="Wait longer, or cancel it")
        if self._error is not None:
            raise self._error
        return self._result  # pyright: ignore[reportReturnType]

    def report(self, fraction: float, message: str) -> None:
        """Note progress, from inside the work.

        Raises:
            Cancelled: Somebody asked it to stop.
        """
        if self._cancel.is_set():
            raise Cancelled("the work was cancelled")
        spent = time.monotonic() - self._started
        left = spent * (1 - fraction) / fraction if fraction > 0.05 else None
        self._progress = Progress(fraction, message, left)

    def give_way(self) -> None:
        """Let other work run first, from inside patient work, where it holds nothing that the other could disturb."""
        if self._between is not None:
            begun = time.monotonic()
            self._between()
            self._started += time.monotonic() - begun  # the time that is left is of its own work

    def run(self) -> None:
        """Do the work, in the thread that calls. Only the queue calls this."""
        with self._lock:
            if self._state != "queued":
                return
            self._state, self._started = "running", time.monotonic()
        try:
            result = self._work(self)
        except BaseException as exc:  # handed to whoever waits, of whatever kind it is
            # The error is kept as long as the job, and its frames would keep every tensor of the work as long.
            traceback.clear_frames(exc.__traceback__)
            self._end("cancelled" if isinstance(exc, Cancelled) else "failed", error=exc)
        else:
            self._result = result
            self._end("done")

    def _end(self, state: State, error: BaseException | None = None) -> None:
        self._state, self._error = state, error
        self._progress = Progress(1.0 if state == "done" else self._progress.fraction, state)
        self._finished.set()


class JobQueue:
    """Runs jobs one after the other in a thread of its own: a device does one thing at a time.

    Patient jobs, which may take minutes, wait for all others, and let those that come meanwhile run in between.
    """

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._patient: deque[Job] = deque()
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._closed = False

    def submit(self, work: Callable[[Job[Result]], Result], *, patient: bool = False) -> Job[Result]:
        """Queue ``work``; it is called with its job, to report progress to.

        Args:
            work: What is to be done.
            patient: Whether other work goes first; it calls ``Job.give_way`` now and then.

        Raises:
            EnformerError: The queue was closed.
        """
        job = Job(work, self._run_waiting if patient else None)
        with self._changed:
            if self._closed:
                raise EnformerError("the predictor was closed", hint="Load the model again")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="enformer-jobs", daemon=True)
                self._thread.start()
            (self._patient if patient else self._jobs).append(job)
            self._changed.notify()
        return job

    def close(self, patience_s: float = 0.0) -> None:
        """Take no more work, and end the thread after the jobs that are queued.

        Args:
            patience_s: How long to wait for that. A process that ends while native code runs in the thread may abort.
        """
        with self._changed:
            self._closed = True
            self._changed.notify()
        if patience_s and self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(patience_s)

    def _run(self) -> None:
        while (job := self._next()) is not None:
            job.run()

    def _next(self) -> Job | None:
        with self._changed:
            while not (self._jobs or self._patient or self._closed):
                self._changed.wait()
            if self._jobs:
                return self._jobs.popleft()
            return self._patient.popleft() if self._patient else None

    def _run_waiting(self) -> None:
        """Run all that is not patient, inside a patient job's turn."""
        while True:
            with self._changed:
                job = self._jobs.popleft() if self._jobs else None
            if job is None:
                return
            job.run()
