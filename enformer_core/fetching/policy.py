"""What a download may do and how long it may take."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules of a download.

    Attributes:
        schemes: Schemes that may be asked, also after a redirect.
        private_hosts: Hosts that may lie on this machine or in a private network, as a lab's own mirror does.
        hubs: Hosts whose statement of a file's checksum is believed.
        redirects: Redirects in a row that are followed.
        connect_s: Seconds for one connection.
        silence_s: Seconds without a byte after which a connection is given up.
        slowest: Bytes per second, over ``slow_after_s``, below which an address is given up for the next.
        slow_after_s: Seconds over which the speed is judged.
        retries: Times that an address is asked again after an answer that brought less than ``worth`` bytes.
        worth: Bytes of progress that start the count of retries anew; so a big file comes through a bad line, and
            the number of requests stays bounded.
        unsized_max: Most bytes of a file whose size neither we nor the server know.
        tick_s: Seconds between two reports of progress, each of which may cancel.
        sleep: Waits some seconds; called with ``tick_s`` at most.
    """

    schemes: frozenset[str] = frozenset({"https"})
    private_hosts: frozenset[str] = frozenset()
    hubs: frozenset[str] = frozenset({"huggingface.co"})
    redirects: int = 5
    connect_s: float = 15.0
    silence_s: float = 30.0
    slowest: float = 1024.0
    slow_after_s: float = 30.0
    retries: int = 4
    worth: int = 1 << 20
    unsized_max: int = 1 << 30
    tick_s: float = 0.25
    sleep: Callable[[float], object] = time.sleep

    def pause(self, attempt: int, asked: float | None) -> float:
        """Seconds before a retry: what the server asked for, else 1, 2, 4, ... up to 60, each between half and whole.

        Args:
            attempt: 0 for the first retry.
            asked: Seconds that the server asked for.
        """
        if asked is not None:
            return min(asked, 60.0)
        return min(2.0**attempt, 60.0) * random.uniform(0.5, 1.0)  # noqa: S311  (spreads clients; no secret)


DEFAULT = Policy()
