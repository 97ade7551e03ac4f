"""The main job in a real browser: ask for a gene, compare with an experiment, edit, take the files home."""

from __future__ import annotations

import contextlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pyBigWig
import pytest
import worlds
from browser_driver import NEEDS_CHROMIUM, SCREENSHOTS, Watched, app, visits
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as Late

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> worlds.World:
    return worlds.build(tmp_path_factory.mktemp("browser-world"))


@pytest.fixture
def server(world: worlds.World, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Start a fresh server; returns its address."""
    with ExitStack() as running:
        yield lambda **settings: running.enter_context(app(tmp_path, world, **settings))


@pytest.fixture(scope="module")
def address(world: worlds.World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that several tests share, for those that do not need a fresh one."""
    with app(tmp_path_factory.mktemp("shared-server"), world) as found:
        yield found


@pytest.fixture
def visit() -> Iterator[Callable[..., Watched]]:
    """Open an address in a new window."""
    with visits() as open_page:
        yield open_page


def test_a_gene_an_experiment_and_a_download(address, visit, world, tmp_path):
    SCREENSHOTS.mkdir(exist_ok=True)
    watched = visit(address)
    page = watched.page
    box = page.get_by_role("combobox", name="Search")
    box.fill("ALFA1")
    box.press("Enter")
    lanes = page.locator(".eb-picture")
    expect(lanes).to_contain_text("H3K27ac")
    expect(page.locator("#question")).to_have_text("Predicted CAGE, DNASE and H3K27ac in erythroid at ALFA1")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(world.experiment)
    expect(page.locator("#question")).to_contain_text("against 1 experiment")
    expect(lanes).to_contain_text(re.compile(r"r = .?0\.\d\d"))
    _hover(page)
    expect(page.locator(".eb-readout")).to_contain_text("CAGE erythroid predicted")
    expect(page.locator(".eb-readout")).to_contain_text(re.compile(r"chr1:\d\d,\d{3}-\d\d,\d{3}"))
    page.mouse.move(5, 5)
    page.screenshot(path=SCREENSHOTS / "browse.png")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download", exact=True).click()
    assert waiting.value.suggested_filename == "enformer_chr1_17953-22048.zip"
    archive = tmp_path / "download.zip"
    waiting.value.save_as(archive)
    _check_zip(archive, tmp_path)
    page.keyboard.press("Escape")
    page.locator(".eb-stage").press("+")
    expect(page.locator(".eb-width")).to_have_text("2,048 bp")
    assert "q=ALFA1" in page.url
    dark = visit(address, "/?q=ALFA1", "dark")
    expect(dark.page.locator(".eb-picture")).to_contain_text("H3K27ac")
    dark.page.screenshot(path=SCREENSHOTS / "browse-dark.png")
    assert not watched.complaints + dark.complaints


def _hover(page: Page) -> None:
    """Move over the first lane as a hand does: in steps."""
    area = page.locator(".eb-picture").bounding_box()
    assert area is not None
    for step in range(6):
        page.mouse.move(area["x"] + area["width"] * 0.6 + step, area["y"] + area["height"] / 2)
        page.wait_for_timeout(120)


def _check_zip(path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        facts = json.loads(archive.read("reference/provenance.json"))
        names = [name for name in archive.namelist() if name.endswith(".bw")]
        archive.extractall(folder / "unpacked")
    assert facts["assembly"] == "genome"
    assert len(names) == 3
    for name in names:
        with pyBigWig.open(str(folder / "unpacked" / name)) as file:
            assert file.chroms() == worlds.CONTIGS
            entries = file.intervals("chr1")
            assert (entries[0][0], entries[-1][1], len(entries)) == (17_952, 22_048, 32)


def test_a_base_is_typed_the_difference_shows_and_is_undone(address, visit, world):
    watched = visit(address, "/?q=ALFA1&view=chr1:20081-20120")
    page = watched.page
    stage = page.locator(".eb-stage")
    expect(page.locator(".base")).to_have_count(40)
    base = world.bases["chr1"][20_100]
    stage.press("e")
    stage.press("ArrowRight")
    stage.press("ArrowLeft")  # the middle again: base 20,101
    stage.press("C" if base == "A" else "A")
    expect(page.locator("#question")).to_contain_text("with 1 edit")
    expect(page.locator(".base.added")).to_have_text("C" if base == "A" else "A")
    expect(page.locator(".lane.change")).to_have_count(3)
    expect(page.get_by_text("Effect on ALFA1")).to_be_visible()
    expect(page.locator("#effect-number")).to_have_text(re.compile(r"[+−]?\d"))
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "bases.png")
    stage.press("Control+z")
    expect(page.locator("#question")).not_to_contain_text("edit")
    stage.press("Control+y")
    expect(page.locator("#question")).to_contain_text("with 1 edit")
    assert not watched.complaints


@pytest.mark.slow
def test_a_saved_view_that_was_spoilt_by_hand_says_where(address, visit, tmp_path):
    watched = visit(address, "/?q=ALFA1")
    page = watched.page
    page.get_by_role("button", name="Save or open").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save view").click()
    waiting.value.save_as(tmp_path / "view.json")
    saved = json.loads((tmp_path / "view.json").read_text())
    saved["tracks"] = "all"
    (tmp_path / "bad.json").write_text(json.dumps(saved))
    field = page.locator('[class*="st-key-open-view"] input[type=file]')
    field.set_input_files(tmp_path / "bad.json")
    expect(page.get_by_role("alert").first).to_contain_text("tracks")
    assert not watched.complaints


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("/browse?q=ALFA1&tracks=7", "Predicted CTCF in hepatocyte at ALFA1", marks=pytest.mark.slow),
        pytest.param("/guide", "What you read and type counts from 1", marks=pytest.mark.slow),
        pytest.param("/setup", "prints the same facts", marks=pytest.mark.slow),
    ],
)
def test_a_deep_link_works_on_a_fresh_server(server, visit, path, words):
    watched = visit(server(), path)
    expect(watched.page.get_by_text(words).first).to_be_visible()
    expect(watched.page.get_by_text("Page not found")).to_have_count(0)
    expect(watched.page.get_by_role("link", name="Guide").first).to_be_visible()
    assert not watched.complaints


