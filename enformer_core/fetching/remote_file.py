"""What is to be fetched, what came, and how far it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import FileFormatError, shown

#: On whose word a file is the right one: our manifest, the hub's statement at a pinned revision, a list of checksums
#: that its publisher keeps, or nobody's: what came first was written down, and is not called verified.
Verified = Literal["manifest", "hub", "publisher", "recorded"]
_HEX_DIGITS = {"sha256": 64, "md5": 32}
# Short enough that ".partial.json" and a temporary file's marks still fit into a name of 255 bytes.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,149}")


@dataclass(frozen=True, slots=True)
class Checksum:
    """The checksum of a whole file.

    Attributes:
        algorithm: How it is computed.
        hexdigest: The checksum, in lower case.
        source: On whose word.

    Raises:
        FileFormatError: The text is not such a checksum.
    """

    algorithm: Literal["sha256", "md5"]
    hexdigest: str
    source: Verified = "manifest"

    def __post_init__(self) -> None:
        digits = _HEX_DIGITS.get(self.algorithm)
        if digits is None or not re.fullmatch(f"[0-9a-f]{{{digits}}}", self.hexdigest):
            raise FileFormatError(
                f"{shown(self.hexdigest)} is not a checksum of the kind {shown(self.algorithm)}",
                hint="Write sha256 with 64, or md5 with 32 digits of 0-9 and a-f",
            )


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that can be fetched.

    Attributes:
        name: The name it gets here. A server's own idea of the name is never asked for.
        urls: Where it is, in order of preference.
        size: Its size in bytes, where known. A server that states another one does not have this file.
        checksum: What it must have, where known beforehand.
        hub: Whether it lies on a Hugging Face hub at a pinned revision, whose answer states its sha256.
        magic: Its first bytes, where known.

    Raises:
        FileFormatError: The name could lead out of the folder, there is no address, or the size is not one.
    """

    name: str
    urls: tuple[str, ...]
    size: int | None = None
    checksum: Checksum | None = None
    hub: bool = False
    magic: bytes = b""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name.endswith((".", ".partial", ".partial.json", ".bad")):
            raise FileFormatError(
                f"{shown(self.name)} cannot be the name of a fetched file",
                hint="Use up to 150 letters, digits and '_.+-', and neither '.partial' nor '.bad' at the end",
            )
        if not self.urls:
            raise FileFormatError(f"no address is given for {self.name}", hint="Give one https address or more")
        if self.size is not None and self.size < 0:
            raise FileFormatError(f"the size {self.size:,} of {self.name} is negative", hint="Give it in bytes")

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The checksums to compute of it: always sha256, which is what is written down."""
        given = self.checksum.algorithm if self.checksum else "sha256"
        return ("sha256",) if given == "sha256" else ("sha256", given)

    def expected(self, hub_sha256: str = "") -> Checksum | None:
        """The checksum that the file must have: what was known beforehand, else what the hub says, else None."""
        if self.checksum is None and self.hub and hub_sha256:
            return Checksum("sha256", hub_sha256, "hub")
        return self.checksum


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is here, whole.

    Attributes:
        path: Where it is.
        sha256: Its checksum.
        size: Its size in bytes.
        url: Where it came from; empty for one that was here before, a path for one that was taken from a folder.
        verified: On whose word it is the right one.
    """

    path: Path
    sha256: str
    size: int
    url: str
    verified: Verified


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far a file is.

    Attributes:
        done: Bytes that are here.
        total: Bytes of the whole file; None while unknown.
        bytes_per_s: Over the last seconds.
        seconds_left: At that speed; None where that cannot be said.
        url: Where it comes from; empty while another process fetches it, or one that is here is read.
    """

    done: int
    total: int | None
    bytes_per_s: float
    seconds_left: float | None
    url: str
