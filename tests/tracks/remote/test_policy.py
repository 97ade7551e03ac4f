"""Row 55 of the table of bad inputs: which addresses are asked, and what is believed of what a server says."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from range_server import RangeServer, authorities, serving

from enformer_core.errors import BigWigError, DownloadError, EnformerError, FileTooLarge, UrlNotAllowed
from enformer_core.settings import Settings
from enformer_core.tracks.remote.bigwigs import RemoteBigWigs
from enformer_core.tracks.remote.policy import Policy, checked_address, policy_of

HOST = "bigwigs.test"
LOOPBACK: Callable[[str, int], tuple[str, ...]] = lambda host, port: ("127.0.0.1",)  # noqa: E731

REFUSED_AS_THEY_STAND = {
    "http://example.org/a.bw": "only https is read",
    "file:///etc/passwd": "only https is read",
    "ftp://example.org/a.bw": "only https is read",
    "/etc/passwd": "only https is read",
    "gopher://example.org/a.bw": "only https is read",
    "https://user@example.org/a.bw": "it holds a user's name",
    "https://user:secret@example.org/a.bw": "it holds a user's name",
    "https://example.org:8501/a.bw": "port 8501 is not asked",
    "https://example.org:99999/a.bw": "it is no web address",
    "https://[::1/a.bw": "it is no web address",
    "https:///a.bw": "its host is none that can be asked",
    "https://exa%6dple.org/a.bw": "its host is none that can be asked",
    "https://example.org\\@127.0.0.1/a.bw": "a backslash",
    "https://example.org/a b.bw": "it holds a space",
    "https://example.org/a.bw\r\nHost: x": "a control character",
    "https://example.org/\x00.bw": "a control character",
    "https://exämple.org/a.bw": "letters that must be written in another way",
    "https://example.org/" + "a" * 2000: "at most 2,000 characters",
    "": "the address is empty",
}
PRIVATE = (
    "169.254.169.254",
    "127.0.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "0.0.0.0",  # noqa: S104  an address to refuse
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[fe80::1]",
    "[fd00::1]",
    "[64:ff9b::7f00:1]",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "localhost",
    "localhost.",
)


@pytest.fixture(scope="module")
def content(shared_data: Path) -> bytes:
    """A real bigWig."""
    return (shared_data / "hg38_slices" / "bigwig32_raw" / "ENCFF136DBS.bw").read_bytes()


@pytest.fixture
def server(content: bytes) -> Iterator[RangeServer]:
    with serving({"a.bw": content}) as server:
        yield server


def policy_for(server: RangeServer, **other: object) -> Policy:
    """What lets a test ask its own server."""
    policy = Policy(schemes=("http",), ports=(server.port,), resolve=LOOPBACK, tls=authorities())
    return replace(policy, **other)  # type: ignore[arg-type]


def refused(folder: Path, policy: Policy, text: str) -> EnformerError:
    """Why an address is not taken; nothing of it is kept."""
    with RemoteBigWigs(folder, policy) as remote:
        with pytest.raises(EnformerError) as caught:
            remote.add(text)
        kept = [path for path in folder.glob("*/*") if path.is_file()]
        assert sum(path.stat().st_blocks for path in kept) <= 64
    return caught.value


@pytest.mark.parametrize(("text", "reason"), REFUSED_AS_THEY_STAND.items())
def test_row_55_an_address_is_refused_before_anybody_is_asked(text: str, reason: str) -> None:
    def asked(host: str, port: int) -> tuple[str, ...]:
        raise AssertionError(f"{host} was looked up")

    with pytest.raises(UrlNotAllowed, match="cannot be read") as caught:
        checked_address(text, Policy(resolve=asked))
    assert reason in caught.value.what
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", PRIVATE)
def test_row_55_this_machine_and_its_network_are_not_asked(host: str, tmp_path: Path) -> None:
    error = refused(tmp_path, Policy(tls=authorities()), f"https://{host}/a.bw")
    assert isinstance(error, UrlNotAllowed), error


def test_row_55_a_name_that_leads_inside_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.7")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    error = refused(tmp_path, Policy(tls=authorities()), "https://example.org/a.bw")
    assert isinstance(error, UrlNotAllowed)
    assert "10.0.0.7" not in str(error), "who asks learns nothing about the network"


def test_row_55_dns_rebinding_a_name_is_resolved_once_and_connected_to_what_was_looked_at(
    server: RangeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name's owner answers well the first time, and with an address inside ever after."""
    answers = iter(["127.0.0.1"])
    resolved: list[str] = []

    def rebinding(host: str, port: int) -> tuple[str, ...]:
        resolved.append(host)
        return (next(answers, "169.254.169.254"),)

    connected: list[object] = []
    connect = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda address, *a, **k: connected.append(address) or connect(address, *a, **k)
    )
    with RemoteBigWigs(tmp_path, policy_for(server, resolve=rebinding)) as remote:
        remote.add(f"http://{HOST}:{server.port}/here/a.bw")
    assert resolved == [HOST], "one question, one look"
    assert connected == [("127.0.0.1", server.port)], "never by the name"
    assert {host for _, _, host in server.asked} == {f"{HOST}:{server.port}"}
    assert len(server.asked) >= 3, "a redirect and two parts came over that connection"


