from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import InputError, TrackError
from enformer_core.interpret.target import PSEUDOCOUNT, Reduction, Target

#: Two bins by three columns: the tracks 4 and 2, then track 9 as minus.
VALUES = torch.tensor([[1.0, 2.0, 10.0], [3.0, 6.0, 20.0]])
REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "log_ratio")


@pytest.mark.parametrize(
    ("reduction", "alone", "less"),
    [("mean", 3.0, -12.0), ("sum", 12.0, -18.0), ("log_ratio", math.log2(3.01), math.log2(3.01 / 15.01))],
)
def test_values(reduction: Reduction, alone: float, less: float) -> None:
    assert Target((4, 2), (7, 8), reduction).value(VALUES[:, :2]).item() == pytest.approx(alone, abs=1e-6)
    assert Target((4, 2), (7, 8), reduction, (9,)).value(VALUES).item() == pytest.approx(less, abs=1e-6)


def test_a_batch_has_a_value_for_each() -> None:
    target = Target((4, 2), (7, 8), "sum", (9,))
    batch = torch.stack([VALUES, 2 * VALUES, 0 * VALUES])
    assert target.value(batch[:, None]).tolist() == [[-18.0], [-36.0], [0.0]]
    assert target.change(VALUES, batch).tolist() == [-18.0, -36.0, 0.0]


def test_the_log_ratio_changes_by_the_log2_fold_change() -> None:
    target = Target((0,), (0,), "log_ratio")
    reference, delta = torch.tensor([[1.0]]), torch.tensor([[3.0]])
    assert target.change(reference, delta).item() == pytest.approx(math.log2(4.01 / 1.01), abs=1e-6)


def test_a_change_is_not_cancelled() -> None:
    """Each difference of values would lose it: 1e-9 is below the spacing of float32 at 1000."""
    reference, delta = torch.full((1, 1), 1000.0), torch.full((1, 1), 1e-9)
    for reduction, expected in (("mean", 1e-9), ("sum", 1e-9), ("log_ratio", 1e-9 / 1000.01 / math.log(2))):
        target = Target((0,), (0,), reduction)  # type: ignore[arg-type]
        assert (target.value(reference + delta) - target.value(reference)).item() == 0
        assert target.change(reference, delta).item() == pytest.approx(expected, rel=1e-5)


def test_a_delta_that_takes_more_than_there_is_takes_all() -> None:
    target = Target((0,), (0,), "log_ratio")
    change = target.change(torch.tensor([[2.0]]), torch.tensor([[-2.5]]))
    assert change.item() == pytest.approx(math.log2(0.01 / 2.01), rel=1e-5)


