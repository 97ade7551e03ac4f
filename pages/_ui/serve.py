"""Starts the server, and makes its first picture ready while the browser still fetches the page.

``python -m pages._ui.serve``, with the arguments of ``streamlit run``. Without this, the model would only be loaded
once somebody has opened the app.
"""

from __future__ import annotations

import gc
import logging
import socket
import sys
import threading
import time

from streamlit import config
from streamlit.web import cli

_POLL_S, _PATIENCE_S = 0.05, 30.0
_TURN_S = 0.0005
_log = logging.getLogger(__name__)


def main() -> None:
    """Run the server until it is stopped."""
    threading.Thread(target=load_early, name="enformer-early", daemon=True).start()
    cli.main(["run", "app.py", *sys.argv[1:]], prog_name="streamlit")


def load_early() -> None:
    """Load what the first visitor will ask for. What goes wrong is shown there, by the page that asks again."""
    _wait_until_it_listens()
    turn = sys.getswitchinterval()
    # An import keeps Python's lock for a whole turn each time that a page's file is to be sent, which needs many turns:
    # with turns of the usual 5 ms, a page takes much longer to arrive while large modules are imported.
    sys.setswitchinterval(_TURN_S)
    try:
        _load()
    except Exception:  # of any kind: the page meets it again, and says it
        _log.debug("not everything was made ready before the first visit", exc_info=True)
    finally:
        sys.setswitchinterval(turn)


def _load() -> None:
    from pages._ui import matching, services, uploads

    uploads.store()  # which removes what a server that was killed has left
    settings = services.settings()
    choice = matching.first_choice(settings)
    if not choice.model:
        return
    loading = services.loading(choice, settings)
    from pages._ui import first_picture  # while the model is being loaded in a thread of its own

    predictor = loading.result()
    # Streamlit looks through all objects for garbage after each run of a page, and each poll of a running prediction is
    # one, in which no other thread gets on; what is loaded now is never garbage.
    gc.freeze()
    first_picture.prepare(predictor, services.companions(choice, settings), services.reader())


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
