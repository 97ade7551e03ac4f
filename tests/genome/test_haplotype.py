from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import LocusError, RefMismatch, VariantError
from enformer_core.genome.coordinate_map import CoordinateMap
from enformer_core.genome.edit import Edit
from enformer_core.genome.haplotype import Haplotype
from enformer_core.genome.interval import Interval
from enformer_core.genome.normalise import normalise
from enformer_core.genome.variant import Variant

from .bcftools import bcftools_consensus, fetcher, needs_bcftools, random_variant, repetitive, write_fasta, write_vcf

#        0         1         2         3
#        0123456789012345678901234567890123456789
BASES = "GATTACAGCTCCCATGTTTTTTGACGTACCAGATCCGAGT"
WINDOW = Interval("chr1", 10, 30)
fetch = fetcher({"chr1": BASES})


def edited(*texts: str, window: Interval = WINDOW, anchor: int | None = None) -> Haplotype:
    return Haplotype(window, tuple(map(variant_of, texts)), anchor)


def variant_of(text: str) -> Variant:
    pos, alleles = text.split(":")
    ref, alt = alleles.split(">")
    return Variant("chr1", int(pos), ref, alt)


def is_leftmost(variant: Variant, bases: str) -> bool:
    """Whether an insertion or deletion cannot move left: its last base is not the base before it."""
    edit = Edit.of(variant)
    if not edit.is_indel:
        return True
    unit = edit.alt or bases[edit.start : edit.end]
    return edit.start > 0 and unit[-1] != bases[edit.start - 1]


def random_edits(rng: random.Random, chrom: str, bases: str, leftmost: bool) -> list[Variant]:
    """One to five variants whose reference alleles do not overlap; some are neighbours."""
    variants: list[Variant] = []
    start = rng.randrange(1, len(bases) // 2)
    for _ in range(rng.randint(1, 5)):
        if start >= len(bases) - 20:
            break
        variant = random_variant(rng, chrom, bases, start, rng.choice([1, 12]))
        if leftmost and not is_leftmost(variant, bases):
            continue
        variants.append(variant)
        start = variant.end + rng.choice([0, 0, 1, 5, 30])
    return variants


@pytest.fixture(scope="module")
def consensus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, list[Variant], str]]:
    """A thousand contigs: bases, variants (in every second one all leftmost), and what bcftools makes of them."""
    folder = tmp_path_factory.mktemp("consensus")
    rng = random.Random(20261122)
    contigs = {f"c{i}": repetitive(rng, 240) for i in range(1000)}
    edits = {name: random_edits(rng, name, bases, int(name[1:]) % 2 == 0) for name, bases in contigs.items()}
    fasta = write_fasta(folder / "ref.fa", contigs)
    vcf = write_vcf(folder / "in.vcf", contigs, [v for variants in edits.values() for v in variants])
    out = bcftools_consensus(fasta, vcf)
    assert "overlaps" not in out.stderr  # bcftools would skip a variant and go on
    records = [record.split("\n", 1) for record in out.stdout.split(">")[1:]]
    results = {name.strip(): bases.replace("\n", "") for name, bases in records}
    return {name: (bases, edits[name], results[name]) for name, bases in contigs.items()}


@pytest.mark.oracle
@needs_bcftools
def test_a_thousand_haplotypes_against_bcftools_consensus(consensus: dict[str, tuple[str, list[Variant], str]]) -> None:
    for name, (bases, variants, expected) in consensus.items():
        haplotype = Haplotype(Interval(name, 0, len(bases)), tuple(variants))
        assert haplotype.consensus(fetcher({name: bases})) == expected, (name, variants)
    counts = [len(variants) for _, variants, _ in consensus.values()]
    assert max(counts) == 5
    assert sum(counts) > 1500
    assert sum(a.end == b.start for _, found, _ in consensus.values() for a, b in pairwise(found)) > 200


