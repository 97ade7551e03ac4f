"""How fast bytes come: reported, and judged."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from .policy import Policy
from .remote_file import FetchProgress
from .trouble import Refused

OnProgress = Callable[[FetchProgress], object]
_SHOWN_S = 5.0


class Pace:
    """The speed of one answer.

    Args:
        url: Where it comes from.
        policy: The rules.
        on_progress: Called at most every ``policy.tick_s``; may raise to stop.
    """

    def __init__(self, url: str, policy: Policy, on_progress: OnProgress | None) -> None:
        self._url = url
        self._policy = policy
        self._on_progress = on_progress
        self._samples: deque[tuple[float, int]] = deque()  # when, bytes by then; over the last slow_after_s

    def tick(self, done: int, total: int | None) -> None:
        """Report, if it is time to, and judge the speed.

        Args:
            done: Bytes that are here.
            total: Bytes of the whole; None while unknown.

        Raises:
            Refused: Bytes come slower than the policy allows.
        """
        now = time.monotonic()
        if self._samples and now - self._samples[-1][0] < self._policy.tick_s:
            return
        self._samples.append((now, done))
        while len(self._samples) > 2 and now - self._samples[1][0] >= self._policy.slow_after_s:
            self._samples.popleft()
        self.report(done, total)
        first, before = self._samples[0]
        if now - first >= self._policy.slow_after_s and (done - before) / (now - first) < self._policy.slowest:
            raise Refused(f"sends less than {self._policy.slowest:,.0f} bytes a second")

    def report(self, done: int, total: int | None) -> None:
        """Tell where it is."""
        if self._on_progress is None:
            return
        speed = self._speed(done)
        left = (total - done) / speed if total is not None and speed > 0 else None
        self._on_progress(FetchProgress(done, total, speed, left, self._url))

    def _speed(self, done: int) -> float:
        """Bytes per second over the last seconds."""
        now = time.monotonic()
        for when, before in self._samples:
            if now - when <= _SHOWN_S:
                return max(0.0, (done - before) / (now - when)) if now > when else 0.0
        return 0.0
