"""A set-up beside a server: in a process of its own, watched by a thread; one at a time, whoever asked for it."""

from __future__ import annotations

import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass

from ..errors import EnformerError, ResourceError
from .child import command, read_word
from .plan import Plan
from .progress import Progress


@dataclass(frozen=True, slots=True)
class Standing:
    """How a set-up stands.

    Attributes:
        name: What is being set up, or was last.
        progress: How far it is; None before its first word.
        is_over: Whether it has ended, one way or another.
        error: Why it failed; None where it did not, or was cancelled.
        was_cancelled: Whether somebody stopped it.
    """

    name: str
    progress: Progress | None = None
    is_over: bool = False
    error: EnformerError | None = None
    was_cancelled: bool = False


class Background:
    """Runs set-ups, one at a time. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._standing: Standing | None = None
        self._process: subprocess.Popen[str] | None = None
        self._cancelled = False

    @property
    def standing(self) -> Standing | None:
        """The set-up that is under way, or the last one; None before the first."""
        return self._standing

    def start(self, plan: Plan) -> bool:
        """Begin a set-up; False where another one is under way."""
        with self._lock:
            if self._standing is not None and not self._standing.is_over:
                return False
            self._standing, self._cancelled, self._process = Standing(plan.name), False, None
        threading.Thread(target=self._watch, args=(plan,), name="enformer-setup", daemon=True).start()
        return True

    def cancel(self) -> None:
        """Stop what is under way; what is done of it is kept, for a set-up may be ended at any moment."""
        with self._lock:
            self._cancelled = True
            if self._process is not None:
                self._process.terminate()

    def forget(self) -> None:
        """Forget how the last set-up ended, once somebody has read it."""
        with self._lock:
            if self._standing is not None and self._standing.is_over:
                self._standing = None

    def _watch(self, plan: Plan) -> None:
        error: EnformerError | None = None
        try:
            error = self._listen(plan)
        except OSError as exc:
            error = ResourceError(f"the set-up could not be started: {exc.strerror or exc}", hint="Try again")
        self._standing = Standing(plan.name, None, True, None if self._cancelled else error, self._cancelled)

    def _listen(self, plan: Plan) -> EnformerError | None:
        """Start the process and take in what it says, until it ends; the reason if it failed."""
        with self._lock:
            if self._cancelled:
                return None
            self._process = process = subprocess.Popen(
                command(plan), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
            )
        error: EnformerError | None = None
        with process:
            for line in process.stdout or ():
                with suppress(ValueError):  # what a library printed
                    word = read_word(line)
                    if isinstance(word, EnformerError):
                        error = word
                    else:
                        self._standing = Standing(plan.name, word)
        if process.returncode and error is None:
            return ResourceError(
                f"the set-up of {plan.name} ended by itself (exit code {process.returncode})",
                hint="The server's log may say why. Start it again: it goes on where it stopped",
            )
        return error