@pytest.mark.oracle
@needs_bcftools
def test_model_input_is_cut_from_bcftools_consensus(consensus: dict[str, tuple[str, list[Variant], str]]) -> None:
    rng = random.Random(20261123)
    n_compared = 0
    for name, (bases, variants, whole) in consensus.items():
        changed = {p for v in variants for p in range(Edit.of(v).start, Edit.of(v).end)}
        if not variants or not all(is_leftmost(v, bases) for v in variants):
            continue  # an edit in a repeat may stand on either side of the anchor; see the test of spellings
        window = Interval(name, variants[0].start - rng.randint(0, 30), variants[-1].end + rng.randint(0, 30))
        if any(Edit.of(v).width - len(Edit.of(v).alt) > window.width // 2 for v in variants):
            continue
        anchors = [p for p in (window.center, window.start, window.end - 1) if p not in changed]
        for anchor in anchors:
            shift = sum(len(v.alt) - len(v.ref) for v in variants if Edit.of(v).end <= anchor)
            first = window.start + shift
            expected = "N" * max(0, -first) + whole[max(0, first) : first + window.width]
            found = Haplotype(window, tuple(variants), anchor).sequence(fetcher({name: bases}))
            assert found == expected.ljust(window.width, "N"), (name, variants, window, anchor)
            assert found[anchor - window.start] in (bases[anchor], "N")
            n_compared += 1
    assert n_compared > 1000


def test_without_edits_it_is_the_reference() -> None:
    haplotype = Haplotype(WINDOW)
    assert haplotype.consensus(fetch) == haplotype.sequence(fetch) == BASES[10:30]
    assert np.array_equal(haplotype.coordinate_map(fetch).to_ref(np.arange(21)), np.arange(10, 31))


def test_a_substitution_changes_one_base() -> None:
    found = edited("16:G>C").sequence(fetch)
    assert found == BASES[10:15] + "C" + BASES[16:30]


def test_an_insertion_pushes_bases_out_on_its_side_of_the_anchor() -> None:
    assert edited("14:A>ACC").sequence(fetch) == BASES[12:14] + "CC" + BASES[14:30]  # anchor 20 is right of it
    assert edited("24:A>ACC").sequence(fetch) == BASES[10:24] + "CC" + BASES[24:28]  # and left of this one


def test_a_deletion_draws_in_real_flanks_from_its_side() -> None:
    assert edited("15:TGT>T").sequence(fetch) == BASES[8:15] + BASES[17:30]
    assert edited("24:ACG>A").sequence(fetch) == BASES[10:24] + BASES[26:32]


def test_the_anchor_keeps_its_place() -> None:
    for anchor in (10, 15, 23, 29):
        found = edited("14:A>ACC", "27:TAC>T", anchor=anchor).sequence(fetch)
        assert found[anchor - 10] == BASES[anchor]
        assert len(found) == 20


def test_a_deleted_anchor_is_replaced_by_the_next_base() -> None:
    found = edited("23:GACGT>G", anchor=25).sequence(fetch)  # deletes 23..26
    assert found[25 - 10] == BASES[27]
    assert found == (BASES[:23] + BASES[27:])[8:28]


def test_a_substituted_anchor_stays() -> None:
    found = edited("20:TT>CC", anchor=20).sequence(fetch)
    assert found == BASES[10:19] + "CC" + BASES[21:30]


def test_row_09_off_the_chromosome_there_is_n() -> None:
    window = Interval("chr1", -6, 14)
    assert edited("3:T>C", window=window).sequence(fetch) == "N" * 6 + "GACTACAGCTCCCA"
    assert edited("2:AT>A", window=window).sequence(fetch) == "N" * 7 + "GATACAGCTCCCA"
    window = Interval("chr1", 25, 45)
    assert edited("36:CG>C", window=window).sequence(fetch) == BASES[25:36] + "AGT" + "N" * 6


def test_row_32_a_deletion_across_the_left_edge() -> None:
    haplotype = edited("8:GCTCCC>G")  # deletes 8..12, of which 10..12 are in the window
    assert haplotype.consensus(fetch) == BASES[13:30]
    assert haplotype.sequence(fetch) == BASES[5:8] + BASES[13:30]


def test_row_32_a_deletion_across_the_right_edge() -> None:
    haplotype = edited("27:TACCAG>T")  # deletes 27..31, of which 27..29 are in the window
    assert haplotype.consensus(fetch) == BASES[10:27]
    assert haplotype.sequence(fetch) == BASES[10:27] + BASES[32:35]


def test_row_32_a_replacement_across_an_edge_is_paired_one_to_one() -> None:
    assert edited("9:CTC>GAG").consensus(fetch) == "G" + BASES[11:30]  # 8..10, of which 10 is in the window
    assert edited("9:CTC>GAG").sequence(fetch) == "G" + BASES[11:30]
    assert edited("30:CAG>TTA").consensus(fetch) == BASES[10:29] + "T"


def test_row_32_a_deletion_of_more_than_half_a_window() -> None:
    window = Interval("chr1", 4, 24)
    assert len(edited(f"8:{BASES[7:18]}>G", window=window).sequence(fetch)) == 20
    with pytest.raises(VariantError, match="chr1:8 deletes 11 bases. At most half a window, 10 bases"):
        edited(f"8:{BASES[7:19]}>G", window=window)


OVERLAPPING = [
    ("16:G>C", "16:G>T"),
    ("16:G>C", "16:G>C"),
    ("15:TGT>T", "17:T>C"),
    ("15:TGT>CAA", "16:G>C"),
    ("15:T>TA", "15:T>TC"),
    ("16:G>CG", "16:G>AG"),
    ("15:TGTT>T", "17:T>TA"),
    ("15:TGT>T", "16:GTT>G"),
]


@pytest.mark.parametrize(("first", "second"), OVERLAPPING)
def test_row_35_overlapping_edits_are_refused_by_name(first: str, second: str) -> None:
    for order in ((first, second), (second, first)):
        with pytest.raises(VariantError, match="overlaps with another variant") as caught:
            edited(*order)
        assert all(f"chr1:{text}" in str(caught.value) for text in order)


@pytest.mark.oracle
@needs_bcftools
def test_row_35_bcftools_refuses_the_same_pairs(tmp_path: Path) -> None:
    contigs = {f"c{i}": BASES for i in range(len(OVERLAPPING))}
    pairs = zip(contigs, OVERLAPPING, strict=True)
    variants = [Variant(name, v.pos, v.ref, v.alt) for name, pair in pairs for v in map(variant_of, pair)]
    fasta = write_fasta(tmp_path / "ref.fa", contigs)
    vcf = write_vcf(tmp_path / "in.vcf", contigs, variants)
    assert bcftools_consensus(fasta, vcf).stderr.count("overlaps with another variant") == len(OVERLAPPING)


@pytest.mark.parametrize(
    ("texts", "middle"),
    [
        (("15:T>C", "16:G>C"), "CC"),
        (("15:TG>T", "15:T>C"), "C"),  # the anchor of a deletion may be substituted
        (("15:T>C", "15:T>TAA"), "CAAG"),
        (("15:T>TAA", "15:TG>T"), "TAA"),
        (("15:TG>T", "16:G>GA"), "TA"),
        (("15:T>TAA", "16:G>CCG"), "TAACCG"),  # both insert between 15 and 16; what they are written on gives the order
    ],
)
def test_neighbours_are_no_overlap(texts: tuple[str, str], middle: str) -> None:
    expected = BASES[10:14] + middle + BASES[16:30]
    assert edited(*texts).consensus(fetch) == expected
    assert edited(*reversed(texts)) == edited(*texts)


@pytest.mark.parametrize("text", ["5:A>C", "10:T>C", "31:A>C", "30:CA>C", "6:CAGCT>C"])
def test_an_edit_outside_the_window_is_refused(text: str) -> None:
    with pytest.raises(VariantError, match="changes nothing in the window, which is chr1:11-30"):
        edited(text)


def test_an_edit_on_another_chromosome_is_refused() -> None:
    with pytest.raises(VariantError, match="chr2:15:T>C changes nothing in the window"):
        Haplotype(WINDOW, (Variant("chr2", 15, "T", "C"),))


def test_insertions_at_both_edges_belong_to_the_window() -> None:
    haplotype = edited("10:T>TAA", "30:C>CGG")
    assert haplotype.consensus(fetch) == "AA" + BASES[10:30] + "GG"
    assert haplotype.sequence(fetch) == BASES[10:30]


def test_row_26_the_reference_allele_is_checked() -> None:
    for make in (Haplotype.consensus, Haplotype.sequence):
        with pytest.raises(RefMismatch, match="REF is A but chr1:16 is G"):
            make(edited("16:A>C"), fetch)


@pytest.mark.parametrize("anchor", [9, 30, -1])
def test_the_anchor_lies_in_the_window(anchor: int) -> None:
    with pytest.raises(LocusError, match=f"anchor {anchor} "):
        Haplotype(WINDOW, (), anchor)


def test_order_of_edits_does_not_matter() -> None:
    assert edited("24:A>C", "12:CC>C") == edited("12:CC>C", "24:A>C")
    assert len({edited("24:A>C", "12:CC>C"), edited("12:CC>C", "24:A>C")}) == 1


REPEATS = "GATCACACACACACATTTTTTTTTTGCAGCAGCAGCAGCATCCGAGTTAGGACCTA"
repeats = fetcher({"chr1": REPEATS})


def shifted(variant: Variant, n: int) -> Variant:
    """The same edit spelled ``n`` bases further right, made by hand: both haplotypes are compared base by base."""
    whole = REPEATS[: variant.start] + variant.alt + REPEATS[variant.end :]
    start = variant.start + n
    alt = whole[start : start + len(variant.alt)]
    moved = Variant("chr1", start + 1, REPEATS[start : start + len(variant.ref)], alt)
    assert REPEATS[:start] + alt + REPEATS[moved.end :] == whole
    return moved


SPELLINGS = st.sampled_from(
    [
        (Variant("chr1", 3, "TCA", "T"), 9),
        (Variant("chr1", 3, "T", "TCACA"), 9),
        (Variant("chr1", 15, "AT", "A"), 8),
        (Variant("chr1", 15, "A", "ATT"), 8),
        (Variant("chr1", 25, "TGCA", "T"), 10),
    ]
)


@given(case=SPELLINGS, data=st.data(), anchor=st.one_of(st.none(), st.integers(1, 45)))
@settings(deadline=None)
def test_row_31_all_spellings_of_an_edit_give_the_same_sequence(case, data, anchor) -> None:
    variant, most = case
    other = shifted(variant, data.draw(st.integers(0, most)))
    window = Interval("chr1", 1, 46)
    one, two = (Haplotype(window, (v,), anchor) for v in (variant, other))
    assert normalise(other, repeats) == variant
    assert one.sequence(repeats) == two.sequence(repeats)
    assert one.consensus(repeats) == two.consensus(repeats)
    indices = np.arange(47)
    assert np.array_equal(one.coordinate_map(repeats).to_ref(indices), two.coordinate_map(repeats).to_ref(indices))


def test_row_31_an_edit_does_not_move_through_another() -> None:
    substitution = Variant("chr1", 18, "T", "G")
    deletion = Variant("chr1", 20, "TT", "T")
    found = Haplotype(Interval("chr1", 1, 46), (substitution, deletion), 40).sequence(repeats)
    assert found == (REPEATS[:17] + "G" + "T" * 6 + REPEATS[25:])[0:45]


@st.composite
def haplotypes(draw: st.DrawFn) -> tuple[str, Haplotype]:
    rng = random.Random(draw(st.integers(0, 2**32)))
    bases = repetitive(rng, 240)
    start, end = draw(st.integers(-20, 100)), draw(st.integers(140, 260))
    edits = [(Edit.of(variant), variant) for variant in random_edits(rng, "c", bases, leftmost=False)]
    variants = tuple(variant for edit, variant in edits if edit.end > start and edit.start < end)
    return bases, Haplotype(
        Interval("c", start, end), variants, draw(st.one_of(st.none(), st.integers(start, end - 1)))
    )


@given(haplotypes())
@settings(max_examples=300, deadline=None)
def test_coordinate_map_properties(case: tuple[str, Haplotype]) -> None:
    bases, haplotype = case
    here = fetcher({"c": bases})
    sequence = haplotype.sequence(here)
    found = haplotype.coordinate_map(here)
    width = haplotype.window.width
    assert len(sequence) == width

    indices = np.arange(width)
    positions = found.to_ref(indices)
    kept = found.kept(indices)
    reference = here(Interval("c", int(positions.min()), int(positions.max()) + 1))
    for i in indices[kept]:
        assert sequence[i] == reference[positions[i] - positions.min()]
    assert np.array_equal(found.to_alt(positions[kept]), indices[kept])

    everywhere = np.arange(-50, width + 51)
    assert np.all(np.diff(found.to_ref(everywhere)) >= 0)
    assert np.all(np.diff(found.to_alt(everywhere)) >= 0)
    net = sum(len(v.alt) - len(v.ref) for v in haplotype.edits)
    far = 10_000
    assert found.to_ref(far) - found.to_ref(-far) == 2 * far - net

    anchor = haplotype.window.center if haplotype.anchor is None else haplotype.anchor
    assert found.to_alt(anchor) == anchor - haplotype.window.start


@given(haplotypes())
@settings(max_examples=100, deadline=None)
def test_bins_of_a_haplotype_tile_the_reference(case: tuple[str, Haplotype]) -> None:
    bases, haplotype = case
    found = haplotype.coordinate_map(fetcher({"c": bases}))
    boundaries = np.arange(0, haplotype.window.width + 1, 16)
    at = found.to_ref(boundaries)
    n_kept = [int(np.sum(found.kept(np.arange(a, b)))) for a, b in pairwise(boundaries)]
    assert np.all(np.diff(at) >= n_kept)  # each bin's reference interval holds at least the bases that it kept


def test_coordinate_map_by_hand() -> None:
    # 10..12 kept, AA inserted before 13, 13..15 kept, 16..18 deleted, 19 replaced by CCC, 20.. kept
    found = CoordinateMap.build(10, 0, [Edit(13, 13, "AA"), Edit(16, 19, ""), Edit(19, 20, "CCC")])
    assert found.to_ref(np.arange(13)).tolist() == [10, 11, 12, 13, 13, 13, 14, 15, 19, 20, 20, 20, 21]
    assert found.kept(np.arange(13)).tolist() == [True] * 3 + [False] * 2 + [True] * 3 + [False] * 3 + [True] * 2
    assert found.to_alt(np.arange(9, 22)).tolist() == [-1, 0, 1, 2, 5, 6, 7, 8, 8, 8, 8, 11, 12]
    assert int(found.to_ref(-4)) == 6
    assert found.to_ref(np.array([[0, 5], [8, 100]])).tolist() == [[10, 13], [19, 109]]
    with pytest.raises(TypeError):
        found.to_ref(np.array([1.5]))
