"""The figure, the views and the words, without Streamlit."""

from __future__ import annotations

import json
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
from pages._ui import experiments, figure, gene_lane, lanes, links, overview, ruler, theme, views, words
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


def texts(built) -> str:
    return "\n".join(a.text for a in built.layout.annotations)


def test_a_bin_is_drawn_from_its_first_base_to_its_last():
    values = np.zeros(N)
    values[448] = 7
    built = figure.build(picture(lane(values)), theme.LIGHT)
    step = next(t for t in built.data if t.fill == "tozeroy")
    at = int(np.flatnonzero(np.asarray(step.y) == 7)[0])
    first = OUTPUT.start + 448 * BIN + 1  # 1-based
    assert step.x[at] == first - 0.5
    assert step.x[at + 1] == first + BIN - 0.5
    assert step.line.shape == "hv"
    names = next(t for t in built.data if t.hovertemplate and "<b>" in t.hovertemplate)
    assert names.customdata[448] == f"chr2:{first:,}–{first + BIN - 1:,}"


def test_a_pair_shares_its_range_and_gaps_stay_gaps():
    measured = np.full(N, 3, np.float32)
    measured[10] = np.nan
    shown = lane(np.full(N, 2), experiment=measured, file="x.bw", correlation=Correlation(0.5, 895))
    built = figure.build(picture(shown), theme.LIGHT)
    assert built.layout.yaxis3.range == (0, 3)
    line = next(t for t in built.data if t.line.color == theme.LIGHT.experiment)
    assert np.isnan(line.y[10])
    assert "r = 0.50" in texts(built)
    readout = next(t for t in built.data if t.hovertemplate and "predicted" in t.hovertemplate)
    assert readout.customdata[10] == ""
    assert readout.customdata[11] == " · exp. 3"


def test_lanes_are_58_px_high_with_gaps_of_12_and_a_gutter_of_156():
    built = figure.build(picture(lane(np.ones(N)), lane(np.ones(N))), theme.LIGHT)
    inner = built.layout.height - 6
    first, second = built.layout.yaxis3.domain, built.layout.yaxis4.domain
    assert (first[1] - first[0]) * inner == pytest.approx(58)
    assert (first[0] - second[1]) * inner == pytest.approx(12)
    assert built.layout.margin.l == 156


def test_row_16_texts_from_files_are_escaped():
    bad = "<a href='javascript:x'>%{y}</a>"
    track = Track(1, "I", "CAGE", bad, "", bad)
    shown = Lane(track, np.ones(N, np.float32), bad, file=bad, problem="")
    built = figure.build(picture(shown, genes=(gene(bad[:20], 1_210_000, 1_220_000),)), theme.LIGHT)
    spec = json.dumps(built.to_plotly_json(), default=str)
    assert "<a href" not in spec
    assert "%{y}<" not in spec
    assert "javascript:x&#x27;" in spec


def test_a_problem_stands_in_the_lane():
    built = figure.build(picture(lane(np.ones(N), problem="the file is a zip", file="x")), theme.LIGHT)
    assert "the file is a zip" in texts(built)


def test_the_borders_say_that_they_are_only_read():
    assert overview.borders_sentence(picture()) == ("input only: the model reads these 41 kb but does not predict here")
    assert "196,608 bp read · 896 bins of 128 bp predicted" in texts(figure.build(picture(), theme.LIGHT))


def test_row_09_bases_off_the_chromosome_are_greyed():
    shown = picture(lane(np.ones(N)), length=OUTPUT.end - 1000)
    greys = [s for s in figure.build(shown, theme.LIGHT).layout.shapes if s.fillcolor == theme.faded("#667085", 0.15)]
    assert [(s.x0, s.x1) for s in greys] == [(OUTPUT.end - 999.5, OUTPUT.end + 0.5)]


def test_a_picture_without_lanes_or_data_still_draws():
    figure.build(picture(), theme.DARK)
    built = figure.build(picture(lane(np.full(N, np.nan))), theme.DARK)
    assert built.layout.yaxis3.range == (0, 1)


