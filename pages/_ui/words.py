"""Text from files and people, made safe for where it is shown."""

from __future__ import annotations

import html
import re
import unicodedata

from enformer_core.errors import MAX_SHOWN

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def visible(text: str) -> str:
    """Without control characters, line ends and direction marks, which could rewrite what stands beside them."""
    return "".join(c if c == " " or unicodedata.category(c)[0] not in "CZ" else "\ufffd" for c in text)


def for_markdown(text: str) -> str:
    """Text that Markdown shows as it is: no link, colour, formula or HTML comes out of it."""
    return _PUNCTUATION.sub(r"\\\1", visible(text))


def for_html(text: str) -> str:
    """Text that HTML shows as it is."""
    return html.escape(visible(text), quote=True)


def cut(text: str, limit: int = MAX_SHOWN) -> str:
    """At most ``limit`` characters, the last one an ellipsis where there was more."""
    return text if len(text) <= limit else text[: limit - 1].rstrip(" ,.-") + "…"


def listed(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def seconds(value: float | None) -> str:
    """Time left, in words; nothing where it is not known."""
    if value is None:
        return ""
    return f"about {value:.0f} s left" if value < 90 else f"about {value / 60:.0f} min left"
