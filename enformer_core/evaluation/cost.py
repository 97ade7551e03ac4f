"""What one prediction costs: measured in a process of its own, so that nothing else counts.

``python -m enformer_core.evaluation.cost FOLDER THREADS`` writes a JSON object to standard output.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from ..errors import ModelError

_RUNS = 5
_LONGEST_S = 600


def measured_cost(folder: Path, threads: int = 2) -> dict[str, float | int | str]:
    """Seconds and memory of full windows on the CPU, in float32.

    Args:
        folder: A model folder in the published layout.
        threads: CPU threads.

    Returns:
        ``seconds`` (median), ``first_seconds`` (a fresh process's first window), ``load_seconds``,
        ``peak_gigabytes`` (of the whole process), ``runs``, ``threads`` and ``machine``, its kind in words.

    Raises:
        ModelError: The process failed.
    """
    command = [sys.executable, "-m", "enformer_core.evaluation.cost", str(folder), str(threads)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_S, check=True)
        return json.loads(done.stdout)
    except subprocess.CalledProcessError as exc:
        last = (exc.stderr.strip().splitlines() or ["no message"])[-1]
        raise ModelError(f"predicting a window to time it failed: {last}", where=str(folder)) from exc
    except (subprocess.TimeoutExpired, ValueError) as exc:
        raise ModelError(f"one window took more than {_LONGEST_S} s, or gave no time", where=str(folder)) from exc


def _measure(folder: Path, threads: int) -> dict[str, float | int | str]:
    import torch

    from ..inference.trunk import Trunk
    from ..model import checkpoint

    torch.set_num_threads(threads)
    begun = time.perf_counter()
    config = checkpoint.read_config(folder)
    trunk = Trunk(checkpoint.load(folder / "model.safetensors", config))
    loaded = time.perf_counter() - begun
    codes = torch.randint(0, 4, (config.input_length,), generator=torch.Generator().manual_seed(0))
    one_hot = torch.nn.functional.one_hot(codes, 4).float()[None]
    seconds = []
    with torch.inference_mode():
        for _ in range(1 + _RUNS):
            begun = time.perf_counter()
            embedding = trunk.embed(trunk.tokens(one_hot))
            for head in config.output_heads:
                trunk.tracks(embedding, head)
            seconds.append(time.perf_counter() - begun)
    vectors = torch.backends.cpu.get_cpu_capability().replace("_", " ")
    return {
        "seconds": statistics.median(seconds[1:]),
        "first_seconds": seconds[0],
        "load_seconds": loaded,
        "peak_gigabytes": _peak_gigabytes(),
        "runs": _RUNS,
        "threads": threads,
        "machine": f"{platform.machine()}, {vectors}, {platform.system()}",
    }


def _peak_gigabytes() -> float:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e9 if sys.platform == "darwin" else peak * 1024 / 1e9  # macOS counts bytes, Linux kilobytes


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure(Path(sys.argv[1]), int(sys.argv[2]))))
