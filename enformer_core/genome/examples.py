"""Worked examples and experiments that come with an assembly: files in its folder, checked and never trusted.

An example is a question with a view, perhaps edits, and perhaps the true answer, against which a prediction is judged
by a stated rule. Positions in the files are 1-based, as people write them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from ..errors import EnformerError, FileFormatError, FileTooLarge, shown
from .locus import parse_locus
from .registry import Registered, is_plain_name
from .variant import Variant

Measure = Literal["level", "log2_fold_change", "log2_ratio"]
SCHEMA = 1
PSEUDOCOUNT = 0.01
#: A true log2 change nearer to 0 than this is no change, and a prediction is right if it says so too.
NO_CHANGE = 0.1
MAX_FILE_BYTES = 4 * 1024**2
MAX_EXAMPLES, MAX_EDITS, MAX_EXAMPLE_TRACKS, MAX_ALLELE = 40, 20, 18, 100_000
MAX_EXPERIMENTS = 10_000
_MAX_TITLE, _MAX_SENTENCE, _MAX_QUERY, _MAX_IDENTIFIER = 60, 600, 200, 200
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
_COLUMNS = ["identifier", "file"]
_KEYS = frozenset({"id", "title", "sentence", "query", "view", "tracks", "edits", "expected"})


@dataclass(frozen=True, slots=True)
class Expected:
    """The true answer of an example.

    Attributes:
        measure: ``level`` is the mean of the predicted track over the bins that overlap ``region``, with the edits
            where there are any; ``log2_fold_change`` compares it with the one without edits; ``log2_ratio`` compares
            it with the track ``against``.
        track: Identifier of the track that is measured.
        against: Identifier of the other track of a ``log2_ratio``; empty for other measures.
        region: Where, as locus text.
        value: The truth.
    """

    measure: Measure
    track: str
    against: str
    region: str
    value: float

    def predicted(self, level: float, other: float) -> float:
        """The measure, from mean predicted levels of the region.

        Args:
            level: Of ``track``, with the edits.
            other: What it is compared with: the level without edits, or that of ``against``. A ``level`` ignores it.
        """
        return level if self.measure == "level" else math.log2((level + PSEUDOCOUNT) / (other + PSEUDOCOUNT))

    def is_right(self, predicted: float) -> bool:
        """Whether a prediction keeps to the ``rule``; NaN never does."""
        if self.measure == "level":
            return self.value / 2 <= predicted <= self.value * 2
        if abs(self.value) < NO_CHANGE:
            return abs(predicted) < NO_CHANGE
        return 0.5 <= predicted / self.value <= 2

    @property
    def rule(self) -> str:
        """What a right prediction is, as a clause."""
        if self.measure == "level":
            return "within a factor of 2 of the truth"
        if abs(self.value) < NO_CHANGE:
            return f"below {NO_CHANGE:g} in size, like the truth"
        return "same direction, between half and twice the truth"

    @property
    def formula(self) -> str:
        """How the number is computed, as a sentence."""
        where = f"mean over the bins that overlap {self.region}"
        if self.measure == "level":
            return f"Level = {where} of the predicted track {self.track}"
        other = "without edits" if self.measure == "log2_fold_change" else f"of {self.against}"
        ours = "with edits" if self.measure == "log2_fold_change" else f"of {self.track}"
        name = "Log2 fold change" if self.measure == "log2_fold_change" else "Log2 ratio"
        what = f" of {self.track}" if self.measure == "log2_fold_change" else ""
        return f"{name}{what} = log2((level {ours} + {PSEUDOCOUNT}) / (level {other} + {PSEUDOCOUNT})), level = {where}"


@dataclass(frozen=True, slots=True)
class Example:
    """A question that is worth a look.

    Attributes:
        id: Short name, for links.
        title: What it is about, for a button.
        sentence: What is seen, and why.
        query: What would be typed: a gene or a locus.
        view: What to show of the answer, as locus text; empty for the usual view.
        tracks: Identifiers of the tracks to show, in order, with those that the truth is about.
        edits: Applied together. Nothing is checked against an assembly yet.
        expected: The true answer, where it is known.
    """

    id: str
    title: str
    sentence: str
    query: str
    view: str
    tracks: tuple[str, ...]
    edits: tuple[Variant, ...]
    expected: Expected | None


def read_examples(entry: Registered) -> tuple[Example, ...]:
    """The worked examples of a registered assembly, in order; none where its manifest names no file of them.

    Raises:
        FileFormatError: The file is not what it should be.
        FileError: It is missing, cannot be read or is too large.
    """
    path = entry.file("examples")
    if path is None:
        return ()
    try:
        document = json.loads(_text(path), parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise _bad(path, f"it is not JSON: {exc}") from exc
    found = document.get("examples") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(found, list):
        raise _bad(path, "it holds no list of examples")
    if type(document.get("schema")) is not int or document["schema"] != SCHEMA:
        raise _bad(path, f"schema is {shown(document.get('schema'))}, not {SCHEMA}")
    if len(found) > MAX_EXAMPLES:
        raise _bad(path, f"it holds {len(found):,} examples, at most {MAX_EXAMPLES} are read")
    examples = []
    for number, item in enumerate(found, start=1):
        try:
            examples.append(_example(item))
        except (EnformerError, ValueError) as exc:
            what = exc.what if isinstance(exc, EnformerError) else str(exc)
            raise _bad(path, f"example {number}: {what}") from exc
    ids = [example.id for example in examples]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise _bad(path, f"two examples have the id {shown(twice[0])}")
    return tuple(examples)


def read_experiments(entry: Registered) -> Mapping[str, Path]:
    """The experiments that come with a registered assembly: by a track's identifier, the bigWig measured for it.

    Returns:
        Read-only, in the order of the file; empty where the manifest names none. The bigWigs are not opened.

    Raises:
        FileFormatError: The table is not what it should be.
        FileError: It is missing, cannot be read or is too large.
    """
    path = entry.file("experiments")
    if path is None:
        return MappingProxyType({})
    found: dict[str, Path] = {}
    try:
        lines = _text(path).decode("utf-8").splitlines()
    except UnicodeDecodeError as exc:
        raise _bad(path, f"it is not UTF-8 text: {exc.reason} at byte {exc.start:,}") from exc
    if not lines or lines[0].split("\t") != _COLUMNS:
        raise _bad(path, f"line 1 is {shown(lines[0] if lines else '')}, not identifier and file with a tab between")
    if len(lines) - 1 > MAX_EXPERIMENTS:
        raise _bad(path, f"it has {len(lines) - 1:,} rows, at most {MAX_EXPERIMENTS:,} are read")
    for number, line in enumerate(lines[1:], start=2):
        columns = line.split("\t")
        if len(columns) != len(_COLUMNS) or not 0 < len(columns[0]) <= _MAX_IDENTIFIER:
            raise _bad(path, f"line {number} is {shown(line)}, not an identifier and a file with a tab between")
        identifier, name = columns
        if not is_plain_name(name):
            raise _bad(path, f"line {number}: {shown(name)} is not a plain file name")
        if identifier in found:
            raise _bad(path, f"line {number}: {shown(identifier)} has an experiment already")
        found[identifier] = entry.folder / name
    return MappingProxyType(found)


def _example(item: object) -> Example:
    if not isinstance(item, dict):
        raise ValueError(f"{shown(item)} is not an object")
    if unknown := sorted(set(item) - _KEYS):
        raise ValueError(f"{shown(unknown[0])} is not a key of an example")
    name = _string(item, "id", 40)
    if not _ID.fullmatch(name):
        raise ValueError(f"the id {shown(name)} is not of small letters, digits, dashes and underscores")
    tracks = _list(item, "tracks", MAX_EXAMPLE_TRACKS)
    if not tracks or not all(isinstance(t, str) and 0 < len(t) <= _MAX_IDENTIFIER for t in tracks):
        raise ValueError("tracks is not a list of identifiers")
    if len(set(tracks)) < len(tracks):
        raise ValueError("tracks names a track twice")
    edits = tuple(_edit(edit) for edit in _list(item, "edits", MAX_EDITS))
    expected = None if item.get("expected") is None else _expected(item["expected"], has_edits=bool(edits))
    measured = [expected.track, expected.against] if expected else []
    return Example(
        id=name,
        title=_string(item, "title", _MAX_TITLE),
        sentence=_string(item, "sentence", _MAX_SENTENCE),
        query=_string(item, "query", _MAX_QUERY),
        view="" if item.get("view") is None else _locus(item, "view"),
        tracks=tuple(dict.fromkeys([*tracks, *filter(None, measured)])),
        edits=edits,
        expected=expected,
    )


def _expected(item: object, *, has_edits: bool) -> Expected:
    if not isinstance(item, dict):
        raise ValueError(f"expected is {shown(item)}, not an object")
    measure: Measure | None = next((name for name in get_args(Measure) if name == item.get("measure")), None)
    if measure is None:
        raise ValueError(f"measure is {shown(item.get('measure'))}, not one of {', '.join(get_args(Measure))}")
    against = "" if item.get("against") is None else _string(item, "against", _MAX_IDENTIFIER)
    if bool(against) != (measure == "log2_ratio"):
        raise ValueError(f"against is {shown(against)}: a log2_ratio, and nothing else, needs a second track")
    if measure == "log2_fold_change" and not has_edits:
        raise ValueError("a log2_fold_change needs edits")
    value = item.get("value")
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 1e30:  # also refuses NaN
        raise ValueError(f"the true value is {shown(value)}, not a number")
    if measure == "level" and value <= 0:
        raise ValueError(f"the true level is {value:g}, and nothing is within a factor of 2 of that")
    return Expected(measure, _string(item, "track", _MAX_IDENTIFIER), against, _locus(item, "region"), float(value))


def _edit(item: object) -> Variant:
    if not isinstance(item, dict) or set(item) != {"chrom", "pos", "ref", "alt"}:
        raise ValueError(f"{shown(item)} is not an edit with chrom, pos, ref and alt")
    if type(item["pos"]) is not int:
        raise ValueError(f"pos is {shown(item['pos'])}, not a whole number")
    ref, alt = _string(item, "ref", MAX_ALLELE), _string(item, "alt", MAX_ALLELE)
    return Variant(_string(item, "chrom", _MAX_IDENTIFIER), item["pos"], ref, alt)


def _string(item: dict[str, Any], key: str, limit: int) -> str:
    text = item.get(key)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{key} is {shown(text)}, not a text")
    if len(text) > limit:
        raise ValueError(f"{key} has {len(text):,} characters, at most {limit:,} are read")
    return text


def _list(item: dict[str, Any], key: str, limit: int) -> list[Any]:
    found = item.get(key, [])
    if not isinstance(found, list) or len(found) > limit:
        raise ValueError(f"{key} is {shown(found)}, not a list of at most {limit}")
    return found


def _locus(item: dict[str, Any], key: str) -> str:
    text = _string(item, key, _MAX_QUERY)
    parse_locus(text)
    return text


def _text(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise FileTooLarge(
                f"it has {path.stat().st_size:,} bytes, above the limit of {MAX_FILE_BYTES:,}",
                where=str(path),
                hint="Shorten it",
            )
        return path.read_bytes()
    except OSError as exc:
        raise _bad(path, f"it cannot be read: {exc.strerror or exc}") from exc


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")


def _bad(path: Path, what: str) -> FileFormatError:
    return FileFormatError(what, where=str(path), hint="Correct the file, or take its name out of the manifest")
