"""Runs of cell types judged together, and the figures that go with a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from enformer_core.errors import FileError, FileFormatError, InputError, PathNotAllowed
from enformer_core.evaluation import crispri_tables
from enformer_core.evaluation.crispri_pairs import Pair
from enformer_core.evaluation.crispri_pool import pooled
from enformer_core.evaluation.crispri_tables import ScoredPairs, pair_rows, summary_rows, write_table
from enformer_core.evaluation.genome_figures import Figure, figures_of, read_figures
from enformer_core.evaluation.measure import storable
from enformer_core.genome.interval import Interval
from enformer_core.genome.registry import Registered

WEIGHTS = "ab" * 32
SHARED = {
    "assembly": "sim1",
    "assembly_id": "id",
    "bootstraps": 40,
    "confidence": 95,
    "how": "shuffle",
    "input_length": 196_608,
    "pairs_sha256": "cd" * 32,
    "pseudocount": 0.01,
    "shuffles": 2,
    "simulated": True,
    "target_bins": [447, 448, 449],
    "weights_sha256": WEIGHTS,
}


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crispri_tables, "BOOTSTRAPS", 40)


def scored(cell: str, seed: int, n: int = 40) -> ScoredPairs:
    random = np.random.default_rng(seed)
    pairs = []
    for i in range(n):
        start = 50_000 + 500 * int(random.integers(0, 30))
        place = Interval("chr4", start, start + 400)
        pairs.append(Pair(i + 2, place, f"G{i}", start + 5_000 + 900 * i, cell, bool(random.random() < 0.4)))
    truth = np.array([pair.regulated for pair in pairs])
    scores = {
        name: truth + random.normal(0, spread, n) for name, spread in (("gradient_x_input", 1.0), ("deletion", 0.5))
    }
    distance = np.array([1 / pair.distance for pair in pairs])
    return ScoredPairs(tuple(pairs), scores | {"distance": distance, "abc": distance + random.random(n) / 9_000})


def run(folder: Path, cell: str, part: ScoredPairs, **changed: object) -> None:
    """A run as ``evaluate crispri`` leaves it."""
    folder.mkdir(parents=True)
    write_table(folder / "pairs.tsv", pair_rows(part, np.zeros(len(part.pairs))))
    facts = SHARED | {"genes": 7, "pairs": len(part.pairs), "sample": 28, "tracks": {cell: [6]}} | changed
    (folder / "provenance.json").write_text(json.dumps(facts))


def test_pairs_of_all_cell_types_are_ranked_together(tmp_path: Path) -> None:
    parts = {"erythroid": scored("erythroid", 1), "hepatic": scored("hepatic", 2)}
    for cell, part in parts.items():
        run(tmp_path / cell, cell, part)
    (tmp_path / "notes").mkdir()  # no run
    found = pooled(tmp_path, WEIGHTS)
    assert found is not None
    joined = {n: np.concatenate([part.scores[n] for part in parts.values()]) for n in parts["hepatic"].scores}
    whole = ScoredPairs(tuple(pair for part in parts.values() for pair in part.pairs), joined)
    for ours, theirs in zip(found["rows"], summary_rows(whole), strict=True):
        names = {"distance_bin", "score"}
        assert {n: ours[n] for n in names} == {n: theirs[n] for n in names}
        numbers = {n: value for n, value in theirs.items() if n not in names}
        assert {n: ours[n] for n in numbers} == pytest.approx(numbers, rel=1e-4, nan_ok=True)
    first = found["rows"][0]
    assert (first["distance_bin"], first["pairs"]) == ("all", 80)
    assert first["elements"] == len({pair.element for pair in whole.pairs}) < 40
    assert [(c["cell_type"], c["start_sites"], c["sampled"]) for c in found["cell_types"]] == [
        ("erythroid", 7, True),
        ("hepatic", 7, True),
    ]
    assert found["facts"]["shuffles"] == 2


def test_a_score_that_one_run_lacks_is_left_out(tmp_path: Path) -> None:
    part = scored("hepatic", 2)
    run(tmp_path / "a", "erythroid", scored("erythroid", 1))
    run(tmp_path / "b", "hepatic", ScoredPairs(part.pairs, {n: v for n, v in part.scores.items() if n != "abc"}))
    found = pooled(tmp_path, WEIGHTS)
    assert found is not None
    assert {row["score"] for row in found["rows"]} == {"gradient_x_input", "deletion", "distance"}


def test_where_there_is_no_run(tmp_path: Path) -> None:
    assert pooled(tmp_path, WEIGHTS) is None
    assert pooled(tmp_path / "nowhere", WEIGHTS) is None


def test_runs_that_do_not_belong_together(tmp_path: Path) -> None:
    run(tmp_path / "a", "erythroid", scored("erythroid", 1))
    with pytest.raises(InputError, match="of other weights"):
        pooled(tmp_path, "ef" * 32)
    run(tmp_path / "b", "hepatic", scored("hepatic", 2), shuffles=4)
    with pytest.raises(InputError, match="differ in shuffles"):
        pooled(tmp_path, WEIGHTS)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("provenance.json", "{", "cannot be read"),
        ("provenance.json", "{}", "not what evaluate crispri writes"),
        ("pairs.tsv", None, "cannot be read"),
        ("pairs.tsv", "a\tb\n", "not what evaluate crispri writes"),
        ("pairs.tsv", "chrom\tdistance_bp\tdistance\nchr4\t5\tx\n", "no scored pair"),
    ],
)
def test_a_run_that_is_damaged(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    run(tmp_path / "a", "erythroid", scored("erythroid", 1))
    path = tmp_path / "a" / name
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(FileError, match=said):
        pooled(tmp_path, WEIGHTS)


# --- What goes with a model ---------------------------------------------------------------------------------------


@pytest.fixture
def card(tmp_path: Path) -> dict[str, Any]:
    run(tmp_path / "runs" / "a", "erythroid", scored("erythroid", 1))
    snv = {"what": "SNV in promoters on CAGE", "r": 0.742, "r_low": 0.66, "r_high": 0.85}
    about = {"weights_sha256": WEIGHTS, "window": "chr4"}
    return storable({"pairs": pooled(tmp_path / "runs", WEIGHTS), "variants": [snv], "provenance": about})


def model(folder: Path, figures: object, name: str = "figures.json", weights: str = WEIGHTS) -> Registered:
    (folder / "figures.json").write_text(figures if isinstance(figures, str) else json.dumps(figures))
    return Registered("m", folder, {"figures": name, "sha256": {"model.safetensors": weights}})


def test_figures_of_a_card_are_read_again(card: dict[str, Any], tmp_path: Path) -> None:
    found = read_figures(model(tmp_path, figures_of(card)))
    assert found is not None
    rows = {row["score"]: row for row in card["pairs"]["rows"] if row["distance_bin"] == "all"}
    assert set(found.areas) == {"gradient_x_input", "deletion", "distance", "abc"}
    for name, area in found.areas.items():
        assert (area.value, area.low, area.high) == tuple(rows[name][key] for key in ("auprc", "low", "high"))
    assert (found.where, found.pairs, found.positives) == ("chr4", 40, rows["abc"]["positives"])
    assert found.effects == Figure(0.742, 0.66, 0.85)
    assert read_figures(Registered("m", tmp_path, {})) is None
    with pytest.raises(FileFormatError, match="no enhancer-gene links"):
        figures_of(card | {"pairs": None})


def test_figures_that_are_refused(card: dict[str, Any], tmp_path: Path) -> None:
    good = figures_of(card)
    broken = {"value": 0.5, "low": 0.1, "high": None}
    for figures, said in (
        ("{", "not JSON"),
        ([], "no object of kind figures"),
        (good | {"schema": 2}, "schema 1"),
        (good | {"more": 1}, "no others"),
        (good | {"pairs": "5"}, "no counts"),
        (good | {"areas": []}, "areas is no object"),
        (good | {"areas": {"distance": broken}}, "'distance' holds what is no number"),
        (good | {"effects": {"value": 1}}, "not value, low and high"),
        (good | {"where": 4}, "where is no text"),
        (" " * 70_000, "no object of kind figures"),
    ):
        with pytest.raises(FileFormatError, match=said):
            read_figures(model(tmp_path, figures))
    with pytest.raises(FileFormatError, match="of other weights"):
        read_figures(model(tmp_path, good, weights="ef" * 32))
    with pytest.raises(FileError, match="cannot be read"):
        read_figures(model(tmp_path, good, name="other.json"))
    with pytest.raises(PathNotAllowed):
        read_figures(model(tmp_path, good, name="../figures.json"))
