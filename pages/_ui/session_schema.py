"""What a saved view holds, and the reading of one that anybody may have written.

Nothing in it is executed, and nothing it names is opened: names are compared with what the app offers by itself.
Fields that are unknown, missing or of another type are errors, so that no part of a view is dropped in silence.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from enformer_core.errors import EnformerError, FileFormatError, FileTooLarge, shown
from enformer_core.genome.interval import Interval
from enformer_core.genome.typed import MAX_POSITION, MAX_TEXT
from enformer_core.genome.variant import Variant
from enformer_core.tracks.file_kind import kind_of

FORMAT = "enformer-browser-session"
VERSION = 1
MAX_BYTES = 2 * 1024**2
MAX_SEQUENCE, MAX_ALLELE = 1_000_000, 100_000
MAX_LISTED = 100
MAX_TOLD = 5
_CHOOSE = "Choose the file that Save view gave"
_SAVE_AGAIN = "Save the view again, or correct the file"

_VIEW = re.compile(
    r"(.{1,200}):(-?(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,10}))-(-?(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,10}))", re.ASCII
)
#: What is allowed where a value is not, by pydantic's name of the error.
_ALLOWED: Mapping[str, str] = MappingProxyType(
    {
        "string_type": "a text in quotes is needed",
        "string_too_long": "at most {max_length:,} characters are read",
        "string_too_short": "it must not be empty",
        "string_unicode": "it holds half of a character",
        "int_type": "a whole number is needed",
        "bool_type": "true or false is needed",
        "list_type": "a list is needed",
        "model_type": "an object with named fields is needed",
        "greater_than_equal": "at least {ge:,} is needed",
        "less_than_equal": "at most {le:,} is allowed",
        "too_long": "at most {max_length:,} items are read",
        "literal_error": "{expected} is needed",
    }
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
_Source = Annotated[str, Field(max_length=1000)]
_Allele = Annotated[str, Field(min_length=1, max_length=MAX_ALLELE)]
_Index = Annotated[int, Field(ge=0, le=999_999)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SavedTrack(_Part):
    """A track on view: its target index, and its identifier where that is known, else an empty text."""

    index: _Index
    identifier: _Name


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
    transform: Literal["soft", "hard", "none"]
    edits: Annotated[list[SavedEdit], Field(max_length=MAX_LISTED)]
    view: Annotated[str, Field(max_length=300), AfterValidator(_view)]
    experiments: Annotated[list[SavedExperiment], Field(max_length=MAX_LISTED)]
    hidden_experiments: Annotated[list[_Name], Field(max_length=10_000)]

    @model_validator(mode="after")
    def _asks_one_thing(self) -> SavedView:
        if self.question and self.sequence:
            raise ValueError("question and sequence are both given: leave one of them empty")
        return self


def checked(document: Mapping[str, Any]) -> SavedView:
    """A saved view of these fields.

    Raises:
        FileFormatError: Fields are missing, unknown or not allowed; the first five are named with their values.
    """
    try:
        return SavedView.model_validate(document)
    except ValidationError as exc:
        raise _explained(exc) from None


def read(data: str | bytes) -> SavedView:
    """Read a session file.

    Args:
        data: Its text, or its bytes in UTF-8.

    Raises:
        FileTooLarge: It has more than 2 MB.
        FileFormatError: It is no session file, is damaged, of a newer version, or has a value that is not allowed.
    """
    text = _decoded(data)
    try:
        document = _object(text)
        _check_header(document)
        return checked(document)
    except RecursionError:
        raise FileFormatError("the file is nested too deeply to be a saved view", hint=_SAVE_AGAIN) from None


def _decoded(data: str | bytes) -> str:
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        most = f"a saved view has at most {MAX_BYTES:,}"
        raise FileTooLarge(f"the file has {len(raw):,} bytes, and {most}", hint=_CHOOSE)
    if not raw.strip():
        raise FileFormatError("the file is empty", hint=_CHOOSE)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileFormatError("the file is written in UTF-16", hint="Save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        if raw.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"{"):
            raise FileFormatError(f"byte {exc.start + 1:,} of the file is not UTF-8", hint="Save it as UTF-8") from None
        raise _other(raw) from None


def _object(text: str) -> dict[str, Any]:
    """The file's one JSON object."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as exc:
        whole = text.strip()
        if not whole.startswith("{"):
            raise _other(text.encode("utf-8")) from None
        is_open = exc.msg.startswith("Unterminated") or exc.pos >= len(text.rstrip())
        if is_open or not whole.endswith("}"):
            what = f"the file ends in the middle, in line {text.rstrip().count(chr(10)) + 1:,}"
            raise FileFormatError(what, hint="It was cut short: save the view again, or copy all of it") from None
        where = f"line {exc.lineno:,}, column {exc.colno:,}"
        raise FileFormatError(f"the file is not JSON: {exc.msg}", where=where, hint=_SAVE_AGAIN) from None
    except ValueError:  # Python refuses to read integers of thousands of digits
        raise FileFormatError("a number in the file has thousands of digits", hint=_SAVE_AGAIN) from None
    if not isinstance(found, dict):
        raise _other(text.encode("utf-8"))
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise FileFormatError(f"the field {shown(name)} is there twice", hint="Keep the one that is meant")
        found[name] = value
    return found