@given(st.lists(st.tuples(st.integers(1_204_000, 1_318_000), st.integers(200, 60_000), st.booleans()), max_size=30))
def test_genes_in_one_row_collide_neither_with_bodies_nor_with_labels(spans):
    genes = [gene(f"GENE{i}", a, a + w, "+" if p else "-") for i, (a, w, p) in enumerate(spans)]
    placed, hidden = gene_lane.pack(genes, OUTPUT)
    assert len(placed) + hidden == len(genes)
    assert all(p.row < gene_lane.MAX_ROWS for p in placed)
    for one in placed:
        for other in placed:
            if one is not other and one.row == other.row:
                apart = one.gene.end <= other.gene.start or other.gene.end <= one.gene.start
                assert apart or max(one.gene.start, other.gene.start) >= OUTPUT.end


def test_the_start_site_arrow_points_with_the_strand():
    for strand, ahead in (("+", 1), ("-", -1)):
        placed, _ = gene_lane.pack([gene("A", 1_250_000, 1_260_000, strand)], OUTPUT)
        site = gene_lane.traces(placed, OUTPUT, theme.LIGHT, "y2")[3]
        assert site.x[0] == placed[0].gene.tss + 1
        assert (site.x[2] - site.x[1]) * ahead > 0


def test_ruler_ticks_are_round_and_1_based():
    ticks, labels = ruler.ticks_and_labels(1_204_001, 1_318_688)
    assert ticks[0] == 1_210_000
    assert labels[0] == "1,210 k"
    assert 6 <= len(ticks) <= 13
    assert ruler.ticks_and_labels(17, 2064)[1][0] == "200"


intervals = st.tuples(st.integers(-2000, N * BIN + 2000), st.integers(1, 2 * N * BIN)).map(
    lambda t: Interval("chr2", OUTPUT.start + t[0], OUTPUT.start + t[0] + t[1])
)


@given(intervals, st.floats(0.1, 8), st.floats(-2, 2))
def test_every_view_is_whole_bins_inside_the_output(wanted, factor, share):
    view = views.snapped(wanted, OUTPUT, BIN)
    for shown in (view, views.zoomed(view, factor, OUTPUT, BIN), views.moved(view, share, OUTPUT, BIN)):
        assert OUTPUT.contains(shown)
        assert (shown.start - OUTPUT.start) % BIN == 0
        assert shown.width % BIN == 0
        assert shown.width >= views.SMALLEST_BINS * BIN
        bins = views.bins_in(shown, OUTPUT, BIN)
        assert (bins.stop - bins.start) * BIN == shown.width


def test_views_by_hand():
    asked = Interval("chr2", OUTPUT.start + 100, OUTPUT.start + 100 + 40 * BIN)
    assert views.first_view(asked, OUTPUT, BIN) == Interval("chr2", OUTPUT.start, OUTPUT.start + 41 * BIN)
    assert views.first_view(replace(asked, end=asked.start + 1), OUTPUT, BIN) == OUTPUT
    assert views.first_view(None, OUTPUT, BIN) == OUTPUT
    low, high = OUTPUT.start + 0.5, OUTPUT.start + 20 * BIN + 0.5
    assert views.from_selection(high, low, OUTPUT, BIN) == Interval("chr2", OUTPUT.start, OUTPUT.start + 20 * BIN)
    moved = views.moved(views.first_view(asked, OUTPUT, BIN), -9, OUTPUT, BIN)
    assert moved.start == OUTPUT.start


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


@pytest.mark.parametrize(
    ("text", "tracks"),
    [("4,27", (4, 27)), ("4,4, 7,", (4, 7)), ("", None), ("x", None), ("-1,1e3,²", None), ("nan,3", (3,))],
)
def test_row_70_tracks_of_a_link(text, tracks):
    assert links.read_tracks(text)[0] == tracks


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
