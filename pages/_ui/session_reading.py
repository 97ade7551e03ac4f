"""The reading of a saved view that anybody may have written. Nothing in it is executed.

Fields that are missing or of another type are errors. Unknown ones are left out and named, so that no part of a view is
dropped in silence. Files of older versions are brought to this one as they are read.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from enformer_core.errors import FileFormatError, FileTooLarge, shown
from enformer_core.tracks.file_kind import kind_of

from .looks import Show
from .session_schema import (
    FORMAT,
    MAX_BYTES,
    MAX_LISTED,
    VERSION,
    SavedEdit,
    SavedExperiment,
    SavedExplain,
    SavedShow,
    SavedTrack,
    SavedView,
)
from .words import listed

MAX_TOLD = 5
_CHOOSE = "Choose the file that Save view gave"
_SAVE_AGAIN = "Save the view again, or correct the file"
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
        "too_short": "{min_length:,} items are needed",
        "literal_error": "{expected} is needed",
    }
)
#: The fields that hold objects, or lists of them.
_PARTS: Mapping[str, type[SavedTrack | SavedShow | SavedExplain | SavedEdit | SavedExperiment]] = MappingProxyType(
    {
        "tracks": SavedTrack,
        "show": SavedShow,
        "explain": SavedExplain,
        "edits": SavedEdit,
        "experiments": SavedExperiment,
    }
)


def checked(document: Mapping[str, Any]) -> SavedView:
    """A saved view of these fields; unknown ones are left out.

    Raises:
        FileFormatError: Fields are missing or not allowed; the first five are named with their values.
    """
    try:
        return SavedView.model_validate(document)
    except ValidationError as exc:
        raise _explained(exc, _unknown(document)) from None


def read(data: str | bytes) -> tuple[SavedView, tuple[str, ...]]:
    """Read a session file: what it holds, and what to say about it.

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
        document = _of_this_version(document)
        view, unknown = checked(document), _unknown(document)
    except RecursionError:
        raise FileFormatError("the file is nested too deeply to be a saved view", hint=_SAVE_AGAIN) from None
    if not unknown:
        return view, ()
    more = [f"{len(unknown) - MAX_TOLD:,} more"] if len(unknown) > MAX_TOLD else []
    return view, (f"fields that this version does not know were left out: {listed([*unknown[:MAX_TOLD], *more])}",)


def _of_this_version(document: dict[str, Any]) -> dict[str, Any]:
    """A file of an earlier version as one of this version.

    Version 1 knew nothing of how lanes are drawn nor of several windows, version 2 nothing of explanations.
    """
    version = document.get("version")
    if type(version) is not int or version not in (1, 2):
        return document
    earlier = {"show": asdict(Show()), "tiles": [0, 0]} if version == 1 else {}
    return {**earlier, "explain": {}, **document, "version": VERSION}


def _unknown(document: Mapping[str, Any]) -> list[str]:
    """The fields that no saved view has, and where they stand."""
    found = [shown(name) for name in document if name not in SavedView.model_fields]
    for field, part in _PARTS.items():
        value = document.get(field)
        items = enumerate(value[:MAX_LISTED], start=1) if isinstance(value, list) else [(0, value)]
        for number, item in items:
            names = [name for name in item if name not in part.model_fields] if isinstance(item, dict) else []
            where = f"{field}, item {number}" if number else field
            found += [f"{shown(name)} in {where}" for name in names]
    return found


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


def _explained(exc: ValidationError, unknown: list[str]) -> FileFormatError:
    """One error for the first five fields that are wrong."""
    errors = sorted(exc.errors(include_url=False), key=lambda error: error["type"] == "missing")
    # A misspelt name is also a missing one: the spelling is the better thing to say first.
    found = [f"there is no field {name}" for name in unknown]
    found += [_sentence(error["type"], error["loc"], error) for error in errors]
    said, rest = found[:MAX_TOLD], len(found) - MAX_TOLD
    return FileFormatError("; ".join(said) + (f"; and {rest:,} more" if rest > 0 else ""), hint=_SAVE_AGAIN)


def _sentence(kind: str, location: tuple[int | str, ...], error: Mapping[str, Any]) -> str:
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
