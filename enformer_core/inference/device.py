"""Which device runs the model, and with which numbers."""

from __future__ import annotations

import re

import torch

from ..errors import SettingsError, shown

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


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
