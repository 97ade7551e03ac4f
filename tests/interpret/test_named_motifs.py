"""Motifs of the simulated genome's library, planted where bases matter and where they do not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import worlds
from planted import empty, write
from worlds import World

from enformer_core.errors import LocusError, SequenceError
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.coordinate_map import CoordinateMap
from enformer_core.genome.edit import Edit
from enformer_core.genome.interval import Interval
from enformer_core.genome.motifs.motif import MotifLibrary
from enformer_core.genome.motifs.read import read_motifs
from enformer_core.genome.motifs.scan import Scanner
from enformer_core.genome.registry import assets_dir
from enformer_core.interpret.named_motifs import library_of, named_in, write_motifs
from enformer_core.interpret.scores import ContributionScores
from enformer_core.settings import load_settings

from .results import mutagenesis
from .results import scores as scores_of

START = 1_000


@pytest.fixture(scope="module")
def library() -> MotifLibrary:
    assets = assets_dir()
    assert assets is not None
    return read_motifs(assets / "motifs" / "sim1.jaspar")


@pytest.fixture(scope="module")
def scanner(library: MotifLibrary) -> Scanner:
    return Scanner(library.motifs)


def bases_with(length: int, *motifs: tuple[str, int, int]) -> str:
    """A and C by turns, in which nothing fits, with motifs at (name, start, strand)."""
    codes = empty(length)
    for name, start, strand in motifs:
        write(codes, name, start, strand)
    return "".join("ACGTN"[code] if code < 4 else "AC"[at % 2] for at, code in enumerate(codes))


def explained(bases: str, strengths: np.ndarray, coordinates: CoordinateMap | None = None) -> ContributionScores:
    gradient = np.repeat(strengths.astype(np.float32)[:, None], 4, axis=1)
    where = Interval("chr1", START, START + len(bases))
    facts = {"interval": where, "input_interval": where, "bases": bases, "gradient": gradient}
    return scores_of(**facts | {"contigs": {"chr1": 50_000}, "coordinates": coordinates})


def strong(length: int, *stretches: tuple[int, int, float]) -> np.ndarray:
    strengths = np.full(length, 0.05)
    for start, end, value in stretches:
        strengths[start:end] = value
    return strengths


def test_what_matters_is_named_and_what_does_not_is_not(scanner: Scanner) -> None:
    bases = bases_with(300, ("GATA1", 40, 1), ("CTCF", 120, -1), ("HNF4A", 220, 1))
    width = {motif.name: motif.width for motif in scanner.motifs}
    ctcf = (120, 120 + width["CTCF"])
    found = named_in(explained(bases, strong(300, (*ctcf, -1.0), (40, 40 + width["GATA1"], 0.5))), scanner)
    assert [motif.name for motif in found][:2] == ["CTCF", "GATA1"]
    assert "HNF4A" not in [motif.name for motif in found]
    assert found[0].interval == Interval("chr1", START + ctcf[0], START + ctcf[1], "-")
    assert found[1].interval == Interval("chr1", START + 40, START + 40 + width["GATA1"], "+")
    assert found[0].p <= 1e-4
    assert found[0].share > found[1].share > 0


def test_even_strengths_name_nothing(scanner: Scanner) -> None:
    bases = bases_with(300, ("GATA1", 40, 1), ("CTCF", 120, -1))
    assert named_in(explained(bases, np.ones(300)), scanner) == ()
    assert named_in(explained(bases, np.zeros(300)), scanner) == ()


def test_a_stretch_hardly_wider_than_its_motif(scanner: Scanner) -> None:
    bases = bases_with(24, ("CTCF", 2, 1))
    (found,) = named_in(explained(bases, np.ones(24)), scanner)
    assert found.name == "CTCF"


def test_a_part_of_a_window(scanner: Scanner) -> None:
    bases = bases_with(30_000, ("GATA1", 12_040, 1), ("CTCF", 20_000, 1))
    whole = explained(bases, strong(30_000, (12_040, 12_050, 1.0), (20_000, 20_019, 1.0)))
    with pytest.raises(SequenceError, match="30,000 bases are too many"):
        named_in(whole, scanner)
    part = Interval("chr1", START + 12_000, START + 12_200)
    (found,) = named_in(whole, scanner, part=part)
    assert (found.name, found.interval.start) == ("GATA1", START + 12_040)
    for other in (Interval("chr2", START + 12_000, START + 12_200), Interval("chr1", 0, 10)):
        with pytest.raises(LocusError, match="is explained here"):
            named_in(whole, scanner, part=other)


def test_places_of_an_edited_window_are_the_references(scanner: Scanner) -> None:
    """300 bases are inserted at index 100: a motif behind them is 300 bases further left on the reference."""
    width = {motif.name: motif.width for motif in scanner.motifs}
    inserted = CoordinateMap.build(START, 0, [Edit(START + 100, START + 100, "A" * 300)])
    bases = bases_with(600, ("CTCF", 200, 1), ("GATA1", 500, 1))
    strengths = strong(600, (200, 200 + width["CTCF"], 1.0), (500, 500 + width["GATA1"], 1.0))
    (found,) = named_in(explained(bases, strengths, inserted), scanner)  # the other lies nowhere
    assert (found.name, found.interval.start) == ("GATA1", START + 200)


def test_bases_of_a_map_that_are_not_computed_yet_count_as_nothing(scanner: Scanner) -> None:
    bases = bases_with(200, ("GATA1", 40, 1), ("CTCF", 120, 1))
    effect = np.full((200, 4), np.nan, np.float32)
    effect[:100] = -0.01
    effect[40:50] = -1.0
    effect[np.arange(100), ["ACGT".index(base) for base in bases[:100]]] = 0
    where = Interval("chr1", START, START + 200)
    half = mutagenesis(interval=where, input_interval=where, bases=bases, effect=effect, contigs={"chr1": 50_000})
    assert [motif.name for motif in named_in(half, scanner)] == ["GATA1"]


def test_the_table_says_where_the_names_come_from(scanner: Scanner, library: MotifLibrary, tmp_path: Path) -> None:
    bases = bases_with(300, ("CTCF", 120, -1))
    shown = explained(bases, strong(300, (120, 139, 1.0)))
    found = named_in(shown, scanner)
    write_motifs(found, shown, library, scanner, tmp_path / "m.tsv")
    facts = json.loads((tmp_path / "m.tsv").read_text().splitlines()[0].removeprefix("# "))
    assert (facts["kind"], facts["library"]) == ("motifs", library.name)
    assert facts["thresholds"] == {"p": 1e-4, "gc": 0.5, "matters": 1.2, "enough": 0.5}
    table = pd.read_csv(tmp_path / "m.tsv", sep="\t", comment="#")
    assert table[["chrom", "start", "strand", "name"]].to_numpy().tolist()[0] == ["chr1", START + 120, "-", "CTCF"]


def test_an_assembly_brings_its_library(world: World, library: MotifLibrary) -> None:
    settings = load_settings()
    worlds.register(world, settings.data_dir, assembly="sim1")
    with Assembly.open("sim1", settings=settings) as registered:
        assert library_of(registered, settings).name == library.name
    assert "JASPAR" in library_of(None, settings).name
    with Assembly.open(world.fasta) as file:
        assert "JASPAR" in library_of(file, settings).name
