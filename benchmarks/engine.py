"""Ours and enformer-pytorch 0.8.12 side by side: seconds, peak memory and agreement of everything the engine does.

``python -m benchmarks engine [--quick] [--device cuda] [--growth] [--tangermeme] [--truth]`` writes
``results/engine.json``, on a GPU ``results/engine-CARD.json``. Both sides get the same random reactive weights and the
same window, and take turns (A B A B ...), each turn in a process of its own, so that peak memory is each one's own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from benchmarks._engine_cases import pays
from benchmarks._engine_inputs import HEAD, SIZES, WEIGHTS_SEED, WINDOW_SEED, Setup, write_weights
from benchmarks._engine_machine import free_memory, instructions, machine

FOLDER = Path(__file__).resolve().parent
GB = 1e9
# About what they need at the published size: where less is free, they are skipped, and the result says so. Estimates,
# but for tangermeme's fastISM: it was stopped for want of memory at 24 GB.
_NEEDS = {
    "peer_gradient": 14 * GB,
    "peer_gradient_checkpointed": 13 * GB,
    "truth": 9 * GB,
    "tangermeme_fast": 30 * GB,
}
# Minutes each on a processor without bfloat16, and wanted for their numbers rather than their time.
_ONCE = {"truth", "ours_delta", "peer_forward_autocast"}
# Seconds after which it is stopped: without bfloat16 instructions it takes more than an hour.
_LIMIT_S = {"peer_forward_autocast": 600}
Compare = Callable[[np.ndarray, np.ndarray, Setup], float]


def relative_l2(ours: np.ndarray, peer: np.ndarray, _setup: Setup) -> float:
    """Norm of the difference over the norm of the peer's."""
    return float(np.linalg.norm(ours - peer) / np.linalg.norm(peer))


def effects(ours: np.ndarray, peer: np.ndarray, setup: Setup) -> float:
    """Relative RMS of effects on the target, over the substitutions that both have."""
    if peer.ndim == 3:  # [substitutions, bins, tracks]
        peer = peer[:, list(setup.bins)].mean(axis=(1, 2))
    n = min(len(ours), len(peer))
    return relative_l2(ours[:n], peer[:n], setup)


def edit(ours: np.ndarray, peer: np.ndarray, setup: Setup) -> float:
    """Relative RMS of the change of all bins by the first substitution."""
    return relative_l2(ours, peer[0], setup)


@dataclass(frozen=True, slots=True)
class Row:
    """A comparison, and what is wanted of it: with bfloat16 instructions; half of a ratio suffices without.

    Attributes:
        what: In words.
        ours, peer: The cases.
        compare: How their results are compared.
        ratio: Of seconds, the peer's over ours.
        memory: Of peak memory, ours over the peer's.
        most_bytes: Peak memory of ours.
        most_error: Of the comparison.
        bfloat16: Whether it needs bfloat16 instructions.
    """

    what: str
    ours: str
    peer: str
    compare: Compare
    ratio: float = 0.0
    memory: float = 0.0
    most_bytes: float = 0.0
    most_error: float = 0.0
    bfloat16: bool = False


