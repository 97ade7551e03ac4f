"""What a first visitor sees where a model, an assembly or a question is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.genome.locus import format_locus
from enformer_core.settings import Settings

from . import views
from .state import ask
from .words import for_markdown

if TYPE_CHECKING:
    from enformer_core.genome.assembly import Assembly

MODEL = "EleutherAI/enformer-official-rough"
BUILD_DEMO = "enformer-browser setup demo"


def how_to_begin(settings: Settings, *, model_found: bool = False) -> None:
    """What works at once, and the three steps to a genome of one's own: what to do, and how long it takes."""
    if not model_found:
        _see_it_at_once(settings)
    st.markdown("#### Three steps to the first picture of your own genome")
    done = ":material/check: " if model_found else ""
    where = "with the administrator of this server" if settings.hosted else "on the left"
    st.markdown(
        f"1. {done}**A model.** `enformer-browser setup weights` fetches the published one (1 GB, minutes). Or give "
        f"`{MODEL}`, or a folder with `config.json` and `model.safetensors`: {where}, or with "
        "`enformer-browser app --model …`.\n"
        "2. **An assembly.** `enformer-browser setup hg38` (or `mm10`) fetches it with its genes (1 GB, minutes). Or "
        "give a FASTA file that has an index; `enformer-browser setup index hg38.fa` makes one in about 1 minute.\n"
        "3. **Genes.** They come with `setup hg38`. For a FASTA file of your own give a GTF file, such as "
        "GENCODE's, to search by name (read once, about 1 minute). Loci and sequences do without."
    )
    st.page_link("pages/setup.py", label="See what is found and what is missing", icon=":material/build:")


def _see_it_at_once(settings: Settings) -> None:
    """The simulated genome: nothing to fetch, and a tour."""
    st.markdown("#### See it work at once, no download")
    who = "The administrator of this server can run" if settings.hosted else "Run"
    st.markdown(
        f"{who} `{BUILD_DEMO}`, and reload this page. It builds a small simulated genome in a minute or two. A real, "
        "small Enformer trained on it comes with this software, and five worked examples say what the truth is and "
        "whether the model got it right."
    )


def what_to_ask(assembly: Assembly | None) -> None:
    """A prompt, with a locus of this assembly to try."""
    st.markdown("#### What would you like to see?")
    st.markdown(
        "Type a gene, a locus such as `chr11:35,082,743-35,197,430` (positions count from 1), a variant such as "
        "`chr1:1000:A>C`, or paste a sequence. The answer is predicted for the middle of what the model reads."
    )
    if assembly is None:
        return
    example = _example(assembly)
    st.button(for_markdown(f"Try {example}"), key="example", on_click=ask, args=(example,))


def _example(assembly: Assembly) -> str:
    """The middle of the longest contig."""
    chrom, length = max(assembly.contigs.items(), key=lambda item: item[1])
    return format_locus(views.middle(chrom, length))
