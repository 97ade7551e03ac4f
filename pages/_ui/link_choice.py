"""The model and the assembly of a link: registered names and repositories, and never a path."""

from __future__ import annotations

import os
from dataclasses import dataclass

from enformer_core.errors import shown
from enformer_core.genome.registry import Kind, registered
from enformer_core.settings import Settings

from .link_text import is_name
from .session_choice import NOT_OFFERED, genes_of
from .state import Choice
from .words import listed

_MAX_LISTED = 6


@dataclass(frozen=True, slots=True)
class Linked:
    """What the model and the assembly of a link lead to.

    Attributes:
        choice: What to open the link with.
        is_model: Whether that is the link's model, so that a track's number means the same.
        is_assembly: Whether that is the link's assembly, so that a position means the same.
        notes: What to say about it.
    """

    choice: Choice
    is_model: bool
    is_assembly: bool
    notes: tuple[str, ...]


def link_name(name: str, kind: Kind, settings: Settings) -> str:
    """What a link calls a model or an assembly; empty for a file or a folder, which is nobody else's."""
    return name if name in _offered(kind, (name,), settings) else ""


def linked_choice(model: str, assembly: str, now: Choice, settings: Settings) -> Linked:
    """The model and the assembly to open a link with: those that it names, if they are offered by these very names.

    Args:
        model: As the link has it; empty where it names none, so that the one in force stays. So is ``assembly``.
        assembly: See ``model``.
        now: Those in force.
        settings: Name more, and where the registered ones are.
    """
    models = _offered("model", (now.model, settings.model), settings)
    assemblies = _offered("assembly", (), settings)
    is_model, is_assembly = model in ("", *models), assembly in ("", *assemblies)
    notes = () if is_model else (_missing("model", model, models),)
    notes += () if is_assembly else (_missing("assembly", assembly, assemblies),)
    chosen = assembly if assembly and is_assembly else now.assembly
    choice = Choice(model if model and is_model else now.model, chosen, genes_of(chosen, now, settings))
    return Linked(choice, is_model, is_assembly, notes)


def _offered(kind: Kind, more: tuple[str, ...], settings: Settings) -> list[str]:
    """Names of what is registered, and of those among ``more`` that are repositories."""
    found = list(registered(kind, settings))
    if kind == "model":
        found += [name for name in more if "/" in name and is_name(name) and not os.path.exists(name)]
    return list(dict.fromkeys(found))


def _missing(kind: Kind, name: str, offered: list[str]) -> str:
    some = [*offered[:_MAX_LISTED], *(["others"] if len(offered) > _MAX_LISTED else [])]
    there = f"offered: {listed(some)}" if some else "none is registered"
    return f"the link names the {kind} {shown(name)}, {NOT_OFFERED} ({there})"
