"""Enformer Browser as a library.

    >>> import enformer_core as ec
    >>> predictor = ec.Predictor.from_pretrained("path/to/model", assembly="hg38.fa.gz")  # doctest: +SKIP
    >>> prediction = predictor.predict("chr11:35,082,743-35,197,430", tracks=[41, 42])    # doctest: +SKIP

Public names are resolved when they are first used, so that importing one part never drags in another.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import EnformerError as EnformerError
    from .genome.assembly import Assembly as Assembly
    from .genome.genes.model import Gene as Gene
    from .genome.genes.model import Transcript as Transcript
    from .genome.haplotype import Haplotype as Haplotype
    from .genome.interval import Interval as Interval
    from .genome.locus import format_locus as format_locus
    from .genome.locus import parse_locus as parse_locus
    from .genome.sequence import Sequence as Sequence
    from .genome.variant import Variant as Variant
    from .inference.averaging import Averaging as Averaging
    from .inference.effect_scores import log2_fold_change as log2_fold_change
    from .inference.effect_scores import sad as sad
    from .inference.effect_scores import sar as sar
    from .inference.jobs import Job as Job
    from .inference.paired_bins import start_site_bins as start_site_bins
    from .inference.prediction import Prediction as Prediction
    from .inference.predictor import Predictor as Predictor
    from .inference.track_effects import TrackEffects as TrackEffects
    from .inference.track_effects import track_effects as track_effects
    from .interpret.attention_map import AttentionMap as AttentionMap
    from .interpret.deletion_scan import DeletionScan as DeletionScan
    from .interpret.explain import attention as attention
    from .interpret.explain import contributions as contributions
    from .interpret.explain import deletion_scan as deletion_scan
    from .interpret.explain import effect as effect
    from .interpret.explain import mutagenesis as mutagenesis
    from .interpret.mutagenesis_map import MutagenesisMap as MutagenesisMap
    from .interpret.scores import ContributionScores as ContributionScores
    from .interpret.target import Target as Target
    from .model.config import EnformerConfig as EnformerConfig
    from .model.enformer import Enformer as Enformer
    from .provenance import Provenance as Provenance
    from .settings import Settings as Settings
    from .settings import load_settings as load_settings
    from .tracks.table import TrackTable as TrackTable

_HOME = {
    "Assembly": "genome.assembly",
    "AttentionMap": "interpret.attention_map",
    "Averaging": "inference.averaging",
    "ContributionScores": "interpret.scores",
    "DeletionScan": "interpret.deletion_scan",
    "Enformer": "model.enformer",
    "EnformerConfig": "model.config",
    "EnformerError": "errors",
    "Gene": "genome.genes.model",
    "Haplotype": "genome.haplotype",
    "Interval": "genome.interval",
    "Job": "inference.jobs",
    "MutagenesisMap": "interpret.mutagenesis_map",
    "Prediction": "inference.prediction",
    "Predictor": "inference.predictor",
    "Provenance": "provenance",
    "Sequence": "genome.sequence",
    "Settings": "settings",
    "Target": "interpret.target",
    "TrackEffects": "inference.track_effects",
    "TrackTable": "tracks.table",
    "Transcript": "genome.genes.model",
    "Variant": "genome.variant",
    "attention": "interpret.explain",
    "contributions": "interpret.explain",
    "deletion_scan": "interpret.explain",
    "effect": "interpret.explain",
    "format_locus": "genome.locus",
    "load_settings": "settings",
    "log2_fold_change": "inference.effect_scores",
    "mutagenesis": "interpret.explain",
    "parse_locus": "genome.locus",
    "sad": "inference.effect_scores",
    "sar": "inference.effect_scores",
    "start_site_bins": "inference.paired_bins",
    "track_effects": "inference.track_effects",
}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
