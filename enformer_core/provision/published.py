"""Checksums that a publisher keeps in a list beside its files, as ``md5sum`` and ``sha256sum`` write them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from ..fetching.remote_file import Checksum

MAX_BYTES = 16 << 20
_LINE = re.compile(r"([0-9a-fA-F]{64}|[0-9a-fA-F]{32})[ \t]+\*?(\S.*)")


def file_name(url: str) -> str:
    """The last part of an address."""
    return urlsplit(url).path.rsplit("/", 1)[-1]


def listed(path: Path, name: str) -> Checksum | None:
    """The checksum that a list states for a file; None where it names it not at all, or twice and differently.

    Args:
        path: The list, one ``checksum  name`` a line; the name may stand behind a path.
        name: The file's name at its publisher.
    """
    if path.stat().st_size > MAX_BYTES:
        return None
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    matches = [match for line in lines if (match := _LINE.fullmatch(line.strip()))]
    found = {match[1].lower() for match in matches if match[2].strip().rsplit("/", 1)[-1] == name}
    if len(found) != 1:
        return None
    digest = found.pop()
    return Checksum("sha256" if len(digest) == 64 else "md5", digest, source="publisher")
