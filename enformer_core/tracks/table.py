"""The outputs of a model's head: one track per column of its predictions."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..errors import TrackError, shown

if TYPE_CHECKING:
    import pandas

Choice = str | Iterable[str] | None


@dataclass(frozen=True, slots=True)
class Track:
    """One output of a head.

    Attributes:
        target_index: 0-based column within the head.
        identifier: Accession of the experiment, such as ``ENCFF833POA`` or ``CNhs10608``.
        assay: ``CAGE``, ``DNASE``, ``ATAC``, ``CHIP``, or ``""``.
        biosample: Cell or tissue, with its treatment.
        target: What a ChIP antibody binds, such as ``H3K27ac``; ``""`` where there is none, or it is not known.
        description: The published text.
        strand: ``+`` or ``-`` for one of a pair of stranded tracks, else ``.``.
        clip: Coverage per bin above which the training data were clipped, before scaling; infinite for never.
        scale: Factor applied after clipping.
        sum_stat: How coverage was pooled into a bin: ``mean``, ``sum`` or ``max``.
    """

    target_index: int
    identifier: str
    assay: str
    biosample: str
    target: str
    description: str
    strand: str = "."
    clip: float = math.inf
    scale: float = 1.0
    sum_stat: str = "mean"


class TrackTable:
    """Tracks of one head, in the order in which they were chosen. Read-only.

    A position (``table[i]``) counts rows of this table; a ``target_index`` counts columns of the head, whatever rows
    are left.
    """

    def __init__(self, tracks: Iterable[Track], pairs: Mapping[int, int] | None = None) -> None:
        """``pairs`` maps a target index to that of the other strand.

        Raises:
            TrackError: Two tracks have one target index.
        """
        self._tracks = tuple(tracks)
        self._pairs = dict(pairs or {})
        self._rows = {track.target_index: row for row, track in enumerate(self._tracks)}
        if len(self._rows) < len(self._tracks):
            twice = Counter(track.target_index for track in self._tracks).most_common(1)[0][0]
            raise TrackError(f"track {twice} is listed twice")

    @staticmethod
    def read(path: Path) -> TrackTable:
        """Read a table in the published targets format (see ``targets_file``).

        Raises:
            TargetsError: The file is missing or a line of it cannot be read.
        """
        from .targets_file import read_targets

        return TrackTable(*read_targets(path))

    @staticmethod
    def unnamed(n: int, prefix: str) -> TrackTable:
        """``n`` tracks that are known by number only: ``human_0``, ``human_1``, ..."""
        return TrackTable(Track(i, f"{prefix}_{i}", "", "", "", f"{prefix} output {i}") for i in range(n))

    def __len__(self) -> int:
        return len(self._tracks)

    def __iter__(self) -> Iterator[Track]:
        return iter(self._tracks)

    def __getitem__(self, row: int) -> Track:
        return self._tracks[row]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TrackTable) and self._tracks == other._tracks

    def __hash__(self) -> int:
        return hash(self._tracks)

    def __repr__(self) -> str:
        return f"<TrackTable of {len(self):,} tracks>"

    @cached_property
    def target_index(self) -> np.ndarray:
        """int64 [tracks]: 0-based columns within the head. Not writable."""
        index = np.array([track.target_index for track in self._tracks], dtype=np.int64)
        index.flags.writeable = False
        return index

    def select(self, indices: Iterable[int]) -> TrackTable:
        """The tracks with these target indices, in this order.

        Raises:
            TrackError: There is no such track here, one is named twice, or none is named.
        """
        wanted = [self._checked(index) for index in indices]
        if not wanted:
            raise TrackError("no track is chosen", hint="Choose at least one")
        repeated = [index for index, count in Counter(wanted).items() if count > 1]
        if repeated:
            raise TrackError(f"track {repeated[0]} is chosen twice", hint="Name each track once")
        return self._subset(self._tracks[self._rows[index]] for index in wanted)

    def resolve(self, spec: Iterable[int] | Literal["all"] | None) -> TrackTable:
        """The tracks that a request names: target indices, or ``"all"`` or None for the whole table.

        Raises:
            TrackError: As ``select``, or the request is some other text.
        """
        if spec is None or (isinstance(spec, str) and spec == "all"):
            return self
        if isinstance(spec, str) or not isinstance(spec, Iterable):
            raise TrackError(f"tracks cannot be {shown(spec)}", hint="Give a list of numbers, or 'all'")
        return self.select(spec)

    def search(
        self, words: str = "", assay: Choice = None, biosample: Choice = None, target: Choice = None
    ) -> TrackTable:
        """The tracks that hold every word, in any order and case, in their identifier, description or parsed parts.

        Args:
            words: Parts of words, split at spaces.
            assay: Assays to keep; one or several whole values (see ``facets``), in any case. None keeps all.
            biosample: Biosamples to keep.
            target: ChIP targets to keep.

        Returns:
            A table that may be empty, in the order of this one.
        """
        parts = words.casefold().split()
        rows: Iterable[int] = range(len(self))
        for name, choice in (("assay", assay), ("biosample", biosample), ("target", target)):
            if choice is not None:
                kept = {value.casefold() for value in ([choice] if isinstance(choice, str) else choice)}
                rows = [row for row in rows if getattr(self._tracks[row], name).casefold() in kept]
        texts = self._search_texts
        for part in parts:
            rows = [row for row in rows if part in texts[row]]
        return self._subset(self._tracks[row] for row in rows)

    def facets(self) -> dict[str, dict[str, int]]:
        """For ``assay``, ``target`` and ``biosample``, each value with its number of tracks, most frequent first."""
        return {name: self._counts(name) for name in ("assay", "target", "biosample")}

    def pair(self, target_index: int) -> int | None:
        """Target index of the same experiment on the other strand (in this table or not), or None.

        Raises:
            TrackError: There is no such track here.
        """
        return self._pairs.get(self._checked(target_index))

    def frame(self) -> pandas.DataFrame:
        """A new data frame: one row per track, one column per attribute of ``Track``."""
        import pandas

        return pandas.DataFrame(
            {field.name: [getattr(track, field.name) for track in self._tracks] for field in fields(Track)}
        )

    @cached_property
    def _search_texts(self) -> tuple[str, ...]:
        return tuple(
            "\n".join((t.identifier, t.description, t.assay, t.biosample, t.target)).casefold() for t in self._tracks
        )

    def _subset(self, tracks: Iterable[Track]) -> TrackTable:
        return TrackTable(tracks, self._pairs)

    def _counts(self, name: str) -> dict[str, int]:
        counts = Counter(value for track in self._tracks if (value := getattr(track, name)))
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0].casefold())))

    def _checked(self, index: object) -> int:
        try:
            number = operator.index(index)  # type: ignore[arg-type]
        except TypeError:
            number = None
        if number is None or isinstance(index, bool | np.bool_):
            raise TrackError(f"track {shown(index)} is not a whole number", hint=self._allowed())
        if number not in self._rows:
            raise TrackError(f"there is no track {shown(number)}", hint=self._allowed())
        return number

    def _allowed(self) -> str:
        if not self._tracks:
            return "This table has no tracks"
        low, high = min(self._rows), max(self._rows)
        if high - low + 1 == len(self):
            return f"Tracks are numbered {low} to {high}"
        return f"Choose among the {len(self):,} tracks of this table, numbered between {low} and {high}"
