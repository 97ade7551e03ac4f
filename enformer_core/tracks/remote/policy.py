"""Which web addresses a bigWig may be read from, and how much of it, in how much time."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from ...addresses import public_addresses
from ...errors import UrlNotAllowed, shown
from ...settings import Settings

MAX_CHARACTERS = 2000
PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules. The defaults are those that hold; a test replaces what keeps it from its own server.

    Attributes:
        hosts: Those that may be asked; None for any.
        schemes: Of addresses.
        ports: That may be connected to.
        resolve: Gives the addresses of a host (name, port), or raises. Asked once for each question.
        tls: How certificates are checked; None for the usual authorities, or those of SSL_CERT_FILE.
        connect_s: Longest time to connect, in seconds.
        read_s: Longest silence.
        whole_s: Longest time for all that one picture needs of a file.
        max_bytes: Most that is fetched of a file for one picture, and kept of it.
        max_redirects: Redirects that are followed; only ever on the same host.
    """

    hosts: tuple[str, ...] | None = None
    schemes: tuple[str, ...] = ("https",)
    ports: tuple[int, ...] = (443,)
    resolve: Callable[[str, int], tuple[str, ...]] = public_addresses
    tls: ssl.SSLContext | None = None
    connect_s: float = 5.0
    read_s: float = 10.0
    whole_s: float = 30.0
    max_bytes: int = 64 * 1024**2
    max_redirects: int = 5


@dataclass(frozen=True, slots=True)
class Address:
    """A web address that the rules allow.

    Attributes:
        scheme: ``https``.
        host: In lower case; an IPv6 address without brackets.
        port: To connect to.
        target: Path and query, as they are sent.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port, as the header ``Host`` has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS.get(self.scheme) else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        """The whole address; it may hold a signature in its query, so it is neither shown nor logged."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def name(self) -> str:
        """The last part of the path, for people; the host's name where there is none."""
        return unquote(self.target.partition("?")[0].rstrip("/").rpartition("/")[2]) or self.host


def policy_of(settings: Settings) -> Policy:
    """The rules that follow from the settings: where the app is hosted, only hosts that are named."""
    hosts = tuple(host.strip().lower().rstrip(".") for host in settings.bigwig_hosts)
    return Policy(hosts=hosts if hosts or settings.hosted else None)


def checked_address(text: str, policy: Policy) -> Address:
    """The address that a text names, if the rules allow it. Asks nobody: where its host leads is looked at later.

    Raises:
        UrlNotAllowed: They do not.
    """
    if policy.hosts == ():
        raise UrlNotAllowed(
            f"{_shown(text)} cannot be read, because reading from web addresses is switched off",
            hint="Upload the file, or name its host in the setting bigwig_hosts",
        )
    reason = _unreadable(text)
    if reason:
        raise _refused(text, reason)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as exc:
        raise _refused(text, "it is no web address") from exc
    return _allowed(text, parts, port, policy)


def _allowed(text: str, parts: SplitResult, port: int | None, policy: Policy) -> Address:
    scheme = parts.scheme.lower()
    if scheme not in policy.schemes:
        raise _refused(text, f"only {' and '.join(policy.schemes)} is read")
    if "@" in parts.netloc:
        raise _refused(text, "it holds a user's name")
    host = (parts.hostname or "").lower().rstrip(".")
    if not _HOST.fullmatch(host):
        raise _refused(text, "its host is none that can be asked")
    port = PORTS[scheme] if port is None else port
    if port not in policy.ports:
        raise _refused(text, f"port {port} is not asked")
    if policy.hosts is not None and host not in policy.hosts:
        raise UrlNotAllowed(
            f"{shown(host)} is not a host that bigWigs may be read from",
            hint=f"Upload the file, or use one of: {', '.join(policy.hosts)}",
        )
    query = f"?{parts.query}" if parts.query else ""
    return Address(scheme, host, port, f"{parts.path or '/'}{query}")


def _unreadable(text: str) -> str:
    """Why a text is no address at all, or ``""``."""
    if not text:
        return "the address is empty"
    if len(text) > MAX_CHARACTERS:
        return f"an address has at most {MAX_CHARACTERS:,} characters"
    if not text.isascii():
        return "it holds letters that must be written in another way, such as %20 for a space"
    return "it holds a space, a backslash or a control character" if re.search(r"[\x00-\x20\x7f\\]", text) else ""


def _refused(text: str, reason: str) -> UrlNotAllowed:
    return UrlNotAllowed(
        f"{_shown(text)} cannot be read: {reason}", hint="Give the address of a bigWig, such as https://host/file.bw"
    )


def _shown(text: str) -> str:
    """An address for a message, without what may be a secret in it: a query, or a user's password."""
    return shown(re.sub(r"//[^/@]*@", "//…@", text.partition("?")[0]))
