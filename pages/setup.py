"""Setup: what is found and what is missing, where things are kept, and how to add them."""

from __future__ import annotations

import streamlit as st

from enformer_core.errors import EnformerError
from enformer_core.settings import Settings
from pages._ui import frame, problems, services
from pages._ui.setup import fetching
from pages._ui.welcome import BUILD_DEMO
from pages._ui.words import for_markdown

_MARKS = {
    "ok": ":material/check_circle:",
    "note": ":material/info:",
    "missing": ":material/error:",
    "broken": ":material/cancel:",
}
_WORDS = {"ok": "ok", "note": "note", "missing": "missing", "broken": "broken"}


def main() -> None:
    settings = services.settings()
    st.markdown("### Setup")
    st.markdown("What this installation has. `enformer-browser doctor` prints the same facts.")
    _found(settings)
    _pairs(services.pairs(settings))
    fetching.draw(settings)
    _adding(settings.hosted)


def _found(settings: Settings) -> None:
    """What doctor prints, the worst first; where it prints nothing, why."""
    try:
        with st.spinner("Looking around …"):
            found = services.findings(settings)
    except EnformerError as error:
        problems.show(error)
        return
    order = ("broken", "missing", "note", "ok")
    rows = ["| state | what | found | next step |", "|:--|:--|:--|:--|"]
    for finding in sorted(found, key=lambda f: order.index(f.status)):
        text = _without_paths(finding.text, settings.hosted)
        cells = (for_markdown(finding.name), for_markdown(text), for_markdown(finding.hint))
        rows.append(f"| {_MARKS[finding.status]} {_WORDS[finding.status]} | {' | '.join(cells)} |")
    st.markdown("\n".join(rows))


def _pairs(pairs: list[services.Pair]) -> None:
    """Models that come with a genome of their own, and what there is to see."""
    if not pairs:
        return
    st.markdown("#### Models with a genome of their own")
    for pair in pairs:
        kind = " (simulated)" if pair.simulated else ""
        text = f"**{for_markdown(pair.model)}** on **{for_markdown(pair.assembly)}**{kind}: "
        if pair.is_ready:
            st.markdown(f"{text}{pair.n_examples} worked examples, {pair.n_experiments} experiments.")
        else:
            how = f"`{BUILD_DEMO}` builds it in a minute or two" if pair.packaged else "register it, or choose another"
            st.markdown(f"{text}the assembly is not here yet; {how}.")


def _without_paths(text: str, hosted: bool) -> str:
    """On a server that others reach, where its folders are is nobody's business."""
    return " ".join("(a folder)" if word.startswith("/") else word for word in text.split()) if hosted else text


def _adding(hosted: bool) -> None:
    if hosted:
        return
    st.markdown(
        """
#### A genome that needs no download
`enformer-browser setup demo` builds a small simulated genome, whose true answers are known, in a minute or two.

#### Adding a model of your own
Start with `enformer-browser app --model FOLDER`, a folder that holds `config.json` and `model.safetensors`.
`targets_human.txt` beside them names the tracks. The authors' own checkpoint is converted with
`enformer-browser setup convert FOLDER`.

#### Adding an assembly of your own
`enformer-browser setup index hg38.fa` indexes a FASTA file, plain or bgzip, in about a minute. Then start with
`--assembly hg38.fa --genes gencode.gtf.gz`. The genes are read once, which takes about a minute.

A folder of your own below the data folder's `assemblies/` is registered by a `manifest.json` in it. It may name
`experiments` (a table of tracks and bigWigs, which are then shown by themselves) and `examples` (a tour).

#### Experiments
Upload bigWigs on the Browse page, or start with `--data-root FOLDER` to open files below a folder by their path.
"""
    )


frame.show(main)
