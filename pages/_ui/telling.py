"""What may be told: where other people reach the app, where things lie on the server is nobody's business."""

from __future__ import annotations

import re

from enformer_core.errors import SettingsError
from enformer_core.settings import load_settings

# A path from the root with at least one folder. What follows a colon, a slash or a word is part of something else,
# such as a web address.
_PATH = re.compile(r"(?<![\w:/.])/(?:[^\s/'\"]+/)+([^\s/'\"]*)")


def told(text: str) -> str:
    """The text; on a hosted server with the last part of each path in place of the path."""
    if not _PATH.search(text):  # which most texts end with: the settings take 2 ms to read
        return text
    try:
        is_hosted = load_settings().hosted
    except SettingsError:  # which is what is to be told, perhaps to anybody
        is_hosted = True
    return without_folders(text) if is_hosted else text


def without_folders(text: str) -> str:
    """Text in which each path from the root is its last part."""
    return _PATH.sub(lambda found: found[1] or "a folder", text)
