"""Experiments on view: adding bigWigs, pairing them with tracks, and reading them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from enformer_core.errors import EnformerError, FileError, FileTooLarge
from enformer_core.genome.interval import Interval
from enformer_core.tracks.bigwig_read import BigWigReader, BinnedSignal
from enformer_core.tracks.remote.bigwigs import RemoteBigWigs
from enformer_core.tracks.table import Track, TrackTable
from enformer_core.tracks.transform import Statistic, Transform

from . import remote
from .state import MAX_SIGNALS, MAX_TRACKS, Experiment, Session, keep
from .words import cut, visible

MAX_EXPERIMENTS = MAX_TRACKS
MAX_NAME = 200
_NUMBERED = re.compile(r"track[_-]?0*(\d{1,6})(?!\d)", re.IGNORECASE)


def take(state: Session, path: Path, name: str, reader: BigWigReader, *, uploaded: bool) -> Experiment:
    """Look into a bigWig, and put it on view.

    Raises:
        FileTooLarge: There are as many experiments as can be on view.
        FileError: It is damaged.
    """
    _refuse_more(state)
    reader.describe(path)
    return _added(state, Experiment(path, name, uploaded=uploaded))


def take_address(state: Session, text: str, fetcher: RemoteBigWigs) -> Experiment:
    """Look at a bigWig at a web address, and put it on view.

    Raises:
        FileTooLarge: There are as many experiments as can be on view.
        UrlNotAllowed: The address must not be asked.
        DownloadError: It cannot be fetched.
        FileError: There is no bigWig, or it is damaged.
    """
    _refuse_more(state)
    address = fetcher.add(text)
    stands_for_it = Path(hashlib.sha256(address.text.encode()).hexdigest()[:32])
    name = cut(visible(address.name), MAX_NAME)
    return _added(state, Experiment(stands_for_it, name, address=address))


def _refuse_more(state: Session) -> None:
    if len(state.experiments) >= MAX_EXPERIMENTS:
        raise FileTooLarge(f"{MAX_EXPERIMENTS} experiments are on view already", hint="Remove one first")


def _added(state: Session, experiment: Experiment) -> Experiment:
    state.experiments.append(experiment)
    return experiment


def drop(state: Session, experiment: Experiment) -> None:
    """Take an experiment off view; an uploaded file is deleted."""
    state.experiments = [e for e in state.experiments if e is not experiment]
    if experiment.uploaded:
        experiment.path.unlink(missing_ok=True)


def pair(state: Session, experiment: Experiment, track: int | None) -> None:
    """Compare an experiment with a track; a track has one experiment at a time."""
    for other in state.experiments:
        if other is not experiment and track is not None and other.track == track:
            other.track = None
    experiment.track = track


def guess(name: str, chosen: Iterable[int], table: TrackTable) -> int | None:
    """The track that a file's name speaks of, such as ``track0004_ENCFF890OGQ.bw``.

    A track that is not on view is only guessed from its identifier: a bare number may mean anything.
    """
    words = set(re.split(r"[^A-Za-z0-9]+", name.casefold()))
    on_view = list(chosen)
    named = [t.target_index for t in table if len(t.identifier) >= 4 and t.identifier.casefold() in words]
    number = int(found[1]) if (found := _NUMBERED.search(name)) else None
    if number in named:
        return number
    first = next((index for index in named if index in on_view), None)
    if first is not None:
        return first
    if number in on_view:
        return number
    return named[0] if named else None


def paired(state: Session, tracks: Iterable[Track], own: Mapping[str, Path]) -> dict[int, tuple[str, Path]]:
    """The experiment of each track: one that the visitor has added, else the one that comes with the assembly.

    Args:
        state: The session, with what was added and what is hidden.
        tracks: Those on view.
        own: The assembly's experiments, by a track's identifier.

    Returns:
        By target index the experiment's name and file, for the tracks that have one.
    """
    added = {e.track: (e.name, e.path) for e in state.experiments if e.track is not None}
    found: dict[int, tuple[str, Path]] = {}
    for track in tracks:
        if track.target_index in added:
            found[track.target_index] = added[track.target_index]
        elif track.identifier in own and track.identifier not in state.hidden:
            found[track.target_index] = (own[track.identifier].name, own[track.identifier])
    return found


def signals(
    state: Session,
    files: Mapping[int, tuple[str, Path]],
    tracks: Iterable[Track],
    output: Interval,
    bin_size: int,
    transform: Transform,
    contigs: Mapping[str, int],
    reader: BigWigReader,
) -> dict[int, BinnedSignal | EnformerError]:
    """The experiments of the tracks on view, on the scale of ``transform``; an error where one cannot be read.

    Args:
        state: The session, which keeps what was read.
        files: By target index, from ``paired``.
        tracks: Those on view.
        output: What the output bins cover.
        bin_size: In bp.
        transform: The scale.
        contigs: Chromosome lengths of the assembly.
        reader: Reads the files.

    Returns:
        By target index the bins of the output, NaN for no data, and what is to be known of them.
    """
    found: dict[int, BinnedSignal | EnformerError] = {}
    wanted: dict[Statistic, list[tuple[Track, Path]]] = {}
    for track in tracks:
        if track.target_index in files:
            try:
                wanted.setdefault(transform.statistic(track), []).append((track, files[track.target_index][1]))
            except EnformerError as error:
                found[track.target_index] = error
    for statistic, group in wanted.items():
        paths = [path for _, path in group]
        read = _read(state, paths, output, bin_size, statistic, contigs, reader)
        for (track, _), signal in zip(group, read, strict=True):
            if isinstance(signal, EnformerError):
                found[track.target_index] = signal
            else:
                found[track.target_index] = replace(signal, values=transform.apply(signal.values, track))
    return found


def _read(
    state: Session,
    paths: list[Path],
    output: Interval,
    bin_size: int,
    statistic: Statistic,
    contigs: Mapping[str, int],
    reader: BigWigReader,
) -> list[BinnedSignal | EnformerError]:
    """One call of the reader for all files that were not read before."""
    keys = [(version(path), output, bin_size, statistic) for path in paths]
    missing = [i for i, key in enumerate(keys) if key not in state.signals]
    answers: dict[int, BinnedSignal | EnformerError] = {}
    here: dict[int, Path] = {}
    for i in missing:
        try:
            here[i] = _local(state, paths[i], output)
        except EnformerError as error:
            answers[i] = error
    if here:
        try:
            read = reader.read(list(here.values()), output, bin_size, statistic, contigs)
        except EnformerError as error:
            read = [error] * len(here)
        answers |= dict(zip(here, read, strict=True))
    result = [answers[i] if i in answers else state.signals[keys[i]] for i in range(len(paths))]
    for key, signal in zip(keys, result, strict=True):
        if isinstance(signal, BinnedSignal):
            keep(state.signals, key, signal, MAX_SIGNALS)
    return result


def _local(state: Session, path: Path, output: Interval) -> Path:
    """The file to read: of an experiment on the web one that has what the output needs, fetched now.

    Raises:
        EnformerError: It cannot be fetched, or is an upload that is gone.
    """
    experiment = next((e for e in state.experiments if e.path == path), None)
    if experiment is None:
        return path
    if experiment.address is not None:
        return remote.fetcher().path(experiment.address.text, output)
    if error := expired(experiment.path, uploaded=experiment.uploaded):
        raise error
    return path


def expired(path: Path, *, uploaded: bool) -> FileError | None:
    """What to say of an upload that was removed because its time had come; None of any other file."""
    if not uploaded or path.exists():
        return None
    return FileError("this upload is no longer kept, because it has grown old", hint="Upload it again")


def version(path: Path) -> tuple[str, int, int]:
    """What tells one state of a file from another: it changes when the file is replaced."""
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), status.st_mtime_ns, status.st_size
