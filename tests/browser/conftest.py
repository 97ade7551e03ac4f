"""A server and a browser that the tests of a folder share: each costs seconds to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import worlds
from browser_driver import CHROMIUM, Watched, app, visits
from playwright.sync_api import Browser, Page, sync_playwright
from view_driver import address_of_view, fresh, window_of_browser


@pytest.fixture(scope="session")
def toy_address(world: worlds.World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server upon the registered world: it opens on a worked example, with an experiment and a truth."""
    folder = tmp_path_factory.mktemp("toy-server")
    worlds.register(world, folder / "data")
    with app(folder, world, ENFORMER_MODEL="", ENFORMER_ASSEMBLY="", ENFORMER_GENES="") as found:
        yield found


@pytest.fixture(scope="module")
def opens() -> Iterator[Callable[..., Watched]]:
    """Open an address in a new window of a browser that the module's tests share."""
    with visits() as open_page:
        yield open_page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def view_address() -> Iterator[str]:
    with address_of_view() as found:
        yield found


@pytest.fixture(scope="module")
def window() -> Iterator[Page]:
    with window_of_browser() as found:
        yield found


@pytest.fixture
def page(window: Page, view_address: str) -> Iterator[Page]:
    """The view without a server behind it, empty."""
    with fresh(window, view_address) as found:
        yield found
