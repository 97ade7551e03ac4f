"""The machine that ``engine`` runs on, as far as its figures depend on it."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import torch

_FLAGS = {"avx2": "avx2", "avx512": "avx512f", "avx512_bf16": "avx512_bf16", "amx_bf16": "amx_bf16"}


def machine(device: str, threads: int) -> dict[str, object]:
    """What a result file says about it."""
    facts: dict[str, object] = {
        "processor": _found("cpuinfo", r"model name\s*:\s*(.*)") or "unknown",
        "instructions": instructions(),
        "threads": threads,
        "torch": torch.__version__,
        "enformer_pytorch": version("enformer-pytorch"),
    }
    if device.startswith("cuda"):
        facts |= {
            "card": torch.cuda.get_device_name(device),
            "cudnn_allows_tf32": torch.backends.cudnn.allow_tf32,
            "matmul_allows_tf32": torch.backends.cuda.matmul.allow_tf32,
        }
    return facts


def instructions() -> list[str]:
    """Those for wide and for bfloat16 arithmetic that the processor has; none where it does not say (not Linux)."""
    flags = _found("cpuinfo", r"flags\s*:(.*)").split()
    return [name for name, flag in _FLAGS.items() if flag in flags]


def free_memory() -> float:
    """Bytes that a process could take; infinite where that is not known."""
    kilobytes = _found("meminfo", r"MemAvailable:\s*(\d+) kB")
    return float(kilobytes) * 1_024 if kilobytes else float("inf")


def _found(file: str, line: str) -> str:
    try:
        found = re.search(f"^{line}$", Path("/proc", file).read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else ""
