"""Annotations on view: BED, narrowPeak, GTF and VCF files, the lanes that they belong to, and reading them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import streamlit as st

from enformer_core.errors import EnformerError, FileTooLarge
from enformer_core.genome.interval import Interval
from enformer_core.settings import load_settings
from enformer_core.tracks.feature_read import AnnotationReader
from enformer_core.tracks.features import Features
from enformer_core.tracks.table import Track, TrackTable

from . import feature_parts
from .experiments import expired, version
from .feature_parts import FeatureLanes
from .state import Annotation, Result, Session, keep

MAX_ANNOTATIONS = 10
MAX_KEPT = 4
_WORD = re.compile(r"[^A-Za-z0-9]+")
_MIN_IDENTIFIER = 4


@st.cache_resource(show_spinner=False, on_release=lambda reader: reader.close())
def reader() -> AnnotationReader:
    """The reader of annotations, with its child process."""
    return AnnotationReader(load_settings())


def take(state: Session, path: Path, name: str, reader: AnnotationReader, *, uploaded: bool) -> Annotation:
    """Read a file through, and put it on view.

    Raises:
        FileTooLarge: There are as many as can be on view, or the file is above a limit.
        FileError: It is no annotation, or a line of it is wrong.
    """
    if len(state.annotations) >= MAX_ANNOTATIONS:
        raise FileTooLarge(f"{MAX_ANNOTATIONS} annotations are on view already", hint="Remove one first")
    info = reader.describe(path)
    about = f"{info.format}, {info.n_features:,} {info.kind}"
    annotation = Annotation(path, name, info.kind, about, uploaded=uploaded)
    state.annotations.append(annotation)
    return annotation


def drop(state: Session, annotation: Annotation) -> None:
    """Take an annotation off view; an uploaded file is deleted."""
    state.annotations = [other for other in state.annotations if other is not annotation]
    if annotation.uploaded:
        annotation.path.unlink(missing_ok=True)


def guess(name: str, chosen: Iterable[int], table: TrackTable) -> int | None:
    """The track on view that peaks belong to by their file's name: its identifier is in it, or else its biosample.

    A biosample counts only where the name speaks of no assay or ChIP target but the track's own; a track whose assay
    or target it does speak of goes first.
    """
    words = set(_words(name))
    named = {word for track in table for word in _assay(track) if word in words}
    best, found = 0, None
    for track in table.select(chosen):
        is_assay = bool(_assay(track) & words)
        sample = _words(track.biosample)
        is_identifier = len(track.identifier) >= _MIN_IDENTIFIER and words.issuperset(_words(track.identifier))
        is_sample = bool(sample) and words.issuperset(sample) and (is_assay or not named)
        rank = 4 * is_identifier + 2 * is_sample + is_assay
        if (is_identifier or is_sample) and rank > best:
            best, found = rank, track.target_index
    return found


def read(
    state: Session, interval: Interval, contigs: Mapping[str, int], reader: AnnotationReader
) -> list[Features | EnformerError]:
    """The features of each annotation on view, or why they cannot be shown. What was not read before is one question.

    Args:
        state: The session, whose annotations keep what was read.
        interval: 0-based and half-open: all that may come on screen without asking again.
        contigs: Chromosome lengths of the assembly.
        reader: Reads the files.
    """
    keys = [(version(annotation.path), interval) for annotation in state.annotations]
    missing = [a for a, key in zip(state.annotations, keys, strict=True) if key not in a.found]
    answers: dict[Path, Features | EnformerError] = {}
    for annotation in missing:
        if error := expired(annotation.path, uploaded=annotation.uploaded):
            answers[annotation.path] = error
    if paths := [annotation.path for annotation in missing if annotation.path not in answers]:
        try:
            answers |= dict(zip(paths, reader.read(paths, interval, contigs), strict=True))
        except EnformerError as error:
            answers |= dict.fromkeys(paths, error)
    result: list[Features | EnformerError] = []
    for annotation, key in zip(state.annotations, keys, strict=True):
        found = annotation.found[key] if key in annotation.found else answers[annotation.path]
        if isinstance(found, Features):
            keep(annotation.found, key, found, MAX_KEPT)
        result.append(found)
    return result


def _words(text: str) -> list[str]:
    return [word for word in _WORD.split(text.casefold()) if word]


def _assay(track: Track) -> set[str]:
    """The words that say what was measured: the ChIP target, or else the assay."""
    return set(_words(track.target or track.assay))


def lanes_of(state: Session, result: Result) -> FeatureLanes:
    """The features that were added, over all that the model has read; none where bases have no place on a genome."""
    window, prediction = result.window, result.prediction
    if window.assembly is None or not state.annotations:
        return FeatureLanes()
    found = read(state, prediction.input_interval, window.contigs, reader())
    return feature_parts.lanes(state.annotations, found, [track.target_index for track in prediction.tracks])
