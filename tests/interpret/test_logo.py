"""Logos as files: what they say, that they are the same twice, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from enformer_core.errors import InputError, OutputExists
from enformer_core.genome.interval import Interval
from enformer_core.interpret.logo import COLOURS, write_logo
from enformer_core.interpret.mutagenesis_map import MutagenesisMap
from enformer_core.interpret.target import Target

from .results import INDELS, PROVENANCE, mutagenesis, scores

NAMES = ["CAGE:$x_2 <b>& erythroid", "DNASE:\u2009肝", "ATAC\n:x"]


def long_map(length: int) -> MutagenesisMap:
    bases = "ACGT" * (length // 4)
    effect = np.full((length, 4), -0.5, np.float32)
    effect[np.arange(length), np.arange(length) % 4] = 0
    where = Interval("chr1", 95, 95 + length)
    return mutagenesis(interval=where, input_interval=where, bases=bases, effect=effect)


def words_of(path: Path) -> str:
    root = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
    return " | ".join(" ".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text"))


def fills_of(path: Path) -> set[str]:
    return {colour.lower() for colour in re.findall(r"fill: (#[0-9a-fA-F]{6})", path.read_text())}


def test_a_map_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "l.svg"
    write_logo(mutagenesis(), path, names=NAMES)
    text = words_of(path)
    assert "In-silico mutagenesis of chr1:13-18 (simulated): mean of CAGE:$x_2 <b>& erythroid, DNASE: 肝" in text
    assert "less the mean of ATAC :x, over bins 447-448" in text.replace(" | ", " ")
    assert "minus mean effect | (coverage)" in text
    assert "position on chr1 (1-based)" in text
    assert f"model demo, weights {'ab' * 6}, method exact, averaging none, float32" in text
    assert "sim1, window chr1:11-30, 0 edits; SIMULATED data" in text
    # A (+3) and C (-1) have letters; G (0), T and N (no number) have none, and the last A is 1 high.
    assert {COLOURS["A"].lower(), COLOURS["C"].lower()} <= fills_of(path)
    assert not {COLOURS["G"].lower(), COLOURS["T"].lower()} & fills_of(path)


def test_scores_and_what_is_no_simulation(tmp_path: Path) -> None:
    path = tmp_path / "l.svg"
    facts = {"provenance": replace(PROVENANCE, simulated=False), "target": Target((3,), (447,), "log_ratio")}
    write_logo(scores(**facts), path)
    text = words_of(path)
    assert "Contributions of chr1:13-18: log2(mean of track 3 + 0.01) over bin 447" in text
    assert "gradient × input | (log2 coverage)" in text
    assert "simulated" not in text.lower()


@pytest.mark.parametrize(("ending", "start"), [(".svg", b"<?xml"), (".pdf", b"%PDF-"), (".png", b"\x89PNG")])
def test_equal_results_give_equal_bytes(tmp_path: Path, ending: str, start: bytes) -> None:
    first, second = tmp_path / f"a{ending}", tmp_path / f"b{ending}"
    for path in (first, second):
        write_logo(mutagenesis(), path, names=NAMES)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith(start)
    assert not re.search(rb"Date|matplotlib\.org", first.read_bytes())


def test_a_long_one_has_several_lines_on_one_scale(tmp_path: Path) -> None:
    write_logo(long_map(204), tmp_path / "l.svg")
    text = words_of(tmp_path / "l.svg")
    assert {"100", "190", "200", "290"} <= set(text.split(" | "))
    assert text.count("0.4") == 3
    assert len([fill for fill in fills_of(tmp_path / "l.svg") if fill.upper() in map(str.upper, COLOURS.values())]) == 4


def test_inserted_bases_are_shaded_and_have_no_position(tmp_path: Path) -> None:
    """The map goes from index 2 of the window to index 7, of which 4 and 5 are inserted: 12, 13, -, -, 14, 15."""
    path = tmp_path / "l.svg"
    write_logo(mutagenesis(coordinates=INDELS), path)
    text = words_of(path)
    assert "of chr1:13-16 (simulated)" in text
    assert "inserted are shaded" in text
    assert "#fff4e0" in fills_of(path)
    write_logo(mutagenesis(), path, overwrite=True)
    assert "#fff4e0" not in fills_of(path)


def test_no_figure_of_pyplot_is_left(tmp_path: Path) -> None:
    write_logo(mutagenesis(), tmp_path / "l.svg")
    import matplotlib.pyplot as plt

    assert plt.get_fignums() == []


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'l.gif'. End it in .svg, .pdf, .png"):
        write_logo(mutagenesis(), tmp_path / "l.gif")
    with pytest.raises(InputError, match="a logo of 504 bases is too long"):
        write_logo(long_map(504), tmp_path / "l.svg")
    nothing = mutagenesis(effect=np.full((6, 4), np.nan, np.float32))
    with pytest.raises(InputError, match="no base of chr1:13-18 has a number"):
        write_logo(nothing, tmp_path / "l.svg")
    (tmp_path / "there.svg").write_text("precious")
    with pytest.raises(OutputExists):
        write_logo(mutagenesis(), tmp_path / "there.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["there.svg"]
    assert (tmp_path / "there.svg").read_text() == "precious"
