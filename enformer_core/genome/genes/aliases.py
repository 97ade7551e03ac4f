"""Previous symbols and aliases from a table in HGNC's format."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import FileError, GtfError, shown

MAX_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Names:
    """One approved gene.

    Attributes:
        symbol: Approved symbol.
        gene_id: Ensembl gene id without version, or empty.
        previous: Symbols that it had.
        aliases: Other names in use.
    """

    symbol: str
    gene_id: str
    previous: tuple[str, ...]
    aliases: tuple[str, ...]


def read_aliases(path: Path) -> Iterator[Names]:
    """Read a tab-separated table with the columns ``symbol``, ``alias_symbol`` and ``prev_symbol``.

    Several names in a cell are separated by ``|``. ``ensembl_gene_id`` is used where it is there; other columns, such
    as those of HGNC's complete set, are passed over.

    Raises:
        GtfError: A column is missing, or a row has too few columns.
        FileError: The file cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = csv.reader(handle, delimiter="\t")
            header = next(rows, [])
            missing = [c for c in ("symbol", "alias_symbol", "prev_symbol") if c not in header]
            if missing:
                raise _bad(path, 1, f"there is no column {missing[0]}; the columns are {shown(', '.join(header))}")
            place = {name: header.index(name) for name in header}
            for row in rows:
                if not row:
                    continue
                if len(row) < len(header) or rows.line_num > MAX_ROWS:
                    raise _bad(path, rows.line_num, f"{len(row)} columns instead of {len(header)}, or too many rows")
                gene_id = row[place["ensembl_gene_id"]].strip() if "ensembl_gene_id" in place else ""
                names = (_split(row[place[column]]) for column in ("prev_symbol", "alias_symbol"))
                yield Names(row[place["symbol"]].strip(), gene_id, *names)
    except OSError as exc:
        raise FileError(f"{path} cannot be read: {exc.strerror or exc}", hint="Check the path") from exc
    except (csv.Error, UnicodeDecodeError) as exc:
        raise GtfError(f"{path} is no table of gene names: {exc}", hint="Give a file in HGNC's format") from exc


def _split(cell: str) -> tuple[str, ...]:
    return tuple(name for part in cell.split("|") if (name := part.strip()))


def _bad(path: Path, number: int, what: str) -> GtfError:
    return GtfError(what, where=f"{path} line {number:,}", hint="Give a tab-separated file in HGNC's format")