def test_row_55_only_named_hosts_where_there_is_a_list(server: RangeServer, tmp_path: Path) -> None:
    text = f"http://{HOST}:{server.port}/good/a.bw"
    error = refused(tmp_path, policy_for(server, hosts=("www.encodeproject.org",)), text)
    assert (error.what, error.hint) == (
        "'bigwigs.test' is not a host that bigWigs may be read from",
        "Upload the file, or use one of: www.encodeproject.org",
    )
    assert not server.asked
    with RemoteBigWigs(tmp_path, policy_for(server, hosts=(HOST,))) as remote:
        assert remote.add(text.replace(HOST, HOST.upper())).host == HOST


def test_row_55_which_hosts_follows_from_the_mode() -> None:
    assert policy_of(Settings()).hosts is None
    assert policy_of(Settings(bigwig_hosts=("A.org",))).hosts == ("a.org",)
    assert policy_of(Settings(hosted=True, bigwig_hosts=("a.org",))).hosts == ("a.org",)
    assert policy_of(Settings(hosted=True)).hosts == ()
    with pytest.raises(UrlNotAllowed, match="switched off"):
        checked_address("https://example.org/a.bw", policy_of(Settings(hosted=True)))


ANSWERS: dict[str, tuple[type[EnformerError], str]] = {
    "away": (UrlNotAllowed, "leads to another server, 'elsewhere.test'"),
    "inside": (UrlNotAllowed, "cannot be read: port 80 is not asked"),
    "nowhere": (DownloadError, "no address"),
    "loop": (DownloadError, "from one address to the next without end"),
    "whole": (DownloadError, "the server gives no parts of files"),
    "endless": (BigWigError, "this is a file of zeros, not a bigWig"),
    "page": (BigWigError, "this is a web page (HTML)"),
    "pagepart": (BigWigError, "this is a web page (HTML)"),
    "gzip": (DownloadError, "sends the file compressed ('gzip'), unasked"),
    "gzippart": (DownloadError, "sends the file compressed ('gzip'), unasked"),
    "nolength": (DownloadError, "does not say how long the file is"),
    "norange": (DownloadError, "does not say which part of the file it sends"),
    "other": (DownloadError, "sends bytes 7 to 70, where 0 to 16,383 were asked for"),
    "huge": (FileTooLarge, "the file has 35,184,372,088,832 bytes"),
    "short": (DownloadError, "the connection broke"),
    "noise": (DownloadError, "what came is not HTTP"),
    "broken": (DownloadError, "the server answers 500 (Internal Server Error)"),
    "refused": (DownloadError, "the server answers 403 (Forbidden)"),
    "changes": (BigWigError, "the file changes while it is read"),
}