ROWS = (
    Row("forward, float32", "ours_forward_fp32", "peer_forward_fp32", relative_l2, 1.8, memory=0.5, most_error=1e-5),
    Row("forward, bfloat16 against float32", "ours_forward_bf16", "peer_forward_fp32", relative_l2, 6, bfloat16=True),
    Row(
        "forward, bfloat16 against autocast",
        "ours_forward_bf16",
        "peer_forward_autocast",
        relative_l2,
        3.5,
        bfloat16=True,
    ),
    Row("mutagenesis, exact, a substitution", "ours_exact", "peer_mutagenesis", effects, 7, most_error=0.01),
    Row(
        "mutagenesis, fast, a substitution",
        "ours_fast",
        "peer_mutagenesis",
        effects,
        20,
        most_error=0.01,
        bfloat16=True,
    ),
    # The fast method itself, also where it does not pay: how exact it is, not how fast.
    Row("effects by differences in bfloat16, against exact", "ours_delta", "ours_exact", effects, most_error=0.01),
    Row("one edit, exact, reference kept", "ours_edit", "peer_mutagenesis", edit, 7, most_error=0.01),
    Row(
        "one edit, fast, reference kept", "ours_edit_fast", "peer_mutagenesis", edit, 20, most_error=0.01, bfloat16=True
    ),
    Row(
        "gradient x input against no checkpointing",
        "ours_gradient",
        "peer_gradient",
        relative_l2,
        1,
        most_bytes=6 * GB,
        most_error=1e-3,
    ),
    Row(
        "gradient x input against its checkpointing",
        "ours_gradient",
        "peer_gradient_checkpointed",
        relative_l2,
        1,
        most_bytes=6 * GB,
        most_error=1e-3,
    ),
)
BATCH_ROWS = (
    Row("forward of a batch, bfloat16 against autocast", "ours_batch_bf16", "peer_batch_autocast", relative_l2),
)
TANGERMEME_ROWS = (
    Row("mutagenesis, exact, against tangermeme", "ours_exact", "tangermeme", effects, 7, most_error=0.01),
    Row("mutagenesis, exact, against tangermeme's fastISM", "ours_exact", "tangermeme_fast", effects, most_error=0.01),
)
TRUTH_ROWS = (
    Row("effects, exact, against float64", "ours_exact", "truth", effects, most_error=0.01),
    Row("effects, fast, against float64", "ours_fast", "truth", effects, most_error=0.01),
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write the result; 1 where a limit is missed or a case failed."""
    options = _parsed(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = options.weights or Path(name) / "model"
        if not (folder / "model.safetensors").is_file():
            write_weights(folder, SIZES[options.size])
        batch = options.batch or (8 if options.device != "cpu" else 1)
        setup = Setup(folder, options.device, 1 if options.quick else 2, 1 if options.quick else 6, batch)
        rows = _wanted(options)
        measured = _measure(setup, rows, Path(name), options)
        result = {
            "machine": machine(options.device, options.threads),
            "conditions": _conditions(setup, options),
            "rows": [_row(row, measured, Path(name), setup, options) for row in rows],
        }
        if options.growth:
            result["growth"] = _curves(setup, options)
    text = json.dumps(result, indent=2) + "\n"
    print(text, end="")
    out = options.out or (None if options.quick or options.size != "published" else _result_file(options))
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text)
    return int(any("missed" in row or "failed" in row for row in result["rows"]))


def table(result: dict) -> str:
    """The figures as they stand in the documents."""
    lines = ["| what | ours, s | peer, s | ratio | memory, ours / peer, GB | difference |", "|---|---|---|---|---|---|"]
    for row in result["rows"]:
        if "ours" not in row:
            continue
        ours, peer = row["ours"], row["peer"]
        (difference,), ratio = row["difference"].values(), row["ratio"]["median_s"]
        lines.append(
            f"| {row['what']} | {ours['median_s']:.1f} | {peer['median_s']:.1f} | {ratio:.{1 if ratio > 0.1 else 3}f} "
            f"| {ours['peak_bytes'] / GB:.1f} / {peer['peak_bytes'] / GB:.1f} | {difference:.1e} |"
        )
    return "\n".join(lines)


def _conditions(setup: Setup, options: argparse.Namespace) -> dict[str, object]:
    config = setup.config
    return {
        "size": f"dim {config.dim}, depth {config.depth}, {config.input_length} bp, head {HEAD} of "
        f"{config.output_heads[HEAD]} tracks",
        "weights_seed": WEIGHTS_SEED,
        "window_seed": WINDOW_SEED,
        "target": f"mean of tracks 0-{setup.tracks[-1]} over bins {setup.bins[0]}-{setup.bins[-1]}",
        "rounds": options.rounds,
        "warm_up_calls": options.warmup,
        "peer_substitutions": setup.substitutions,
        "our_substitutions": 3 * setup.positions,
        "batch": setup.batch,
        "quick": options.quick,
        "bfloat16": "used" if pays(setup) else "not faster than float32 on this machine: ours fell back to float32",
    }


def _wanted(options: argparse.Namespace) -> list[Row]:
    rows = list(ROWS)
    if options.device != "cpu":
        rows += BATCH_ROWS
    if options.tangermeme:
        rows += TANGERMEME_ROWS
    if options.truth:
        rows += TRUTH_ROWS
    return [row for row in rows if any(word in row.what for word in options.only)] if options.only else rows


def _measure(setup: Setup, rows: list[Row], folder: Path, options: argparse.Namespace) -> dict[str, list[dict]]:
    """Every case of the rows in turn, ``rounds`` times: for each case what its processes said."""
    cases = list(dict.fromkeys(case for row in rows for case in (row.ours, row.peer)))
    answers: dict[str, list[dict]] = {case: [] for case in cases}
    for number in range(options.rounds):
        for case in cases:
            if any("seconds" not in answer for answer in answers[case]) or (case in _ONCE and number):
                continue
            answer = _skipped(case, options) or _run(
                setup, options, case, "--save", str(folder / f"{case}.npy"), "--warmup", str(options.warmup)
            )
            answers[case].append(answer)
            print(f"round {number + 1} {case}: {_short(answer)}", file=sys.stderr, flush=True)
    return answers


def _skipped(case: str, options: argparse.Namespace) -> dict[str, str] | None:
    if case.startswith("tangermeme") and find_spec("tangermeme") is None:
        return {"skipped": "tangermeme is not installed"}
    if options.device == "cpu" and options.size == "published" and case in _NEEDS:
        free = free_memory()
        if free < _NEEDS[case]:
            return {"skipped": f"it needs about {_NEEDS[case] / GB:.0f} GB, and {free / GB:.0f} GB are free"}
    return None


def _run(setup: Setup, options: argparse.Namespace, case: str, *more: str) -> dict:
    """What a process of its own says about a case; ``failed`` or ``skipped`` with the reason where it does not end."""
    command = [sys.executable, "-m", "benchmarks._engine_child", case, "--folder", str(setup.folder), *more]
    command += ["--device", setup.device, "--threads", str(options.threads), "--batch", str(setup.batch)]
    command += ["--substitutions", str(setup.substitutions), "--positions", str(setup.positions)]
    environment = os.environ | {"OMP_NUM_THREADS": str(options.threads)}
    limit = _LIMIT_S.get(case)
    try:
        done = subprocess.run(
            command, cwd=FOLDER.parent, env=environment, capture_output=True, text=True, check=False, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return {"skipped": f"it had not ended after {limit} s"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        return {"failed": f"stopped by signal {-done.returncode}" if done.returncode < 0 else last[:300]}
    return json.loads(done.stdout.splitlines()[-1])


def _row(
    row: Row, answers: dict[str, list[dict]], folder: Path, setup: Setup, options: argparse.Namespace
) -> dict[str, object]:
    """Figures of a row, and which of what is wanted it misses."""
    for case in (row.ours, row.peer):
        for how in ("failed", "skipped"):
            for answer in answers[case]:
                if how in answer:
                    return {"what": row.what, how: f"{case}: {answer[how]}"}
    ours, peer = _figures(answers[row.ours]), _figures(answers[row.peer])
    error = row.compare(np.load(folder / f"{row.ours}.npy"), np.load(folder / f"{row.peer}.npy"), setup)
    result: dict[str, object] = {"what": row.what, "ours": ours, "peer": peer}
    result["ratio"] = {key: round(peer[key] / ours[key], 3) for key in ("min_s", "median_s")}
    result["memory_ratio"] = round(ours["peak_bytes"] / peer["peak_bytes"], 3)
    result["difference"] = {row.compare.__name__: error}
    if options.size == "published" and options.device == "cpu":
        result |= _judged(row, result["ratio"]["median_s"], ours["peak_bytes"], result["memory_ratio"])  # type: ignore[index]
    if row.most_error and not error <= row.most_error:
        result["missed"] = [*result.get("missed", []), f"difference at most {row.most_error:g}"]  # type: ignore[misc]
    return result


def _judged(row: Row, ratio: float, peak: float, memory: float) -> dict[str, list[str]]:
    wanted = row.ratio / (1 if "amx_bf16" in instructions() or not row.bfloat16 else 2)
    missed = []
    if ratio < wanted:
        missed.append(f"{wanted:g} times as fast")
    if row.memory and memory > row.memory:
        missed.append(f"{row.memory:g} of its peak memory")
    if row.most_bytes and peak > row.most_bytes:
        missed.append(f"at most {row.most_bytes / GB:g} GB")
    return {"missed": missed} if missed else {}


def _figures(answers: list[dict]) -> dict[str, float]:
    times = [t for answer in answers for t in answer["seconds"]]
    return {
        "min_s": min(times),
        "median_s": statistics.median(times),
        "peak_bytes": max(answer["peak_bytes"] for answer in answers),
        "prepare_s": min(answer["prepare_s"] for answer in answers),
    }


def _curves(setup: Setup, options: argparse.Namespace) -> dict[str, object]:
    curves = {}
    fast = [("positions", "fast")] if pays(setup) else []
    for what, method in (("positions", "exact"), *fast, ("tracks", "exact"), ("edits", "exact")):
        answer = _run(setup, options, what, "--growth", method, "--budget", str(options.budget))
        curves[f"{what}_{method}"] = answer.get("points", answer.get("failed"))
        print(f"{what}, {method}: {curves[f'{what}_{method}']}", file=sys.stderr, flush=True)
    return curves


def _short(answer: dict) -> str:
    if "seconds" not in answer:
        return ", ".join(f"{how}: {why}" for how, why in answer.items())
    return f"{min(answer['seconds']):.3f} s, {answer['peak_bytes'] / GB:.2f} GB"


def _result_file(options: argparse.Namespace) -> Path:
    if not options.device.startswith("cuda"):
        return FOLDER / "results" / "engine.json"
    card = re.sub(r"[^A-Za-z0-9]+", "-", torch.cuda.get_device_name(options.device)).strip("-")
    return FOLDER / "results" / f"engine-{card}.json"


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks engine", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 rounds, one substitution, no warm-up; printed only")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--rounds", type=int, default=0, help="turns of each side; 2 with --quick or on a processor, else 3"
    )
    parser.add_argument("--batch", type=int, default=0, help="windows at once, on a GPU; 8 by default")
    parser.add_argument("--only", action="append", default=[], help="only rows with this word, such as forward")
    parser.add_argument("--growth", action="store_true", help="also how our cost grows")
    parser.add_argument("--budget", type=float, default=120.0, help="seconds for one size of a growth curve")
    parser.add_argument("--tangermeme", action="store_true", help="also tangermeme over enformer-pytorch, if installed")
    parser.add_argument("--truth", action="store_true", help="also effects in float64")
    parser.add_argument(
        "--size", choices=sorted(SIZES), default="published", help="tiny is to try this out; not written"
    )
    parser.add_argument("--weights", type=Path, help="a folder to write the weights to, or to find them in")
    parser.add_argument("--out", type=Path, help="where the result goes")
    options = parser.parse_args(arguments)
    options.rounds = max(options.rounds or (2 if options.quick or options.device == "cpu" else 3), 2)
    options.warmup = 0 if options.quick or options.device == "cpu" else 1
    return options


if __name__ == "__main__":
    sys.exit(main())
