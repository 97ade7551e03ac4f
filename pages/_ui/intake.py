"""Taking a file in: it is stored under a random name or found by its path, told by its content, and put on view."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from enformer_core.errors import EnformerError, FileError, FileTooLarge, OutOfDisk
from enformer_core.files import FULL
from enformer_core.settings import Settings
from enformer_core.tracks.bigwig_header import MAGIC
from enformer_core.tracks.bigwig_read import BigWigReader
from enformer_core.tracks.feature_read import AnnotationReader
from enformer_core.tracks.paths import allowed_path

from . import annotations, experiments, uploads
from .state import Annotation, Experiment, Session
from .words import cut, visible

KINDS = "bigWig, BED, narrowPeak, GTF or VCF"
MAX_SESSION_FACTOR = 4
_CHUNK = 1 << 20
_MAGICS = (MAGIC.to_bytes(4, "little"), MAGIC.to_bytes(4, "big"))


def take_upload(
    state: Session,
    file: BinaryIO,
    name: str,
    settings: Settings,
    bigwigs: BigWigReader,
    features: AnnotationReader,
) -> Experiment | Annotation:
    """Store an uploaded file under a random name, look into it, and put it on view.

    What is allowed for one file, for one visit and for all visits is held against what is on disk, before and after.

    Args:
        state: The session that owns it.
        file: Its bytes.
        name: As the browser gave it; only ever displayed.
        settings: For the largest sizes.
        bigwigs: Looks into bigWigs.
        features: Looks into everything else, in a process of its own.

    Raises:
        FileTooLarge: It, all of the session's files, or all sessions' files together are above the limit.
        OutOfDisk: The disk is full.
        FileError: It is of no kind that is read here, or is damaged; ``where`` has the name that was given.
    """
    path = state.upload_folder() / secrets.token_hex(16)
    name = cut(visible(name), experiments.MAX_NAME) or "a file without a name"
    try:
        _refuse_full(settings)
        _copy(file, path, _room(state, settings), settings)
        _refuse_full(settings)
        with _called(path, name):
            return _put_on_view(state, path, name, bigwigs, features, uploaded=True)
    except OSError as exc:
        path.unlink(missing_ok=True)
        kind = OutOfDisk if exc.errno in FULL else FileError
        raise kind(f"the upload cannot be kept: {exc.strerror or exc}", hint="Try again later") from exc
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def take_path(
    state: Session, text: str, settings: Settings, bigwigs: BigWigReader, features: AnnotationReader
) -> Experiment | Annotation:
    """Put a file below one of the configured folders on view.

    Raises:
        PathNotAllowed: The path leads elsewhere, or opening by path is switched off.
        FileError: It is of no kind that is read here, or is damaged; ``where`` has its name.
    """
    path = allowed_path(text.strip(), () if settings.hosted else settings.data_roots)
    with _called(path, path.name):
        return _put_on_view(state, path, path.name, bigwigs, features, uploaded=False)


def _put_on_view(
    state: Session, path: Path, name: str, bigwigs: BigWigReader, features: AnnotationReader, *, uploaded: bool
) -> Experiment | Annotation:
    if _is_bigwig(path):
        return experiments.take(state, path, name, bigwigs, uploaded=uploaded)
    return annotations.take(state, path, name, features, uploaded=uploaded)


def _is_bigwig(path: Path) -> bool:
    try:
        with path.open("rb") as handle:
            return handle.read(4) in _MAGICS
    except OSError as exc:
        raise FileError(f"the file cannot be read: {exc.strerror or exc}", where=str(path)) from exc


@contextmanager
def _called(path: Path, name: str) -> Iterator[None]:
    """Call a file by the name that people know in what is wrong with it."""
    try:
        yield
    except EnformerError as error:
        where, hint = (text.replace(str(path), name).replace(path.name, name) for text in (error.where, error.hint))
        raise type(error)(error.what, where=where, hint=hint) from error


def _refuse_full(settings: Settings) -> None:
    """Two files that come at once may each have found room, so this is asked again once a file is there.

    Raises:
        FileTooLarge: All uploads together have more than is allowed.
    """
    if uploads.store().n_bytes() > settings.uploads_max_bytes:
        raise FileTooLarge(
            f"there is no room for another upload: those of all visits have "
            f"{settings.uploads_max_bytes / 1024**2:,.0f} MB, which is all that this server allows",
            hint="Remove a file of yours that you no longer need, or try again later",
        )


def _room(state: Session, settings: Settings) -> int:
    """Bytes that the next file may have."""
    files = [*state.experiments, *state.annotations]
    used = sum(file.path.stat().st_size for file in files if file.uploaded and file.path.exists())
    return min(settings.upload_max_bytes, MAX_SESSION_FACTOR * settings.upload_max_bytes - used)


def _copy(file: BinaryIO, path: Path, limit: int, settings: Settings) -> None:
    size = 0
    with path.open("xb") as target:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                allowed = f"{settings.upload_max_bytes / 1024**2:,.0f} MB"
                raise FileTooLarge(
                    f"the file is too large: one file may have {allowed}, all together {MAX_SESSION_FACTOR} times that",
                    hint="Remove another file, or open the file by its path",
                )
            target.write(chunk)