@pytest.mark.parametrize("how", ANSWERS)
def test_row_55_what_a_server_says_is_not_taken_on_trust(how: str, server: RangeServer, tmp_path: Path) -> None:
    kind, reason = ANSWERS[how]
    began = time.monotonic()
    error = refused(tmp_path, policy_for(server), f"http://{HOST}:{server.port}/{how}/a.bw?signature=secret")
    assert type(error) is kind
    assert reason in error.what.replace(HOST, "host") or reason in error.what
    assert error.hint
    assert "secret" not in str(error), "a query may be a key"
    assert time.monotonic() - began < 5
    time.sleep(0.05 if how == "endless" else 0)
    assert server.sent < 20 << 20, "what is not needed is not fetched"


def test_row_55_nothing_is_there_or_it_is_empty_or_something_else(content: bytes, tmp_path: Path) -> None:
    with serving({"empty.bw": b"", "a.zip": b"PK\x03\x04" + bytes(99), "cut.bw": content[:40]}) as server:
        for name, reason in {
            "none.bw": "the server answers 404 (Not Found)",
            "empty.bw": "this is an empty file",
            "a.zip": "this is a zip archive, not a bigWig",
            "cut.bw": "cut short at 40 bytes",
        }.items():
            error = refused(tmp_path, policy_for(server), f"http://{HOST}:{server.port}/good/{name}")
            assert reason in error.what
            assert error.where == HOST


@pytest.mark.parametrize("how", ["slowhead", "slowbody"])
def test_row_55_slowloris_a_letter_now_and_then_ends_at_the_deadline(
    how: str, server: RangeServer, tmp_path: Path
) -> None:
    began = time.monotonic()
    policy = policy_for(server, whole_s=0.4, read_s=0.3)
    error = refused(tmp_path, policy, f"http://{HOST}:{server.port}/{how}/a.bw")
    assert isinstance(error, DownloadError)
    assert "took more than 0.4 s and was stopped" in error.what
    assert time.monotonic() - began < 2


def test_row_55_a_silent_server_and_one_that_is_not_there(server: RangeServer, tmp_path: Path) -> None:
    error = refused(tmp_path, policy_for(server, read_s=0.2), f"http://{HOST}:{server.port}/silent/a.bw")
    assert "the server said nothing for 0.2 s" in error.what
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    error = refused(tmp_path, policy_for(server, ports=(port,)), f"http://{HOST}:{port}/good/a.bw")
    assert "the server cannot be reached" in error.what


def test_row_55_no_more_than_the_cap_is_fetched(server: RangeServer, content: bytes, tmp_path: Path) -> None:
    error = refused(
        tmp_path, policy_for(server, max_bytes=30_000), f"http://{HOST}:{server.port}/good/a.bw"
    )  # its head and its index are further apart
    assert isinstance(error, FileTooLarge)
    assert server.sent <= 30_000 < len(content)


def test_row_55_certificates_are_checked_against_the_name(content: bytes, tmp_path: Path) -> None:
    """The connection goes to a number; whose it is, is said by a certificate for the name."""
    pem = tmp_path / "both.pem"
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    whose = ("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}")
    files = ("-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "certificate.pem"))
    subprocess.run([openssl, "req", *kind, *whose, *files], check=True, capture_output=True)
    pem.write_text((tmp_path / "certificate.pem").read_text() + (tmp_path / "key.pem").read_text())
    trusting = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
    with serving({"a.bw": content}, pem) as server:
        policy = Policy(ports=(server.port,), resolve=LOOPBACK)
        text = f"https://{HOST}:{server.port}/good/a.bw"
        error = refused(tmp_path / "one", policy, text)
        assert "the server's certificate cannot be trusted: self-signed certificate" in error.what
        with RemoteBigWigs(tmp_path / "two", replace(policy, tls=trusting)) as remote:
            remote.add(text)
        error = refused(tmp_path / "three", replace(policy, tls=trusting), text.replace(HOST, "other.test"))
        assert "the server's certificate cannot be trusted: Hostname mismatch" in error.what
