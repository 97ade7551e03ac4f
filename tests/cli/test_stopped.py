"""Row 75 of the table of bad inputs: a long run that is ended by Ctrl-C, SIGTERM and kill -9, and gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from worlds import World

from enformer_core.cli.running import INTERRUPTED
from tests.evaluation.crispri_tables import ROWS, row, write

GENES = [*ROWS, *(row(start, start + 300, 46_000, gene=f"LATE{start}") for start in (44_000, 45_000, 47_000))]
# Forks a process for each run, which then need not import torch once more: `argv` is what ends the run, if anything.
RUNS = """
import json, os, signal, sys
from enformer_core import files
from enformer_core.cli import cli
from enformer_core.cli.running import exit_with
from enformer_core.evaluation import crispri

def end(how, function, left):
    def counted(*arguments):
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), how)
        return function(*arguments)
    return counted

def run(arguments, how):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal; in the background it may be ignored
    if how == signal.SIGKILL:  # with half of a file beside the one that it is to become
        files.os.replace = end(how, os.replace, 2)
    elif how:
        crispri.scores_of = end(how, crispri.scores_of, 2)
    os._exit(exit_with(lambda: cli(arguments, standalone_mode=False)))

for arguments, how in json.loads(sys.argv[1]):
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        run(arguments, how)
    print("ended", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


@pytest.mark.slow
def test_row_75_ended_three_times_and_gone_on_with_is_byte_for_byte_the_whole_run(world: World, tmp_path: Path) -> None:
    pairs = write(tmp_path / "pairs.tsv", GENES)
    common = ["evaluate", "crispri", "--model", world.model, "--assembly", world.fasta, "--pairs", pairs]
    common += ["--method", "deletion", "--shuffles", 1, "--quiet", "--out"]
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    runs: list[tuple[list[object], int]] = [
        ([*common, whole], 0),
        ([*common, stopped], signal.SIGINT),
        ([*common, stopped, "--resume"], signal.SIGTERM),
        ([*common, stopped, "--resume"], signal.SIGKILL),
        ([*common, stopped, "--resume"], 0),
    ]
    asked = json.dumps([([str(word) for word in words], how) for words, how in runs])
    done = subprocess.run(
        [sys.executable, "-c", RUNS, asked],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    codes = [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("ended")]
    assert codes == [0, INTERRUPTED, -signal.SIGTERM, -signal.SIGKILL, 0], done.stderr
    assert "Traceback" not in done.stderr
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    assert sorted(path.relative_to(stopped) for path in stopped.rglob("*") if path.is_file()) == files
    for name in files:
        assert (stopped / name).read_bytes() == (whole / name).read_bytes(), name
