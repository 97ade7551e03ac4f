"""The truth beside explanations of a window whose numbers can be read off. Coordinates are 0-based."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worlds import World

import enformer_core as ec
from enformer_core.evaluation import linked
from enformer_core.evaluation.crispri_scores import GeneElements, Recipe, scores_of
from enformer_core.evaluation.genome_figures import Figure, GenomeFigures
from enformer_core.evaluation.truth_view import (
    Correlation,
    TruthScores,
    attention_scores,
    gradient_scores,
    judged_links,
    truth_lane,
    truth_scores,
)
from enformer_core.evaluation.truth_words import words
from enformer_core.genome.coordinate_map import CoordinateMap
from enformer_core.genome.edit import Edit
from enformer_core.genome.interval import Interval
from enformer_core.genome.truth import Truth
from enformer_core.genome.truth_files import KnownElement
from enformer_core.genome.variant import Variant
from enformer_core.interpret.attention_map import AttentionMap
from enformer_core.interpret.mutagenesis_map import MutagenesisMap
from enformer_core.interpret.scores import ContributionScores
from enformer_core.interpret.target import Target
from tests.interpret.results import PROVENANCE

WINDOW = Interval("chr1", 1_000, 13_800)
BASES = "ACGT" * (WINDOW.width // 4)
SITE, KEY = 7_400, 128
#: Name, middle, change of the gene in erythroid cells, summed |gradient x input|, attention.
KNOWN = (
    ("near", 8_300, -9.0, 50.0, 0.5),  # of the promoter: not judged
    ("strong", 9_000, -1.0, 8.0, 0.1),
    ("weak", 4_000, -0.1, 4.0, 0.2),  # a drop by exactly the threshold
    ("far", 12_000, -0.11, 6.0, 0.01),
    ("idle", 10_500, 0.5, 1.0, 0.05),
    ("outside", 13_700, -2.0, 0.0, 0.0),  # sticks out of the window
)


@dataclass(frozen=True)
class Gene:
    gene_id: str
    symbol: str
    tss: int


GENE = Gene("G1", "AAA", SITE)


@pytest.fixture
def truth(tmp_path: Path) -> Truth:
    rows = [f"chr1\t{middle - 150}\t{middle + 150}\t{name}\tery" for name, middle, *_ in KNOWN]
    files = {"elements": ["#chrom\tstart\tend\tname\tkind", *rows]}
    rows = [f"{name}\tAAA\tG1\tery\t{change}" for name, _, change, *_ in KNOWN]
    files["links"] = ["element\tgene\tgene_id\tcell_type\tlog2_fold_change", *rows, "idle\tAAA\tG1\thep\t-3"]
    effects = (("AAA", "-2"), ("AAA", "1"), ("", "0"), ("BBB", "5"), ("AAA", "0.5"))
    rows = [
        f"chr1\t{2_001 + 4 * i}\t.\tA\tG\t.\t.\tTRUTH_CAGE={effect},0" + (f";TRUTH_GENE={gene}" if gene else "")
        for i, (gene, effect) in enumerate(effects)
    ]
    header = '##INFO=<ID=TRUTH_CAGE,Number=2,Type=Float,Description="True: ery, hep">'
    rows.append("chr1\t2101\t.\tAC\tA\t.\t.\tTRUTH_CAGE=-3,0;TRUTH_GENE=AAA")
    files["variants"] = [header, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO", *rows]
    for name, lines in files.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    return Truth({name: tmp_path / name for name in files}, {"ery": "erythroid", "hep": "hepatic"})


def facts(interval: Interval = WINDOW) -> dict[str, Any]:
    target = Target((6,), (49,))
    return {"interval": interval, "provenance": PROVENANCE, "contigs": {"chr1": 20_000}} | {
        "target": target,
        "value": 1.0,
        "input_interval": WINDOW,
    }


def contributions() -> ContributionScores:
    """The gradient at the present base is that of the table over each element's width, of either sign."""
    gradient = np.zeros((WINDOW.width, 4), np.float32)
    for _, middle, _, total, _ in KNOWN[:-1]:
        at = np.arange(middle - 150, middle + 150) - WINDOW.start
        gradient[at, at % 4] = np.where(at % 2, -1, 1) * total / 300
    # What the variants at 2,000, 2,004, ... from A to G would do: the true -2, 1, 0 and 0.5, doubled.
    for at, effect in ((2_000, -4.0), (2_004, 2.0), (2_008, 0.0), (2_016, 1.0)):
        gradient[at - WINDOW.start] = (0.25, 0, effect + 0.25, 0)
    return ContributionScores(bases=BASES, gradient=gradient, method="gradient_x_input", **facts())


