"""The held-out chromosome and the truth of edits on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from worlds import write_fasta

from enformer_core.demo import grammar
from enformer_core.demo.chromosomes import Genome, letters
from enformer_core.errors import AssemblyMismatch
from enformer_core.evaluation.heldout import HeldOut, at_tss, in_bins, log2_ratio
from enformer_core.evaluation.samples import deletion, shuffles
from enformer_core.evaluation.windows import Edit
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.fasta_build import index_fasta


def test_truth_and_experiment_of_a_chromosome(held: HeldOut) -> None:
    assert held.truth.shape == held.measured.shape == (5_000, 16)
    assert len(held.tss) > 10
    assert np.all(np.diff(held.tss) > 0)
    assert len(held.elements) == len(held.kinds)
    assert not {"promoter", "decoy", "boundary"} & set(held.kinds)
    assert (at_tss(held.truth, held.tss // 128).max(axis=1) > 1).mean() > 0.7
    differ = held.truth != held.measured
    assert differ.mean() > 0.9
    r = np.corrcoef(np.log1p(held.truth[:, 0]), np.log1p(held.measured[:, 0]))[0, 1]
    assert 0.8 < r < 0.999


def test_the_truth_of_an_edit_is_that_of_the_whole_edited_chromosome(held: HeldOut) -> None:
    element = len(held.elements) // 2
    changes = []
    inserted = Edit(310_000, 310_000, np.tile(held.codes[held.tss[0] - 64 : held.tss[0] + 64], 1))
    for edit in (
        deletion(held, element),
        inserted,
        shuffles(held, element, 1)[0],
        Edit(300_000, 300_001, np.array([2], np.uint8)),
    ):
        whole = np.concatenate([held.codes[: edit.start], edit.bases, held.codes[edit.end :]])
        expected = in_bins(grammar.signal(whole).tracks)
        middle = edit.start // 128
        first, last = middle - 300, middle + 300
        np.testing.assert_array_equal(held.edited_truth(edit, first, last), expected[first:last])
        np.testing.assert_array_equal(held.edited_truth(edit, 0, 10), expected[:10])
        changes.append(np.abs(expected[first:middle] - held.truth[first:middle]).max())
    assert max(changes) > 0.01


def test_the_first_bins_stand_by_themselves(held: HeldOut) -> None:
    genome = Genome("small", {held.chrom: len(held.codes)}, held.chrom)
    piece = HeldOut.simulated(genome, 1_500)
    assert piece.truth.shape == (1_500, 16)
    np.testing.assert_array_equal(piece.codes, held.codes[: 1_500 * 128])
    sound = 1_500 - grammar.MARGIN // 128 - 1
    np.testing.assert_array_equal(piece.truth[:sound], held.truth[:sound])
    assert piece.tss.tolist() == [tss for tss in held.tss if tss < 1_498 * 128]


def test_ratios_have_the_pseudocount() -> None:
    assert log2_ratio(np.array([1.5]), np.array([0.5])) == pytest.approx(1.0)
    assert log2_ratio(np.zeros(1), np.zeros(1)) == 0.0


def test_another_genome_is_refused(held: HeldOut, tmp_path: Path) -> None:
    bases = letters(held.codes)
    write_fasta(tmp_path / "same.fa", {"chr9": bases})
    write_fasta(tmp_path / "other.fa", {"chr9": ("C" if bases[0] != "C" else "G") + bases[1:]})
    write_fasta(tmp_path / "named.fa", {"chr1": bases})
    for name in ("same", "other", "named"):
        index_fasta(tmp_path / f"{name}.fa", overwrite=True)
        with Assembly.open(tmp_path / f"{name}.fa") as assembly:
            if name == "same":
                held.check(assembly)
                continue
            with pytest.raises(AssemblyMismatch, match=f"chr9 of {name} is not that of the simulated genome sim1"):
                held.check(assembly)
