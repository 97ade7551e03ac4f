"""``enformer-browser train`` as people run it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from training_world import build_world

COMMAND = (sys.executable, "-m", "enformer_core", "train")


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=240, check=False)


def test_it_trains_and_tells_how_it_goes(tmp_path: Path) -> None:
    config = build_world(tmp_path)
    done = _run(config, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "run")
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 2  # one for each validation
    assert "local 5  loss " in lines[0]
    assert "r: DNASE" in lines[0]
    assert (tmp_path / "run" / "model.safetensors").is_file()


def test_ctrl_c_leaves_a_checkpoint_and_says_how_to_go_on(tmp_path: Path) -> None:
    config = build_world(tmp_path)
    config.write_text(config.read_text().replace("steps = 10", "steps = 100000"))
    run = subprocess.Popen(
        [*COMMAND, str(config), "--out", str(tmp_path / "run")], stderr=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert run.stderr is not None
        assert "local 5" in run.stderr.readline()
        run.send_signal(signal.SIGINT)
        rest = run.communicate(timeout=120)[1]
    finally:
        run.kill()
    assert run.returncode == 5
    assert "stopping after this step" in rest
    assert "--resume goes on from it" in rest
    assert "Traceback" not in rest
    assert (tmp_path / "run" / "checkpoint" / "last.safetensors").is_file()


def test_what_is_wrong_is_said_in_one_line(tmp_path: Path) -> None:
    config = build_world(tmp_path)
    config.write_text(config.read_text().replace("batch_size = 8", "batch_size = 0"))
    done = _run(config, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert (
        done.stderr
        == f"Error: {config}, stage 1: batch_size cannot be '0': Input should be greater than or equal to 1\n"
    )
    assert not (tmp_path / "run" / "log.csv").exists()
