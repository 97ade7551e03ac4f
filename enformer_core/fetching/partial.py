"""The part of a file that is here already, and the record of what it is a part of.

``NAME.partial`` holds the bytes, ``NAME.partial.json`` what the server said of the file. The record is written before
the first byte and while there is no part, so that a part never stands beside the record of another file, whenever the
process is killed; a part without a record that can be read is dropped. Nothing here has a random name: what a killed
process leaves is what the next one goes on from.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path

from ..closing import Closing
from ..errors import FileError, OutOfDisk
from ..files import FULL
from ..folders import flush_folder
from .digests import Digests


@dataclass(frozen=True, slots=True)
class Origin:
    """What a server said of the file that it sends.

    Attributes:
        url: The address that was asked, before any redirect.
        etag: Its mark of this version; empty if none.
        last_modified: When it changed, in the server's words; empty if not said.
        length: Its size in bytes; None if not said.
        sha256: The checksum that a hub states; empty if none.
    """

    url: str
    etag: str = ""
    last_modified: str = ""
    length: int | None = None
    sha256: str = ""

    @property
    def validator(self) -> str:
        """What ``If-Range`` takes: a strong ETag, else the date, else nothing."""
        return self.etag if self.etag.startswith('"') else self.last_modified


def partial_paths(target: Path) -> tuple[Path, Path]:
    """Where the part of a file and its record are."""
    return target.with_name(f"{target.name}.partial"), target.with_name(f"{target.name}.partial.json")


class Partial(Closing):
    """A part of a file, its checksums so far, and its record. One process at a time has it: take the lock first.

    Args:
        folder: Where the file is to lie.
        name: Its name.
        algorithms: Checksums to keep up, ``sha256`` and perhaps ``md5``.
        on_read: Called with the bytes read so far while a part that was here before is read; may raise to stop.

    Attributes:
        origin: What it is a part of; None while there is nothing.
        digests: Its size and checksums.
        glued: Whether it may be put together from several answers: some of it was here before, or was gone on from.

    Raises:
        FileError: The folder may not be written.
    """

    def __init__(self, folder: Path, name: str, algorithms: tuple[str, ...], on_read: Callable[[int], object]) -> None:
        self.target = folder / name
        self._data, self._record = partial_paths(self.target)
        self._bad = folder / f"{name}.bad"
        self._handle: FileIO | None = None
        self._algorithms = algorithms
        self._forget()
        origin = _read_record(self._record)
        if origin is None or not self._data.is_file():
            self.drop()
            return
        self._go_on(origin, on_read)

    @property
    def size(self) -> int:
        """Bytes that are here."""
        return self.digests.size

    def start(self, origin: Origin) -> None:
        """Begin anew with the first byte of another file, or version.

        Raises:
            FileError: The folder may not be written.
            OutOfDisk: The disk is full.
        """
        self.drop()
        with self._explained():
            with self._record.open("w", encoding="utf-8") as record:
                json.dump(asdict(origin), record, indent=1)
                record.flush()
                os.fsync(record.fileno())
            self._handle = self._data.open("xb", buffering=0)
        self.origin = origin

    def append(self, data: bytes) -> None:
        """Add bytes at the end. On an error, those that were written count.

        Raises:
            OutOfDisk: The disk is full.
            FileError: It cannot be written.
        """
        rest = memoryview(data)
        with self._explained():
            while rest:
                written = self._open_handle().write(rest)
                self.digests.update(rest[:written])
                rest = rest[written:]

    def finish(self) -> Path:
        """Move the whole file to its name, flushed to the disk.

        Raises:
            FileError: It cannot be written or moved.
            OutOfDisk: The disk is full.
        """
        with self._explained():
            os.fsync(self._open_handle().fileno())
            self.close()
            os.replace(self._data, self.target)
            flush_folder(self.target.parent)
            self._record.unlink(missing_ok=True)
        return self.target

    def set_aside(self) -> None:
        """Rename what is here to ``NAME.bad``, in place of an older one, and begin with nothing.

        Raises:
            FileError: It cannot be moved.
        """
        self.close()
        with self._explained():
            os.replace(self._data, self._bad)
        self.drop()

    def set_standing_aside(self) -> None:
        """Rename a file that has the name already, and is not the right one, to ``NAME.bad``.

        Raises:
            FileError: It cannot be moved.
        """
        with self._explained(), suppress(FileNotFoundError):
            os.replace(self.target, self._bad)

    def drop(self) -> None:
        """Remove what is here.

        Raises:
            FileError: It cannot be removed.
        """
        self.close()
        self._forget()
        with self._explained():
            self._data.unlink(missing_ok=True)
            self._record.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; what is here stays."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _go_on(self, origin: Origin, on_read: Callable[[int], object]) -> None:
        """Open what was here before, its checksums brought up to its end."""
        with self._explained():
            self._handle = self._data.open("r+b", buffering=0)
            try:
                self.digests.read(self._handle, on_read)
            except BaseException:
                self.close()
                raise
        self.origin = origin
        self.glued = True

    def _open_handle(self) -> FileIO:
        if self._handle is None:
            raise ValueError(f"{self._data} is not open")
        return self._handle

    def _forget(self) -> None:
        self.origin: Origin | None = None
        self.glued = False
        self.digests = Digests(self._algorithms)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            if exc.errno in FULL:
                raise OutOfDisk(
                    f"the disk that holds {self.target.parent} is full after {self.size:,} bytes of {self.target.name}",
                    hint="Free some space and try again; it goes on from there",
                ) from exc
            raise FileError(
                f"{self._data} cannot be written: {exc.strerror or exc}",
                hint="Choose a folder that you may write to",
            ) from exc


def _read_record(path: Path) -> Origin | None:
    """The record, or None if there is none that can be trusted: a kill may have cut it."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        origin = Origin(**fields)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    texts = (origin.url, origin.etag, origin.last_modified, origin.sha256)
    sound = all(isinstance(text, str) and text.isascii() and text.isprintable() for text in texts)
    return origin if sound and (origin.length is None or type(origin.length) is int) else None
