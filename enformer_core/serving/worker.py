"""The process that runs models on one device. ``process`` starts it, with a pipe on either side.

It answers requests until its input ends, which is when the app has gone, however it went. One thread reads, so that
a request to stop is heard at any time; one does all the work, as ``JobQueue`` has it; one tells how far that is.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled
from ..inference.jobs import Job, JobQueue
from ..settings import Settings
from ..tracks.child_wire import WireError
from .codec import Here, decode, encode, encode_error
from .messages import put, take
from .spec import ModelSpec

if TYPE_CHECKING:
    from ..inference.local import LocalPredictor

MODELS = 3  # in memory at a time
_TELL_S = 0.1
_USELESS, _POISONED = 69, 70  # exit codes: it never worked, and it does not any more
_NICE = 5  # of a worker on a processor: pages go first
_log = logging.getLogger(__name__)


def main() -> None:
    """Serve requests from standard input on standard output until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the app's to answer; it closes the pipe
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)  # what a library prints must not get between the messages
    hello, _ = take(requests)
    service = Service(Settings(**hello["settings"]), str(hello["device"]), partial(put, answers))
    service.start()
    while True:
        try:
            message, raw = take(requests)
        except WireError:
            os._exit(0)  # whatever it computes now, nobody waits for it
        service.take(message, raw)


class Service:
    """Models on one device, and the work that was asked of them.

    Args:
        settings: Those of the app.
        device: As in ``settings.device``; a pool may have one worker for each.
        send: Sends a message with raw numbers.
    """

    def __init__(self, settings: Settings, device: str, send: Callable[[dict[str, Any], bytes], None]) -> None:
        self._settings, self._device = settings, device
        self._raw_send, self._sending = send, threading.Lock()
        self._queue = JobQueue()
        self._models: OrderedDict[ModelSpec, LocalPredictor] = OrderedDict()
        self._jobs: dict[int, Job] = {}
        self._starting = threading.Lock()
        self._loading = 0

    def start(self) -> None:
        """Say what devices there are as soon as it can work, and begin to tell how far the work is."""
        self._queue.submit(self._prepare)
        threading.Thread(target=self._tell, name="enformer-progress", daemon=True).start()

    def take(self, message: dict[str, Any], raw: bytes) -> None:
        """Do what a message asks for."""
        if "cancel" in message:
            self._cancel(int(message["cancel"]))
        elif "forget" in message:
            self._queue.submit(lambda _: self._forget(ModelSpec(*message["forget"])))
        else:
            self._begin(message, raw)

    def _begin(self, message: dict[str, Any], raw: bytes) -> None:
        number, spec = int(message["id"]), ModelSpec(*message["spec"])

        def do(job: Job) -> None:
            with self._starting:  # the job is in the list
                pass
            try:
                predictor = self._model(spec, job, number)
                here, found = _here(predictor), predictor.facts
                if message["partial"]:
                    job.on_partial = lambda part: self._send({"id": number, "partial": True}, encode(part, here))
                if message["work"] is not None:
                    found = decode(message["work"], raw, here).run(predictor, job)
                self._send({"id": number, "done": True, "seconds": predictor.window_seconds}, encode(found, here))
            except BaseException as exc:  # told to whoever waits, of whatever kind it is
                self._failed(number, exc)
            finally:
                self._jobs.pop(number, None)

        with self._starting:
            self._jobs[number] = self._queue.submit(do, patient=bool(message["patient"]))

    def _cancel(self, number: int) -> None:
        job = self._jobs.get(number)
        if job is None:
            return
        job.cancel()
        if job.done() and self._jobs.pop(number, None) is not None:  # it had not begun, and will not
            self._send({"id": number, "error": True}, encode_error(Cancelled("the work was cancelled")))

    def _failed(self, number: int, error: BaseException) -> None:
        if is_poison(error):
            _log.error("the device cannot be used by this process any more", exc_info=error)
            os._exit(_POISONED)
        tree, raw = encode_error(error)
        if not tree["code"]:
            _log.error("the work failed", exc_info=error)
        self._send({"id": number, "error": True}, (tree, raw))

    def _model(self, spec: ModelSpec, job: Job, number: int) -> LocalPredictor:
        if spec not in self._models:
            while len(self._models) >= MODELS:
                self._forget(next(iter(self._models)))
            self._loading = number
            try:
                self._models[spec] = self._load(spec, job)
            finally:
                self._loading = 0
        self._send({"id": number, "loaded": True})
        self._models.move_to_end(spec)
        return self._models[spec]

    def _load(self, spec: ModelSpec, job: Job) -> LocalPredictor:
        from ..inference.local import LocalPredictor

        return LocalPredictor.load(
            spec.model,
            assembly=spec.assembly or None,
            genes=Path(spec.genes) if spec.genes else None,
            device=self._device,
            settings=self._settings,
            on_step=lambda step: job.report(0.0, step),
            inside=self._queue,
        )

    def _forget(self, spec: ModelSpec) -> None:
        self._models.pop(spec, None)

    def _prepare(self, _: Job) -> None:
        """Import PyTorch before anybody waits for it."""
        try:
            from ..inference.device import available_devices, choose_device

            devices = available_devices()
        except BaseException:
            _log.exception("PyTorch cannot be used")
            os._exit(_USELESS)
        self._send({"ready": devices})
        if choose_device(self._device).type == "cpu":
            os.nice(_NICE)

    def _tell(self) -> None:
        """Say how far each job is, wherever that has changed, and that a model is being loaded, which may say little.

        Silence means that nothing goes on.
        """
        told: dict[int, object] = {}
        while True:
            time.sleep(_TELL_S)
            if number := self._loading:
                self._send({"id": number, "loading": True})
            for number, job in tuple(self._jobs.items()):
                progress = job.progress
                if job.state == "running" and told.get(number) is not progress:
                    told[number] = progress
                    how_far = [progress.fraction, progress.message, progress.seconds_left]
                    self._send({"id": number, "progress": how_far})
            told = {number: said for number, said in told.items() if number in self._jobs}

    def _send(self, message: dict[str, Any], answer: tuple[Any, bytes] = (None, b"")) -> None:
        tree, raw = answer
        with self._sending:
            try:
                self._raw_send(message if tree is None else message | {"tree": tree}, raw)
            except WireError:
                os._exit(0)


def is_poison(error: BaseException) -> bool:
    """Whether no further work can be done on the device by this process, as after an assertion on a GPU."""
    words = str(error)
    return (
        isinstance(error, RuntimeError)
        and ("CUDA error" in words or "device-side assert" in words)
        and "out of memory" not in words
    )


def _here(predictor: LocalPredictor) -> Here:
    return Here(predictor.assembly, predictor.tracks)
