"""An answer that is read in a thread of its own, so that whoever waits for it can report, and stop at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, Full, Queue

from ..closing import Closing
from .connection import Answer, asked
from .policy import Policy

_WAITING = 16  # pieces of up to 64 KiB that are read ahead of the disk
_HANG_UP_S = 1.0


class Listening(Closing):
    """One question and its answer.

    Args:
        url: The address to ask.
        headers: What to send with the question.
        policy: The rules.
        on_tick: Called at least every ``policy.tick_s`` while there is nothing to hand out; may raise to stop.
    """

    def __init__(self, url: str, headers: Mapping[str, str], policy: Policy, on_tick: Callable[[], object]) -> None:
        self._policy = policy
        self._on_tick = on_tick
        self._events: Queue[Answer | bytes | Exception | None] = Queue(_WAITING)
        self._closed = threading.Event()
        self._answer: Answer | None = None
        self._thread = threading.Thread(target=self._read, args=(url, headers), name="fetch", daemon=True)
        self._thread.start()

    def answer(self) -> Answer:
        """What came before the bytes.

        Raises:
            UrlNotAllowed, DownloadError, Refused, Broken: As ``connection.asked`` says.
        """
        event = self._next()
        if not isinstance(event, Answer):
            raise TypeError(f"the first event is {event!r}")
        return event

    def pieces(self) -> Iterator[bytes]:
        """The bytes, as they come on the wire.

        Raises:
            Broken: They ended before the server had sent what it announced.
        """
        while isinstance(event := self._next(), bytes):
            yield event

    def close(self) -> None:
        """Stop listening. The thread ends with its connection, at the latest when a time limit of the policy is up."""
        self._closed.set()
        if self._answer is not None:
            self._answer.hang_up()
        self._thread.join(_HANG_UP_S if self._answer is not None else 0)

    def _next(self) -> Answer | bytes | None:
        while True:
            try:
                event = self._events.get(timeout=self._policy.tick_s)
            except Empty:
                self._on_tick()
                continue
            if isinstance(event, Exception):
                raise event
            return event

    def _read(self, url: str, headers: Mapping[str, str]) -> None:
        try:
            with asked(url, headers, self._policy) as answer:
                self._answer = answer
                self._put(answer)
                for piece in answer.response.iter_raw():
                    if self._closed.is_set():
                        return
                    self._put(piece)
            self._put(None)
        except Exception as exc:
            self._put(exc)

    def _put(self, event: Answer | bytes | Exception | None) -> None:
        while not self._closed.is_set():
            try:
                return self._events.put(event, timeout=self._policy.tick_s)
            except Full:
                continue
