"""The main job in a real browser: ask for a gene, compare with an experiment, take the bigWigs home."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyBigWig
import pytest
import worlds
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[2]
SCREENSHOTS = REPOSITORY / "test-results"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
START_S, WAIT_MS = 60.0, 60_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> worlds.World:
    return worlds.build(tmp_path_factory.mktemp("browser-world"))


@pytest.fixture
def server(world: worlds.World, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Start a fresh server; returns its address."""
    running: list[subprocess.Popen] = []

    def start(**settings: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        ours = {"ENFORMER_DATA_DIR": str(tmp_path / "data"), "ENFORMER_CACHE_DIR": str(tmp_path / "cache")}
        ours |= {"ENFORMER_MODEL": str(world.model), "ENFORMER_ASSEMBLY": str(world.fasta)}
        ours |= {"ENFORMER_GENES": str(world.genes)} | settings
        command = [sys.executable, "-m", "pages._ui.serve", "--server.port", str(port)]
        with (tmp_path / "server.log").open("a") as log:
            process = subprocess.Popen(
                [*command, "--server.headless", "true"], cwd=REPOSITORY, env=os.environ | ours, stdout=log, stderr=log
            )
        running.append(process)
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/_stcore/health")
        return address

    yield start
    for process in running:
        process.terminate()
        process.wait(20)


def _wait_for(url: str) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own loopback address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"{url} does not answer")


class Watched:
    """A page that remembers what it should not have done."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.on("request", lambda r: self._request(r.url, address))

    def _console(self, message: ConsoleMessage) -> None:
        # On a deep link Streamlit's own front end looks for its server below that path first, and is told 404.
        probe = "/_stcore/" in message.location.get("url", "") and "404" in message.text
        if message.type == "error" and not probe:
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def _request(self, url: str, address: str) -> None:
        if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
            self.complaints.append(f"external request: {url}")


@pytest.fixture
def visit() -> Iterator[Callable[..., Watched]]:
    """Open an address in a new window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def open_page(address: str, path: str = "/", scheme: str = "light") -> Watched:
            size = {"width": 1440, "height": 890}
            context = browser.new_context(viewport=size, color_scheme=scheme, accept_downloads=True)  # pyright: ignore
            watched = Watched(context.new_page(), address)
            watched.page.set_default_timeout(WAIT_MS)
            expect.set_options(timeout=WAIT_MS)
            watched.page.goto(address + path)
            return watched

        yield open_page
        browser.close()


def test_a_gene_an_experiment_and_a_download(server, visit, world, tmp_path):
    SCREENSHOTS.mkdir(exist_ok=True)
    address = server()
    watched = visit(address)
    page = watched.page
    box = page.get_by_role("textbox", name="Search")
    box.fill("ALFA1")
    box.press("Enter")
    lanes = page.locator(".js-plotly-plot").last  # while a page is redrawn, the old figure lingers
    expect(lanes).to_contain_text("H3K27ac")
    expect(page.locator("#question")).to_have_text("Predicted CAGE, DNASE and H3K27ac in erythroid at ALFA1")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(world.experiment)
    expect(page.locator("#question")).to_contain_text("against 1 experiment")
    expect(lanes).to_contain_text(re.compile(r"r = .?0\.\d\d"))
    _hover(page)
    expect(page.locator(".hoverlayer")).to_contain_text("CAGE erythroid predicted")
    expect(page.locator(".hoverlayer")).to_contain_text(re.compile(r"chr1:\d\d,\d{3}–\d\d,\d{3}"))
    page.mouse.move(5, 5)
    page.screenshot(path=SCREENSHOTS / "browse.png")
    with page.expect_download() as waiting:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    assert waiting.value.suggested_filename == "enformer_chr1_17953-22048.zip"
    archive = tmp_path / "download.zip"
    waiting.value.save_as(archive)
    _check_zip(archive, tmp_path)
    _select(page)
    expect(page.locator(".eb-locus")).not_to_contain_text("4,096 bp")
    assert "q=ALFA1" in page.url
    dark = visit(address, "/?q=ALFA1", "dark")
    expect(dark.page.locator(".js-plotly-plot")).to_contain_text("H3K27ac")
    dark.page.screenshot(path=SCREENSHOTS / "browse-dark.png")
    assert not watched.complaints + dark.complaints


