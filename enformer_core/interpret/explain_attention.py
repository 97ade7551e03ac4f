"""Attention of a window, asked of a predictor. What needs torch is imported where the model runs."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..inference.jobs import Job
from ..inference.predictor import Predictor
from ..inference.window import Edit, Query, Window, sequence_sha256
from .attention_map import AttentionMap
from .choosing import chosen, rows_of_bins, whole_number
from .question import finished, part_of, read, window_of

if TYPE_CHECKING:
    from ..inference.local import LocalPredictor

_CONVOLUTIONS = 0.6  # of the time, for progress alone
_PICTURE = 256


def attention(
    predictor: Predictor,
    query: Query | Window,
    bins: Items[int],
    *,
    edits: Items[Edit] = (),
    layers: Items[int] | None = None,
    heads: Items[int] | None = None,
    key_width: int = 1,
) -> AttentionMap:
    """Where in the window some output bins look; the same as ``submit_attention(...).result()``.

    Args:
        predictor: Who is asked.
        query: Gene, locus, sequence, ... as for ``Predictor.predict``.
        bins: Output bins that look, counted from 0, each once.
        edits: Variants that are applied together.
        layers: Counted from 0 at the input; all by default.
        heads: Attention heads, counted from 0; all by default.
        key_width: So many bins of the input window are added up to one key.

    Raises:
        InputError: The question cannot be understood, or there is no such bin, layer or head.
        NumericalError: A weight is NaN.
        OutOfDeviceMemory: There is too little memory.
    """
    return finished(
        submit_attention(predictor, query, bins, edits=edits, layers=layers, heads=heads, key_width=key_width)
    )


def submit_attention(
    predictor: Predictor,
    query: Query | Window,
    bins: Items[int],
    *,
    edits: Items[Edit] = (),
    layers: Items[int] | None = None,
    heads: Items[int] | None = None,
    key_width: int = 1,
) -> Job[AttentionMap]:
    """Queue ``attention``. What is wrong with the question is raised here, at once."""
    rows = rows_of_bins(predictor.geometry, bins)
    asked_layers, asked_heads = _asked(predictor, layers, heads)
    width = whole_number(key_width, _n_tokens(predictor), "key_width")
    window = window_of(predictor, query, edits)
    return predictor.work(Attention(window, tuple(bins), tuple(rows), asked_layers, asked_heads, width))


def attention_picture(
    predictor: Predictor,
    query: Query | Window,
    *,
    edits: Items[Edit] = (),
    layers: Items[int] | None = None,
    heads: Items[int] | None = None,
    size: int = _PICTURE,
) -> AttentionMap:
    """The whole window by the whole window; the same as ``submit_attention_picture(...).result()``.

    Args:
        predictor: Who is asked.
        query: Gene, locus, sequence, ... as for ``Predictor.predict``.
        edits: Variants that are applied together.
        layers: Counted from 0 at the input; all by default.
        heads: Attention heads, counted from 0; all by default.
        size: The most queries, and the most keys; each is the mean, or the sum, of some bins of the input window.

    Raises:
        InputError: The question cannot be understood, or there is no such layer or head.
        NumericalError: A weight is NaN.
        OutOfDeviceMemory: There is too little memory.
    """
    return finished(submit_attention_picture(predictor, query, edits=edits, layers=layers, heads=heads, size=size))


def submit_attention_picture(
    predictor: Predictor,
    query: Query | Window,
    *,
    edits: Items[Edit] = (),
    layers: Items[int] | None = None,
    heads: Items[int] | None = None,
    size: int = _PICTURE,
) -> Job[AttentionMap]:
    """Queue ``attention_picture``. What is wrong with the question is raised here, at once."""
    asked_layers, asked_heads = _asked(predictor, layers, heads)
    width = -(-_n_tokens(predictor) // whole_number(size, None, "size"))
    window = window_of(predictor, query, edits)
    return predictor.work(AttentionPicture(window, asked_layers, asked_heads, size, width))


@dataclass(frozen=True, slots=True)
class Attention:
    """Attention of some output bins as work.

    Attributes:
        window: What is read.
        bins: Output bins that look.
        rows: The same as tokens of the input window.
        layers: Which.
        heads: Which.
        key_width: So many tokens are added up to one key.
    """

    window: Window
    bins: tuple[int, ...]
    rows: tuple[int, ...]
    layers: tuple[int, ...]
    heads: tuple[int, ...]
    key_width: int

    is_patient: ClassVar[bool] = False

    def run(self, predictor: LocalPredictor, job: Job) -> AttentionMap:
        """See ``Work``."""
        from .attention import attention as weights

        window, bases = self.window, read(self.window, job)
        tokens = predictor.reference_tokens(bases, part_of(job, 0.0, _CONVOLUTIONS, "convolutions"))
        on_part = part_of(job, _CONVOLUTIONS, 1.0, "transformer")
        width = self.key_width
        found = weights(predictor.trunk, tokens, self.rows, self.layers, self.heads, key_width=width, on_part=on_part)
        return _map(predictor, window, bases, found, (self.layers, self.heads), self.rows, (1, width), self.bins)


@dataclass(frozen=True, slots=True)
class AttentionPicture:
    """The whole window by the whole window as work.

    Attributes:
        window: What is read.
        layers: Which.
        heads: Which.
        size: The most queries, and the most keys.
        width: Tokens of a query, and of a key.
    """

    window: Window
    layers: tuple[int, ...]
    heads: tuple[int, ...]
    size: int
    width: int

    is_patient: ClassVar[bool] = False

    def run(self, predictor: LocalPredictor, job: Job) -> AttentionMap:
        """See ``Work``."""
        from .attention import attention_picture as picture

        window, bases = self.window, read(self.window, job)
        tokens = predictor.reference_tokens(bases, part_of(job, 0.0, _CONVOLUTIONS, "convolutions"))
        on_part = part_of(job, _CONVOLUTIONS, 1.0, "transformer")
        found = picture(predictor.trunk, tokens, self.layers, self.heads, size=self.size, on_part=on_part)
        rows = range(0, _n_tokens(predictor), self.width)
        return _map(predictor, window, bases, found, (self.layers, self.heads), rows, (self.width, self.width), None)


def _n_tokens(predictor: Predictor) -> int:
    """Tokens of the input window."""
    return predictor.geometry.input_length // predictor.geometry.bin_size


def _asked(
    predictor: Predictor, layers: Items[int] | None, heads: Items[int] | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Layers and heads by number, which exist."""
    n_layers, n_heads = predictor.facts.layers, predictor.facts.attention_heads
    return (
        tuple(chosen(range(n_layers) if layers is None else layers, n_layers, "layer")),
        tuple(chosen(range(n_heads) if heads is None else heads, n_heads, "head")),
    )


def _map(
    predictor: Predictor,
    window: Window,
    bases: str,
    found: np.ndarray,
    axes: tuple[tuple[int, ...], tuple[int, ...]],
    rows: Items[int],
    widths: tuple[int, int],
    bins: tuple[int, ...] | None,
) -> AttentionMap:
    """``rows`` are the queries' first tokens, ``widths`` the tokens of a query and of a key."""
    bin_size, start = predictor.geometry.bin_size, window.interval.start
    return AttentionMap(
        interval=window.interval,
        weights=found,
        layers=axes[0],
        heads=axes[1],
        query_bins=bins,
        query_starts=start + bin_size * np.array(rows, dtype=np.int64),
        query_width=widths[0] * bin_size,
        key_starts=np.arange(start, window.interval.end, widths[1] * bin_size, dtype=np.int64),
        key_width=widths[1] * bin_size,
        # Attention comes before the heads of the output: it belongs to none of them.
        provenance=predictor.provenance(window, "", sequence_sha256(bases)),
        contigs=window.contigs,
        coordinates=window.coordinates,
        notes=window.notes,
    )
