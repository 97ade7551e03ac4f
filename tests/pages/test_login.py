"""Login: no page is drawn for somebody who may not see it, whichever address was opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from app_driver import APP, plain
from streamlit.testing.v1 import AppTest

PAGES = sorted(p for p in (APP.parent / "pages").glob("*.py") if p.stem != "__init__")
PROVIDER = {"client_id": "app", "client_secret": "s", "server_metadata_url": "https://id.lab.org/.well-known/x"}
AUTH = {"redirect_uri": "https://enformer.lab.org/oauth2callback", "cookie_secret": "c" * 32, **PROVIDER}
ADA = {"is_logged_in": True, "email": "Ada@Lab.org", "name": "Ada [L](x)", "email_verified": True}


def opened(user: dict[str, Any], page: Path = APP, allowed: object = None, auth: object = AUTH) -> AppTest:
    """A page; of ``app.py`` it is the guide, which needs neither a model nor a genome."""
    app = AppTest.from_file(str(page), default_timeout=60)
    app.user = user
    app.secrets["auth"] = auth
    if allowed is not None:
        app.secrets["login"] = {"allowed": allowed}
    return app.switch_page("pages/guide.py").run() if page == APP else app.run()


def words(app: AppTest) -> str:
    return plain("\n".join(element.value for element in [*app.markdown, *app.error, *app.caption]))


@pytest.mark.parametrize("page", [APP, *PAGES], ids=lambda p: p.stem)
def test_no_page_is_drawn_before_login(page: Path, no_world: None) -> None:
    app = opened({"is_logged_in": False}, page)
    assert not app.exception
    assert [button.label for button in app.button] == ["Log in"]
    assert words(app).split("\n") == ["### Log in", "This Enformer Browser is for its members. Log in to go on."]


@pytest.mark.parametrize("page", [APP, PAGES[0]], ids=lambda p: p.stem)
def test_with_login_asked_for_and_no_provider_every_page_is_closed(
    page: Path, no_world: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFORMER_LOGIN", "oidc")
    app = AppTest.from_file(str(page), default_timeout=60)
    app.user = {}
    app.run()
    assert not app.exception
    assert words(app).startswith("Visitors must log in here, but no provider to log in with is set up")
    assert not app.button


def test_without_login_the_app_is_open(no_world: None) -> None:
    app = opened({})
    assert "196,608" in words(app)
    assert not app.button


def test_a_member_sees_the_page_and_may_leave(no_world: None) -> None:
    app = opened(ADA)
    text = "\n".join(caption.value for caption in app.sidebar.caption)
    assert "196,608" in words(app)
    assert text == r"Logged in as Ada \[L\]\(x\)"
    app.sidebar.button(key="logout").click().run()
    assert [button.label for button in app.button] == ["Log in"]


def test_several_providers_have_a_button_each(no_world: None) -> None:
    auth = {"redirect_uri": "x", "cookie_secret": "c" * 32, "okta": PROVIDER, "microsoft": PROVIDER}
    app = opened({"is_logged_in": False}, auth=auth)
    assert [button.label for button in app.button] == ["Log in with Okta", "Log in with Microsoft"]


@pytest.mark.parametrize(
    ("claims", "allowed", "comes"),
    [
        ({}, ["ada@lab.org"], True),
        ({}, ["@LAB.org"], True),
        ({}, ["@org", "@b.org", "lab.org", "@", "", "@sub.lab.org"], False),
        ({}, [], False),
        ({"email": "eve@evil.org"}, ["@lab.org", "ada@lab.org"], False),
        ({"email": "eve@evil.org@lab.org"}, ["@lab.org"], False),
        ({"email_verified": False}, ["@lab.org"], False),
        ({"email": None}, ["@lab.org"], False),
    ],
)
def test_who_is_on_the_list(claims: dict[str, Any], allowed: list[str], comes: bool, no_world: None) -> None:
    app = opened(ADA | claims, allowed=allowed)
    assert not app.exception
    assert ("196,608" in words(app)) is comes
    assert ("is not on the list of members" in words(app)) is not comes


@pytest.mark.parametrize("allowed", ["@lab.org", [1, 2]])
def test_a_list_that_is_none_lets_nobody_in(allowed: object, no_world: None) -> None:
    app = opened(ADA, allowed=allowed)
    assert "196,608" not in words(app)
    assert "is not a list of addresses" in words(app)


def test_a_provider_that_is_not_set_up_is_said(no_world: None) -> None:
    app = opened({"is_logged_in": False})
    app.button[0].click().run()
    assert not app.exception
    assert "Login is not set up as it should be" in words(app)
    assert "docs/hosting.md" in words(app).replace("\\", "")
