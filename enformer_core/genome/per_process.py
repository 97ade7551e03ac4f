"""A handle that each process opens for itself and that threads share under a lock."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class _Slot(Generic[T]):
    """One process's handle and the lock that its threads take."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.handle: T | None = None


class PerProcess(Generic[T]):
    """Opens a handle at its first use in each process, and hands it out to one thread at a time.

    A forked child that goes on reading through its parent's handle shares the file position with it and reads
    garbage, so a child opens its own. The parent's handle is kept, untouched: closing it could disturb the parent.

    Args:
        open_handle: Opens the handle.
        close_handle: Closes it.
    """

    def __init__(self, open_handle: Callable[[], T], close_handle: Callable[[T], object]) -> None:
        self._open = open_handle
        self._close = close_handle
        self._slot: _Slot[T] = _Slot()
        self._inherited: list[_Slot[T]] = []

    @contextmanager
    def use(self) -> Iterator[T]:
        """This process's handle, held by the calling thread alone."""
        slot = self._own_slot()
        with slot.lock:
            if slot.handle is None:
                slot.handle = self._open()
            yield slot.handle

    def close(self) -> None:
        """Close this process's handle; the next use opens it again."""
        slot = self._own_slot()
        with slot.lock:
            if slot.handle is not None:
                self._close(slot.handle)
                slot.handle = None

    def _own_slot(self) -> _Slot[T]:
        slot = self._slot
        if slot.pid != os.getpid():  # forked: the parent's lock may be held by a thread that does not exist here
            self._inherited.append(slot)
            slot = self._slot = _Slot()
        return slot
