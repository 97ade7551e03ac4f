"""The page of mutagenesis: its figures and lists, what it says of bad intervals, and a visit to it."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import worlds
from app_driver import APP, errors, html, plain, question, settled, view
from interpret import results
from streamlit.testing.v1 import AppTest

import enformer_core as ec
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.interval import Interval
from enformer_core.inference.resolve import resolve
from enformer_core.inference.window import Geometry, Window
from enformer_core.interpret.logo import MAX_BASES
from enformer_core.interpret.target import Target
from pages._ui.mutagenesis import costs, downloads, files, intervals
from pages._ui.mutagenesis.axis import axis_of
from pages._ui.mutagenesis.figure import Mark, map_figure
from pages._ui.mutagenesis.letters import outline
from pages._ui.mutagenesis.scan_figure import scan_figure
from pages._ui.mutagenesis.strongest import in_words, scan_in_words, strongest
from pages._ui.theme import DARK, LIGHT

GEOMETRY = Geometry(8_192, 128, 32, 2_048)


@pytest.fixture(scope="module")
def assembly(world: worlds.World) -> Iterator[Assembly]:
    with_genes = Assembly.open(world.fasta)
    yield with_genes
    with_genes.close()


def window(assembly: Assembly, query: str = "chr1:20,001", *edits: str) -> Window:
    """Of 8,192 bases; by default it reads chr1:15,905-24,096."""
    return resolve(query, GEOMETRY, assembly, edits)


def traces(figure: Any) -> list[Any]:
    """What a figure draws, in its order; Plotly's own types know no attributes."""
    return list(figure.data)


def refused(text: str, of: Window) -> intervals.Refused:
    found = intervals.read(text, of)
    assert isinstance(found, intervals.Refused), found
    return found


def test_the_heatmap_is_the_map_and_its_colours_are_the_same_on_both_sides_of_0():
    found = results.mutagenesis()
    missing, heat, dots = traces(map_figure(found, LIGHT))[-3:]
    assert np.array_equal(heat.z, results.EFFECT.T, equal_nan=True)
    assert (heat.zmin, heat.zmax) == (-6, 6)
    assert [stop[1] for stop in heat.colorscale] == [LIGHT.edited, LIGHT.ground, LIGHT.accent]
    assert heat.x.tolist() == [13, 14, 15, 16, 17, 18], "positions count from 1"
    assert heat.text[1][0] == "chr1:13 A>C −3.00"
    assert heat.text[0][0] == "chr1:13 A, as it is"
    assert np.array_equal(np.isnan(missing.z), ~np.isnan(results.EFFECT.T)), "what is not computed is grey"
    assert (missing.text[0][3], missing.text[0][4]) == (
        "chr1:16 not computed yet",
        "chr1:17 N, which has no substitutions",
    )
    assert (dots.x.tolist(), dots.y.tolist()) == ([13, 14, 15, 16, 18], [0, 1, 2, 3, 0]), "the present bases, not N"


def test_letters_are_as_high_as_the_importance_and_hang_below_0():
    figure: Any = map_figure(results.mutagenesis(), DARK, [Mark(0, 3, "<b>GATA1</b>")])
    heights = {trace.fillcolor: (np.nanmin(trace.y), np.nanmax(trace.y)) for trace in traces(figure)[:2]}
    assert heights[DARK.base_c] == pytest.approx((-1, 0), abs=0.01)
    assert heights[DARK.base_a] == (0, 3)
    assert len(traces(figure)[3].y) == 0, "T is not computed"
    (name,) = figure.layout.annotations
    assert name.text == "&lt;b&gt;GATA1&lt;/b&gt;"
    assert name.x == 14, "above the bases 13 to 15"


@pytest.mark.parametrize("letter", list("ACGT"))
def test_a_letter_fills_its_box_and_is_closed(letter):
    shape = outline(letter)
    assert shape.min(axis=0) == pytest.approx([0, 0], abs=0.02)
    assert shape.max(axis=0) == pytest.approx([1, 1], abs=0.13 if letter in "CG" else 0.0)
    assert len(shape) >= 8


def test_the_axis_of_an_edited_window_names_the_reference_and_says_what_is_not_on_it():
    axis = axis_of(results.mutagenesis(coordinates=results.INDELS))
    assert axis.names == ("chr1:13", "chr1:14", "an inserted base", "an inserted base", "chr1:15", "chr1:16")
    assert axis.x.tolist() == [1, 2, 3, 4, 5, 6]
    assert axis.ticks == ((1, "13"), (2, "14"), (5, "15"), (6, "16"))


