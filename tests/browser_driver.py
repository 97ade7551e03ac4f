"""The app in a real browser: a server started for a test, and pages that remember what they should not have done."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import worlds
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[1]
SCREENSHOTS = REPOSITORY / "test-results"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
START_S, WAIT_MS = 60.0, 60_000
GUTTER_PX, MARGIN_PX = 156, 10  # left and right of the plot, as in assets/browser/view/layout.js
NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


@contextmanager
def server(folder: Path, command: list[str], **environment: str) -> Iterator[str]:
    """A server that listens on a port of its own while the block runs; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"ENFORMER_DATA_DIR": str(folder / "data"), "ENFORMER_CACHE_DIR": str(folder / "cache")}
    arguments = [sys.executable, *command, "--server.port", str(port), "--server.headless", "true"]
    with (folder / "server.log").open("a") as log:
        process = subprocess.Popen(
            arguments, cwd=REPOSITORY, env=os.environ | settings | environment, stdout=log, stderr=log
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def app(folder: Path, world: worlds.World, **settings: str):
    """The app upon a small world, unless the settings say otherwise; as ``server``."""
    ours = {"ENFORMER_MODEL": str(world.model), "ENFORMER_ASSEMBLY": str(world.fasta)}
    return server(folder, ["-m", "pages._ui.serve"], **(ours | {"ENFORMER_GENES": str(world.genes)} | settings))


class _Ranges(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and parts of its files to whoever asks for a range of bytes."""

    def do_GET(self) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if not wanted or not path.is_file():
            super().do_GET()
            return
        content = path.read_bytes()
        first, last = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Content-Length", str(last + 1 - first))
        self.end_headers()
        self.wfile.write(content[first : last + 1])

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def folder_server(folder: Path) -> Iterator[str]:
    """A plain web server of a folder, which can give parts of files, while the block runs; gives its address."""
    handler = functools.partial(_Ranges, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


def plot(page: Page, depth: float = 150) -> tuple[float, float, float]:
    """Left edge and width of the view's plot, and the height of what is so deep in the picture, in px of the page."""
    box = page.locator(".eb-picture").bounding_box()
    assert box is not None
    return box["x"] + GUTTER_PX, box["width"] - GUTTER_PX - MARGIN_PX, box["y"] + depth


def drag(page: Page, start: float, end: float) -> None:
    """Drag over the picture; both places are shares of the plot's width."""
    left, width, y = plot(page)
    page.mouse.move(left + width * start, y)
    page.mouse.down()
    page.mouse.move(left + width * end, y, steps=5)
    page.mouse.up()


def take_home(page: Page, folder: Path) -> Path:
    """Export what is on view; returns the folder that the zip was unpacked into."""
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download", exact=True).click()
    waiting.value.save_as(folder / waiting.value.suggested_filename)
    with zipfile.ZipFile(folder / waiting.value.suggested_filename) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def _wait_for(url: str, process: subprocess.Popen) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own loopback address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"{url} does not answer")


class Alone:
    """A page with one component: whatever goes wrong or elsewhere is a complaint. And what its websocket brought."""

    def __init__(self, page: Page, address: str, wait_ms: float) -> None:
        self.page = page
        page.set_default_timeout(wait_ms)
        self.complaints: list[str] = []
        self.received: list[int] = []
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.on("request", lambda r: None if r.url.startswith(address) else self.complaints.append(r.url))
        page.on("websocket", lambda socket: socket.on("framereceived", lambda f: self.received.append(len(f))))
        page.goto(address)


class Watched:
    """A page that remembers what it should not have done."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.on("request", lambda r: self._request(r.url, address))

    def _console(self, message: ConsoleMessage) -> None:
        # On a deep link Streamlit's own front end looks for its server below that path first, and is told 404.
        probe = "/_stcore/" in message.location.get("url", "") and "404" in message.text
        if message.type == "error" and not probe:
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def _request(self, url: str, address: str) -> None:
        if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
            self.complaints.append(f"external request: {url}")


@contextmanager
def visits() -> Iterator[Callable[..., Watched]]:
    """A browser; the function that is given opens an address in a new window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def open_page(address: str, path: str = "/", scheme: str = "light", width: int = 1440) -> Watched:
            size = {"width": width, "height": 890}
            context = browser.new_context(viewport=size, color_scheme=scheme, accept_downloads=True)  # pyright: ignore
            watched = Watched(context.new_page(), address)
            watched.page.set_default_timeout(WAIT_MS)
            expect.set_options(timeout=WAIT_MS)
            watched.page.goto(address + path)
            return watched

        yield open_page
        browser.close()
