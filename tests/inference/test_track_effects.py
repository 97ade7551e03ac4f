"""Effects of edits on tracks: hand-made predictions with hand-made coordinate maps, and a model's own."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import World

import enformer_core as ec
from enformer_core.errors import InputError, LocusError, NumericalError, TrackError
from enformer_core.genome.coordinate_map import CoordinateMap
from enformer_core.genome.edit import Edit
from enformer_core.inference.paired_bins import middle_bins, paired_bins
from enformer_core.inference.track_effects import each_alone, submit_each_alone
from enformer_core.tracks.table import TrackTable

# Bins of 4 bp with one cropped at either side: the bins of the output begin at 104, 108, ..., 124.
START, BIN, CROP, BINS = 100, 4, 4, 6
READ = ec.Interval("chr1", START, START + 2 * CROP + BIN * BINS)
OUTPUT = ec.Interval("chr1", START + CROP, START + CROP + BIN * BINS)
PROVENANCE = ec.Provenance("m", "ab" * 32, "human", "g", "id", "w", "cd" * 32, (), "none", "float32", "cpu", "1")
#: The window starts at the same base, 111 to 114 are gone; or 8 bases are inserted before 112.
DELETION = CoordinateMap.build(START, 0, [Edit(111, 115, "")])
INSERTION = CoordinateMap.build(START, 0, [Edit(112, 112, "ACGTACGT")])
SUBSTITUTION = CoordinateMap.build(START, 0, [Edit(114, 115, "A")])
SHORT = CoordinateMap.build(START, 0, [Edit(111, 114, "")])


def prediction(*tracks: list[float], coordinates: CoordinateMap | None = None, **changed: Any) -> ec.Prediction:
    values = np.array(tracks, dtype=np.float32).T
    facts: dict[str, Any] = {
        "values": values.copy(),
        "tracks": TrackTable.unnamed(len(tracks), "t"),
        "interval": OUTPUT,
        "bin_size": BIN,
        "provenance": PROVENANCE,
        "input_interval": READ,
        "contigs": {"chr1": 1_000},
        "coordinates": coordinates,
    }
    return ec.Prediction(**facts | changed)


REFERENCE = prediction([1, 2, 3, 4, 5, 6])


def only(effects: ec.TrackEffects):
    (row,) = effects.rows
    return row


def test_substitutions_give_the_plain_formulas_over_all_bins() -> None:
    rng = np.random.default_rng(5)
    before, after = rng.gamma(1, 3, (2, 3, BINS)).astype(np.float32)
    effects = ec.track_effects(
        prediction(*before.tolist()), prediction(*after.tolist(), coordinates=SUBSTITUTION), bins=(1, 2)
    )
    assert (effects.n_paired, effects.bins, effects.edited_bins, effects.notes) == (BINS, (1, 2), (1, 2), ())
    for row, ref, alt in zip(effects.rows, before.astype(float), after.astype(float), strict=True):
        change = alt - ref
        most = int(np.abs(change).argmax())
        assert row.sad == pytest.approx(change.mean())
        assert row.sar == pytest.approx(np.log2(1 + alt.sum()) - np.log2(1 + ref.sum()))
        assert (row.reference, row.alternative) == pytest.approx((ref[1:3].mean(), alt[1:3].mean()))
        assert row.log2_fold_change == pytest.approx(np.log2((alt[1:3].mean() + 0.01) / (ref[1:3].mean() + 0.01)))
        assert row.largest == pytest.approx(change[most])
        assert row.largest_bin == most
        assert row.largest_at == ec.Interval("chr1", 104 + 4 * most, 108 + 4 * most)


def test_a_deleted_bin_is_left_out_and_what_follows_it_is_found_again() -> None:
    """The middles are 106, 110, 114, ...: 114 goes, and those after it move into the bin before."""
    edited = prediction([1, 2, 14, 5, 6, 100], coordinates=DELETION)
    pairs = paired_bins(REFERENCE, edited)
    assert (pairs.reference.tolist(), pairs.edited.tolist()) == ([0, 1, 3, 4, 5], [0, 1, 2, 3, 4])
    assert (pairs.deleted.tolist(), pairs.outside.tolist()) == ([2], [])
    effects = ec.track_effects(REFERENCE, edited, bins=(2, 3, 4))
    row = only(effects)
    assert row.sad == pytest.approx(10 / 5)
    assert row.sar == pytest.approx(math.log2(1 + 28) - math.log2(1 + 18))
    assert (row.largest, row.largest_bin, row.largest_at) == (10, 3, ec.Interval("chr1", 116, 120))
    assert (effects.bins, effects.edited_bins) == ((3, 4), (2, 3))
    assert (row.reference, row.alternative) == (4.5, 9.5)
    assert row.log2_fold_change == pytest.approx(math.log2(9.51 / 4.51))
    assert effects.notes == (
        "5 of 6 bins are compared: the edits delete 1",
        "the edits leave 2 of the 3 bins of the fold change",
    )


def test_inserted_bins_are_compared_with_nothing() -> None:
    edited = prediction([1, 2, 50, 60, 3, 9], coordinates=INSERTION)
    effects = ec.track_effects(REFERENCE, edited, bins=(3,))
    row = only(effects)
    assert row.sad == pytest.approx((0 + 0 + 0 + 5) / 4)
    assert row.sar == pytest.approx(math.log2(1 + 15) - math.log2(1 + 10))
    assert (row.largest, row.largest_bin) == (5, 3)
    assert (row.reference, row.alternative, effects.edited_bins) == (4, 9, (5,))
    assert effects.notes == ("4 of 6 bins are compared: the edits push 2 out of the output",)


def test_two_bins_in_one_are_two_pairs_and_one_level() -> None:
    """Three bases between the middles 110 and 114 go, so that both come to lie in bin 1."""
    edited = prediction([1, 8, 4, 5, 6, 7], coordinates=SHORT)
    effects = ec.track_effects(REFERENCE, edited, bins=(1, 2, 3))
    row = only(effects)
    assert (effects.bins, effects.edited_bins) == ((1, 2, 3), (1, 2))
    assert row.sad == pytest.approx((0 + 6 + 5 + 0 + 0 + 0) / 6)
    assert (row.reference, row.alternative) == (3, 6)


def test_where_all_chosen_bins_are_deleted_there_is_no_fold_change() -> None:
    row = only(ec.track_effects(REFERENCE, prediction([1] * 6, coordinates=DELETION), bins=(2,)))
    assert math.isnan(row.log2_fold_change)
    assert math.isnan(row.reference)
    assert row.sad == pytest.approx((5 - 18) / 5)


def places_by_hand(edits: list[Edit]) -> list[int | None]:
    """The reference position of each base of the edited window, found base by base; None for one that is new."""
    places: list[int | None] = []
    at = START
    for edit in edits:
        places += range(at, edit.start)
        places += [edit.start + k if k < edit.width else None for k in range(len(edit.alt))]
        at = edit.end
    places += range(at, at + 2 * READ.width)
    return places[: READ.width]


@st.composite
def several_edits(draw: st.DrawFn) -> list[Edit]:
    edits, at = [], START + 1
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(at, at + 8))
        end = start + draw(st.integers(0, 7))
        alt = "A" * draw(st.integers(0 if end > start else 1, 7))
        edits.append(Edit(start, end, alt))
        at = end + 2
    return edits


@given(several_edits())
@settings(deadline=None)
def test_pairs_are_those_found_base_by_base(edits: list[Edit]) -> None:
    edited = prediction([0] * BINS, coordinates=CoordinateMap.build(START, 0, edits))
    places = places_by_hand(edits)
    expected = {}
    for number in range(BINS):
        middle = OUTPUT.start + BIN * number + BIN // 2
        index = places.index(middle) if middle in places else -1
        if 0 <= (index - CROP) // BIN < BINS:
            expected[number] = (index - CROP) // BIN
    pairs = paired_bins(REFERENCE, edited)
    assert dict(zip(pairs.reference.tolist(), pairs.edited.tolist(), strict=True)) == expected
    assert sorted([*expected, *pairs.deleted.tolist(), *pairs.outside.tolist()]) == list(range(BINS))


def test_the_largest_change_lies_on_the_contig() -> None:
    """The contig ends at 115: the last two bins are off it, and a third is cut."""
    contigs = {"chr1": 115}
    edited = prediction([1, 2, 4, 40, 50, 60], coordinates=SUBSTITUTION, contigs=contigs)
    row = only(ec.track_effects(replace(REFERENCE, contigs=contigs), edited))
    assert (row.largest, row.largest_at) == (1, ec.Interval("chr1", 112, 115))
    assert row.sad == pytest.approx((1 + 36 + 45 + 54) / 6)


def test_bins_in_the_middle_and_at_a_start_site() -> None:
    output = ec.Interval("chr1", 942_656, 942_656 + 896 * 128)
    read = ec.Interval("chr1", 901_696, 1_098_304)
    large = prediction([0] * 896, interval=output, input_interval=read, bin_size=128, contigs={"chr1": 10**7})
    assert middle_bins(large) == (447, 448, 449)
    assert ec.start_site_bins(large, 1_000_000) == (447, 448, 449)
    assert ec.start_site_bins(large, 999_999) == (446, 447, 448)
    assert ec.start_site_bins(large, output.start + 128) == (0, 1, 2)
    assert ec.start_site_bins(large, output.end - 129) == (893, 894, 895)
    for tss in (output.start + 127, output.end - 128, 0):
        with pytest.raises(LocusError, match=f"start site {tss + 1:,} do not lie in the output.*Centre the window"):
            ec.start_site_bins(large, tss)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"tracks": TrackTable.unnamed(1, "other")}, "of different tracks"),
        ({"interval": ec.Interval("chr1", 204, 228), "input_interval": ec.Interval("chr1", 200, 232)}, "chr1:205-228"),
        ({"provenance": replace(PROVENANCE, weights_sha256="ff" * 32)}, "differ in their weights: 'ab.*' and 'ff"),
        ({"provenance": replace(PROVENANCE, averaging="strands")}, "in their averaging: 'none' and 'strands'"),
    ],
)
def test_unlike_predictions_are_refused(changed: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError, match=what):
        ec.track_effects(REFERENCE, prediction([1] * 6, coordinates=SUBSTITUTION, **changed))


def test_a_reference_with_edits_is_refused() -> None:
    edited = prediction([1] * 6, coordinates=DELETION, provenance=replace(PROVENANCE, edits=("chr1:112:A>C",)))
    with pytest.raises(InputError, match="the reference has edits itself: 'chr1:112:A>C'"):
        ec.track_effects(edited, REFERENCE)


@pytest.mark.parametrize(
    ("bins", "what"),
    [((), "no bin"), ((6,), "no output bin '6'.*0 to 5"), ((-1,), "'-1'"), ((1, 1), "twice"), ((1.5,), "'1.5'")],
)
def test_bins_that_cannot_be_are_refused(bins: tuple[Any, ...], what: str) -> None:
    with pytest.raises(InputError, match=what):
        ec.track_effects(REFERENCE, REFERENCE, bins=bins)


def test_a_value_that_is_none_is_refused() -> None:
    with pytest.raises(NumericalError, match="alternative, bin 3, column 0"):
        ec.track_effects(REFERENCE, prediction([1, 2, 3, math.nan, 5, 6]))


def test_rounding_in_bfloat16_is_said() -> None:
    rounded = replace(PROVENANCE, precision="bfloat16")
    before = replace(REFERENCE, provenance=rounded)
    (note,) = ec.track_effects(before, before).notes
    assert "runs in bfloat16" in note


def test_as_a_frame_and_by_track() -> None:
    effects = ec.track_effects(prediction([0] * 6, [1] * 6), prediction([0, 0, 0, 0, 0, 3], [1] * 6))
    frame = effects.frame()
    assert frame["target_index"].tolist() == [0, 1]
    assert frame.loc[0, ["sad", "largest", "chrom", "start", "end"]].tolist() == [0.5, 3.0, "chr1", 124, 128]
    assert frame.loc[1, ["sad", "sar", "log2_fold_change", "largest"]].tolist() == [0, 0, 0, 0]
    assert effects.of(1) == effects.rows[1]
    with pytest.raises(InputError, match="no effect of track '7'"):
        effects.of(7)


@pytest.fixture(scope="module")
def predictor(world: World) -> Iterator[ec.Predictor]:
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes)
    yield predictor
    predictor.close()


def deletion(world: World, start: int, width: int) -> ec.Variant:
    """Takes the bases ``start`` to ``start + width``, 0-based."""
    ref = world.bases["chr1"][start - 1 : start + width]
    return ec.Variant("chr1", start, ref, ref[0])


def insertion(world: World, start: int, bases: str) -> ec.Variant:
    """Puts bases in before 0-based ``start``."""
    ref = world.bases["chr1"][start - 1]
    return ec.Variant("chr1", start, ref, ref + bases)


@pytest.mark.parametrize("kind", ["substitution", "deletion", "insertion", "promoter"])
def test_the_fold_change_is_that_of_the_effect_on_a_target(world: World, predictor: ec.Predictor, kind: str) -> None:
    base = world.bases["chr1"][20_010]
    edit = {
        "substitution": ec.Variant("chr1", 20_011, base, next(b for b in "ACGT" if b != base)),
        "deletion": deletion(world, 19_000, 300),
        "insertion": insertion(world, 20_900, "ACGTTGCA" * 40),
        "promoter": deletion(world, 20_070, 100),  # two of the middles come to lie in one bin
    }[kind]
    bins = (15, 16, 17)
    before = predictor.predict("ALFA1", tracks=[3, 0])
    assert ec.start_site_bins(before, 20_000) == bins
    effects = ec.track_effects(before, predictor.predict("ALFA1", tracks=[3, 0], edits=[edit]), bins)
    assert (len(effects.edited_bins) < 3) == (kind == "promoter")
    for track in (0, 3):
        found = ec.effect(predictor, "ALFA1", [edit], ec.Target((track,), bins, "log_ratio"), anchor=None)
        assert effects.of(track).log2_fold_change == pytest.approx(found.change, abs=1e-4)
        assert (effects.bins, effects.edited_bins) == (found.reference_bins, found.alternative_bins)
        assert abs(found.change) > 1e-4, "an effect of nothing would agree with anything"


def test_each_edit_alone_is_predicted_as_if_it_were_the_only_one(world: World, predictor: ec.Predictor) -> None:
    edits = [deletion(world, 19_000, 300), insertion(world, 20_900, "ACGT")]
    window = predictor.window("ALFA1", edits)
    jobs = submit_each_alone(predictor, window, tracks=[0, 5])
    for job, edit in zip(jobs, edits, strict=True):
        alone, expected = job.result(60), predictor.predict("ALFA1", tracks=[0, 5], edits=[edit])
        np.testing.assert_array_equal(alone.values, expected.values)
        assert alone.provenance.edits == (str(edit),)
    together = predictor.predict(window, tracks=[0, 5])
    assert not np.allclose(together.values, jobs[0].result(0).values, atol=1e-6)


def test_each_alone_keeps_the_same_base_in_its_place(world: World, predictor: ec.Predictor) -> None:
    """Anchored 1,000 bp left of the middle, as the whole haplotype is."""
    middle = predictor.window("ALFA1")
    edits = (deletion(world, 19_500, 300), insertion(world, 20_900, "ACGT"))
    haplotype = ec.Haplotype(middle.interval, edits, anchor=19_000)
    alone = each_alone(predictor.window(haplotype))
    assert [window.edits for window in alone] == [(edits[0],), (edits[1],)]
    for window in alone:
        index = 19_000 - window.interval.start
        assert window.bases()[index - 50 : index + 50] == world.bases["chr1"][18_950:19_050]


def test_nothing_is_asked_where_there_is_no_edit_or_no_such_track(world: World, predictor: ec.Predictor) -> None:
    with pytest.raises(InputError, match="has no edits"):
        each_alone(predictor.window("ALFA1"))
    window = predictor.window("ALFA1", [deletion(world, 19_000, 30)])
    with pytest.raises(TrackError, match="no track '99'"):
        submit_each_alone(predictor, window, tracks=[99])


def test_no_torch_is_needed() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import enformer_core as ec\n"
        "print(ec.sad([[1.0]], [[3.0]]), ec.track_effects.__name__, ec.start_site_bins.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["[2.]", "track_effects", "start_site_bins"], done.stderr
