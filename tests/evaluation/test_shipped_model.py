"""The packaged model still does on a small, fixed piece of the held-out chromosome what its card says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import enformer_core
from enformer_core.evaluation import crispri_tables
from enformer_core.evaluation.bars import verdict
from enformer_core.evaluation.card import NAME, render
from enformer_core.evaluation.crispri_pool import pooled
from enformer_core.evaluation.crispri_tables import BOOTSTRAPS
from enformer_core.evaluation.genome_figures import figures_of, read_figures
from enformer_core.evaluation.heldout import HeldOut
from enformer_core.evaluation.measure import columns_of, measure, storable
from enformer_core.evaluation.run import LINKS, head_of, read_card
from enformer_core.evaluation.samples import Sizes
from enformer_core.evaluation.windows import ChromosomeWindows
from enformer_core.genome.registry import MANIFEST, find
from enformer_core.inference.weights import LoadedModel, find_model, load_model
from enformer_core.settings import load_settings

REPOSITORY = Path(enformer_core.__file__).resolve().parent.parent
MODEL = REPOSITORY / "assets" / "demo_model"
CARD = REPOSITORY / "docs" / f"{NAME}.json"
N_BINS = 4 * 896
SIZES = Sizes(in_motifs=36, outside=6, in_promoters=12, deletions=0, elements=4, shuffles=1, seeds=(1,))
# A small sample scatters more than the whole chromosome: by a few hundredths over positions, more elsewhere.
MARGINS = {"positions": 0.03, "SNV on DNASE, all": 0.15, "SNV on DNASE, in motifs": 0.2, "across genes": 0.2}


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    if not CARD.is_file():
        pytest.skip(f"there is no {CARD.relative_to(REPOSITORY)}: enformer-browser evaluate card writes it")
    return read_card(CARD)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    if not (MODEL / MANIFEST).is_file():
        pytest.skip(f"there is no model in {MODEL.relative_to(REPOSITORY)}")
    folder = tmp_path_factory.mktemp("data")
    settings = load_settings({"data_dir": folder, "cache_dir": folder})
    return load_model(find_model(MODEL, settings), settings)


@pytest.fixture(scope="module")
def bars(shipped: LoadedModel) -> dict[str, float]:
    head, table = head_of(shipped)
    world = HeldOut.simulated(n_bins=N_BINS)
    windows = ChromosomeWindows(shipped.model, world.codes, head, columns_of(table))
    found = measure(windows, world, SIZES, lambda _fraction, _message: None)
    return {bar["what"]: bar["value"] for bar in found.card["bars"]}


def test_the_card_is_of_the_shipped_weights(card: dict[str, Any], shipped: LoadedModel) -> None:
    assert card["provenance"]["weights_sha256"] == shipped.weights_sha256
    assert card["provenance"]["simulated"] is True
    assert card["sample"]["limited"] is False


@pytest.mark.slow
def test_scores_are_those_of_the_card_less_a_margin(card: dict[str, Any], bars: dict[str, float]) -> None:
    stated = {bar["what"]: bar["value"] for bar in card["bars"]}
    checked = 0
    for what, value in bars.items():
        margin = MARGINS.get(what, MARGINS.get(what.partition(",")[0]))
        if margin is not None:
            assert value > stated[what] - margin, f"{what}: {value:.3f}, where the card says {stated[what]:.3f}"
            checked += 1
    assert checked == 8


def test_the_card_says_what_it_stores(card: dict[str, Any]) -> None:
    assert (REPOSITORY / "docs" / f"{NAME}.md").read_text(encoding="utf-8") == render(card)
    for bar in card["bars"]:
        assert bar["verdict"] == verdict(bar["value"], bar["floor"], bar["reach"])
    for picture in card["pictures"].values():
        assert (REPOSITORY / "docs" / picture["file"]).is_file()


@pytest.mark.parametrize("rounds", [2, pytest.param(BOOTSTRAPS, marks=pytest.mark.slow)])
def test_links_of_the_card_are_those_of_the_runs_beside_it(
    card: dict[str, Any], monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    monkeypatch.setattr(crispri_tables, "BOOTSTRAPS", rounds)
    found = pooled(CARD.parent / LINKS, card["provenance"]["weights_sha256"])
    assert found is not None
    drawn = {"low", "high", "gain_low", "gain_high"} if rounds < BOOTSTRAPS else set()
    assert without(storable(found["rows"]), drawn) == without(card["pairs"]["rows"], drawn)
    assert {name: found[name] for name in ("cell_types", "facts")} == {
        name: card["pairs"][name] for name in ("cell_types", "facts")
    }
    assert [cell["cell_type"] for cell in found["cell_types"]] == ["erythroid", "hepatic", "neural"]


def without(rows: list[dict[str, Any]], keys: set[str]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key not in keys} for row in rows]


def test_explanations_find_true_links_better_than_distance_alone(card: dict[str, Any]) -> None:
    rows = {row["score"]: row for row in card["pairs"]["rows"] if row["distance_bin"] == "all"}
    for method in ("gradient_x_input", "deletion"):
        assert rows[method]["gain_low"] > 0, f"{method}: {rows[method]}"
    assert {"attention", "abc"} <= set(rows)


def test_the_document_quotes_the_card(card: dict[str, Any]) -> None:
    text = (REPOSITORY / "docs" / "evaluation.md").read_text(encoding="utf-8").partition("<!-- demo-links -->\n")[2]
    part = render(card).partition("## Enhancer-gene links")[2]
    told = [line for line in part.splitlines() if line.startswith(("| distance |", "|---", "| all pairs"))][:8]
    assert len(told) == 8
    assert text.partition("\n\n")[0].splitlines() == told


def test_the_figures_that_go_with_the_model_are_those_of_the_card(card: dict[str, Any], tmp_path: Path) -> None:
    entry = find("model", "demo", load_settings({"data_dir": tmp_path, "cache_dir": tmp_path}))
    found = read_figures(entry)
    assert found is not None
    assert json.loads((MODEL / "figures.json").read_text(encoding="utf-8")) == figures_of(card)
    rows = {row["score"]: row for row in card["pairs"]["rows"] if row["distance_bin"] == "all"}
    assert {name: area.value for name, area in found.areas.items()} == {n: row["auprc"] for n, row in rows.items()}
