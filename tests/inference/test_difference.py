"""Edited minus reference on the reference's bins, against sums done by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyBigWig
import pytest

from enformer_core.errors import InputError, OutputExists
from enformer_core.genome.coordinate_map import CoordinateMap
from enformer_core.genome.edit import Edit
from enformer_core.genome.interval import Interval
from enformer_core.inference.difference import difference, difference_name, write_differences
from enformer_core.inference.prediction import Prediction
from enformer_core.provenance import Provenance
from enformer_core.tracks.table import Track, TrackTable

TRACKS = TrackTable([Track(3, "ID3", "CAGE", "liver", "", "CAGE:liver"), Track(1, "ID1", "", "", "", "x")])
CONTIGS = {"chr1": 1_000, "chr2": 500}
READ, OUT, BIN = Interval("chr1", 80, 180), Interval("chr1", 100, 160), 10


def prediction(values: list[float], edits: list[Edit] | None = None, out: Interval = OUT, **facts) -> Prediction:
    """Six bins of 10 bp; the second track is ten times the first."""
    column = np.array(values, dtype=np.float32)
    provenance = Provenance(
        "m", "ab" * 32, "human", "toy", "id", "chr1:81-180", "cd" * 32, ("chr1:1:A>C",) if edits else (), "none",
        "float32", "cpu", "1.0", facts.get("simulated", False),
    )  # fmt: skip
    coordinates = CoordinateMap.build(READ.start, 0, edits) if edits is not None else None
    tracks = facts.get("tracks", TRACKS)
    both = np.stack([column, column * 10], axis=1)[:, : len(tracks)]
    return Prediction(both, tracks, out, BIN, provenance, READ, CONTIGS, coordinates=coordinates)


REFERENCE = prediction([1, 2, 4, 8, 16, 32])


def test_a_substitution_is_subtracted_bin_by_bin():
    starts, ends, values = difference(REFERENCE, prediction([1.5, 2, 3, 8, 0, 33], [Edit(121, 122, "C")]))
    assert starts.tolist() == [100, 110, 120, 130, 140, 150]
    assert (ends - starts).tolist() == [10] * 6
    assert values[:, 0].tolist() == [0.5, 0, -1, 0, -16, 1]
    assert values[:, 1].tolist() == [5, 0, -10, 0, -160, 10]
    assert values.dtype == np.float32


def test_a_deletion_stretches_the_bin_that_spans_it():
    """12 bases from 122 on are gone: edited bins cover 100-110, 110-120, 120-142, 142-152, 152-162, 162-172."""
    starts, _, values = difference(REFERENCE, prediction([1, 2, 3, 5, 6, 7], [Edit(122, 134, "")]))
    assert starts.tolist() == [100, 110, 120, 130, 140, 150]
    # middles 105, 115, 125, 135, 145, 155
    assert values[:, 0].tolist() == [0, 0, 3 - 4, 3 - 8, 5 - 16, 6 - 32]


def test_an_insertion_pushes_bins_out_at_the_end():
    """24 bases before 125: edited bins cover 100-110, 110-120, 120-125, none, 125-126, 126-136."""
    starts, _, values = difference(REFERENCE, prediction([1, 2, 3, 99, 6, 7], [Edit(125, 125, "A" * 24)]))
    assert starts.tolist() == [100, 110, 120, 130]
    assert values[:, 0].tolist() == [0, 0, 6 - 4, 7 - 8]


def test_bins_off_the_contig_are_left_out():
    out = Interval("chr1", 970, 1_030)
    reference, edited = prediction([1, 2, 4, 8, 16, 32], out=out), prediction([2, 3, 4, 8, 16, 32], [], out=out)
    starts, ends, values = difference(reference, edited)
    assert (starts.tolist(), ends.tolist()) == ([970, 980, 990], [980, 990, 1_000])
    assert values[:, 0].tolist() == [1, 1, 0]


def test_predictions_of_other_things_are_refused():
    for other in (
        prediction([1] * 6, out=Interval("chr2", 100, 160)),
        prediction([1] * 6, tracks=TRACKS.select([3])),
        prediction([1] * 6, tracks=TRACKS.select([1, 3])),
    ):
        with pytest.raises(InputError, match="other tracks or contigs"):
            difference(REFERENCE, other)


def test_the_files(tmp_path: Path):
    edited = prediction([1, 2, 3, 5, 6, 7], [Edit(122, 134, "")], simulated=True)
    paths = write_differences(REFERENCE, edited, tmp_path / "difference")
    assert [path.name for path in paths] == [difference_name(edited, track) for track in TRACKS]
    assert all(".difference-" in path.name and path.name.endswith(".simulated.bw") for path in paths)
    with pyBigWig.open(str(paths[1])) as file:
        assert file.intervals("chr1")[2:4] == ((120, 130, -10.0), (130, 140, -50.0))
    facts = json.loads((tmp_path / "difference/provenance.json").read_text())
    assert facts["edited"]["edits"] == ["chr1:1:A>C"]
    assert facts["reference"]["edits"] == []
    assert "middle base" in facts["rule"]
    with pytest.raises(OutputExists):
        write_differences(REFERENCE, edited, tmp_path / "difference")


def test_where_nothing_is_shared_there_is_nothing_to_write(tmp_path: Path):
    elsewhere = prediction([1] * 6, [], out=Interval("chr1", 200, 260))
    with pytest.raises(InputError, match="share no bin"):
        write_differences(REFERENCE, elsewhere, tmp_path / "difference")
    assert not list(tmp_path.iterdir())