@settings(deadline=None, max_examples=200)
@given(st.data(), st.sampled_from(REDUCTIONS), st.integers(1, 4), st.integers(1, 3), st.integers(0, 3))
def test_a_change_is_the_difference_of_two_values(
    data: st.DataObject, reduction: Reduction, n_bins: int, n_plus: int, n_minus: int
) -> None:
    target = Target(tuple(range(n_plus)), tuple(range(n_bins)), reduction, tuple(range(10, 10 + n_minus)))
    size = n_bins * (n_plus + n_minus)
    coverage = st.lists(st.floats(0, 1000), min_size=size, max_size=size)
    before, after = (
        torch.tensor(data.draw(coverage), dtype=torch.float64).reshape(n_bins, n_plus + n_minus) for _ in range(2)
    )
    expected = target.value(after) - target.value(before)
    assert expected.dtype == torch.float64
    torch.testing.assert_close(target.change(before, after - before), expected, rtol=1e-9, atol=1e-9)
    numbers = after.numpy()
    plus, minus = numbers[:, :n_plus], numbers[:, n_plus:]
    reduce = np.sum if reduction == "sum" else np.mean
    sides = [reduce(plus)] + ([reduce(minus)] if n_minus else [])
    if reduction == "log_ratio":
        sides = [np.log2(side + PSEUDOCOUNT) for side in sides]
    assert target.value(after).item() == pytest.approx(sides[0] - sum(sides[1:]), rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_gradients_flow(reduction: Reduction) -> None:
    target = Target((0, 1), (0, 1), reduction, (2,))
    values = VALUES.double().requires_grad_()
    delta = torch.full((2, 3), 0.5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(target.value, (values,))
    assert torch.autograd.gradcheck(target.change, (values, delta))


def test_coarse_numbers_are_reduced_in_float32() -> None:
    values = torch.full((300, 1), 1.0, dtype=torch.bfloat16)
    total = Target((0,), tuple(range(300)), "sum").value(values)
    assert total.dtype == torch.float32
    assert total.item() == 300  # which bfloat16 cannot hold


def test_other_shapes_are_refused() -> None:
    target = Target((4, 2), (7, 8))
    for values in (VALUES, VALUES[:1, :2], VALUES[0]):
        with pytest.raises(InputError, match=r"expected \[..., 2, 2\]"):
            target.value(values)
    with pytest.raises(InputError, match=r"values are \(2, 3\)"):
        Target((4, 2), (7, 8), "log_ratio").change(VALUES[:, :2], VALUES)


def test_numbers_become_plain_tuples() -> None:
    target = Target(np.array([3, 1]), range(447, 450), minus_tracks=[2])  # type: ignore[arg-type]
    assert target == Target((3, 1), (447, 448, 449), minus_tracks=(2,))
    assert target.columns == (3, 1, 2)
    assert type(target.tracks[0]) is int
    assert json.loads(target.to_json()) == {
        "bins": [447, 448, 449], "head": None, "minus_tracks": [2], "reduction": "mean", "tracks": [3, 1]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (((), (1,)), TrackError, "no track is chosen. Choose at least one"),
        (((1,), ()), InputError, "no bin is chosen. Choose at least one"),
        (((1, 1), (1,)), TrackError, "track 1 is chosen twice. Name each track once"),
        (((1,), (1,), "mean", (2, 1)), TrackError, "track 1 is chosen twice"),
        (((1,), (5, 4, 5)), InputError, "bin 5 is chosen twice. Name each bin once"),
        (((-1,), (5,)), TrackError, "track '-1' is not a whole number from 0 on"),
        (((1.0,), (5,)), TrackError, "track '1.0' is not a whole number from 0 on"),
        (((True,), (5,)), TrackError, "track 'True' is not a whole number from 0 on"),
        (((1,), (5,), "mean", ("2",)), TrackError, "track '2' is not a whole number from 0 on"),
        (((1,), (-5,)), InputError, "bin '-5' is not a whole number from 0 on. Give numbers of bins"),
        (((1,), (5,), "max"), InputError, "'max' is not a reduction. Choose one of mean, sum, log_ratio"),
    ],
)
def test_what_is_no_target(arguments: tuple, kind: type, message: str) -> None:
    with pytest.raises(InputError) as caught:
        Target(*arguments)
    assert type(caught.value) is kind
    assert message in str(caught.value)


def test_what_a_model_does_not_have() -> None:
    target = Target((3,), (895,), minus_tracks=(5_312,))
    assert target.checked(896, 5_313) is target
    with pytest.raises(InputError) as caught:
        target.checked(895, 5_313)
    assert str(caught.value) == (
        "there is no bin 895 in the output, which has 895 bins. They are numbered 0 to 894; the nearest is 894"
    )
    with pytest.raises(TrackError) as caught:
        target.checked(896, 1_643)
    assert str(caught.value) == (
        "there is no track 5,312 in the output, which has 1,643 tracks. "
        "They are numbered 0 to 1,642; the nearest is 1,642"
    )


@pytest.mark.parametrize(
    ("target", "names", "expected"),
    [
        (Target((3,), (447, 448, 449)), ["CAGE:K562"], "mean of CAGE:K562 over bins 447-449"),
        (Target((3,), (448,), "sum"), [], "sum of track 3 over bin 448"),
        (
            Target((1, 2), (0, 5), "mean", (7,)),
            [],
            "mean of track 1, track 2, less the mean of track 7, over bins 0, 5",
        ),
        (Target(tuple(range(5)), (0,)), list("abcde"), "mean of a, b, c and 2 more over bin 0"),
        (Target((1,), (0,), "log_ratio"), ["a"], "log2(mean of a + 0.01) over bin 0"),
        (Target((1,), (0,), "log_ratio", (2,)), ["a", "b"], "log2((mean of a + 0.01) / (mean of b + 0.01)) over bin 0"),
    ],
)
def test_sentences(target: Target, names: list[str], expected: str) -> None:
    assert target.sentence(names) == expected


def test_a_sentence_needs_a_name_for_each_track() -> None:
    with pytest.raises(InputError, match="1 names are given for 2 tracks"):
        Target((1, 2), (0,)).sentence(["a"])


def test_targets_are_read_without_torch() -> None:
    """A command line that only parses one starts in no time."""
    code = (
        "import sys; from enformer_core.interpret import bins, target; target.Target((0,), (1,)); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "enformer_core.interpret.target" in done.stdout.split()
    assert not {"torch", "pandas"} & set(done.stdout.split())
