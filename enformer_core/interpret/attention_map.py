"""An attention map: where in the window each of some places looks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, NumericalError
from ..genome.coordinate_map import CoordinateMap
from ..genome.interval import Interval
from ..provenance import Provenance
from .placed import check_place, frozen, reference_ranges, written

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 2.0**-8
"""How far a row's sum may be from 1: weights in bfloat16 are rounded by at most 2**-9 each."""
MAX_ROWS = 5_000_000
"""Rows of a table; more are no use as text."""


@dataclass(frozen=True, slots=True, eq=False)
class AttentionMap:
    """Attention weights of chosen layers, heads and queries, over the whole input window.

    A query is the token of an output bin, or, in a picture of the whole window, the mean of some tokens; a key is a
    run of tokens, whose weights are added. No unit: each row of ``weights`` sums to 1. Attention says where
    information may come from, not how much it changes the output.

    Attributes:
        interval: The input window, 0-based and half-open, which the keys cover. In an edited window these are
            positions of the edited window.
        weights: float32 ``[layers, heads, queries, keys]``, 0 or above, read-only.
        layers: Numbers of the layers, counted from 0 at the input.
        heads: Numbers of the heads, counted from 0.
        query_bins: Output bins that look, counted from 0; None in a picture of the whole window.
        query_starts: int64 ``[queries]``, read-only: first position of each query.
        query_width: Bases in a query; the last of the window may be narrower.
        key_starts: int64 ``[keys]``, read-only: first position of each key.
        key_width: Bases in a key; the last may be narrower.
        provenance: How to make it again.
        contigs: Length of each contig, for files that need them.
        coordinates: Where the bases of the edited window lie on the reference; None without edits.
        notes: What a person should know about this map.

    Raises:
        InputError: An array has another shape or type, a number is repeated or missing, a query lies outside
            the window, or the keys do not cover it.
        LocusError: The window's contig is unknown.
        NumericalError: A weight is not finite or below 0, or a row does not sum to 1.
    """

    interval: Interval
    weights: np.ndarray
    layers: tuple[int, ...]
    heads: tuple[int, ...]
    query_bins: tuple[int, ...] | None
    query_starts: np.ndarray
    query_width: int
    key_starts: np.ndarray
    key_width: int
    provenance: Provenance
    contigs: Mapping[str, int]
    coordinates: CoordinateMap | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_place(self)
        _check_numbers("layers", self.layers)
        _check_numbers("heads", self.heads)
        self._check_axes()
        shape = (len(self.layers), len(self.heads), len(self.query_starts), len(self.key_starts))
        frozen("weights", self.weights, np.float32, shape)
        self._check_weights()

    def _check_axes(self) -> None:
        queries, keys, window = self.query_starts, self.key_starts, self.interval
        frozen("query_starts", queries, np.int64, (len(queries),))
        frozen("key_starts", keys, np.int64, (len(keys),))
        if not len(queries) or queries.min() < window.start or queries.max() >= window.end:
            raise InputError("a query lies outside the window, or there is none")
        if self.query_bins is not None:
            _check_numbers("query_bins", self.query_bins)
            if len(self.query_bins) != len(queries):
                raise InputError(f"{len(self.query_bins):,} query_bins are given for {len(queries):,} queries")
        if self.query_width < 1 or self.key_width < 1:
            raise InputError(f"queries of {self.query_width} bp and keys of {self.key_width} bp must have 1 bp or more")
        if not np.array_equal(keys, np.arange(window.start, window.end, self.key_width)):
            raise InputError(f"keys of {self.key_width:,} bp do not cover the window from its start to its end")

    def _check_weights(self) -> None:
        if not np.isfinite(self.weights).all() or self.weights.min() < 0:
            raise NumericalError("an attention weight is not finite, or below 0", hint="The weights may be damaged")
        sums = self.weights.sum(axis=-1, dtype=np.float64)
        if np.abs(sums - 1).max() > TOLERANCE:
            worst = sums.flat[np.abs(sums - 1).argmax()]
            raise NumericalError(f"attention weights sum to {worst:.6g} over the window", hint="They must sum to 1")

    @property
    def input_interval(self) -> Interval:
        """What the model read: ``interval``."""
        return self.interval

    @property
    def key_ends(self) -> np.ndarray:
        """int64 ``[keys]``: the position after each key."""
        return np.minimum(self.key_starts + self.key_width, self.interval.end)

    @property
    def mean(self) -> np.ndarray:
        """float32 ``[keys]``: the mean over layers, heads and queries."""
        return self.weights.mean(axis=(0, 1, 2), dtype=np.float64).astype(np.float32)

    def frame(self) -> pd.DataFrame:
        """One row per weight: layer, head, query_start, chrom, start, end (of the key) and weight.

        Where queries are output bins there is a column query_bin; with edits there are ref_start and ref_end too, the
        key on the reference.

        Raises:
            InputError: There are more than five million weights.
        """
        import pandas as pd

        if self.weights.size > MAX_ROWS:
            raise InputError(
                f"a table of {self.weights.size:,} rows is too long",
                hint=f"Write .npz, choose fewer bins, layers or heads, or wider keys: {MAX_ROWS:,} rows at most",
            )
        keys = {"start": self.key_starts, "end": self.key_ends}
        if self.coordinates is not None:
            keys["ref_start"], keys["ref_end"] = reference_ranges(self, self.key_starts, self.key_ends)
        layer, head, query, key = (index.ravel() for index in np.indices(self.weights.shape))
        return pd.DataFrame(
            {
                "layer": np.array(self.layers)[layer],
                "head": np.array(self.heads)[head],
                **({} if self.query_bins is None else {"query_bin": np.array(self.query_bins)[query]}),
                "query_start": self.query_starts[query],
                "chrom": self.interval.chrom,
                **{name: values[key] for name, values in keys.items()},
                "weight": self.weights.ravel(),
            }
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """What goes into an ``.npz``: ``weights`` [layers, heads, queries, keys], and what its axes are.

        These are ``layers``, ``heads``, ``query_starts``, ``query_width`` (with ``query_bins`` where they are output
        bins), ``key_starts`` and ``key_width``; with edits ``key_ref_starts`` and ``key_ref_ends`` lead to the
        reference. ``start`` is the window's, and ``target`` names the bins that look.
        """
        named = {
            "weights": self.weights,
            "layers": np.array(self.layers, dtype=np.int64),
            "heads": np.array(self.heads, dtype=np.int64),
            "query_starts": self.query_starts,
            "query_width": np.array(self.query_width),
            "key_starts": self.key_starts,
            "key_width": np.array(self.key_width),
            "chrom": np.array(self.interval.chrom),
            "start": np.array(self.interval.start),
            "target": np.array(json.dumps(self._target())),
            "provenance": np.array(self.provenance.to_json()),
        }
        if self.query_bins is not None:
            named["query_bins"] = np.array(self.query_bins, dtype=np.int64)
        if self.coordinates is not None:
            named["key_ref_starts"], named["key_ref_ends"] = reference_ranges(self, self.key_starts, self.key_ends)
        return named

    def facts(self) -> dict[str, object]:
        """What stands beside the numbers in a ``.tsv`` or beside a ``.bw``, ready for JSON."""
        return {
            "kind": "attention",
            "method": "attention",
            "target": self._target(),
            "layers": list(self.layers),
            "heads": list(self.heads),
            "key_width": self.key_width,
            "interval": written(self.interval),
            "provenance": self.provenance.facts(),
        }

    def _target(self) -> dict[str, object]:
        return {"bins": None if self.query_bins is None else list(self.query_bins)}

    def signal(self) -> np.ndarray:
        """What a bigWig holds, float32 ``[L]``: ``mean``, at each base of its key."""
        return np.repeat(self.mean, self.key_ends - self.key_starts)

    def save(self, path: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write to ``.npz``, ``.tsv`` or ``.bw`` (the mean over layers, heads and queries, on the reference).

        Returns:
            The files that were written; see ``export``.
        """
        from .export import save

        return save(self, Path(path), overwrite=overwrite, joined=True)


def _check_numbers(name: str, numbers: tuple[int, ...]) -> None:
    if not numbers or len(set(numbers)) < len(numbers) or min(numbers) < 0:
        raise InputError(f"{name} {list(numbers[:10])} must be numbers from 0 on, at least one, each once")
