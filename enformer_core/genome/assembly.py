"""A genome assembly: a FASTA file with its index, and the genes on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from ..closing import Closing
from ..errors import AssemblyMismatch, FastaError, FileError, LocusError, shown
from ..settings import Settings, load_settings
from .contigs import accession_note, alias_table, canonical, is_circular, mismatch, nearest, recognise, resolve
from .fasta_build import index_fasta
from .fasta_bytes import FastaBytes, fai_path, fingerprint, gzi_path, is_bgzip, read_gzi, stale
from .fasta_index import Record, check_index, read_fai
from .genes.index import GeneIndex
from .interval import Interval
from .known_assemblies import KNOWN, SYNONYMS
from .locus import Locus, format_locus, parse_locus
from .per_process import PerProcess
from .registry import Registered, find, registered

__all__ = ["Assembly", "index_fasta"]

MAX_FLANK_BP = 16_000_000
_SUFFIXES = (".gz", ".bgz", ".fa", ".fasta", ".fna")


def _letters() -> bytes:
    """Letter to base: ACGT in either case, U as T, other IUPAC nucleotide codes as N; 0 for what is no code."""
    table = bytearray(256)
    for letters, base in (("RYSWKMBDHVN", "N"), ("U", "T"), ("A", "A"), ("C", "C"), ("G", "G"), ("T", "T")):
        for letter in letters + letters.lower():
            table[ord(letter)] = ord(base)
    return bytes(table)


_BASE_OF = _letters()


class Assembly(Closing):
    """Contigs and their bases, read-only. Threads and forked processes may share one.

    Nothing is ever written beside the FASTA file. Open with ``Assembly.open``.

    Attributes:
        name: Registered name, or the file's name without its endings.
        path: The FASTA file.
        contigs: Contig name to length in bases, in the order of the file; read-only.
        build: hg19, hg38, mm10 or mm39 where the lengths are theirs, else None.
        genes: The gene index, or None. Its contig names are this assembly's.
        simulated: Whether the bases are a simulation.
    """

    def __init__(self, path: Path, *, name: str = "", simulated: bool = False) -> None:
        self.path = path
        self.name = name or _stem(path)
        self.simulated = simulated
        self.genes: GeneIndex | None = None
        self._blocks = read_gzi(gzi_path(path), path) if is_bgzip(path) else None
        records = read_fai(fai_path(path), path)
        text = self._opened()
        try:
            check_index(records, text, fai_path(path), path)
        finally:
            text.close()
        self._signature = text.signature
        self._records: Mapping[str, Record] = {r.name: r for r in records}
        self.contigs: Mapping[str, int] = MappingProxyType({r.name: r.length for r in records})
        self.build = recognise(self.contigs)
        self._aliases = alias_table(self.contigs)
        self._text = PerProcess(self._reopened, FastaBytes.close)

    @classmethod
    def open(
        cls,
        name_or_path: str | Path,
        *,
        genes: Path | None = None,
        aliases: Path | None = None,
        settings: Settings | None = None,
        progress: Callable[[float, str], None] | None = None,
    ) -> Assembly:
        """Open a registered assembly, or a FASTA file that has an index.

        Args:
            name_or_path: Registered name, or FASTA file, plain or bgzip.
            genes: Gene annotation (GTF); by default the registered one, or the setting ``genes`` for a file.
            aliases: Previous symbols and aliases in HGNC's format; by default the registered table, or the setting.
            settings: The settings in force, by default those of the environment.
            progress: Called with fraction and message while a gene annotation is read for the first time.

        Raises:
            FileError: There is neither such a name nor such a file.
            FastaError: The file or its index cannot be trusted.
            GtfError: The gene annotation cannot be read.
            AssemblyMismatch: The gene annotation, or the name, is of another assembly.
        """
        settings = settings or load_settings()
        entry = _entry(name_or_path, settings)
        if entry is None:
            assembly = cls(Path(name_or_path))
            genes = genes or settings.genes
        else:
            fasta = entry.file("fasta") or entry.folder
            assembly = cls(fasta, name=entry.name, simulated=entry.simulated)
            assembly._check_name()
            genes = genes or entry.file("genes")
            aliases = aliases or entry.file("aliases")
        if genes is not None:
            table = aliases or settings.aliases
            index = GeneIndex.open(genes, aliases=table, folder=settings.gene_indexes_dir, progress=progress)
            assembly.genes = index.renamed(assembly._gene_contigs(index, genes))
        return assembly

    def contig(self, text: str) -> str:
        """This assembly's own name for a chromosome: ``chr1`` for ``1``, ``CHR1`` or its RefSeq accession.

        Raises:
            LocusError: There is no such contig; the nearest names are listed.
        """
        if name := resolve(text, self.contigs, self._aliases):
            return name
        note = accession_note(text)
        raise LocusError(
            f"{self.name} has no chromosome {shown(text)}" + (f"; {note}" if note else ""),
            hint=f"Nearest names: {', '.join(nearest(text, self.contigs))}",
        )

    def locate(self, locus: Locus | str) -> Interval:
        """Where a locus lies on this assembly, 0-based and half-open; a bare chromosome is all of it.

        Raises:
            LocusError: The text cannot be read, the chromosome is unknown, or the locus runs past an end;
                ``clipped`` is then the part that lies on the chromosome.
        """
        return self.resolve(locus)[0]

    def resolve(self, locus: Locus | str) -> tuple[Interval, tuple[str, ...]]:
        """Like ``locate``, with what a reader should be told: another spelling, BED coordinates, a circular contig."""
        found = parse_locus(locus) if isinstance(locus, str) else locus
        contig = self.contig(found.chrom)
        notes = list(found.notes)
        if contig != found.chrom:
            notes.append(f"{found.chrom} is {contig} here")
        if is_circular(contig):
            notes.append(f"{contig} is circular; windows are cut at its ends all the same")
        length = self.contigs[contig]
        start = 0 if found.start is None else found.start
        end = length if found.end is None else found.end
        if start < 0 or end > length:
            raise self._past_end(contig, start, end)
        return Interval(contig, start, end), tuple(notes)

    def fetch(self, interval: Interval) -> str:
        """The bases of an interval: exactly ``interval.width`` letters, each one of ACGTN.

        Soft-masked bases are upper-cased, IUPAC codes and bases off the chromosome are N, and U is T.

        Raises:
            LocusError: The chromosome is unknown, or the interval is wider than it by more than 32 million bases.
            FastaError: The file was changed or damaged, or holds a letter that is no nucleotide code.
        """
        contig = self.contig(interval.chrom)
        length = self.contigs[contig]
        if interval.width > length + 2 * MAX_FLANK_BP:
            raise LocusError(f"{interval.width:,} bases are more than {contig} has, {length:,}")
        start, end = max(0, interval.start), min(length, interval.end)
        if start >= end:
            return "N" * interval.width
        bases = self._bases(self._records[contig], start, end)
        return "N" * (start - interval.start) + bases + "N" * (interval.end - end)

    @cached_property
    def identity(self) -> str:
        """Checksum that tells this assembly's bases from others', cheap enough for 3 Gb: 64 hexadecimal digits.

        It covers the index files byte for byte (contig names, lengths, line layout, and for bgzip where every
        compressed block lies), the size of the FASTA file, and its bytes: all of them up to 64 MiB on disk, else 512
        evenly spaced pieces of 4 KiB. In a larger file, a change of a few bases that moves nothing may go unseen; a
        cache of predictions must cover the bases of the window too.
        """
        indexes = [fai_path(self.path)] if self._blocks is None else [fai_path(self.path), gzi_path(self.path)]
        return fingerprint(self.path, indexes)

    def close(self) -> None:
        """Close the files; a later ``fetch`` opens them again."""
        self._text.close()
        if self.genes is not None:
            self.genes.close()

    def __repr__(self) -> str:
        return f"Assembly({self.name!r}, {str(self.path)!r}, {len(self.contigs)} contigs)"

    def _opened(self) -> FastaBytes:
        return FastaBytes(self.path, self._blocks)

    def _reopened(self) -> FastaBytes:
        try:
            text = self._opened()
        except OSError as exc:
            raise FileError(f"{self.path} cannot be opened any more: {exc.strerror or exc}") from exc
        if text.signature != self._signature:
            text.close()
            raise FastaError(f"{self.path} was changed after it was opened", hint="Open the assembly again")
        return text

    def _bases(self, record: Record, start: int, end: int) -> str:
        first = record.byte_of(start)
        with self._text.use() as text:
            raw = text.read(first, record.byte_of(end - 1) + 1 - first)
        raw = raw.replace(b"\n", b"").replace(b"\r", b"")
        if len(raw) != end - start:
            what = f"{len(raw):,} letters stand where {end - start:,} should, at {record.name}:{start + 1:,}"
            raise stale(self.path, what, fai_path(self.path))
        bases = raw.translate(_BASE_OF)
        if (at := bases.find(b"\x00")) >= 0:
            letter = shown(chr(raw[at]))
            raise FastaError(
                f"{letter} at {record.name}:{start + at + 1:,} is no nucleotide code",
                where=str(self.path),
                hint="Correct the FASTA file, then make its index again",
            )
        return bases.decode("ascii")

    def _past_end(self, contig: str, start: int, end: int) -> LocusError:
        length = self.contigs[contig]
        if start >= length or end <= 0:
            clipped = None
            hint = f"Choose positions from 1 to {length:,}"
        else:
            clipped = format_locus(Interval(contig, max(0, start), min(length, end)))
            hint = f"The part on the chromosome is {clipped}"
        chrom = canonical(contig)
        others = [b for b, known in KNOWN.items() if b[:2] == (self.build or "")[:2] and known.get(chrom, 0) >= end]
        if others and end > length:
            hint += f"; in {others[0]} {chrom} has {KNOWN[others[0]][chrom]:,} bases: is the position from there?"
        what = f"{contig} ends at {length:,}" if end > length else f"{contig} starts at 1"
        return LocusError(f"{what}, and the locus is {start + 1:,}-{end:,}", hint=hint, clipped=clipped)

    def _check_name(self) -> None:
        """A registered assembly that calls itself hg38 must have hg38's lengths."""
        build = SYNONYMS.get(self.name.lower())
        if build and (difference := mismatch(self.contigs, KNOWN[build], build)):
            raise AssemblyMismatch(f"{self.path} is not {build}: {difference}", hint="Register it under its own name")

    def _gene_contigs(self, index: GeneIndex, gtf: Path) -> dict[str, str]:
        """Contig names of the annotation to those of this assembly; contigs that it lacks are left out."""
        names = {theirs: resolve(theirs, self.contigs, self._aliases) for theirs in index.contigs}
        known = {theirs: ours for theirs, ours in names.items() if ours is not None}
        if not known:
            theirs = ", ".join(list(index.contigs)[:4])
            ours = ", ".join(list(self.contigs)[:4])
            raise AssemblyMismatch(
                f"{gtf} has genes on {theirs}, none of which is in {self.name} ({ours})",
                hint="Give the annotation of this assembly",
            )
        for theirs, ours in known.items():
            last, length = index.contigs[theirs], self.contigs[ours]
            if last > length and not is_circular(ours):
                raise AssemblyMismatch(
                    f"{gtf} has a gene that ends at {theirs}:{last:,}, and {ours} of {self.name} ends at {length:,}",
                    hint="Give the annotation of this assembly",
                )
        return known


def _entry(name_or_path: str | Path, settings: Settings) -> Registered | None:
    """The registered assembly that is meant, or None for a file."""
    if isinstance(name_or_path, str) and name_or_path in registered("assembly", settings):
        return find("assembly", name_or_path, settings)
    if os.path.exists(name_or_path):
        return None
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or os.sep in text or text.lower().endswith(_SUFFIXES):
        raise FileError(f"there is no FASTA file {shown(text)}", hint="Check the path")
    return find("assembly", text, settings)  # says which names there are


def _stem(path: Path) -> str:
    name = path.name
    while (suffix := Path(name).suffix).lower() in _SUFFIXES and name != suffix:
        name = name.removesuffix(suffix)
    return name
