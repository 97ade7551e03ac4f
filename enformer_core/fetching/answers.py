"""What an answer says: whether it is the file, which version of it, and which part."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import shown
from .connection import Answer
from .partial import Origin, Partial
from .policy import Policy
from .remote_file import RemoteFile
from .trouble import Broken, Refused

#: Bytes that are looked at before the first of them is kept.
HEAD = 512
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_PAGE = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|script)\b", re.IGNORECASE | re.DOTALL)
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_ENCODED = frozenset({"gzip", "x-gzip"})
# Said by a server that is busy, or by something before it.
_MAY_PASS = frozenset({408, 425, 429})


def question(partial: Partial, url: str, file: RemoteFile) -> Mapping[str, str]:
    """The headers that ask for what is missing; none where the whole file has to be asked for.

    A part from another address, or one that nothing would tell from a part of a later version, is of no use.
    """
    origin = partial.origin
    if origin is None or not partial.size or origin.url != url:
        return {}
    if origin.validator:
        return {"Range": f"bytes={partial.size}-", "If-Range": origin.validator}
    return {"Range": f"bytes={partial.size}-"} if file.expected(origin.sha256) else {}


def origin_of(answer: Answer, url: str, file: RemoteFile) -> Origin:
    """What an answer with the whole file, or with a part of it, says of the file.

    Raises:
        Refused: It is not this file.
        Broken: The server cannot say now.
    """
    _judge_status(answer)
    headers = answer.headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _PAGE_TYPES:
        raise Refused("gives a web page in place of the file; a login may stand before it")
    length = _range(answer)[1] if answer.status == 206 else _number(headers.get("content-length"))
    if file.size is not None and length is not None and length != file.size:
        raise Refused(f"has a file of {length:,} bytes there, where {file.size:,} are expected")
    origin = Origin(url, _mark(headers.get("etag")), _mark(headers.get("last-modified")), length, answer.linked)
    _judge_encoding(answer, origin, file)
    return origin


def continues(answer: Answer, origin: Origin, partial: Partial) -> bool:
    """Whether a 206 goes on exactly where the part ends, in the same version of the file."""
    before = partial.origin
    return before is not None and _range(answer)[0] == partial.size and origin == before


def judge_head(head: bytes, file: RemoteFile) -> None:
    """Look at the first bytes of a file.

    Raises:
        Refused: They are a web page's, or not those that the file begins with.
    """
    if _PAGE.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise Refused("gives a web page in place of the file; a login may stand before it")
    if not head.startswith(file.magic):
        raise Refused(
            f"gives something that begins with {shown(head[:8].hex(' '))}, not with {shown(file.magic.hex(' '))}"
        )


def most_bytes(origin: Origin, file: RemoteFile, policy: Policy) -> int:
    """How many bytes the file may have."""
    total = total_of(origin, file)
    return policy.unsized_max if total is None else total


def total_of(origin: Origin | None, file: RemoteFile) -> int | None:
    """The file's size as we know it, else as the server says."""
    if file.size is not None:
        return file.size
    return origin.length if origin is not None else None


def _judge_status(answer: Answer) -> None:
    status = answer.status
    if status in (200, 206):
        return
    if status in _MAY_PASS or status >= 500:
        raise Broken(f"answers {status}", after=_seconds(answer.headers.get("retry-after")))
    reasons = {401: " (it wants a login)", 403: " (it does not allow it)", 404: " (it has no such file)"}
    raise Refused(f"answers {status}{reasons.get(status, '')}")


def _judge_encoding(answer: Answer, origin: Origin, file: RemoteFile) -> None:
    """Bytes are kept as they come. Some servers call a .gz file 'encoded'; where others compress, it is not the file.

    Raises:
        Refused: Nothing would show whether the encoding belongs to the file; or the end of the file could not be told.
    """
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    known = file.expected(origin.sha256) is not None
    plain_gzip = encoding in _ENCODED and file.name.endswith(".gz")
    if encoding not in ("", "identity") and not known and not plain_gzip:
        raise Refused(f"sends the file encoded as {shown(encoding)}, which was not asked for")
    chunked = "chunked" in answer.headers.get("transfer-encoding", "").lower()
    if total_of(origin, file) is None and not known and not chunked:
        raise Refused("does not say how long the file is, so that its end could not be told from a broken connection")


def _range(answer: Answer) -> tuple[int, int | None]:
    """First byte of the part and size of the whole, of a 206."""
    match = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    if match is None:
        raise Refused("sends a part of the file and does not say which")
    return int(match[1]), None if match[3] == "*" else int(match[3])


def _mark(text: str | None) -> str:
    """A server's mark of a version, if it can be sent back."""
    return text if text and text.isascii() and text.isprintable() and len(text) <= 256 else ""


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 18 else None


def _seconds(text: str | None) -> float | None:
    number = _number(text)
    return None if number is None else float(number)
