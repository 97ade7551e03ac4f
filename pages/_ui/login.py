"""Login: where it is asked for, a page is drawn for those who may see it, and for nobody else.

Who somebody is, a provider says by OpenID Connect; Streamlit does the talking, and needs the section ``[auth]`` of its
``secrets.toml`` for it. Login is asked for where that section is there, or the setting ``login`` is ``oidc``: with the
setting, a file that is missing closes the app rather than opening it to all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAuthError

from enformer_core.errors import SettingsError

from . import services
from .words import for_markdown

_HINT = "Whoever runs this server finds the steps in docs/hosting.md"


def for_members(draw: Callable[[], None]) -> Callable[[], None]:
    """Draw only for those who may see it; the others are asked to log in.

    Raises:
        SettingsError: Login is asked for, and cannot be done.
    """

    @wraps(draw)
    def within() -> None:
        if not _is_asked_for():
            draw()
        elif not st.user.is_logged_in:
            _door()
        elif not _may_come(st.user.to_dict()):
            _turned_away()
        else:
            draw()
            with st.sidebar:
                _account()

    return within


def _is_asked_for() -> bool:
    if "is_logged_in" in st.user:  # which it is where a provider is set up
        return True
    if services.settings().login:
        raise SettingsError("visitors must log in here, but no provider to log in with is set up", hint=_HINT)
    return False


def _may_come(claims: Mapping[str, Any]) -> bool:
    """Whether the list of members, if there is one, has the visitor's address or its domain.

    The list is ``allowed`` in the section ``[login]`` of secrets.toml: addresses, or domains such as ``@lab.org``.
    """
    section = _secrets("login")
    if "allowed" not in section:
        return True
    allowed = section["allowed"]
    if isinstance(allowed, str) or not all(isinstance(entry, str) for entry in allowed):
        raise SettingsError("allowed in the section [login] of secrets.toml is not a list of addresses", hint=_HINT)
    address = claims.get("email")
    if not isinstance(address, str) or address.count("@") != 1 or claims.get("email_verified") is False:
        return False
    address = address.casefold()
    return any(address == entry.casefold() or address.partition("@")[1:] == _domain(entry) for entry in allowed)


def _domain(entry: str) -> tuple[str, str]:
    """``@lab.org`` as what stands behind a name, in two parts; an address is no domain."""
    return ("@", entry[1:].casefold()) if entry.startswith("@") and len(entry) > 1 else ("", "")


def _secrets(section: str) -> Mapping[str, Any]:
    try:
        found = st.secrets.get(section, {})
    except FileNotFoundError as exc:  # also where it cannot be parsed: a list of members may be in it
        raise SettingsError("secrets.toml, which says who may come in, cannot be read", hint=_HINT) from exc
    if not isinstance(found, Mapping):
        raise SettingsError(f"{section} in secrets.toml is no section", hint=_HINT)
    return found


def _door() -> None:
    st.markdown("### Log in")
    st.markdown("This Enformer Browser is for its members. Log in to go on.")
    named = [name for name, value in _secrets("auth").items() if isinstance(value, Mapping) and "client_id" in value]
    for name in named or [None]:
        label = f"Log in with {for_markdown(name.capitalize())}" if name else "Log in"
        if st.button(label, type="primary", key=f"login-{name or 'default'}"):
            _leave_for(name)


def _leave_for(provider: str | None) -> None:
    try:
        st.login(provider)
    except StreamlitAuthError as exc:
        raise SettingsError(
            f"login is not set up as it should be: {str(exc).splitlines()[0].strip().rstrip('.')}", hint=_HINT
        ) from exc


def _turned_away() -> None:
    st.markdown("### No access")
    address = st.user.get("email") or "This account"
    st.markdown(f"{for_markdown(str(address))} is not on the list of members. Ask whoever runs this server.")
    st.button("Log in as somebody else", on_click=st.logout)


def _account() -> None:
    name = st.user.get("name") or st.user.get("email") or "a member"
    st.caption(f"Logged in as {for_markdown(str(name))}")
    st.button("Log out", on_click=st.logout, key="logout", width="stretch")
