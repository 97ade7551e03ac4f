"""Where a result came from: enough to make it again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from typing import Any


@cache
def own_version() -> str:
    """The version of this software; read once, for every result and every page says it."""
    return version("enformer-browser")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything that decides a result's numbers. No date: equal work gives equal bytes.

    Attributes:
        model: The model's name as asked for.
        weights_sha256: Checksum of the weights file that was loaded.
        head: ``human``, ``mouse``, ...
        assembly: Name of the assembly, or ``""`` for a pasted sequence.
        assembly_id: What identifies the assembly's bases (see ``Assembly.identity``).
        window: Input window as locus text, 1-based inclusive.
        sequence_sha256: Checksum of the input bases, after edits.
        edits: The edits, as ``chrom:pos:ref>alt``.
        averaging: ``"none"``, or what was averaged over.
        precision: ``float32`` or ``bfloat16``.
        device: ``cpu``, ``cuda`` or ``mps``, with the card's name.
        version: Version of this software.
        simulated: True where the assembly or the model is a simulation.
        tiles: Where several windows stand side by side, what each of them reads, as ``window``; empty for one.
        tiling: Which of them was asked for, and the rule by which they are joined; empty for one.
    """

    model: str
    weights_sha256: str
    head: str
    assembly: str
    assembly_id: str
    window: str
    sequence_sha256: str
    edits: tuple[str, ...]
    averaging: str
    precision: str
    device: str
    version: str
    simulated: bool = False
    tiles: tuple[str, ...] = ()
    tiling: str = ""

    def facts(self) -> dict[str, Any]:
        """The same facts by name; of a single window without those about several."""
        found = asdict(self)
        return found if self.tiles else {name: found[name] for name in found if name not in ("tiles", "tiling")}

    def to_json(self) -> str:
        """The same facts as a JSON object with sorted keys."""
        return json.dumps(self.facts(), indent=2, sort_keys=True) + "\n"
