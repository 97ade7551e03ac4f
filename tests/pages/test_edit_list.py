"""Edits as a list: steps, what is typed, and what the picture asks for. No page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise

import pytest
import worlds
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import EnformerError, InputError, LocusError, RefMismatch, UnsupportedAllele, VariantError
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.edit import Edit
from enformer_core.genome.haplotype import Haplotype
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.inference.resolve import resolve
from enformer_core.inference.window import Geometry, Window
from pages._ui import edit_list
from pages._ui.edit_text import MAX_INSERTED, mended, reference, typed_edits
from pages._ui.listed_edits import MAX_EDITS, MAX_STEPS, EditList, ListedEdit, in_order, is_same
from pages._ui.state import Session

GEOMETRY = Geometry(input_length=8192, bin_size=128, n_bins=32, output_offset=2048)
CENTER = 22_048
OTHER = dict(zip("ACGT", "CGTA", strict=True))

POOL = tuple(Variant("chr1", 100 + 10 * n, "A", "C") for n in range(6))
CHANGES: dict[str, Callable[[EditList, int, int], EditList]] = {
    "add": lambda edits, i, j: edits.add(POOL[i % 6], POOL[j % 6]),
    "remove": lambda edits, i, j: edits.remove(i % len(edits.items)) if edits.items else edits,
    "toggle": lambda edits, i, j: edits.toggle(i % len(edits.items)) if edits.items else edits,
    "moved": lambda edits, i, j: edits.moved(i % len(edits.items), j % len(edits.items)) if edits.items else edits,
    "replaced": lambda edits, i, j: edits.replaced((POOL[i % 6], POOL[j % 6])),
    "cleared": lambda edits, i, j: edits.cleared(),
    "undo": lambda edits, i, j: edits.undo(),
    "redo": lambda edits, i, j: edits.redo(),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.integers(0, 9), st.integers(0, 9)), max_size=40))
@settings(deadline=None)
def test_undo_and_redo_walk_along_what_the_list_was(changes):
    edits = EditList()
    was, place = [edits.items], 0
    for name, i, j in changes:
        changed = CHANGES[name](edits, i, j)
        if name == "undo":
            place = max(place - 1, 0)
        elif name == "redo":
            place = min(place + 1, len(was) - 1)
        elif changed.items != edits.items:
            was, place = [*was[: place + 1], changed.items], place + 1
        assert changed.items == was[place]
        assert (changed.can_undo, changed.can_redo) == (place > 0, place < len(was) - 1)
        assert not any(is_same(a.variant, b.variant) for a, b in combinations(changed.items, 2))
        edits = changed


def test_a_hundred_steps_can_be_undone():
    edits = EditList.of(POOL[:1])
    assert not edits.can_undo
    for _ in range(MAX_STEPS + 1):
        edits = edits.toggle(0)
    for n_left in range(MAX_STEPS, 0, -1):
        assert edits.can_undo, f"{n_left} are left"
        edits = edits.undo()
    assert not edits.can_undo
    assert edits.items == (ListedEdit(POOL[0], is_on=False),), "the first step is forgotten"


def test_order_is_that_of_the_list_and_only_what_is_on_is_applied():
    edits = EditList.of(POOL[:3]).moved(2, 0).toggle(1)
    assert [item.variant for item in edits.items] == [POOL[2], POOL[0], POOL[1]]
    assert edits.applied == (POOL[2], POOL[1])
    assert in_order(edits.applied) == (POOL[1], POOL[2])


def test_an_edit_that_is_there_is_switched_on_and_not_added_again():
    edits = EditList.of((Variant("chr1", 100, "A", "C"),)).toggle(0)
    again = edits.add(Variant("chr1", 99, "GA", "GC", id="rs1"))  # the same, padded
    assert again.items == (ListedEdit(Variant("chr1", 100, "A", "C")),)
    assert again.add(Variant("chr2", 100, "A", "C")).items != again.items


def test_a_change_that_changes_nothing_is_no_step():
    edits = EditList.of(POOL[:2])
    for same in (edits.add(POOL[0]), edits.moved(1, 1), edits.replaced(POOL[:2]), EditList().cleared()):
        assert not same.can_undo


def test_at_most_twenty_are_applied():
    many = [Variant("chr1", 100 + n, "A", "C") for n in range(MAX_EDITS + 1)]
    full = EditList.of(many[:MAX_EDITS])
    with pytest.raises(InputError, match="21 edits cannot be applied together"):
        full.add(many[-1])
    assert len(full.toggle(0).add(many[-1]).items) == MAX_EDITS + 1, "one that is off does not count"


@pytest.mark.parametrize("change", [lambda e: e.remove(2), lambda e: e.toggle(-1), lambda e: e.moved(0, 2)])
def test_a_line_that_is_not_there(change):
    with pytest.raises(InputError, match="there is no edit"):
        change(EditList.of(POOL[:2]))


@pytest.fixture(scope="module")
def assembly(world: worlds.World) -> Iterator[Assembly]:
    with Assembly.open(world.fasta) as found:
        yield found


@pytest.fixture
def window(assembly: Assembly) -> Window:
    """8,192 bp of chr1 around 0-based 22,048: 17,952 to 26,144; predicted are 20,000 to 24,096."""
    return resolve(Interval("chr1", CENTER - 50, CENTER + 50), GEOMETRY, assembly)


@pytest.fixture
def pasted() -> Window:
    return resolve(">my_seq\n" + "ACGTTGCA" * 10, GEOMETRY, None)


@pytest.fixture
def bases(world: worlds.World) -> str:
    return world.bases["chr1"]


def test_forms_that_a_biologist_types(window, bases):
    ref = bases[999]
    snv = f"chr1:1000:{ref}>{OTHER[ref]}"
    deletion = Variant("chr1", 20_099, bases[20_098:20_200], bases[20_098])
    inserted = Variant("chr1", 20_100, bases[20_099], bases[20_099] + "ACGT")
    doubled = Variant("chr1", 20_200, bases[20_199], bases[20_199] + bases[20_099:20_200])
    forms = {
        snv: [Variant("chr1", 1000, ref, OTHER[ref])],
        "del chr1:20,100-20,200": [deletion],
        "DEL 1:20100..20200": [deletion],
        "del chr1 20100 - 20200": [deletion],
        "del chr1:20.1kb–20.2kb": [deletion],
        "ins chr1:20,100 acgt": [inserted],
        "ins chr1 20100 ACGT": [inserted],
        "dup chr1:20100-20200": [doubled],
        "chr1:g.20100_20200del": [deletion],
        f"{snv}, del chr1:20,100-20,200": [Variant("chr1", 1000, ref, OTHER[ref]), deletion],
        f"del chr1:20,100-20,200,ins chr1:20100 ACGT, {snv}": [
            deletion, inserted, Variant("chr1", 1000, ref, OTHER[ref]),
        ],
        f"del chr1:20100-20200 1-1000-{ref}-{OTHER[ref]}": [deletion, Variant("chr1", 1000, ref, OTHER[ref])],
        f"# a list\n{snv}\n\ndel chr1:20100-20200; ins chr1:20,100 ACGT\n": [
            Variant("chr1", 1000, ref, OTHER[ref]), deletion, inserted,
        ],
        f"chr1\t1000\tdel 1\t{ref}\t{OTHER[ref]}": [Variant("chr1", 1000, ref, OTHER[ref], id="del 1")],
    }  # fmt: skip
    for text, expected in forms.items():
        assert list(typed_edits(text, window)) == expected, text


def test_a_deletion_of_one_base_has_its_anchor(window, bases):
    (variant,) = typed_edits("del chr1:20100", window)
    assert (variant.pos, variant.ref, variant.alt) == (20_099, bases[20_098:20_100], bases[20_098])


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", VariantError, "no edit in the text. Write chr1:1000:A>C, del chr1:100-200"),
        ("hello", VariantError, "'hello' cannot be read as a variant. Write chr1:1000:A>C, del"),
        ("del", VariantError, "del chr1:100-200"),
        ("del chr1", VariantError, "whole chromosome"),
        ("del chr1:200-100", LocusError, "start 200 is after end 100"),
        ("del chr1:0-100", LocusError, "positions start at 1"),
        ("del chr1:59,990-60,010", VariantError, "60,010 is beyond the end of chr1. chr1 of genome ends at 60,000"),
        ("del chr9:1-10", LocusError, "no chromosome 'chr9'"),
        ("del chr1:5,001-5,010", VariantError, "covers bases that are N in genome"),
        ("del chr1:1-2000000", VariantError, "covers 2,000,000 bases"),
        ("ins chr1:100", VariantError, "does not say where and what to insert"),
        ("ins chr1:100 ACGU", UnsupportedAllele, "RNA"),
        ("ins chr1:100 hello", UnsupportedAllele, "not made of A, C, G and T"),
        ("ins chr1:100-200 ACGT", VariantError, "names 101 bases; what is inserted stands after one"),
        (f"ins chr1:100 {'A' * (MAX_INSERTED + 1)}", VariantError, "10,001 bases cannot be inserted"),
        ("del chr1:1-2\ndel chr1:9-3", LocusError, "line 2: start 9 is after end 3"),
        ("<script>alert(1)</script>", VariantError, "cannot be read"),
        ("del chr1:100\u202e-200", VariantError, "does not belong here"),
        ("x" * 100_001, VariantError, "100,001 characters is too long"),
    ],
)
def test_what_cannot_be_read_is_explained(window, text, kind, words):
    with pytest.raises(kind) as caught:
        typed_edits(text, window)
    assert words.lower() in str(caught.value).lower()


def test_a_wrong_ref_says_what_is_there_and_offers_it(window, bases):
    there = bases[20_099]
    wrong, third = [base for base in "ACGT" if base != there][:2]
    text = f"chr1:20100:{wrong}>{third}"
    with pytest.raises(RefMismatch, match=f"REF is {wrong} but genome chr1:20100 is {there}"):
        typed_edits(text, window)
    right = Variant("chr1", 20_100, there, third)
    assert mended(text, window) == ("Use the reference's base", (right,))
    assert mended(f"chr1:20100:{wrong}>{there}", window) == (
        "Swap REF and ALT", (Variant("chr1", 20_100, there, wrong),),
    )  # fmt: skip
    assert mended(f"chr1:20100:{there}>{wrong}", window) is None, "nothing is wrong with it"
    both = mended(f"{text}, chr1:20000:{bases[19_999]}>{OTHER[bases[19_999]]}", window)
    assert both == ("Use the reference's base", (right, Variant("chr1", 20_000, bases[19_999], OTHER[bases[19_999]])))
    assert mended(f"{text}, hello", window) is None
    assert mended(f"chr1:5001:{wrong}>{third}", window) is None, "N is there"
    two = mended(f"chr1:g.20100_20101del{wrong}{OTHER[bases[20_100]]}", window)
    assert two == ("Use the reference's bases", typed_edits("del chr1:20100-20101", window))


def test_a_pasted_sequence_is_its_own_contig(pasted):
    (variant,) = typed_edits("del my_seq:3-4", pasted)
    assert variant == Variant("my_seq", 2, "CGT", "C")
    assert typed_edits("sequence:1:A>C", pasted) == (Variant("my_seq", 1, "A", "C"),)
    with pytest.raises(LocusError, match="'chr1' is not the name of the pasted sequence. Its name is 'my_seq'"):
        typed_edits("del chr1:3-4", pasted)
    with pytest.raises(VariantError, match="my_seq ends at 80"):
        typed_edits("del my_seq:79-81", pasted)
    with pytest.raises(RefMismatch, match="the pasted sequence my_seq:1 is A"):
        typed_edits("my_seq:1:G>C", pasted)
    state = Session()
    edit_list.substitute(state, pasted, 0, "c")
    edit_list.delete(state, pasted, Interval("my_seq", 2, 4))
    edit_list.insert(state, pasted, 80, "GG")
    haplotype = Haplotype(Interval("my_seq", 0, 80), state.edits)
    assert haplotype.consensus(reference(pasted)) == "CC" + ("ACGTTGCA" * 10)[4:] + "GG"


POSITIONS = st.integers(20_000, 20_012)


@given(st.lists(st.tuples(POSITIONS, st.sampled_from(["A", "C", "G", "T", "acg", "T" * 5])), max_size=10))
@settings(deadline=None, max_examples=60)
def test_letters_and_insertions_give_the_bases_that_were_typed(assembly, world, actions):
    """One letter substitutes, several are inserted before the base."""
    window = resolve(Interval("chr1", CENTER - 50, CENTER + 50), GEOMETRY, assembly)
    state, letters = Session(), list(world.bases["chr1"][20_000:20_013])
    before = [""] * len(letters)
    for position, typed in actions:
        if len(typed) == 1:
            edit_list.substitute(state, window, position, typed)
            letters[position - 20_000] = typed
        else:
            edit_list.insert(state, window, position, typed)
            before[position - 20_000] = typed.upper()
    expected = "".join(new + old for new, old in zip(before, letters, strict=True))
    found = Haplotype(Interval("chr1", 20_000, 20_013), state.edits).consensus(assembly.fetch)
    assert found == expected


@given(st.lists(st.tuples(POSITIONS, st.integers(1, 5)), min_size=1, max_size=8))
@settings(deadline=None, max_examples=60)
def test_deletions_join_where_they_overlap(assembly, world, stretches):
    window = resolve(Interval("chr1", CENTER - 50, CENTER + 50), GEOMETRY, assembly)
    state, gone = Session(), set()
    for start, width in stretches:
        edit_list.delete(state, window, Interval("chr1", start, start + width))
        gone |= set(range(start, start + width))
    around = Interval("chr1", 19_990, 20_030)
    expected = "".join(world.bases["chr1"][i] for i in range(around.start, around.end) if i not in gone)
    assert Haplotype(around, state.edits).consensus(assembly.fetch) == expected
    edits = [Edit.of(variant) for variant in in_order(state.edits)]
    assert all(before.end <= after.start for before, after in pairwise(edits))


def test_an_edit_of_the_same_base_gives_way_and_the_reference_takes_it_back(window, bases):
    state, there = Session(), bases[20_100]
    first, second = [base for base in "ACGT" if base != there][:2]
    edit_list.substitute(state, window, 20_100, first)
    edit_list.substitute(state, window, 20_100, second)
    assert state.edits == (Variant("chr1", 20_101, there, second),)
    edit_list.substitute(state, window, 20_100, there.lower())
    assert state.edits == ()
    edit_list.undo(state)
    assert state.edits == (Variant("chr1", 20_101, there, second),)
    edit_list.delete(state, window, Interval("chr1", 20_090, 20_110))
    assert [str(v) for v in state.edits] == [f"chr1:20090:{bases[20_089:20_110]}>{bases[20_089]}"]
    edit_list.insert(state, window, 20_100, "ACG")
    assert [Edit.of(v) for v in state.edits] == [Edit(20_100, 20_100, "ACG")], "it goes across the deletion"


def test_one_base_of_several_that_were_substituted(window, bases):
    state, ref = Session(), bases[20_100:20_103]
    alt = "".join(OTHER[base] for base in ref)
    edit_list.apply_text(state, window, f"chr1:20101:{ref}>{alt}")
    edit_list.substitute(state, window, 20_100, ref[0])
    assert state.edits == (Variant("chr1", 20_102, ref[1:], alt[1:]),)
    edit_list.substitute(state, window, 20_101, ref[1])
    edit_list.substitute(state, window, 20_102, ref[2])
    assert state.edits == ()


def test_a_new_edit_takes_the_line_of_the_one_that_gives_way(window, bases):
    state = Session()
    for position in (20_100, 20_200, 20_300):
        edit_list.substitute(state, window, position, OTHER[bases[position]])
    edit_list.substitute(state, window, 20_200, OTHER[OTHER[bases[20_200]]])
    assert [v.pos for v in state.edits] == [20_101, 20_201, 20_301]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda s, w: edit_list.substitute(s, w, 100, "A"), "chr1:101-101 lies outside the window"),
        (lambda s, w: edit_list.substitute(s, w, 20_100, "N"), "ambiguity"),
        (lambda s, w: edit_list.substitute(s, w, 20_100, "AC"), "more than one base"),
        (lambda s, w: edit_list.substitute(s, w, 20_100, ""), "an empty allele"),
        (lambda s, w: edit_list.delete(s, w, Interval("chr2", 20_000, 20_001)), "lies outside the window"),
        (lambda s, w: edit_list.delete(s, w, Interval("chr1", 18_000, 23_000)), "half a window"),
        (lambda s, w: edit_list.insert(s, w, 20_100, "AXG"), "not made of A, C, G and T"),
        (lambda s, w: edit_list.insert(s, w, 60_001, "A"), "nothing can be inserted before base 60,002"),
        (lambda s, w: edit_list.insert(s, w, 100, "A"), "changes nothing in the window"),
        (lambda s, w: edit_list.apply_text(s, w, "del chr2:100-200"), "changes nothing in the window"),
        (lambda s, w: edit_list.apply_text(s, w, "del chr1:20100-20200, del chr1:20150-20250"), "overlaps"),
    ],
)
def test_what_cannot_be_applied_changes_nothing(window, act, words):
    state = Session()
    with pytest.raises(EnformerError) as caught:
        act(state, window)
    assert words in str(caught.value)
    assert state.edit_list == EditList()


def test_bases_that_are_unknown_or_not_there(assembly):
    start = resolve(Interval("chr1", 3_000, 3_100), GEOMETRY, assembly)  # begins before the chromosome
    with pytest.raises(UnsupportedAllele, match="base 5,101 of chr1 is N"):
        edit_list.substitute(Session(), start, 5_100, "A")
    with pytest.raises(LocusError, match="runs off chr1. chr1 ends at 60,000"):
        edit_list.delete(Session(), start, Interval("chr1", -5, 5))
    state = Session()
    edit_list.insert(state, start, 0, "ACG")
    found = Haplotype(Interval("chr1", 0, 20), state.edits).consensus(assembly.fetch)
    assert found == "ACG" + assembly.fetch(Interval("chr1", 0, 20))


def test_the_question_s_own_variant_counts(assembly, bases):
    text = f"chr1:{CENTER + 1}:{bases[CENTER]}>{OTHER[bases[CENTER]]}"
    window, state = resolve(text, GEOMETRY, assembly), Session(text=text)
    assert edit_list.asked_variants(text, window) == window.edits
    with pytest.raises(VariantError, match="overlaps with another variant"):
        edit_list.delete(state, window, Interval("chr1", CENTER - 5, CENTER + 5))
    assert edit_list.asked_variants("ALFA1", window) == ()


def test_an_edit_leaves_the_worked_example_and_reordering_does_not(window):
    state = Session(example="gene", edit_list=EditList.of(typed_edits("del chr1:20100, del chr1:20200", window)))
    edit_list.put(state, window, state.edit_list.moved(0, 1))
    assert state.example == "gene"
    edit_list.put(state, window, state.edit_list.toggle(0))
    assert state.example == ""


def test_what_is_switched_on_is_checked_too(window):
    state = Session()
    edit_list.apply_text(state, window, "del chr1:20100-20200")
    edit_list.put(state, window, state.edit_list.toggle(0))
    edit_list.apply_text(state, window, "del chr1:20150-20250")
    assert not edit_list.attempt(state, lambda: edit_list.put(state, window, state.edit_list.toggle(0)))
    assert state.edit_problem is not None
    assert "overlaps with another variant" in state.edit_problem[1].what
    assert [item.is_on for item in state.edit_list.items] == [False, True]


def test_setting_the_edits_is_one_step():
    state = Session()
    state.edits = POOL[:2]
    state.edits = ()
    assert state.edit_list.undo().applied == POOL[:2]
