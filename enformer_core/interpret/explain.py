"""Explanations of predictions, asked of a predictor: what a notebook, a page and the command line call.

Each question has two forms, as ``Predictor.predict`` and ``Predictor.submit``: ``contributions(...)`` waits, and
``submit_contributions(...)`` gives a job with progress, which can be cancelled. Everything that is wrong with a
question is found before the model runs.
"""

from __future__ import annotations

from .explain_attention import attention, attention_picture, submit_attention, submit_attention_picture
from .explain_contributions import contributions, submit_contributions
from .explain_deletions import deletion_scan, submit_deletion_scan
from .explain_edits import EditEffect, effect, submit_effect
from .explain_mutagenesis import mutagenesis, submit_mutagenesis

__all__ = [
    "EditEffect",
    "attention",
    "attention_picture",
    "contributions",
    "deletion_scan",
    "effect",
    "mutagenesis",
    "submit_attention",
    "submit_attention_picture",
    "submit_contributions",
    "submit_deletion_scan",
    "submit_effect",
    "submit_mutagenesis",
]
