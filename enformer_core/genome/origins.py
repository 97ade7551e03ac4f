"""Where the files of a registered assembly or model came from, and whether anybody vouches for them.

The set-up writes this into the manifest, under ``sources``; ``doctor`` and the Setup page read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

#: How a file was checked, in words. The last of these is no verification, and is never called one.
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "manifest": "verified: it has the checksum that the manifest of sources states",
        "publisher": "verified: it has the checksum that its publisher states",
        "hub": "verified: it has the checksum by which the hub knows it",
        "recorded": "recorded, not verified: nobody states a checksum, so that of this copy was written down",
    }
)


@dataclass(frozen=True, slots=True)
class Origin:
    """One file that was fetched.

    Attributes:
        file: Its name as it was fetched.
        url: Where it was had from.
        sha256: Checksum of the fetched file.
        bytes: Its size.
        verified: A key of ``WORDS``.
        terms: Under which terms it may be used.
    """

    file: str
    url: str
    sha256: str
    bytes: int
    verified: str
    terms: str = ""

    @property
    def is_verified(self) -> bool:
        """Whether the checksum was known from somebody else than the server that sent the file."""
        return self.verified in WORDS and self.verified != "recorded"

    @property
    def words(self) -> str:
        """How it was checked, as a clause."""
        return WORDS.get(self.verified, WORDS["recorded"])


def origins(manifest: Mapping[str, Any]) -> tuple[Origin, ...]:
    """What a manifest says of where its files came from; entries that cannot be read are left out.

    Args:
        manifest: Of a registered assembly or model.
    """
    listed = manifest.get("sources", ())
    names = {field.name for field in fields(Origin)}
    found = []
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and set(entry) == names and isinstance(entry["bytes"], int):
            texts = {name: str(value) for name, value in entry.items() if name != "bytes"}
            found.append(Origin(bytes=entry["bytes"], **texts))
    return tuple(found)
