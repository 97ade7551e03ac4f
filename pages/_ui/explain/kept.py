"""Explanations that the process keeps, for whoever asks the same again: the newest, up to so many bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import streamlit as st

MAX_BYTES = 256 * 1024**2


class Kept:
    """Results by what was asked; any thread may use it."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Hashable, Any] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any | None:
        """What was found before, or None."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
            return found

    def put(self, key: Hashable, found: Any) -> None:
        """Keep a result as the newest. The oldest are forgotten; one that is larger than all the room is not kept."""
        with self._lock:
            if key in self._entries:
                self._bytes -= _size(self._entries.pop(key))
            self._entries[key] = found
            self._bytes += _size(found)
            while self._bytes > self._max_bytes:
                _, oldest = self._entries.popitem(last=False)
                self._bytes -= _size(oldest)


@st.cache_resource(show_spinner=False)
def kept() -> Kept:
    """The one of this process."""
    return Kept()


def _size(found: Any) -> int:
    if not is_dataclass(found):
        return 0
    values = (getattr(found, field.name) for field in fields(found))
    return sum(value.nbytes if isinstance(value, np.ndarray) else 0 for value in values)
