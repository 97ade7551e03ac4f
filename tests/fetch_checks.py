"""What tests of downloads share: a file's bytes, rules without pauses, and what must hold of a file that came."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from pathlib import Path

from enformer_core.fetching.fetch import Checksum, Fetched, Policy

BODY = random.Random(7).randbytes(400_000)
OTHER = random.Random(8).randbytes(400_000)
NAME = "genome.2bit"
FAST = Policy(
    schemes=frozenset({"http"}),
    private_hosts=frozenset({"127.0.0.1"}),
    connect_s=5,
    silence_s=5,
    tick_s=0.01,
    worth=50_000,
    sleep=lambda _: None,
)


def sha256(data: bytes) -> Checksum:
    return Checksum("sha256", hashlib.sha256(data).hexdigest())


def policy(**changes: object) -> Policy:
    return replace(FAST, **changes)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def whole(fetched: Fetched, folder: Path, body: bytes = BODY) -> None:
    """The file is here under its name, with nothing beside it."""
    assert fetched.path == folder / NAME
    assert fetched.path.read_bytes() == body
    assert fetched.size == len(body)
    assert fetched.sha256 == hashlib.sha256(body).hexdigest()
    assert names(folder) == [NAME]
