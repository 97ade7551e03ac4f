"""A file that is here already: used if it is the right one."""

from __future__ import annotations

from contextlib import suppress
from io import FileIO
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import EnformerError, FileError
from .digests import Digests
from .errand import Errand
from .listening import Listening
from .partial import partial_paths
from .remote_file import Checksum, Fetched
from .trouble import Broken, Refused


def standing_file(errand: Errand) -> Fetched | None:
    """The file, if it is here and nothing speaks against it; None otherwise. Needs no lock, and no right to write.

    One without a checksum that was known beforehand has its hub asked for it, where there is one and it answers.

    Raises:
        FileError: It cannot be read.
    """
    file, path = errand.file, errand.folder / errand.file.name
    if not path.exists():
        return None
    try:
        digests = _read(path, errand)
    except OSError as exc:
        raise FileError(
            f"{path} is there and cannot be read: {exc.strerror or exc}", hint="Move it out of the way"
        ) from exc
    expected = file.checksum or _asked_of_hub(errand)
    wrong_size = file.size is not None and digests.size != file.size
    if wrong_size or (expected and digests.hexdigest(expected.algorithm) != expected.hexdigest):
        return None
    with suppress(OSError):
        for leftover in partial_paths(path):  # of a process that was killed right after it gave the file its name
            leftover.unlink(missing_ok=True)
    return Fetched(path, digests.hexdigest("sha256"), digests.size, "", expected.source if expected else "recorded")


def _read(path: Path, errand: Errand) -> Digests:
    pace, digests = errand.disk_pace(), Digests(errand.file.algorithms)
    total = path.stat().st_size
    with FileIO(path) as handle:
        digests.read(handle, lambda done: pace.tick(done, total))
    return digests


def _asked_of_hub(errand: Errand) -> Checksum | None:
    """The checksum that a hub states now; None if it cannot be asked: the file stands, and is not called verified."""
    if not errand.file.hub:
        return None
    for url in errand.file.urls:
        if urlsplit(url).hostname not in errand.policy.hubs:
            continue
        pace = errand.disk_pace()
        with (
            suppress(Refused, Broken, EnformerError),
            Listening(url, {}, errand.policy, lambda pace=pace: pace.tick(0, errand.file.size)) as listening,
        ):
            return errand.file.expected(listening.answer().linked)
    return None