def attention() -> AttentionMap:
    """The weight of each key that an element touches is the table's, before all are made to sum to 1."""
    starts = np.arange(WINDOW.start, WINDOW.end, KEY)
    weights = np.full(len(starts), 1e-9)
    for _, middle, _, _, weight in KNOWN[:-1]:
        weights[(starts < middle + 150) & (starts + KEY > middle - 150)] = weight
    part = (weights / weights.sum()).astype(np.float32)
    of = {key: value for key, value in facts().items() if key in ("interval", "provenance", "contigs")}
    places: dict[str, Any] = {"query_bins": (49,), "query_starts": np.array([SITE]), "key_starts": starts}
    return AttentionMap(
        weights=part.reshape(1, 1, 1, -1),
        layers=(0,),
        heads=(0,),
        query_width=KEY,
        key_width=KEY,
        **places,
        **of,
    )


def test_judged_are_those_of_the_benchmark(truth: Truth) -> None:
    judged = judged_links(truth, WINDOW, GENE, "erythroid")
    assert [link.element.name for link in judged] == ["strong", "weak", "far", "idle"]
    assert [link.element.name for link in judged_links(truth, WINDOW, GENE, "hepatic")] == ["idle"]
    moved = replace(GENE, tss=8_300 - linked.OWN)  # exactly 1,000 bp are the promoter's own still
    assert "near" not in [link.element.name for link in judged_links(truth, WINDOW, moved, "erythroid")]
    moved = replace(GENE, tss=8_300 - linked.OWN - 1)
    assert "near" in [link.element.name for link in judged_links(truth, WINDOW, moved, "erythroid")]


def test_elements_are_scored_as_by_evaluate_crispri(truth: Truth) -> None:
    elements = [link.element for link in judged_links(truth, WINDOW, GENE, "erythroid")]
    assert gradient_scores(contributions(), elements) == pytest.approx([8, 4, 6, 1], rel=1e-4)
    found = attention_scores(attention(), elements)
    assert found / found[0] == pytest.approx([1, 2, 0.1, 0.5], rel=1e-4)


def test_a_real_model_gives_elements_the_same_scores_there(world: World) -> None:
    tss, spans = 20_000, ((18_000, 18_500), (19_300, 19_317), (23_000, 23_900))
    gene = GeneElements("chr1", tss, "x", tuple(Interval("chr1", *span) for span in spans))
    elements = [KnownElement("", place, "") for place in gene.elements]
    with closing(ec.Predictor.from_pretrained(world.model, assembly=world.fasta)) as predictor:
        expected = scores_of(predictor, gene, Recipe(("gradient_x_input", "attention"), "human", {"x": (0, 1)}, "N", 0))
        place, bins = Interval("chr1", tss, tss + 1), (15, 16, 17)
        told = gradient_scores(ec.contributions(predictor, place, Target((0, 1), bins)), elements)
        seen = attention_scores(ec.attention(predictor, place, bins), elements)
    assert told == pytest.approx(expected["gradient_x_input"], rel=1e-4)
    assert seen == pytest.approx(expected["attention"], rel=1e-6)


