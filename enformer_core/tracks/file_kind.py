"""What a file is, by its first bytes."""

from __future__ import annotations

import zlib

_MAGIC = (
    (b"\xeb\xf2\x89\x87", "a bigBed file"),
    (b"\x87\x89\xf2\xeb", "a bigBed file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\x04\x22\x4d\x18", "an lz4 file"),
    (b"CRAM", "a CRAM file"),
    (b"BAM\x01", "an uncompressed BAM file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_GZIP_CONTENTS = (
    (b"BAM\x01", "a BAM file"),
    (b"BCF\x02", "a BCF file"),
    (b"TBI\x01", "a tabix index"),
    (b"CSI\x01", "a CSI index"),
    (b"##fileformat=VCF", "a gzipped VCF"),
)
TEXT, GZIP, UNKNOWN = "a text file", "a gzip file", "a file of an unknown kind"
WIGGLE = "a wiggle or bedGraph text file"


def kind_of(start: bytes) -> str:
    """Name what a file is, with its article, from up to its first 4,096 bytes."""
    if not start:
        return "an empty file"
    if start[:2] == b"\x1f\x8b":
        return _gzip_kind(start)
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    if not start.strip(b"\0"):
        return "a file of zeros"
    text = _as_text(start)
    if text is None:
        return UNKNOWN
    head = text.lstrip().lower()
    if head.startswith(("<!doctype html", "<html", "<head", "<!--")) or "<html" in head[:1024]:
        return "a web page (HTML), perhaps an error message that was saved instead of the file"
    if head.startswith("<?xml"):
        return "an XML file"
    if head.startswith(("{", "[")):
        return "a JSON file"
    if head.startswith(("track ", "variablestep", "fixedstep", "bedgraph")):
        return WIGGLE
    return "a FASTA file" if head.startswith(">") else TEXT


def is_perhaps_text(kind: str) -> bool:
    """Whether a kind may be text of which nothing more is known: plain, compressed, or not in UTF-8."""
    return kind in (TEXT, GZIP, UNKNOWN, WIGGLE, "a gzipped VCF")


def _gzip_kind(start: bytes) -> str:
    try:
        content = zlib.decompressobj(wbits=31).decompress(start, 64)
    except zlib.error:
        content = b""
    for magic, kind in _GZIP_CONTENTS:
        if content.startswith(magic):
            return kind
    return GZIP


def _as_text(start: bytes) -> str | None:
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as exc:
        if exc.start < len(start) - 3:  # anything but a character cut in two at the end
            return None
        text = start[: exc.start].decode("utf-8")
    return text if all(c.isprintable() or c.isspace() for c in text) else None