def test_the_strongest_substitutions_are_the_largest_cells_whatever_their_sign():
    chosen = strongest(results.mutagenesis(), 3)
    assert [(one.place, one.change, one.effect) for one in chosen] == [
        ("chr1:13", "A>G", -6),
        ("chr1:18", "A>T", -4),
        ("chr1:13", "A>C", -3),
    ]
    assert len(strongest(results.mutagenesis(), 100)) == 12, "three of each base that is computed"
    edited = strongest(results.mutagenesis(coordinates=results.INDELS), 100)
    assert {one.position for one in edited} == {12, 13, None, 15}
    nothing = results.mutagenesis(effect=np.full((6, 4), np.nan, np.float32))
    assert strongest(nothing) == ()
    assert in_words(nothing, "coverage") == "No substitution has an effect that was computed."
    said = in_words(results.mutagenesis(), "coverage")
    assert said.startswith("The strongest substitutions, in coverage: chr1:13 A>G −6.00; chr1:18 A>T −4.00;")
    assert said.endswith("2 of 6 bases are not computed.")


def test_a_scan_is_drawn_where_its_stretches_are():
    lost, gained, hover = traces(scan_figure(results.scan(), LIGHT))
    assert np.column_stack([lost.x, lost.y])[1:3].tolist() == [[12.5, -2], [15.5, -2]]
    assert not gained.y.any()
    assert hover.text[0] == "chr1:13-15 −2.00 change in coverage"
    assert scan_in_words(results.scan(), "coverage") == (
        "The strongest of 3 stretches of 3 bp is chr1:15-17: −4.00, in coverage."
    )


def test_bases_are_read_from_text_and_a_part_outside_is_offered_clipped(assembly):
    of = window(assembly)
    assert intervals.read("1:20,001-20,200", of) == Interval("chr1", 20_000, 20_200)
    found = refused("chr1:24,001-25,000", of)
    assert "does not lie in the input window" in found.error.what
    assert found.instead == "chr1:24,001-24,096"


def test_bases_outside_are_answered_with_the_nearest_ones(assembly):
    of = window(assembly)
    assert refused("chr1:40,001-40,100", of).instead == "chr1:23,997-24,096"
    assert refused("chr1:1-15,000", of).instead == "chr1:15,905-16,104", "no wider than is usual"
    elsewhere = refused("chr2:1,001-1,100", of)
    assert not elsewhere.instead
    assert elsewhere.error.hint == "Choose bases inside it, or move the window"


@pytest.mark.parametrize(
    ("text", "what", "instead"),
    [
        ("chr1:20,200-20,001", "is after end", "chr1:20001-20200"),
        ("chr1:70,001-70,100", "60,000", ""),
        ("chrQ:1-10", "chrQ", ""),
        ("the promoter, please", "cannot be read as a locus", ""),
        ("chr1:0-10", "0", ""),
        ("x" * 201, "201 characters", ""),
    ],
)
def test_what_is_no_stretch_of_the_genome_is_refused_in_words(assembly, text, what, instead):
    found = refused(text, window(assembly))
    assert what in f"{found.error.what} {found.error.hint}"
    assert found.error.hint
    assert found.instead == instead


def test_bases_that_are_n_or_deleted_are_refused(assembly):
    found = refused("chr1:5,101-5,200", window(assembly, "chr1:5,001"))
    assert found.error.what == "all 100 bp of chr1:5,101-5,200 are N, which has no substitutions"
    edited = window(assembly, "chr1:20,001", "chr1:g.20101_20300del")
    found = refused("chr1:20,151-20,200", edited)
    assert "the edits delete it" in found.error.what
    assert isinstance(intervals.read("chr1:20,091-20,110", edited), Interval), "a part of it is left"


def test_offered_bases_stay_inside_the_window_and_the_contig(assembly):
    near_start = window(assembly, "chr1:1,001")
    assert intervals.around(50, near_start) == Interval("chr1", 0, 200)
    of = window(assembly)
    assert intervals.around(20_000, of) == Interval("chr1", 19_900, 20_100)
    assert intervals.inside(Interval("chr1", 24_000, 30_000), of) == Interval("chr1", 24_000, 24_096)
    assert intervals.inside(Interval("chr2", 24_000, 30_000), of) is None
    assert intervals.inside(None, of) is None


