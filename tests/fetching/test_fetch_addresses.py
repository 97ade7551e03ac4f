"""Row 55 for downloads: which addresses are asked, also after a redirect, by way of a proxy, and over TLS."""

from __future__ import annotations

import random
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import fault_server as faults
import pytest
from fault_server import FaultServer
from fetch_checks import BODY, FAST, NAME, policy, whole

from enformer_core.errors import DownloadError, UrlNotAllowed
from enformer_core.fetching.fetch import Policy, RemoteFile, fetch


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.org/x", "is not an address with https"),
        ("file:///etc/passwd", "is not an address with https"),
        ("ftp://example.org/x", "is not an address with https"),
        ("example.org/x", "is not an address with https"),
        ("https:///x", "is not an address with https"),
        ("https://exa mple.org/x", "a character that no host's name has"),
        ("https://example.org:port/x", "is not a web address"),
        ("https://user:secret@example.org/x", "holds a user's name"),
        ("https://localhost/x", "'localhost' is not a public server"),
        ("https://127.0.0.1:8501/x", "'127.0.0.1' is not a public server"),
        ("https://169.254.169.254/latest/meta-data", "is not a public server"),
        ("https://[::1]/x", "'::1' is not a public server"),
        ("https://[::ffff:10.0.0.1]/x", "is not a public server"),
        ("https://2130706433/x", "a number that stands for an address"),
    ],
)
def test_an_address_that_must_not_be_asked_is_refused_as_it_stands(url: str, said: str, folder: Path) -> None:
    with pytest.raises(UrlNotAllowed, match=said) as caught:
        fetch(RemoteFile(NAME, (url,)), folder)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("ftp://127.0.0.1/x", "is not an address with http"),
        ("http://localhost:{port}{path}/file", "'localhost' is not a public server"),
        ("http://[::1]:{port}{path}/file", "'::1' is not a public server"),
        ("http://user@127.0.0.1:{port}{path}/file", "holds a user's name"),
    ],
)
def test_a_redirect_leads_nowhere_that_could_not_be_asked_at_first(
    server: FaultServer, folder: Path, path: str, target: str, said: str
) -> None:
    server.serve(f"{path}/file", BODY, faults.good)
    url = server.serve(path, b"", faults.points_to(target.format(port=server.port, path=path)))
    with pytest.raises(UrlNotAllowed, match=said):
        fetch(RemoteFile(NAME, (url,)), folder, policy=FAST)
    assert server.ranges(f"{path}/file") == []


def test_a_mirror_that_must_not_be_asked_does_not_spoil_the_others(
    server: FaultServer, folder: Path, path: str
) -> None:
    good = server.serve(path, BODY, faults.good)
    fetched = fetch(RemoteFile(NAME, ("file:///etc/passwd", good)), folder, policy=FAST)
    whole(fetched, folder)
    assert fetched.url == good


def test_redirects_are_followed_relative_ones_too_with_the_range(server: FaultServer, folder: Path, path: str) -> None:
    server.serve(f"{path}/c", BODY, faults.resets(0.5))
    server.serve(f"{path}/b", b"", faults.points_to(server.url(f"{path}/c")))
    url = server.serve(path, b"", faults.points_to(f"{path}/b"))
    fetched = fetch(RemoteFile(NAME, (url,)), folder, policy=FAST)
    whole(fetched, folder)
    assert fetched.url == url
    assert server.ranges(f"{path}/c") == [None, f"bytes={len(BODY) // 2}-"]


def test_a_circle_of_redirects_ends(server: FaultServer, folder: Path, path: str) -> None:
    url = server.serve(path, b"", faults.points_to(path))
    with pytest.raises(DownloadError, match="points elsewhere more than 5 times in a row"):
        fetch(RemoteFile(NAME, (url,)), folder, policy=FAST)
    assert len(server.ranges(path)) == 6


