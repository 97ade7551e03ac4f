"""The difference of two predictions, edited minus reference, on the reference's bins."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ..errors import FileError, InputError
from ..files import written_aside
from ..tracks.bigwig_write import BigWigWriter
from ..tracks.table import Track
from .export import PROVENANCE_FILE, bigwig_name
from .prediction import Prediction

RULE = (
    "edited - reference, on the bins of the reference. Without insertions and deletions, bin by bin. Else the edited "
    "bins are first moved to where their bases lie on the reference: an edited bin that spans a deletion covers the "
    "deleted bases too, and bins wholly inside an insertion have no place and are left out. Each reference bin is then "
    "compared with the edited bin that covers its middle base; one whose middle no edited bin covers has no difference."
)


def difference(reference: Prediction, edited: Prediction) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edited minus reference; see ``RULE``.

    Args:
        reference: Without edits.
        edited: Of the same tracks, on the same contig.

    Returns:
        ``starts``, ``ends`` (int64 ``[bins]``, 0-based and half-open, on the reference) and ``values`` (float32
        ``[bins, tracks]``), of the reference's bins that have a difference.

    Raises:
        InputError: The two are of other tracks or contigs.
    """
    if reference.tracks != edited.tracks or reference.interval.chrom != edited.interval.chrom:
        raise InputError(
            "the two predictions are of other tracks or contigs", hint="Predict both of the same window and tracks"
        )
    starts, ends, rows = reference.reference_bins()
    moved_starts, moved_ends, moved_rows = edited.reference_bins()
    middles = (starts + ends) // 2
    place = np.searchsorted(moved_starts, middles, side="right") - 1  # edited bins touch one another
    kept = (place >= 0) & (middles < (moved_ends[-1] if len(moved_ends) else 0))
    return starts[kept], ends[kept], edited.values[moved_rows[place[kept]]] - reference.values[rows[kept]]


def difference_name(edited: Prediction, track: Track) -> str:
    """The name of a track's file: that of the edited one with ``difference`` in the place of ``edited``."""
    return bigwig_name(edited, track).replace(".edited-", ".difference-")


def write_differences(
    reference: Prediction, edited: Prediction, folder: str | Path, *, overwrite: bool = False
) -> list[Path]:
    """Write the difference of each track as a bigWig, and ``provenance.json``, into a folder (made if need be).

    Raises:
        InputError: The two do not belong together, or share no bin.
        OutputExists: A file is there and ``overwrite`` is False.
        FileError: The folder cannot be made.
        OutOfDisk: The disk is full; nothing half-written is left.
    """
    folder = Path(folder)
    starts, ends, values = difference(reference, edited)
    if not len(starts):
        raise InputError("the two predictions share no bin, so there is no difference to write")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as exc:
        raise FileError(f"the folder {folder} cannot be made: {exc.strerror}", hint="Choose another place") from exc
    written, chrom = [], reference.interval.chrom
    with BigWigWriter() as writer:
        for column, track in enumerate(reference.tracks):
            path = folder / difference_name(edited, track)
            entries = (starts, ends, values[:, column])
            written.append(writer.write(path, reference.contigs, chrom, *entries, overwrite=overwrite))
    facts = {"rule": RULE, "reference": reference.provenance.facts(), "edited": edited.provenance.facts()}
    with written_aside(folder / PROVENANCE_FILE, overwrite=True) as aside:
        aside.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
    return written
