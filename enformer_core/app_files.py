"""Where the web app's files are: at the top of a checkout, or inside the installed package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from .errors import FileError

_PACKAGE = Path(__file__).resolve().parent


@cache
def app_folder() -> Path:
    """The folder that holds ``app.py``, ``pages/``, ``assets/`` and ``.streamlit/``.

    Raises:
        FileError: The installation is incomplete.
    """
    for folder in (_PACKAGE / "_app", _PACKAGE.parent):
        if (folder / "app.py").is_file() and (folder / "pages").is_dir():
            return folder
    raise FileError("the web app's files are missing", where=str(_PACKAGE), hint="Install enformer-browser again")