def test_the_first_run_opens_on_a_finished_picture_and_tours(server, visit, world, tmp_path):
    worlds.register(world, tmp_path / "data")
    address = server(ENFORMER_MODEL="", ENFORMER_ASSEMBLY="", ENFORMER_GENES="")
    watched = visit(address)
    page = watched.page
    expect(page.locator("#question")).to_have_text(
        "Predicted CAGE and DNASE in erythroid at ALFA1, against 1 experiment"
    )
    expect(page.locator(".eb-picture")).to_contain_text("simulated: model toy-model on toy")
    expect(page.locator("#truth")).to_contain_text("Truth: CAGE erythroid at ALFA1 is 1e+09.")
    expect(page.locator(".eb-chip.simulated")).to_have_count(2)
    page.get_by_role("button", name="A deletion").click()
    expect(page.locator("#question")).to_contain_text("with 1 edit")
    expect(page.locator("#truth")).to_contain_text("falls to a third (log2 fold change −1.58). Model:")
    expect(page.locator(".eb-picture")).to_contain_text("del 300 bp")
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "tour.png")
    page.get_by_role("button", name="Two cell types").click()
    expect(page.locator("#question")).to_contain_text("at BETA2")
    expect(page.get_by_role("checkbox", name="cage.bw")).to_be_checked()
    dark = visit(address, page.url.removeprefix(address), "dark")
    expect(dark.page.locator("#example")).to_have_text("One gene, two cell types.")
    dark.page.screenshot(path=SCREENSHOTS / "tour-dark.png")
    assert not watched.complaints + dark.complaints


@pytest.mark.slow
def test_without_a_model_the_first_page_says_what_to_do(server, visit):
    watched = visit(server(ENFORMER_MODEL="", ENFORMER_ASSEMBLY="", ENFORMER_GENES=""))
    expect(watched.page.get_by_text("See it work at once, no download")).to_be_visible()
    expect(watched.page.get_by_text("Three steps to the first picture")).to_be_visible()
    expect(watched.page.get_by_text("See what is found and what is missing")).to_be_visible()
    expect(watched.page.get_by_role("combobox", name="Model")).to_be_visible()
    SCREENSHOTS.mkdir(exist_ok=True)
    watched.page.screenshot(path=SCREENSHOTS / "empty.png")
    assert not watched.complaints


def test_the_start_site_of_a_gene_stands_in_the_sidebar_as_long_as_it_is_asked(server, visit, world, tmp_path):
    page = visit(server(ENFORMER_GENES=str(worlds.with_second_start(world, tmp_path)))).page
    box, question = page.get_by_role("combobox", name="Search"), page.locator("#question")
    site = page.get_by_test_id("stSidebar").get_by_label("Start site")
    for gene, n_sites in (("BETA2", 0), ("ALFA1", 1), ("BETA2", 0), ("ALFA1", 1)):
        box.fill(gene)
        box.press("Enter")
        expect(question).to_contain_text(f"at {gene}")
        expect(site).to_have_count(n_sites)
    other = page.get_by_role("option", name=re.compile("ENST00000000099"))
    for _ in range(5):  # a list that is opened while the page is still being drawn is closed again
        site.click()
        with contextlib.suppress(Late):
            other.click(timeout=3_000)
            break
    expect(question).to_contain_text("at ALFA1 (ENST00000000099.1)")
    expect(site).to_have_count(1)
    expect(page.get_by_test_id("stSidebar").locator(".eb-head")).to_have_text(
        ["Tracks", "Experiments", "Explain", "View", "Model"]
    )
