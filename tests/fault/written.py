"""What this project writes in one piece, as cases that a fault can be put into: old or new after it, never half."""

from __future__ import annotations

import errno
import io
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from Bio import bgzf

from enformer_core.demo.workers import Task
from enformer_core.demo.workshop import Workshop, joined
from enformer_core.errors import EnformerError, OutOfDisk
from enformer_core.files import written_aside
from enformer_core.folders import folder_errors
from enformer_core.genome.fasta_build import index_fasta
from enformer_core.genome.fasta_bytes import fai_path, gzi_path
from enformer_core.genome.genes.index import GeneIndex
from enformer_core.genome.genes.store import Store
from enformer_core.genome.interval import Interval
from enformer_core.inference.cache import CacheKey, PredictionCache
from enformer_core.inference.export import save, write_bigwigs
from enformer_core.inference.prediction import Prediction
from enformer_core.provenance import Provenance
from enformer_core.tracks.bigwig_write import BigWigWriter
from enformer_core.tracks.table import Track, TrackTable
from tests.fault.failing_calls import FailingCalls

CODES = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EMFILE)
N_BINS = 64
_KEY = CacheKey("w" * 64, "s" * 64, "human", (0, 1), "float32", "none")


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of file.

    Attributes:
        name: For a person.
        prepare: Puts the old state, and whatever is read, into an empty folder.
        write: Writes the new state.
        read: File by file what is there, as something that can be compared; None for a file that is not.
        tells: Whether a failure is an error; the cache does without, for a prediction is at hand all the same.
    """

    name: str
    prepare: Callable[[Path], object]
    write: Callable[[Path], object]
    read: Callable[[Path], dict[str, Any]]
    tells: bool = True


def prediction(seed: int) -> Prediction:
    """Two tracks over 64 bins, other values for each seed."""
    facts = Provenance("m", "0" * 64, "human", "toy", "", "", "", (), "none", "float32", "cpu", "1", True)
    tracks = TrackTable(Track(i, f"T{i}", "DNASE", "liver", "", f"DNASE:liver {i}") for i in (0, 1))
    place = Interval("chr1", 1_280, 1_280 + 128 * N_BINS)
    values = np.random.default_rng(seed).gamma(1, 3, (N_BINS, 2)).astype(np.float32)
    return Prediction(values, tracks, place, 128, facts, place, {"chr1": 60_000})


def content(folder: Path, names: Iterable[str]) -> dict[str, bytes | None]:
    """The bytes of files; None for one that is not there."""
    return {name: (folder / name).read_bytes() if (folder / name).exists() else None for name in names}


def _file(name: str, ending: str) -> Case:
    path = f"out{ending}"
    return Case(
        name,
        lambda folder: save(prediction(1), folder / path),
        lambda folder: save(prediction(2), folder / path, overwrite=True),
        lambda folder: content(folder, [path]),
    )


def _text(folder: Path, letter: str) -> None:
    with written_aside(folder / "a.txt", overwrite=True) as aside, aside.open("w") as handle:
        for _ in range(3):
            handle.write(letter * 10_000)


def _put(folder: Path, seed: int) -> None:
    PredictionCache(folder / "predictions", 10**9).put(_KEY, prediction(seed).values, {"seed": str(seed)})


def _got(folder: Path) -> dict[str, Any]:
    found = PredictionCache(folder / "predictions", 10**9).get(_KEY)
    return {"entry": found and (found[0].tobytes(), found[1])}


def write_one(writer: BigWigWriter, path: Path, seed: int) -> None:
    """One track of ``prediction`` as a bigWig."""
    made = prediction(seed)
    starts, ends, kept = made.reference_bins()
    writer.write(path, made.contigs, "chr1", starts, ends, made.values[kept, 0], overwrite=True)


def bigwig(writer: BigWigWriter) -> Case:
    """A bigWig, by a writer whose processes are warm."""
    return Case(
        "bigWig",
        lambda f: write_one(writer, f / "out.bw", 1),
        lambda f: write_one(writer, f / "out.bw", 2),
        lambda f: content(f, ["out.bw"]),
    )


def folder_of_bigwigs() -> Case:
    """All tracks of a prediction, which takes a second for each attempt: processes are started for it."""

    def read(folder: Path) -> dict[str, Any]:
        return dict(content(folder / "out", [p.name for p in (folder / "out").iterdir() if p.name[0] != "."]))

    return Case(
        "bigWigs of all tracks",
        lambda f: write_bigwigs(prediction(1), f / "out", overwrite=True),
        lambda f: write_bigwigs(prediction(2), f / "out", overwrite=True),
        read,
    )


def gtf(n_genes: int) -> str:
    """An annotation of so many genes of one exon."""
    lines = []
    for i in range(n_genes):
        about = f'gene_id "ENSG{i:011d}.1"; gene_name "GENE{i}"; gene_type "protein_coding";'
        more = f'{about} transcript_id "ENST{i:011d}.1"; transcript_type "protein_coding";'
        place = f"{1_000 * i + 1}\t{1_000 * i + 500}\t.\t+\t."
        lines += [f"chr1\ttest\tgene\t{place}\t{about}\n", f"chr1\ttest\ttranscript\t{place}\t{more}\n"]
        lines.append(f"chr1\ttest\texon\t{place}\t{more}\n")
    return "".join(lines)


def _index_genes(folder: Path) -> None:
    GeneIndex.open(folder / "genes.gtf", folder=folder / "indexes").close()


def _gene_counts(folder: Path) -> dict[str, Any]:
    """What the index says, if there is one. It is opened as a file, so that nothing is built for the answer."""
    found = sorted((folder / "indexes").glob("*.sqlite"))
    if not found:
        return {"index": None}
    store = Store(found[0])
    try:
        store.check()
        return {"index": sorted(store.facts().items())}
    finally:
        store.close()


@lru_cache
def fasta(length: int) -> str:
    """One sequence in lines of 60."""
    letters = "".join(np.random.default_rng(length).choice(list("ACGT"), length))
    return ">chr1\n" + "".join(letters[i : i + 60] + "\n" for i in range(0, length, 60))


@lru_cache
def _bgzip(length: int) -> bytes:
    memory = io.BytesIO()
    with bgzf.BgzfWriter(fileobj=memory) as handle:
        handle.write(fasta(length).encode())
        handle.flush()
        packed = memory.getvalue()
    return packed + bgzf._bgzf_eof


def _indexed(name: str) -> Case:
    path = Path(name)
    names = [fai_path(path).name] + ([gzi_path(path).name] if name.endswith(".gz") else [])

    def sequence(length: int) -> bytes:
        return _bgzip(length) if name.endswith(".gz") else fasta(length).encode()

    def prepare(folder: Path) -> None:
        (folder / name).write_bytes(sequence(70_000))
        index_fasta(folder / name)
        (folder / name).write_bytes(sequence(140_000))

    return Case(
        f"index of {name}", prepare, lambda f: index_fasta(f / name, overwrite=True), lambda f: content(f, names)
    )


def _build(folder: Path, words: str) -> None:
    """An assembly of one file, by the steps of a build of the simulated genome."""
    target = folder / "assemblies" / "sim"
    with folder_errors(target.parent, "the simulated genome cannot be built"):
        target.parent.mkdir(exist_ok=True)
        workshop = Workshop(target)
        task = Task("text", ("sim/table.txt",), (print, ()))
        if not workshop.is_done(task):
            joined(workshop.product / "table.txt", [], words)
            workshop.finished(task)
        workshop.put_in_place()


def cases() -> list[Case]:
    """Those that take no other process."""
    return [
        Case("a text", lambda f: _text(f, "a"), lambda f: _text(f, "b"), lambda f: content(f, ["a.txt"])),
        Case("cached prediction", lambda f: _put(f, 1), lambda f: _put(f, 2), _got, tells=False),
        Case("first cached prediction", lambda f: None, lambda f: _put(f, 2), _got, tells=False),
        _file("arrays", ".npz"),
        _file("table", ".tsv"),
        _file("parquet", ".parquet"),
        Case("gene index", lambda f: (f / "genes.gtf").write_text(gtf(50)), _index_genes, _gene_counts),
        _indexed("genome.fa"),
        _indexed("genome.fa.gz"),
        Case(
            "assembly in place",
            lambda f: _build(f, "old\n" * 100),
            lambda f: _build(f, "new\n" * 5_000),
            lambda f: content(f / "assemblies" / "sim", ["table.txt"]),
        ),
    ]


def files(folder: Path) -> set[str]:
    """All files below a folder, by name; a lock that is kept for the next writer is no leftover."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name for name in found if not name.endswith(".lock")}