def test_areas_by_hand(truth: Truth) -> None:
    found = truth_scores(truth, WINDOW, GENE, "erythroid", contributions=contributions(), attention=attention())
    assert (found.gene, found.cell_type, found.pairs, found.positives) == ("AAA", "erythroid", 4, 2)
    # Ranked by gradient x input: strong, far, weak, idle. By attention: weak, strong, idle, far. By distance: strong
    # (1,600), idle (3,100), weak (3,400), far (4,600). Strong and far are linked.
    assert found.areas == pytest.approx(
        {"distance": (1 + 2 / 4) / 2, "gradient_x_input": 1.0, "attention": (1 / 2 + 2 / 4) / 2}
    )


def test_no_area_without_both_answers(truth: Truth) -> None:
    hepatic = truth_scores(truth, WINDOW, GENE, "hepatic", contributions=contributions())
    assert (hepatic.pairs, hepatic.positives) == (1, 1)
    assert hepatic.areas == {"distance": None, "gradient_x_input": None}
    nothing = truth_scores(truth, Interval("chr2", 0, 9_000), GENE, "erythroid", attention=attention())
    assert (nothing.pairs, nothing.areas) == (0, {"distance": None, "attention": None})
    assert "(it takes linked ones and others): attention none, distance alone none." in words(nothing)


def test_contributions_of_a_part_say_nothing_of_the_window(truth: Truth) -> None:
    whole = contributions()
    part = Interval("chr1", 7_000, 13_800)  # without the element at 4,000
    cut = slice(part.start - WINDOW.start, None)
    some = replace(whole, interval=part, bases=BASES[cut], gradient=whole.gradient[cut].copy())
    assert truth_scores(truth, WINDOW, GENE, "erythroid", contributions=some).areas["gradient_x_input"] is None


def test_effects_of_variants(truth: Truth) -> None:
    place = Interval("chr1", 1_996, 2_020)
    effect = np.zeros((24, 4), np.float32)
    for at, change in ((2_000, -1.0), (2_004, 1.0), (2_008, 0.5), (2_012, 9.0), (2_016, 0.25)):
        effect[at - place.start, 2] = change
    ism = MutagenesisMap(bases=BASES[996:1_020], effect=effect, method="exact", **facts(place))
    edits = {
        Variant("chr1", 2_001, "A", "G", "named"): -2.0,
        Variant("chr1", 2_101, "AC", "A"): -3.0,
        Variant("chr1", 2_005, "A", "G"): 1.0,
        Variant("chr1", 2_005, "A", "T"): 77.0,
    }
    found = truth_scores(
        truth, WINDOW, GENE, "erythroid", mutagenesis=ism, contributions=contributions(), edits=edits
    ).effects
    # The variant at 2,012 is known to change another gene most: what it does to this one is not known.
    expected = np.corrcoef([-2, 1, 0, 0.5], [-1, 1, 0.5, 0.25])[0, 1]
    assert found["mutagenesis"].variants == 4
    assert found["mutagenesis"].r == pytest.approx(expected)
    assert (found["gradient_x_input"].variants, found["gradient_x_input"].r) == (4, pytest.approx(1.0))
    assert (found["edits"].variants, found["edits"].r) == (3, pytest.approx(1.0))


def test_no_correlation_of_two_or_of_equals(truth: Truth) -> None:
    place = Interval("chr1", 1_996, 2_008)
    ism = MutagenesisMap(bases=BASES[996:1_008], effect=np.zeros((12, 4), np.float32), method="exact", **facts(place))
    found = truth_scores(truth, WINDOW, GENE, "erythroid", mutagenesis=ism).effects["mutagenesis"]
    assert found == Correlation(None, 2)
    same = truth_scores(truth, WINDOW, GENE, "hepatic", contributions=contributions()).effects["gradient_x_input"]
    assert same == Correlation(None, 4)  # all of them do nothing there


