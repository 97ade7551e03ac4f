"""Where uploads lie: on disk, below one folder, each visit's under random names, until the visit or their time ends."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
import weakref
from pathlib import Path

import streamlit as st
from streamlit import get_option

from enformer_core.closing import Closing
from enformer_core.own_folder import OwnFolder
from enformer_core.settings import load_settings

from .visit import is_open, this_visit

_FOLDER = "uploads"
_MOST_OFTEN_S, _LEAST_OFTEN_S = 1.0, 10.0


class UploadStore(Closing):
    """The uploads of all visits of this process.

    Streamlit forgets a visit whose page was closed only when another one is closed too, so the store looks by itself
    whose page is still open.

    Args:
        cache_dir: Folder of what may be deleted at any time.
        expiry_s: Age at which an upload goes, in seconds.
        patience_s: How long a page may be away before its visit has ended, in seconds.

    Raises:
        FileError: No folder can be made there.
    """

    def __init__(self, cache_dir: Path, expiry_s: float, patience_s: float) -> None:
        self._parent = cache_dir / _FOLDER
        self._own = OwnFolder(self._parent)
        self._expiry_s, self._patience_s = expiry_s, patience_s
        self._visits: dict[Path, str] = {}
        self._away_since: dict[Path, float] = {}
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="enformer-uploads", daemon=True).start()

    def close(self) -> None:
        """Remove all uploads. May be called twice."""
        self._closed.set()
        self._own.close()

    def visit(self) -> VisitFolder:
        """A folder for one visit.

        Raises:
            FileError: It cannot be made.
        """
        folder = VisitFolder(Path(tempfile.mkdtemp(dir=self._own.made())))
        if visit := this_visit():
            self._visits[folder.path] = visit
        return folder

    def n_bytes(self) -> int:
        """Size of all uploads, those of other processes of this installation included."""
        return sum(status.st_size for _, status in _files(self._parent))

    def _watch(self) -> None:
        """Now and then remove what is old, or whose visit has ended."""
        while not self._closed.wait(min(_LEAST_OFTEN_S, max(_MOST_OFTEN_S, self._expiry_s / 4))):
            remove_expired(self._own.path, self._expiry_s)
            self._remove_left()

    def _remove_left(self) -> None:
        now = time.monotonic()
        for path, visit in list(self._visits.items()):
            if is_open(visit):
                self._away_since.pop(path, None)
            elif now - self._away_since.setdefault(path, now) > self._patience_s:
                shutil.rmtree(path, ignore_errors=True)
                del self._visits[path], self._away_since[path]


class VisitFolder:
    """A visit's folder, deleted when the visit is forgotten or the process ends.

    Args:
        path: Of the folder, which is there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def store() -> UploadStore:
    """The store of this process. The first call removes what killed processes have left."""
    settings = load_settings()
    patience_s = float(get_option("server.disconnectedSessionTTL"))
    return _store(str(settings.cache_dir), settings.upload_expiry_s, patience_s)


@st.cache_resource(show_spinner=False, on_release=lambda store: store.close())
def _store(cache_dir: str, expiry_s: float, patience_s: float) -> UploadStore:
    return UploadStore(Path(cache_dir), expiry_s, patience_s)


def remove_expired(folder: Path, expiry_s: float) -> None:
    """Remove the files below a folder that were written longer ago than this."""
    now = time.time()
    for path, status in _files(folder):
        if now - status.st_mtime > expiry_s:
            path.unlink(missing_ok=True)


def _files(folder: Path) -> list[tuple[Path, os.stat_result]]:
    found = []
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root, name)
            try:
                found.append((path, path.lstat()))
            except OSError:  # removed meanwhile
                continue
    return found
