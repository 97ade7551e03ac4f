"""A story's last step: an enhancer is dragged out and deleted, and others open the files that were taken home."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pybigtools
import pyBigWig
import pytest
import worlds
from browser_driver import NEEDS_CHROMIUM, Watched, drag, folder_server, take_home
from playwright.sync_api import Page, expect

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.slow]

HARNESS = Path(__file__).with_name("igv") / "page.html"
PARTS = ("reference", "edited", "difference")
N_TRACKS = 3


@pytest.fixture(scope="module")
def taken(toy_address: str, opens: Callable[..., Watched], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked zip of a view in which a stretch was dragged out and deleted."""
    watched = opens(toy_address, "/?q=ALFA1")
    page = watched.page
    page.get_by_role("button", name="Edit bases (e)").click()
    drag(page, 0.60, 0.66)
    page.get_by_role("button", name="Delete the chosen bases").click()
    expect(page.locator("#question")).to_contain_text("with 1 edit")
    expect(page.locator(".eb-picture .tag")).to_have_text(re.compile(r"del \d+ bp"))
    folder = take_home(page, tmp_path_factory.mktemp("taken"))
    assert not watched.complaints
    return folder


def test_a_dragged_deletion_is_in_files_that_two_other_readers_agree_on(taken: Path):
    for part in PARTS:
        files = sorted((taken / part).glob("*.bw"))
        assert len(files) == N_TRACKS
        with pyBigWig.open(str(files[0])) as one, pybigtools.open(str(files[0])) as other:
            values = one.intervals("chr1")
            assert values == tuple(other.records("chr1"))
            assert any(value != 0 for _, _, value in values), "a deletion changes something"
    rows = [line for line in (taken / "edits.vcf").read_text().splitlines() if not line.startswith("#")]
    (edit,) = (row.split("\t") for row in rows)
    assert (edit[0], len(edit[4])) == ("chr1", 1)
    assert len(edit[3]) > 200, "6 % of the window, and the base before it"


@pytest.fixture(scope="module")
def igv(taken: Path, world: worlds.World, opens: Callable[..., Watched]) -> Iterator[Watched]:
    """igv.js with the session that was taken home, as its README says: beside the genome, on a web server."""
    spec = importlib.util.find_spec("igv_notebook")
    if spec is None or spec.origin is None:
        pytest.skip("igv.js is not there: pip install --no-deps -r requirements/igv.txt")
    for file in (HARNESS, Path(spec.origin).parent / "js" / "igv.min.js", world.fasta, Path(f"{world.fasta}.fai")):
        shutil.copy(file, taken)
    with folder_server(taken) as address:
        watched = opens(address, "/page.html")
        watched.page.wait_for_function("window.browser || window.problem")
        assert watched.page.evaluate("window.problem") is None
        yield watched
        assert not watched.complaints


def test_igv_js_opens_the_session_offline_with_the_same_numbers(igv: Watched, taken: Path):
    page = igv.page
    session = json.loads((taken / "igvjs_session.json").read_text())
    wigs = [track for track in session["tracks"] if track["type"] == "wig"]
    assert len(wigs) == N_TRACKS * len(PARTS)
    assert page.evaluate("browser.findTracks((t) => t.type === 'wig').length") == len(wigs)
    assert page.evaluate("browser.genome.id") == "toy"
    assert page.evaluate("browser.referenceFrameList[0].getLocusString().replaceAll(',', '')") == session["locus"]
    for track in wigs:
        expected = _values(taken / track["url"])
        assert len(expected) > 20
        assert _features(page, track["name"]) == expected


def test_igv_js_shows_the_edit_and_the_bases(igv: Watched, taken: Path, world: worlds.World):
    (row,) = (line for line in (taken / "edits.vcf").read_text().splitlines() if not line.startswith("#"))
    _, pos, _, ref, alt, *_ = row.split("\t")
    script = """async ([name, start, end]) => {
      const found = await browser.findTracks("name", name)[0].getFeatures("chr1", start, end, 1);
      return found.map((each) => [each.pos, each.referenceBases, each.alternateBases]);
    }"""
    shown = igv.page.evaluate(script, ["Edits", int(pos) - 10, int(pos) + 10])
    assert shown == [[int(pos), ref, alt]]
    bases = igv.page.evaluate("([start, end]) => browser.genome.getSequence('chr1', start, end)", [20_000, 20_040])
    assert bases == world.bases["chr1"][20_000:20_040]


def _values(path: Path) -> list[list[float]]:
    with pyBigWig.open(str(path)) as file:
        return [[start, end, value] for start, end, value in file.intervals("chr1")]


def _features(page: Page, name: str) -> list[list[float]]:
    """What igv.js has read of the only track of a name, of the whole chromosome, one base to the pixel."""
    script = """async ([name, end]) => {
      const tracks = browser.findTracks("name", name);
      if (tracks.length !== 1) throw new Error(`${tracks.length} tracks are named ${name}`);
      const found = await tracks[0].getFeatures("chr1", 0, end, 1);
      return found.map((each) => [each.start, each.end, each.value]);
    }"""
    return page.evaluate(script, [name, worlds.CONTIGS["chr1"]])
