"""Bringing one file here, from one of several addresses, so that nothing but that file ever has its name.

What is here of a file is gone on from, by range and only in the same version. A whole file has its size, its first
bytes and its checksum looked at before it is moved to its name; one that is not the file is set aside as ``NAME.bad``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import DownloadError, EnformerError, FileFormatError, UrlNotAllowed, shown
from .answers import HEAD, continues, judge_head, most_bytes, origin_of, question, total_of
from .connection import Answer
from .errand import Errand
from .listening import Listening
from .locking import locked
from .pace import OnProgress
from .partial import Origin, Partial
from .policy import DEFAULT, Policy
from .remote_file import Checksum, Fetched, FetchProgress, RemoteFile
from .space import free_space
from .standing_file import standing_file
from .trouble import Broken, NotTheFile, Refused

__all__ = ["Checksum", "FetchProgress", "Fetched", "Policy", "RemoteFile", "fetch", "free_space"]


def fetch(
    file: RemoteFile, folder: Path, *, on_progress: OnProgress | None = None, policy: Policy = DEFAULT
) -> Fetched:
    """Bring a file here, unless it is here already.

    An exception from ``on_progress``, which is called a few times a second whatever the network does, stops it. What
    has come by then stays as ``NAME.partial``, and the next call goes on from there, also after a kill.

    Args:
        file: What to fetch.
        folder: Where to put it; made if it is missing.
        on_progress: Told how far it is.
        policy: What may be asked, and how long it may take.

    Returns:
        The file, and on whose word it is the right one.

    Raises:
        DownloadError: No address gave it.
        FileFormatError: What came has another checksum than it must have.
        UrlNotAllowed: Its only address may not be asked.
        OutOfDisk: It does not fit.
        FileError: The folder cannot be written.
    """
    errand = Errand(file, folder, policy, on_progress)
    if errand.read_only and (here := standing_file(errand)) is not None:
        return here
    with locked(folder, file.name, policy.tick_s, errand.wait_for_another):
        if (here := standing_file(errand)) is not None:
            return here
        reading = errand.disk_pace()
        with Partial(folder, file.name, file.algorithms, lambda done: reading.tick(done, file.size)) as partial:
            partial.set_standing_aside()
            return _from_any(errand, partial)


def _from_any(errand: Errand, partial: Partial) -> Fetched:
    """Ask the addresses in turn, the one that a part is from first."""
    begun = partial.origin.url if partial.origin else ""
    reasons: list[tuple[str, Refused | EnformerError]] = []
    for url in sorted(errand.file.urls, key=lambda url: url != begun):
        try:
            _from_one(url, errand, partial)
            break
        except (Refused, UrlNotAllowed, DownloadError) as exc:
            reasons.append((url, exc))
    else:
        raise _given_up(errand, reasons)
    expected = errand.file.expected(partial.origin.sha256 if partial.origin else "")
    sha256, size = partial.digests.hexdigest("sha256"), partial.size
    return Fetched(partial.finish(), sha256, size, url, expected.source if expected else "recorded")


def _from_one(url: str, errand: Errand, partial: Partial) -> None:
    """Ask one address until the whole file is here.

    Tries are counted anew after progress beyond the furthest point so far, so that their number has a bound even where
    a server sends another version each time.
    """
    policy = errand.policy
    tries, again = 0, False
    furthest = partial.size if partial.origin and partial.origin.url == url else 0
    while True:
        try:
            return _attempt(url, errand, partial)
        except NotTheFile as exc:
            if not exc.glued or again:
                raise
            again = True  # one of its parts may be to blame, such as what an earlier process left
        except (Broken, DownloadError) as exc:
            tries = 1 if partial.size >= furthest + policy.worth else tries + 1
            furthest = max(furthest, partial.size)
            if tries > policy.retries:
                raise Refused(exc.what) from exc
            errand.rest(policy.pause(tries - 1, exc.after if isinstance(exc, Broken) else None), url, partial)


def _attempt(url: str, errand: Errand, partial: Partial) -> None:
    """One question and its answer, after which the whole file is here."""
    file, total = errand.file, total_of(partial.origin, errand.file)
    if partial.origin and partial.origin.url == url and total and partial.size == total:
        return _check_whole(file, partial)  # stopped between its last byte and its name
    pace = errand.pace(url)
    headers = question(partial, url, file)
    with Listening(
        url, headers, errand.policy, lambda: pace.tick(partial.size, total_of(partial.origin, file))
    ) as listening:
        answer = listening.answer()
        if answer.status == 416 and headers:
            return _check_end(file, partial)
        origin = origin_of(answer, url, file)
        pieces = listening.pieces()
        if answer.status == 206:
            _go_on(answer, origin, partial, wanted=bool(headers))
        else:
            pieces = _looked_at(pieces, file)
            partial.start(origin)
        total = total_of(origin, file)
        free_space(errand.folder, (total or partial.size) - partial.size)
        most = most_bytes(origin, file, errand.policy)
        for piece in pieces:
            if partial.size + len(piece) > most:
                partial.drop()
                raise Refused(f"sends more than the {most:,} bytes that the file may have")
            partial.append(piece)
            pace.tick(partial.size, total)
    _check_whole(file, partial)
    pace.report(partial.size, partial.size)


def _go_on(answer: Answer, origin: Origin, partial: Partial, *, wanted: bool) -> None:
    """Make sure that an answer goes on where the part ends, in the same version."""
    if not wanted:
        raise Refused("sends a part of the file where the whole was asked for")
    if not continues(answer, origin, partial):
        partial.drop()
        raise Broken("has another version of the file than before")
    partial.glued = True


def _looked_at(pieces: Iterator[bytes], file: RemoteFile) -> Iterator[bytes]:
    """The same pieces, once the first bytes have been looked at."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= max(HEAD, len(file.magic)):
            break
    judge_head(head, file)
    return chain((head,), pieces)


