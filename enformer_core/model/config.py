"""The numbers that decide an Enformer's shape, and the published ``config.json`` that holds them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..errors import WeightsMismatch, shown

# Bounds on a config from a file: far above anything useful, far below what would exhaust a machine.
_BOUNDS = {
    "dim": 16_384,
    "depth": 256,
    "heads": 256,
    "target_length": 65_536,
    "attn_dim_key": 4_096,
    "num_downsamples": 16,
    "dim_divisible_by": 4_096,
    "input_length": 4_194_304,
}
_MAX_TRACKS = 1_000_000


@dataclass(frozen=True, slots=True)
class EnformerConfig:
    """Shape of an Enformer; the defaults are the published model (Avsec et al. 2021). Names as in its ``config.json``.

    Attributes:
        dim: Width of the transformer; the convolution tower ends with it.
        depth: Number of transformer blocks.
        heads: Attention heads. Values have ``dim // heads`` channels each, and there are as many positional features.
        output_heads: Tracks of each head.
        target_length: Output bins, the central ones.
        attn_dim_key: Channels of a query or key, per attention head.
        num_downsamples: How often the sequence is halved; a bin has ``2 ** num_downsamples`` bp.
        dim_divisible_by: Tower widths are rounded to a multiple of this.
        filters: Widths after the stem and after each tower block; derived as published if not given.
        input_length: Input window in bp.
        dropout_rate: Dropout of the transformer; an eighth of it before the heads.
        attn_dropout: Dropout on attention weights.
        pos_dropout: Dropout on positional features.

    Raises:
        WeightsMismatch: The numbers do not fit together, or are out of bounds.
    """

    dim: int = 1536
    depth: int = 11
    heads: int = 8
    output_heads: Mapping[str, int] = field(default_factory=lambda: {"human": 5313, "mouse": 1643})
    target_length: int = 896
    attn_dim_key: int = 64
    num_downsamples: int = 7
    dim_divisible_by: int = 128
    filters: tuple[int, ...] = ()
    input_length: int = 196_608
    dropout_rate: float = 0.4
    attn_dropout: float = 0.05
    pos_dropout: float = 0.01

    def __post_init__(self) -> None:
        for name, most in _BOUNDS.items():
            _check(
                _is_count(getattr(self, name), most), f"{name} is {shown(getattr(self, name))}, not from 1 to {most:,}"
            )
        _check(self.num_downsamples >= 2, "num_downsamples is 1, but a stem and a tower need 2 or more")
        for name in ("dropout_rate", "attn_dropout", "pos_dropout"):
            rate = getattr(self, name)
            _check(isinstance(rate, (int, float)) and 0 <= rate < 1, f"{name} is {shown(rate)}, not from 0 to below 1")
        _check(isinstance(self.output_heads, Mapping) and bool(self.output_heads), "there are no output_heads")
        for head, tracks in self.output_heads.items():
            _check(isinstance(head, str) and head.isidentifier(), f"head {shown(head)} is not a plain name")
            _check(
                _is_count(tracks, _MAX_TRACKS), f"head {head} has {shown(tracks)} tracks, not from 1 to {_MAX_TRACKS:,}"
            )
        object.__setattr__(self, "output_heads", MappingProxyType(dict(self.output_heads)))
        object.__setattr__(self, "filters", tuple(self.filters) or self._published_filters())
        _check(
            len(self.filters) == self.num_downsamples and all(_is_count(f, _BOUNDS["dim"]) for f in self.filters),
            f"filters {shown(self.filters)} are not {self.num_downsamples} widths",
        )
        _check(
            self.filters[-1] == self.dim,
            f"the tower ends with width {self.filters[-1]}, the transformer has {self.dim}",
        )
        _check(self.dim % self.heads == 0, f"dim {self.dim} is not a multiple of heads {self.heads}")
        _check(
            self.value_size % 6 == 0,
            f"dim // heads is {self.value_size}, not a multiple of 6 (the positional features)",
        )
        _check(
            self.input_length % self.bin_size == 0,
            f"input_length {self.input_length:,} is not whole bins of {self.bin_size}",
        )
        spare = self.n_tokens - self.target_length
        _check(
            spare >= 0 and spare % 2 == 0, f"target_length {self.target_length} is not central in {self.n_tokens} bins"
        )

    def _published_filters(self) -> tuple[int, ...]:
        half, levels, unit = self.dim // 2, self.num_downsamples - 1, self.dim_divisible_by
        growth = math.exp(math.log(self.dim / half) / max(levels - 1, 1))
        return (half, *(round(half * growth**i / unit) * unit for i in range(levels)))

    @property
    def bin_size(self) -> int:
        """Width of an output bin in bp."""
        return 2**self.num_downsamples

    @property
    def n_tokens(self) -> int:
        """Positions of the transformer: the input window in bins."""
        return self.input_length // self.bin_size

    @property
    def crop(self) -> int:
        """Bins dropped on each side of the output."""
        return (self.n_tokens - self.target_length) // 2

    @property
    def output_offset(self) -> int:
        """bp from the first input base to the first output base."""
        return self.crop * self.bin_size

    @property
    def value_size(self) -> int:
        """Channels of a value per attention head; also the number of positional features."""
        return self.dim // self.heads

    @staticmethod
    def from_json(text: str) -> EnformerConfig:
        """Read a published ``config.json``. Keys that do not shape the model are ignored.

        Raises:
            WeightsMismatch: It is not JSON, not an Enformer's, or its numbers do not fit together.
        """
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as exc:
            raise WeightsMismatch(f"config.json is not JSON: {exc}") from exc
        _check(isinstance(raw, dict), "config.json does not hold an object")
        kind = raw.get("model_type", "enformer")
        _check(kind == "enformer", f"config.json describes a model of type {shown(kind)}")
        known: dict[str, Any] = {k: v for k, v in raw.items() if k in EnformerConfig.__dataclass_fields__}
        if "filters" in known:
            _check(isinstance(known["filters"], list), f"filters is {shown(known['filters'])}, not a list")
            known["filters"] = tuple(known["filters"])
        return EnformerConfig(**known)

    def to_json(self) -> str:
        """The published layout of these numbers."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values |= {"model_type": "enformer", "output_heads": dict(self.output_heads), "filters": list(self.filters)}
        return json.dumps(values, indent=2, sort_keys=True) + "\n"


def _is_count(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise WeightsMismatch(what, hint="Check the model's config.json against the weights it came with")
