"""Much text that a component gets once, as ``assets/browser/parcel.js`` unpacks it."""

from __future__ import annotations

import gzip
import hashlib


def wrap(text: str) -> bytes:
    """64 hexadecimal digits, the SHA-256 of what follows, and the text as a gzip stream. Equal texts, equal bytes."""
    stream = gzip.compress(text.encode(errors="replace"), mtime=0)
    return hashlib.sha256(stream).hexdigest().encode() + stream
