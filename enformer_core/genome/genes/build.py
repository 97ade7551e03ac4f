"""Building the SQLite file that a gene index reads."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from ...errors import FileError, GtfError, OutOfDisk
from ...files import FULL, sha256_of, written_aside
from .aliases import Names, read_aliases
from .collect import Collection
from .gtf import read_gtf
from .model import Gene, Transcript

Progress = Callable[[float, str], None]
SCHEMA = 1
_PROBE = b"\0" * (1 << 16)
# Kinds of names, as stored; a search believes lower ones first.
SYMBOL, GENE_ID, TRANSCRIPT_ID, APPROVED, PREVIOUS, ALIAS = range(6)
_TABLES = """
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE contigs (name TEXT PRIMARY KEY, last INTEGER NOT NULL, widest INTEGER NOT NULL);
CREATE TABLE genes (id INTEGER PRIMARY KEY, gene_id TEXT, symbol TEXT, chrom TEXT, start INTEGER, end INTEGER,
    strand TEXT, biotype TEXT, reason TEXT);
CREATE TABLE transcripts (gene INTEGER, rank INTEGER, transcript_id TEXT, start INTEGER, end INTEGER, strand TEXT,
    biotype TEXT, exons BLOB, cds_start INTEGER, cds_end INTEGER, tags TEXT, PRIMARY KEY (gene, rank)) WITHOUT ROWID;
CREATE TABLE names (key TEXT, kind INTEGER, gene INTEGER, label TEXT, PRIMARY KEY (key, kind, gene)) WITHOUT ROWID;
"""
_INDEXES = "CREATE INDEX genes_at ON genes (chrom, start); CREATE INDEX genes_named ON genes (symbol);"
_ACCESSION = re.compile(r"(?:ENS[A-Z]*\d{5,}|[NX][MR]_\d+)(?:\.\d+)?(?:_PAR_Y)?", re.ASCII | re.IGNORECASE)
_VERSION = re.compile(r"((?:ENS[A-Z]*\d{5,}|[NX][MR]_\d+))\.(\d+)(_PAR_Y)?", re.ASCII | re.IGNORECASE)


def name_key(text: str) -> str:
    """How names are compared: upper case."""
    return text.upper()


def split_version(text: str) -> tuple[str, str]:
    """An Ensembl or RefSeq id without its version, and the version; other names unchanged, with an empty version.

    ``ENSG00000182378.14_PAR_Y`` is ``ENSG00000182378_PAR_Y``, version 14: the pseudoautosomal copy is its own gene.
    """
    match = _VERSION.fullmatch(text)
    return (match[1] + (match[3] or ""), match[2]) if match else (text, "")


def is_accession(text: str) -> bool:
    """Whether a name is an Ensembl or RefSeq id, with or without version: nothing that one could misspell."""
    return _ACCESSION.fullmatch(text) is not None


def index_path(gtf: Path, aliases: Path | None, folder: Path) -> Path:
    """Where the index of an annotation is: named by the checksum of what it was made from.

    The whole files are read for it (0.1 s for GENCODE's 50 MB): size and time would miss a file that was replaced
    with its time kept, as rsync and tar do, and would rebuild for a mere copy.

    Raises:
        FileError: A file is missing or cannot be read.
    """
    digest = hashlib.sha256(f"gene index {SCHEMA}\n".encode())
    for path in (gtf, aliases):
        if path is not None:
            if not path.is_file():
                raise FileError(f"there is no file {path}", hint="Check the path of the gene annotation")
            try:
                digest.update(bytes.fromhex(sha256_of(path)))
            except OSError as exc:
                raise FileError(f"{path} cannot be read: {exc.strerror or exc}", hint="Check the path") from exc
    stem = re.sub(r"[^A-Za-z0-9._-]", "_", gtf.name.removesuffix(".gz").removesuffix(".gtf"))[:60]
    return folder / f"{stem or 'genes'}-{digest.hexdigest()[:32]}.sqlite"


def build_index(gtf: Path, aliases: Path | None, target: Path, progress: Progress | None = None) -> None:
    """Read an annotation and write its index, whole or not at all.

    Raises:
        GtfError: The annotation or the table of aliases cannot be read, has no genes, or changed meanwhile.
        FileError: The folder cannot be made or written.
        OutOfDisk: The disk filled up.
    """
    before = gtf.stat()
    collection = Collection(read_gtf(gtf, progress))
    with written_aside(target, overwrite=True) as aside:
        try:
            with closing(sqlite3.connect(aside)) as connection:
                _fill(connection, collection, aliases, progress)
        except sqlite3.OperationalError as exc:
            with aside.open("ab") as handle:  # fails as the disk does, if that is why
                handle.write(_PROBE)
            raise FileError(f"the gene index {target} cannot be written: {exc}", hint="Check the disk") from exc
        if not collection.counts["genes"]:
            raise GtfError(f"{gtf} has no genes", hint="It needs lines of the kinds gene, transcript or exon")
        after = gtf.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise GtfError(f"{gtf} changed while it was read", hint="Try again")


@contextmanager
def building(target: Path) -> Iterator[None]:
    """Hold the lock of an index, so that of two processes one builds and the other waits.

    A file system without locks is no obstacle: both build then, and the last one's file, equal to the other's, stays.

    Raises:
        FileError: The folder cannot be made.
        OutOfDisk: The disk is full.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        if exc.errno in FULL:
            raise OutOfDisk(
                f"the disk that holds {target.parent} is full",
                hint="Free some space, or set ENFORMER_DATA_DIR elsewhere",
            ) from exc
        raise FileError(
            f"the folder {target.parent} cannot be made: {exc.strerror or exc}", hint="Set ENFORMER_DATA_DIR elsewhere"
        ) from exc
    lock = FileLock(f"{target}.lock")
    with suppress(OSError, NotImplementedError):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fill(
    connection: sqlite3.Connection, collection: Collection, aliases: Path | None, progress: Progress | None
) -> None:
    # Nobody sees the file before it is whole, so a journal would only cost time.
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLES)
    if progress is not None:
        progress(1.0, "Writing the gene index")
    _write_genes(connection, collection.genes())
    if aliases is not None:
        _write_aliases(connection, read_aliases(aliases))
    connection.execute(
        "INSERT INTO contigs SELECT chrom, max(end), max(end - start) FROM genes GROUP BY chrom ORDER BY min(id)"
    )
    facts = {f"count {what}": str(n) for what, n in collection.counts.items() if n}
    connection.executemany("INSERT INTO facts VALUES (?, ?)", [*facts.items(), ("schema", str(SCHEMA))])
    connection.executescript(_INDEXES)
    connection.commit()


