"""What ``load`` measures beside visits: memory of the server's processes, and whether batches pay."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from enformer_core.inference.local import LocalPredictor

BATCHES = (1, 2, 4)
_FILLING = 200  # new places until 256 MiB of tokens are kept: of the demo model, 2.2 MiB of each
_FEWEST = 5  # looks, for a slope
_PROCESSES = Path("/proc")


def predicted(predictor: LocalPredictor, places: Sequence[str], tracks: Sequence[int]) -> dict[str, np.ndarray]:
    """The numbers of each place, float32 ``[bins, tracks]``."""
    return {place: predictor.predict(place, tracks=list(tracks)).values for place in places}


def batches(predictor: LocalPredictor, runs: int) -> list[dict[str, float]]:
    """Windows a second in batches of 1, 2 and 4, from bases to embedding, and the ratio to one at a time."""
    # In the predictor's own thread: with a second team of threads the processors would mostly wait for each other.
    return predictor._queue.submit(lambda _: _batches(predictor, runs)).result()


def _batches(predictor: LocalPredictor, runs: int) -> list[dict[str, float]]:
    length, trunk = predictor.geometry.input_length, predictor.trunk
    draw = torch.Generator().manual_seed(7)
    codes = torch.randint(4, (max(BATCHES), length), generator=draw)
    one_hot = torch.nn.functional.one_hot(codes, 4).float()
    rows: list[dict[str, float]] = []
    for size in BATCHES:
        seconds = []
        with torch.inference_mode():
            for run in range(runs + 1):
                begun = time.perf_counter()
                trunk.embed(trunk.tokens(one_hot[:size]))
                seconds += [time.perf_counter() - begun] if run else []  # the first is for warming up
        rate = size / statistics.median(seconds)
        base = rows[0]["windows_per_s"] if rows else rate
        rows.append({"batch": size, "windows_per_s": round(rate, 3), "ratio": round(rate / base, 3)})
    return rows


class Memory:
    """Resident memory of the web process and of the process that runs the model, as requests go by.

    Args:
        pid: Of the web process.
        every: Requests from one look to the next.
    """

    def __init__(self, pid: int, every: int) -> None:
        self._web, self._every = pid, every
        self.rows: list[dict[str, float]] = []

    def look(self, number: int) -> None:
        """Note how much there is after so many requests, where it is time."""
        if number % self._every:
            return
        # The readers of files are small: the model's is the largest.
        worker = max(map(_resident_mib, _children(self._web)))
        self.rows.append({"requests": number, "web_mib": _resident_mib(self._web), "worker_mib": worker})

    def slopes(self) -> dict[str, float]:
        """MiB for each 1,000 requests, by least squares once caches are full; nothing where they never were."""
        rows = [row for row in self.rows if row["requests"] >= _FILLING]
        if len(rows) < _FEWEST:
            return {}
        counts = [row["requests"] / 1_000 for row in rows]
        return {
            f"{name}_mib_per_1000": round(float(np.polyfit(counts, [row[f"{name}_mib"] for row in rows], 1)[0]), 1)
            for name in ("web", "worker")
        }


def _children(pid: int) -> list[int]:
    """The processes that a process has started, as Linux tells."""
    numbers = (int(entry.name) for entry in _PROCESSES.iterdir() if entry.name.isdigit())
    return [number for number in numbers if _field(number, "PPid") == pid]


def _resident_mib(pid: int) -> float:
    return round((_field(pid, "VmRSS") or 0) / 1_024, 1)


def _field(pid: int, name: str) -> int | None:
    """A number of a process; None where the process has ended meanwhile."""
    try:
        found = re.search(rf"^{name}:\s*(\d+)", (_PROCESSES / str(pid) / "status").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None
