"""Reading the SQLite file of a gene index."""

from __future__ import annotations

import sqlite3
import struct
import threading
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from ...errors import FileFormatError
from ..per_process import PerProcess
from .build import GENE_ID, SCHEMA, TRANSCRIPT_ID, name_key, split_version
from .model import Gene, ListedGene, Transcript
from .search import Name, Names

_GENE = "g.gene_id, g.symbol, g.chrom, g.start, g.end, g.strand, g.biotype, g.reason"
_TRANSCRIPT = "t.transcript_id, t.start, t.end, t.strand, t.biotype, t.exons, t.cds_start, t.cds_end, t.tags"
_JOINED = f"SELECT g.id, {_GENE}, {_TRANSCRIPT} FROM genes g JOIN transcripts t ON t.gene = g.id"  # noqa: S608


class Store:
    """Queries on one index file, which never changes once it is there. Threads and forked processes may share it.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = PerProcess(self._open, sqlite3.Connection.close)
        self._names: Names | None = None
        self._loading = threading.Lock()

    def check(self) -> None:
        """Raise FileFormatError unless the file is a whole index of this software's schema."""
        if self._rows("PRAGMA quick_check(1)") != [("ok",)] or self.facts().get("schema") != str(SCHEMA):
            raise self._damaged("it is not whole, or of another version")

    def facts(self) -> dict[str, str]:
        """What was noted when the index was built."""
        return dict(self._rows("SELECT key, value FROM facts"))

    def contigs(self) -> dict[str, tuple[int, int]]:
        """Contig name to the 0-based end of its last gene and the width of its widest gene."""
        return {name: (last, widest) for name, last, widest in self._rows("SELECT name, last, widest FROM contigs")}

    def named(self, name: str) -> list[Name]:
        """All uses of exactly this name; an id's version is left out of the comparison."""
        key = name_key(split_version(name)[0])
        rows = self._rows("SELECT key, label, kind, gene FROM names WHERE key = ?", (key,))
        return [Name(key, label, kind, gene, 0) for key, label, kind, gene in rows]

    def ids_starting(self, text: str, limit: int) -> list[Name]:
        """Gene and transcript ids that start with a text."""
        key = name_key(text)
        query = "SELECT key, label, kind, gene FROM names WHERE key >= ? AND key < ? AND kind IN (?, ?) LIMIT ?"
        rows = self._rows(query, (key, key + "\U0010ffff", GENE_ID, TRANSCRIPT_ID, limit))
        return [Name(key, label, kind, gene, 0) for key, label, kind, gene in rows]

    def names(self) -> Names:
        """All symbols and aliases but ids, loaded at the first call in a process (0.3 s for GENCODE)."""
        with self._loading:
            if self._names is None:
                rows = self._rows(
                    "SELECT n.key, n.label, n.kind, n.gene, g.biotype != 'protein_coding' "
                    "FROM names n JOIN genes g ON g.id = n.gene WHERE n.kind NOT IN (?, ?) "
                    "ORDER BY n.key, n.kind, n.gene",
                    (GENE_ID, TRANSCRIPT_ID),
                )
                self._names = Names([Name._make(row) for row in rows])
            return self._names

    def genes(self, ids: Sequence[int]) -> dict[int, Gene]:
        """Genes by their number in the index."""
        marks = ", ".join("?" * len(ids))
        return self._genes(f"{_JOINED} WHERE g.id IN ({marks}) ORDER BY g.id, t.rank", ids)

    def overlapping(self, chrom: str, start: int, end: int) -> list[Gene]:
        """Genes that share a base with an interval, by start."""
        widest = self.contigs().get(chrom, (0, 0))[1]
        # No gene is wider than the widest, so that one range of the index holds all that may reach in.
        where = "g.chrom = ? AND g.start > ? AND g.start < ? AND g.end > ?"
        query = f"{_JOINED} WHERE {where} ORDER BY g.start, g.id, t.rank"
        return list(self._genes(query, (chrom, start - widest, end, start)).values())

    def listed(self) -> list[ListedGene]:
        """All genes, in the order of the index; their exons stay where they are (0.2 s for GENCODE)."""
        rows = self._rows(
            "SELECT g.gene_id, g.symbol, g.chrom, g.start, g.biotype, "
            "CASE t.strand WHEN '+' THEN t.start ELSE t.end - 1 END "  # as Transcript.tss
            "FROM genes g JOIN transcripts t ON t.gene = g.id AND t.rank = 0 ORDER BY g.id"
        )
        return [ListedGene._make(row) for row in rows]

    def close(self) -> None:
        """Close the file; the next query opens it again."""
        self._connection.close()

    def _genes(self, query: str, parameters: Sequence[Any]) -> dict[int, Gene]:
        return {
            number: _gene(list(rows)) for number, rows in groupby(self._rows(query, parameters), key=lambda row: row[0])
        }

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            with self._connection.use() as connection:
                return connection.execute(query, parameters).fetchall()
        except sqlite3.DatabaseError as exc:
            raise self._damaged(str(exc)) from exc

    def _open(self) -> sqlite3.Connection:
        # Immutable: no locks are taken, so that read-only folders and network file systems do.
        address = f"{self.path.resolve().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(address, uri=True, check_same_thread=False)

    def _damaged(self, why: str) -> FileFormatError:
        return FileFormatError(
            f"the gene index {self.path} is damaged: {why}", hint="Delete it; it is made again when it is next needed"
        )


def _gene(rows: list[tuple[Any, ...]]) -> Gene:
    """One gene from its rows, one for each transcript."""
    gene_id, symbol, chrom, start, end, strand, biotype, reason = rows[0][1:9]
    transcripts = tuple(_transcript(row[9:]) for row in rows)
    return Gene(gene_id, symbol, chrom, start, end, strand, biotype, transcripts, reason)


def _transcript(row: tuple[Any, ...]) -> Transcript:
    transcript_id, start, end, strand, biotype, packed, cds_start, cds_end, tags = row
    flat = struct.unpack(f"<{len(packed) // 8}q", packed)
    exons = tuple(zip(flat[0::2], flat[1::2], strict=True))
    cds = None if cds_start is None else (cds_start, cds_end)
    return Transcript(transcript_id, start, end, strand, biotype, exons, cds, frozenset(tags.split()))
