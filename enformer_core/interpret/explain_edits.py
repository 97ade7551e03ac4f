"""What edits do to a target: its value on the reference and on the edited window, at the same promoter."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

import numpy as np

from ..errors import InputError, NumericalError, shown
from ..genome.haplotype import Haplotype
from ..genome.variant import Variant
from ..inference.jobs import Job
from ..inference.predictor import Predictor
from ..inference.window import Edit, Geometry, Query, Window, sequence_sha256
from ..provenance import Provenance
from .bins import format_bins
from .question import finished, head_of, part_of, read, refuse_rounded, window_of
from .target import Target

if TYPE_CHECKING:
    from torch import Tensor

    from ..inference.local import LocalPredictor
    from ..inference.trunk.levels import OnPart

Anchor = Literal["target", "left"]
_CONVOLUTIONS = 0.6  # of the time of a window, for progress alone


@dataclass(frozen=True, slots=True)
class EditEffect:
    """The change of a target that edits make.

    Attributes:
        edits: What was edited, together.
        target: What was measured.
        reference: Its value without the edits, over ``reference_bins``.
        alternative: Its value with them, over ``alternative_bins``.
        change: ``alternative - reference``; with the reduction ``log_ratio`` a log2 fold change.
        reference_bins: Bins of the target that the edited window still has. All of them, unless a note says so.
        alternative_bins: The bins of the edited window in which the middles of those come to lie.
        provenance: How to make the edited window again.
        notes: What a person should know about it.
        each: The effect of each edit alone, where that was asked for, in the order of ``edits``.
    """

    edits: tuple[Variant, ...]
    target: Target
    reference: float
    alternative: float
    change: float
    reference_bins: tuple[int, ...]
    alternative_bins: tuple[int, ...]
    provenance: Provenance
    notes: tuple[str, ...] = ()
    each: tuple[EditEffect, ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """An edited window, and which of its bins stand for which of the reference's."""

    window: Window
    before: tuple[int, ...]
    after: tuple[int, ...]
    notes: tuple[str, ...]


def effect(
    predictor: Predictor,
    query: Query | Window,
    edits: Items[Edit],
    target: Target,
    *,
    anchor: Anchor | None = "target",
    each: bool = False,
) -> EditEffect:
    """What edits do to a target; the same as ``submit_effect(...).result()``.

    Args:
        predictor: Who is asked; its precision is float32.
        query: Gene, locus, haplotype, ... as for ``Predictor.predict``; it needs an assembly.
        edits: Variants that are applied together, in addition to those of the query.
        target: Bins of the window and tracks of a head.
        anchor: What keeps its place in the window when bases are inserted or deleted: ``target``, the middle of the
            target's bins; ``left``, the window's left edge; None for what the query says, or else the middle of the
            window. Bins that move all the same are followed.
        each: Whether to measure each edit alone as well.

    Raises:
        InputError: The question cannot be understood, there is no edit, or no bin of the target is left.
        VariantError: An edit cannot be read or applied, or has another reference allele than the assembly.
        SettingsError: The model was loaded in bfloat16.
        TrackError: The model has no such head or track.
        NumericalError: The model gives NaN or infinity.
        OutOfDeviceMemory: There is too little memory.
    """
    return finished(submit_effect(predictor, query, edits, target, anchor=anchor, each=each))


