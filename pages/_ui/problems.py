"""How errors look: what was wrong, where, and what to do. Never a traceback."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from enformer_core.errors import EnformerError

from .telling import told
from .words import for_markdown

Arguments = ParamSpec("Arguments")
_log = logging.getLogger(__name__)


def explained(error: EnformerError, *, where: str | None = None) -> str:
    """An error's three parts as Markdown; ``where`` stands in for a path that nobody needs to see."""
    place = told(error.where) if where is None else where
    text, hint = told(error.what), told(error.hint)
    what = f"{for_markdown(place)}: {for_markdown(text)}" if place else for_markdown(text)
    if not place and error.what.split(" ")[0].isalpha():  # a name such as chr1 keeps its case
        what = what[:1].upper() + what[1:]
    return f"**{what}.** {for_markdown(hint)}" if hint else f"**{what}.**"


def show(error: EnformerError, *, where: str | None = None) -> None:
    """Show an error in the page."""
    st.error(explained(error, where=where))


def show_unexpected(error: Exception) -> None:
    """Say that something went wrong here, with a reference that finds the cause in the log."""
    reference = secrets.token_hex(4)
    _log.error("unexpected error %s", reference, exc_info=error)
    st.error(
        f"**Something went wrong that should not have.** Reload the page; if it happens again, report it with the "
        f"reference `{reference}`, which the server's log explains."
    )


def show_any(error: Exception) -> None:
    """Show an error of ours in its own words, and any other by a reference."""
    if isinstance(error, EnformerError):
        show(error)
    else:
        show_unexpected(error)


def guarded(draw: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Draw, and show what goes wrong; also for fragments and callbacks, which run outside the page's own frame."""

    @wraps(draw)
    def boundary(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except Exception as error:  # the last resort: a visitor never sees a traceback
            show_any(error)

    return boundary
