"""Workers and web processes that are killed or hang while they work: what came of every question, and how soon.

Each function returns what JSON can hold, with ``complaints``: what did not hold, in words.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in (str(REPOSITORY / "tests"),) if path not in sys.path]

import fault_server  # noqa: E402
import killed_fetch  # noqa: E402
from fault_server import FaultServer  # noqa: E402
from fetch_checks import BODY, FAST, NAME, whole  # noqa: E402
from own_workers import TARGET, eventually, is_alive  # noqa: E402
from worlds import World, build, register  # noqa: E402

import enformer_core as ec  # noqa: E402
from enformer_core.errors import EnformerError, WorkerLost  # noqa: E402
from enformer_core.fetching.fetch import RemoteFile, fetch  # noqa: E402
from enformer_core.inference.cache import _decode  # noqa: E402
from enformer_core.inference.jobs import Job  # noqa: E402
from enformer_core.inference.predictor import Predictor  # noqa: E402
from enformer_core.interpret.explain_contributions import submit_contributions  # noqa: E402
from enformer_core.interpret.explain_mutagenesis import submit_mutagenesis  # noqa: E402
from enformer_core.serving.pool import WorkerPool  # noqa: E402
from enformer_core.serving.remote import RemotePredictor  # noqa: E402
from enformer_core.serving.spec import ModelSpec  # noqa: E402
from enformer_core.settings import Settings  # noqa: E402

N_OPEN, N_PLACES = 6, 24
GONE_S, RESTARTED_S, SILENCE_S = 2.0, 10.0, 3.0
CLOSE = 2e-6  # between two runs that shared other parts of their windows
OWNERS = ("ada", "ben", "cleo")
Ask = Callable[[Predictor], Job]


def questions() -> list[Ask]:
    """Short and long predictions, contributions, and mutagenesis, at places of their own."""
    found: list[Ask] = []
    for n in range(N_PLACES):
        where, track = f"chr1:{10_000 + 1_531 * n}", [n % 12]
        found.append(lambda p, where=where, track=track: p.submit(where, tracks=track))
        if n % 3 == 0:
            found.append(lambda p, where=where, track=track: p.submit(where, tracks=track, averaging="shifts:8"))
            found.append(lambda p, where=where: submit_contributions(p, where, TARGET))
        if n % 12 == 0:
            span = f"chr1:{10_001 + 1_531 * n}-{10_012 + 1_531 * n}"
            found.append(lambda p, where=where, span=span: submit_mutagenesis(p, where, span, TARGET, method="exact"))
    return found


def is_right(found: Any, expected: Any) -> bool:
    """Whether an answer is the one to its question, but for rounding."""
    for name in ("values", "gradient", "effect"):
        if hasattr(expected, name):
            here, there = getattr(found, name), getattr(expected, name)
            close = CLOSE * max(1.0, float(np.nanmax(np.abs(there))))
            return here.shape == there.shape and np.allclose(here, there, rtol=0, atol=close, equal_nan=True)
    return False


def worker_kills(folder: Path, n_kills: int = 100, seed: int = 5) -> dict[str, Any]:
    """kill -9 of the worker at random moments while three people ask, and what came of every question."""
    rng, asks = random.Random(seed), questions()
    world = _world(folder)
    expected = _expected(world, folder, asks)
    restart, answer, outcomes, wrong, pids = [], [], Counter[str](), [], set[int]()
    with _remote(world, folder) as (pool, remote):
        people = [remote.asked_by(owner) for owner in OWNERS]
        jobs: list[tuple[int, Job]] = []

        def look() -> int:
            """Take in what has ended, ask anew, and count what was answered."""
            ended = [(n, job) for n, job in jobs if job.done()]
            for n, job in ended:
                jobs.remove((n, job))
                outcome = _outcome(job, expected[n])
                outcomes[outcome] += 1
                if outcome not in ("right", "WorkerLost"):
                    wrong.append(f"question {n}: {outcome}")
            while len(jobs) < N_OPEN:
                n = rng.randrange(len(asks))
                jobs.append((n, asks[n](rng.choice(people))))
            return sum(job.state == "done" for _, job in ended)

        for _ in range(n_kills):
            _wait(rng.uniform(0, 1.5), look)
            pid = pool.state.pids[0]
            pids.add(pid)
            os.kill(pid, signal.SIGKILL)
            begun = time.perf_counter()
            _until(lambda pid=pid: pool.state.pids[0] not in (0, pid) and pool.state.n_ready, look)
            restart.append(time.perf_counter() - begun)
            if rng.random() < 0.5:  # as often, another kill comes before anything was answered
                _until(look)
                answer.append(time.perf_counter() - begun)
        for n, job in jobs:
            eventually(job.done)
            outcomes[_outcome(job, expected[n])] += 1
            if job.state != "done":
                wrong.append(f"question {n}, after the last kill: {_outcome(job, expected[n])}")
        pids.add(pool.state.pids[0])
        n_lost = pool.state.n_lost
    left = _left(pids)
    complaints = wrong + [f"process {pid} is left" for pid in left]
    if n_lost != n_kills:
        complaints.append(f"{n_lost} processes were lost by {n_kills} kills")
    if restart and max(restart) > RESTARTED_S:
        complaints.append(f"a restart took {max(restart):.1f} s")
    facts = {"kills": n_kills, "questions": outcomes.total(), "outcomes": dict(sorted(outcomes.items()))}
    return facts | {"restart_s": _spread(restart), "answer_s": _spread(answer), "complaints": complaints}


def worker_hangs(folder: Path, n_hangs: int = 5) -> dict[str, Any]:
    """The worker is stopped (SIGSTOP) in the middle of a question; how long until it is ended, and until the answer."""
    world = _world(folder)
    ended, answered, complaints = [], [], []
    with _remote(world, folder, worker_timeout_s=SILENCE_S) as (pool, remote):
        for n in range(n_hangs):
            job = remote.submit(f"chr1:{20_000 + 997 * n}", tracks=[0], averaging="shifts:32")
            eventually(lambda job=job: job.progress.fraction > 0 or job.done())
            pid = pool.state.pids[0]
            os.kill(pid, signal.SIGSTOP)
            begun = time.perf_counter()
            eventually(lambda pid=pid: not is_alive(pid))
            ended.append(time.perf_counter() - begun)
            try:
                job.result(60)
            except EnformerError as error:
                complaints.append(f"hang {n}: {error}")
            answered.append(time.perf_counter() - begun)
    if answered and max(answered) > SILENCE_S + RESTARTED_S:
        complaints.append(f"an answer took {max(answered):.1f} s after a silence of {SILENCE_S:g} s was allowed")
    facts = {"hangs": n_hangs, "silence_allowed_s": SILENCE_S}
    return facts | {"ended_s": _spread(ended), "answered_s": _spread(answered), "complaints": complaints}


def web_kills(folder: Path, n_kills: int = 100, seed: int = 5) -> dict[str, Any]:
    """kill -9 of the web process at random moments while its worker makes the first picture ready."""
    rng = random.Random(seed)
    world = _world(folder)
    register(world, folder / "data")
    predictions = folder / "cache" / "predictions"
    gone, sizes, complaints, at_work = [], [], [], 0
    for n in range(n_kills):
        with _app(folder) as app:
            time.sleep(rng.uniform(0, 4.0))
            workers = _children(app.pid)
            app.kill()
            app.wait()
            begun = time.perf_counter()
        at_work += bool(workers)
        eventually(lambda workers=workers: not any(map(is_alive, workers)))
        gone.append(time.perf_counter() - begun)
        complaints += [f"kill {n}: {path.name} is damaged" for path in _entries(predictions) if not _is_whole(path)]
        for path in _entries(predictions):
            path.unlink()  # so that the next one has the work to do
        sizes.append(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
    with _app(folder) as app:  # all is well after it, and the work is done
        eventually(lambda: any(_is_whole(path) for path in _entries(predictions)))
        app.terminate()
        app.wait()
    if gone and max(gone) > GONE_S:
        complaints.append(f"a worker lived {max(gone):.1f} s longer than its web process")
    facts = {"kills": n_kills, "with_a_worker": at_work, "worker_gone_s": _spread(gone)}
    return facts | {"bytes_left_by_each": round((sizes[-1] - sizes[0]) / max(1, n_kills - 1)), "complaints": complaints}


# --- Parts -----------------------------------------------------------------------------------------------------------


def download_kills(folder: Path, n_kills: int = 100, seed: int = 5) -> dict[str, Any]:
    """kill -9 of a process that downloads, at random moments; the next one goes on, and what it finds is compared."""
    complaints, seen = [], {}
    with FaultServer() as server:
        url = server.serve("/killed", BODY, fault_server.in_steps(20_000, 0.02))
        try:
            seen = killed_fetch.killed(n_kills, url, NAME, folder, BODY, longest=0.3, seed=seed)
            whole(fetch(RemoteFile(NAME, (url,)), folder, policy=FAST), folder)
        except AssertionError as exc:
            complaints.append(f"download: {exc}")
    return {"kills": n_kills, "seen": seen, "complaints": complaints}


def _world(folder: Path) -> World:
    folder.mkdir(parents=True, exist_ok=True)
    return build(folder)


def _settings(folder: Path, **changed: Any) -> Settings:
    # Nothing is kept, so that every question is the worker's.
    facts = {"data_dir": folder / "data", "cache_dir": folder / "cache", "device": "cpu", "threads": 1}
    return Settings(**facts | {"cache_max_bytes": 0} | changed)


def _expected(world: World, folder: Path, asks: list[Ask]) -> list[Any]:
    settings = _settings(folder / "here")
    with_model = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes, settings=settings)
    try:
        return [ask(with_model).result() for ask in asks]
    finally:
        with_model.close()


@contextmanager
def _remote(world: World, folder: Path, **changed: Any) -> Iterator[tuple[WorkerPool, RemotePredictor]]:
    settings = _settings(folder, **changed)
    spec = ModelSpec(str(world.model), str(world.fasta), str(world.genes))
    with WorkerPool(settings) as pool:
        remote = RemotePredictor.load(pool, spec, settings)
        yield pool, remote
        remote.close()


def _outcome(job: Job, expected: Any) -> str:
    try:
        return "right" if is_right(job.result(0), expected) else "wrong"
    except WorkerLost:
        return "WorkerLost"
    except EnformerError as error:
        return f"{type(error).__name__}: {error}"


def _wait(seconds: float, look: Callable[[], object]) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        look()
        time.sleep(0.005)


def _until(holds: Callable[[], object], look: Callable[[], object] = lambda: None) -> None:
    def looked() -> object:
        look()
        return holds()

    eventually(looked, 120.0)


def _left(pids: set[int]) -> list[int]:
    end = time.perf_counter() + GONE_S
    while any(map(is_alive, pids)) and time.perf_counter() < end:
        time.sleep(0.01)
    return sorted(filter(is_alive, pids))


def _spread(seconds: list[float]) -> dict[str, float]:
    """Median, 95th percentile and the longest, in seconds."""
    if not seconds:
        return {}
    p50, p95, longest = np.percentile(seconds, [50, 95, 100]).tolist()
    return {"p50": round(p50, 2), "p95": round(p95, 2), "max": round(longest, 2)}


@contextmanager
def _app(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The real app, from the moment when it answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ENFORMER_")}
    environment |= {"ENFORMER_DATA_DIR": str(folder / "data"), "ENFORMER_CACHE_DIR": str(folder / "cache")}
    environment |= {"ENFORMER_SETTINGS_FILE": str(folder / "none.toml"), "ENFORMER_DEVICE": "cpu"}
    command = [sys.executable, "-m", "enformer_core", "app", "--port", str(port), "--no-browser"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as app:
        try:
            eventually(lambda: _is_healthy(port) or app.poll() is not None)
            yield app
        finally:
            app.kill()


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.append(int(path.parent.name))
    return found


def _entries(predictions: Path) -> list[Path]:
    return [path for path in predictions.glob("??/*") if not path.name.startswith(".")]


def _is_whole(path: Path) -> bool:
    return _decode(path.read_bytes()) is not None


def main() -> int:
    """Run all of them with as many faults as ``--kills`` says, and print what came of it."""
    import argparse
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = {
            "worker_kills": worker_kills(folder / "kills", given.kills),
            "worker_hangs": worker_hangs(folder / "hangs"),
            "web_kills": web_kills(folder / "web"),
        }
    print(json.dumps(result, indent=2))
    return 1 if any(part["complaints"] for part in result.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