def submit_effect(
    predictor: Predictor,
    query: Query | Window,
    edits: Items[Edit],
    target: Target,
    *,
    anchor: Anchor | None = "target",
    each: bool = False,
) -> Job[EditEffect]:
    """Queue ``effect``. What is wrong with the question is raised here, at once."""
    if anchor is not None and anchor not in get_args(Anchor):
        raise InputError(f"{shown(anchor)} is not an anchor", hint=f"Choose one of {', '.join(get_args(Anchor))}")
    refuse_rounded(predictor)
    head = head_of(predictor, target)
    window = window_of(predictor, query, edits)
    if window.haplotype is None:
        raise InputError("no edit is given", hint="Write one as chr1:1000:A>C")
    place = _anchor(window, window.haplotype, predictor.geometry, target, anchor)
    wanted = [window.edits, *([(edit,) for edit in window.edits] if each else [])]
    edited = tuple(_edited(window, some, place, predictor.geometry, target) for some in wanted)
    return predictor.work(Effect(edited, target, head))


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of edits as work.

    Attributes:
        edited: The window with all edits, and then with each alone where that was asked for.
        target: What is measured.
        head: The head that its tracks belong to.
    """

    edited: tuple[Edited, ...]
    target: Target
    head: str

    is_patient: ClassVar[bool] = False

    def run(self, predictor: LocalPredictor, job: Job) -> EditEffect:
        """See ``Work``."""
        return _run(predictor, self.edited, self.target, self.head, job)


def _anchor(
    window: Window, haplotype: Haplotype, geometry: Geometry, target: Target, anchor: Anchor | None
) -> int | None:
    """A 0-based reference position, or None for the middle of the window."""
    if anchor is None:
        return haplotype.anchor
    if anchor == "left":
        return window.interval.start
    return window.output.start + (min(target.bins) + max(target.bins) + 1) * geometry.bin_size // 2


def _edited(
    window: Window, edits: tuple[Variant, ...], anchor: int | None, geometry: Geometry, target: Target
) -> Edited:
    """The window with some of its edits, and where the target's bins come to lie in it.

    Raises:
        InputError: None of them is left.
    """
    edited = replace(window, haplotype=Haplotype(window.interval, edits, anchor))
    coordinates = edited.coordinates
    if coordinates is None:
        raise InputError("no edit is given", hint="Write one as chr1:1000:A>C")
    bins = np.array(sorted(target.bins))
    middles = window.output.start + bins * geometry.bin_size + geometry.bin_size // 2
    indices = np.asarray(coordinates.to_alt(middles))
    after = (indices - geometry.output_offset) // geometry.bin_size
    deleted = np.asarray(coordinates.to_ref(indices)) != middles
    outside = ~deleted & ((after < 0) | (after >= geometry.n_bins))
    kept = ~deleted & ~outside
    if not kept.any():
        raise InputError(
            f"the edits delete all bins of the target, {format_bins(target.bins)}, or push them out of the output",
            hint="Choose other bins, or anchor the window at the target",
        )
    notes = [
        f"bins that {what} are left out on both sides: {format_bins(bins[lost].tolist())}"
        for lost, what in ((deleted, "the edits delete"), (outside, "the edits push out of the output"))
        if lost.any()
    ]
    distinct = np.unique(after[kept])
    if len(distinct) < kept.sum():
        notes.append(f"{kept.sum():,} bins of the target come to lie in {len(distinct):,}, which count once")
    return Edited(edited, tuple(bins[kept].tolist()), tuple(distinct.tolist()), tuple(notes))


def _run(predictor: LocalPredictor, edited: tuple[Edited, ...], target: Target, head: str, job: Job) -> EditEffect:
    bins = tuple(sorted(target.bins))
    turns = len(edited) + 1
    original = replace(edited[0].window, haplotype=None)
    before = _predicted(predictor, read(original, job), bins, head, target, (job, 0, turns))
    found = []
    for turn, each in enumerate(edited, 1):
        bases = each.window.bases()
        after = _predicted(predictor, bases, each.after, head, target, (job, turn, turns))
        rows = before[[bins.index(b) for b in each.before]]
        reference = float(replace(target, bins=each.before).value(rows))
        alternative = float(replace(target, bins=each.after).value(after))
        found.append(
            EditEffect(
                edits=each.window.edits,
                target=target,
                reference=reference,
                alternative=alternative,
                change=alternative - reference,
                reference_bins=each.before,
                alternative_bins=each.after,
                provenance=predictor.provenance(each.window, head, sequence_sha256(bases)),
                notes=(*predictor.notes(each.window, head), *each.notes),
            )
        )
    return replace(found[0], each=tuple(found[1:]))


def _predicted(
    predictor: LocalPredictor, bases: str, bins: tuple[int, ...], head: str, target: Target, turn: tuple[Job, int, int]
) -> Tensor:
    """The target's columns at some bins of one of the windows, ``[bins, columns]`` on the CPU."""
    from ..inference.memory import memory_errors

    job, done, turns = turn
    begin, middle, end = done / turns, (done + _CONVOLUTIONS) / turns, (done + 1) / turns
    tokens = predictor.reference_tokens(bases, part_of(job, begin, middle, "convolutions"))
    on_part = part_of(job, middle, end, "transformer")
    with memory_errors(predictor.trunk.device, f"one window of {len(bases):,} bp"):
        values = _tracks(predictor, tokens, bins, head, target.columns, on_part)
    if not values.isfinite().all():
        raise NumericalError(
            "the model gave NaN or infinity", hint="The weights do not suit this model, or are damaged"
        )
    return values


def _tracks(
    predictor: LocalPredictor,
    tokens: Tensor,
    bins: tuple[int, ...],
    head: str,
    columns: tuple[int, ...],
    on_part: OnPart,
) -> Tensor:
    from torch import inference_mode

    with inference_mode():
        embedding = predictor.trunk.embed(tokens[None], bins, on_part)
        # Double: small changes of a sum over many bins are not to be lost in its rounding.
        return predictor.trunk.tracks(embedding, head, columns)[0].double().cpu()
