"""Long work as jobs: asked for with ``submit``, watched by progress, ended by a result, an error or a cancellation."""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from ..errors import Cancelled, EnformerError, JobTimeout

Result = TypeVar("Result")
State = Literal["queued", "running", "done", "failed", "cancelled"]
OnPartial = Callable[[Any], object]
"""Given what there is of a result so far, in a thread of the job's. It may raise to stop the work."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: the part done (0 to 1), what it does now, and about how many seconds are left, if known."""

    fraction: float
    message: str
    seconds_left: float | None = None


class Job(Generic[Result]):
    """One piece of work that was asked for. All methods may be called from any thread.

    Who asks uses ``state``, ``progress``, ``done``, ``cancel`` and ``result``; the work itself ``report``,
    ``give_way`` and ``show``; and who runs it, in this process or in another, all others.

    Args:
        is_patient: Whether it gives way to other work.
        on_partial: Given what there is of the result so far, by work that has such.
    """

    def __init__(self, *, is_patient: bool = False, on_partial: OnPartial | None = None) -> None:
        self.is_patient = is_patient
        self.on_partial = on_partial
        self._between: Callable[[], None] | None = None
        self._on_cancel: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._finished = threading.Event()
        self._cancel = threading.Event()
        self._state: State = "queued"
        self._progress = Progress(0.0, "waiting")
        self._started = 0.0
        self._result: Result | None = None
        self._error: BaseException | None = None

    @classmethod
    def at_hand(cls, result: Result) -> Job[Result]:
        """A job that has ended already."""
        job = cls()
        job.finish(result)
        return job

    @property
    def state(self) -> State:
        """``queued``, ``running``, ``done``, ``failed`` or ``cancelled``."""
        return self._state

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
            tell = self._on_cancel
            if self._state == "queued":
                self._end("cancelled", error=Cancelled("the work was cancelled before it began"))
        if tell is not None:
            tell()

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

    def show(self, partial: Result) -> None:
        """Hand over what there is of the result so far, to whom it may concern."""
        if self.on_partial is not None:
            self.on_partial(partial)

    def begin(self, between: Callable[[], None] | None = None) -> bool:
        """Note that the work starts; False where it was cancelled meanwhile. ``between`` is for ``give_way``."""
        with self._lock:
            if self._state != "queued":
                return False
            self._state, self._started, self._between = "running", time.monotonic(), between
            return True

    def stands(self, progress: Progress) -> None:
        """Note progress that somebody else has measured: of a queue, or of another process."""
        with self._lock:
            if not self.done():
                self._progress = progress

    def when_cancelled(self, call: Callable[[], None]) -> None:
        """What to call when somebody asks it to stop before it has ended."""
        self._on_cancel = call

    def finish(self, result: Result) -> None:
        """End it with a result; one that has ended stays as it is."""
        with self._lock:
            if not self.done():
                self._result = result
                self._end("done")

    def fail(self, error: BaseException) -> None:
        """End it with what stopped it; one that has ended stays as it is."""
        # The error is kept as long as the job, and its frames would keep every tensor of the work as long.
        traceback.clear_frames(error.__traceback__)
        with self._lock:
            if not self.done():
                self._end("cancelled" if isinstance(error, Cancelled) else "failed", error=error)

    def _end(self, state: State, error: BaseException | None = None) -> None:
        self._state, self._error = state, error
        self._progress = Progress(1.0 if state == "done" else self._progress.fraction, state)
        self._on_cancel = None  # it may hold this job, and so its result, for as long as no garbage is collected
        self._finished.set()


_Queued = tuple[Job, Callable[[Job], Any]]


class JobQueue:
    """Runs jobs one after the other in a thread of its own: a device does one thing at a time.

    Patient jobs, which may take minutes, wait for all others, and let those that come meanwhile run in between.
    """

    def __init__(self) -> None:
        self._jobs: deque[_Queued] = deque()
        self._patient: deque[_Queued] = deque()
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._closed = False

    def submit(
        self, work: Callable[[Job[Result]], Result], *, patient: bool = False, on_partial: OnPartial | None = None
    ) -> Job[Result]:
        """Queue ``work``; it is called with its job, to report progress to.

        Args:
            work: What is to be done.
            patient: Whether other work goes first; it calls ``Job.give_way`` now and then.
            on_partial: Given what the work shows of its result before it is whole.

        Raises:
            EnformerError: The queue was closed.
        """
        job: Job[Result] = Job(is_patient=patient, on_partial=on_partial)
        with self._changed:
            if self._closed:
                raise EnformerError("the predictor was closed", hint="Load the model again")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="enformer-jobs", daemon=True)
                self._thread.start()
            (self._patient if patient else self._jobs).append((job, work))
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
        while (queued := self._next()) is not None:
            self._do(*queued)

    def _do(self, job: Job, work: Callable[[Job], Any]) -> None:
        if not job.begin(self._run_waiting if job.is_patient else None):
            return
        try:
            result = work(job)
        except BaseException as exc:  # handed to whoever waits, of whatever kind it is
            job.fail(exc)
        else:
            job.finish(result)

    def _next(self) -> _Queued | None:
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
                queued = self._jobs.popleft() if self._jobs else None
            if queued is None:
                return
            self._do(*queued)
