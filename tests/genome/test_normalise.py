from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enformer_core.errors import RefMismatch
from enformer_core.genome.normalise import check_ref, normalise
from enformer_core.genome.variant import Variant

from .bcftools import bcftools, fetcher, needs_bcftools, random_variant, repetitive, write_fasta, write_vcf

BASES = "GGACGTACGTACGGCATTTTTTTTCACACACACAGT"
fetch = fetcher({"chr1": BASES, "tails": "NNAAACNN", "long": "G" + "CA" * 5000})


@pytest.mark.oracle
@needs_bcftools
def test_a_thousand_variants_against_bcftools_norm(tmp_path: Path) -> None:
    rng = random.Random(20261121)
    contigs = {f"c{i}": repetitive(rng, 400) for i in range(20)}
    variants = []
    for i in range(1000):
        chrom = f"c{i % 20}"
        start = 0 if i % 10 == 0 else rng.randrange(0, 380)  # a tenth of them where the chromosome starts
        found = random_variant(rng, chrom, contigs[chrom], start)
        variants.append(Variant(chrom, found.pos, found.ref, found.alt, f"v{i}"))
    fasta = write_fasta(tmp_path / "ref.fa", contigs)
    vcf = write_vcf(tmp_path / "in.vcf", contigs, variants)
    out = bcftools("norm", "--no-version", "--check-ref", "e", "-f", fasta, vcf)
    expected = {}
    for line in out.stdout.splitlines():
        if not line.startswith("#"):
            chrom, pos, name, ref, alt = line.split("\t")[:5]
            expected[name] = Variant(chrom, int(pos), ref, alt, name)
    assert len(expected) == 1000
    ours = {variant.id: normalise(variant, fetcher(contigs)) for variant in variants}
    different = {name: (expected[name], found) for name, found in ours.items() if found != expected[name]}
    assert not different
    # The test would show little if few variants moved, or none far.
    assert sum(ours[v.id].pos < v.pos for v in variants) > 100
    assert max(v.pos - ours[v.id].pos for v in variants) >= 20


@pytest.mark.parametrize(
    ("variant", "normal"),
    [
        (Variant("chr1", 24, "TC", "C"), Variant("chr1", 16, "AT", "A")),
        (Variant("chr1", 33, "CA", "CACA"), Variant("chr1", 24, "T", "TCA")),
        (Variant("chr1", 3, "ACG", "ATG"), Variant("chr1", 4, "C", "T")),
        (Variant("chr1", 3, "ACGT", "TCGA"), Variant("chr1", 3, "ACGT", "TCGA")),
        (Variant("chr1", 2, "GA", "G"), Variant("chr1", 2, "GA", "G")),
        (Variant("chr1", 1, "GG", "G"), Variant("chr1", 1, "GG", "G")),
    ],
)
def test_row_31_spelled_as_bcftools_does(variant: Variant, normal: Variant) -> None:
    assert normalise(variant, fetch) == normal


def test_nothing_moves_before_the_first_known_base() -> None:
    assert normalise(Variant("tails", 5, "AC", "C"), fetch) == Variant("tails", 3, "AA", "A")
    assert normalise(Variant("tails", 5, "A", "AA"), fetch) == Variant("tails", 3, "A", "AA")


def test_far_repeats_are_followed_to_their_start() -> None:
    assert normalise(Variant("long", 10_001, "A", "ACA", "name"), fetch) == Variant("long", 1, "G", "GCA", "name")


@given(st.integers(0, 7), st.integers(1, 7))
def test_all_spellings_become_one(offset: int, length: int) -> None:
    if offset + length > 8:
        return
    deleted = Variant("chr1", 16 + offset, BASES[15 + offset : 16 + offset + length], BASES[15 + offset])
    assert normalise(deleted, fetch) == Variant("chr1", 16, "A" + "T" * length, "A")
    assert normalise(normalise(deleted, fetch), fetch) == normalise(deleted, fetch)


def test_row_26_the_message_shows_what_is_there() -> None:
    with pytest.raises(RefMismatch) as caught:
        check_ref(Variant("chr1", 13, "A", "T"), fetch, "hg38")
    assert str(caught.value) == (
        "REF is A but hg38 chr1:13 is G, within ACGTACGTAC[G]GCATTTTTTT. "
        "Check the position, and that the variant is given for hg38"
    )


def test_row_26_swapped_alleles() -> None:
    with pytest.raises(RefMismatch, match="REF and ALT may be swapped, as in chr1:13:G>A"):
        check_ref(Variant("chr1", 13, "A", "G"), fetch, "hg38")


def test_row_26_other_strand() -> None:
    with pytest.raises(RefMismatch, match="minus strand") as caught:
        check_ref(Variant("chr1", 13, "C", "T"), fetch)
    assert "REF is C but chr1:13 is G, within" in str(caught.value)
    with pytest.raises(RefMismatch, match="CAT but chr1:14 is GCA"):  # the complement does not match: no such hint
        check_ref(Variant("chr1", 14, "CAT", "C"), fetch)
    with pytest.raises(RefMismatch, match=r"swapped.*minus strand"):
        check_ref(Variant("chr1", 13, "C", "G"), fetch)


def test_row_33_beyond_the_end() -> None:
    with pytest.raises(RefMismatch, match=r"is TN, within .*\[TN\]NNNNNNNNNN\. N is an unknown base, or one beyond"):
        check_ref(Variant("chr1", 36, "TA", "T"), fetch)


def test_row_26_long_alleles_are_cut() -> None:
    with pytest.raises(RefMismatch) as caught:
        check_ref(Variant("long", 1, "A" * 5000, "A"), fetch)
    assert "A" * 20 + "... (5,000 bases)" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_normalise_checks_first() -> None:
    with pytest.raises(RefMismatch):
        normalise(Variant("chr1", 24, "AC", "A"), fetch)
