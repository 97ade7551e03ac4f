"""Attention of a window, asked of a predictor."""

from __future__ import annotations

from collections.abc import Sequence as Items

import numpy as np

from ..inference.jobs import Job
from ..inference.predictor import Predictor
from ..inference.window import Edit, Query, Window, sequence_sha256
from . import attention as weights
from .attention import chosen, whole_number
from .attention_map import AttentionMap
from .question import finished, part_of, read, window_of

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
    trunk = predictor.trunk
    rows = weights.rows_of_bins(trunk.config, bins)
    asked_layers, asked_heads = _asked(predictor, layers, heads)
    width = whole_number(key_width, trunk.config.n_tokens, "key_width")
    window = window_of(predictor, query, edits)

    def run(job: Job) -> AttentionMap:
        bases = read(window, job)
        tokens = predictor.reference_tokens(bases, part_of(job, 0.0, _CONVOLUTIONS, "convolutions"))
        on_part = part_of(job, _CONVOLUTIONS, 1.0, "transformer")
        found = weights.attention(trunk, tokens, rows, asked_layers, asked_heads, key_width=width, on_part=on_part)
        return _map(predictor, window, bases, found, (asked_layers, asked_heads), rows, (1, width), tuple(bins))

    return predictor.work(run)


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
    trunk = predictor.trunk
    asked_layers, asked_heads = _asked(predictor, layers, heads)
    width = -(-trunk.config.n_tokens // whole_number(size, None, "size"))
    window = window_of(predictor, query, edits)

    def run(job: Job) -> AttentionMap:
        bases = read(window, job)
        tokens = predictor.reference_tokens(bases, part_of(job, 0.0, _CONVOLUTIONS, "convolutions"))
        on_part = part_of(job, _CONVOLUTIONS, 1.0, "transformer")
        found = weights.attention_picture(trunk, tokens, asked_layers, asked_heads, size=size, on_part=on_part)
        rows = range(0, trunk.config.n_tokens, width)
        return _map(predictor, window, bases, found, (asked_layers, asked_heads), rows, (width, width), None)

    return predictor.work(run)


def _asked(predictor: Predictor, layers: Items[int] | None, heads: Items[int] | None) -> tuple[list[int], list[int]]:
    """Layers and heads by number, which exist."""
    config = predictor.trunk.config
    return (
        chosen(range(config.depth) if layers is None else layers, config.depth, "layer"),
        chosen(range(config.heads) if heads is None else heads, config.heads, "head"),
    )


def _map(
    predictor: Predictor,
    window: Window,
    bases: str,
    found: np.ndarray,
    axes: tuple[list[int], list[int]],
    rows: Items[int],
    widths: tuple[int, int],
    bins: tuple[int, ...] | None,
) -> AttentionMap:
    """``rows`` are the queries' first tokens, ``widths`` the tokens of a query and of a key."""
    bin_size, start = predictor.geometry.bin_size, window.interval.start
    return AttentionMap(
        interval=window.interval,
        weights=found,
        layers=tuple(axes[0]),
        heads=tuple(axes[1]),
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