def test_what_a_map_and_a_scan_cost_is_told_before_anything_is_begun():
    assert costs.of_map(None, 200) is None
    assert costs.in_words(None) == "how long it takes is not measured yet"
    assert costs.in_words(costs.of_map(0.57, 200)) == "about 86 s", "65 s on the machine of docs/explanations.md"
    assert costs.in_words(costs.of_map(19.1, 200)) == "about 48 min"
    assert costs.in_words(costs.of_map(19.1, 2_000)) == "about 8 h"
    assert costs.in_words(costs.of_scan(0.57, 10_000, 50)) == "about 29 s"
    assert costs.in_words(0.01) == "about 1 s"
    assert downloads.MAX_LOGO_BP == MAX_BASES


def test_a_map_is_taken_away_as_the_files_that_it_saves_itself(tmp_path):
    found = results.mutagenesis()
    assert files.stem(found) == "mutagenesis_chr1_13-18_simulated"
    with np.load(io.BytesIO(files.one_file(found, "npz"))) as arrays:
        assert np.array_equal(arrays["effect"], results.EFFECT, equal_nan=True)
    assert files.one_file(found, "tsv").startswith(b'# {"')
    packed = files.bigwig_zip(found)
    assert packed == files.bigwig_zip(found), "equal results are equal bytes"
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        stem = files.stem(found)
        assert sorted(archive.namelist()) == [f"{stem}.bw", f"{stem}.bw.provenance.json"]
        assert json.loads(archive.read(f"{stem}.bw.provenance.json"))["kind"] == "mutagenesis"
    assert files.stem(results.scan()) == "deletions_chr1_13-18_simulated"


@pytest.fixture
def visited(configured: worlds.World) -> AppTest:
    """The page as a link opens it, before anything was predicted."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["q"] = "ALFA1"
    app.query_params["tracks"] = "3"
    return settled(app.switch_page("pages/mutagenesis.py").run())


def typed(app: AppTest, text: str) -> AppTest:
    return settled(app.text_input(key="mutagenesis-interval").set_value(text).run())


def press(app: AppTest, key: str) -> AppTest:
    return settled(app.button(key=key).click().run())


def heatmap(app: AppTest) -> np.ndarray:
    """The numbers of the map as the browser is told to draw them, ``[4, L]``."""
    traces = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    z = next(trace["z"] for trace in traces if trace["type"] == "heatmap" and "colorbar" in trace)
    shape = [int(size) for size in z["shape"].split(",")]
    return np.frombuffer(base64.b64decode(z["bdata"]), z["dtype"]).reshape(shape)


def test_a_link_opens_the_page_the_map_is_that_of_python_and_a_substitution_is_tried(visited, configured):
    line = re.search(r'id="mutagenesis-of">(.*?)</div>', html(visited))
    assert line
    assert "200 bp, the strongest element · 600 substitutions" in line[1]
    assert not visited.get("plotly_chart"), "what takes an unknown time waits for the button"
    app = press(typed(visited, "chr1:20,001-20,006"), "mutagenesis-run")
    assert not errors(app)
    predictor = ec.Predictor.from_pretrained(configured.model, assembly=configured.fasta, genes=configured.genes)
    found = ec.mutagenesis(predictor, "ALFA1", "chr1:20,001-20,006", Target((3,), (15, 16, 17)))
    predictor.close()
    assert np.allclose(heatmap(app), found.effect.T, rtol=1e-3, atol=1e-6)
    assert "is no evidence of binding · JASPAR2026" in html(app).replace(" 2026", "2026")
    assert "CC BY 4.0" in html(app)
    assert "--interval chr1:20001-20006 --bins 15-17 --tracks 3" in app.code[0].value
    first = strongest(found, 1)[0]
    assert (
        plain(app.button(key="mutagenesis-try-0").help) == f"Add {first.place} {first.change} to the edits, and show it"
    )
    app = press(app, "mutagenesis-try-0")
    assert view(app)["edits"][0]["start"] == first.position
    assert "with 1 edit" in question(app)


def test_bad_bases_are_answered_with_what_could_be_meant_and_many_with_a_scan(visited):
    app = typed(visited, "chr1:30,001-30,100")
    assert "does not lie in the input window" in errors(app)
    app = press(app, "mutagenesis-instead")
    assert not errors(app)
    assert app.text_input(key="mutagenesis-interval").value == "chr1:23,997-24,096"
    app = typed(app, "chr1:18,001-20,400")
    assert "too many bases to mutate one by one" in html(app)
    assert "--deletions 20" in app.code[0].value
    app = press(app, "mutagenesis-run")
    assert re.search(r"The strongest of 120 stretches of 20 bp is chr1:", html(app))
    assert not errors(app)
