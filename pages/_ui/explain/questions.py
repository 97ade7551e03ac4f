"""The explanations that pages ask for, each in one call; the same question is answered once."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from typing import TYPE_CHECKING

from enformer_core.genome.interval import Interval

from .jobs import Held, held

if TYPE_CHECKING:
    from enformer_core.inference.jobs import Job
    from enformer_core.interpret.attention_map import AttentionMap
    from enformer_core.interpret.deletion_scan import DeletionScan
    from enformer_core.interpret.mutagenesis_map import MutagenesisMap
    from enformer_core.interpret.scores import ContributionScores

    from .subject import Subject


def contributions(subject: Subject) -> Held[ContributionScores]:
    """Gradient x input of every base of the window."""
    from enformer_core.interpret.explain import submit_contributions

    key = (about(subject), "contributions", subject.target)
    return held("contributions", key, lambda _: submit_contributions(subject.predictor, subject.window, subject.target))


def mutagenesis(subject: Subject, interval: Interval) -> Held[MutagenesisMap]:
    """Every substitution of some bases, exact; ``partial`` grows meanwhile.

    Args:
        subject: What is explained.
        interval: The bases, on the reference.
    """
    from enformer_core.interpret.explain import submit_mutagenesis

    def begin(found: Held[MutagenesisMap]) -> Job[MutagenesisMap]:
        def grow(partial: MutagenesisMap) -> None:
            found.partial = partial

        return submit_mutagenesis(
            subject.predictor, subject.window, interval, subject.target, method="exact", on_partial=grow
        )

    key = (about(subject), "mutagenesis", subject.target, interval)
    return held("mutagenesis", key, begin)


def scan(subject: Subject, interval: Interval, width: int = 20) -> Held[DeletionScan]:
    """What the target loses when stretches of some bases are blanked.

    Args:
        subject: What is explained.
        interval: The bases, on the reference.
        width: Of a stretch, in bp.
    """
    from enformer_core.interpret.explain import submit_deletion_scan

    key = (about(subject), "scan", subject.target, interval, width)
    ask = (subject.predictor, subject.window, interval, subject.target)
    return held("scan", key, lambda _: submit_deletion_scan(*ask, width=width))


def attention(
    subject: Subject, bins: tuple[int, ...], layers: tuple[int, ...] | None = None, heads: tuple[int, ...] | None = None
) -> Held[AttentionMap]:
    """Where some output bins look.

    Args:
        subject: What is explained; its target plays no part.
        bins: Those that look.
        layers: Some; None for all.
        heads: Likewise.
    """
    from enformer_core.interpret.explain import submit_attention

    key = (about(subject), "attention", bins, layers, heads)
    ask = (subject.predictor, subject.window, bins)
    return held("attention", key, lambda _: submit_attention(*ask, layers=layers, heads=heads))


def attention_picture(
    subject: Subject, layers: tuple[int, ...] | None = None, heads: tuple[int, ...] | None = None, size: int = 256
) -> Held[AttentionMap]:
    """The whole window by the whole window.

    Args:
        subject: What is explained; its target plays no part.
        layers: Some; None for all.
        heads: Likewise.
        size: The most queries, and the most keys.
    """
    from enformer_core.interpret.explain import submit_attention_picture

    key = (about(subject), "picture", layers, heads, size)
    ask = (subject.predictor, subject.window)
    return held("picture", key, lambda _: submit_attention_picture(*ask, layers=layers, heads=heads, size=size))


def about(subject: Subject) -> tuple[Hashable, ...]:
    """The model, and what it reads: what all explanations of a picture have in common."""
    window, predictor = subject.window, subject.predictor
    bases = hashlib.sha256(window.sequence.bases.encode()).hexdigest() if window.sequence else ""
    assembly = window.assembly.identity if window.assembly else ""
    edits = tuple(str(edit) for edit in window.edits)
    anchor = window.haplotype.anchor if window.haplotype else None
    made_by = (predictor.weights_sha256, predictor.precision, predictor.facts.device_type)
    return (*made_by, assembly, window.interval, edits, anchor, bases, subject.head)
