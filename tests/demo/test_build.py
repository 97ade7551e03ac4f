"""The built assembly: every file says what the grammar says, and the same on every machine."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pybigtools
import pytest

from enformer_core.demo.assays import IDENTIFIERS, TRACKS
from enformer_core.demo.bigwigs import content_hash
from enformer_core.demo.build import Built, build
from enformer_core.demo.chromosomes import SIM1, Genome, codes_of, noisy, plant
from enformer_core.demo.finished import NAME, trouble
from enformer_core.demo.grammar import CELL, Signal, signal
from enformer_core.demo.truth import WINDOW, truth
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.examples import read_examples, read_experiments
from enformer_core.genome.haplotype import Haplotype
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import parse_locus
from enformer_core.genome.registry import Registered, broken, find
from enformer_core.genome.truth import read_truth
from enformer_core.genome.variant import Variant
from enformer_core.settings import Settings

SMALL = Genome(NAME, {"chr3": 256_000, "chr4": 1_024_000}, "chr4")
TESTED = "chr4"
#: The first 16 digits of the sha256 of each file's content; of a bigWig's, of its values.
CONTENT = {
    "ASCL1_neu.bw": "43f1b1ff16fa1026",
    "CAGE_ery.bw": "d43a7fea410ae813",
    "CAGE_hep.bw": "68a716779b68d451",
    "CAGE_neu.bw": "c603cc7547980418",
    "CTCF_ery.bw": "2f050ea04775b379",
    "CTCF_hep.bw": "b1b9d7ff3f82de70",
    "CTCF_neu.bw": "8e1559bd705e14d4",
    "DNASE_ery.bw": "b411267b9e85fb78",
    "DNASE_hep.bw": "b582fde0e64cd401",
    "DNASE_neu.bw": "692f2dc721efc809",
    "GATA1_ery.bw": "88dff085129e096b",
    "H3K27ac_ery.bw": "b0f413bfe94de1ba",
    "H3K27ac_hep.bw": "4168bc41b6da823c",
    "H3K27ac_neu.bw": "6265fb4419829e70",
    "HNF4A_hep.bw": "003498f447b6e78a",
    "REST_hep.bw": "47491328acd68a68",
    "elements.bed": "fc4d1e3e894cec55",
    "examples.json": "3b637a26700075db",
    "experiments.tsv": "52c6e3e003eba447",
    "genes.gtf": "179ea0e79b4113d1",
    "links.tsv": "fa0d17bc4d223d61",
    "sim1.fa": "077c6a2a914cb91c",
    "sim1.fa.fai": "c6ab3f1473558069",
    "structural.vcf": "ce71b9c2cdbe3d3c",
    "variants.vcf": "e16ad354e28c10d9",
    "manifest.json": "ec62f3761a1a90c7",
}
WHOLE = {
    "ASCL1_neu.bw": "25c9650aed9c0176",
    "CAGE_ery.bw": "1087ec98dc3310d7",
    "CAGE_hep.bw": "bc0d408cfae23838",
    "CAGE_neu.bw": "f9e1b18f49f5b162",
    "CTCF_ery.bw": "fd3fec0b42330d6d",
    "CTCF_hep.bw": "49f2d73f1323d30a",
    "CTCF_neu.bw": "d8f00e75cf00400d",
    "DNASE_ery.bw": "bf299aa6d1da32a1",
    "DNASE_hep.bw": "c3c1f7cbda4601a1",
    "DNASE_neu.bw": "110ddb906b070b45",
    "GATA1_ery.bw": "dc0af864620b56e8",
    "H3K27ac_ery.bw": "223ab668b9b7550a",
    "H3K27ac_hep.bw": "3275bbcbd86723f6",
    "H3K27ac_neu.bw": "f571148568063e54",
    "HNF4A_hep.bw": "1de1e17e86b9a9be",
    "REST_hep.bw": "ece1b78759258125",
    "elements.bed": "2d9217c2f8b1615e",
    "examples.json": "ef12b8317efea5ab",
    "experiments.tsv": "52c6e3e003eba447",
    "genes.gtf": "8bc37a290ae8783a",
    "links.tsv": "f2ca5fc563853b62",
    "sim1.fa": "42417197bd5b699e",
    "sim1.fa.fai": "611f0096f88da2a1",
    "structural.vcf": "9c1f8ccdc24ce17a",
    "variants.vcf": "ee05a1952333824e",
    "manifest.json": "ec62f3761a1a90c7",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("small")
    return Settings(data_dir=folder, cache_dir=folder / "cache")


@pytest.fixture(scope="module")
def built(settings: Settings) -> Built:
    return build(settings.assemblies_dir, settings.gene_indexes_dir, genome=SMALL)


@pytest.fixture(scope="module")
def folder(built: Built) -> Path:
    return built.folder


@pytest.fixture(scope="module")
def entry(built: Built, settings: Settings) -> Registered:
    return find("assembly", NAME, settings)


@pytest.fixture(scope="module")
def assembly(built: Built, settings: Settings) -> Iterator[Assembly]:
    with Assembly.open(NAME, settings=settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def codes() -> np.ndarray:
    return plant(TESTED, SMALL.lengths[TESTED]).codes


@pytest.fixture(scope="module")
def made(codes: np.ndarray) -> Signal:
    return signal(codes)


def table(path: Path) -> list[dict[str, str]]:
    header, *lines = path.read_text().splitlines()
    return [dict(zip(header.lstrip("#").split("\t"), line.split("\t"), strict=True)) for line in lines]


def records(path: Path) -> list[tuple[Variant, dict[str, str]]]:
    found = []
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            chrom, pos, _, ref, alt, _, _, info = line.split("\t")
            found.append((Variant(chrom, int(pos), ref, alt), dict(part.split("=") for part in info.split(";"))))
    return found


def log2_change(after: float, before: float) -> float:
    return math.log2((after + 0.01) / (before + 0.01))


def around(values: np.ndarray, track: str) -> float:
    """Mean over bins 447 to 449."""
    return float(values[447:450, IDENTIFIERS.index(track)].astype(float).mean())


# --- What is written down ------------------------------------------------------------------------------------------


def test_the_content_is_pinned(folder: Path) -> None:
    record = json.loads((folder / "build.json").read_text())
    assert {name: facts["sha256"][:16] for name, facts in record["files"].items()} == CONTENT


def test_the_record_tells_the_truth(folder: Path) -> None:
    record = json.loads((folder / "build.json").read_text())
    assert set(record["files"]) == {path.name for path in folder.iterdir()} - {"build.json"}
    for name, facts in record["files"].items():
        path = folder / name
        own = content_hash(path) if path.suffix == ".bw" else hashlib.sha256(path.read_bytes()).hexdigest()
        assert (path.stat().st_size, own) == (facts["bytes"], facts["sha256"]), name
    assert record["lengths"] == SMALL.lengths
    assert trouble(folder) is None


def test_no_file_holds_a_date_or_a_path(folder: Path, settings: Settings) -> None:
    for path in folder.iterdir():
        assert str(settings.data_dir).encode() not in path.read_bytes(), path


def test_nothing_else_is_left(built: Built, settings: Settings) -> None:
    assert not built.was_there
    assert sorted(p.name for p in settings.assemblies_dir.iterdir()) == [".sim1.lock", "sim1"]
    assert broken("assembly", settings) == {}


# --- An ordinary assembly --------------------------------------------------------------------------------------------


def test_the_bases_are_those_that_were_planted(assembly: Assembly, codes: np.ndarray) -> None:
    assert dict(assembly.contigs) == SMALL.lengths
    assert assembly.simulated
    np.testing.assert_array_equal(codes_of(assembly.fetch(Interval(TESTED, 0, len(codes)))), codes)


def test_the_gene_index_is_there_before_anyone_asks(built: Built, settings: Settings) -> None:
    before = {p: p.stat().st_mtime_ns for p in settings.gene_indexes_dir.glob("*.sqlite")}
    with Assembly.open(NAME, settings=settings):
        after = {p: p.stat().st_mtime_ns for p in settings.gene_indexes_dir.glob("*.sqlite")}
    assert before == after != {}


def test_experiments_are_the_noisy_signal(entry: Registered, made: Signal) -> None:
    experiments = read_experiments(entry)
    assert tuple(experiments) == IDENTIFIERS
    for track in (0, 6, 15):
        with open(experiments[TRACKS[track].identifier], "rb") as handle:
            found = np.array([value for _, _, value in pybigtools.open(handle).records(TESTED)], np.float32)
        np.testing.assert_array_equal(found, noisy(TESTED, track, made.tracks[:, track]))


def test_the_truth_comes_with_it(entry: Registered, assembly: Assembly, folder: Path) -> None:
    known = read_truth(entry)
    assert known is not None
    assert known.cell_types == ("erythroid", "hepatic", "neural")
    whole = [Interval(chrom, 0, length) for chrom, length in SMALL.lengths.items()]
    elements = [element for place in whole for element in known.elements_in(place)]
    assert [(e.name, e.kind) for e in elements] == [(r["name"], r["kind"]) for r in table(folder / "elements.bed")]
    assert assembly.genes is not None
    genes = assembly.genes.overlapping(whole[1])
    links = {(k.element.name, k.gene_id, k.cell_type): k.effect for g in genes for k in known.links_of(g.gene_id)}
    rows = [r for r in table(folder / "links.tsv") if r["element"].split("_")[1].startswith("4")]
    names = {"ery": "erythroid", "hep": "hepatic", "neu": "neural"}
    expected = {(r["element"], r["gene_id"], names[r["cell_type"]]): float(r["log2_fold_change"]) for r in rows}
    assert len(expected) > 100
    assert links == expected
    stated = records(folder / "variants.vcf")
    assert [v.variant for place in whole for v in known.variants_in(place)] == [variant for variant, _ in stated]
    told = {k.variant: k for place in whole for k in known.variants_in(place)}
    variant, info = next((v, i) for v, i in stated if "TRUTH_GENE" in i)
    assert list(told[variant].effects.values()) == [float(x) for x in info["TRUTH_CAGE"].split(",")]


# --- Genes -----------------------------------------------------------------------------------------------------------


def test_every_gene_starts_where_the_grammar_finds_its_promoter(assembly: Assembly, made: Signal) -> None:
    starts = set(zip(made.promoters.position2.tolist(), made.promoters.strand.tolist(), strict=True))
    planted = {(g.tss, g.strand): g for g in plant(TESTED, SMALL.lengths[TESTED]).genes}
    assert assembly.genes is not None
    genes = assembly.genes.overlapping(Interval(TESTED, 0, SMALL.lengths[TESTED]))
    assert len(genes) > 0.9 * len(planted) > 20
    for gene in genes:
        sign = 1 if gene.strand == "+" else -1
        assert (gene.tss, sign) in planted
        wanted = {"Ensembl_canonical"} | ({"MANE_Select"} if gene.biotype == "protein_coding" else set())
        assert wanted <= gene.canonical.tags
        for transcript in gene.transcripts:
            assert (2 * transcript.tss, sign) in starts
            assert (transcript.exons[0][0], transcript.exons[-1][1]) == (transcript.start, transcript.end)
            assert all(a < b for a, b in transcript.exons)
            assert all(b < c for (_, b), (c, _) in zip(transcript.exons, transcript.exons[1:], strict=False))
            assert (transcript.cds is not None) == (gene.biotype == "protein_coding")
        assert 1_000 <= gene.end - gene.start <= 25_001
        assert 0 <= gene.start < gene.end <= SMALL.lengths[TESTED]


def test_coding_parts_are_whole_codons_with_their_frames(folder: Path) -> None:
    parts: dict[str, list[tuple[int, int, int]]] = {}
    for line in (folder / "genes.gtf").read_text().splitlines():
        columns = line.split("\t")
        if columns[2] == "CDS":
            name = columns[8].split('transcript_id "')[1].split('"')[0]
            sign = 1 if columns[6] == "+" else -1
            parts.setdefault(name, []).append(
                (sign * int(columns[3]), int(columns[4]) - int(columns[3]) + 1, int(columns[7]))
            )
    assert len(parts) > 20
    for pieces in parts.values():
        done = 0
        for _, width, frame in sorted(pieces):
            assert (done + frame) % 3 == 0
            done += width
        assert done % 3 == 0


# --- True answers ----------------------------------------------------------------------------------------------------


def test_elements_have_the_activity_of_the_signal(folder: Path, made: Signal) -> None:
    rows = [row for row in table(folder / "elements.bed") if row["chrom"] == TESTED]
    assert len({row["name"] for row in rows}) == len(rows) > 200
    assert {"ery", "promoter", "decoy", "ctcf", "boundary"} <= {row["kind"] for row in rows}
    for row in rows[::17]:
        first, last = int(row["start"]) // CELL, -(-int(row["end"]) // CELL)
        activity = made.activity[first:last].max(axis=0)
        assert [float(row[f"activity_{c}"]) for c in ("ery", "hep", "neu")] == pytest.approx(activity, abs=0.0006)
    strengths = [int(row["score"]) for row in rows if row["kind"] == "boundary"]
    assert np.median(strengths) > 800


def test_every_active_place_is_listed(folder: Path, made: Signal) -> None:
    rows = [row for row in table(folder / "elements.bed") if row["chrom"] == TESTED]
    spans = np.array([[int(row["start"]) - 150, int(row["end"]) + 150] for row in rows])
    for cell in np.flatnonzero(made.activity.max(axis=1) > 0.2):
        assert ((spans[:, 0] <= cell * CELL) & (cell * CELL < spans[:, 1])).any()


def test_links_are_what_the_whole_signal_says(
    folder: Path, codes: np.ndarray, made: Signal, assembly: Assembly
) -> None:
    elements = {row["name"]: row for row in table(folder / "elements.bed")}
    rows = [row for row in table(folder / "links.tsv") if elements[row["element"]]["chrom"] == TESTED]
    assert assembly.genes is not None
    assert len(rows) > 300
    chosen = [*rows[:: len(rows) // 4], max(rows, key=lambda row: abs(float(row["log2_fold_change"])))]
    for row in chosen:
        middle = int(elements[row["element"]]["start"]) + 200
        masked = codes.copy()
        masked[middle - 180 : middle + 180] = 4
        tss = assembly.genes.gene(row["gene"]).tss
        assert int(row["distance"]) == abs(tss - middle)
        bins = slice((tss - 128) // CELL, (tss + 256) // CELL)
        column = IDENTIFIERS.index(f"CAGE_{row['cell_type']}")
        after, before = (float(s.tracks[bins, column].astype(float).mean()) for s in (signal(masked), made))
        assert float(row["log2_fold_change"]) == pytest.approx(log2_change(after, before), abs=0.02, rel=0.02)
    assert min(float(row["log2_fold_change"]) for row in rows) < -0.5


def test_all_active_enhancers_and_near_genes_are_paired(folder: Path, assembly: Assembly) -> None:
    kinds = {"ery", "hep", "neu", "common", "mixed", "rest", "chance"}
    wanted = set()
    assert assembly.genes is not None
    genes = assembly.genes.overlapping(Interval(TESTED, 0, SMALL.lengths[TESTED]))
    for row in table(folder / "elements.bed"):
        middle = int(row["start"]) + 200
        if row["chrom"] == TESTED and row["kind"] in kinds and 2_560 <= middle < SMALL.lengths[TESTED] - 2_560:
            cells = [c for c in ("ery", "hep", "neu") if float(row[f"activity_{c}"]) > 0.2005]
            near = [g.symbol for g in genes if abs(g.tss - middle) <= 50_000]
            wanted |= {(row["name"], symbol, cell) for symbol in near for cell in cells}
    found = {(row["element"], row["gene"], row["cell_type"]) for row in table(folder / "links.tsv")}
    assert wanted <= found


def test_small_variants_have_their_true_effects(folder: Path, assembly: Assembly) -> None:
    found = [pair for pair in records(folder / "variants.vcf") if pair[0].chrom == TESTED]
    assert len(found) > 140
    assert {info["CLASS"] for _, info in found} == {"motif", "beside", "boundary", "promoter", "elsewhere", "indel"}
    inside = [p for p in found if WINDOW // 2 < p[0].start < SMALL.lengths[TESTED] - WINDOW // 2]
    indel = next(p for p in inside if p[1]["CLASS"] == "indel")
    strongest = max(inside, key=lambda p: max(abs(float(x)) for x in p[1]["TRUTH_DNASE"].split(",")))
    for variant, info in [indel, strongest, *inside[:: len(inside) // 3]]:
        window = Interval.centered(variant.chrom, variant.start, WINDOW)
        after, before = (truth(Haplotype(window, e), assembly).values for e in ((variant,), ()))
        expected = [
            log2_change(around(after, f"DNASE_{c}"), around(before, f"DNASE_{c}")) for c in ("ery", "hep", "neu")
        ]
        assert [float(x) for x in info["TRUTH_DNASE"].split(",")] == pytest.approx(expected, abs=0.0006)


def test_small_variants_in_promoters_change_their_gene(folder: Path, assembly: Assembly) -> None:
    assert assembly.genes is not None
    found = [p for p in records(folder / "variants.vcf") if p[0].chrom == TESTED and p[1]["CLASS"] == "promoter"]
    told = [p for p in found if p[1].get("TRUTH_GENE") == p[1]["GENE"]]
    variant, info = max(told, key=lambda p: max(abs(float(x)) for x in p[1]["TRUTH_CAGE"].split(",")))
    tss = assembly.genes.gene(info["GENE"]).tss
    window = Interval.centered(variant.chrom, tss, WINDOW)
    after, before = (truth(Haplotype(window, e), assembly).values for e in ((variant,), ()))
    expected = [log2_change(around(after, f"CAGE_{c}"), around(before, f"CAGE_{c}")) for c in ("ery", "hep", "neu")]
    assert [float(x) for x in info["TRUTH_CAGE"].split(",")] == pytest.approx(expected, abs=0.02, rel=0.02)
    assert max(map(abs, expected)) > 0.5


def test_every_variant_is_left_aligned_and_of_the_reference(folder: Path, assembly: Assembly) -> None:
    from enformer_core.genome.normalise import normalise

    for name in ("variants.vcf", "structural.vcf"):
        found = records(folder / name)
        assert found
        for variant, _ in found:
            assert normalise(variant, assembly.fetch) == variant


def test_deletions_have_their_true_effects(folder: Path, assembly: Assembly) -> None:
    found = records(folder / "structural.vcf")
    assert {"enhancer_deletion", "boundary_deletion"} <= {info["CLASS"] for _, info in found}
    assert assembly.genes is not None
    for kind in ("enhancer_deletion", "boundary_deletion"):
        variant, info = next(p for p in found if p[1]["CLASS"] == kind)
        assert variant.end == int(info["END"])
        window = Interval.centered(variant.chrom, assembly.genes.gene(info["GENE"]).tss, WINDOW)
        after, before = (truth(Haplotype(window, e), assembly).values for e in ((variant,), ()))
        expected = [log2_change(around(after, f"CAGE_{c}"), around(before, f"CAGE_{c}")) for c in ("ery", "hep", "neu")]
        assert [float(x) for x in info["TRUTH_CAGE"].split(",")] == pytest.approx(expected, abs=0.0006)


# --- Worked examples -------------------------------------------------------------------------------------------------


def level(haplotype: Haplotype, track: str, region: Interval, assembly: Assembly) -> float:
    """True mean of a track over the bins that overlap a region."""
    answer = truth(haplotype, assembly)
    starts = answer.interval.start + 128 * np.arange(896)
    chosen = (starts < region.end) & (starts + 128 > region.start)
    assert chosen.sum() == 3
    return float(answer.track(track)[chosen].astype(float).mean())


def test_examples_state_the_truth(entry: Registered, assembly: Assembly) -> None:
    """Worked out anew from what the file says alone, by the stated rule."""
    found = read_examples(entry)
    assert [example.id for example in found][:1] == ["promoter"]
    assert len(found) >= 3
    assert assembly.genes is not None
    for example in found:
        assert set(example.tracks) <= set(IDENTIFIERS)
        located = parse_locus(example.query) if ":" in example.query else None
        center = assembly.genes.gene(example.query).tss if located is None else assembly.locate(located).center
        window = Interval.centered(TESTED, center, WINDOW)
        expected = example.expected
        assert expected is not None
        region = assembly.locate(expected.region)
        ours = level(Haplotype(window, example.edits), expected.track, region, assembly)
        other = level(Haplotype(window), expected.against or expected.track, region, assembly)
        assert expected.predicted(ours, other) == pytest.approx(expected.value, abs=0.001)
        assert assembly.locate(example.view).width >= 10_000


# --- All of it -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_genome_is_pinned(tmp_path: Path) -> None:
    whole = build(tmp_path / "assemblies", tmp_path / "gene_indexes", genome=SIM1)
    record = json.loads((whole.folder / "build.json").read_text())
    assert {name: facts["sha256"][:16] for name, facts in record["files"].items()} == WHOLE
    found = json.loads((whole.folder / "examples.json").read_text())["examples"]
    assert [e["id"] for e in found] == ["promoter", "enhancer", "variant", "boundary", "cell-type"]
    value = {e["id"]: e["expected"]["value"] for e in found}
    assert max(value["enhancer"], value["variant"]) <= -1
    assert (value["boundary"] >= 0.485, value["cell-type"] >= 3) == (True, True)
    lines = (whole.folder / "genes.gtf").read_text().splitlines()
    genes = [line for line in lines if line.split("\t")[2] == "gene"]
    assert len(genes) > 1_000
    assert sum(line.startswith("chr4\t") for line in genes) >= 150