@dataclass(slots=True)
class Swept:
    """What came of failing every call in turn: how many failed, and how often the old state stood afterwards."""

    failures: int = 0
    old: int = 0
    new: int = 0


def sweep(case: Case, folder: Path, codes: Iterable[int] = CODES) -> Swept:
    """Fail the n-th call for n = 1, 2 ... until all goes well.

    Raises:
        AssertionError: What is there afterwards is neither old nor new, something is left over after the next success,
            or the error says neither what is full nor what to do.
    """
    clean = folder / "clean"
    clean.mkdir()
    case.prepare(clean)
    old = case.read(clean)
    case.write(clean)
    new, expected = case.read(clean), files(clean)
    assert old != new, case.name
    swept = Swept()
    for code in codes:
        n = 0
        while True:
            n += 1
            place = folder / f"{code}-{n}"
            place.mkdir()
            case.prepare(place)
            with FailingCalls(n, code, place) as calls:
                told = attempt(case, place)
            call = calls.calls[n - 1] if calls.has_failed else "none"
            where = f"{case.name}: call {n} ({call}), {errno.errorcode[code]}"
            if not calls.has_failed:
                assert told is None, (where, told)
                assert case.read(place) == new, where
                break
            swept.failures += 1
            judge(case, place, old, new, told, code, where, swept)
            case.write(place)
            assert case.read(place) == new, f"{where}: the next attempt does not succeed"
            assert files(place) == expected, f"{where}: left over: {files(place) - expected}"
            shutil.rmtree(place)
    return swept


def attempt(case: Case, place: Path) -> EnformerError | None:
    """Write, and return the error; any other error than one of ours passes through."""
    try:
        case.write(place)
    except EnformerError as exc:
        return exc
    return None


def judge(
    case: Case,
    place: Path,
    old: dict[str, Any],
    new: dict[str, Any],
    told: EnformerError | None,
    code: int,
    where: str,
    swept: Swept,
) -> None:
    """Compare what is there with what may be."""
    found = case.read(place)
    for name in {*old, *new, *found}:
        assert found.get(name) in (old.get(name), new.get(name)), f"{where}: {name} is neither old nor new"
    swept.new += found == new
    swept.old += found != new
    if told is None:
        # A call whose failure is of no consequence, or a writer that does without.
        assert found == new or not case.tells, f"{where}: nothing was written, and nothing said"
        return
    assert told.hint, f"{where}: {told}"
    assert "disk" in str(told) or str(place) in str(told), f"{where}: {told}"
    if code == errno.ENOSPC:
        assert isinstance(told, OutOfDisk), f"{where}: {told!r}"
