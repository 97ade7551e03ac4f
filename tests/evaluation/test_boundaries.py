"""Attention at boundaries: every number against a second way to get it, on a tiny model with reactive weights."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from annotation_files import VCF
from weights import TINY_CONFIG, tiny_model
from worlds import GENES, World, write_fasta

from enformer_core.errors import (
    AssemblyMismatch,
    EnformerError,
    FileError,
    FileFormatError,
    InputError,
    OutputExists,
)
from enformer_core.evaluation.boundaries import Asked, evaluate_boundaries
from enformer_core.evaluation.boundaries_measure import ROUNDS, Zones, blocks_of, compare, pooled
from enformer_core.evaluation.boundaries_places import FACTOR, NEAR, Boundaries, choose_pairs, read_boundaries
from enformer_core.evaluation.boundaries_report import FILES
from enformer_core.evaluation.boundaries_store import FILE
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.interval import Interval
from enformer_core.inference.onehot import encode
from enformer_core.inference.predictor import Predictor
from enformer_core.settings import Settings, load_settings

READ = TINY_CONFIG.input_length
AWAY = 700
MIDDLES = {"chr1": list(range(6_000, 57_000, 3_000)), "chr2": list(range(1_000, 29_000, 4_000))}
ASKED = {"n": 6, "seed": 5, "away": AWAY}


@pytest.fixture
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bed") / "tads.bed"
    rows = (f"{chrom}\t{m - 100}\t{m + 101}\n" for chrom, middles in MIDDLES.items() for m in middles)
    path.write_text("# middles are those of MIDDLES\n" + "".join(rows))
    return path


@pytest.fixture(scope="module")
def predictor(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Predictor]:
    folder = tmp_path_factory.mktemp("settings")
    own = load_settings({"data_dir": folder / "data", "cache_dir": folder / "cache", "device": "cpu"})
    found = Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes, settings=own)
    yield found
    found.close()


def assembly_of(predictor: Predictor) -> Assembly:
    assert predictor.assembly is not None
    return predictor.assembly


def silent(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1
    assert message


def rows_of(path: Path) -> list[dict[str, str]]:
    head, *rows = [line.split("\t") for line in path.read_text().splitlines()]
    return [dict(zip(head, row, strict=True)) for row in rows]


# --- numbers of one map --------------------------------------------------------------------------------------------


def naive(weights: np.ndarray, start: int, width: int, window: Interval) -> tuple[float, float]:
    """Stripe and across of one map, base by base: each base looks as its group does, and weighs what its group has."""
    length, middle = window.width, window.width // 2
    group = np.arange(length) // width
    size = np.bincount(group)
    ends = np.minimum((np.arange(len(size)) + 1) * width, length)
    centre = {g for g in range(len(size)) if ends[g] > middle - width and g * width < middle + width}
    sides = []
    for is_left in (True, False):
        far = middle - width - length // 6 if is_left else middle + width + length // 6
        inside = {g for g in range(len(size)) if g not in centre and (g * width < middle) == is_left}
        sides.append({g for g in inside if (g * width >= far if is_left else ends[g] <= far)})
    assert start == window.start

    def mean(queries: set[int], keys: set[int]) -> float:
        taken = [sum(float(weights[q, k]) for k in keys) for q in sorted(queries)]
        return sum(taken) / len(taken) / (sum(size[k] for k in keys) / length)

    others = set(range(len(size))) - centre
    return mean(others, centre), (mean(sides[0], sides[1]) + mean(sides[1], sides[0])) / 2


@pytest.mark.parametrize(("length", "width"), [(8_192, 128), (8_192, 384), (6_400, 256), (2_700, 128)])
def test_the_numbers_of_a_map(length: int, width: int) -> None:
    window = Interval("chr1", -500, length - 500)
    groups = -(-length // width)
    maps = np.random.default_rng(1).dirichlet(np.full(groups, 0.3), (2, groups)).astype(np.float32)
    zones = Zones.of(window, width)
    expected = np.array([naive(one, -500, width, window) for one in maps])
    np.testing.assert_allclose(zones.stripe(maps), expected[:, 0], rtol=1e-5)
    np.testing.assert_allclose(zones.across(maps), expected[:, 1], rtol=1e-5)


def test_even_attention_is_one_everywhere() -> None:
    zones = Zones.of(Interval("chr1", 0, 1_000), 30)
    even = np.tile(zones.share, (len(zones.share), 1))
    assert zones.stripe(even) == pytest.approx(1)
    assert zones.across(even) == pytest.approx(1)
    assert not (zones.centre & (zones.left | zones.right)).any()


def test_a_window_without_sides_is_refused() -> None:
    with pytest.raises(InputError, match=r"512 bp in groups of 128 bp has no sides"):
        Zones.of(Interval("chr1", 0, 512), 128)


def test_a_picture_is_pooled_by_squares() -> None:
    matrix = np.random.default_rng(2).normal(size=(10, 10))
    got = pooled(matrix, 4)
    assert got.shape == (4, 4)
    np.testing.assert_allclose(got[1, 3], matrix[3:6, 9:].mean())
    np.testing.assert_allclose(pooled(matrix, 10), matrix)


# --- the comparison ------------------------------------------------------------------------------------------------


def test_the_p_value_is_that_of_all_sign_flips() -> None:
    random = np.random.default_rng(3)
    boundary, null = random.gamma(4, 0.3, 24), random.gamma(4, 0.25, 24)
    block = np.arange(24) // 3  # 8 blocks: 256 ways
    sums = [float((boundary - null)[block == b].sum()) for b in range(8)]
    ways = [abs(sum(s * v for s, v in zip(signs, sums, strict=True))) for signs in itertools.product((1, -1), repeat=8)]
    exact = sum(way >= abs(sum(sums)) - 1e-9 for way in ways) / len(ways)
    got = compare(boundary, null, block, seed=1)
    assert 0.01 < exact < 0.9
    assert got.p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / ROUNDS) + 1 / ROUNDS)
    assert (got.boundary, got.null) == pytest.approx((boundary.mean(), null.mean()))
    assert got.ratio == pytest.approx(boundary.mean() / null.mean())
    assert got.low < got.ratio < got.high
    assert got.larger == (boundary > null).mean()
    assert got == compare(boundary, null, block, seed=1)


def test_less_is_as_significant_as_more_and_equal_is_not() -> None:
    random = np.random.default_rng(4)
    null, block = random.gamma(50, 0.02, 30), np.arange(30)
    more, less = compare(null + 0.5, null, block, 0), compare(null, null + 0.5, block, 0)
    assert more.p == less.p == 1 / (1 + ROUNDS)
    assert more.p_larger == less.p_larger == more.p
    assert (more.larger, less.larger) == (1, 0)
    assert more.low > 1 > less.high
    same = compare(null, null, block, 0)
    assert (same.p, same.ratio, same.low, same.high) == pytest.approx((1, 1, 1, 1))
    assert (same.larger, same.p_larger) == (0.5, 1)


def test_one_extreme_place_decides_the_means_and_not_the_pairs() -> None:
    null, block = np.ones(30), np.arange(30)
    boundary = np.full(30, 1.1)
    null[0] = 9.0
    found = compare(boundary, null, block, 0)
    assert found.ratio < 1
    assert found.p > 0.5
    assert found.larger == pytest.approx(29 / 30)
    assert found.p_larger < 0.001


def test_one_block_shows_nothing() -> None:
    found = compare(np.array([2.0, 3.0]), np.array([1.0, 1.0]), np.array([0, 0]), 0)
    assert found.p == 1
    assert np.isnan([found.low, found.high]).all()


def test_blocks_are_stretches_of_one_chromosome() -> None:
    positions = np.array([10, 99, 100, 10])
    first, second, third, other = blocks_of(["chr1", "chr1", "chr1", "chr2"], positions, 100)
    assert first == second
    assert len({first, third, other}) == 3


# --- boundaries and null places ------------------------------------------------------------------------------------


def test_null_places_are_like_their_boundaries(predictor: Predictor, bed: Path, settings: Settings) -> None:
    assembly = assembly_of(predictor)
    known = read_boundaries(str(bed), assembly, settings)
    assert {chrom: middles.tolist() for chrom, middles in known.middles.items()} == MIDDLES
    found = [choose_pairs(known, assembly, READ, n=100, seed=seed, away=AWAY) for seed in range(4)]
    pairs = [pair for chosen in found for pair in chosen.pairs]
    assert len(pairs) > 50
    starts = {c: [s if strand == "+" else e - 1 for _, _, c2, s, e, strand, _ in GENES if c2 == c] for c in MIDDLES}
    for pair in pairs:
        for place in (pair.boundary, pair.null):
            assert READ // 2 <= place.position <= assembly.contigs[pair.chrom] - READ // 2
            assert place.tss_distance == min(abs(place.position - s) for s in starts[pair.chrom])
            bases = assembly.fetch(Interval.centered(pair.chrom, place.position, READ))
            assert place.gc == pytest.approx(sum(map(bases.count, "GC")) / sum(map(bases.count, "ACGT")))
        assert min(abs(pair.null.position - m) for m in MIDDLES[pair.chrom]) >= AWAY
        ratio = (pair.null.tss_distance + NEAR) / (pair.boundary.tss_distance + NEAR)
        assert 1 / FACTOR <= ratio <= FACTOR
    distances = np.array([(p.boundary.tss_distance, p.null.tss_distance) for p in pairs])
    # As a whole too: the quartiles agree, and the distances go together, which those of random places do not.
    quartiles = np.percentile(distances, [25, 50, 75], axis=0)
    np.testing.assert_allclose(quartiles[:, 1], quartiles[:, 0], rtol=0.15)
    assert np.corrcoef(distances.T)[0, 1] > 0.95
    # Those near an end of their chromosome are left out, and said.
    for chosen in found:
        assert len(chosen.pairs) + sum(chosen.left_out.values()) == sum(map(len, MIDDLES.values()))
        assert chosen.left_out["whose window runs off its chromosome"] == 1  # chr2:1,000


def test_a_seed_gives_the_same_pairs_and_fewer_are_the_first_of_more(
    predictor: Predictor, bed: Path, settings: Settings
) -> None:
    assembly = assembly_of(predictor)
    known = read_boundaries(str(bed), assembly, settings)
    more, again, fewer, other = (
        choose_pairs(known, assembly, READ, n=n, seed=seed, away=AWAY).pairs
        for n, seed in ((12, 1), (12, 1), (5, 1), (12, 2))
    )
    assert more == again
    assert fewer == more[:5]
    assert other != more
    assert len({(pair.chrom, pair.boundary.position) for pair in more}) == 12


def test_without_genes_only_the_chromosome_is_matched(world: World, settings: Settings) -> None:
    known = Boundaries({"chr2": np.array([9_000, 20_000])}, "x.bed", "")
    with Assembly.open(world.fasta, settings=settings) as assembly:
        pairs = choose_pairs(known, assembly, READ, n=9, seed=0, away=2_000).pairs
    assert len(pairs) == 2
    for pair in pairs:
        assert np.isnan([pair.boundary.tss_distance, pair.null.tss_distance]).all()
        assert min(abs(pair.null.position - 9_000), abs(pair.null.position - 20_000)) >= 2_000


def test_windows_of_unknown_bases_are_left_out(tmp_path: Path, settings: Settings) -> None:
    bases = "".join(np.random.default_rng(1).choice(list("ACGT"), 60_000))
    write_fasta(tmp_path / "n.fa", {"chr1": bases[:30_000] + "N" * 20_000 + bases[50_000:]})
    known = Boundaries({"chr1": np.array([10_000, 20_000, 40_000])}, "x.bed", "")
    with Assembly.open(tmp_path / "n.fa", settings=settings) as assembly:
        chosen = choose_pairs(known, assembly, READ, n=9, seed=0, away=500)
    assert chosen.left_out == {"whose window has too many unknown bases": 1}
    # A tenth of a window may be unknown: the null windows reach so far into the gap, and into the one behind it.
    assert all(p.null.position + READ // 2 <= 30_000 + READ // 10 for p in chosen.pairs if p.null.position < 40_000)


def test_too_few_boundaries_are_refused(predictor: Predictor) -> None:
    assembly = assembly_of(predictor)
    known = Boundaries({"chr2": np.array([15_000, 100])}, "x.bed", "")
    with pytest.raises(InputError, match=r"of 2 boundaries in x.bed 1 can be used \(1 whose window runs off"):
        choose_pairs(known, assembly, READ, n=9, seed=0, away=AWAY)
    with pytest.raises(InputError, match=r"smaller --away than 29,000"):
        choose_pairs(known, assembly, READ, n=9, seed=0, away=29_000)
    with pytest.raises(InputError, match="1 boundaries are too few"):
        choose_pairs(known, assembly, READ, n=1, seed=0, away=AWAY)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("chr1\t10\t20\nchr1\t30\t20\n", FileFormatError, "line 2.*start 30 is after end 20"),
        ("chr1\t10\t20\nchr1\t30\tforty\n", FileFormatError, "line 2"),
        ("chr1\t10\t20\nchr1\t30\t90000\n", AssemblyMismatch, "line 2.*beyond the end of chr1"),
        ("chr9\t10\t20\n", AssemblyMismatch, "none of its chromosomes, such as 'chr9'"),
        (VCF, FileError, "holds variants, not"),
    ],
)
def test_a_bad_file_is_refused(
    predictor: Predictor, tmp_path: Path, settings: Settings, text: str, error: type[EnformerError], says: str
) -> None:
    path = tmp_path / "bad.bed"
    path.write_text(text)
    with pytest.raises(error, match=says):
        read_boundaries(str(path), assembly_of(predictor), settings)


def test_the_demo_has_the_true_boundaries_of_the_chromosome_held_out(tmp_path: Path, settings: Settings) -> None:
    folder = settings.assemblies_dir / "sim1"
    folder.mkdir(parents=True)
    bases = "".join(np.random.default_rng(1).choice(list("ACGT"), 3_000))
    write_fasta(folder / "sim1.fa", {"chr1": bases, "chr4": bases})
    rows = [("chr1", 500, "boundary_1"), ("chr4", 700, "boundary_2"), ("chr4", 900, "promoter_3")]
    lines = (f"{chrom}\t{m - 200}\t{m + 200}\t{name}\t900\t.\t{name[:-2]}\t0.1\t0.0\t0.0\n" for chrom, m, name in rows)
    (folder / "elements.bed").write_text("#chrom\tstart\n" + "".join(lines))
    manifest = {"schema": 1, "kind": "assembly", "name": "sim1", "fasta": "sim1.fa", "simulated": True}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with Assembly.open("sim1", settings=settings) as assembly:
        found = read_boundaries("demo", assembly, settings)
    assert {chrom: middles.tolist() for chrom, middles in found.middles.items()} == {"chr4": [700]}


def test_demo_boundaries_of_another_genome_are_refused(predictor: Predictor, settings: Settings) -> None:
    with pytest.raises(InputError, match="true boundaries of the simulated genome sim1, and genome has none"):
        read_boundaries("demo", assembly_of(predictor), settings)


# --- a whole run ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran(predictor: Predictor, bed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, ...]]:
    out = tmp_path_factory.mktemp("ran") / "out"
    written, sentences = evaluate_boundaries(predictor, Asked(str(bed), **ASKED), out, load_settings(), on_step=silent)
    assert sorted(path.name for path in written) == sorted([*FILES, FILE])
    assert sorted(path.name for path in out.iterdir()) == sorted([*FILES, FILE])
    return out, sentences


def test_every_window_against_the_plain_model(ran: tuple[Path, tuple[str, ...]], world: World) -> None:
    model, rows = tiny_model(), rows_of(ran[0] / "boundaries.tsv")
    assert [row["kind"] for row in rows] == ["boundary", "null"] * ASKED["n"]
    maps = {"boundary": np.zeros((2, 4, 64, 64)), "null": np.zeros((2, 4, 64, 64))}
    by_head = {"boundary": np.zeros((2, 4)), "null": np.zeros((2, 4))}
    for row in rows:
        start = int(row["position"]) - READ // 2
        bases = world.bases[row["chrom"]][start : start + READ]
        with torch.inference_mode():
            codes = np.array(["ACGTN".index(base) for base in bases], np.uint8)
            plain = torch.stack(model.attention(encode(codes)[None]), dim=1)[0].numpy()
        window = Interval(row["chrom"], start, start + READ)
        got = float(row["stripe"]), float(row["across"])
        mean = plain.mean(axis=(0, 1), dtype=np.float64)
        assert got == pytest.approx(naive(mean, start, 128, window), rel=2e-5)
        maps[row["kind"]] += 64 * plain  # multiples of even attention
        by_head[row["kind"]] += [[naive(plain[n, h], start, 128, window)[0] for h in range(4)] for n in range(2)]
    with np.load(ran[0] / FILE) as stored:
        np.testing.assert_allclose(stored["maps"], np.stack(list(maps.values())), atol=2e-3)
        np.testing.assert_allclose(stored["stripe"].sum(axis=0), np.stack(list(by_head.values())), rtol=2e-5)
    # Maps that were flat or all alike would let nearly anything pass.
    assert np.std([float(row["stripe"]) for row in rows]) > 0.01
    heads = rows_of(ran[0] / "heads.tsv")
    assert [(row["layer"], row["head"]) for row in heads] == [(str(n), str(h)) for n in range(2) for h in range(4)]
    assert float(heads[5]["stripe_boundary"]) == pytest.approx(by_head["boundary"][1, 1] / ASKED["n"], rel=2e-5)
    assert all(float(row["stripe_p_corrected"]) == min(1, 8 * float(row["stripe_p"])) for row in heads)


def test_what_is_written(ran: tuple[Path, tuple[str, ...]], bed: Path) -> None:
    out, sentences = ran
    numbers = json.loads((out / "boundaries.json").read_text())
    assert numbers["pairs"] == 6
    assert numbers["found"] == list(sentences)
    assert (numbers["centre_half_width"], numbers["reach"]) == (128, READ // 6)
    assert numbers["null"]["away"] == AWAY
    assert numbers["null"]["matched"].startswith("chromosome, and distance to the nearest start site")
    rows = rows_of(out / "boundaries.tsv")
    for name in ("stripe", "across"):
        mean = np.mean([float(row[name]) for row in rows if row["kind"] == "boundary"])
        assert numbers[name]["boundary"] == pytest.approx(mean, rel=1e-5)
        assert numbers[name]["low"] <= numbers[name]["ratio"] <= numbers[name]["high"]
        assert 1 / (1 + ROUNDS) <= numbers[name]["p"] <= 1
    provenance = json.loads((out / "provenance.json").read_text())
    assert (provenance["assembly"], provenance["boundaries"]) == ("genome", "tads.bed")
    assert len(provenance["weights_sha256"]) == len(provenance["boundaries_sha256"]) == 64
    assert str(bed.parent) not in json.dumps([numbers, provenance])
    picture = (out / "boundaries.svg").read_text()
    assert "Mean of all heads, the whole window" in picture
    assert "tads.bed, 6 pairs" in picture


def test_a_run_that_is_stopped_goes_on_to_the_same_bytes(
    predictor: Predictor, bed: Path, settings: Settings, tmp_path: Path, ran: tuple[Path, tuple[str, ...]]
) -> None:
    seen: list[str] = []

    def stopping(fraction: float, message: str) -> None:
        seen.append(message)
        if message == "boundary 4 of 6":
            raise KeyboardInterrupt

    asked = Asked(str(bed), **ASKED)
    with pytest.raises(KeyboardInterrupt):
        evaluate_boundaries(predictor, asked, tmp_path, settings, on_step=stopping)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    seen.clear()
    evaluate_boundaries(predictor, asked, tmp_path, settings, on_step=lambda _, message: seen.append(message))
    assert [message for message in seen if message.startswith("boundary")] == [f"boundary {i} of 6" for i in (4, 5, 6)]
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (ran[0] / name).read_bytes(), name


def test_other_results_are_not_written_over(
    predictor: Predictor, bed: Path, settings: Settings, tmp_path: Path
) -> None:
    def run(overwrite: bool = False, **changed: int) -> None:
        asked = Asked(str(bed), **{"n": 2, "seed": 0, "away": AWAY} | changed)
        evaluate_boundaries(predictor, asked, tmp_path, settings, overwrite=overwrite, on_step=silent)

    (tmp_path / "heads.tsv").write_text("mine")
    with pytest.raises(OutputExists, match=r"heads\.tsv already exists"):
        run()
    assert [path.name for path in tmp_path.iterdir()] == ["heads.tsv"]
    run(overwrite=True)
    before = (tmp_path / "boundaries.json").read_bytes()
    with pytest.raises(OutputExists, match=r"another seed, places_sha256.*--force"):
        run(seed=1)
    assert (tmp_path / "boundaries.json").read_bytes() == before
    run(overwrite=True, seed=1)
    assert (tmp_path / "boundaries.json").read_bytes() != before
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileFormatError, match=r"measurements so far cannot be read.*--force"):
        run(seed=1)
    run(overwrite=True, seed=1)
    assert (tmp_path / FILE).read_bytes() == whole


def test_the_document_quotes_what_the_command_found() -> None:
    folder = Path(__file__).resolve().parents[2] / "docs"
    found = json.loads((folder / "demo-boundaries" / "boundaries.json").read_text(encoding="utf-8"))["found"]
    quoted = (folder / "boundaries.md").read_text(encoding="utf-8").partition("<!-- demo-boundaries.found -->\n")[2]
    assert quoted.partition("\n\n")[0].splitlines() == [f"- {line}." for line in found]
