"""The frame around every page: navigation, style, and the boundary that no traceback passes."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

import streamlit as st

from enformer_core.app_files import app_folder

from . import login
from .problems import guarded
from .theme import DARK, css, palette

TITLE = "Enformer Browser"
# Whether the script that runs was started by the navigation.
_navigated: ContextVar[bool] = ContextVar("navigated", default=False)


def configure() -> None:
    """Title, icon and width of the browser's tab."""
    icon = str(app_folder() / "assets" / "icon.svg")
    st.set_page_config(page_title=TITLE, page_icon=icon, layout="wide", initial_sidebar_state="auto")


def navigate() -> None:
    """Run the page that the address names."""
    folder = app_folder()
    logo = "logo-dark.svg" if palette() is DARK else "logo.svg"
    st.logo(str(folder / "assets" / logo), size="large")
    pages = folder / "pages"
    page = st.navigation(
        [
            st.Page(pages / "browse.py", title="Browse", url_path="home", default=True),
            st.Page(pages / "mutagenesis.py", title="Mutagenesis", url_path="mutagenesis"),
            st.Page(pages / "attention.py", title="Attention", url_path="attention"),
            st.Page(pages / "guide.py", title="Guide", url_path="guide"),
            st.Page(pages / "setup.py", title="Setup", url_path="setup"),
            st.Page(pages / "browse.py", title="Browse", url_path="browse", visibility="hidden"),
        ],
        position="top",
    )
    token = _navigated.set(True)
    try:
        page.run()
    finally:
        _navigated.reset(token)


def show(draw: Callable[[], None]) -> None:
    """Draw a page. Every page calls this and nothing else.

    Streamlit runs a file of ``pages/`` by itself, without ``app.py``, when its address is the first one asked of a
    fresh server. The navigation is made up for here, and runs the page again within it.
    """
    if not _navigated.get():
        configure()
        navigate()
        return
    st.html(css(palette()))
    guarded(login.for_members(draw))()
