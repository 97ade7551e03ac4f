"""What the browser is sent of annotations: a part for each file, and how its lane is called and placed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from enformer_core.errors import EnformerError
from enformer_core.tracks.features import Features

from .state import Annotation
from .view_parts import Json, array, gene_part, named
from .words import cut

_LONGEST_NAME, _LONGEST_LABEL, _LONGEST_TEXT = 60, 60, 300
_NOTHING = np.zeros(0)


@dataclass(frozen=True, slots=True)
class FeatureLanes:
    """Lanes of annotation.

    Attributes:
        parts: By the slot that it takes on the page, the features of a file, with an ``id`` that follows its content.
        entries: In the order of the lanes, what the view is told of each.
    """

    parts: dict[str, Json] = field(default_factory=dict)
    entries: tuple[Json, ...] = ()


def lanes(
    annotations: Sequence[Annotation], found: Sequence[Features | EnformerError], tracks: Collection[int]
) -> FeatureLanes:
    """Lanes of the annotations on view.

    Args:
        annotations: Those on view.
        found: The features of each, or why they cannot be shown.
        tracks: Target indices of the lanes on view.
    """
    parts: dict[str, Json] = {}
    entries: list[Json] = []
    for place, (annotation, features) in enumerate(zip(annotations, found, strict=True)):
        is_shown = isinstance(features, Features)
        part = named(_part(features) if is_shown else _empty(annotation.kind))
        parts[f"features{place}"] = part
        entries.append(
            {
                "part": part["id"],
                "name": cut(annotation.name, _LONGEST_NAME),
                "kind": annotation.kind,
                "about": cut(_about(annotation, features) if is_shown else annotation.about, _LONGEST_TEXT),
                "problem": "" if is_shown else cut(_problem(annotation, features), _LONGEST_TEXT),
                "under": annotation.track if annotation.track in tracks else None,
            }
        )
    return FeatureLanes(parts, tuple(entries))


def _part(features: Features) -> Json:
    """Positions are 0-based and half-open."""
    if features.kind == "genes":
        return {"genes": [gene_part(gene) for gene in features.genes], "dropped": features.dropped}
    return {
        "starts": array(features.starts, np.float64),
        "ends": array(features.ends, np.float64),
        "labels": [cut(label, _LONGEST_LABEL) for label in features.labels],
        "strands": features.strands,
        "scores": None if features.scores is None else array(features.scores, np.float32),
        "summits": None if features.summits is None else array(features.summits, np.float64),
        "dropped": features.dropped,
    }


def _empty(kind: str) -> Json:
    if kind == "genes":
        return {"genes": [], "dropped": 0}
    none = array(_NOTHING, np.float64)
    return {
        "starts": none,
        "ends": none,
        "labels": [],
        "strands": "",
        "scores": None,
        "summits": None,
        "dropped": 0,
    }


def _about(annotation: Annotation, features: Features) -> str:
    return " · ".join((annotation.about, *features.notes))


def _problem(annotation: Annotation, error: EnformerError) -> str:
    """In words, with the line; nobody needs to see where an upload lies."""
    where = error.where.replace(str(annotation.path), "").strip()
    what = f"{where}: {error.what}" if where else error.what
    return f"{what}. {error.hint}" if error.hint else what
