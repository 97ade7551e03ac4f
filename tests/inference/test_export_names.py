"""Names of exported bigWigs: every file system takes them, however long the names are that they are made of."""

from __future__ import annotations

import os

import numpy as np

from enformer_core.genome.interval import Interval
from enformer_core.inference.export import bigwig_name
from enformer_core.inference.prediction import Prediction
from enformer_core.provenance import Provenance
from enformer_core.tracks.table import Track, TrackTable


def test_a_name_is_within_what_file_systems_allow_and_tells_two_tracks_apart(tmp_path):
    edits = ("chr1:1:A>C",)
    facts = Provenance(
        "m", "0123456789" * 6, "human", "a/é " + "a" * 300, "", "", "", edits, "none", "float32", "cpu", "1", True
    )
    long = "CHIP:CTCF:" + "liver " * 60
    tracks = TrackTable(Track(i, f"T{i}", "CHIP", "liver", "CTCF", long) for i in (0, 1))
    place = Interval("c" * 300, 128, 384)
    prediction = Prediction(np.zeros((2, 2), np.float32), tracks, place, 128, facts, place, {place.chrom: 512})
    names = [bigwig_name(prediction, track) for track in prediction.tracks]
    assert max(len(os.fsencode(name)) for name in names) <= 255
    assert names[0] != names[1]
    for name in names:
        (tmp_path / name).touch()
