"""Taking a file from a folder instead of the network, by the same rules."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import FileError, FileFormatError, shown
from .answers import HEAD, judge_head
from .errand import Errand
from .locking import locked
from .pace import OnProgress
from .partial import Origin, Partial
from .policy import DEFAULT
from .remote_file import Fetched, RemoteFile
from .space import free_space
from .standing_file import standing_file
from .trouble import Refused

_PIECE = 1 << 20


def take(file: RemoteFile, folder_from: Path, folder: Path, *, on_progress: OnProgress | None = None) -> Fetched:
    """Copy a file out of a folder, unless it is here already. An exception from ``on_progress`` stops it.

    Args:
        file: What to take. Its addresses are not asked.
        folder_from: Where it is looked for, in folders below too; of several with its name, the first that is it.
        folder: Where to put it; made if it is missing.
        on_progress: Told how far it is.

    Raises:
        FileError: It is not there, or cannot be read or written.
        FileFormatError: It is not the file that it should be.
        OutOfDisk: It does not fit.
    """
    errand = Errand(file, folder, DEFAULT, on_progress)
    if errand.read_only and (here := standing_file(errand)) is not None:
        return here
    with locked(folder, file.name, DEFAULT.tick_s, errand.wait_for_another):
        if (here := standing_file(errand)) is not None:
            return here
        with Partial(folder, file.name, file.algorithms, lambda _: None) as partial:
            partial.set_standing_aside()
            problems = []
            for source in _with_its_name(file, folder_from.absolute()):
                try:
                    _copy(source, errand, partial)
                except Refused as exc:
                    problems.append(f"{source} {exc.what}")
                    continue
                sha256, size = partial.digests.hexdigest("sha256"), partial.size
                verified = file.checksum.source if file.checksum else "recorded"
                return Fetched(partial.finish(), sha256, size, str(source), verified)
            partial.drop()
    raise FileFormatError(
        "; ".join(problems),
        where=str(folder_from),
        hint=f"Fetch it again from {file.urls[0]}",
    )


def _with_its_name(file: RemoteFile, folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise FileError(f"there is no folder {shown(folder)}", hint="Name the folder that holds the files")
    found = [Path(where) / file.name for where, _, names in os.walk(folder) if file.name in names]
    files = sorted((path for path in found if path.is_file()), key=lambda path: (len(path.parts), path))
    if not files:
        raise FileError(
            f"{file.name} is not below {folder}",
            hint=f"On a machine with internet, fetch {file.urls[0]}, and copy it there under the name {file.name}",
        )
    return files


def _copy(source: Path, errand: Errand, partial: Partial) -> None:
    """Copy one file, and let it pass if it is the right one."""
    file, pace = errand.file, errand.disk_pace()
    try:
        with source.open("rb") as handle:
            total = os.fstat(handle.fileno()).st_size
            if file.size is not None and total != file.size:
                raise Refused(f"has {total:,} bytes, where {file.size:,} are expected")
            judge_head(handle.read(max(HEAD, len(file.magic))), file)
            handle.seek(0)
            free_space(errand.folder, total)
            partial.start(Origin(source.as_uri()))
            while piece := handle.read(_PIECE):
                partial.append(piece)
                pace.tick(partial.size, total)
    except OSError as exc:
        raise FileError(f"{source} cannot be read: {exc.strerror or exc}", hint="Check who may read it") from exc
    expected = file.checksum
    if expected and (found := partial.digests.hexdigest(expected.algorithm)) != expected.hexdigest:
        raise Refused(f"has the {expected.algorithm} {found}, where {expected.hexdigest} is expected")
