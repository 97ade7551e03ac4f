"""A server and a browser that the tests of a folder share: each costs seconds to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import worlds
from browser_driver import Watched, app, visits


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
