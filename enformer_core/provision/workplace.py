"""The folder in which an assembly or a model is put together: what is done, and the move into place at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..files import sha256_of, written_aside
from ..folders import put_in_place

_DONE = "done.json"
Facts = dict[str, Any]


class Workplace:
    """A work folder beside the folder that it is for, on the same disk. What a killed set-up had finished still counts.

    Args:
        target: What becomes the registered folder.

    Attributes:
        folder: All of it.
        downloads: For what is fetched.
        product: What becomes ``target``.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self.folder = work_folder(target)
        self.downloads = self.folder / "downloads"
        # One level deeper than where registered folders are looked for: nobody sees it before it is whole.
        self.product = self.folder / target.name
        for folder in (self.downloads, self.product):
            folder.mkdir(parents=True, exist_ok=True)
        for left in [*self.folder.glob(".*.part"), *self.product.glob(".*.part")]:  # by a killed process
            left.unlink(missing_ok=True)
        self._done = _read(self.folder / _DONE)

    def begin(self, of: Mapping[str, Any]) -> None:
        """Begin, or go on with, a set-up of these files; what was made for another one is removed."""
        if self.finished("begin", of) is None:
            shutil.rmtree(self.product)
            self.product.mkdir()
            self.record("begin", of, [])

    def finished(self, step: str, of: Mapping[str, Any]) -> Facts | None:
        """What a finished step left to say, if it was done from the same and its files are as it left them.

        Args:
            step: Its name.
            of: What it was done from, as checksums or addresses.
        """
        entry = self._done.get(step)
        if entry is None or entry["of"] != dict(of):
            return None
        with suppress(OSError):
            if all(sha256_of(self.folder / name) == digest for name, digest in entry["files"].items()):
                return entry["facts"]
        return None

    def record(self, step: str, of: Mapping[str, Any], files: Sequence[Path], facts: Facts | None = None) -> None:
        """Write down that a step is done, with the checksums of its files."""
        sums = {str(path.relative_to(self.folder)): sha256_of(path) for path in files}
        self._done[step] = {"of": dict(of), "files": sums, "facts": facts or {}}
        with written_aside(self.folder / _DONE, overwrite=True) as aside:
            aside.write_text(json.dumps(self._done))

    def put_in_place(self) -> None:
        """Make the product the registered folder, in one move, and remove the rest."""
        put_in_place(self.product, self._target, self.folder / "replaced")
        self.remove()

    def remove(self) -> None:
        """Remove the work folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def work_folder(target: Path) -> Path:
    """Where what becomes ``target`` is put together."""
    return target.parent / f".{target.name}.setup"


@contextmanager
def locked(target: Path, waiting: Callable[[], object]) -> Iterator[None]:
    """Hold the lock of a folder, so that of two set-ups one waits; file systems without locks do without.

    Args:
        target: The folder.
        waiting: Called while another process holds the lock; an exception that it raises ends the wait.
    """
    lock = FileLock(target.parent / f".{target.name}.setup.lock")
    with suppress(OSError, NotImplementedError):
        while not lock.is_locked:
            try:
                lock.acquire(timeout=0.5)
            except Timeout:
                waiting()
    try:
        yield
    finally:
        lock.release()


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_bytes())
        entries = {step: entry for step, entry in found.items() if isinstance(entry.get("of"), dict)}
        whole = {s: e for s, e in entries.items() if isinstance(e.get("files"), dict) and isinstance(e["facts"], dict)}
        return {step: {key: entry[key] for key in ("of", "files", "facts")} for step, entry in whole.items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return {}
