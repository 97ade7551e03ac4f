"""The folder in which an assembly is built: which steps are done, and the move into place at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import OutOfDisk
from ..files import sha256_of, written_aside
from ..folders import put_in_place
from .finished import work_folder
from .workers import Task

Progress = Callable[[float, str], None]
_DONE = "done.json"


class Workshop:
    """A work folder beside the assembly's own, on the same disk. What was finished in it before a kill still counts.

    Attributes:
        folder: For parts.
        product: What becomes the assembly's folder.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self.folder = work_folder(target)
        # One level deeper than where assemblies are looked for: nobody sees it before it is whole.
        self.product = self.folder / target.name
        self.product.mkdir(parents=True, exist_ok=True)
        for left in [*self.folder.glob(".*.part"), *self.product.glob(".*.part")]:  # by a killed process
            left.unlink(missing_ok=True)
        self._done = self._read()

    def is_done(self, task: Task) -> bool:
        """Whether a step was finished, and its files are as it left them."""
        sums = self._done.get(task.name, {})
        with suppress(OSError):
            return set(sums) == set(task.files) and all(sha256_of(self.folder / f) == sums[f] for f in task.files)
        return False

    def finished(self, task: Task) -> None:
        """Record a step with the checksums of its files."""
        self._done[task.name] = {name: sha256_of(self.folder / name) for name in task.files}
        with written_aside(self.folder / _DONE, overwrite=True) as aside:
            aside.write_text(json.dumps(self._done))

    def size(self) -> int:
        """Bytes in the folder."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def put_in_place(self) -> None:
        """Make the product the assembly's folder, in one move, and remove the rest."""
        put_in_place(self.product, self._target, self.folder / "replaced")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            found = json.loads((self.folder / _DONE).read_bytes())
            return {step: dict(sums) for step, sums in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


@contextmanager
def locked(target: Path, progress: Progress) -> Iterator[None]:
    """Hold the lock of an assembly's folder, so that of two builds one waits; file systems without locks do without."""
    lock = FileLock(target.parent / f".{target.name}.lock")
    with suppress(OSError, NotImplementedError):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress(0.0, f"Waiting for another build of {target.name}")
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def check_room(folder: Path, needed: int) -> None:
    """Refuse to start where the disk cannot hold a build.

    Raises:
        OutOfDisk: Less than ``needed`` bytes are free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OutOfDisk(
            f"about {needed / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free",
            where=str(folder),
            hint="Free some space, or set ENFORMER_DATA_DIR to a folder on another disk",
        )


def joined(target: Path, parts: Iterable[Path], head: str = "") -> None:
    """Write text parts one after the other."""
    with written_aside(target, overwrite=True) as aside, aside.open("wb") as handle:
        handle.write(head.encode())
        for part in parts:
            handle.write(part.read_bytes())
