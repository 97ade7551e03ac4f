"""The app with twenty visitors: waits, fairness, memory, and how the page answers while the model works.

``python -m benchmarks load`` writes ``results/load.json`` and ends with an error where a goal is missed. It needs the
simulated genome (``enformer-browser setup demo``). The visitors speak Streamlit's websocket protocol from one process
beside the server, on the same processors; a browser would draw each answer besides. A wait is from the message that
asks to the end of the run of the page that answers it, with the picture of that place where a place was asked for.
``--quick`` does a little of each and only prints; ``--requests 300`` is how many new places memory is watched over,
instead of 1,000; with ``--requests 0`` what was measured of it before is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from benchmarks import _load_scenes as scenes
from benchmarks._app_server import Server, served
from benchmarks._engine_machine import machine
from benchmarks._load_machine import Memory, batches, predicted
from benchmarks._load_scenes import Waits
from enformer_core.genome.registry import registered
from enformer_core.inference.local import LocalPredictor
from enformer_core.inference.predictor import Predictor
from enformer_core.settings import load_settings

RESULT = Path(__file__).resolve().parent / "results" / "load.json"
ASSEMBLY, MODEL = "sim1", "demo"
THINK_S = (0.5, 1.5)
ROWS: dict[str, tuple[str, float | None]] = {
    "opening": ("opening the page at a kept place, all visitors at about the same time", None),
    "kept": ("a kept place, with 0.5 to 1.5 s between two", 1.0),
    "alone": ("a new place, one visitor alone", None),
    "together": ("a new place, all visitors at once", None),
    "growing": ("a new place, four visitors in turn, while memory is watched", None),
    "lane-idle": ("a lane switched, nothing else running", None),
    "lane": ("the same while a mutagenesis runs", 0.3),
    "track-idle": ("a track taken off or put back: the page's answer, nothing else running", None),
    "track": ("the same while a mutagenesis runs", 0.3),
    "guide-idle": ("the guide opened, nothing else running", None),
    "guide": ("the same while a mutagenesis runs", 0.3),
    "back-idle": ("back to the picture, nothing else running", None),
    "back": ("the same while a mutagenesis runs", 0.3),
    "health-idle": ("`/_stcore/health`, nothing else running", None),
    "health": ("the same while a mutagenesis runs", 0.3),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much of each is done.

    Attributes:
        visits: Visitors.
        kept: Places that somebody has seen before.
        each: Places that each visitor looks at.
        requests: New places over which memory is watched.
        rounds: Times that each thing is done beside a mutagenesis.
        batches: Runs of each size of batch.
    """

    visits: int = 20
    kept: int = 20
    each: int = 10
    requests: int = 1_000
    rounds: int = 40
    batches: int = 5


QUICK = Size(visits=4, kept=6, each=3, requests=8, rounds=4, batches=1)


def main(arguments: list[str] | None = None) -> int:
    """Measure, write, and print the tables; 1 where a goal is missed or the simulated genome is not here."""
    asked = _arguments(arguments)
    if registered("assembly", load_settings()).get(ASSEMBLY) is None:
        print(f"The simulated genome {ASSEMBLY} is not here. Run: enformer-browser setup demo", file=sys.stderr)
        return 1
    size = QUICK if asked.quick else Size(requests=asked.requests)
    result = _measured(size)
    if not asked.quick:
        RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"{table(result)}\n\nmissed: {', '.join(result['missed']) or 'nothing'}")
    return int(bool(result["missed"]))


def table(result: dict[str, Any]) -> str:
    """The two tables as they stand in the documents: the waits, and what follows from them."""
    return f"{_waits(result)}\n\n{_figures(result)}"


