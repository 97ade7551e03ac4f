"""The attention page: its numbers against maps made in Python, its words and links, and attention at boundaries."""

from __future__ import annotations

import json
import math
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs

import numpy as np
import pytest
import streamlit as st
import worlds
from app_driver import APP, PATIENCE_S, ask, errors, html, open_app, plain, settled
from streamlit.testing.v1 import AppTest

import enformer_core as ec
from enformer_core.cli.evaluate_boundaries import boundaries as verb
from enformer_core.errors import FileFormatError
from enformer_core.evaluation import boundaries_measure, boundaries_report
from enformer_core.genome.interval import Interval
from enformer_core.interpret.attention_map import AttentionMap
from enformer_core.interpret.explain import attention_picture
from enformer_core.settings import load_settings
from pages._ui.attention import boundaries, boundaries_figure, boundaries_view, figure
from pages._ui.attention.grid import MAX_NUMBERS, computed, grid_of
from pages._ui.attention.marks import Mark, gene_starts, named_at
from pages._ui.attention.pairs import APART, in_words, nearest, strongest
from pages._ui.explain import looking
from pages._ui.state import Choice
from pages._ui.theme import DARK, LIGHT

DOCS = APP.parent / "docs" / "demo-boundaries"
SHIPPED = APP.parent / "assets" / "demo_model" / "boundaries"
DELETION = 1_500


@pytest.fixture(scope="module")
def predictor(world: worlds.World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ec.Predictor]:
    cache = load_settings({"cache_dir": str(tmp_path_factory.mktemp("cache"))})
    found = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes, settings=cache)
    yield found
    found.close()


@pytest.fixture(scope="module")
def picture(predictor: ec.Predictor) -> AttentionMap:
    return attention_picture(predictor, "ALFA1", size=16)


def with_weights(found: AttentionMap, weights: np.ndarray) -> AttentionMap:
    return replace(found, weights=weights.astype(np.float32))


# --- one table of numbers -------------------------------------------------------------------------------------------


def test_a_grid_is_the_mean_over_the_chosen_layers_and_heads(picture):
    everything, one = grid_of(picture), grid_of(picture, (1,), (0,))
    np.testing.assert_allclose(everything.weights, picture.weights.mean(axis=(0, 1)), rtol=1e-6)
    np.testing.assert_array_equal(one.weights, picture.weights[1, 0])
    assert not np.allclose(everything.weights, one.weights)
    assert (everything.edges[0], everything.edges[-1]) == (picture.interval.start, picture.interval.end)


def test_even_attention_is_once_the_even_share_also_where_the_last_group_is_narrower(predictor):
    found = attention_picture(predictor, "ALFA1", size=7)
    widths = found.key_ends - found.key_starts
    assert widths[-1] < widths[0]
    even = np.broadcast_to(widths / found.interval.width, found.weights.shape)
    np.testing.assert_allclose(grid_of(with_weights(found, even)).times, 1, rtol=1e-6)


def test_an_edited_window_is_drawn_on_the_reference(predictor, world):
    start = 21_000
    ref = world.bases["chr1"][start - 1 : start + DELETION]
    found = attention_picture(predictor, "ALFA1", edits=[ec.Variant("chr1", start, ref, ref[0])], size=16)
    grid = grid_of(found)
    assert (np.diff(grid.edges) >= 0).all()
    assert grid.edges[-1] - grid.edges[0] == found.interval.width + DELETION
    assert np.diff(grid.edges).max() >= DELETION, "the group across the deletion is as wide as what it spans"


def test_all_layers_and_heads_are_computed_at_once_where_they_are_few_numbers():
    assert computed((1,), None, 11, 8, 256) == (None, None)
    assert computed((1,), (2,), 11, 8, 512) == ((1,), (2,))
    assert 11 * 8 * 256**2 <= MAX_NUMBERS < 11 * 8 * 512**2


# --- pairs and words ------------------------------------------------------------------------------------------------


def planted(picture: AttentionMap, *peaks: tuple[int, int, float]) -> AttentionMap:
    """Even attention, but for some queries that put more on one key."""
    n = picture.weights.shape[-1]
    weights = np.full((n, n), 1 / n)
    for query, key, more in peaks:
        weights[query] *= 1 - more
        weights[query, key] += more
    return with_weights(picture, np.broadcast_to(weights, picture.weights.shape))


