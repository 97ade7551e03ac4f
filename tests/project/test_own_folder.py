"""A folder of one process: nobody else removes it, and nobody has to when the process is killed."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from enformer_core.errors import FileError
from enformer_core.own_folder import OwnFolder

HOLD = """
import sys, time
from pathlib import Path
from enformer_core.own_folder import OwnFolder
folder = OwnFolder(Path(sys.argv[1]))
(folder.path / "upload").write_bytes(b"x" * 1000)
print(folder.path, flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_leaves_goes_with_the_next_and_what_lives_stays(tmp_path: Path) -> None:
    parent = tmp_path / "a" / "uploads"
    mine = OwnFolder(parent)
    (mine.path / "upload").write_bytes(b"x")
    children = [subprocess.Popen([sys.executable, "-c", HOLD, str(parent)], stdout=subprocess.PIPE) for _ in range(2)]
    try:
        assert all(child.stdout for child in children)
        killed, living = [Path(child.stdout.readline().decode().strip()) for child in children if child.stdout]
        assert stat.S_IMODE(living.stat().st_mode) == 0o700
        children[0].kill()
        children[0].wait()
        assert (killed / "upload").exists()
        other = OwnFolder(parent)
        assert not killed.exists()
        assert (living / "upload").exists()
        assert (mine.path / "upload").exists()
    finally:
        for child in children:
            child.kill()
            child.communicate()
    for folder in (mine, other):
        folder.close()
        folder.close()
    OwnFolder(parent).close()
    assert [path.name for path in parent.iterdir()] == [".door"], "nothing is left that could grow"


def test_a_cleared_cache_is_no_obstacle_and_one_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    folder = OwnFolder(tmp_path / "uploads")
    folder.path.rmdir()
    assert folder.made().is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"no folder can be made below .*file/uploads"):
        OwnFolder(tmp_path / "file" / "uploads")
