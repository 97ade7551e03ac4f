"""The model and the assembly of a saved view: names on the way out, and on the way in only what the app offers."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

import streamlit as st

from enformer_core.errors import AssemblyMismatch, shown
from enformer_core.genome.registry import Kind, registered
from enformer_core.settings import Settings

from .matching import first_choice
from .session_schema import SavedView
from .state import Choice, Session

#: In every note about a model or an assembly that is not here.
NOT_OFFERED = "which is not offered here"
_ENDINGS = (".gz", ".bgz", ".fa", ".fasta", ".fna")


def saved_name(name: str) -> str:
    """A registered name or a repository as it is; of a path the last part: where it lies is nobody's business."""
    is_path = name.startswith(("/", "~", ".")) or os.path.exists(name)  # which, unlike Path's, never raises
    return PurePath(name).name if is_path else name


def is_named(found: str, name: str) -> bool:
    """Whether what is in force is what a saved view names, by the last part of the name; true where it names none."""
    return not name or _last(found) == _last(name)


def _last(name: str) -> str:
    """The last part of a path or of a repository's id, without the endings of a FASTA file."""
    last = PurePath(name).name
    while PurePath(last).suffix.lower() in _ENDINGS:
        last = PurePath(last).stem
    return last


def found_choice(view: SavedView, now: Choice, settings: Settings) -> tuple[Choice, list[str]]:
    """The model, the assembly and the genes to open a view with, and what to say about them.

    Args:
        view: Names them; where it names none, those in force stay.
        now: Those in force.
        settings: Name more, and where the registered ones are.

    Raises:
        AssemblyMismatch: The view lies on an assembly that is not offered. A sequence needs none, and a model is
            another matter: the same question can be asked of another one.
    """
    model, notes = _offered(view.model, "model", now.model, settings), []
    if model is None:
        model = now.model
        notes.append(f"the view was saved with the model {shown(view.model)}, {NOT_OFFERED}")
    assembly = _offered(view.assembly, "assembly", now.assembly, settings)
    if assembly is None:
        if not view.sequence:  # the same positions on another assembly are another question
            raise AssemblyMismatch(
                f"the view lies on the assembly {shown(view.assembly)}, {NOT_OFFERED}",
                hint="Choose or register that assembly first, and open the file again",
            )
        assembly = now.assembly
        notes.append(f"the view was saved with the assembly {shown(view.assembly)}, {NOT_OFFERED}")
    genes = genes_of(assembly, now, settings)
    if view.genes and view.genes != Path(genes).name:
        here = shown(Path(genes).name) if genes else "those that come with the assembly"
        notes.append(f"the view was saved with the genes {shown(view.genes)}, here they are {here}")
    return Choice(model, assembly, genes), notes


def _offered(name: str, kind: Kind, now: str, settings: Settings) -> str | None:
    """What the app offers under a name: the same name, else the same last part. What is in force where none is said."""
    if not name:
        return now
    configured = settings.model if kind == "model" else settings.assembly
    offered = [one for one in (now, configured, *registered(kind, settings)) if one]
    if name in offered:
        return name
    return next((one for one in offered if _last(one) == _last(name)), None)


def genes_of(assembly: str, now: Choice, settings: Settings) -> str:
    """The file of genes that goes with an assembly; empty for those that come with it."""
    first = first_choice(settings)
    return now.genes if assembly == now.assembly else first.genes if assembly == first.assembly else ""


def tell_choosers(state: Session, *, is_same_question: bool) -> None:
    """Give choosers that were drawn before the new value; else the old one would be taken for a person's choice."""
    choice = state.choice or Choice()
    values = {"model-choice": choice.model, "assembly-choice": choice.assembly}
    for key in [str(key) for key in st.session_state]:
        if key in values:
            st.session_state[key] = values[key]
        elif is_same_question and key.startswith("site-"):
            st.session_state[key] = state.site or key.removeprefix("site-")
