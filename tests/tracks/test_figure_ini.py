"""The figure: its configuration, and the drawing in a process of its own."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

import numpy as np
import pyBigWig
import pytest

from enformer_core.errors import FileError, InputError, JobTimeout, OutputExists
from enformer_core.genome.interval import Interval
from enformer_core.tracks import figure_ini

from .scenes import NASTY, scene, xml

needs_pygenometracks = pytest.mark.skipif(bool(figure_ini.unavailable()), reason="pyGenomeTracks is not installed")


def parsed(text: str) -> ConfigParser:
    """As pyGenomeTracks reads it, but strict: no section twice, other than spacers."""
    parser = ConfigParser()
    parser.read_string(text.replace("[spacer]\nheight = 0.3\n", ""))
    return parser


def test_the_configuration_says_what_is_drawn_over_what():
    found = parsed(figure_ini.tracks_ini(scene()))
    names = ["x-axis", "1 reference", "1 edited", "1 difference", "2 reference", "2 edited", "2 difference", "edits"]
    assert found.sections() == names
    assert found["1 edited"]["overlay_previous"] == "share-y"
    assert found["1 difference"]["negative_color"] == "#0072B2"
    assert found["edits"]["file"] == "edits.bed"
    assert found["2 reference"]["title"] == "CAGE erythroid: reference (filled), edited (line)"
    assert found["1 reference"]["title"].startswith(NASTY.replace("$", r"\$"))


def test_without_edits_a_track_is_one_lane():
    found = parsed(figure_ini.tracks_ini(scene(is_edited=False)))
    assert found.sections() == ["x-axis", "1 reference", "2 reference"]
    assert found["2 reference"]["title"] == "CAGE erythroid"


def test_edits_as_bed():
    assert figure_ini.highlights_bed(scene()) == "chr11\t5000099\t5000400\tchr11:5,000,100 300 bp deleted\n"


def test_the_command():
    view = Interval("chr11", 10, 20)
    options = figure_ini.arguments(view, "a.pdf")
    assert options[:4] == ["--tracks", "tracks.ini", "--region", "chr11:10-20"]
    assert options[-2:] == ["-o", "a.pdf"]
    with pytest.raises(InputError, match="cannot draw"):
        figure_ini.arguments(Interval("HLA:1", 10, 20), "a.pdf")
    with pytest.raises(InputError, match="cannot be called"):
        figure_ini.arguments(view, "a.exe")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The scene's files, with numbers in them."""
    rng = np.random.default_rng(5)
    starts = np.arange(4_990_000, 5_010_000, 128)
    for group in scene().groups:
        for file in group.files:
            path = tmp_path / file.path
            path.parent.mkdir(exist_ok=True)
            with pyBigWig.open(str(path), "w") as bigwig:
                bigwig.addHeader([("chr11", 135_086_622)])
                values = rng.normal(size=len(starts)) if "difference" in file.path else rng.random(len(starts))
                bigwig.addEntries(
                    ["chr11"] * len(starts), starts.tolist(), ends=(starts + 128).tolist(), values=values.tolist()
                )
    (tmp_path / figure_ini.INI).write_text(figure_ini.tracks_ini(scene()), encoding="utf-8")
    (tmp_path / figure_ini.HIGHLIGHTS).write_text(figure_ini.highlights_bed(scene()))
    return tmp_path


@needs_pygenometracks
def test_a_figure_is_drawn_with_our_names_and_the_same_again(folder: Path):
    before = sorted(path.name for path in folder.iterdir())
    path = figure_ini.draw(folder, scene().view, "figure.svg")
    assert sorted(p.name for p in folder.iterdir()) == sorted([*before, "figure.svg"])
    root = xml(path.read_text())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = " ".join(" ".join(root.itertext()).split())
    for text in ("CAGE erythroid: reference", "edited (line)", "100%", "$x^$", "<c> &"):
        assert text in words
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 20
    assert "#d55e00" in path.read_text().lower()
    first = path.read_bytes()
    with pytest.raises(OutputExists):
        figure_ini.draw(folder, scene().view, "figure.svg")
    path.unlink()
    assert figure_ini.draw(folder, scene().view, "figure.svg").read_bytes() == first


@needs_pygenometracks
def test_what_goes_wrong_is_said_and_leaves_nothing(folder: Path):
    before = sorted(folder.iterdir())
    with pytest.raises(JobTimeout, match=r"took more than 0\.05 s"):
        figure_ini.draw(folder, scene().view, "figure.svg", timeout_s=0.05)
    (folder / "reference/a.bw").unlink()
    with pytest.raises(FileError, match="could not draw the figure"):
        figure_ini.draw(folder, scene().view, "figure.svg")
    assert sorted(folder.iterdir()) == before


def test_where_it_is_not_installed_it_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(figure_ini, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"no figure can be drawn: pyGenomeTracks is not installed .*Python 3\.12"):
        figure_ini.draw(folder, scene().view, "figure.svg")
