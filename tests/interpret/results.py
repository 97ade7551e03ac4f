"""Small results with numbers that can be read off, for the tests of this room. Coordinates are 0-based."""

from __future__ import annotations

from typing import Any

import numpy as np

from enformer_core.genome.coordinate_map import CoordinateMap
from enformer_core.genome.edit import Edit
from enformer_core.genome.interval import Interval
from enformer_core.interpret.attention_map import AttentionMap
from enformer_core.interpret.deletion_scan import DeletionScan
from enformer_core.interpret.mutagenesis_map import MutagenesisMap
from enformer_core.interpret.scores import ContributionScores
from enformer_core.interpret.target import Target
from enformer_core.provenance import Provenance

NAN = float("nan")
WINDOW = Interval("chr1", 10, 30)
INTERVAL = Interval("chr1", 12, 18)
CONTIGS = {"chr1": 1_000, "chr2": 500}
TARGET = Target((3, 5), (447, 448), minus_tracks=(7,), head="human")
PROVENANCE = Provenance(
    "demo", "ab" * 32, "human", "sim1", "id", "chr1:11-30", "cd" * 32, (), "none", "float32", "cpu", "1.0", True
)
#: TT stands before base 14, and the bases 18 and 19 are gone: index 4 and 5 are new, and index 10 is base 20.
INDELS = CoordinateMap.build(10, 0, [Edit(14, 14, "TT"), Edit(18, 20, "")])
BASES = "ACGTNA"
GRADIENT = np.arange(24, dtype=np.float32).reshape(6, 4)
EFFECT = np.array(
    [[0, -3, -6, 0], [1, 0, 2, 0], [0, 0, 0, 0], [NAN] * 4, [NAN] * 4, [0, 0.5, 0.5, -4]], dtype=np.float32
)


def scores(**changed: Any) -> ContributionScores:
    """Scores 0, 5, 10, 15, 0 (at N) and 20."""
    facts: dict[str, Any] = {
        "interval": INTERVAL,
        "bases": BASES,
        "gradient": GRADIENT.copy(),
        "target": TARGET,
        "value": 2.5,
        "method": "gradient_x_input",
        "provenance": PROVENANCE,
        "input_interval": WINDOW,
        "contigs": CONTIGS,
    }
    return ContributionScores(**facts | changed)


def mutagenesis(**changed: Any) -> MutagenesisMap:
    """Importance 3, -1, 0, none, none (at N) and 1."""
    facts: dict[str, Any] = {
        "interval": INTERVAL,
        "bases": BASES,
        "effect": EFFECT.copy(),
        "target": TARGET,
        "value": 2.5,
        "method": "exact",
        "provenance": PROVENANCE,
        "input_interval": WINDOW,
        "contigs": CONTIGS,
    }
    return MutagenesisMap(**facts | changed)


def scan(**changed: Any) -> DeletionScan:
    """Stretches of 3 at 12, 14 and 15, of which the last is unknown: importance 2, 2, 3, 4, 4 and none."""
    facts: dict[str, Any] = {
        "interval": INTERVAL,
        "starts": np.array([12, 14, 15]),
        "width": 3,
        "effect": np.array([-2, -4, NAN], dtype=np.float32),
        "target": TARGET,
        "value": 2.5,
        "method": "N",
        "provenance": PROVENANCE,
        "input_interval": WINDOW,
        "contigs": CONTIGS,
    }
    return DeletionScan(**facts | changed)


def attention(**changed: Any) -> AttentionMap:
    """Two layers, one head, two queries, and keys at 10, 18 and 26 (of 4 bp): mean weights 1/4, 1/4 and 1/2."""
    weights = np.array([[[[1, 0, 0], [0, 1, 0]]], [[[0, 0, 1], [0, 0, 1]]]], dtype=np.float32)
    facts: dict[str, Any] = {
        "interval": WINDOW,
        "weights": weights,
        "layers": (0, 10),
        "heads": (2,),
        "query_bins": (1, 0),
        "query_starts": np.array([18, 14]),
        "query_width": 4,
        "key_starts": np.array([10, 18, 26]),
        "key_width": 8,
        "provenance": PROVENANCE,
        "contigs": CONTIGS,
    }
    return AttentionMap(**facts | changed)
