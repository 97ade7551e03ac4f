"""What a saved view holds. Nothing it names is opened: names are compared with what the app offers by itself."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from enformer_core.errors import EnformerError
from enformer_core.genome.interval import Interval
from enformer_core.genome.typed import MAX_POSITION, MAX_TEXT
from enformer_core.genome.variant import Variant
from enformer_core.inference.tiling import MAX_TILES

from .looks import COLOURS, HEIGHTS, MAX_TOP, Look

FORMAT = "enformer-browser-session"
VERSION = 3
MAX_BYTES = 2 * 1024**2
MAX_SEQUENCE, MAX_ALLELE = 1_000_000, 100_000
MAX_LISTED = 100

_VIEW = re.compile(
    r"(.{1,200}):(-?(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,10}))-(-?(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,10}))", re.ASCII
)


def place(text: str) -> Interval:
    """The interval of a locus text that counts from 1; unlike a typed one it may begin before its chromosome.

    Raises:
        ValueError: It is not of the form ``chr1:1,001-2,000``.
    """
    found = _VIEW.fullmatch(text)
    if not found:
        raise ValueError("a locus such as chr1:1,001-2,000 is needed, counted from 1, or an empty text")
    first, last = (int(number.replace(",", "")) for number in found.group(2, 3))
    if first > last:
        raise ValueError(f"its start {first:,} is after its end {last:,}")
    return Interval(found[1], first - 1, last)


def _view(text: str) -> str:
    if text:
        place(text)
    return text


_Name = Annotated[str, Field(max_length=200)]
_Short = Annotated[str, Field(max_length=100)]
_Source = Annotated[str, Field(max_length=1000)]
_Allele = Annotated[str, Field(min_length=1, max_length=MAX_ALLELE)]
_Index = Annotated[int, Field(ge=0, le=999_999)]
_Side = Annotated[int, Field(ge=0, le=MAX_TILES - 1)]


def _one_of(*words: str) -> AfterValidator:
    """An empty text for the usual, or one of these."""

    def check(text: str) -> str:
        if text and text not in words:
            raise ValueError(f"{', '.join(words)} or an empty text is needed")
        return text

    return AfterValidator(check)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class SavedTrack(_Part):
    """A track on view: its target index, its identifier where that is known, and how its lane is drawn."""

    index: _Index
    identifier: _Name
    height: Annotated[str, _one_of(*HEIGHTS)] = ""
    colour: Annotated[str, _one_of(*COLOURS)] = ""
    top: Annotated[float, Field(ge=0, le=MAX_TOP, allow_inf_nan=False)] = 0.0

    @property
    def look(self) -> Look:
        """How its lane is drawn."""
        return Look(self.height, COLOURS.get(self.colour, ""), self.top)


class SavedShow(_Part):
    """How all lanes are drawn; see ``looks.Show``."""

    residual: bool
    difference: bool
    ratio: bool
    together: bool
    log: bool
    scale: Literal["view", "robust", "window"]


class SavedEdit(_Part):
    """A line of the list of edits: a variant as in VCF, ``pos`` counted from 1, and whether it is applied."""

    chrom: _Name
    pos: Annotated[int, Field(ge=1, le=MAX_POSITION)]
    ref: _Allele
    alt: _Allele
    id: _Name
    is_on: bool

    @property
    def variant(self) -> Variant:
        """The edit itself."""
        return Variant(self.chrom, self.pos, self.ref, self.alt, self.id)

    @model_validator(mode="after")
    def _can_be_applied(self) -> SavedEdit:
        try:
            _ = self.variant
        except EnformerError as exc:
            raise ValueError(exc.what) from exc
        return self


class SavedExplain(_Part):
    """What is explained, and by what: texts as a link has them; see ``explain.link``."""

    explain: _Short = ""
    target: Annotated[str, Field(max_length=1000)] = ""
    of: _Short = ""
    mutate: _Name = ""
    look_from: _Name = ""
    layers: _Short = ""
    heads: _Short = ""


class SavedExperiment(_Part):
    """An added experiment: its name on screen, and the target index of the track that it was compared with."""

    name: _Name
    track: _Index | None


class SavedView(_Part):
    """Everything that a session file holds.

    Attributes:
        format: What the file is, and ``version`` that of this schema.
        app_version: Of the software that wrote it.
        question: Gene, locus or variant, as it was typed; empty where a sequence was asked.
        sequence: The sequence that was asked, plain or FASTA; empty for other questions.
        start_site: Transcript whose start site is in the middle; empty for the canonical one.
        example: Id of the worked example on view; empty for none.
        model: Its name, or the last part of its path; so is ``assembly``.
        genes: Name of the gene annotation's file; empty where it comes with the assembly.
        head: The model's head; None for the one that the app would choose.
        tracks: On view, in order; None for the default ones.
        show: How all lanes are drawn.
        tiles: How many windows stand to the left and to the right of the one that was asked for.
        explain: What is explained, and by what.
        transform: How experiments are brought to the model's scale.
        edits: The list of edits, in its order.
        view: What is on screen, as locus text counted from 1; empty for the first view.
        experiments: Those that were added.
        hidden_experiments: Identifiers of tracks whose experiment comes with the assembly and is not shown.
    """

    format: Literal["enformer-browser-session"]
    version: Annotated[int, Field(ge=1, le=VERSION)]
    app_version: _Name
    question: Annotated[str, Field(max_length=MAX_TEXT)]
    sequence: Annotated[str, Field(max_length=MAX_SEQUENCE)]
    start_site: _Name
    example: _Name
    model: _Source
    assembly: _Source
    genes: _Source
    head: _Name | None
    tracks: Annotated[list[SavedTrack], Field(max_length=MAX_LISTED)] | None
    show: SavedShow
    tiles: Annotated[list[_Side], Field(min_length=2, max_length=2)]
    explain: SavedExplain
    transform: Literal["soft", "hard", "none"]
    edits: Annotated[list[SavedEdit], Field(max_length=MAX_LISTED)]
    view: Annotated[str, Field(max_length=300), AfterValidator(_view)]
    experiments: Annotated[list[SavedExperiment], Field(max_length=MAX_LISTED)]
    hidden_experiments: Annotated[list[_Name], Field(max_length=10_000)]

    @model_validator(mode="after")
    def _asks_one_thing(self) -> SavedView:
        if self.question and self.sequence:
            raise ValueError("question and sequence are both given: leave one of them empty")
        if sum(self.tiles) >= MAX_TILES:
            raise ValueError(f"tiles are {1 + sum(self.tiles)} windows in all: at most {MAX_TILES} are predicted")
        return self
