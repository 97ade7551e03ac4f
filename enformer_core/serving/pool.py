"""One worker per device, kept alive, and the queue of what they are to do.

All decisions are made by one thread, ``_decide``: what goes to which worker, which worker is started again, what is
given up. Other threads only note under the lock what has happened, and wake it.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from typing import Any

from ..closing import Closing
from ..errors import Cancelled, EnformerError, WorkerLost
from ..inference.jobs import Job, OnPartial, Progress
from ..settings import Settings
from .codec import CodecError, decode_error
from .fair_queue import MOST, MOST_OF_ONE, FairQueue
from .place import Place, State, given_up, not_started
from .process import WorkerProcess
from .run import Request, Run
from .spec import ModelSpec

ATTEMPTS = 2  # processes that may be lost over one piece of work
STARTS = 3  # that may fail in a row before those who wait are told
_TURN_S = 0.25
_LONGEST_PAUSE_S, _LONGEST_OF_WORKING_S = 30.0, 4.0  # before one that could not start, or could, is started again
_LOADING_S = 3_600.0  # weights may be fetched first
_STARTING_S = 120.0  # importing PyTorch from a slow disk
_log = logging.getLogger(__name__)


class WorkerPool(Closing):
    """Workers, one for each device, and the work that waits for them. Any thread may ask.

    Args:
        settings: With the devices: those that ``device`` names, which is every GPU where it is ``auto`` or ``cuda``.
        devices: Where to run them instead.
        most: That may wait in all.
        most_of_one: That may wait of one person.
    """

    def __init__(
        self,
        settings: Settings,
        devices: tuple[str, ...] = (),
        most: int = MOST,
        most_of_one: int = MOST_OF_ONE,
    ) -> None:
        self._settings = settings
        self._places = [Place(device) for device in devices or (settings.device,)]
        self._may_spread = not devices and settings.device in ("auto", "cuda")
        self._queue: FairQueue[Run] = FairQueue(most, most_of_one)
        self._by_key: dict[str, Run] = {}
        self._typical: dict[tuple[ModelSpec, str], float] = {}
        self._window_seconds: dict[ModelSpec, float] = {}
        self._changed = threading.Condition()
        self._is_closed = False
        self._n_lost = 0
        self._thread = threading.Thread(target=self._decide, name="enformer-pool", daemon=True)
        self._thread.start()

    def submit(self, request: Request, owner: str = "", on_partial: OnPartial | None = None) -> Job[Any]:
        """Queue some work. Equal work that waits or runs already is not done twice.

        Args:
            request: What is asked.
            owner: Who asks.
            on_partial: Given what there is of the answer before it is whole, in a thread of the pool's.

        Raises:
            QueueFull: Too much waits.
            EnformerError: The pool was closed.
        """
        job: Job[Any] = Job(is_patient=request.is_patient, on_partial=on_partial)
        key = request.key(partial=on_partial is not None)
        with self._changed:
            if self._is_closed:
                raise EnformerError("the predictor was closed", hint="Load the model again")
            run = self._by_key.get(key)
            if run is None:
                run = Run(request, owner, key, on_partial is not None)
                self._queue.add(run)
                self._by_key[key] = run
            elif run.begun:
                job.begin()
            run.jobs.append(job)
            job.when_cancelled(partial(self._left, run, job))
            self._changed.notify()
        return job

    def window_seconds(self, spec: ModelSpec) -> float | None:
        """What the last whole window of a model took; None where none was predicted yet."""
        return self._window_seconds.get(spec)

    def forget(self, spec: ModelSpec) -> None:
        """Let the workers drop a model from memory."""
        with self._changed:
            for place in self._places:
                self._tell(place, {"forget": spec.as_list()})

    @property
    def state(self) -> State:
        """How the workers stand."""
        with self._changed:
            pids = tuple(place.process.pid if place.process else 0 for place in self._places)
            n_running = sum(len(place.busy) for place in self._places)
            devices = tuple(place.device for place in self._places)
            n_ready = sum(place.is_ready for place in self._places)
            return State(devices, pids, n_running, len(self._queue), self._n_lost, n_ready)

    def close(self) -> None:
        """End the workers; whoever waits is told. May be called twice."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        if self._thread is not threading.current_thread():
            self._thread.join()

    # What the deciding thread does, all of it under the lock.

    def _decide(self) -> None:
        with self._changed:
            while not self._is_closed:
                for place in self._places:
                    self._look_after(place)
                self._hand_out()
                self._say_who_waits()
                self._changed.wait(_TURN_S)
            self._end_all()

    def _look_after(self, place: Place) -> None:
        now = time.monotonic()
        if place.process is None:
            if now >= place.not_before:
                self._start(place)
            return
        silent, loads = now - place.heard, any(self._loads_too_long(run, now) for run in place.busy.values())
        patience = self._settings.worker_timeout_s if place.is_ready else _STARTING_S
        if place.hung or not (place.busy or not place.is_ready) or (silent <= patience and not loads):
            return
        _log.error("the worker %d on %s was silent for %.0f s and is ended", place.process.pid, place.device, silent)
        place.hung = True
        place.process.kill()

    @staticmethod
    def _loads_too_long(run: Run, now: float) -> bool:
        return run.stage == "loading" and now - run.begun > _LOADING_S

    def _start(self, place: Place) -> None:
        try:
            place.process = WorkerProcess(self._settings, place.device, self._heard, self._ended)
        except WorkerLost as exc:
            self._lost(place, exc.what)
            return
        place.is_ready, place.hung, place.heard = False, False, time.monotonic()

    def _hand_out(self) -> None:
        for patient in (False, True):
            for place in sorted(self._places, key=lambda place: len(place.busy)):
                if place.has_room(patient=patient):
                    run = self._queue.next(patient=patient)
                    if run is not None:
                        self._give(place, run)

    def _give(self, place: Place, run: Run) -> None:
        if not place.busy:
            place.heard = time.monotonic()
        place.busy[run.number] = run
        run.begun, run.stage = time.monotonic(), "sent"
        for job in run.jobs:
            job.begin()
        self._tell(place, run.message(), run.request.raw)

    def _say_who_waits(self) -> None:
        n_hands = max(1, len(self._places))
        running = [run for place in self._places for run in place.busy.values()]
        before, seconds = 0, 0.0
        first = "waiting" if any(place.is_ready for place in self._places) else "starting"
        for patient in (False, True):
            at_work = [run for run in running if run.is_patient == patient]
            before += len(at_work)
            seconds += sum(self._seconds_left(run) for run in at_work)
            for run in self._queue.in_order(patient=patient):
                words = f"waiting, {before} before this" if before else first
                stands = Progress(0.0, words, seconds / n_hands or None)
                for job in run.jobs:
                    job.stands(stands)
                before += 1
                seconds += self._typical.get((run.request.spec, run.request.kind), 0.0)

    def _seconds_left(self, run: Run) -> float:
        typical = self._typical.get((run.request.spec, run.request.kind), 0.0)
        return max(0.0, typical - (time.monotonic() - run.begun))

    def _end_all(self) -> None:
        for place in self._places:
            if place.process is not None:
                place.process.kill()
        error = EnformerError("the predictor was closed", hint="Load the model again")
        for run in tuple(self._by_key.values()):
            self._answer(run, error)

    # What other threads note.

    def _left(self, run: Run, job: Job) -> None:
        """Somebody no longer waits; where nobody does, the work is stopped."""
        with self._changed:
            if job not in run.jobs:
                return
            job.fail(Cancelled("the work was cancelled"))
            run.jobs.remove(job)
            if run.jobs or self._by_key.get(run.key) is not run:
                return
            del self._by_key[run.key]
            if not self._queue.remove(run):
                for place in self._places:
                    if run.number in place.busy:
                        self._tell(place, {"cancel": run.number})
            self._changed.notify()

    def _heard(self, process: WorkerProcess, message: dict[str, Any], raw: bytes) -> None:
        """A worker said something. Answers are read before the lock is taken: they may be large."""
        with self._changed:
            place = next((place for place in self._places if place.process is process), None)
            if place is None:
                return
            place.heard = time.monotonic()
            if "ready" in message:
                self._is_there(place, message["ready"])
            run = place.busy.get(message.get("id", 0))
        if run is None:
            return
        if "progress" in message:
            fraction, words, left = message["progress"]
            for job in tuple(run.jobs):
                job.stands(Progress(float(fraction), str(words), left))
        elif "loading" in message:
            run.stage = "loading"
        elif "loaded" in message:
            run.stage = "working"
        elif "partial" in message:
            self._show(run, message["tree"], raw)
        elif "done" in message or "error" in message:
            self._finished(place, run, message, raw)

    def _is_there(self, place: Place, devices: list[str]) -> None:
        place.is_ready, place.failed = True, 0
        if self._may_spread:
            self._may_spread = False
            self._places += [Place(name) for name in devices if name.startswith("cuda") and name != "cuda:0"]
        self._changed.notify()

    def _show(self, run: Run, tree: Any, raw: bytes) -> None:
        found = run.request.read(tree, raw)
        for job in tuple(run.jobs):
            try:
                job.show(found)
            except Exception:  # whoever looks at it wants no more of it
                job.cancel()

    def _finished(self, place: Place, run: Run, message: dict[str, Any], raw: bytes) -> None:
        found: Any
        try:
            read = decode_error if "error" in message else run.request.read
            found = read(message["tree"], raw)
        except (CodecError, EnformerError) as exc:
            found = EnformerError(f"the answer of the model's process cannot be read ({exc})", hint="Ask again")
        with self._changed:
            place.busy.pop(run.number, None)
            place.lost = 0
            if "done" in message:
                seconds = time.monotonic() - run.begun
                self._typical[run.request.spec, run.request.kind] = seconds
                if message.get("seconds") is not None:
                    self._window_seconds[run.request.spec] = float(message["seconds"])
            self._answer(run, found)
            self._changed.notify()

    def _ended(self, process: WorkerProcess, ending: str) -> None:
        with self._changed:
            place = next((place for place in self._places if place.process is process), None)
            if place is not None and not self._is_closed:
                silence = f"silent for {self._settings.worker_timeout_s:g} s"
                self._lost(place, silence if place.hung else ending)
                self._changed.notify()

    def _lost(self, place: Place, ending: str) -> None:
        """A process is gone: what it was about is done again, once; others' work that waited inside it goes on."""
        _log.error("the worker on %s is gone: %s", place.device, ending)
        runs, place.busy = list(place.busy.values()), {}
        place.failed += not place.is_ready
        place.process, place.is_ready = None, False
        place.lost += 1
        self._n_lost += 1
        longest = _LONGEST_PAUSE_S if place.failed else _LONGEST_OF_WORKING_S
        place.not_before = time.monotonic() + (min(longest, 2.0 ** (place.lost - 2)) if place.lost > 1 else 0.0)
        # Work that is not patient goes first, but may still have waited for the other to let it.
        at_work = [run for run in runs if not run.is_patient and run.stage == "working"] or runs
        for run in sorted(runs, key=lambda run: run.number, reverse=True):
            run.attempts += run in at_work
            if run.attempts >= ATTEMPTS or not run.jobs:
                self._answer(run, given_up(ending))
            else:
                run.begun = 0.0
                self._queue.put_back(run)
                for job in run.jobs:
                    job.stands(Progress(0.0, "the model is being started again"))
        if place.failed >= STARTS and not any(place.is_ready for place in self._places):
            for run in tuple(self._by_key.values()):
                self._queue.remove(run)
                self._answer(run, not_started(ending, STARTS))

    def _answer(self, run: Run, found: Any) -> None:
        if self._by_key.get(run.key) is run:
            del self._by_key[run.key]
        jobs, run.jobs = run.jobs, []
        for job in jobs:
            if isinstance(found, EnformerError):
                job.fail(found)
            else:
                job.finish(found)

    def _tell(self, place: Place, message: dict[str, Any], raw: bytes = b"") -> None:
        if place.process is not None:
            place.process.send(message, raw)
