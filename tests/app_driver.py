"""Driving the app without a browser, through Streamlit's AppTest."""

from __future__ import annotations

import re
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[1] / "app.py"
PATIENCE_S = 60.0


def open_app(**parameters: str) -> AppTest:
    """Open the app with query parameters, and wait for what it does."""
    app = AppTest.from_file(str(APP), default_timeout=PATIENCE_S)
    for name, value in parameters.items():
        app.query_params[name] = value
    return settled(app.run())


def settled(app: AppTest) -> AppTest:
    """Run until no progress bar shows. A browser does this by itself: the fragments poll."""
    end = time.monotonic() + PATIENCE_S
    while app.get("progress") and time.monotonic() < end:
        time.sleep(0.05)
        app.run()
    assert not app.get("progress"), "the work does not end"
    assert not app.exception, app.exception
    return app


def ask(app: AppTest, text: str) -> AppTest:
    """Type into the search box."""
    return settled(app.text_input(key="search").set_value(text).run())


def plain(text: str) -> str:
    """Markdown as a reader sees it."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).replace("**", "")


def errors(app: AppTest) -> str:
    return "\n".join(plain(e.value) for e in app.error)


def html(app: AppTest) -> str:
    """All pieces of HTML of the page."""
    return "\n".join(element.proto.body for element in app.get("html"))


def question(app: AppTest) -> str:
    found = re.search(r'id="question">(.*?)</div>', html(app))
    return re.sub(r"<[^>]+>", "", found[1]) if found else ""


def charts(app: AppTest) -> list:
    return list(app.get("plotly_chart"))


def upload(app: AppTest, content: bytes, name: str) -> AppTest:
    """Upload a file; the page empties the widget afterwards, and so does this."""
    app.file_uploader[0].upload(name, content, "application/octet-stream")
    return settled(app.run())


def address(app: AppTest, name: str) -> str:
    """One query parameter as the address bar has it."""
    value = app.query_params.get(name, "")
    return value[0] if isinstance(value, list) else value
