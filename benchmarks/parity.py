"""How near our numbers are to the authors' and to enformer-pytorch's, and the time of both forwards in one run.

Writes ``benchmarks/results/parity.json``. The weights are random and reactive (``tests/weights.py``), so the figures
say how well two implementations agree, nothing about biology. enformer-pytorch runs with its gamma features replaced by
right ones, as in ``tests/parity/test_enformer_pytorch.py``.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY / "tests"), str(REPOSITORY / "tests" / "parity")]

from test_enformer_pytorch import ours, theirs  # noqa: E402
from weights import GOLDEN, GOLDEN_CONFIG, TINY_CONFIG, golden_sequence  # noqa: E402

from enformer_core.inference.onehot import one_hot  # noqa: E402
from enformer_core.model import EnformerConfig  # noqa: E402

RESULT = Path(__file__).parent / "results" / "parity.json"
REPEATS = 3


def relative_l2(a: np.ndarray, b: np.ndarray) -> float:
    """Norm of the difference over the norm of ``b``."""
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def against_the_authors() -> dict[str, float]:
    """Outputs of both heads against the golden file."""
    golden = np.load(GOLDEN)
    with torch.inference_mode():
        outputs = ours(GOLDEN_CONFIG)(one_hot(golden_sequence())[None])
    return {head: relative_l2(outputs[head][0, ::16, ::40].numpy(), golden[head]) for head in ("human", "mouse")}


def against_enformer_pytorch(config: EnformerConfig) -> dict[str, object]:
    """Agreement of the human head, and seconds of both in turn: theirs, ours, theirs, ours, ..."""
    rng = np.random.default_rng(5)
    encoded = torch.eye(4)[torch.from_numpy(rng.integers(0, 4, config.input_length))][None]
    with pytest.MonkeyPatch.context() as patch, torch.inference_mode():
        peer, model = theirs(config, patch), ours(config)
        run_theirs: Callable = lambda: peer(encoded, head="human")  # noqa: E731
        run_ours: Callable = lambda: model.tracks(model.embed(encoded), "human")  # noqa: E731
        agreement = relative_l2(run_ours().numpy(), run_theirs().numpy())  # also the warm-up
        pairs = [(timed(run_theirs), timed(run_ours)) for _ in range(REPEATS)]
    return {
        "relative_l2": agreement,
        "enformer_pytorch_s": statistics.median(t for t, _ in pairs),
        "ours_s": statistics.median(o for _, o in pairs),
        "speed_ratio_per_pair": [round(t / o, 3) for t, o in pairs],
    }


def timed(run: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> int:
    """Measure, print and write the result file."""
    result = {
        "machine": {
            "processor": platform.machine(),
            "capability": torch.backends.cpu.get_cpu_capability(),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        },
        "official_384x2_relative_l2": against_the_authors(),
        "enformer_pytorch": {
            "small (dim 48, depth 2)": against_enformer_pytorch(TINY_CONFIG),
            "published (dim 1536, depth 11)": against_enformer_pytorch(EnformerConfig()),
        },
    }
    text = json.dumps(result, indent=2) + "\n"
    print(text, end="")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