def test_the_strongest_pairs_are_those_that_stand_out_far_apart(picture):
    found = planted(picture, (2, 12, 0.5), (4, 12, 0.3), (3, 13, 0.4), (9, 1, 0.2), (5, 5, 0.9))
    grid = grid_of(found)
    pairs = strongest(grid, 2)
    n, width, first = len(grid.weights), grid.width, grid.edges[0]
    assert [(p.query.start, p.key.start) for p in pairs] == [
        (first + 2 * width, first + 12 * width),
        (first + 9 * width, first + width),
    ]
    assert pairs[0].weight == pytest.approx(0.5 / n + 0.5)
    assert pairs[0].times == pytest.approx(n * pairs[0].weight, rel=1e-6)
    assert pairs[0].distance == 10 * width
    assert pairs[1].both == Interval("chr1", int(first + width), int(first + 10 * width))


def test_no_pair_lies_off_the_chromosome_or_near_itself(predictor):
    grid = grid_of(attention_picture(predictor, "chr1:200-400", size=32))
    assert grid.edges[0] < 0
    pairs = strongest(grid, 100)
    assert pairs
    assert min(place.start for p in pairs for place in (p.query, p.key)) >= 0
    assert min(p.distance for p in pairs) >= nearest(grid) == int(APART * 8_192)
    assert "chr1:1-" in in_words(grid, pairs, "all")


def test_the_words_tell_how_near_attention_stays(picture):
    n = picture.weights.shape[-1]
    near = grid_of(with_weights(picture, np.broadcast_to(np.eye(n), picture.weights.shape)))
    words = in_words(near, strongest(near), "layer 0")
    assert "takes 100% of its attention" in words
    assert f"even attention would take {1 / n:.0%}" in words
    assert "strongest pair" not in words, "nothing is looked at from afar"


def test_gene_starts_are_those_in_the_window(predictor):
    window = predictor.window("BETA2")
    marks = gene_starts(window)
    assert marks == (Mark("gene", 32_999, "BETA2"), Mark("gene", 36_000, "GIANT"))
    assert named_at(marks, Interval("chr1", 32_999, 33_000)) == "start of BETA2"
    assert named_at(marks, Interval("chr1", 33_000, 36_000)) == ""


# --- the figure -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_figure_counts_from_one_and_its_colours_are_symmetric_about_even(picture, colours):
    found = planted(picture, (2, 12, 0.5))
    grid, output = grid_of(found), Interval("chr1", 17_952, 22_048)
    drawn = figure.heat(grid, (Mark("gene", 20_000, "<b>A</b>"), Mark("boundary", 21_000, "b")), output, colours)
    drawn.to_json()
    map_, genes, edge = drawn.data
    assert map_.x[0] == picture.interval.start + 0.5, "base 1 of the axis lies from 0.5 to 1.5"
    assert map_.zmin == -map_.zmax
    middle = len(map_.colorbar.tickvals) // 2
    assert (map_.colorbar.tickvals[middle], map_.colorbar.ticktext[middle]) == (0, "1, even")
    assert map_.customdata.shape == (*map_.z.shape, 2)
    assert map_.customdata[2, 12, 1] == pytest.approx(100 * grid.weights[2, 12])
    assert 2 ** map_.z[5, 5] == pytest.approx(map_.customdata[5, 5, 0], rel=1e-5)
    assert (genes.x, genes.text) == ((20_001,), ("&lt;b&gt;A&lt;/b&gt;, chr1:20,001",))
    assert edge.x == (21_001,)
    assert drawn.layout.yaxis.range[0] > drawn.layout.yaxis.range[1], "the first that looks is at the top"
    assert drawn.layout.paper_bgcolor == colours.ground
    frame = next(shape for shape in drawn.layout.shapes if shape.type == "rect")
    assert (frame.x0, frame.x1) == (output.start + 0.5, output.end + 0.5)


def test_a_weight_of_zero_is_drawn_with_the_last_colour(picture):
    n = picture.weights.shape[-1]
    grid = grid_of(with_weights(picture, np.broadcast_to(np.eye(n), picture.weights.shape)))
    drawn = figure.heat(grid, (), Interval("chr1", 17_952, 22_048), LIGHT).data[0]
    assert drawn.z.min() == drawn.zmin == -figure.limit_of(grid)
    assert np.isfinite(drawn.z).all()


# --- a model without attention --------------------------------------------------------------------------------------


def test_a_model_without_attention_says_so_and_one_with_it_does_not(predictor):
    convolutions_alone = SimpleNamespace(facts=SimpleNamespace(layers=0, attention_heads=0))
    assert looking.why_not(predictor) == ""
    assert "no attention" in looking.why_not(convolutions_alone)


