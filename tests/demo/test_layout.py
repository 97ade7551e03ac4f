"""What is planted on a chromosome, and that it works: on the real test chromosome of sim1."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from planted import digest

from enformer_core.demo.chance import Chance
from enformer_core.demo.contact import REACH
from enformer_core.demo.experiment import measured
from enformer_core.demo.grammar import MARGIN, Signal, signal
from enformer_core.demo.layout import Chromosome, PlantedGene, plant_chromosome

LENGTH = 4_000_000
PINNED_CODES = "9fd6b6db67b4a52b04a4ef75b9a64b1a27f546f86a4fe97dd94e7c88730d7898"
PINNED_TRACKS = "a15d860645a0806e42ec4eb8ddeed68d0cdd9a40780f9db37144c7152e65bb9b"
PINNED_EXPERIMENT = "5a0168bb27d37d2cfde52a4c2468d084ccedc3a9990fa767326d85b340a1b96c"
COLUMN = {"ery": 0, "hep": 1, "neu": 2}


@pytest.fixture(scope="module")
def chromosome() -> Chromosome:
    return plant_chromosome(Chance(1, 4), LENGTH)


@pytest.fixture(scope="module")
def made(chromosome: Chromosome) -> Signal:
    return signal(chromosome.codes)


def place_of(made: Signal, gene: PlantedGene) -> int | None:
    """The place of a gene's promoter among all promoters."""
    found = np.flatnonzero((made.promoters.position2 == 2 * gene.tss) & (made.promoters.strand == gene.strand))
    return int(found[0]) if len(found) else None


def test_chromosome_4_of_sim1_never_changes(chromosome: Chromosome, made: Signal) -> None:
    """Literals: the shipped model was trained beside these bits, and its card is about them."""
    assert digest(chromosome.codes) == PINNED_CODES
    assert digest(made.tracks) == PINNED_TRACKS
    assert digest(measured(Chance(1, 4, 100), made.tracks[:, 0])) == PINNED_EXPERIMENT


def test_only_bases_and_in_order(chromosome: Chromosome) -> None:
    assert chromosome.codes.dtype == np.uint8
    assert chromosome.codes.shape == (LENGTH,)
    assert set(np.unique(chromosome.codes)) == {0, 1, 2, 3}
    for places in ([e.position for e in chromosome.elements], [g.tss for g in chromosome.genes]):
        assert places == sorted(places)
        assert places[0] > 0
        assert places[-1] < LENGTH


