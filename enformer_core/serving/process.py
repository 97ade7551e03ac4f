"""One worker process, seen from the app: started, written to, listened to, ended."""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..errors import WorkerLost
from ..settings import Settings
from ..tracks.child_pool import PACKAGE_PARENT, ending_of
from ..tracks.child_wire import WireError
from .messages import put, take

# Modules are looked for where this process finds them, whatever folder it was started in.
_BOOT = """\
import sys
sys.path += [p for p in sys.argv[1:] if p not in sys.path]
from enformer_core.serving.worker import main
main()
"""
_END_S = 5.0
_log = logging.getLogger(__name__)

OnMessage = Callable[["WorkerProcess", dict[str, Any], bytes], None]
OnEnd = Callable[["WorkerProcess", str], None]


class WorkerProcess:
    """A process that runs models on one device.

    Args:
        settings: Those of the app.
        device: Where it runs them.
        on_message: Called with each message, in a thread of this process.
        on_end: Called once in that thread, with how it ended.

    Attributes:
        pid: Its number.
    """

    def __init__(self, settings: Settings, device: str, on_message: OnMessage, on_end: OnEnd) -> None:
        """Start it.

        Raises:
            WorkerLost: The system does not start it.
        """
        paths = [str(PACKAGE_PARENT), *(path for path in sys.path if os.path.isabs(path))]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _BOOT, *paths], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except OSError as exc:
            raise WorkerLost(f"the process that runs the model cannot be started: {exc.strerror or exc}") from exc
        if self._process.stdin is None or self._process.stdout is None:
            raise WorkerLost("the process that runs the model has no pipes")
        self.pid = self._process.pid
        self._to, self._from = self._process.stdin, self._process.stdout
        self._on_message, self._on_end = on_message, on_end
        # Whoever sends must not wait: a process that hangs does not read, and all the app's questions go through here.
        self._outbox: queue.SimpleQueue[tuple[dict[str, Any], bytes] | None] = queue.SimpleQueue()
        self.send({"settings": json.loads(settings.model_dump_json()), "device": device})
        try:
            for part in (self._write, self._listen):
                threading.Thread(target=part, name=f"enformer-worker-{self.pid}", daemon=True).start()
        except RuntimeError as exc:  # as many threads as the system allows
            self._process.kill()
            self._outbox.put(None)
            raise WorkerLost(f"the process that runs the model cannot be listened to: {exc}") from exc

    def send(self, message: dict[str, Any], raw: bytes = b"") -> None:
        """Have a message written to it, after those before. Returns at once; one that is gone is sent nothing."""
        self._outbox.put((message, raw))

    def kill(self) -> None:
        """End it at once; ``on_end`` is called as if it had ended by itself."""
        self._process.kill()

    def _write(self) -> None:
        """Write what is to be sent. Only this thread closes the pipe: its number may be another file's after that."""
        with suppress(OSError), self._to:
            while (sent := self._outbox.get()) is not None:
                try:
                    put(self._to.fileno(), *sent)
                except WireError as exc:  # it is gone, or its end is on the way
                    _log.debug("the worker %d does not listen: %s", self.pid, exc)
                    self._process.kill()
                    break

    def _listen(self) -> None:
        try:
            while True:
                self._on_message(self, *take(self._from.fileno()))
        except WireError:
            pass
        except Exception:  # nonsense of any kind: whoever waits is answered by the next process
            _log.exception("the worker %d sends what cannot be read", self.pid)
        self._process.kill()  # one that has closed its output, or sends nonsense, is of no use
        self._outbox.put(None)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        with suppress(OSError):
            self._from.close()
        self._on_end(self, ending_of(self._process.returncode))
