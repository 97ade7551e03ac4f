"""Memory that runs out: one error for every device, nothing of the failed work kept, and going on with less at a time.

Needs torch alone, so that a bare GPU machine can import it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

from ..errors import OutOfDeviceMemory

_Result = TypeVar("_Result")
# What allocators say that have no class of their own: Linux, Windows, GPUs, and the libraries behind CUDA.
_SAYINGS = ("can't allocate memory", "not enough memory", "out of memory", "_STATUS_ALLOC_FAILED")


@contextmanager
def memory_errors(device: torch.device, what: str) -> Iterator[None]:
    """Let every way in which memory can run out be one error, and give back what the failed work held.

    Call a function in the block: the variables of the block's own function live on in the error's traceback, those of
    the functions it calls are cleared.

    Args:
        device: Where the work runs.
        what: That there is too little memory for, as in ``one window of 196,608 bp``.

    Raises:
        OutOfDeviceMemory: The device, or this machine, has too little memory.
    """
    message = ""
    try:
        yield
    except (MemoryError, RuntimeError) as exc:
        if not _ran_out(exc):
            raise
        message = (str(exc).splitlines() or [type(exc).__name__])[0]
        # Their variables are the tensors of the failed work, and the one who handles the new error may reach them.
        traceback.clear_frames(exc.__traceback__)
        exc.__traceback__ = exc.__context__ = exc.__cause__ = None
    if message:
        if device.type == "cuda":
            torch.cuda.empty_cache()
        other = "" if device.type == "cpu" else ", or choose device cpu"
        error = OutOfDeviceMemory(
            f"{device} has too little memory for {what}: {message}",
            hint=f"Close other programs that use it, or choose precision bfloat16{other}",
        )
        try:
            raise error
        finally:
            error.__context__ = None  # the same words again


def halving(size: int, run: Callable[[int], _Result]) -> tuple[_Result, int]:
    """Run some work with fewer items at a time, until it fits.

    Args:
        size: Items to begin with, 1 or more.
        run: Called with a number of items, again with half as many whenever memory runs out. It must leave nothing
            half done when it fails.

    Returns:
        What ``run`` gave, and the number of items it fitted with.

    Raises:
        OutOfDeviceMemory: Not even one item fits.
    """
    while True:
        try:
            return run(size), size
        except OutOfDeviceMemory:
            if size <= 1:
                raise
        size //= 2  # outside the handler: until it ends, the error and what it remembers are alive


def _ran_out(exc: Exception) -> bool:
    return isinstance(exc, (MemoryError, torch.OutOfMemoryError)) or any(said in str(exc) for said in _SAYINGS)