def _hover(page: Page) -> None:
    """Move over the first lane as a hand does: in steps."""
    area = page.locator(".js-plotly-plot").last.bounding_box()
    assert area is not None
    for step in range(6):
        page.mouse.move(area["x"] + area["width"] * 0.6 + step, area["y"] + area["height"] - 30)
        page.wait_for_timeout(120)


def _select(page: Page) -> None:
    area = page.locator(".js-plotly-plot").last.bounding_box()
    assert area is not None
    y = area["y"] + area["height"] - 30
    page.mouse.move(area["x"] + area["width"] * 0.4, y)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.5, y, steps=4)
    page.mouse.move(area["x"] + area["width"] * 0.9, y, steps=4)
    page.mouse.up()


def _check_zip(path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        facts = json.loads(archive.read("provenance.json"))
        names = [name for name in archive.namelist() if name.endswith(".bw")]
        archive.extractall(folder / "unpacked")
    assert facts["assembly"] == "genome"
    assert len(names) == 3
    for name in names:
        with pyBigWig.open(str(folder / "unpacked" / name)) as file:
            assert file.chroms() == worlds.CONTIGS
            entries = file.intervals("chr1")
            assert (entries[0][0], entries[-1][1], len(entries)) == (17_952, 22_048, 32)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/?q=ALFA1&tracks=7", "Predicted CTCF in hepatocyte at ALFA1"),
        ("/browse?q=ALFA1&tracks=7", "Predicted CTCF in hepatocyte at ALFA1"),
        ("/guide", "What you read and type counts from 1"),
        ("/setup", "prints the same facts"),
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
    lanes = page.locator(".js-plotly-plot").last
    expect(lanes).to_contain_text("simulated: model toy-model on toy")
    expect(page.locator("#truth")).to_contain_text("Truth: CAGE erythroid at ALFA1 is 1e+09.")
    expect(page.locator(".eb-chip.simulated")).to_have_count(2)
    page.get_by_role("button", name="A deletion").click()
    expect(page.locator("#question")).to_contain_text("with 1 edit")
    expect(page.locator("#truth")).to_contain_text("falls to a third (log2 fold change −1.58). Model:")
    expect(page.locator(".js-plotly-plot").last).to_contain_text("del 300 bp")
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "tour.png")
    page.get_by_role("button", name="Two cell types").click()
    expect(page.locator("#question")).to_contain_text("at BETA2")
    expect(page.get_by_role("checkbox", name="cage.bw")).to_be_checked()
    dark = visit(address, page.url.removeprefix(address), "dark")
    expect(dark.page.locator("#example")).to_have_text("One gene, two cell types.")
    dark.page.screenshot(path=SCREENSHOTS / "tour-dark.png")
    assert not watched.complaints + dark.complaints


def test_without_a_model_the_first_page_says_what_to_do(server, visit):
    watched = visit(server(ENFORMER_MODEL="", ENFORMER_ASSEMBLY="", ENFORMER_GENES=""))
    expect(watched.page.get_by_text("See it work at once, no download")).to_be_visible()
    expect(watched.page.get_by_text("Three steps to the first picture")).to_be_visible()
    expect(watched.page.get_by_text("See what is found and what is missing")).to_be_visible()
    expect(watched.page.get_by_role("combobox", name="Model")).to_be_visible()
    SCREENSHOTS.mkdir(exist_ok=True)
    watched.page.screenshot(path=SCREENSHOTS / "empty.png")
    assert not watched.complaints
