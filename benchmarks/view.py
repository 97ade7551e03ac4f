"""What a person at the browser waits for, with the demo model, measured in Chromium.

``python -m benchmarks view`` writes ``results/view.json`` and ends with an error where a goal is missed. It needs the
simulated genome (``enformer-browser setup demo``). Medians of several runs count; every wait is for something that only
the new picture has.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import Browser

from benchmarks import _view_scenes as scenes
from benchmarks._app_server import started
from benchmarks._engine_machine import machine
from benchmarks._view_app import chromium
from benchmarks._view_search import completions
from benchmarks.gene_index import GENES
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.examples import read_examples
from enformer_core.genome.registry import registered
from enformer_core.settings import load_settings

RESULT = Path(__file__).resolve().parent / "results" / "view.json"
ASSEMBLY = "sim1"
# What is measured, in words, and the goal of its median in seconds; without one it is only reported.
ROWS: dict[str, tuple[str, float | None]] = {
    "listens": ("a fresh server: from the command until it listens", None),
    "fresh": ("a fresh server: from the command to the finished first picture", None),
    "first": ("a running server: first page of a fresh browser to the finished picture", 5.0),
    "uncached": ("a locus never asked before", 4.0),
    "cached": ("a locus in the cache", 1.5),
    "edit": ("an edit: from the key to the redrawn difference", 2.5),
    "lane": ("a lane taken off", None),
    "pan": ("panning, a frame with 12 lanes", 0.060),
    "wheel": ("zooming by the wheel, a frame with 12 lanes", 0.060),
    "completion": (f"completion: from the key to the painted list, {GENES:,} genes", 0.150),
}


def main(_arguments: list[str] | None = None) -> int:
    """Measure, write, and print the tables; 1 where a goal is missed or the simulated genome is not here."""
    settings = load_settings()
    entry = registered("assembly", settings).get(ASSEMBLY)
    if entry is None:
        print(f"The simulated genome {ASSEMBLY} is not here. Run: enformer-browser setup demo", file=sys.stderr)
        return 1
    load, example = round(os.getloadavg()[0], 1), read_examples(entry)[0]
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        about = facts(browser) | {"load_before": load}
        seconds, traffic = _measured(browser, Path(folder), example, Assembly.open(ASSEMBLY, settings=settings))
    rows = [row(what, seconds[key], goal) for key, (what, goal) in ROWS.items()]
    missed = [each["what"] for each in rows if each["goal_s"] is not None and each["median_s"] > each["goal_s"]]
    result = {"machine": about, "rows": rows, "websocket": traffic, "missed": missed}
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"{table(result)}\n\n{traffic_table(result)}")
    return int(bool(missed))


def table(result: dict) -> str:
    """The times as they stand in the documents."""
    lines = ["| what | runs | median | 95th percentile | worst | goal |", "|---|---|---|---|---|---|"]
    for row in result["rows"]:
        times = " | ".join(_shown(row[f"{name}_s"]) for name in ("median", "p95", "worst"))
        lines.append(f"| {row['what']} | {row['runs']} | {times} | {_goal(row)} |")
    return "\n".join(lines)


def traffic_table(result: dict) -> str:
    """What goes through the websocket, as it stands in the documents."""
    lines = ["| what | to the browser, bytes | to the server, bytes | other requests |", "|---|---|---|---|"]
    for what, sent in result["websocket"].items():
        lines.append(f"| {what} | {sent['received_bytes']:,} | {sent['sent_bytes']:,} | {sent['requests']:,} |")
    return "\n".join(lines)


def _measured(
    browser: Browser, folder: Path, example: scenes.Example, assembly: Assembly
) -> tuple[dict[str, list[float]], dict[str, dict[str, int]]]:
    """Seconds of every run by what was done, and bytes by what was done."""
    _say("fresh servers")
    listens, fresh = scenes.fresh_servers(browser, folder, example)
    new, known = scenes.places("chr1"), scenes.places("chr4", 1)[0]
    with started(folder / "cache") as address:
        _say("first pages")
        scenes.first_pages(browser, address, example, 1)  # until here the model may still be on its way
        first = scenes.first_pages(browser, address, example)
        _say("loci")
        uncached, uncached_traffic = scenes.questions(browser, address, new)
        cached, cached_traffic = scenes.questions(browser, address, new)
        _say("edits and lanes")
        edit, edit_traffic = scenes.edits(browser, address, known, assembly)
        lane, lane_traffic = scenes.lane_switches(browser, address, known)
        _say("frames")
        pan, pan_traffic = scenes.pans(browser, address, known)
        wheel, wheel_traffic = scenes.wheels(browser, address, known)
    _say("completion")
    seconds = {"listens": listens, "fresh": fresh, "first": first, "uncached": uncached, "cached": cached}
    seconds |= {"edit": edit, "lane": lane, "pan": pan, "wheel": wheel, "completion": completions(browser)}
    traffic = {"panning over 12 lanes": pan_traffic, "zooming by the wheel over 12 lanes": wheel_traffic}
    traffic |= {"an edit, the first of a visit": edit_traffic, "a lane taken off": lane_traffic}
    traffic |= {"a locus never asked before": uncached_traffic, "a locus in the cache": cached_traffic}
    return seconds, {what: scenes.medians(each) for what, each in traffic.items()}


def row(what: str, seconds: list[float], goal: float | None) -> dict[str, Any]:
    """A row of the table."""
    ordered = sorted(seconds)
    p95 = ordered[max(0, -(-95 * len(ordered) // 100) - 1)]
    found = {"median_s": statistics.median(ordered), "p95_s": p95, "worst_s": ordered[-1]}
    return {"what": what, "runs": len(ordered)} | {k: round(v, 4) for k, v in found.items()} | {"goal_s": goal}


def _shown(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _goal(row: dict) -> str:
    if row["goal_s"] is None:
        return "-"
    return _shown(row["goal_s"]) + (", missed" if row["median_s"] > row["goal_s"] else "")


def facts(browser: Browser) -> dict[str, object]:
    """The machine and the versions."""
    versions = {"chromium": browser.version, "streamlit": version("streamlit"), "playwright": version("playwright")}
    return machine("cpu", torch.get_num_threads()) | {"processors": os.cpu_count()} | versions


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