def test_in_an_edited_window_elements_are_where_their_bases_stand(truth: Truth) -> None:
    moved = CoordinateMap.build(WINDOW.start, 0, [Edit(2_500, 2_500, "T" * 200)])
    whole = contributions()
    shifted = np.zeros_like(whole.gradient)
    split = 2_500 - WINDOW.start
    shifted[:split], shifted[split + 200 :] = whole.gradient[:split], whole.gradient[split:-200]
    bases = BASES[:split] + "T" * 200 + BASES[split:-200]
    edited = replace(whole, bases=bases, gradient=shifted, coordinates=moved)
    elements = [link.element for link in judged_links(truth, WINDOW, GENE, "erythroid")]
    np.testing.assert_allclose(gradient_scores(edited, elements), gradient_scores(whole, elements))
    assert edited.scores[4_000 - 1_000] != whole.scores[4_000 - 1_000]


def test_the_lane_holds_what_is_known(truth: Truth) -> None:
    lane = truth_lane(truth, Interval("chr1", 1_000, 9_100), GENE, "erythroid")
    assert (lane.labels, lane.kinds) == (("weak", "near", "strong"), ("ery",) * 3)
    assert (lane.starts.dtype, lane.starts.tolist()) == (np.float64, [3_850, 8_150, 8_850])
    assert (lane.ends.dtype, lane.ends.tolist()) == (np.float64, [4_150, 8_450, 9_150])
    assert lane.effects.dtype == np.float32
    assert lane.effects == pytest.approx([-0.1, -9, -1])
    assert lane.site == SITE
    assert len(lane.variants) == 6
    assert lane.variants[0] == {"position": 2_000, "label": "A>G", "effect": -2.0}
    assert math.isnan(float(lane.variants[3]["effect"]))
    assert lane.variants[5] == {"position": 2_100, "label": "AC>A", "effect": -3.0}


def test_the_lane_without_a_gene_or_a_cell_type(truth: Truth) -> None:
    place = Interval("chr1", 1_000, 9_100)
    for lane in (truth_lane(truth, place, None, "erythroid"), truth_lane(truth, place, GENE, None)):
        assert len(lane.labels) == 3
        assert np.isnan(lane.effects).all()
        assert all(math.isnan(float(variant["effect"])) for variant in lane.variants)
    assert truth_lane(truth, place, None, "erythroid").site is None
    other = truth_lane(truth, place, replace(GENE, gene_id="G9", symbol="ZZZ"), "erythroid")
    assert np.isnan(other.effects).all()


def test_words_say_both() -> None:
    scores = TruthScores(
        "AAA",
        "erythroid",
        11,
        1,
        {"distance": 0.5, "gradient_x_input": 0.834, "attention": 0.25},
        {"mutagenesis": Correlation(0.912, 4), "gradient_x_input": Correlation(None, 1)},
    )
    assert words(scores) == (
        "1 of 11 tested elements in this window is linked to AAA in erythroid cells. AUPRC of this window: "
        "gradient × input 0.83, attention 0.25, distance alone 0.50. Pearson's r of effects of variants (it takes 3 "
        "that differ): by the mutagenesis map 0.91 over 4 variants, by the gradient none over 1 variant."
    )
    figures = GenomeFigures(
        "chr4",
        90,
        30,
        {"distance": Figure(0.3, 0.2, 0.4), "gradient_x_input": Figure(0.7, 0.6, 0.8)},
        Figure(0.74, 0.66, 0.85),
    )
    said = words(scores, figures)
    assert (
        "gradient × input 0.83 [0.70, 0.60 to 0.80], attention 0.25, distance alone 0.50 [0.30, 0.20 to 0.40]." in said
    )
    assert "over 1 variant [0.74, 0.66 to 0.85]. In brackets: chr4, which" in said
    assert "Pearson's r of effects of variants: nothing at hand [0.74" in words(replace(scores, effects={}), figures)