# --- attention at boundaries ----------------------------------------------------------------------------------------


@pytest.fixture
def finished(predictor: ec.Predictor) -> Path:
    """A finished run of this model and assembly, in the data folder."""
    settings = load_settings()
    folder = boundaries.folder_of(predictor.name, "genome", settings)
    shutil.copytree(DOCS, folder)
    made_with = json.loads((folder / "provenance.json").read_text())
    assert predictor.assembly is not None
    made_with |= {"weights_sha256": predictor.weights_sha256, "assembly_id": predictor.assembly.identity}
    (folder / "provenance.json").write_text(json.dumps(made_with))
    return folder


def test_a_finished_run_is_found_and_holds_what_its_files_say(predictor, finished):
    run = boundaries.finished(predictor, predictor.name, load_settings())
    numbers = json.loads((DOCS / "boundaries.json").read_text())
    assert run.found == tuple(numbers["found"])
    assert (run.pairs, run.away, run.reach, run.simulated) == (43, 20_000, 32_768, True)
    for measure in boundaries.MEASURES:
        whole, *heads = run.ratios[measure]
        assert (whole.value, whole.p) == (numbers[measure]["ratio"], numbers[measure]["p"])
        assert len(heads) == numbers["heads"]["tested"] == 16
        assert sum(head.p < boundaries_figure.LEVEL for head in heads) == numbers["heads"][f"{measure}_differ"]
    drawn = boundaries_figure.forest(run, LIGHT)
    assert sum(len(trace.x) for trace in drawn.data) == 2 * 17
    words = boundaries_view.null_in_words(run)
    assert "20,000 bp from every boundary" in words
    assert run.matched in words


@pytest.mark.parametrize("key", ["weights_sha256", "assembly_id"])
def test_the_figures_of_another_model_or_assembly_are_never_shown(predictor, finished, key):
    made_with = json.loads((finished / "provenance.json").read_text())
    (finished / "provenance.json").write_text(json.dumps(made_with | {key: "0" * 64}))
    assert boundaries.finished(predictor, predictor.name, load_settings()) is None


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("boundaries.json", "{", "not JSON"),
        ("boundaries.json", "[]", "not a JSON object"),
        ("boundaries.json", '{"kind": "card", "schema": 1}', "not of this kind"),
        ("boundaries.json", '{"kind": "boundaries", "schema": 1}', "a number is missing"),
        ("heads.tsv", "layer\thead\n0\t0\n", "a number is missing"),
        ("provenance.json", "\udcff", "not UTF-8"),
    ],
)
def test_a_damaged_run_is_an_error_that_names_the_file(predictor, finished, name, content, says):
    (finished / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(FileFormatError, match=says):
        boundaries.finished(predictor, predictor.name, load_settings())


def test_a_ratio_that_is_none_is_no_dot(predictor, finished):
    numbers = json.loads((finished / "boundaries.json").read_text())
    numbers["across"] |= {"ratio": None, "low": None, "high": None}
    (finished / "boundaries.json").write_text(json.dumps(numbers))
    run = boundaries.finished(predictor, predictor.name, load_settings())
    assert math.isnan(run.ratios["across"][0].value)
    assert sum(len(trace.x) for trace in boundaries_figure.forest(run, LIGHT).data) == 2 * 17 - 1


def test_files_and_measures_are_those_that_the_command_writes():
    written = boundaries_report
    assert (boundaries.NUMBERS, boundaries.HEADS) == (written.NUMBERS, written.HEADS)
    assert (boundaries.PROVENANCE, boundaries.SCHEMA) == (written.PROVENANCE, written.SCHEMA)
    assert boundaries.MEASURES == boundaries_measure.MEASURES


def test_the_page_waits_for_the_model_before_it_loads_pytorch(no_world):
    ours = "from pages._ui.attention import boundaries_view, map_view"
    code = f"import sys; {ours}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=APP.parent, check=False).returncode == 0


def test_of_many_heads_those_that_differ_most_are_drawn(predictor, finished):
    run = boundaries.finished(predictor, predictor.name, load_settings())
    few = boundaries_figure.shown(run)
    assert few == [ratio.name for ratio in run.ratios["stripe"]]
    one = run.ratios["stripe"][1]
    many = {name: tuple(replace(one, name=f"head {i}", p=1 - i / 100) for i in range(90)) for name in run.ratios}
    assert boundaries_figure.shown(replace(run, ratios=many)) == ["head 0", *(f"head {i}" for i in range(66, 90))]


def test_a_run_that_a_model_brings_along_is_found(predictor, finished, world):
    settings = load_settings()
    worlds.register(world, settings.data_dir)
    shutil.move(finished, settings.models_dir / "toy-model" / "boundaries")
    assert boundaries.finished(predictor, "toy-model", settings).pairs == 43
    assert boundaries.finished(predictor, predictor.name, settings) is None


def test_what_the_demo_model_brings_along_is_what_the_documents_show():
    for path in SHIPPED.iterdir():
        assert path.read_bytes() == (DOCS / path.name).read_bytes(), path.name
    assert {path.name for path in SHIPPED.iterdir()} == {boundaries.NUMBERS, boundaries.HEADS, boundaries.PROVENANCE}
    made_with = json.loads((SHIPPED / boundaries.PROVENANCE).read_text())
    manifest = json.loads((SHIPPED.parent / "manifest.json").read_text())
    assert made_with["weights_sha256"] == manifest["sha256"]["model.safetensors"]


def test_the_command_line_is_one_that_the_verb_reads_and_leads_to_where_the_page_looks(predictor, world):
    settings, choice = load_settings(), Choice(str(world.model), str(world.fasta), str(world.genes))
    words = shlex.split(boundaries_view.command(predictor, choice, settings))
    assert words[:3] == ["enformer-browser", "evaluate", "boundaries"]
    asked = verb.make_context("boundaries", words[3:]).params
    assert (asked["model"], asked["genes"]) == (str(world.model), world.genes)
    assert asked["out"] == boundaries.folder_of(choice.model, "genome", settings)
    hosted = boundaries_view.command(predictor, choice, settings.model_copy(update={"hosted": True}))
    assert str(world.folder) not in hosted
    assert str(settings.data_dir) not in hosted


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(configured: worlds.World, opened_anywhere: Callable[..., AppTest]) -> Callable[..., AppTest]:
    return opened_anywhere


@pytest.fixture
def opened_anywhere() -> Callable[..., AppTest]:
    """Open the page with query parameters, as the first thing that a visit asks for."""

    def open_page(**parameters: str) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=PATIENCE_S).switch_page("pages/attention.py")
        for name, value in parameters.items():
            app.query_params[name] = value
        return settled(app.run())

    return open_page


