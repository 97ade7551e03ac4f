"""What is said to a question that cannot be answered, and where the window is put."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import AmbiguousGene, EnformerError, GeneNotFound, LocusError, VariantError, shown
from enformer_core.genome.genes.model import Gene
from enformer_core.genome.query import EmptyQuery, GeneQuery, LocusQuery, SequenceQuery, VariantQuery, parse_query
from enformer_core.genome.variant import Variant
from enformer_core.inference.tiling import ONE, Tiles

from . import edit_list, problems, search_names, tiles
from .search_box import box as box
from .state import Session, ask, remove_edits
from .words import cut, for_markdown

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor
    from enformer_core.inference.window import Window

Query = EmptyQuery | LocusQuery | VariantQuery | SequenceQuery | GeneQuery


def resolve(state: Session, predictor: Predictor) -> tuple[Window, str] | None:
    """The window that the question is about, and how to call it; None where there is nothing to predict."""
    search_names.offer(predictor)
    query = EmptyQuery()
    try:
        query = parse_query(state.text)
        if isinstance(query, EmptyQuery):
            return None
        edit_list.place_wanted(state, predictor)
        if state.tiles != ONE:
            tiles.fit(state, _found(state, predictor, query, (), ONE)[0])
        return _found(state, predictor, query, state.edits, state.tiles)
    except EnformerError as error:
        problems.show(error)
        _ways_out(error, query)
        if state.edits or state.wanted_edits:
            st.button("Ask without the edits", key="without-edits", on_click=remove_edits)
        return None


def _found(
    state: Session, predictor: Predictor, query: Query, edits: tuple[Variant, ...], beside: Tiles
) -> tuple[Window, str]:
    """The window with some edits, and with some windows to its left and right; and how to call it."""
    if isinstance(query, GeneQuery) and predictor.assembly and predictor.assembly.genes:
        return _of_gene(state, predictor, predictor.assembly.genes.gene(query.name), edits, beside)
    return predictor.window(state.text, edits, beside), _subject(query, state.text)


def _subject(query: Query, text: str) -> str:
    if isinstance(query, SequenceQuery):
        return f"the sequence {query.sequence.name}" if query.sequence.name != "sequence" else "a pasted sequence"
    return cut(" ".join(text.split()), 60)


def _of_gene(
    state: Session, predictor: Predictor, gene: Gene, edits: tuple[Variant, ...], beside: Tiles
) -> tuple[Window, str]:
    """The window at a gene's canonical start site, or at the one that was chosen."""
    from enformer_core.inference.resolve import gene_window

    sites = start_sites(gene)
    if state.site and state.site not in sites:
        state.notes += (f"{gene.symbol} has no start site of {shown(state.site)}, so its canonical one is shown",)
        state.site = ""
    if state.site not in sites or predictor.assembly is None or sites[state.site] == gene.tss:
        return predictor.window(state.text, edits, beside), gene.symbol
    transcript = next(t for t in gene.transcripts if t.transcript_id == state.site)
    window = gene_window(gene, transcript, predictor.geometry, predictor.assembly, edits, tiles=beside)
    return window, f"{gene.symbol} ({state.site})"


def start_sites(gene: Gene) -> dict[str, int]:
    """By transcript, the distinct 0-based start sites of a gene, the canonical one first."""
    sites: dict[str, int] = {}
    for transcript in gene.transcripts:
        if transcript.tss not in sites.values():
            sites[transcript.transcript_id] = transcript.tss
    return sites


def offered_sites(state: Session, predictor: Predictor) -> tuple[object, ...]:
    """What ``choose_site`` shows: the chosen transcript and the start sites; nothing where there is no choice."""
    sites = _several_sites(state, predictor)
    return (state.site, *sites.items()) if sites else ()


def _several_sites(state: Session, predictor: Predictor) -> dict[str, int]:
    """The start sites of the gene that is asked for; none where it has one, or no gene is asked for."""
    if predictor.assembly is None or predictor.assembly.genes is None:
        return {}
    try:
        query = parse_query(state.text)
        sites = start_sites(predictor.assembly.genes.gene(query.name)) if isinstance(query, GeneQuery) else {}
    except EnformerError:  # which the answer says
        return {}
    return sites if len(sites) > 1 else {}


def choose_site(state: Session, predictor: Predictor) -> None:
    """Draw the choice among a gene's start sites, where it has several."""
    sites = _several_sites(state, predictor)
    if not sites:
        return
    options = list(sites)
    canonical = options[0]
    index = options.index(state.site) if state.site in sites else 0
    picked = st.selectbox(
        "Start site",
        options,
        index=index,
        key=f"site-{canonical}",
        format_func=lambda name: f"{name} at {sites[name] + 1:,}" + (" (canonical)" if name == canonical else ""),
    )
    if picked != options[index]:
        state.site, state.view, state.tiles = picked, None, ONE
        st.rerun()


def _ways_out(error: EnformerError, query: Query) -> None:
    """Buttons for what could have been meant."""
    if isinstance(error, AmbiguousGene):
        texts = error.choices
    elif isinstance(error, GeneNotFound):
        texts = error.suggestions
    elif isinstance(error, LocusError) and error.clipped:
        texts = (error.clipped,)
    elif isinstance(query, VariantQuery) and type(error) is VariantError:
        texts = _alternatives(query)
    else:
        return
    with st.container(horizontal=True):
        for place, text in enumerate(texts[:8]):
            st.button(for_markdown(cut(text, 60)), key=f"way-{place}", on_click=ask, args=(text,))


def _alternatives(query: VariantQuery) -> tuple[str, ...]:
    """Each alternative allele alone, where all variants are of the same bases, as ``A>C,G`` is; else none."""
    written = [text.variant for text in query.texts]
    variants = [variant for variant in written if variant is not None]
    is_one_place = len({(v.chrom, v.pos, v.ref) for v in variants}) == 1 and len(variants) == len(written) > 1
    return tuple(str(variant) for variant in variants) if is_one_place else ()
