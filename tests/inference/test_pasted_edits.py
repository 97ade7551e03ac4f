"""Edits of a pasted sequence: its own coordinates, its own bases as the reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enformer_core.errors import LocusError, RefMismatch, VariantError
from enformer_core.genome.sequence import Sequence
from enformer_core.genome.variant import Variant
from enformer_core.inference.resolve import resolve
from enformer_core.inference.window import Geometry

GEOMETRY = Geometry(input_length=1_024, bin_size=128, n_bins=4, output_offset=256)
BASES = "".join(np.random.default_rng(0).choice(list("ACGT"), 600))


def other(base: str) -> str:
    return "C" if base == "A" else "A"


@given(st.integers(0, 599))
def test_a_substitution_changes_that_base_of_the_sequence_and_no_other(at):
    edit = Variant("mine", at + 1, BASES[at], other(BASES[at]))
    window = resolve(Sequence(BASES, name="mine"), GEOMETRY, None, [edit])
    changed = BASES[:at] + other(BASES[at]) + BASES[at + 1 :]
    assert window.edits == (edit,)
    assert window.bases() == resolve(Sequence(changed, name="mine"), GEOMETRY, None).bases()


def test_a_deletion_is_filled_up_from_the_sequence_around_it():
    edit = Variant("mine", 300, BASES[299:310], BASES[299])
    window = resolve(Sequence(BASES, name="mine"), GEOMETRY, None, [edit])
    bases = window.bases()
    assert len(bases) == 1_024
    assert BASES[:300] + BASES[310:] in bases
    assert window.coordinates is not None


@pytest.mark.parametrize(("n_deleted", "is_told"), [(1, True), (127, True), (128, False), (0, False)])
def test_bins_that_are_out_of_step_with_the_reference_are_told(n_deleted, is_told):
    ref, alt = (BASES[99 : 100 + n_deleted], BASES[99]) if n_deleted else (BASES[99], other(BASES[99]))
    window = resolve(Sequence(BASES, name="mine"), GEOMETRY, None, [Variant("mine", 100, ref, alt)])
    assert any("out of step" in note for note in window.notes) == is_told


def test_edits_as_text_are_those_of_the_sequences_name():
    text = f"mine:5:{BASES[4]}>{other(BASES[4])}"
    assert resolve(Sequence(BASES, name="mine"), GEOMETRY, None, [text]).edits[0].pos == 5


@pytest.mark.parametrize(
    ("edit", "error", "words"),
    [
        (Variant("chr1", 5, "A", "C"), LocusError, "'chr1' is not the pasted sequence, which is called 'mine'"),
        (Variant("mine", 5, other(BASES[4]), BASES[4]), RefMismatch, "mine"),
        (Variant("mine", 601, "A", "C"), VariantError, "position 601 is beyond the end of mine"),
    ],
)
def test_an_edit_that_does_not_fit_says_why(edit, error, words):
    with pytest.raises(error, match=words):
        resolve(Sequence(BASES, name="mine"), GEOMETRY, None, [edit])
