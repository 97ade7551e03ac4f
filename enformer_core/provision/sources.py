"""The manifest of sources: which files make an assembly or a model, where they are, and what their checksums are.

``sources.toml`` beside this module is the one that comes with the software; a lab may give its own.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ..errors import FileError, FileFormatError, FileTooLarge, InputError, shown
from ..genome.registry import is_plain_name

OWN = Path(__file__).with_name("sources.toml")
SCHEMA = 1
MAX_BYTES = 1_000_000
GZIP = b"\x1f\x8b"
Role = Literal["fasta", "genes", "aliases", "config", "weights", "tracks"]
#: Kind of a recipe to role to how many files of it there may be, least and most.
_ROLES: dict[str, dict[str, tuple[int, int]]] = {
    "assembly": {"fasta": (1, 1), "genes": (0, 1), "aliases": (0, 1)},
    "model": {"config": (1, 1), "weights": (1, 1), "tracks": (0, 64)},
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Source(_Frozen):
    """One file: its name here, its mirrors in the order to try them, and what is known of it beforehand."""

    role: Role
    name: str
    what: str = Field(min_length=1)
    urls: tuple[str, ...] = Field(min_length=1, strict=False)
    size: int | None = Field(default=None, gt=0)
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    md5: str = Field(default="", pattern=r"^([0-9a-f]{32})?$")
    known: str = ""
    sums: str = ""
    hub: bool = False
    terms: str = ""

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not is_plain_name(name):
            raise ValueError("it must be a plain file name")
        return name

    @field_validator("urls")
    @classmethod
    def _addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            if not urlsplit(url).hostname:
                raise ValueError(f"{shown(url)} is no web address")
        return urls

    @model_validator(mode="after")
    def _one_checksum(self) -> Self:
        if self.sha256 and self.md5:
            raise ValueError("give sha256 or md5, not both")
        return self

    @property
    def magic(self) -> bytes:
        """What the file's first bytes must be; nothing where its name does not say."""
        return GZIP if self.name.endswith((".gz", ".bgz")) else b""

    @property
    def hosts(self) -> tuple[str, ...]:
        """The servers that have it, in the order to ask them."""
        return tuple(dict.fromkeys(urlsplit(url).hostname or "" for url in self.urls))


class Recipe(_Frozen):
    """What is fetched for one assembly or model, and what it is registered as."""

    kind: Literal["assembly", "model"]
    registered_as: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    about: str = Field(min_length=1)
    room: int = Field(gt=0)
    trained_on: str = ""
    files: tuple[Source, ...] = Field(min_length=1, strict=False)

    @model_validator(mode="after")
    def _roles_and_names(self) -> Self:
        allowed = _ROLES[self.kind]
        for file in self.files:
            if file.role not in allowed:
                raise ValueError(
                    f"{shown(file.name)} is {file.role}, and of {self.kind} files there are {_list(allowed)}"
                )
        for role, (least, most) in allowed.items():
            count = len(self.of(role))
            if not least <= count <= most:
                raise ValueError(f"there are {count} files of the role {role}, not {least} to {most}")
        if len({file.name for file in self.files}) < len(self.files):
            raise ValueError("two files have one name")
        return self

    def of(self, role: str) -> tuple[Source, ...]:
        """The files of a role."""
        return tuple(file for file in self.files if file.role == role)


def read_sources(path: Path = OWN) -> dict[str, Recipe]:
    """Read a manifest of sources: recipe by the name that a person asks for.

    Raises:
        FileError: It cannot be read.
        FileTooLarge: It is above 1 MB.
        FileFormatError: It is not TOML, or says something that a manifest cannot say, with the place in it.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileTooLarge(f"{path} has {path.stat().st_size:,} bytes, above the limit of {MAX_BYTES:,}")
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise FileError(f"{path} cannot be read: {exc.strerror or exc}", hint="Check the path") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _bad(path, f"it is not TOML: {exc}") from exc
    schema = found.pop("schema", None)
    if type(schema) is not int or schema != SCHEMA:
        raise _bad(path, f"schema is {shown(schema)}, not {SCHEMA}")
    try:
        return {name: Recipe.model_validate(recipe) for name, recipe in found.items()}
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in (exc.title, *first["loc"]))
        raise _bad(path, f"{place}: {first['msg'].removeprefix('Value error, ')}") from exc


def recipe_for(name: str, path: Path = OWN) -> Recipe:
    """The recipe of a name.

    Raises:
        InputError: The manifest has none of this name.
        FileError: The manifest cannot be read; see ``read_sources``.
    """
    recipes = read_sources(path)
    if name not in recipes:
        raise InputError(f"{path} has nothing for {shown(name)}", hint=f"It has: {_list(recipes) or 'nothing'}")
    return recipes[name]


def _list(names: dict) -> str:
    return ", ".join(names)


def _bad(path: Path, what: str) -> FileFormatError:
    return FileFormatError(what, where=str(path), hint="Correct the manifest; the one of this software is an example")