def _no_constant(name: str) -> None:
    raise FileFormatError(f"{name} is not a number that JSON has", hint=_SAVE_AGAIN)


def _other(raw: bytes) -> FileFormatError:
    return FileFormatError(f"the file is {kind_of(raw[:4096])}, and not a saved view", hint=_CHOOSE)


def _check_header(document: Mapping[str, Any]) -> None:
    """Refuse other kinds of JSON and newer versions before anything else is said about the fields."""
    kind, version = document.get("format"), document.get("version")
    if kind != FORMAT:
        found = "has no field format" if kind is None else f"has the format {_value(kind)}"
        raise FileFormatError(f"the file {found}, so it is not a saved view", hint=_CHOOSE)
    if type(version) is int and version > VERSION:
        raise FileFormatError(
            f"the file was made by a newer version: {version}; this reads {VERSION}",
            hint="Open it with the newer Enformer Browser, or update this one",
        )


def _explained(exc: ValidationError) -> FileFormatError:
    """One error for the first five fields that are wrong."""
    # A misspelt name is also a missing one: the spelling is the better thing to say first.
    order = {"extra_forbidden": 0, "missing": 2}
    errors = sorted(exc.errors(include_url=False), key=lambda error: order.get(error["type"], 1))
    said = [_sentence(error["type"], error["loc"], error) for error in errors[:MAX_TOLD]]
    rest = len(errors) - len(said)
    return FileFormatError("; ".join(said) + (f"; and {rest:,} more" if rest else ""), hint=_SAVE_AGAIN)


def _sentence(kind: str, location: tuple[int | str, ...], error: Mapping[str, Any]) -> str:
    if kind == "extra_forbidden":
        *around, unknown = location
        return f"there is no field {shown(unknown)}" + (f" in {_field(around)}" if around else "")
    name = _field(location)
    if kind == "missing":
        return f"{name} is missing"
    rule = _ALLOWED.get(kind)
    allowed = rule.format(**error.get("ctx", {})) if rule else error["msg"].removeprefix("Value error, ")
    if isinstance(error["input"], dict) and rule is None:  # about an object as a whole, whose fields say little here
        return f"{name}: {allowed}" if name else allowed
    return f"{name} is {_value(error['input'])}: {allowed}"


def _field(location: Sequence[int | str]) -> str:
    """``("edits", 2, "pos")`` as ``edits, item 3, pos``: our own names and numbers only."""
    return ", ".join(f"item {part + 1:,}" if isinstance(part, int) else part for part in location)


def _value(value: object) -> str:
    """A value as it stands in the file."""
    return shown(value if isinstance(value, str) else json.dumps(value))
