"""Which network addresses may be asked on behalf of somebody who typed a web address.

A server that fetches whatever address it is given can be made to ask its own machine, its neighbours or a cloud's
metadata service. So a host's name is resolved once, every address of it must be public, and the connection is made to
one of the addresses that were looked at; asking for the name again could bring another answer. With httpx that is a
request for ``url.copy_with(host=address)`` with the name in the header ``Host`` and in ``extensions["sni_hostname"]``,
which the certificate is checked against.
"""

from __future__ import annotations

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from .errors import DownloadError, UrlNotAllowed, shown

MAX_HOST = 253  # of a name in DNS
#: Addresses that Python's table calls global in some of its versions, and that nobody has a file at.
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",  # carriers' own networks, also those of some clouds
        "192.88.99.0/24",  # relays of 6to4, withdrawn
        "2001::/23",  # protocols; Teredo is looked into below
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
_UNICAST = IPv6Network("2000::/3")  # all that is given out; the rest is loopback, link-local, site-local, reserved
#: Prefixes whose last 32 bits are an IPv4 address that the packet ends at.
_ENDS_IN_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
# What inet_aton reads as an address though it does not look like one: 2130706433, 0x7f.1, 0177.0.0.1, 127.1
_NUMBERS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*\.?", re.IGNORECASE)


def public_addresses(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, in the order to try them, if all of them are public.

    Args:
        host: A name, or an address as a URL has it without brackets.
        port: The port to connect to.

    Raises:
        UrlNotAllowed: An address of the host lies on this machine, in a private network, or is not for a server at
            all; or the host is written in a way that hides what it is.
        DownloadError: The host cannot be found.
    """
    addresses = addresses_of(host, port)
    if not all(is_public(address) for address in addresses):
        raise UrlNotAllowed(  # without the address: who asks is told nothing about the network
            f"{shown(host)} is not a public server",
            hint="Give the address of a file on a public server; this machine and its network are not asked",
        )
    return addresses


def addresses_of(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, public or not, each once.

    Raises:
        UrlNotAllowed: The host is empty, too long, or a number that stands for an address.
        DownloadError: The host cannot be found.
    """
    _refuse_disguise(host)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:  # UnicodeError: a label of more than 63 characters
        raise DownloadError(
            f"the server {shown(host)} cannot be found", hint="Check the address, the network and the proxy"
        ) from exc
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str | IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet, looking into those that carry another one.

    False for loopback, private, link-local, multicast, reserved and unspecified addresses, for carriers' networks, and
    for IPv4-mapped, NAT64, 6to4 and Teredo addresses that lead to one of these.

    Raises:
        ValueError: The text is not an address.
    """
    address = ip_address(address)
    if isinstance(address, IPv6Address) and (carried := _carried(address)):
        return all(is_public(inner) for inner in carried)
    if isinstance(address, IPv6Address) and (address not in _UNICAST or address.scope_id is not None):
        return False
    unusual = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_private
    return address.is_global and not unusual and not any(address in network for network in _NOT_PUBLIC)


def _carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    if any(address in network for network in _ENDS_IN_IPV4):
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    return address.teredo or ()


def _refuse_disguise(host: str) -> None:
    reason = ""
    if not host or len(host) > MAX_HOST:
        reason = f"a host's name has 1 to {MAX_HOST} characters"
    elif not host.isprintable() or any(c in host for c in " %@/\\[]"):
        reason = "it holds a character that no host's name has"
    elif _NUMBERS.fullmatch(host) and not _is_plain_ipv4(host):
        reason = "it is a number that stands for an address"
    if reason:
        raise UrlNotAllowed(f"{shown(host)} cannot be asked: {reason}", hint="Write the server's name")


def _is_plain_ipv4(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False
