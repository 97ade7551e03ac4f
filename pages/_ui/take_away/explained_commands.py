"""The command lines that make the explanations of a folder again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from enformer_core.errors import EnformerError
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus

from ..state import Result
from .explained import FOLDER, Taken
from .reproduce import OUT, Sources, asking

if TYPE_CHECKING:
    from enformer_core.genome.variant import Variant
    from enformer_core.interpret.attention_map import AttentionMap
    from enformer_core.interpret.deletion_scan import DeletionScan
    from enformer_core.interpret.target import Target

    from .explained import Explanation

_SHUFFLES = 4  # of the verb, which has no option for it


def lines(result: Result, found: Sources, taken: Sequence[Taken]) -> list[str]:
    """Lines of a shell script; a comment for what no command line can say.

    Args:
        result: What was predicted, in the same window.
        found: How the model and the assembly are asked for.
        taken: The explanations with their files.
    """
    if not taken:
        return []
    made = [f"mkdir -p {OUT}/{FOLDER}"]
    for one in taken:
        command = _command(result, found, one.explanation)
        if command is None:
            made.append(f"# {one.stem} cannot be asked for on a command line: explanations.json says how it was made")
        else:
            made.append(shlex.join([*command, "--force", "--out", f"{OUT}/{one.stem}.npz"]))
    return made


def _command(result: Result, found: Sources, explanation: Explanation) -> list[str] | None:
    edits = _edits(result, explanation)
    if edits is None or explanation.input_interval != result.window.core.interval:
        return None
    options = asking(result, found, edits)
    own = _own(explanation)
    return None if options is None or own is None else ["enformer-browser", own[0], *options, *own[1:]]


def _edits(result: Result, explanation: Explanation) -> list[Variant] | None:
    """The edits of the result that an explanation knows; None where it knows others."""
    known = {str(edit): edit for edit in result.window.edits}
    names = explanation.provenance.edits
    return [known[name] for name in names] if all(name in known for name in names) else None


def _own(explanation: Explanation) -> list[str] | None:
    """The verb, and the options that are its own."""
    from enformer_core.interpret.attention_map import AttentionMap
    from enformer_core.interpret.deletion_scan import DeletionScan
    from enformer_core.interpret.scores import ContributionScores

    if isinstance(explanation, AttentionMap):
        return _attention(explanation)
    target, where = _target(explanation.target), _reference(explanation)
    if target is None or where is None:
        return None
    if isinstance(explanation, ContributionScores):
        span = [] if explanation.interval == explanation.input_interval else ["--span", where]
        strands = ["--strands"] if explanation.provenance.averaging == "strands" else []
        return ["contributions", *target, "--method", explanation.method, *span, *strands]
    if isinstance(explanation, DeletionScan):
        stride = _stride(explanation)
        options = ["--deletions", str(explanation.width), "--stride", str(stride), "--how", explanation.method]
        return ["mutagenesis", "--interval", where, *target, *options] if stride else None
    return ["mutagenesis", "--interval", where, *target, "--method", explanation.method]


def _attention(explanation: AttentionMap) -> list[str] | None:
    from enformer_core.interpret.bins import format_bins

    if explanation.query_bins is None:
        return None  # a picture of the whole window has no verb
    bins = format_bins(explanation.query_bins).replace(" ", "")
    width = explanation.key_width // explanation.query_width
    layers, heads = (",".join(map(str, numbers)) for numbers in (explanation.layers, explanation.heads))
    return ["attention", "--bins", bins, "--layers", layers, "--heads", heads, "--key-width", str(width)]


def _target(target: Target) -> list[str] | None:
    from enformer_core.interpret.target_text import WrittenTarget

    try:
        return ["--target", str(WrittenTarget.of(target))]
    except EnformerError:
        return None


def _reference(explanation: Explanation) -> str | None:
    """The explained bases as locus text on the reference, if that leads back to the very same bases."""
    from enformer_core.interpret.placed import reference_ranges

    where = explanation.interval
    if explanation.interval == explanation.input_interval:
        return format_locus(Interval(where.chrom, max(where.start, 0), max(where.end, 1)))
    starts, ends = reference_ranges(explanation, np.array([where.start]), np.array([where.end]))
    start, end = int(starts[0]), int(ends[0])
    if not 0 <= start < end <= explanation.contigs[where.chrom]:
        return None
    if explanation.coordinates is not None:
        first = explanation.input_interval.start
        low, last, high = np.asarray(explanation.coordinates.to_alt([start, end - 1, end])).tolist()
        if (first + low, first + min(high, last + 1)) != (where.start, where.end):
            return None
    return format_locus(Interval(where.chrom, start, end))


def _stride(scan: DeletionScan) -> int:
    """Bases from one stretch to the next, as ``--stride`` asks for them; 0 where no command line asks for this scan."""
    from enformer_core.interpret.deletion import windows

    if scan.seed or scan.shuffles not in (0, _SHUFFLES):
        return 0
    starts = scan.starts
    stride = int(starts[1] - starts[0]) if len(starts) > 1 else scan.width
    again = windows(scan.interval.start, scan.interval.end, scan.width, stride)
    return stride if np.array_equal(again, starts) else 0
