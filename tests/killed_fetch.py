"""A download in a process that is killed at random moments; a test does it a few times, a fault script a hundred."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHILD = """
import json, sys
from pathlib import Path
from enformer_core.fetching.fetch import Checksum, Policy, RemoteFile, fetch

asked = json.loads(sys.argv[1])
policy = Policy(schemes=frozenset({"http"}), private_hosts=frozenset({"127.0.0.1"}), tick_s=0.01)
checksum = Checksum("sha256", asked["sha256"]) if asked["sha256"] else None
file = RemoteFile(asked["name"], (asked["url"],), checksum=checksum)
print("ready", flush=True)
sys.stdin.readline()
begun = []

def told(progress):
    if progress.done and not begun:
        begun.append(1)
        print("begun", flush=True)

fetch(file, Path(asked["folder"]), on_progress=told, policy=policy)
"""


@contextmanager
def child(url: str, name: str, folder: Path, sha256: str = "") -> Iterator[subprocess.Popen[str]]:
    """A process that has imported all it needs and begins to fetch at a line on its standard input.

    It says "begun" once the first bytes are on the disk, and is killed at the end of the block.
    """
    asked = json.dumps({"url": url, "name": name, "folder": str(folder), "sha256": sha256})
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, asked], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            if said != "ready\n":
                raise RuntimeError(f"the child said {said!r}")
            yield process
        finally:
            process.kill()


def go(process: subprocess.Popen[str]) -> None:
    """Let a child begin."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def killed(times: int, url: str, name: str, folder: Path, body: bytes, *, longest: float, seed: int) -> dict[str, int]:
    """Fetch in processes that are killed at random moments; a file that came through is removed and fetched anew.

    Args:
        times: Kills.
        url: Where the file is.
        name: Its name here.
        folder: Where it goes.
        body: Its bytes.
        longest: Seconds up to which a child may live; every other one from its first bytes on.
        seed: Of the moments.

    Returns:
        How often nothing, a part, or the whole was there after a kill.

    Raises:
        AssertionError: A wrong file had the name, or something else was left behind.
    """
    chance, seen = random.Random(seed), {"nothing": 0, "part": 0, "whole": 0}
    known = {name, f"{name}.partial", f"{name}.partial.json", f".{name}.lock"}
    for number in range(times):
        with child(url, name, folder) as process:
            go(process)
            if number % 2 and process.stdout is not None:  # else it may be killed before it has asked
                process.stdout.readline()
            time.sleep(chance.uniform(0.0, longest))
        left = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        assert left <= known, f"left behind: {left - known}"
        if name in left:
            assert (folder / name).read_bytes() == body, "a wrong file has the name"
            (folder / name).unlink()
            seen["whole"] += 1
        else:
            seen["part" if f"{name}.partial" in left else "nothing"] += 1
    return seen
