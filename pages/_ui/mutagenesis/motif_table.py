"""The known motifs in the strong part of a map, and whose work their library is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from enformer_core.errors import EnformerError
from enformer_core.genome.locus import format_locus
from enformer_core.interpret.placed import base_places

from .. import problems
from ..explain import motifs
from ..words import cut, for_html, for_markdown, listed, visible
from .figure import Mark

if TYPE_CHECKING:
    from enformer_core.interpret.mutagenesis_map import MutagenesisMap
    from enformer_core.interpret.named_motifs import PlacedMotif

    from ..explain.subject import Subject

_MOST_OTHERS = 3
_HELP = {
    "p": "The chance that random bases at one place, on one strand, fit as well",
    "share": "Part of the importance of all bases that lies inside the motif",
    "support": "Bits that the bases add to the fit, weighted by their importance; 2 at most",
}


def marks(subject: Subject, found: MutagenesisMap) -> tuple[Mark, ...]:
    """The names of the motifs, to stand above their bases; none where the library cannot be read."""
    try:
        named = motifs.named(subject, found)
    except EnformerError:  # said by the table
        return ()
    places = base_places(found)
    chosen = []
    for motif in named:
        inside = np.flatnonzero((places >= motif.interval.start) & (places < motif.interval.end))
        chosen.append(Mark(int(inside[0]), int(inside[-1]) + 1, motif.name))
    return tuple(chosen)


@problems.guarded
def table(subject: Subject, found: MutagenesisMap) -> None:
    """Draw the motifs, best first, and the line about their library."""
    st.markdown("#### Known motifs where it is strong")
    named = motifs.named(subject, found)
    if named:
        _rows(named)
    else:
        st.markdown("None of the library's motifs fits where the bases matter.")
    scanner = motifs.scanner_for(subject)
    library = motifs.library_for(subject)
    by_chance = f"{scanner.expected(len(found.bases)):.2g} hits are expected in so many random bases"
    facts = [
        f"p of at most {scanner.p:g}, at which {by_chance}: a hit alone is no evidence of binding",
        f"{library.name}, {len(scanner.motifs):,} motifs",
        library.about,
    ]
    st.html(
        f'<div class="eb-note" id="mutagenesis-library">{for_html(" · ".join(fact for fact in facts if fact))}</div>'
    )


def _rows(named: tuple[PlacedMotif, ...]) -> None:
    columns = {
        "motif": [visible(cut(_called(motif), 60)) for motif in named],
        "place": [f"{format_locus(motif.interval)} {motif.interval.strand}" for motif in named],
        "p": [motif.p for motif in named],
        "share": [motif.share for motif in named],
        "support": [motif.support for motif in named],
        "like it": [visible(cut(listed(list(motif.others[:_MOST_OTHERS])), 80)) for motif in named],
    }
    formats = {"p": "%.1e", "share": "percent", "support": "%.2f"}
    config = {
        name: st.column_config.NumberColumn(format=formats[name], help=for_markdown(text))
        for name, text in _HELP.items()
    }
    said = "; ".join(f"{_called(motif)} at {format_locus(motif.interval)}" for motif in named[:3])
    st.dataframe(columns, hide_index=True, key="mutagenesis-motifs", column_config=config, alt=f"Best: {said}")


def _called(motif: PlacedMotif) -> str:
    return motif.name if motif.id == motif.name else f"{motif.name} ({motif.id})"
