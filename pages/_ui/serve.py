"""Starts the server, and loads the model while the browser still fetches the page: ``python -m pages._ui.serve``.

Arguments are those of ``streamlit run``. Without this, PyTorch would only be imported once somebody has opened the app.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time

from streamlit import config
from streamlit.web import cli

_POLL_S, _PATIENCE_S = 0.05, 30.0
_log = logging.getLogger(__name__)


def main() -> None:
    """Run the server until it is stopped."""
    threading.Thread(target=load_early, name="enformer-early", daemon=True).start()
    cli.main(["run", "app.py", *sys.argv[1:]], prog_name="streamlit")


def load_early() -> None:
    """Load what the first visitor will ask for. What goes wrong is shown there, by the page that asks again."""
    _wait_until_it_listens()
    try:
        from pages._ui import matching, services

        settings = services.settings()
        choice = matching.first_choice(settings)
        if choice.model:
            services.loading(choice, settings)
    except Exception:  # of any kind: the page meets it again, and says it
        _log.debug("nothing was loaded before the first visit", exc_info=True)


def _wait_until_it_listens() -> None:
    """Two imports at a time only slow each other down, so the server's own go first."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        time.sleep(_POLL_S)
        host, port = config.get_option("server.address") or "127.0.0.1", config.get_option("server.port")
        try:
            with socket.create_connection((host, port), timeout=1):
                return
        except OSError:
            continue


if __name__ == "__main__":
    main()
