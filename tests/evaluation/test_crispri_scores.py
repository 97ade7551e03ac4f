"""Scores of elements against sums by hand, and areas under curves against a definition written out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyBigWig
import pytest
from worlds import World

import enformer_core as ec
from enformer_core.demo.motifs import CELL_TYPES
from enformer_core.errors import AssemblyMismatch, BigWigError, TrackError
from enformer_core.evaluation import crispri_tables
from enformer_core.evaluation.crispri_baselines import abc_scores, by_distance, contact
from enformer_core.evaluation.crispri_demo import write_demo_pairs
from enformer_core.evaluation.crispri_pairs import Pair, read_pairs
from enformer_core.evaluation.crispri_plan import Choices, planned
from enformer_core.evaluation.crispri_scores import GeneElements, Recipe, genes_of, scores_of, tracks_of, tss_bins
from enformer_core.evaluation.crispri_store import GeneStore
from enformer_core.evaluation.crispri_tables import ScoredPairs, summary_rows
from enformer_core.evaluation.curves import compared
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.interval import Interval
from enformer_core.settings import load_settings
from tests.evaluation.crispri_tables import row as pair_row
from tests.evaluation.crispri_tables import write

BINS, OFFSET, LENGTH, BIN = (15, 16, 17), 2_048, 8_192, 128
TSS = 20_000
START = TSS - LENGTH // 2
ELEMENTS = (Interval("chr1", 18_000, 18_500), Interval("chr1", 19_300, 19_317), Interval("chr1", 23_000, 23_900))
GENE = GeneElements("chr1", TSS, "erythroid", ELEMENTS)
METHODS = ("gradient_x_input", "deletion", "attention")


@pytest.fixture(scope="module")
def predictor(world: World) -> Iterator[ec.Predictor]:
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta)
    yield predictor
    predictor.close()


def recipe(how: str = "N", shuffles: int = 0) -> Recipe:
    return Recipe(METHODS, "human", {"erythroid": (0, 1)}, how, shuffles)  # type: ignore[arg-type]


# --- What the model says -------------------------------------------------------------------------------------------


def test_scores_are_those_by_hand(world: World, predictor: ec.Predictor) -> None:
    found = scores_of(predictor, GENE, recipe())
    window = Interval("chr1", TSS, TSS + 1)
    whole = ec.contributions(predictor, window, ec.Target((0, 1), BINS))
    assert whole.interval == Interval("chr1", START, START + LENGTH)
    for element, score in zip(ELEMENTS, found["gradient_x_input"], strict=True):
        by_hand = sum(abs(float(whole.scores[at - START])) for at in range(element.start, element.end))
        assert score == pytest.approx(by_hand, rel=1e-3)
    bases = world.bases["chr1"][START : START + LENGTH]
    for element, change in zip(ELEMENTS, found["deletion_change"], strict=True):
        a, b = element.start - START, element.end - START
        levels = [level(predictor, text) for text in (bases, bases[:a] + "N" * (b - a) + bases[b:])]
        assert change == pytest.approx(math.log2((levels[1] + 0.01) / (levels[0] + 0.01)), abs=1e-5)
    assert max(map(abs, found["deletion_change"])) > 0.001
    weights = ec.attention(predictor, window, BINS).weights
    for element, score in zip(ELEMENTS, found["attention"], strict=True):
        keys = [k for k in range(64) if START + k * BIN < element.end and START + (k + 1) * BIN > element.start]
        total = sum(float(w) for layer in weights for head in layer for row in head for w in row[keys])
        assert score == pytest.approx(total / (2 * 4 * 3 * len(keys)), rel=1e-4)


def level(predictor: ec.Predictor, bases: str) -> float:
    """The mean of two tracks over the three middle bins."""
    return float(predictor.predict(ec.Sequence(bases), tracks=[0, 1]).values[15:18].astype(np.float64).mean())


def test_a_lost_element_is_the_mean_over_shuffles(predictor: ec.Predictor) -> None:
    gene = GeneElements("chr1", TSS, "erythroid", ELEMENTS[:1])
    (change,) = scores_of(predictor, gene, recipe("shuffle", 3))["deletion_change"]
    target = ec.Target((0, 1), BINS, "log_ratio")
    each = [
        ec.deletion_scan(
            predictor,
            Interval("chr1", TSS, TSS + 1),
            ELEMENTS[0],
            target,
            width=500,
            how="shuffle",
            shuffles=1,
            seed=seed,
        ).effect[0]
        for seed in range(3)
    ]
    assert change == pytest.approx(float(np.mean(each)), rel=1e-4)
    assert len(set(map(float, each))) == 3


def test_genes_and_what_their_windows_hold(predictor: ec.Predictor, tmp_path: Path) -> None:
    assert predictor.assembly is not None
    pairs = read_pairs(write(tmp_path / "pairs.tsv"), predictor.assembly).pairs
    genes, inside = genes_of(pairs, predictor.geometry)
    assert [(gene.tss, len(gene.elements)) for gene in genes] == [(20_000, 3), (32_999, 3)]
    assert len(inside) == 6  # 24,000-24,200 runs out of 15,904-24,096
    assert tss_bins(predictor.geometry) == BINS


def test_a_larger_sample_goes_on_with_a_smaller_one(predictor: ec.Predictor, tmp_path: Path) -> None:
    assert predictor.assembly is not None
    rows = [pair_row(at - 900, at - 500, at) for at in range(10_000, 50_000, 5_000)]
    table = read_pairs(write(tmp_path / "pairs.tsv", rows), predictor.assembly)
    found = {}
    for sample in (2, 4, 7, 8, None):
        plan = planned(predictor, table, Choices(("attention",), (0,), sample=sample))
        assert {pair.tss for pair in plan.pairs} == {gene.tss for gene in plan.genes}
        found[sample] = [gene.tss // 5_000 - 2 for gene in plan.genes]
    assert found == {2: [0, 4], 4: [0, 2, 4, 6], 7: [0, 2, 4, 6], 8: list(range(8)), None: list(range(8))}


def test_tracks_of_a_cell_type(predictor: ec.Predictor) -> None:
    assert tracks_of(predictor, "human", "Erythroid") == (0,)
    for wrong, said in (("K562", "no CAGE track of the cell type 'K562'"), ("", "no column CellType")):
        with pytest.raises(TrackError, match=said):
            tracks_of(predictor, "human", wrong)
    with pytest.raises(TrackError):  # a part of a word is another cell type
        tracks_of(predictor, "human", "hepato")


def test_a_gene_is_kept_and_a_damaged_file_is_scored_anew(tmp_path: Path) -> None:
    store = GeneStore.opened(tmp_path / "run", {"a": 1}, resume=False)
    assert store.load(GENE) is None
    scores = {"attention": [0.1, 1 / 3, 2e-9]}
    store.save(GENE, scores)
    assert store.load(GENE) == scores
    assert store.load(GeneElements("chr1", TSS, "erythroid", ELEMENTS[:2])) is None
    (file,) = (tmp_path / "run" / "genes").iterdir()
    text = file.read_text()
    for damaged in (text[:-9], text.replace("0.1", "NaN"), text.replace("0.1,", "")):
        file.write_text(damaged)
        assert store.load(GENE) is None


# --- What is measured ----------------------------------------------------------------------------------------------


def test_activity_by_contact(tmp_path: Path, world: World) -> None:
    files = (tmp_path / "dnase.bw", tmp_path / "h3k27ac.bw")
    levels = ((4.0, 9.0), (1.0, 1.0), (0.0, 5.0))
    for n, file in enumerate(files):
        with pyBigWig.open(str(file), "w") as out:
            out.addHeader([("chr1", 60_000), ("chr2", 30_000)])
            for element, level in zip(ELEMENTS, levels, strict=True):
                if level[n]:
                    out.addEntries(["chr1"], [element.start], ends=[element.end], values=[level[n]])
    with Assembly.open(world.fasta) as assembly:
        ((first, second, third),) = abc_scores([GENE], files, assembly, load_settings())
        # All are nearer than 5 kb: contact is the same. Activity: sqrt(4 * 500 * 9 * 500) = 3,000, and 17.
        assert (first, second, third) == pytest.approx((3_000 / 3_017, 17 / 3_017, 0.0))
        ((alone, _, _),) = abc_scores([GENE], files[:1], assembly, load_settings())
        assert alone == pytest.approx(2_000 / 2_017)
        empty = GeneElements("chr2", 9_000, "", (Interval("chr2", 100, 200),))
        assert abc_scores([empty], files, assembly, load_settings()) == [[0.0]]
        with pytest.raises(BigWigError):
            abc_scores([GENE], [world.fasta], assembly, load_settings())
    assert contact(np.array([0, 5_000]))[0] == contact(np.array([5_000]))[0]
    ratio = contact(np.array([20_000.0])) / contact(np.array([10_000.0]))
    assert ratio[0] == pytest.approx((10_001 / 20_001) ** 1.024238616787792)


def naive_auprc(score: list[float], positive: list[bool]) -> float:
    """Average precision by its definition: at each threshold, precision times the share of positives that it adds."""
    area, before = 0.0, 0
    for threshold in sorted(set(score), reverse=True):
        chosen = [p for s, p in zip(score, positive, strict=True) if s >= threshold]
        area += sum(chosen) / len(chosen) * (sum(chosen) - before) / sum(positive)
        before = sum(chosen)
    return area


def pairs_of(n: int) -> tuple[list[Pair], np.random.Generator]:
    random = np.random.default_rng(5)
    pairs = []
    for i in range(n):
        start = 100_000 + 800 * int(random.integers(0, 50))
        tss = start + 250 + int(random.integers(1, 45_000))
        pairs.append(Pair(i + 2, Interval("chr1", start, start + 500), f"G{i}", tss, "x", bool(random.random() < 0.3)))
    return pairs, random


def test_the_summary_holds_the_areas_by_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crispri_tables, "BOOTSTRAPS", 80)
    pairs, random = pairs_of(120)
    positive = np.array([pair.regulated for pair in pairs])
    good = np.round(positive + random.normal(0, 0.7, 120), 1)  # rounded: there are ties
    scored = ScoredPairs(tuple(pairs), {"gradient_x_input": good, "distance": by_distance(pairs)})
    rows = summary_rows(scored)
    assert rows == summary_rows(scored)
    assert [r["distance_bin"] for r in rows[::2]] == ["all", "0-10 kb", "10-30 kb", "beyond 30 kb"]
    edges = {"all": (0, math.inf), "0-10 kb": (0, 10), "10-30 kb": (10, 30), "beyond 30 kb": (30, math.inf)}
    for row in rows:
        low, high = edges[row["distance_bin"]]
        kept = [i for i, pair in enumerate(pairs) if low <= pair.distance / 1_000 < high]
        expected = naive_auprc(
            [float(scored.scores[row["score"]][i]) for i in kept], [pairs[i].regulated for i in kept]
        )
        assert row["auprc"] == pytest.approx(expected)
        assert row["low"] < row["auprc"] < row["high"]
        assert (row["pairs"], row["positives"]) == (len(kept), sum(pairs[i].regulated for i in kept))
        assert row["elements"] == len({pairs[i].element for i in kept})
        assert row["prevalence"] == pytest.approx(row["positives"] / row["pairs"])
    assert rows[0]["gain"] == pytest.approx(rows[0]["auprc"] - rows[1]["auprc"])
    assert 0 < rows[0]["gain_low"] < rows[0]["gain"] < rows[0]["gain_high"]


def test_areas_of_a_few_pairs() -> None:
    positive = np.array([True, False, True, False])
    scores = {"right": np.array([4.0, 1, 3, 2]), "tied": np.ones(4), "wrong": np.array([1.0, 4, 2, 3])}
    found = {row["method"]: row["auprc"] for row in compared(scores, positive, np.arange(4), "tied", 20)}
    assert found == pytest.approx({"right": 1.0, "tied": 0.5, "wrong": 5 / 12})
    (row,) = compared({"a": np.ones(2)}, np.array([True, True]), np.arange(2), "a", 20)
    assert all(math.isnan(row[name]) for name in ("auprc", "low", "high", "gain"))


# --- The simulated genome's own pairs ------------------------------------------------------------------------------


def test_the_pairs_of_the_simulated_genome(tmp_path: Path) -> None:
    from worlds import write_fasta

    write_fasta(tmp_path / "sim1.fa", {"chr1": "ACGT" * 100, "chr4": "ACGT" * 10_000})
    attributes = 'gene_id "{0}"; gene_name "{1}"; gene_type "protein_coding";'
    lines = []
    for gene, name, start in (("S1", "AAA", 10_000), ("S2", "BBB", 30_000)):
        text = attributes.format(gene, name)
        for kind, more in (("gene", ""), ("transcript", ' transcript_id "T"'), ("exon", ' transcript_id "T"')):
            more = more.replace("T", f"T{gene}") + (";" if more else "")
            lines.append(f"chr4\tx\t{kind}\t{start + 1}\t{start + 900}\t.\t+\t.\t{text}{more}\n")
    (tmp_path / "genes.gtf").write_text("".join(lines))
    (tmp_path / "elements.bed").write_text("#chrom\nchr4\t12000\t12400\tery_1\nchr1\t1\t9\tery_0\n")
    links = ("AAA\tS1\t2200\tery\t0.5\t-1.000", "AAA\tS1\t2200\thep\t0.5\t-0.100", "BBB\tS2\t17800\tery\t0.5\t-0.500")
    near = "ery_1\tAAA\tS1\t900\tery\t0.5\t-2.000\nery_0\tAAA\tS1\t2200\tery\t0.5\t-2.000\n"
    (tmp_path / "links.tsv").write_text("element\n" + "".join(f"ery_1\t{link}\n" for link in links) + near)
    for cell in CELL_TYPES:
        with pyBigWig.open(str(tmp_path / f"CAGE_{cell}.bw"), "w") as out:
            out.addHeader([("chr1", 400), ("chr4", 40_000)])
            out.addEntries(["chr4"], [9_900], ends=[10_200], values=[8.0])
    with Assembly.open(tmp_path / "sim1.fa", genes=tmp_path / "genes.gtf") as assembly:
        write_demo_pairs(assembly, tmp_path / "pairs.tsv", load_settings())
        pairs = read_pairs(tmp_path / "pairs.tsv", assembly).pairs
    # BBB is silent, 900 bp are the promoter's own, and a drop by 0.1 is none yet.
    assert [(p.gene, p.cell_type, p.distance, p.regulated) for p in pairs] == [
        ("AAA", "erythroid", 2_200, True),
        ("AAA", "hepatic", 2_200, False),
    ]
    assert "\t-0.500\t" in (tmp_path / "pairs.tsv").read_text()


def test_another_genome_has_no_pairs_of_its_own(world: World, tmp_path: Path) -> None:
    with Assembly.open(world.fasta) as assembly, pytest.raises(AssemblyMismatch, match="genome has no true links"):
        write_demo_pairs(assembly, tmp_path / "pairs.tsv", load_settings())
