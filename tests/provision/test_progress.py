"""How far a set-up is, in words."""

from __future__ import annotations

import pytest

from enformer_core.provision import progress as module
from enformer_core.provision.plan import megabytes
from enformer_core.provision.progress import Progress, begin, duration, fetched_amount


def test_one_line_says_it_all() -> None:
    progress = Progress(1, 5, "fetching hg38.fa.gz", 0.125, fetched_amount(123_000_000, 984_000_000), 10.2e6, 84.4)
    assert progress.text == ("step 1 of 5: fetching hg38.fa.gz, 123 MB of 984 MB, 10.2 MB/s, about 84 s left")
    assert Progress(2, 5, "indexing", 0.5).text == "step 2 of 5: indexing, 50%"
    assert Progress(1, 5, "fetching", None, fetched_amount(5_000_000, None)).text.endswith("5.0 MB so far")
    assert (progress.whole, Progress(5, 5, "x", 1.0).whole) == (0.025, 1.0)


def test_sizes_and_times() -> None:
    assert [megabytes(n) for n in (0, 439, 800_919, 983_659_424, 3_500_000_000)] == [
        "0 bytes", "439 bytes", "0.8 MB", "984 MB", "3.50 GB"
    ]  # fmt: skip
    assert [duration(s) for s in (None, 0.2, 89, 90, 3600)] == [
        "", "about 0 s left", "about 89 s left", "about 2 min left", "about 60 min left"
    ]  # fmt: skip


def test_a_step_says_that_it_begins_and_how_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 10.0, 10.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    told: list[Progress] = []
    tell = begin(told.append, 2, 5, "index the genome")
    tell(0.25, "Indexing chr1")
    tell(0.01, "Indexing chr1")
    assert told[0] == Progress(2, 5, "index the genome", 0.0)
    assert told[1] == Progress(2, 5, "indexing chr1", 0.25, seconds_left=30.0)
    assert told[2].seconds_left is None
