"""bedGraph text: every digit, and nothing that a reader would stumble over."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import EnformerError, InputError, LocusError, NumericalError
from enformer_core.tracks.bedgraph import bedgraph_text
from enformer_core.tracks.signal_files import SignalFile

SHOWN = SignalFile("reference/a.bw", 'CAGE "x"\n<b>', "#0072B2", "#D55E00")


def entries(values: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    starts = 100 + 128 * np.arange(len(values), dtype=np.int64)
    return starts, starts + 128, np.array(values, dtype=np.float32)


def test_a_file_as_it_is_written():
    text = bedgraph_text("chr1", *entries([0.0, 0.1, 2.5]), SHOWN, comments=["simulated", "two\nlines"])
    assert text == (
        "# simulated\n# two lines\n"
        "track type=bedGraph name=\"CAGE 'x' (b)\" description=\"CAGE 'x' (b)\" color=0,114,178 altColor=213,94,0 "
        "visibility=full autoScale=on\n"
        "chr1\t100\t228\t0\nchr1\t228\t356\t0.100000001\nchr1\t356\t484\t2.5\n"
    )


@settings(deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_every_value_comes_back_bit_for_bit(values: list[float]):
    starts, ends, numbers = entries(values)
    rows = [line.split("\t") for line in bedgraph_text("1", starts, ends, numbers, SHOWN).splitlines()[1:]]
    assert [int(row[1]) for row in rows] == starts.tolist()
    assert [int(row[2]) for row in rows] == ends.tolist()
    assert np.array([row[3] for row in rows], dtype=np.float32).tobytes() == numbers.tobytes()


@pytest.mark.parametrize(
    ("starts", "ends", "values", "kind", "message"),
    [
        ([], [], [], InputError, "there are no entries"),
        ([0, 10], [10, 20], [1.0], InputError, "not three rows of one length"),
        ([0, 9], [10, 20], [1.0, 1.0], LocusError, "entry 1 (chr1, 9 to 20"),
        ([-5], [10], [1.0], LocusError, "entry 0 (chr1, -5 to 10"),
        ([5], [5], [1.0], LocusError, "is empty"),
        ([0], [10], [np.nan], NumericalError, "value 0 is nan"),
        ([0, 10], [10, 20], [1.0, np.inf], NumericalError, "value 1 is inf"),
    ],
)
def test_what_a_reader_would_stumble_over_is_refused(
    starts: list, ends: list, values: list, kind: type[EnformerError], message: str
):
    with pytest.raises(kind) as caught:
        bedgraph_text("chr1", np.array(starts, np.int64), np.array(ends, np.int64), np.array(values), SHOWN)
    assert message in str(caught.value)
