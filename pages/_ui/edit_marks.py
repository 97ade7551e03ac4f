"""What is said of edits in the picture: a few letters for each, and the largest change that they make."""

from __future__ import annotations

import numpy as np

from enformer_core.genome.edit import Edit
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus
from enformer_core.genome.variant import Variant

from . import edited
from .picture import Lane, Picture

_LONGEST_ALLELE = 6


def label(variant: Variant) -> str:
    """An edit in a few letters: ``A › C``, ``del 320 bp``, ``ins 5 bp``, ``12 bp › 8 bp``."""
    edit = Edit.of(variant)
    ref = variant.ref[edit.start - variant.start : edit.end - variant.start]
    if not edit.alt:
        return f"del {ref}" if len(ref) <= _LONGEST_ALLELE else f"del {len(ref):,} bp"
    if not ref:
        return f"ins {edit.alt}" if len(edit.alt) <= _LONGEST_ALLELE else f"ins {len(edit.alt):,} bp"
    if max(len(ref), len(edit.alt)) <= _LONGEST_ALLELE:
        return f"{ref} › {edit.alt}"
    return f"{len(ref):,} bp › {len(edit.alt):,} bp"


def position(variant: Variant) -> int:
    """1-based: the first base that changes, or the one that an insertion comes after."""
    edit = Edit.of(variant)
    return edit.start + 1 if edit.width else max(edit.start, 1)


def largest_change(lane: Lane, picture: Picture) -> str:
    """Where in view the edits change a lane most, and from what to what; empty without edits or bins in view."""
    rows = np.flatnonzero(picture.in_view)
    if lane.edited is None or not len(rows):
        return ""
    middles = (picture.starts[rows] + picture.ends[rows]) // 2
    values = edited.at(middles, picture.edited_starts, picture.edited_ends, lane.edited)
    if np.isnan(values).all():
        return ""
    most = int(np.nanargmax(np.abs(values - lane.predicted[rows])))
    where = Interval(picture.output.chrom, int(picture.starts[rows[most]]), int(picture.ends[rows[most]]))
    return f"{format_locus(where)}, from {lane.predicted[rows[most]]:.3g} to {values[most]:.3g}"
