"""What is known of a model that has been loaded, wherever it runs: plain data, without the model itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .window import Geometry


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A loaded model in words and numbers.

    Attributes:
        name: As asked for.
        folder: Where its files are.
        weights_sha256: Checksum of its weights file.
        geometry: What it reads and writes.
        heads: Number of tracks of each head.
        layers: Layers of the transformer, whose attention can be looked at.
        attention_heads: Heads of each of these.
        precision: ``float32`` or ``bfloat16``: what is really used.
        device: ``cpu``, ``mps``, ``cuda:0``, ...
        device_name: The device in words, with the card's name.
        simulated: Whether it was trained on a simulation.
    """

    name: str
    folder: Path
    weights_sha256: str
    geometry: Geometry
    heads: Mapping[str, int]
    layers: int
    attention_heads: int
    precision: str
    device: str
    device_name: str
    simulated: bool

    @property
    def device_type(self) -> str:
        """``cpu``, ``mps`` or ``cuda``."""
        return self.device.partition(":")[0]
