"""The picture, its words and its colours, without Streamlit."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import numpy as np
import pytest
from app_driver import APP
from hypothesis import given
from hypothesis import strategies as st

from enformer_core.genome.genes.model import Gene, Transcript
from enformer_core.genome.interval import Interval
from enformer_core.tracks.compare import Correlation
from enformer_core.tracks.table import Track, TrackTable
from pages._ui import experiments, lanes, overview, theme, views, words
from pages._ui.picture import Lane, Picture, highest

BIN, N = 128, 896
OUTPUT = Interval("chr2", 1_204_000, 1_204_000 + BIN * N)
READ = Interval("chr2", OUTPUT.start - 40_960, OUTPUT.end + 40_960)


def gene(symbol: str, start: int, end: int, strand: str = "+", biotype: str = "protein_coding") -> Gene:
    exons = ((start, start + 300), (end - 300, end))
    transcript = Transcript("T1", start, end, strand, biotype, exons, (start + 100, end - 100), frozenset())
    return Gene(f"G{symbol}", symbol, "chr2", start, end, strand, biotype, (transcript,), "MANE Select")


def lane(values: np.ndarray, **more) -> Lane:
    track = Track(4, "ENCFF1", "DNASE", more.pop("biosample", "HepG2"), "", "DNASE:HepG2")
    return Lane(track, values.astype(np.float32), "coverage, 128-bp mean", **more)


def picture(*lanes_: Lane, view: Interval = OUTPUT, genes=None, length: int = 242_000_000) -> Picture:
    starts = OUTPUT.start + BIN * np.arange(N, dtype=np.int64)
    rows = np.arange(N)
    return Picture(READ, OUTPUT, view, BIN, starts, starts + BIN, rows, lanes_, genes, length)


def test_the_borders_say_that_they_are_only_read():
    assert overview.borders_sentence(picture()) == ("input only: the model reads these 41 kb but does not predict here")
    assert overview.sizes_sentence(picture()) == "196,608 bp read · 896 bins of 128 bp predicted"


def test_the_first_view_is_what_was_asked_for():
    asked = Interval("chr2", OUTPUT.start + 100, OUTPUT.start + 196, "+")
    assert views.first_view(asked, OUTPUT) == Interval("chr2", OUTPUT.start + 100, OUTPUT.start + 196)
    assert views.first_view(replace(asked, end=asked.start + 1), OUTPUT) == OUTPUT, (
        "a place is shown with what is around"
    )
    assert views.first_view(READ, OUTPUT) == OUTPUT
    assert views.first_view(None, OUTPUT) == OUTPUT


@given(st.integers(-3000, N * BIN), st.integers(1, N * BIN))
def test_the_bins_of_a_view_lie_wholly_in_it(offset, width):
    view = Interval("chr2", OUTPUT.start + offset, OUTPUT.start + offset + width)
    rows = views.bins_in(view, OUTPUT, BIN)
    starts = OUTPUT.start + BIN * np.arange(N)
    inside = (starts >= view.start) & (starts + BIN <= view.end)
    assert list(range(N))[rows] == np.flatnonzero(inside).tolist()


def test_the_view_in_words_names_the_highest_bin_of_each_lane():
    values = np.zeros(N)
    values[100] = 5
    shown = picture(lane(values, correlation=Correlation(0.25, 896), file="x.bw"))
    first = OUTPUT.start + 100 * BIN + 1
    assert lanes.description(shown, "ERYA3") == (
        "Predicted DNASE in HepG2 at ERYA3, against 1 experiment. In view: chr2:1,204,001-1,318,688, 114,688 bp. "
        f"DNASE in HepG2: highest predicted bin 5 at chr2:{first:,}-{first + 127:,}; "
        "Pearson r with the experiment 0.25 over 896 bins."
    )
    assert highest(shown.lanes[0], replace(shown, view=Interval("chr2", 0, 10))) is None


@pytest.mark.parametrize(
    ("name", "chosen", "expected"),
    [
        ("track0004_ENCFF890OGQ.bw", [4, 27], 4),
        ("track0027_other.bw", [4, 27], 27),
        ("ENCFF136DBS.bigWig", [4], 27),
        ("track0027.bw", [4], None),
        ("liver.bw", [4, 27], None),
        ("ENCFF890OGQx.bw", [4], None),
    ],
)
def test_a_files_name_tells_its_track(name, chosen, expected):
    table = TrackTable(
        [Track(4, "ENCFF890OGQ", "DNASE", "a", "", "a"), Track(27, "ENCFF136DBS", "DNASE", "b", "", "b")]
    )
    assert experiments.guess(name, chosen, table) == expected


@given(st.text())
def test_text_for_html_opens_no_tag_and_for_markdown_no_construct(text):
    assert not set("<>\"'") & set(words.for_html(text))
    bare = words.for_markdown(text)
    marks = [i for i, c in enumerate(bare) if c in "[]()<>*_`$:!#|"]
    assert all(bare[i - 1] == "\\" for i in marks)


def test_the_configuration_has_the_colours_of_the_theme():
    config = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text())
    for name, colours in (("light", theme.LIGHT), ("dark", theme.DARK)):
        found = config["theme"][name]
        assert found["primaryColor"] == colours.accent
        assert found["backgroundColor"] == colours.ground
        assert found["secondaryBackgroundColor"] == colours.panel
        assert found["textColor"] == colours.text
        assert found["borderColor"] == colours.line
    assert config["client"]["showErrorDetails"] == "none"
    assert config["server"]["fileWatcherType"] == "none"
    assert config["server"]["maxWidgetStateSize"] == 25


def test_tracks_are_coloured_by_what_was_measured():
    def colour(assay: str, target: str = "") -> str:
        return theme.track_colour(Track(0, "", assay, "", target, ""), theme.LIGHT)

    assert colour("CAGE") == "#0072B2"
    assert colour("DNASE") == colour("ATAC") == "#2a9d6f"
    assert colour("CHIP", "H3K27ac") == "#c98a1b"
    assert colour("CHIP", "CTCF") == colour("CHIP", "HNF4A") == "#7a5cc7"
