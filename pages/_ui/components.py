"""The app's own browser components: files of ``assets/browser``, served to the browser as they are.

Streamlit finds component files of installed packages by their pyproject. The app's lie elsewhere in a checkout and in
an installation, so their folder is told to it here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import streamlit.components.v2 as components
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from enformer_core.app_files import app_folder
from enformer_core.provenance import own_version

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_OWNER, _FOLDER = "enformer_browser", "assets/browser"
NAMES = ("search", "tracks", "view")


def component(name: str) -> ComponentRenderer:
    """What mounts ``assets/browser/NAME.js`` with its ``NAME.css``, in the page's own DOM.

    Args:
        name: One of ``NAMES``.
    """
    manager = get_bidi_component_manager()
    full = f"{_OWNER}.{name}"
    if manager.get_component_asset_root(full) is None:
        parts = [ComponentConfig(name=part, asset_dir=_FOLDER) for part in NAMES]
        manager.register_from_manifest(ComponentManifest(_OWNER, own_version(), parts), app_folder())
    return _mount(full, name)


@cache
def _mount(full: str, name: str) -> ComponentRenderer:
    return components.component(full, js=f"{name}.js", css=f"{name}.css", isolate_styles=False)
