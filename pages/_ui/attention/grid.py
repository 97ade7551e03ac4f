"""A whole attention map as one table of numbers, on the reference. Positions are 0-based."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from enformer_core.interpret.attention_map import AttentionMap

#: The most numbers of a map that are computed for every layer and head at once: 32 MB of float32.
MAX_NUMBERS = 8_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where each group of bases looks, as the mean over some layers and heads. G groups to a side.

    Attributes:
        chrom: The contig.
        edges: int64 ``[G + 1]``: where groups begin and end on the reference, never falling. A group that edits
            insert whole is empty there.
        weights: float32 ``[G, G]``, queries by keys; each row sums to 1.
        times: float32 ``[G, G]``: the same in multiples of the even share, which a key would have if a query took as
            much from every base.
        share: float64 ``[G]``: the even share of each key.
        length: Of the contig in bp.
        width: Bases of a group, before edits; the last may be narrower.
    """

    chrom: str
    edges: np.ndarray
    weights: np.ndarray
    times: np.ndarray
    share: np.ndarray
    length: int
    width: int


def grid_of(found: AttentionMap, layers: tuple[int, ...] | None = None, heads: tuple[int, ...] | None = None) -> Grid:
    """The mean over some layers and heads of a map.

    Args:
        found: The picture of a whole window.
        layers: By number, all of them in the map; None for all that it has.
        heads: Likewise.
    """
    rows = [found.layers.index(n) for n in layers or found.layers]
    columns = [found.heads.index(n) for n in heads or found.heads]
    weights = found.weights[rows][:, columns].mean(axis=(0, 1), dtype=np.float64)
    edges = np.append(found.key_starts, found.interval.end)
    share = np.diff(edges) / found.interval.width
    if found.coordinates is not None:
        edges = np.asarray(found.coordinates.to_ref(edges - found.interval.start))
    chrom = found.interval.chrom
    times = (weights / share).astype(np.float32)
    return Grid(chrom, edges, weights.astype(np.float32), times, share, found.contigs[chrom], found.key_width)


def computed(
    layers: tuple[int, ...] | None, heads: tuple[int, ...] | None, n_layers: int, n_heads: int, size: int
) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
    """The layers and heads to compute for those that are chosen.

    All of them where they are few numbers, so that another choice takes no time; else the chosen ones alone.
    """
    return (None, None) if n_layers * n_heads * size * size <= MAX_NUMBERS else (layers, heads)
