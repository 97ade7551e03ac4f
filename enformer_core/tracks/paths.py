"""Which files may be opened by a path that somebody typed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from ..errors import PathNotAllowed, shown

MAX_CHARACTERS = 4096
# Kernel interfaces: opening one can block for ever, or tell secrets of this process, even where "/" is a root.
FORBIDDEN = ("/proc", "/sys", "/dev")


def allowed_path(text: str, roots: Iterable[Path]) -> Path:
    """The regular file that a text names, if it lies below a root after all symbolic links are followed.

    A relative path is looked for below each root in turn. The answer for a path outside the roots is the same whether
    or not there is a file.

    Args:
        text: A path as typed.
        roots: Folders below which files may be opened (``settings.data_roots``).

    Returns:
        The file's real path, free of symbolic links.

    Raises:
        PathNotAllowed: The path leads outside, or names no readable regular file.
    """
    folders = [Path(os.path.realpath(root)) for root in roots]
    if not folders:
        raise PathNotAllowed(
            f"{shown(text)} cannot be opened, because opening files by path is switched off",
            hint="Upload the file, or name its folder in the setting data_roots",
        )
    reason = _refused(text)
    if reason:
        raise PathNotAllowed(
            f"{shown(text)} cannot be opened: {reason}",
            hint="Write the path of a file below one of the folders that may be opened",
        )
    inside = [real for folder in folders if (real := _below(text, folder, folders)) is not None]
    if not inside:
        raise PathNotAllowed(
            f"{shown(text)} does not lie below a folder that may be opened",
            hint="Move the file there, upload it, or add its folder to the setting data_roots",
        )
    return _regular(text, inside)


def _refused(text: str) -> str:
    """Why the text is refused as it stands, or ``""``. Looks at no disk."""
    if not text.strip():
        return "the path is empty"
    if len(text) > MAX_CHARACTERS:
        return f"a path has at most {MAX_CHARACTERS:,} characters"
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        return "it holds a control character"
    if any("\ud800" <= c <= "\udfff" for c in text):
        return "it is not valid text"
    if "://" in text or text.lower().startswith("file:"):
        return "it is a web address"
    if text.startswith(("\\\\", "//")):
        return "it is a network path"
    if text.startswith("~"):
        return "'~' is not expanded"
    if ".." in text.replace("\\", "/").split("/"):
        return "'..' is not followed"
    return ""


def _below(text: str, folder: Path, folders: list[Path]) -> Path | None:
    real = Path(os.path.realpath(folder / text))
    if any(real.is_relative_to(forbidden) for forbidden in FORBIDDEN):
        return None
    return real if any(real.is_relative_to(root) for root in folders) else None


def _regular(text: str, candidates: list[Path]) -> Path:
    problem = "there is no such file"
    for path in candidates:
        try:
            mode = path.stat().st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode) and os.access(path, os.R_OK):
            return path
        problem = "it may not be read" if stat.S_ISREG(mode) else "it is not a regular file"
    raise PathNotAllowed(f"{shown(text)} cannot be opened: {problem}", hint="Check the name")
