"""What can be taken away of a map or a scan."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.interpret.placed import base_places

from . import files

if TYPE_CHECKING:
    from enformer_core.interpret.deletion_scan import DeletionScan
    from enformer_core.interpret.mutagenesis_map import MutagenesisMap

MAX_LOGO_BP = 500
"""Bases of a logo, as ``interpret.logo.MAX_BASES`` has it."""


def of_map(found: MutagenesisMap, names: tuple[str, ...]) -> None:
    """Draw the buttons for a map; ``names`` are those of the target's columns, for the logo's title."""
    stem, is_long = files.stem(found), len(found.bases) > MAX_LOGO_BP
    why = f"A logo has at most {MAX_LOGO_BP} bases" if is_long else "The importance as letters, with logomaker"
    with st.container(key="mutagenesis-downloads", horizontal=True, gap="small"):
        _numbers(found, stem)
        for ending, mime in (("svg", "image/svg+xml"), ("pdf", "application/pdf"), ("png", "image/png")):
            make = partial(files.logo, found, names, ending)
            _button(f"Logo {ending.upper()}", make, f"{stem}.{ending}", mime, why, disabled=is_long)


def of_scan(found: DeletionScan) -> None:
    """Draw the buttons for a scan."""
    with st.container(key="mutagenesis-downloads", horizontal=True, gap="small"):
        _numbers(found, files.stem(found))


def _numbers(found: MutagenesisMap | DeletionScan, stem: str) -> None:
    about = "Arrays for Python, with target and provenance"
    _button("NPZ", partial(files.one_file, found, "npz"), f"{stem}.npz", "application/octet-stream", about)
    about = "A table; its first line tells target and provenance"
    _button("TSV", partial(files.one_file, found, "tsv"), f"{stem}.tsv", "text/tab-separated-values", about)
    about = "The importance on the reference, which IGV and UCSC draw as letters, with its provenance, in a zip"
    nowhere = bool((base_places(found) < 0).all())
    make = partial(files.bigwig_zip, found)
    _button("bigWig", make, f"{stem}_bigwig.zip", "application/zip", about, disabled=nowhere)


def _button(label: str, make: Callable[[], bytes], name: str, mime: str, about: str, *, disabled: bool = False) -> None:
    st.download_button(
        label,
        data=make,
        file_name=name,
        mime=mime,
        key=f"mutagenesis-{name.rpartition('.')[2]}",
        help=about,
        icon=":material/download:",
        on_click="ignore",
        disabled=disabled,
    )
