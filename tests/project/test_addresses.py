"""Row 55: only the public internet is asked, however an address is written."""

from __future__ import annotations

import socket

import pytest

from enformer_core.addresses import addresses_of, is_public, public_addresses
from enformer_core.errors import DownloadError, UrlNotAllowed

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "128.114.119.163",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]
NOT_PUBLIC = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1", "fec0::1"],
    "link-local, where clouds keep their metadata": ["169.254.169.254", "fe80::1", "fe80::1%eth0"],
    "carriers": ["100.64.0.1", "100.127.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "192.0.0.1", "198.18.0.1", "4000::1", "64:ff9b:1::1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],  # noqa: S104  (nothing is bound to it)
    "IPv4 in IPv6": ["::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe"],
    "6to4": ["2002:7f00:1::", "2002:c0a8:101::1", "192.88.99.1"],
    "Teredo with a private server, or client": [
        "2001:0:7f00:1:0:0:f7f7:f7f7",
        "2001:0:808:808:0:0:80ff:fffe",
    ],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", [a for kind in NOT_PUBLIC.values() for a in kind])
def test_no_other_address_is(address: str) -> None:
    assert not is_public(address)


def test_an_address_of_the_public_internet_is_its_own_answer() -> None:
    assert public_addresses("8.8.8.8", 443) == ("8.8.8.8",)
    assert public_addresses("2606:4700:4700::1111", 443) == ("2606:4700:4700::1111",)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.1", "0.1.2.3"])
def test_a_host_that_is_not_public_is_named_and_its_address_is_not(host: str) -> None:
    with pytest.raises(UrlNotAllowed) as caught:
        public_addresses(host, 443)
    assert caught.value.what == f"'{host}' is not a public server"
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.", "134744072", "00000008.8.8.8"],
)
def test_a_number_that_stands_for_an_address_is_refused_before_it_is_looked_up(host: str) -> None:
    with pytest.raises(UrlNotAllowed, match="a number that stands for an address"):
        addresses_of(host, 443)


@pytest.mark.parametrize(
    "host", ["", "a" * 254, "user@host", "host/path", "ho st", "host\x00", "fe80::1%eth0", "[::1]"]
)
def test_a_host_that_no_server_has_is_refused(host: str) -> None:
    with pytest.raises(UrlNotAllowed, match="cannot be asked"):
        addresses_of(host, 443)


def _answering(*addresses: str):
    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple]:
        kinds = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [(kind, socket.SOCK_STREAM, 6, "", (a, port)) for kind, a in zip(kinds, addresses, strict=True)]

    return getaddrinfo


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _answering("8.8.8.8", "192.168.0.7"))
    with pytest.raises(UrlNotAllowed):
        public_addresses("two-faces.example", 443)


def test_every_address_of_a_name_comes_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _answering("2606:4700::1", "8.8.8.8", "2606:4700::1"))
    assert public_addresses("files.example", 443) == ("2606:4700::1", "8.8.8.8")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example"])
def test_a_host_that_is_nowhere_is_said_to_be_nowhere(host: str) -> None:
    with pytest.raises(DownloadError, match="cannot be found") as caught:
        addresses_of(host, 443)
    assert caught.value.exit_code == 5
