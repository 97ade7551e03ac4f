"""Rows 26 to 36 of the table of bad inputs: variants, as a question and as edits of what is on view."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_driver import charts, errors, html, question, settled, view
from bad_input_driver import (
    GOOD,
    Corners,
    drawn,
    fresh,
    goes_on,
    in_python,
    notes,
    on_the_command_line,
    refused,
    said,
    same_words,
    take,
    ways,
)
from streamlit.testing.v1 import AppTest

import enformer_core as ec

AT = 20_001
FULL = "Write both alleles in full in A, C, G and T"
# By row, a variant in the window of ``GOOD``, and what is said of it. At base {at} is {r}; {o} and {t} are others, {o}
# the first in the order of the alphabet; {minus} is what the other strand has there; {context} are ten bases around.
WRONG = {
    "row-26-ref-is-not-there": [
        ("chr1:{at}:{o}>{t}", "REF is {o} but hg38.part chr1:{at} is {r}, within {context}. Check the position"),
        ("chr1:{at}:{o}>{r}", "REF and ALT may be swapped, as in chr1:{at}:{r}>{o}"),
        ("chr1:{at}:{minus}>A", "the variant may be given for the minus strand"),
    ],
    "row-27-alleles-of-other-kinds": [
        ("chr1:{at}:{r}>{r}", "REF and ALT are both '{r}'. Nothing would change"),
        ("chr1:{at}:{r}>", f"ALT '' is an empty allele, which is not supported. {FULL}"),
        ("chr1:{at}:{r}>.", "ALT '.' is a missing allele"),
        ("chr1:{at}:{r}>*", "ALT '*' is a spanning deletion"),
        ("chr1:{at}:{r}><DEL>", "ALT '<DEL>' is a symbolic structural variant, which is not supported"),
        ("chr1:{at}:{r}><INS>", "ALT '<INS>' is a symbolic structural variant"),
        ("chr1:{at}:{r}>A[chr1:40[", "ALT 'A[chr1:40[' is a breakend"),
        ("chr1:{at}:{r}><NON_REF>", "ALT '<NON_REF>' is a gVCF reference block"),
    ],
    "row-29-ambiguous-alleles": [
        ("chr1:{at}:R>A", "REF 'R' is an allele with ambiguity codes"),
        ("chr1:{at}:N>A", "REF 'N' is an allele with ambiguity codes"),
        ("chr1:{at}:{r}>R", "ALT 'R' is an allele with ambiguity codes"),
        ("chr1:{at}:{r}>N", "ALT 'N' is an allele with ambiguity codes"),
        ("chr1:5100:A>C", "chr1:5100 is N"),
    ],
    "row-32-more-than-half-a-window": [
        ("chr1:g.20001_26000del", "deletes 6,000 bases. At most half a window, 4,096 bases, can be deleted"),
        ("chr1:g.20001_1030000del", "covers 1,010,000 bases"),
    ],
    "row-33-positions": [
        ("chr1:0:A>C", "positions start at 1, not at 0"),
        ("chr1:-5:A>C", "positions start at 1, not at -5"),
        ("chr1:60001:A>C", "position 60,001 is beyond the end of chr1"),
        ("chr1:2147483648:A>C", "position 2,147,483,648 is above 2,147,483,647"),
        ("chr1:100000000000000:A>C", "position 100,000,000,000,000 is above 2,147,483,647"),
        ("chr1:99999999999999999999:A>C", "'99999999999999999999' has 20 digits"),
        ("chr1:abc:A>C", "position 'abc' is not a whole number"),
        ("chr1:1e6:A>C", "position '1e6' is not a whole number"),
    ],
    "row-34-other-builds-and-names": [
        ("chr1_{at}_{r}_{o}_b37", "is given for b37, but the assembly is hg38.part"),
        ("chr1_{at}_{r}_{o}_zz9", "names an assembly 'zz9' that is not known. Known are b36, b37 and b38"),
        ("rs123", "'rs123' is a dbSNP name"),
        ("NM_000546.6:c.215C>G", "is a position in a transcript, which is not supported"),
    ],
    "row-35-two-of-the-same-bases": [
        (
            "chr1:{at}:{r}>{t}, chr1:{at}:{r}>{o}",
            "chr1:{at}:{r}>{t} overlaps with another variant, chr1:{at}:{r}>{o}. One haplotype can have only one",
        ),
        ("chr1:g.20001_20010del,chr1:g.20005_20020del", "overlaps with another variant"),
    ],
}


def cases(row: str, corners: Corners) -> list[tuple[str, str]]:
    """The variants of a row and what is said of them, with the bases that are there."""
    bases = corners.bases["chr1"]
    right = bases[AT - 1]
    other, third = [base for base in "ACGT" if base != right][:2]
    minus = bases[AT - 1 : AT + 4].translate(str.maketrans("ACGT", "TGCA"))[::-1]
    context = f"{bases[AT - 11 : AT - 1]}[{right}]{bases[AT : AT + 10]}"
    given = {"at": AT, "r": right, "o": other, "t": third, "minus": minus, "context": context}
    return [(text.format(**given), words.format(**given)) for text, words in WRONG[row]]


@pytest.mark.parametrize("row", WRONG)
def test_it_is_refused_in_the_words_of_python(
    page: AppTest, predictor: ec.Predictor, corners: Corners, row: str
) -> None:
    for text, words in cases(row, corners):
        message = refused(page, text)
        assert words.lower() in message.lower(), (text, message)
        same_words(message, in_python(predictor, text))
    goes_on(page)


@pytest.mark.parametrize("row", ["row-29-ambiguous-alleles", "row-32-more-than-half-a-window", *list(WRONG)[-2:]])
def test_the_command_line_says_the_same(home: Path, predictor: ec.Predictor, corners: Corners, row: str) -> None:
    """Of the other rows ``test_same_words.py`` compares the three doors."""
    text, _ = cases(row, corners)[0]
    answer = on_the_command_line("predict", "--locus", text, "--out", str(home / "never.npz"))
    assert answer == (2, f"Error: {in_python(predictor, text)}")


def edit(app: AppTest, text: str) -> AppTest:
    """Type or paste into the card of edits."""
    return settled(app.text_input(key="edit-text").set_value(text).run())


@pytest.mark.parametrize("row", WRONG)
def test_as_an_edit_it_is_refused_and_the_edits_stay(page: AppTest, corners: Corners, row: str) -> None:
    drawn(page, GOOD)
    edit(page, "del chr1:22,001-22,010")
    assert (errors(page), len(view(page)["edits"])) == ("", 1)
    for text, words in cases(row, corners)[:2]:  # the same reader as a question's
        edit(page, text)
        message = said(page)
        assert words.lower() in message.lower(), (text, message)
        assert len(view(page)["edits"]) == 1
    edit(page, "ins chr1:21,000 ACGT")
    assert (errors(page), len(view(page)["edits"])) == ("", 2)


def test_row_26_what_is_there_can_be_taken_instead(page: AppTest, corners: Corners) -> None:
    right, other = corners.base(AT), corners.other(AT)
    edit(drawn(page, GOOD), f"chr1:{AT}:{other}>{right}")
    assert "may be swapped" in said(page)
    settled(page.button(key="edit-mend").click().run())
    assert [e["label"] for e in view(page)["edits"]] == [f"{right} › {other}"]


@pytest.mark.parametrize("form", ["chr1:{at}:{r}>{o}", "1-{at}-{r}-{o}", "chr1_{at}_{r}_{o}_b38", "chr1:g.{at}{r}>{o}"])
def test_rows_28_and_34_forms_and_lower_case(page: AppTest, corners: Corners, form: str) -> None:
    right, other = corners.base(AT), corners.other(AT)
    for r, o in ((right, other), (right.lower(), other.lower())):
        drawn(page, form.format(at=AT, r=r, o=o))
        assert view(page)["place"] == "chr1:17,953-22,048"
        assert [e["label"] for e in view(page)["edits"]] == [f"{right} › {other}"]


def test_row_30_each_of_several_alternatives_is_offered_and_predicted(page: AppTest, corners: Corners) -> None:
    right = corners.base(AT)
    alternatives = [base for base in "ACGT" if base != right]
    for text in (f"chr1:{AT}:{right}>{','.join(alternatives)}", f"chr1\t{AT}\trs9\t{right}\t{','.join(alternatives)}"):
        assert "One haplotype can have only one of them" in refused(page, text)
        assert ways(page) == [f"chr1:{AT}:{right}>{base}" for base in alternatives]
    pictures = set()
    for base in alternatives:
        refused(page, text)
        take(page, f"chr1:{AT}:{right}>{base}")
        assert [e["label"] for e in view(page)["edits"]] == [f"{right} › {base}"]
        assert "with 1 edit" in question(page)
        pictures.add(view(page)["edited"])
    assert len(pictures) == len(alternatives)


def test_row_31_an_indel_in_a_repeat_is_told_in_its_usual_spelling_and_has_one_effect(
    page: AppTest, corners: Corners
) -> None:
    bases = corners.bases["chr1"]
    first = bases.index("AAAA", 20_100)  # 0-based; the base before it is no A
    last = next(at for at in range(first, 21_000) if bases[at] != "A")
    left, right = f"chr1:{first}:{bases[first - 1]}A>{bases[first - 1]}", f"chr1:{last}:A{bases[last]}>{bases[last]}"
    drawn(page, right)
    assert f"'{right}' is '{left}', as bcftools norm spells it" in notes(page)
    drawn(page, left)
    assert "bcftools norm" not in notes(page)
    edited = [view(edit(drawn(fresh(page), GOOD), text))["edited"] for text in (left, right)]
    assert edited[0] == edited[1]
    assert edited[0]


def test_row_32_of_a_deletion_across_the_edge_the_part_inside_counts(page: AppTest) -> None:
    drawn(page, GOOD)  # reads chr1:17,953-26,144
    edit(page, "del chr1:26,101-26,300")
    assert not page.error
    assert "read, not predicted here" in html(page)
    edit(page, "del chr1:26,401-26,500")
    assert "changes nothing in the window, which is chr1:17,953-26,144" in said(page)


def test_row_33_of_a_list_the_line_is_named(page: AppTest, corners: Corners) -> None:
    good = f"chr1:{AT}:{corners.base(AT)}>{corners.other(AT)}"
    assert refused(page, f"{good}\nchr1:1.5:A>C").startswith("line 2: position '1.5' is not a whole number")
    goes_on(page)


@pytest.mark.parametrize(
    ("chrom", "typed", "words"),
    [
        ("chrX", "X", "X has one copy in some cells and two in others: the prediction is for one copy"),
        ("chrY", "chrY", "chrY has one copy in some cells"),
        ("chrM", "MT", "MT is circular, and is read here as if it ended at its first and last base"),
    ],
)
def test_row_36_chromosomes_of_their_own_kind_are_noted(
    page: AppTest, corners: Corners, chrom: str, typed: str, words: str
) -> None:
    drawn(page, f"{typed}:6000:{corners.base(6000, chrom)}>{corners.other(6000, chrom)}")
    assert charts(page)
    assert words in notes(page)
