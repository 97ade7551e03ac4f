"""Known motifs in the strong part of a mutagenesis map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.genome.assembly import Assembly
from enformer_core.genome.motifs.motif import MotifLibrary
from enformer_core.genome.motifs.scan import Scanner

from .. import services

if TYPE_CHECKING:
    from enformer_core.interpret.mutagenesis_map import MutagenesisMap
    from enformer_core.interpret.named_motifs import PlacedMotif

    from .subject import Subject

#: Chance of a hit at one place and strand of random sequence, at most.
MOST_P = 1e-4
_KEY = "named-motifs"


def named(subject: Subject, found: MutagenesisMap) -> tuple[PlacedMotif, ...]:
    """The motifs that explain where a map is strong, best first; worked out once for each map."""
    from enformer_core.interpret.named_motifs import named_in

    before = st.session_state.get(_KEY)
    if before is None or before[0] is not found:
        before = st.session_state[_KEY] = (found, tuple(named_in(found, scanner_for(subject))))
    return before[1]


def scanner_for(subject: Subject) -> Scanner:
    """What looks for the known motifs of an assembly: those of its manifest, or JASPAR's of vertebrates."""
    return _scanner(subject.window.assembly)


def library_for(subject: Subject) -> MotifLibrary:
    """The library that ``scanner_for`` looks in."""
    return _library(subject.window.assembly)


def _identity(assembly: Assembly) -> str:
    return assembly.identity


@st.cache_resource(max_entries=4, show_spinner="Reading the known motifs …", hash_funcs={Assembly: _identity})
def _scanner(assembly: Assembly | None) -> Scanner:
    return Scanner(_library(assembly).motifs, p=MOST_P)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={Assembly: _identity})
def _library(assembly: Assembly | None) -> MotifLibrary:
    from enformer_core.interpret.named_motifs import library_of

    return library_of(assembly, services.settings())
