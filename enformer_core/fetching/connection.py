"""One question to a server: redirects followed under the policy, addresses checked, proxies as the environment says."""

from __future__ import annotations

import re
import socket
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import httpx

from ..addresses import addresses_of, is_public, public_addresses
from ..errors import UrlNotAllowed, shown
from .policy import Policy
from .trouble import Broken, Refused

_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "enformer-browser"}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent before the file's bytes.

    Attributes:
        status: HTTP's status.
        headers: Its headers.
        linked: The checksum that a hub stated on the way here, or ``""``.
        response: The open answer, whose bytes come as they are on the wire.
    """

    status: int
    headers: httpx.Headers
    linked: str
    response: httpx.Response

    def hang_up(self) -> None:
        """End the connection from another thread than the one that reads from it."""
        stream = self.response.extensions.get("network_stream")
        connection = stream.get_extra_info("socket") if stream is not None else None
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def asked(url: str, headers: Mapping[str, str], policy: Policy) -> Iterator[Answer]:
    """Ask for a file, and follow where the server points.

    Raises:
        UrlNotAllowed: The address, or one that a server points to, may not be asked.
        Refused: The server will not do.
        Broken: It could not be reached this time.
    """
    linked = ""
    target = _parsed(url, policy)
    with ExitStack() as stack, _told():
        for _ in range(policy.redirects + 1):
            response = stack.enter_context(_sent(target, headers, policy))
            if _host(target) in policy.hubs:
                linked = _linked(response) or linked
            if response.status_code not in _REDIRECTS or "location" not in response.headers:
                yield Answer(response.status_code, response.headers, linked, response)
                return
            stack.close()
            target = _parsed(response.headers["location"], policy, target)
        raise Refused(f"points elsewhere more than {policy.redirects} times in a row")


def _linked(response: httpx.Response) -> str:
    """The sha256 that a hub states of a large file; of a small one it states another kind of mark."""
    text = response.headers.get("x-linked-etag", "").strip('"')
    return text if re.fullmatch("[0-9a-f]{64}", text) else ""


def _parsed(text: str, policy: Policy, base: httpx.URL | None = None) -> httpx.URL:
    """An address that may be asked, as far as its text says; relative to another one where there is one."""
    try:
        url = base.join(text) if base is not None else httpx.URL(text)
    except httpx.InvalidURL as exc:
        raise UrlNotAllowed(f"{shown(text)} is not a web address", hint="Write it as https://host/path") from exc
    allowed = " or ".join(sorted(policy.schemes))
    if url.scheme not in policy.schemes or not url.host:
        raise UrlNotAllowed(f"{shown(text)} is not an address with {allowed}", hint=f"Give one with {allowed}")
    if url.userinfo:
        raise UrlNotAllowed(
            f"the address at {shown(url.host)} holds a user's name", hint="Give one that needs no password"
        )
    return url


@contextmanager
def _sent(url: httpx.URL, headers: Mapping[str, str], policy: Policy) -> Iterator[httpx.Response]:
    proxy = _proxy(url)
    timeout = httpx.Timeout(policy.silence_s, connect=policy.connect_s)
    everything = {**_HEADERS, **headers, "Host": url.netloc.decode("ascii")}
    try:
        client = httpx.Client(verify=_trust(url), trust_env=False, proxy=proxy, timeout=timeout)
    except (httpx.InvalidURL, ValueError, ImportError) as exc:  # ImportError: SOCKS without its package
        raise Refused(
            "is behind a proxy that cannot be used (set HTTPS_PROXY to http://host:port, or unset it)"
        ) from exc
    with client:
        response = _first_that_answers(client, url, everything, _destinations(url, policy, proxied=proxy is not None))
        try:
            yield response
        finally:
            response.close()


def _trust(url: httpx.URL) -> ssl.SSLContext:
    """Whose certificates are believed: those of SSL_CERT_FILE, else the usual ones; nobody's where none is needed."""
    if url.scheme != "https":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.create_ssl_context()
    except OSError as exc:
        raise Refused("cannot be trusted: the certificates that SSL_CERT_FILE names cannot be read") from exc


def _first_that_answers(
    client: httpx.Client, url: httpx.URL, headers: Mapping[str, str], destinations: tuple[str, ...]
) -> httpx.Response:
    """Ask a host's addresses in turn; one that is dead, as IPv6 is on some networks, does not spoil the others."""
    for number, host in enumerate(destinations, 1):
        request = client.build_request(
            "GET", url.copy_with(host=host), headers=headers, extensions={"sni_hostname": _host(url)}
        )
        try:
            return client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if number == len(destinations):
                raise
    raise Broken("has no address")


def _destinations(url: httpx.URL, policy: Policy, *, proxied: bool) -> tuple[str, ...]:
    """The addresses to connect to; the name itself where a proxy looks it up."""
    host = _host(url)
    port = url.port or (443 if url.scheme == "https" else 80)
    if host in policy.private_hosts:
        return (host,) if proxied else addresses_of(host, port)
    if not proxied:
        return public_addresses(host, port)
    with suppress(ValueError):  # a name is the proxy's to judge: this machine may not even be able to look it up
        if not is_public(host):
            return public_addresses(host, port)
    return (host,)


def _host(url: httpx.URL) -> str:
    """The host's name as DNS and certificates have it, or its address without brackets."""
    return url.raw_host.decode("ascii")


def _proxy(url: httpx.URL) -> str | None:
    if urllib.request.proxy_bypass(_host(url)):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


@contextmanager
def _told() -> Iterator[None]:
    """What went wrong between the machines, in words; also while the bytes of the answer are read."""
    try:
        yield
    except httpx.TimeoutException as exc:
        raise Broken("did not answer in time") from exc
    except httpx.ConnectError as exc:
        if isinstance(_cause(exc), ssl.SSLCertVerificationError):
            raise Refused("shows a certificate that is not valid for it") from exc
        raise Broken("cannot be reached") from exc
    except httpx.ProxyError as exc:
        raise Broken(f"is not let through by the proxy ({exc})") from exc
    except httpx.HTTPError as exc:
        raise Broken("broke off the connection") from exc


def _cause(exc: BaseException) -> BaseException:
    while (inner := exc.__cause__ or exc.__context__) is not None:
        exc = inner
    return exc