def _write_genes(connection: sqlite3.Connection, genes: Iterable[Gene]) -> None:
    for number, gene in enumerate(genes, start=1):
        place = (gene.chrom, gene.start, gene.end, gene.strand, gene.biotype, gene.canonical_reason)
        connection.execute("INSERT INTO genes VALUES (?,?,?,?,?,?,?,?,?)", (number, gene.gene_id, gene.symbol, *place))
        connection.executemany(
            "INSERT INTO transcripts VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            [(number, rank, *_stored(transcript)) for rank, transcript in enumerate(gene.transcripts)],
        )
        labels = [(GENE_ID, split_version(gene.gene_id)[0], gene.gene_id)]
        if not is_accession(gene.symbol):  # genes without a name are called by their id
            labels.append((SYMBOL, gene.symbol, gene.symbol))
        labels += [
            (TRANSCRIPT_ID, split_version(t.transcript_id)[0], t.transcript_id)
            for t in gene.transcripts
            if t.transcript_id != gene.gene_id
        ]
        connection.executemany(
            "INSERT OR IGNORE INTO names VALUES (?,?,?,?)",
            [(name_key(name), kind, number, label) for kind, name, label in labels],
        )


def _stored(transcript: Transcript) -> tuple[str | int | bytes | None, ...]:
    flat = [position for exon in transcript.exons for position in exon]
    cds_start, cds_end = transcript.cds or (None, None)
    place = (transcript.transcript_id, transcript.start, transcript.end, transcript.strand, transcript.biotype)
    return *place, struct.pack(f"<{len(flat)}q", *flat), cds_start, cds_end, " ".join(sorted(transcript.tags))


def _write_aliases(connection: sqlite3.Connection, table: Iterable[Names]) -> None:
    """Tie each row to its gene by Ensembl id, else by symbol, else by a previous symbol (an older annotation)."""

    def genes_of(kind: int, *names: str) -> set[int]:
        keys = [name_key(name) for name in names if name]
        query = "SELECT gene FROM names WHERE key = ? AND kind = ?"
        return {gene for key in keys for (gene,) in connection.execute(query, (key, kind))}

    rows: list[tuple[str, int, int, str]] = []
    for names in table:
        genes = genes_of(GENE_ID, names.gene_id) or genes_of(SYMBOL, names.symbol) or genes_of(SYMBOL, *names.previous)
        for gene in genes:
            rows.append((name_key(names.symbol), APPROVED, gene, names.symbol))
            rows += [(name_key(name), PREVIOUS, gene, name) for name in names.previous]
            rows += [(name_key(name), ALIAS, gene, name) for name in names.aliases]
    own = {(name_key(symbol), gene) for symbol, gene in connection.execute("SELECT symbol, id FROM genes")}
    connection.executemany(
        "INSERT OR IGNORE INTO names VALUES (?,?,?,?)", [row for row in rows if (row[0], row[2]) not in own]
    )
