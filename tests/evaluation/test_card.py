"""The card's text comes from the stored tables, and its figures are the same for the same numbers."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from enformer_core.errors import FileError
from enformer_core.evaluation import figures
from enformer_core.evaluation.card import render
from enformer_core.evaluation.heldout import HeldOut
from enformer_core.evaluation.measure import Measured, measure, storable
from enformer_core.evaluation.pictures import write_pictures
from enformer_core.evaluation.run import read_card
from enformer_core.evaluation.samples import Sizes
from tests.evaluation.predictors import Perfect

SIZES = Sizes(in_motifs=4, outside=2, in_promoters=3, deletions=2, elements=6, shuffles=1, seeds=(1, 2))
AREAS = {"auprc": 0.61, "low": 0.52, "high": 0.7, "gain": 0.21, "gain_low": 0.11, "gain_high": 0.3, "auroc": 0.81}
COUNTS = {"pairs": 88, "positives": 22, "elements": 66, "prevalence": 0.25}
PAIRS = {
    "rows": [
        {"distance_bin": "all", "score": "gradient_x_input", **AREAS, **COUNTS},
        {"distance_bin": "all", "score": "distance", **AREAS, **COUNTS, "auprc": 0.4, "gain": 0.0},
        {"distance_bin": "beyond 30 kb", "score": "distance", **dict.fromkeys(AREAS), **COUNTS, "positives": 0},
    ],
    "cell_types": [
        {"cell_type": "erythroid", "start_sites": 27, "pairs": 44, "sampled": True},
        {"cell_type": "hepatic", "start_sites": 28, "pairs": 44, "sampled": True},
    ],
    "facts": {"shuffles": 2, "bootstraps": 500, "confidence": 95},
}
NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?(?![\w.]*\w)")


@pytest.fixture(scope="module")
def measured(perfect: Perfect, held: HeldOut) -> Measured:
    return measure(perfect, held, SIZES, lambda _fraction, _message: None)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "images").mkdir()
    return folder


@pytest.fixture(scope="module")
def card(measured: Measured, out: Path) -> dict[str, Any]:
    cost = {"seconds": 0.5, "first_seconds": 0.9, "load_seconds": 0.11, "peak_gigabytes": 0.62, "runs": 5, "threads": 2}
    return storable(
        {
            "provenance": {"model": "demo", "assembly": "sim1", "weights_sha256": "ab" * 32, "simulated": True},
            "sample": {"limited": True, "limit": 6},
            "cost": cost | {"machine": "x86_64, AVX2, Linux"},
            "pictures": write_pictures(measured, out, "Simulated genome sim1"),
            "pairs": PAIRS,
            **measured.card,
        }
    )


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, str):
        yield from (float(n.replace(",", "")) for n in NUMBER.findall(value))
    elif value is not None:
        yield float(value)


def test_every_number_in_the_text_is_stored(card: dict[str, Any]) -> None:
    stored = np.array(sorted(numbers(card)))
    found = NUMBER.findall(render(card))
    assert len(found) > 200
    for text in found:
        digits = len(text.partition(".")[2])
        value = float(text.replace(",", ""))
        assert np.abs(stored - value).min() <= 0.5001 * 10.0**-digits, f"{text} is stored nowhere"


def test_other_numbers_give_another_text(card: dict[str, Any]) -> None:
    changed = copy.deepcopy(card)
    changed["assays"][0]["truth"] = 0.12345
    changed["bars"][0] |= {"value": 0.4321, "verdict": "missed the floor"}
    changed["links"][0]["auprc"] = None
    text = render(changed)
    assert "| DNASE | 3 | 0.123 |" in text
    assert re.search(r"\| positions, DNASE \| 0\.432 \| 0\.930 \| 0\.970 \| missed the floor \|", text)
    assert "| no score |" in text
    assert text != render(card)


def test_enhancer_gene_links_are_told_by_method(card: dict[str, Any]) -> None:
    text = render(card)
    assert "Of each cell type 27 to 28 expressed start sites were looked at" in text
    first = "| all pairs | distance alone | 0.400 (0.520 to 0.700) |"
    second = (
        "| all pairs | gradient x input | 0.610 (0.520 to 0.700) | +0.210 (+0.110 to +0.300) | 0.810 | 22 of 88 | 66 |"
    )
    assert 0 < text.index(first) < text.index(second)
    assert "| beyond 30 kb | distance alone | no score | no score | no score | 0 of 88 | 66 |" in text
    every = [cell | {"sampled": False} for cell in PAIRS["cell_types"]]
    assert "All expressed start sites were looked at, 27 to 28 in" in render(
        card | {"pairs": PAIRS | {"cell_types": every}}
    )
    assert "was not run for this card" in render(card | {"pairs": None})


def test_an_early_look_and_what_was_not_measured_are_said(card: dict[str, Any]) -> None:
    assert "**An early look**: at most 6 of each kind" in render(card)
    whole = card | {"sample": {"limited": False, "limit": None}, "cost": {}}
    assert "early look" not in render(whole)
    assert "It was not measured in this run" in render(whole)


def test_the_text_is_good_markdown(card: dict[str, Any], out: Path) -> None:
    text = render(card)
    assert "**Simulated.**" in text
    assert not re.search(r"\bnan\b", text.lower())
    assert "None" not in text
    for block in text.split("\n\n"):
        if block.startswith("|"):
            assert len({line.count("|") for line in block.splitlines()}) == 1, block
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert len(pictures) == 5
    assert all((out / name).is_file() for name in pictures)


def test_every_kind_of_weak_spot_has_a_sentence(card: dict[str, Any]) -> None:
    spots = [
        {"kind": "bar", "what": "links, AUPRC", "value": None, "floor": 0.5, "verdict": "no score"},
        {"kind": "track", "track": "REST_hep", "truth": 0.5},
        {"kind": "expressed", "all": 0.9, "expressed": 0.5, "n": 100},
        {"kind": "spread", "what": "SNV in promoters on CAGE", "spread": 0.5},
        {"kind": "alarm", "what": "SNV on DNASE, all", "largest_without_truth": 0.5},
        {"kind": "slope", "from_kb": 25, "to_kb": 35, "slope": 0.25},
        {"kind": "distance", "from_kb": 35, "to_kb": 50, "r": 0.25},
        {"kind": "abc", "span": "all", "abc": 0.75, "model": 0.5},
        {"kind": "gain", "span": "beyond", "distance": 0.3, "gain": 0.1, "gain_low": -0.1, "gain_high": 0.2},
        {"kind": "few", "span": "beyond", "positives": 9, "pairs": 1_234},
    ]
    text = render(card | {"weak": spots})
    assert "**links, AUPRC**: no score, where the floor is 0.500." in text
    assert "Elements 25 to 35 kb from a gene are believed least" in text
    assert "Links, long pairs: only 9 of 1,234 are positive." in text
    assert text.count("\n- ") >= len(spots)


def test_figures_are_the_same_bytes_again(measured: Measured, card: dict[str, Any], out: Path, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    again = write_pictures(measured, tmp_path, "Simulated genome sim1")
    for picture in again.values():
        first, second = ((folder / picture["file"]).read_bytes() for folder in (out, tmp_path))
        assert first == second
        assert b"Simulated genome sim1" in first
        assert b"<dc:date>" not in first
        assert len(first) < 400_000


def test_a_figure_of_nothing_is_drawn(tmp_path: Path) -> None:
    nothing = np.zeros(0)
    figures.write_svg(tmp_path / "a.svg", lambda f: figures.scatters(f, [("none", nothing, nothing)], "x"), (3, 3), "")
    figures.write_svg(
        tmp_path / "b.svg", lambda f: figures.curves(f, [("none", 0.0, {"m": (nothing, nothing)})]), (3, 3), ""
    )
    assert (tmp_path / "a.svg").stat().st_size > 1_000
    assert (tmp_path / "b.svg").stat().st_size > 1_000


def test_a_card_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("{")
    for name in ("card.json", "missing.json"):
        with pytest.raises(FileError, match="stored card cannot be read"):
            read_card(tmp_path / name)


def test_what_is_stored_is_plain_json(card: dict[str, Any]) -> None:
    assert json.loads(json.dumps(card, allow_nan=False)) == card