def _waits(result: dict[str, Any]) -> str:
    lines = [
        "| what | times | first message, 95 % | median | 95 % | worst | errors | goal, 95 % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        times = " | ".join(_shown(row.get(f"{name}_s")) for name in ("first_p95", "median", "p95", "worst"))
        lines.append(f"| {row['what']} | {row['times']:,} | {times} | {row['errors']} | {_goal(row)} |")
    return "\n".join(lines)


def _figures(result: dict[str, Any]) -> str:
    fair, memory = result["fairness"], result["memory"]
    slopes = memory["slopes"]
    lines = ["| what | figure | goal |", "|---|---|---|"]
    lines.append(
        f"| the longest wait of {fair['visits']} new places at once, in fair shares "
        f"({fair['visits']} times one visitor's median) | {fair['worst_in_shares']:.2f} | at most 2 |"
    )
    lines.append(f"| throughput of all at once, to one visitor's alone | {fair['throughput']:.2f} | at least 0.9 |")
    lines.append(f"| answers whose numbers were compared with known ones, all equal | {result['checked']:,} | - |")
    for name, words in (("web", "the web process"), ("worker", "the process that runs the model")):
        grown = slopes.get(f"{name}_mib_per_1000")
        shown = "-" if grown is None else f"{grown:+.1f} MiB for each 1,000 requests"
        n, last = memory["rows"][-1]["requests"], memory["rows"][-1][f"{name}_mib"]
        lines.append(f"| memory of {words}, over {n:,} new places (then {last:,.0f} MiB) | {shown} | below 50 MiB |")
    for row in result["batches"][1:]:
        lines.append(f"| windows a second in batches of {row['batch']}, to one at a time | {row['ratio']:.2f} | - |")
    return "\n".join(lines)


def _measured(size: Size) -> dict[str, Any]:
    load = round(os.getloadavg()[0], 1)
    known = scenes.places("chr1", 1_000_000, size.kept, 300_000)
    new = scenes.places("chr2", 1_000_000, 2 * size.visits, 150_000)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        _say("numbers of known places, and batches")
        with closing(_predictor(cache)) as predictor:
            truths = predicted(predictor, known, scenes.TRACKS)
            elsewhere = Path(folder, "elsewhere")
            paid = batches(predictor, size.batches)
        with closing(_predictor(elsewhere)) as predictor:  # the server must not find these
            truths |= predicted(predictor, new[:: max(1, size.visits // 4)], scenes.TRACKS)
        with served(cache) as server:
            found, fairness, memory = asyncio.run(_visited(server, size, known, new, truths))
    rows = [{"key": key} | _row(what, found[key], goal) for key, (what, goal) in ROWS.items() if key in found]
    if not memory:
        before = json.loads(RESULT.read_text(encoding="utf-8"))
        memory, kept = before["memory"], [row for row in before["rows"] if row["key"] not in found]
        rows = sorted(rows + kept, key=lambda row: list(ROWS).index(row["key"]))
    about = machine("cpu", torch.get_num_threads()) | {"processors": os.cpu_count(), "streamlit": version("streamlit")}
    result = {"machine": about | {"load_before": load}, "visits": size.visits, "rows": rows, "fairness": fairness}
    result |= {"memory": memory, "batches": paid, "checked": sum(waits.checked for waits in found.values())}
    return result | {"errors": [e for w in found.values() for e in w.errors][:20], "missed": _missed(result)}


async def _visited(
    server: Server, size: Size, known: list[str], new: list[str], truths: scenes.Truths
) -> tuple[dict[str, Waits], dict[str, float], dict[str, Any]]:
    address, found = server.address, dict[str, Waits]()
    await scenes.alone(address, known[0], known[1:2], truths)  # until here the model may still be on its way
    _say("kept places")
    found["opening"], found["kept"] = await scenes.browsing(address, known, truths, size.visits, size.each, THINK_S)
    _say("new places")
    found["alone"], one_s = await scenes.alone(address, known[0], new[: size.visits], truths)
    found["together"], all_s = await scenes.together(address, known[0], new[size.visits :], truths)
    share = size.visits * statistics.median(found["alone"].seconds)
    worst = max(found["together"].seconds, default=float("inf"))
    fairness = {"visits": size.visits, "one_after_another_s": round(one_s, 2), "at_once_s": round(all_s, 2)}
    fairness |= {"worst_in_shares": round(worst / share, 3), "throughput": round(one_s / all_s, 3)}
    for busy in (False, True):
        _say("the page beside a mutagenesis" if busy else "the page alone")
        beside = await scenes.beside(address, known[0], known[1], size.rounds, busy=busy)
        found |= {what if busy else f"{what}-idle": waits for what, waits in beside.items()}
    if not size.requests:
        return found, fairness, {}
    _say("memory")
    watched = Memory(server.pid, max(1, size.requests // 20))
    last = scenes.places("chr1", 507_000, size.requests, 12_800)
    found["growing"] = await scenes.growing(address, known[0], last, 4, watched.look)
    return found, fairness, {"rows": watched.rows, "slopes": watched.slopes()}


def _predictor(cache: Path) -> LocalPredictor:
    settings = load_settings({"cache_dir": cache, "device": "cpu"})
    found = Predictor.from_pretrained(MODEL, assembly=ASSEMBLY, settings=settings)
    assert isinstance(found, LocalPredictor)
    return found


def _row(what: str, waits: Waits, goal: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"what": what, "times": len(waits.seconds), "errors": len(waits.errors), "goal_s": goal}
    for name, seconds in (("", waits.seconds), ("first_", waits.first)):
        if seconds:
            ordered = sorted(seconds)
            p95 = ordered[max(0, -(-95 * len(ordered) // 100) - 1)]
            times = {"median_s": statistics.median(ordered), "p95_s": p95, "worst_s": ordered[-1]}
            row |= {f"{name}{key}": round(value, 4) for key, value in times.items()}
    return row


def _missed(result: dict[str, Any]) -> list[str]:
    rows, fairness = result["rows"], result["fairness"]
    missed = [row["key"] for row in rows if row["goal_s"] is not None and row.get("p95_s", 1e9) > row["goal_s"]]
    missed += [f"errors: {row['key']}" for row in rows if row["errors"]]
    missed += ["fair share"] if fairness["worst_in_shares"] > 2 else []
    missed += ["throughput"] if fairness["throughput"] < 0.9 else []
    grown = result["memory"]["slopes"]
    return missed + [f"memory: {name}" for name, slope in grown.items() if slope >= 50]


def _shown(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _goal(row: dict[str, Any]) -> str:
    if row["goal_s"] is None:
        return "-"
    return _shown(row["goal_s"]) + (", missed" if row.get("p95_s", 1e9) > row["goal_s"] else "")


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks load")
    parser.add_argument("--quick", action="store_true", help="a little of each, printed and not written")
    parser.add_argument(
        "--requests", type=int, default=Size().requests, help="new places that memory is watched over; 0 keeps that"
    )
    return parser.parse_args(arguments)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
