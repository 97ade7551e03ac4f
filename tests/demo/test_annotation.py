"""Gene bodies and symbols, which are drawn by chance and have no effect."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.demo.annotation import SimulatedGene, annotate, gtf, working
from enformer_core.demo.chance import Chance
from enformer_core.demo.layout import PlantedGene
from enformer_core.demo.promoters import Promoters
from enformer_core.demo.symbols import invented_symbols
from enformer_core.genome.spreadsheet_dates import genes_of_date

LENGTH = 200_000


def promoters(*places: tuple[int, int, float]) -> Promoters:
    """Promoters of start, strand and strength."""
    position, strand, strength = (np.array(column) for column in zip(*sorted(places), strict=True))
    return Promoters(2 * position.astype(np.int64), strand.astype(np.int64), strength.astype(np.float64))


def drawn(seed: int, *genes: PlantedGene, others: tuple[tuple[int, int, float], ...] = ()) -> list[SimulatedGene]:
    found = promoters(*((g.tss, g.strand, 0.5) for g in genes), *others)
    return annotate(Chance(seed), genes, found, LENGTH)


def test_symbols_have_stems_of_their_own() -> None:
    symbols = invented_symbols(Chance(7), 1_900)
    assert len({symbol[:-1] for symbol in symbols}) == 1_900
    for symbol in symbols:
        assert re.fullmatch("[BDGKLMNRSTVZ][AEIOU][VZDM][AEIOU][RNLX][1-9]", symbol)
        assert genes_of_date(symbol) is None
        assert not re.match("JAN|FEB|MAR[0-9]|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC", symbol)
    assert symbols[:3] == invented_symbols(Chance(7), 3)
    assert not {"RAVER1", "RAVER2", "LIVIN1"} & set(symbols)


def test_symbols_run_out() -> None:
    with pytest.raises(ValueError, match="5000 symbols"):
        invented_symbols(Chance(7), 5_000)


def test_genes_without_a_working_promoter_are_left_out() -> None:
    genes = [PlantedGene(10_000, 1, "ery"), PlantedGene(20_000, -1, "hep"), PlantedGene(30_000, 1, "neu")]
    found = promoters((10_000, 1, 0.4), (20_000, 1, 0.9), (30_001, 1, 0.9))
    assert working(genes, found) == genes[:1]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), tss=st.integers(3_000, LENGTH - 3_000), strand=st.sampled_from([1, -1]))
def test_every_gene_is_well_formed(seed: int, tss: int, strand: int) -> None:
    next_door = PlantedGene(min(tss + 9_000, LENGTH - 2_000), 1, "hep")
    gene = drawn(seed, PlantedGene(tss, strand, "ery"), *([next_door] if next_door.tss > tss else []))[0]
    start, end = gene.span
    assert 0 <= start < end <= LENGTH
    assert 1_400 <= end - start <= 25_000
    if strand > 0 and next_door.tss > tss + 2_000:
        assert end <= next_door.tss - 499
    assert len(set(gene.transcripts)) == len(gene.transcripts) <= 3
    for transcript in gene.transcripts:
        first = transcript.exons[0][0] if strand > 0 else transcript.exons[-1][1] - 1
        assert first == tss
        assert all(a < b for a, b in transcript.exons)
        assert all(b < c for (_, b), (c, _) in pairwise(transcript.exons))
        assert sum(b - a for a, b in transcript.cds) % 3 == 0
        assert all(a < b and any(c <= a and b <= d for c, d in transcript.exons) for a, b in transcript.cds)
        assert bool(transcript.cds) == gene.is_coding


def test_another_start_only_where_there_is_another_promoter() -> None:
    gene, own = PlantedGene(50_000, 1, "ery"), PlantedGene(60_000, 1, "ery")
    others = ((50_900, 1, 0.3), (51_100, 1, 0.001), (51_200, -1, 0.9), (49_000, 1, 0.9))
    starts = set()
    for seed in range(80):
        starts |= {t.exons[0][0] for t in drawn(seed, gene, own, others=others)[0].transcripts}
    assert starts == {50_000, 50_900}


def test_lines_of_a_gene() -> None:
    gene = next(g for g in (drawn(seed, PlantedGene(90_000, -1, "neu"))[0] for seed in range(40)) if g.is_coding)
    lines = [line.split("\t") for line in gtf("chr9", [gene], ["KOVAR2"], 12).splitlines()]
    assert [lines[0][i] for i in (0, 2, 6)] == ["chr9", "gene", "-"]
    assert lines[0][4] == "90001"  # the first transcribed base, counted from 1
    assert lines[0][8] == 'gene_id "SIMG00000000012"; gene_type "protein_coding"; gene_name "KOVAR2";'
    canonical = next(line for line in lines if line[2] == "transcript")
    assert 'transcript_id "SIMT00000000120"' in canonical[8]
    assert canonical[8].endswith('tag "basic"; tag "Ensembl_canonical"; tag "MANE_Select";')
    first = next(line for line in lines if line[2] == "exon")
    assert (first[4], "exon_number 1;" in first[8]) == ("90001", True)
    assert next(line for line in lines if line[2] == "CDS")[7] == "0"