def words_of(app: AppTest) -> str:
    found = re.search(r'id="attention-words">(.*?)</div>', html(app))
    return found[1] if found else ""


def traces_of(app: AppTest) -> dict[str, dict]:
    """The marks of the map by their kind."""
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    return {trace["name"]: trace for trace in spec["data"] if "name" in trace}


def expected(predictor: ec.Predictor, query: str, whose: str, layers=None, heads=None, **asked: object) -> str:
    """The words of a map that is made here."""
    grid = grid_of(attention_picture(predictor, query, **asked), layers, heads)
    return in_words(grid, strongest(grid), whose)


ALL = "mean of all 2 layers, mean of all 4 heads"


def test_a_deep_link_opens_the_map_and_its_table_leads_back_to_browse(opened, predictor):
    app = opened(q="BETA2", tracks="2")
    assert not app.error, errors(app)
    assert words_of(app) == expected(predictor, "BETA2", ALL)
    (chart, *_) = app.get("plotly_chart")
    assert chart.proto.alt == words_of(app)
    pairs = strongest(grid_of(attention_picture(predictor, "BETA2")))
    links = [parse_qs(link.proto.query_string) for link in app.get("page_link")]
    assert [link["view"] for link in links] == [[f"chr1:{p.both.start + 1}-{p.both.end}"] for p in pairs]
    assert all((link["q"], link["tracks"]) == (["BETA2"], ["2"]) for link in links)
    assert [f"{p.times:.3g} ×" for p in pairs] == re.findall(r"\S+ ×", plain("\n".join(m.value for m in app.markdown)))


def test_one_layer_one_head_and_another_size(opened, predictor):
    app = opened(q="BETA2")
    app.selectbox(key="attention-layer").select("1").run()
    app = settled(app.selectbox(key="attention-head").select("3").run())
    assert words_of(app) == expected(predictor, "BETA2", "layer 1, head 3", (1,), (3,))
    assert words_of(app) != expected(predictor, "BETA2", "layer 1, head 3", (1,), (2,))
    assert app.session_state["browser"].explain.heads == "3", "the lane in Browse looks the same way"
    assert app.selectbox(key="attention-size").options == ["128 × 128", "256 × 256", "512 × 512"]


