"""Faults, many of each: every call that writes fails once, work is killed at random moments, bigWigs are damaged.

Writes ``benchmarks/results/faults.json`` and fails where anything was lost, wrong or left over. Damaged copies are made
of real bigWigs, which are looked for in ``../shared/data``; without them that part is left out.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyBigWig

from benchmarks import _fault_worker
from enformer_core.errors import EnformerError
from enformer_core.genome.interval import Interval
from enformer_core.settings import Settings
from enformer_core.tracks.bigwig_read import BigWigReader, BinnedSignal
from enformer_core.tracks.bigwig_write import BigWigWriter
from tests.fault import killing, mutants, written

RESULT = Path(__file__).parent / "results" / "faults.json"
REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "hg38_slices"
PROCESSES = ("worker_kills", "worker_hangs", "web_kills", "download_kills")
PARTS = ("failing_calls", "kills", *PROCESSES, "damaged_bigwigs")
N_KILLS, MOST_S, N_BINS = 100, 5.0, 896
#: Of each kind of real file one: assays as the model predicts them, and raw coverage.
N_FILES = 4


def failing_calls(folder: Path) -> dict[str, Any]:
    """Every call of every writer fails once, with each of four errors."""
    found: dict[str, Any] = {}
    with BigWigWriter(Settings()) as writer:
        for case in [*written.cases(), written.bigwig(writer), written.folder_of_bigwigs()]:
            place = folder / case.name
            place.mkdir()
            swept = _judged(lambda case=case, place=place: written.sweep(case, place))
            found[case.name] = swept if isinstance(swept, str) else {"failures": swept.failures, "old": swept.old}
    return found


def kills(folder: Path, n_kills: int) -> dict[str, Any]:
    """Each kind of work is killed so many times."""
    found: dict[str, Any] = {}
    with killing.nursery() as nurse:
        for seed, name in enumerate(killing.WORKS):
            place = folder / f"{name} killed"
            place.mkdir()
            toll = _judged(lambda seed=seed, name=name, place=place: killing.toll(nurse, name, place, n_kills, seed))
            if isinstance(toll, str):
                found[name] = toll
            else:
                most, left = toll.most_left_over_bytes, toll.left_over_bytes
                found[name] = {"kills": toll.kills, "most_left_over_bytes": most, "left_over_bytes": left}
    return found


def damaged_bigwigs(folder: Path, n_files: int) -> dict[str, Any]:
    """Damaged copies of real files, read as the app reads them."""
    pid = os.getpid()
    files = [path for kind in ("bigwig128_enformer_targets", "bigwig32_raw") for path in sorted(REAL.glob(f"{kind}/*"))]
    files = files[:: max(1, len(files) // n_files)][:n_files]
    if not files:
        return {"left_out": "there are no real bigWigs in ../shared/data"}
    outcomes, slowest, wrong = collections.Counter[str](), 0.0, []
    with BigWigReader(Settings(bigwig_timeout_s=3.0, bigwig_memory_bytes=512 * 1024**2)) as reader:
        for seed, (name, mutant, interval) in enumerate(_mutants(files)):
            path = folder / "mutant.bw"
            path.write_bytes(mutant)
            begun = time.perf_counter()
            (found,) = reader.read([path], interval, 128)
            seconds = time.perf_counter() - begun
            slowest = max(slowest, seconds)
            if seconds > MOST_S or not isinstance(found, BinnedSignal | EnformerError):
                wrong.append(f"{seed} {name}: {found!r} after {seconds:.1f} s")
            outcomes["data" if isinstance(found, BinnedSignal) else "clear error"] += 1
    facts = {"files": len(files), "mutants": outcomes.total(), "outcomes": dict(sorted(outcomes.items()))}
    return facts | {"slowest_s": round(slowest, 2), "wrong": wrong, "same_process": os.getpid() == pid}


def _mutants(files: list[Path]) -> Iterator[tuple[str, bytes, Interval]]:
    for seed, path in enumerate(files):
        good = path.read_bytes()
        number, start, _ = mutants.first_block(good).place
        with pyBigWig.open(str(path)) as file:
            chrom = sorted(file.chroms(), key=lambda name: name.encode())[number]
        place = Interval(chrom, start, start + 128 * N_BINS)
        yield from ((f"{path.name} {name}", mutant, place) for name, mutant in mutants.all_of(good, seed))


def _judged(measure: Callable[[], Any]) -> Any:
    """What a measurement found; the words of its complaint where something did not hold."""
    try:
        return measure()
    except AssertionError as exc:
        return str(exc)


def table(result: dict[str, Any]) -> str:
    """The result as the rows of a table in Markdown."""
    calls = [row for row in result["failing_calls"].values() if isinstance(row, dict)]
    n_calls, n_old = sum(row["failures"] for row in calls), sum(row["old"] for row in calls)
    rows = [
        "| fault | how often | outcome |",
        "|---|---|---|",
        f"| the n-th call that opens, writes, flushes or moves a file fails (ENOSPC, EIO, EACCES, EMFILE), for every n "
        f"of {len(result['failing_calls'])} writers | {n_calls:,} | {n_old:,} times the old state, "
        f"{n_calls - n_old:,} times the new one, never half; nothing left over |",
    ]
    for name, row in result["kills"].items():
        most, left = row["most_left_over_bytes"] / 1e6, row["left_over_bytes"]
        rows.append(
            f"| kill -9 while a {name} is made | {row['kills']:,} | nothing lost, no wrong answer; "
            f"at most {most:,.1f} MB lay about, {left:,} bytes after the next success |"
        )
    rows += _process_rows(result)
    damaged = result["damaged_bigwigs"]
    if "mutants" in damaged:
        told = ", ".join(f"{n:,} times {what}" for what, n in sorted(damaged["outcomes"].items()))
        rows.append(
            f"| a damaged copy of {damaged['files']} real bigWigs is read | {damaged['mutants']:,} | {told}; slowest "
            f"{damaged['slowest_s']:.1f} s; the process that asked goes on |"
        )
    return "\n".join(rows)


def _process_rows(found: dict[str, Any]) -> list[str]:
    worker, hung, web, download = (found[name] for name in PROCESSES)
    told = ", ".join(f"{n:,} {what}" for what, n in worker["outcomes"].items())
    restart, ended, answered = worker["restart_s"], hung["ended_s"], hung["answered_s"]
    return [
        f"| kill -9 of the worker while three people ask | {worker['kills']:,} | of {worker['questions']:,} questions: "
        f"{told}; another worker was there after {restart['p50']:.1f} s (median), {restart['max']:.1f} s at most |",
        f"| the worker hangs in a question, where {hung['silence_allowed_s']:g} s of silence are allowed | "
        f"{hung['hangs']:,} | ended after {ended['max']:.1f} s at most, the question answered after "
        f"{answered['max']:.1f} s at most |",
        f"| kill -9 of the web process | {web['kills']:,} | its worker was gone after "
        f"{web['worker_gone_s']['max']:.1f} s at most; every kept prediction whole; "
        f"{web['bytes_left_by_each']:,} bytes left over by each |",
        f"| kill -9 of a process that downloads | {download['kills']:,} | {download['seen']['whole']:,} times the "
        f"whole file was there, {download['seen']['part']:,} times a part that the next one went on from; "
        "never a wrong file |",
    ]


def complaints(result: dict[str, Any]) -> list[str]:
    """What did not hold."""
    rows = [*result["failing_calls"].items(), *result["kills"].items()]
    found = [f"{name}: {row}" for name, row in rows if isinstance(row, str)]
    found += result["damaged_bigwigs"].get("wrong", [])
    return found + [words for part in PROCESSES for words in result[part]["complaints"]]


def main(arguments: list[str] | None = None) -> int:
    """Measure, write the result, and return 1 where something did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--kills", type=int, default=N_KILLS, help="of each kind of work")
    parser.add_argument("--part", choices=PARTS, help="measure this part alone, and keep the others as they are")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result: dict[str, Any] = json.loads(given.out.read_text()) if given.part else {}
        result["machine"] = {"processors": os.cpu_count(), "system": platform.system()}
        measures = {
            "failing_calls": lambda: failing_calls(folder),
            "kills": lambda: kills(folder, given.kills),
            "worker_kills": lambda: _fault_worker.worker_kills(folder / "worker", given.kills),
            "worker_hangs": lambda: _fault_worker.worker_hangs(folder / "hangs", max(1, given.kills // 20)),
            "web_kills": lambda: _fault_worker.web_kills(folder / "web", given.kills),
            "download_kills": lambda: _fault_worker.download_kills(folder / "download", given.kills),
            "damaged_bigwigs": lambda: damaged_bigwigs(folder, N_FILES),
        }
        for part in [given.part] if given.part else PARTS:
            begun = time.perf_counter()
            result[part] = measures[part]()
            result.setdefault("seconds", {})[part] = round(time.perf_counter() - begun)
    result["complaints"] = complaints(result)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n")
    print(table(result) if not result["complaints"] else "\n".join(result["complaints"]))
    return 1 if result["complaints"] else 0


if __name__ == "__main__":
    sys.exit(main())
