"""The app as ``view`` measures it: pages in Chromium, what they send, and how long things take."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from benchmarks._app_server import WAIT_S

QUIET_S = 1.0
SIZE = {"width": 1440, "height": 890}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Visit:
    """A page in a browser that has nothing stored, and what its websocket carried.

    Attributes:
        page: The page.
        received: Bytes that the server sent through the websocket so far.
        sent: Bytes that the page sent through it.
        requests: HTTP requests so far.
    """

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.new_context(viewport=SIZE).new_page()  # pyright: ignore[reportArgumentType]
        self.page.set_default_timeout(WAIT_S * 1000)
        self.received = self.sent = self.requests = 0
        self._heard = time.monotonic()
        self.page.on("websocket", self._listen)
        self.page.on("request", self._requested)

    def open(self, address: str, until: str) -> float:
        """Seconds from asking for an address to the first frame in which a condition, in JavaScript, holds."""
        begun = time.perf_counter()
        self.page.goto(address, wait_until="commit")
        self.page.wait_for_function(f"() => {until}", polling="raf")
        _painted(self.page)
        return time.perf_counter() - begun

    def timed(self, act: Callable[[], None], until: str, wait_s: float = WAIT_S) -> float:
        """Seconds from the key press of ``act`` to the first painted frame in which a condition holds.

        Raises:
            RuntimeError: It holds before anything is done, so that its coming true would say nothing.
        """
        if self.page.evaluate(_TIMER % {"until": until, "limit": wait_s * 1000}) != "armed":
            raise RuntimeError(f"this holds before the key is pressed: {until}")
        act()
        return self.page.evaluate("window.ebTimed") / 1000

    def settle(self) -> None:
        """Wait until the page has run to its end and nothing has come for a while."""
        self.page.wait_for_function("document.querySelector('[data-test-script-state=notRunning]')")
        end = time.monotonic() + WAIT_S
        while time.monotonic() < min(self._heard + QUIET_S, end):
            self.page.wait_for_timeout(100)

    def traffic(self, act: Callable[[], None]) -> dict[str, int]:
        """Bytes of the websocket, and HTTP requests, from ``act`` until nothing more comes."""
        received, sent, requests = self.received, self.sent, self.requests
        act()
        self._heard = time.monotonic()  # what the act leads to may still be on its way
        self.settle()
        bytes_ = {"received_bytes": self.received - received, "sent_bytes": self.sent - sent}
        return bytes_ | {"requests": self.requests - requests}

    def close(self) -> None:
        """Close the page and forget what its browser stored."""
        self.page.context.close()

    def _listen(self, socket: WebSocket) -> None:
        def received(frame: str | bytes) -> None:
            self.received, self._heard = self.received + len(frame), time.monotonic()

        def sent(frame: str | bytes) -> None:
            self.sent, self._heard = self.sent + len(frame), time.monotonic()

        socket.on("framereceived", received)
        socket.on("framesent", sent)

    def _requested(self, _: object) -> None:
        self.requests, self._heard = self.requests + 1, time.monotonic()


# From the event's own time stamp, which is when the key went down, to the frame after the one that found it done.
_TIMER = """() => {
  const holds = () => %(until)s;
  if (holds()) return "holds already";
  window.ebTimed = new Promise((done, fail) => {
    const [armed, type] = [performance.now(), "keydown"];
    let begun = null;
    const begin = (event) => { begun ??= event.timeStamp; };
    addEventListener(type, begin, { capture: true });
    const look = () => {
      if (performance.now() - armed > %(limit)d) return fail(new Error(`never came true: ${holds}`));
      if (begun === null || !holds()) return requestAnimationFrame(look);
      removeEventListener(type, begin, { capture: true });
      requestAnimationFrame(() => done(performance.now() - begun));
    };
    requestAnimationFrame(look);
  });
  return "armed";
}"""


def _painted(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