def test_a_name_is_looked_up_once_and_what_was_looked_at_is_connected_to(
    server: FaultServer, folder: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second look-up could bring another address, which nobody has looked at."""
    real, asked = socket.getaddrinfo, []

    def rebinding(host: str, port: int, *args: object, **more: object) -> list[tuple]:
        asked.append(host)
        answers = {"rebind.example": "127.0.0.1"} if asked.count("rebind.example") <= 1 else {}
        return real(answers.get(host, host), port, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    server.serve(path, BODY, faults.good)
    url = f"http://rebind.example:{server.port}{path}"
    whole(fetch(RemoteFile(NAME, (url,)), folder, policy=policy(private_hosts=frozenset({"rebind.example"}))), folder)
    assert asked == ["rebind.example", "127.0.0.1"]
    assert server.asked[-1].headers["host"] == f"rebind.example:{server.port}"


def test_a_dead_address_of_a_host_does_not_spoil_the_living_one(
    server: FaultServer, folder: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def two(host: str, port: int, *args: object, **more: object) -> list[tuple]:
        if host != "two.example":
            return real(host, port, *args, **more)
        return [*real("127.0.0.2", port, *args, **more), *real("127.0.0.1", port, *args, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    server.serve(path, BODY, faults.good)
    rules = policy(private_hosts=frozenset({"two.example"}))
    whole(fetch(RemoteFile(NAME, (f"http://two.example:{server.port}{path}",)), folder, policy=rules), folder)


def test_no_server_and_no_host_are_said_to_be_so(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    rules = policy(retries=1)
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1 cannot be reached"):
        fetch(RemoteFile(NAME, (f"http://127.0.0.1:{port}/x",)), folder, policy=rules)
    with pytest.raises(DownloadError, match=r"the server 'no-such-host\.invalid' cannot be found"):
        fetch(RemoteFile(NAME, ("http://no-such-host.invalid/x",)), folder, policy=rules)


class TestProxy:
    """A proxy that the environment names looks names up itself."""

    def test_it_is_asked_for_the_whole_address(
        self, server: FaultServer, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = "http://no-such-host.invalid/file"
        server.serve(url, BODY, faults.good)
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{server.port}")
        whole(fetch(RemoteFile(NAME, (url,)), folder, policy=FAST), folder)
        assert server.asked[-1].headers["host"] == "no-such-host.invalid"

    def test_it_is_passed_by_for_the_hosts_that_the_environment_says(
        self, server: FaultServer, folder: Path, path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        whole(fetch(RemoteFile(NAME, (server.serve(path, BODY, faults.good),)), folder, policy=FAST), folder)

    def test_it_is_not_asked_for_private_addresses(
        self, server: FaultServer, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
        asked = len(server.asked)
        with pytest.raises(UrlNotAllowed):
            fetch(RemoteFile(NAME, ("http://169.254.169.254/x",)), folder, policy=FAST)
        assert len(server.asked) == asked

    @pytest.mark.parametrize("proxy", ["gopher://proxy:70", "http://user:secret@proxy:port"])
    def test_one_that_makes_no_sense_is_said_to(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, proxy: str
    ) -> None:
        monkeypatch.setenv("http_proxy", proxy)
        with pytest.raises(DownloadError, match=r"files\.example is behind a proxy that cannot be used") as caught:
            fetch(RemoteFile(NAME, ("http://files.example/x",)), folder, policy=FAST)
        assert "secret" not in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of files.example, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    made = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=files.example -addext subjectAltName=DNS:files.example"
    subprocess.run(
        ["openssl", *made.split(), "-keyout", path, "-out", path.with_suffix(".crt")], check=True, capture_output=True
    )
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


@pytest.fixture
def tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """The server under TLS, and every host's name leading to it."""
    real = socket.getaddrinfo

    def here(host: str, *args: object, **more: object) -> list[tuple]:
        return real("127.0.0.1" if host.endswith(".example") else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with FaultServer(context) as running:
        yield running


class TestTls:
    """The connection goes to an address; the certificate must be the name's."""

    RULES = Policy(private_hosts=frozenset({"files.example", "other.example"}), tick_s=0.01, sleep=lambda _: None)

    def test_the_certificate_is_checked_against_the_name(
        self, tls: FaultServer, certificate: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
        body = random.Random(9).randbytes(100_000)
        tls.serve("/x", body, faults.resets(0.5))
        tls.before_reset = lambda: None
        whole(
            fetch(RemoteFile(NAME, (f"https://files.example:{tls.port}/x",)), folder, policy=self.RULES), folder, body
        )
        assert tls.asked[-1].headers["host"] == f"files.example:{tls.port}"
        with pytest.raises(DownloadError, match=r"other\.example shows a certificate that is not valid for it"):
            fetch(RemoteFile("b", (f"https://other.example:{tls.port}/x",)), folder, policy=self.RULES)

    def test_certificates_that_are_not_there_are_said_not_to_be(
        self, tls: FaultServer, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "none.pem"))
        with pytest.raises(DownloadError, match="the certificates that SSL_CERT_FILE names cannot be read"):
            fetch(RemoteFile(NAME, (f"https://files.example:{tls.port}/x",)), folder, policy=self.RULES)

    def test_a_certificate_that_nobody_vouches_for_is_refused(self, tls: FaultServer, folder: Path) -> None:
        tls.serve("/x", BODY, faults.good)
        with pytest.raises(DownloadError, match=r"files\.example shows a certificate that is not valid for it"):
            fetch(RemoteFile(NAME, (f"https://files.example:{tls.port}/x",)), folder, policy=self.RULES)
        assert tls.asked == []