def test_edits_are_read_until_the_reference_is_asked_for(opened, predictor, world):
    ref = world.bases["chr1"][31_999]
    edit = ec.Variant("chr1", 32_000, ref, ref + "ACGT" * 40)
    app = opened(q="BETA2", edits=str(edit))
    assert words_of(app) == expected(predictor, "BETA2", ALL, edits=[edit])
    assert ", with 1 edit" in html(app)
    app = settled(app.selectbox(key="attention-of").select("reference").run())
    assert words_of(app) == expected(predictor, "BETA2", ALL)
    assert ", with 1 edit" not in html(app)


def test_of_windows_side_by_side_the_one_that_was_asked_for_is_shown(opened, predictor):
    app = opened(q="BETA2", tiles="1,0")
    assert any("2 windows stand side by side" in plain(info.value) for info in app.info)
    assert words_of(app) == expected(predictor, "BETA2", ALL)


def test_a_pasted_sequence_has_coordinates_of_its_own(configured, predictor, world):
    bases = world.bases["chr2"][:6_000]
    app = ask(open_app(), f">mine\n{bases}")
    app = settled(app.switch_page("pages/attention.py").run())
    assert words_of(app) == expected(predictor, ec.Sequence(bases, "mine"), ALL)
    assert "the sequence mine</b>, mine:1-6,000</div>" in html(app)
    assert not app.get("page_link"), "no link can carry somebody's DNA"
    first = next(button for button in app.button if button.key == "attention-pair-0")
    assert re.fullmatch(r"[\d,]+-[\d,]+ → [\d,]+-[\d,]+", plain(first.label))


def test_without_a_finished_run_the_page_says_how_to_make_one(opened):
    app = opened(q="BETA2")
    (command,) = app.code
    assert command.value.startswith("enformer-browser evaluate boundaries --model ")
    assert "boundaries-found" not in html(app)


def test_a_finished_run_stands_on_the_page(opened, finished):
    app = opened(q="BETA2")
    assert not app.code
    assert "more at the boundary in 67% of 43 pairs, p 0.048" in html(app)
    assert "A null place keeps 20,000 bp from every boundary" in html(app)
    assert any("Simulated:" in plain(m.value) for m in app.markdown)
    assert len(app.get("plotly_chart")) == 2


@pytest.mark.parametrize(
    ("error", "says", "button"), [(False, "was cancelled", "Make it again"), (True, "is NaN", "Try again")]
)
def test_where_there_is_no_map_the_page_says_why_and_offers_to_try_again(no_world, error, says, button):
    def page(failed: bool) -> None:
        from enformer_core.errors import NumericalError
        from pages._ui.attention import waiting
        from pages._ui.explain.jobs import Held

        problem = NumericalError("an attention weight is NaN") if failed else None
        waiting.in_its_place(Held("asked", error=problem, was_cancelled=not failed))

    app = AppTest.from_function(page, args=(error,)).run()
    assert says in plain("\n".join(e.value for e in [*app.info, *app.error]))
    assert [b.label for b in app.button] == [button]


def test_boundaries_that_come_with_the_assembly_are_marked(no_world, opened_anywhere, world):
    home = load_settings().assemblies_dir
    worlds.register(world, load_settings().data_dir)
    manifest = json.loads((home / "toy" / "manifest.json").read_text())
    elements = home / "toy" / "elements.bed"
    rows = "chr1\t31999\t32002\twall_1\tboundary\nchr1\t30000\t30100\tother_1\tery\nchr2\t5\t9\tfar\tboundary\n"
    elements.write_text(f"#chrom\tstart\tend\tname\tkind\n{rows}")
    truth = {"elements": "elements.bed", "cell_types": {"ery": "erythroid"}}
    (home / "toy" / "manifest.json").write_text(json.dumps(manifest | {"truth": truth}))
    drawn = traces_of(opened_anywhere(q="BETA2"))
    assert drawn["start of a gene"]["text"] == ["BETA2, chr1:33,000", "GIANT, chr1:36,001"]
    assert drawn["known boundary"]["text"] == ["wall_1, chr1:32,001"]
    elements.write_text("nonsense\n")
    st.cache_resource.clear()
    app = opened_anywhere(q="BETA2")
    assert "elements.bed" in errors(app)
    assert set(traces_of(app)) == {"start of a gene"}


def test_what_is_missing_is_said_with_a_way_to_browse(opened):
    app = opened(q="NOBODY")
    assert "NOBODY" in errors(app)
    assert [link.proto.label for link in app.get("page_link")] == ["Browse"]