def test_the_background_has_the_gc_content_of_a_mammal(chromosome: Chromosome) -> None:
    gc = np.isin(chromosome.codes, (1, 2))
    assert 0.40 < gc.mean() < 0.44
    stretches = gc[: LENGTH // 8_192 * 8_192].reshape(-1, 8_192).mean(axis=1)
    assert 0.34 < stretches.min() < 0.38
    assert 0.46 < stretches.max() < 0.51


def test_planted_things_keep_their_distance(chromosome: Chromosome) -> None:
    apart = np.diff([e.position for e in chromosome.elements if e.kind != "boundary"])
    assert apart.min() >= 750  # in the clusters of lonely genes
    assert np.mean(apart >= 1_200) > 0.9


def test_150_genes_or_more_have_a_working_promoter(chromosome: Chromosome, made: Signal) -> None:
    found = [place_of(made, gene) for gene in chromosome.genes]
    working = [at for at in found if at is not None and made.promoters.strength[at] > 0.1]
    assert len(working) >= 150
    assert len(working) > 0.9 * len(chromosome.genes)
    best = made.expression[working].max(axis=1)
    assert (best > 3).sum() >= 140
    assert best.max() < 60


def test_genes_differ(chromosome: Chromosome, made: Signal) -> None:
    found = [(gene, place_of(made, gene)) for gene in chromosome.genes]
    programmes = Counter(gene.programme for gene in chromosome.genes)
    assert set(programmes) == {"ery", "hep", "neu", "common"}
    assert min(programmes.values()) >= 20
    assert {gene.strand for gene in chromosome.genes} == {1, -1}
    level = np.log2(np.array([made.expression[at].max() + 0.01 for _, at in found if at is not None]))
    assert level.std() > 0.7
    change = np.array([np.ptp(np.log2(made.expression[at] + 0.01)) for _, at in found if at is not None])
    assert (change > 1).sum() >= 60, "genes that differ twofold between cell types"
    for programme, c in COLUMN.items():
        own = [made.expression[at] for gene, at in found if gene.programme == programme and at is not None]
        assert int(np.mean(own, axis=0).argmax()) == c


def test_every_class_of_element_is_planted(chromosome: Chromosome) -> None:
    counts = Counter(element.kind for element in chromosome.elements)
    expected = {"ery", "hep", "neu", "common", "mixed", "rest", "ctcf", "promoter", "decoy", "boundary"}
    assert set(counts) == expected
    assert min(counts.values()) >= 20
    assert counts["promoter"] == len(chromosome.genes)


def test_elements_do_what_their_class_says(chromosome: Chromosome, made: Signal) -> None:
    top: dict[str, list[np.ndarray]] = {}
    for element in chromosome.elements:
        cell = element.position // 32
        top.setdefault(element.kind, []).append(made.activity[cell - 4 : cell + 5].max(axis=0))
    mean = {kind: np.mean(values, axis=0) for kind, values in top.items()}
    for kind, c in COLUMN.items():
        assert mean[kind][c] > 0.5
        assert np.delete(mean[kind], c).max() < 0.2
    assert mean["common"].min() > 0.4
    assert mean["rest"][2] > 2 * mean["rest"][:2].max()
    assert max(mean["ctcf"].max(), mean["boundary"].max()) < 0.05


def test_decoys_are_silent(chromosome: Chromosome, made: Signal) -> None:
    starts = made.promoters.position2 // 2
    decoys = [e.position for e in chromosome.elements if e.kind == "decoy"]
    strengths = [made.promoters.strength[np.abs(starts - at) < 20].sum() for at in decoys]
    assert len(decoys) >= 25
    assert np.mean(np.array(strengths) < 0.05) > 0.9


def test_planted_boundaries_are_boundaries(chromosome: Chromosome, made: Signal) -> None:
    planted = np.array([e.position for e in chromosome.elements if e.kind == "boundary"])
    at = made.boundaries.position4 / 4
    strength = np.array([made.boundaries.strength[np.abs(at - place) <= 2].sum() for place in planted])
    assert len(planted) >= 35
    assert np.mean(strength > 400) > 0.9
    assert (np.diff(planted) > 45_000).all()
    # Chance makes hardly any more.
    assert len(at) < 1.2 * len(planted)


def test_lonely_genes_hang_on_enhancers_beyond_20_kb(chromosome: Chromosome) -> None:
    lonely = [gene for gene in chromosome.genes if gene.lonely]
    assert len(lonely) >= 5
    fell = []
    for gene in lonely:
        c = COLUMN[gene.programme]
        near = [e for e in chromosome.elements if abs(e.position - gene.tss) < 20_000 and e.kind in (*COLUMN, "common")]
        cluster = [e.position for e in chromosome.elements if 20_000 <= abs(e.position - gene.tss) < 50_000]
        inside = [e for e in _within_domain(chromosome, gene) if e in cluster]
        assert not [e for e in near if e.position in set(_within_domain(chromosome, gene))]
        assert 4 <= len(inside) <= 6
        start = max(0, (gene.tss - MARGIN - 2_000) // 128 * 128)
        end = start + 2 * (REACH + 8_192)
        part = chromosome.codes[start:end].copy()
        before = signal(part)
        for position in inside:
            part[position - start - 250 : position - start + 250] = 4
        after = signal(part)
        at = int(np.flatnonzero(before.promoters.position2 == 2 * (gene.tss - start))[0])
        assert after.promoters.position2[at] == before.promoters.position2[at]
        fell.append(float(np.log2((after.expression[at, c] + 0.01) / (before.expression[at, c] + 0.01))))
    assert max(fell) < -0.25
    assert np.median(fell) < -1


def _within_domain(chromosome: Chromosome, gene: PlantedGene) -> list[int]:
    """Positions of the elements that no boundary parts from a gene."""
    borders = [0, *(e.position for e in chromosome.elements if e.kind == "boundary"), LENGTH]
    low, high = max(b for b in borders if b < gene.tss), min(b for b in borders if b > gene.tss)
    return [e.position for e in chromosome.elements if low < e.position < high and e.kind != "promoter"]


def test_another_seed_plants_another_chromosome(chromosome: Chromosome) -> None:
    one, again, other = (plant_chromosome(Chance(*path), 256_000) for path in ((7, 1), (7, 1), (7, 2)))
    assert np.array_equal(one.codes, again.codes)
    assert (one.elements, one.genes) == (again.elements, again.genes)
    assert 0.7 < np.mean(one.codes != other.codes) < 0.8
