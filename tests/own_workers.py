"""What the tests of workers ask, and how they wait for what happens in another process."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import enformer_core as ec

TARGET = ec.Target((0, 3), (15, 16, 17), "log_ratio", minus_tracks=(1,))
LONG = "strands,shifts:64"  # 258 windows: seconds of a prediction, whatever is kept
PATIENCE_S = 60.0


def eventually(holds: Callable[[], object], patience_s: float = PATIENCE_S) -> float:
    """Wait until something holds; the seconds that took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < patience_s, "it never came to that"
        time.sleep(0.005)
    return time.monotonic() - begun


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be noticed does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def same(found: object, expected: object) -> bool:
    """Whether two results are equal in every number and every word."""
    if isinstance(expected, np.ndarray):
        return (
            isinstance(found, np.ndarray)
            and found.dtype == expected.dtype
            and np.array_equal(found, expected, equal_nan=expected.dtype.kind == "f")
        )
    if isinstance(expected, float):
        return isinstance(found, float) and (found == expected or (found != found and expected != expected))
    if isinstance(expected, (tuple, list)):
        return (
            type(found) is type(expected)
            and len(found) == len(expected)
            and all(same(a, b) for a, b in zip(found, expected, strict=True))
        )
    if type(found) is not type(expected):
        return False
    names = getattr(expected, "__dataclass_fields__", None)
    if names is None:
        return found == expected
    return all(same(getattr(found, name), getattr(expected, name)) for name in names)