def _check_end(file: RemoteFile, partial: Partial) -> None:
    """The server says that nothing comes after what is here: then it is the whole file, or no part of one."""
    expected = file.expected(partial.origin.sha256 if partial.origin else "")
    if expected is None or partial.digests.hexdigest(expected.algorithm) != expected.hexdigest:
        size = partial.size
        partial.drop()
        raise Broken(f"has a file that ends before the {size:,} bytes that came of it")


def _check_whole(file: RemoteFile, partial: Partial) -> None:
    """Let a file pass that has the size and the checksum that it must have."""
    total = total_of(partial.origin, file)
    if total is not None and partial.size < total:
        raise Broken(f"stops after {partial.size:,} of {total:,} bytes")
    expected = file.expected(partial.origin.sha256 if partial.origin else "")
    if expected is None:
        return
    found = partial.digests.hexdigest(expected.algorithm)
    if found != expected.hexdigest:
        glued = partial.glued
        partial.set_aside()
        raise NotTheFile(
            f"sends a file with the {expected.algorithm} {found}, where {expected.hexdigest} is expected", glued=glued
        )


def _given_up(errand: Errand, reasons: list[tuple[str, Refused | EnformerError]]) -> EnformerError:
    """The error that says what each address did."""
    name = errand.file.name
    if len(reasons) == 1 and isinstance(reasons[0][1], UrlNotAllowed):
        return reasons[0][1]
    told = "; ".join(f"{_host(url)} {exc.what}" if isinstance(exc, Refused) else exc.what for url, exc in reasons)
    if any(isinstance(exc, NotTheFile) for _, exc in reasons):
        return FileFormatError(
            f"{name} is not the file that it should be: {told}",
            where=str(errand.folder),
            hint=f"What came was set aside as {name}.bad. Its publisher may have replaced it, or something on the way "
            "changes it: fetch it from another network, or take it from a folder with --from",
        )
    return DownloadError(
        f"{name} could not be fetched: {told}",
        hint="Try again later; it goes on from what has come. Or fetch it elsewhere, and name its folder with --from",
    )


def _host(url: str) -> str:
    return urlsplit(url).hostname or shown(url)
