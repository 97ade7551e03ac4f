"""One measurement of ``engine`` in a process of its own, for a peak memory of its own: JSON on standard output."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks._engine_cases import CASES
from benchmarks._engine_growth import growth
from benchmarks._engine_inputs import Setup, seconds


def main(arguments: list[str]) -> None:
    """Measure one case, or one curve, as the arguments say."""
    options = _parsed(arguments)
    torch.set_num_threads(options.threads)
    setup = Setup(options.folder, options.device, options.substitutions, options.positions, options.batch)
    if options.growth:
        answer: dict[str, object] = {"points": growth(setup, options.case, options.growth, options.budget)}
    else:
        answer = _measured(setup, options)
    print(json.dumps(answer))


def _measured(setup: Setup, options: argparse.Namespace) -> dict[str, object]:
    begun = time.perf_counter()
    run, units = CASES[options.case](setup)
    prepared = time.perf_counter() - begun
    for _ in range(options.warmup):
        run()
    gpu = setup.device.startswith("cuda")
    if gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    results: list[torch.Tensor] = []
    times = []
    for _ in range(options.repeats):
        results.clear()
        times.append(seconds(setup, lambda: results.append(run())) / units)
    peak = torch.cuda.max_memory_allocated() if gpu else _largest()
    if options.save:
        np.save(options.save, results[0].double().cpu().numpy())
    return {"seconds": times, "units": units, "prepare_s": prepared, "peak_bytes": peak}


def _largest() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1_024)


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--device", default="cpu")
    for name, default in (("threads", 1), ("substitutions", 1), ("positions", 1), ("batch", 1), ("warmup", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--save", type=Path, help="where the result goes, for agreement")
    parser.add_argument("--growth", choices=["exact", "fast"], help="measure a curve; CASE is then what grows")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds for one size of a curve")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
