from __future__ import annotations

import pytest

from enformer_core.errors import UnsupportedAllele, VariantError
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant


def test_pos_is_one_based_and_start_is_not() -> None:
    variant = Variant("chr1", 1000, "AT", "A")
    assert (variant.start, variant.end) == (999, 1001)
    assert variant.interval == Interval("chr1", 999, 1001)
    assert str(variant) == "chr1:1000:AT>A"


@pytest.mark.parametrize(
    ("pos", "words"), [(0, "position 0 is below 1"), (-5, "position -5"), ("7", "'7' is not a whole"), (True, "'True'")]
)
def test_row_33_position(pos: object, words: str) -> None:
    with pytest.raises(VariantError, match=words):
        Variant("chr1", pos, "A", "C")  # type: ignore[arg-type]


@pytest.mark.parametrize("allele", ["", ".", "*", "N", "a", "<DEL>", "A[chr1:40["])
def test_row_27_and_29_alleles_are_plain_bases(allele: str) -> None:
    with pytest.raises(UnsupportedAllele, match="REF"):
        Variant("chr1", 1, allele, "C")
    with pytest.raises(UnsupportedAllele, match="ALT"):
        Variant("chr1", 1, "C", allele)


def test_row_27_ref_equals_alt() -> None:
    with pytest.raises(UnsupportedAllele, match="REF and ALT are both 'AC'"):
        Variant("chr1", 1, "AC", "AC")


def test_needs_a_chromosome() -> None:
    with pytest.raises(VariantError, match="needs a chromosome"):
        Variant("", 1, "A", "C")
