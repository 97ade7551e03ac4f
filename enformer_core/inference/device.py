"""Which device runs the model, and with which numbers."""

from __future__ import annotations

import functools
import re
import time

import torch

from ..errors import SettingsError, shown

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_HOPELESS, _WORTH_IT = 2.0, 0.8  # parts of float32's time; what is no product gains nothing, and numbers get worse


def choose_device(wanted: str = "auto") -> torch.device:
    """The device that a name stands for; ``auto`` takes CUDA, else MPS, else the CPU.

    Raises:
        SettingsError: The name is unknown, or this machine has no such device.
    """
    if not _DEVICE.fullmatch(wanted):
        raise SettingsError(f"device {shown(wanted)} is not known", hint="Choose auto, cpu, mps, cuda or cuda:N")
    available = available_devices()
    if wanted == "auto":
        return torch.device(next(d for d in ("cuda:0", "mps", "cpu") if d in available))
    device = torch.device("cuda:0" if wanted == "cuda" else wanted)
    if str(device) not in available:
        raise SettingsError(f"device {shown(wanted)} is not on this machine", hint=f"Here are: {', '.join(available)}")
    return device


def available_devices() -> list[str]:
    """Names of the devices of this machine."""
    names = [f"cuda:{i}" for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return [*names, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]


def describe_device(device: torch.device) -> str:
    """The device's name with the card's, for provenance: ``cuda (NVIDIA H200)``."""
    return f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type


def choose_precision(wanted: str = "auto") -> str:
    """``float32`` or ``bfloat16``. ``auto`` is float32 everywhere: the difference of two bfloat16 predictions is noise.

    Raises:
        SettingsError: The name is unknown.
    """
    if wanted == "auto":
        return "float32"
    if wanted not in PRECISIONS:
        raise SettingsError(f"precision {shown(wanted)} is not known", hint="Choose auto, float32 or bfloat16")
    return wanted


def effective_precision(precision: str, device: torch.device) -> str:
    """The precision to use where one was chosen: float32 instead of bfloat16 where that is the faster one, too.

    A processor without matrix instructions for bfloat16 imitates them, and takes longer for worse numbers.
    """
    if precision == "bfloat16" and device.type == "cpu" and not bfloat16_pays():
        return "float32"
    return precision


@functools.cache
def bfloat16_pays() -> bool:
    """Whether this processor multiplies matrices faster in bfloat16 than in float32; measured once per process."""
    # The small product tells where the type is imitated, which would take seconds for the large one.
    return _part_of_time(64, 512) < _HOPELESS and _part_of_time(512, 1024) < _WORTH_IT


def _part_of_time(rows: int, width: int) -> float:
    """Of a product in float32, what one in bfloat16 takes."""
    return _seconds(rows, width, torch.bfloat16) / _seconds(rows, width, torch.float32)


def _seconds(rows: int, width: int, dtype: torch.dtype) -> float:
    """Of one product: the faster of two, after one that warms up."""
    a, b = torch.ones(rows, width, dtype=dtype), torch.ones(width, width, dtype=dtype)
    seconds = []
    for _ in range(3):
        begun = time.perf_counter()
        torch.mm(a, b)
        seconds.append(time.perf_counter() - begun)
    return min(seconds[1:])
