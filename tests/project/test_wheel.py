"""The built wheel: what it holds, and that it works from an empty folder in a fresh environment."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import zipfile
from email import message_from_bytes
from http.client import HTTPConnection
from pathlib import Path

import pytest

import enformer_core
from enformer_core.app_files import app_folder

REPOSITORY = Path(enformer_core.__file__).resolve().parent.parent
INSIDE = "enformer_core/_app/"
START_S = 60
INSTALL_S = 900


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(REPOSITORY)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_app(contents: set[str]) -> None:
    expected = {f"{INSIDE}app.py", f"{INSIDE}.streamlit/config.toml"}
    for folder in ("pages", "assets"):
        files = [p for p in (REPOSITORY / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
        assert files, f"{folder} is empty"
        expected |= {INSIDE + p.relative_to(REPOSITORY).as_posix() for p in files}
    assert {name for name in contents if name.startswith(INSIDE)} == expected


def test_the_wheel_holds_every_module(contents: set[str]) -> None:
    expected = {p.relative_to(REPOSITORY).as_posix() for p in (REPOSITORY / "enformer_core").rglob("*.py")}
    assert {n for n in contents if n.endswith(".py") and not n.startswith(INSIDE)} == expected


def test_the_wheel_brings_one_top_level_name(contents: set[str]) -> None:
    """``app``, ``pages``, ``assets`` and ``tests`` would collide with other packages."""
    roots = {name.split("/")[0] for name in contents}
    assert {root for root in roots if not root.endswith(".dist-info")} == {"enformer_core"}
    weights = {name for name in contents if name.endswith(".safetensors")}
    assert weights == {f"{INSIDE}assets/demo_model/model.safetensors"}
    assert not [name for name in contents if name.endswith((".pyc", ".bw", ".fa")) or "/test" in name]


def test_the_wheel_states_its_licence_and_its_command(wheel: Path, contents: set[str]) -> None:
    (metadata,) = (name for name in contents if name.endswith(".dist-info/METADATA"))
    with zipfile.ZipFile(wheel) as archive:
        facts = message_from_bytes(archive.read(metadata))
        scripts = archive.read(metadata.replace("METADATA", "entry_points.txt")).decode()
    assert facts["Name"] == "enformer-browser"
    assert facts["License-Expression"] == "Apache-2.0"
    assert facts["Requires-Python"] == ">=3.11"
    assert "enformer-browser = enformer_core.cli:main" in scripts
    assert any(name.endswith("/licenses/LICENSE") for name in contents)


def test_a_checkout_runs_its_own_app() -> None:
    """An editable installation may leave a copy of the app beside it, which must not be the one that starts."""
    assert app_folder() == REPOSITORY


def test_the_first_start_asks_for_no_email_address() -> None:
    """Streamlit's prompt would hold up the first `make run` on a machine until somebody answers it."""
    config = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["showEmailPrompt"] is False
    assert config["browser"]["gatherUsageStats"] is False


def test_locks_pin_everything_with_hashes() -> None:
    for name in ("run.lock", "dev.lock"):
        text = (REPOSITORY / "requirements" / name).read_text(encoding="utf-8").replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert len(lines) > 20
        for line in lines:
            assert re.match(r"[a-z0-9_.-]+==[^ ]+ .*--hash=sha256:[0-9a-f]{64}", line), line[:80]
            assert not line.startswith(("torch==", "triton==", "nvidia-")), line[:80]
            assert "://" not in line, line[:80]


def test_torch_is_pinned_by_version_alone() -> None:
    text = (REPOSITORY / "requirements" / "torch.txt").read_text(encoding="utf-8")
    assert re.fullmatch(r"torch==\d+\.\d+\.\d+\n", text)


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the locked packages, torch and the wheel; its ``bin`` folder."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    requirements = REPOSITORY / "requirements"
    for arguments in (
        ["--no-deps", "--require-hashes", "-r", str(requirements / "run.lock")],
        ["-r", str(requirements / "torch.txt")],
        [str(wheel)],  # with its dependencies: the locks must satisfy what the wheel asks for
    ):
        subprocess.run([*pip, *arguments], check=True, timeout=INSTALL_S)
    return folder / "bin"


@pytest.fixture
def bare(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """An empty folder, and an environment that knows nothing of the checkout."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder, environment | {"HOME": str(tmp_path)}


@pytest.fixture
def chromium() -> str:
    """The system's Chromium or Chrome."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("Chromium is not installed")


@pytest.mark.slow
@pytest.mark.timeout(2 * INSTALL_S)
def test_doctor_finds_a_fresh_installation_sound(fresh: Path, bare: tuple[Path, dict[str, str]]) -> None:
    folder, environment = bare
    done = subprocess.run(
        [fresh / "enformer-browser", "doctor"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"app: {fresh.parent}" in done.stdout, done.stdout
    assert not list(folder.iterdir())


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(2 * INSTALL_S)
def test_the_app_starts_from_an_empty_folder(fresh: Path, bare: tuple[Path, dict[str, str]], chromium: str) -> None:
    folder, environment = bare
    port = _free_port()
    command = [str(fresh / "enformer-browser"), "app", "--no-browser", "--port", str(port)]
    log = folder.parent / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        _wait_for_health(port, server, log)
        text = _first_page(chromium, port)
    finally:
        os.killpg(server.pid, 15)
        server.wait(20)
    assert "Setup" in text, "the navigation is missing"
    for trouble in ("Traceback", "ModuleNotFoundError", "ImportError", "Error:"):
        assert trouble not in text, text
        assert trouble not in log.read_text(), log.read_text()
    assert not list(folder.iterdir())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for_health(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/_stcore/health")
            if connection.getresponse().read() == b"ok":
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise AssertionError(f"no answer within {START_S} s: {log.read_text()}")


def _first_page(chromium: str, port: int) -> str:
    """The first page's text, once it has stopped changing."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/", timeout=START_S * 1000)
        page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']", timeout=START_S * 1000)
        page.wait_for_function("document.title.includes('Enformer')", timeout=START_S * 1000)
        text = page.inner_text("body")
        browser.close()
    return text
