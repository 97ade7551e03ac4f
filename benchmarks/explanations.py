"""What a person waits for with the packaged demo model: a window, an edit of it, contributions, mutagenesis.

``python -m benchmarks explanations`` writes ``results/explanations.json`` and ends with an error where a limit is
missed. Two threads of a processor, whatever the machine has, on a random sequence: speed depends on no base.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import enformer_core as ec
from benchmarks._engine_machine import machine

RESULT = Path(__file__).resolve().parent / "results" / "explanations.json"
INTERVAL = 200  # bp
LIMITS_S = {
    "an edit of a window at hand": 1.0,
    "contributions of the whole window": 5.0,
    "mutagenesis of 200 bp": 60.0,
    "its preview, every 32nd base": 3.0,
}


@dataclass
class _Preview:
    """When the first pass over the interval was complete."""

    begun: float
    seconds: float = 0.0

    def __call__(self, partial: ec.MutagenesisMap) -> None:
        if not self.seconds and np.isfinite(partial.effect[::32]).all():
            self.seconds = time.perf_counter() - self.begun


def main(_arguments: list[str] | None = None) -> int:
    """Measure, print and write; 1 where a limit is missed."""
    with tempfile.TemporaryDirectory() as cache:
        settings = ec.load_settings({"cache_dir": cache, "cache_max_bytes": 0, "threads": 2, "device": "cpu"})
        found = _measured(ec.Predictor.from_pretrained("demo", settings=settings))
    missed = [what for what, limit in LIMITS_S.items() if found[what] > limit]
    result = {"machine": machine("cpu", 2), "seconds": found, "limits": LIMITS_S, "missed": missed}
    text = json.dumps(result, indent=2) + "\n"
    print(text, end="")
    RESULT.write_text(text)
    return int(bool(missed))


def table(result: dict) -> str:
    """The figures as they stand in the documents."""
    rows = [f"| {what} | {seconds:.1f} |" for what, seconds in result["seconds"].items()]
    return "\n".join(["| what | seconds |", "|---|---|", *rows])


def _measured(predictor: ec.Predictor) -> dict[str, float]:
    bases = "".join(np.random.default_rng(0).choice(list("ACGT"), predictor.geometry.input_length))
    middle = len(bases) // 2
    edited = f"{bases[:middle]}{'C' if bases[middle] == 'A' else 'A'}{bases[middle + 1 :]}"
    window, target = ec.Sequence(bases), ec.Target((0, 3), (447, 448, 449))
    found = {"a first window": _seconds(lambda: predictor.predict(window))}
    found["an edit of a window at hand"] = _seconds(lambda: predictor.predict(ec.Sequence(edited)))
    found["contributions of the whole window"] = _seconds(lambda: ec.contributions(predictor, window, target))
    name, start = window.name, middle - INTERVAL // 2
    preview = _Preview(time.perf_counter())
    place = ec.Interval(name, start, start + INTERVAL)
    whole = _seconds(lambda: ec.mutagenesis(predictor, window, place, target, on_partial=preview))
    found["its preview, every 32nd base"] = preview.seconds
    found["mutagenesis of 200 bp"] = whole
    return found


def _seconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return round(time.perf_counter() - begun, 3)


if __name__ == "__main__":
    sys.exit(main())
