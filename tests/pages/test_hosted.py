"""Other people reach the app: what one visit brings stays with it, and where things lie on the server is not told."""

from __future__ import annotations

import gc
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import streamlit as st
import worlds
from app_driver import ask, charts, errors, explained, html, open_app, settled, upload, view
from range_server import RangeServer, authorities, serving
from streamlit.testing.v1 import AppTest

from enformer_core.tracks.remote.policy import Policy
from pages._ui import remote, uploads

PEAKS = "chr1\t20100\t20400\t{name}\t500\t.\t9.5\t-1\t-1\t150\n"
HOST = "bigwigs.test"


@pytest.fixture(scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders for data and cache that outlive a test, as the loaded model does."""
    yield tmp_path_factory.mktemp("kept")
    st.cache_resource.clear()


@pytest.fixture
def here(_home: Path, world: worlds.World, monkeypatch: pytest.MonkeyPatch) -> worlds.World:
    """The settings that lead to the world."""
    given = {"model": world.model, "assembly": world.fasta, "genes": world.genes}
    for name, value in {**given, "data_dir": _home / "data", "cache_dir": _home / "cache"}.items():
        monkeypatch.setenv(f"ENFORMER_{name.upper()}", str(value))
    return world


@pytest.fixture
def hosted(here: worlds.World, monkeypatch: pytest.MonkeyPatch) -> worlds.World:
    """The world on a server that others reach; its folders are settings, and yet nothing opens them."""
    monkeypatch.setenv("ENFORMER_HOSTED", "true")
    monkeypatch.setenv("ENFORMER_DATA_ROOTS", f'["{here.folder}"]')
    return here


@pytest.fixture(scope="module")
def _server(world: worlds.World) -> Iterator[RangeServer]:
    """The experiment at a web address, with a policy that lets this machine be asked."""
    with serving({}) as server, pytest.MonkeyPatch.context() as patch:
        usual = remote.policy_of
        local = Policy(schemes=("http",), ports=(server.port,), resolve=lambda *_: ("127.0.0.1",), tls=authorities())
        patch.setattr(remote, "policy_of", lambda settings: replace(local, hosts=usual(settings).hosts))
        yield server


@pytest.fixture
def server(_server: RangeServer, world: worlds.World) -> RangeServer:
    _server.files = {world.experiment.name: world.experiment.read_bytes()}
    _server.asked.clear()
    return _server


def everything(app: AppTest) -> bytes:
    """All that the browser is sent of a page, and what its address says."""
    sent = [node.proto.SerializeToString() for node in app._tree if getattr(node, "proto", None) is not None]
    return b"\n".join([*sent, repr(dict(app.query_params)).encode()])


def told(app: AppTest, text: str) -> list[str]:
    """Where the page says a text, with what stands around it."""
    return re.findall(f".{{0,80}}{re.escape(text)}.{{0,80}}", everything(app).decode(errors="replace"), re.DOTALL)


def typed(app: AppTest, key: str, text: str) -> AppTest:
    return settled(app.text_input(key=key).input(text).run())


def fields(app: AppTest) -> set[str | None]:
    return {entry.key for entry in app.text_input}


@dataclass
class Visitor:
    """Somebody with a page, and with names and bases that nobody else has.

    ``secrets`` are the texts that only their own page may ever hold.
    """

    name: str
    app: AppTest
    contig: str
    world: worlds.World
    secrets: set[bytes] = field(default_factory=set)
    asked: str = ""
    n: int = 0

    def mark(self, kind: str) -> str:
        self.n += 1
        text = f"{self.name}{kind}{self.n}"
        self.secrets.add(text.encode())
        return text

    def locus(self, rng: random.Random) -> None:
        start = rng.randrange(8_000, 25_000, 100)
        self.asked = f"{self.contig}:{start + 1:,}-{start + 2_000:,}"
        ask(self.app, self.asked)
        assert view(self.app)["place"] == self.asked

    def paste(self, rng: random.Random) -> None:
        """The same bases as anybody's, under a name of one's own."""
        self.asked = f">{self.mark('pasted')}\n" + "ACGTTGCAAC" * 30
        ask(self.app, self.asked)

    def bigwig(self, rng: random.Random) -> None:
        upload(self.app, self.world.experiment.read_bytes(), f"{self.mark('signal')}.bw")

    def peaks(self, rng: random.Random) -> None:
        content = PEAKS.format(name=self.mark("peak"))
        upload(self.app, content.encode(), f"{self.mark('regions')}.narrowPeak")

    def refused(self, rng: random.Random) -> None:
        upload(self.app, b"not a bigWig", f"{self.mark('bad')}.bw")

    def edit(self, rng: random.Random) -> None:
        base = self.world.bases[self.contig][12_000 - 1]
        self.asked = f"{self.contig}:12000{base}>{'ACGT'[('ACGT'.index(base) + 1) % 4]}"
        ask(self.app, self.asked)

    def why(self, rng: random.Random) -> None:
        box = next((box for box in self.app.checkbox if box.key == "explain-contributions"), None)
        if box is not None:
            box.set_value(not box.value)
            settled(self.app.run())
            if not box.value and charts(self.app) and view(self.app)["explain"]:
                explained(self.app, "contributions")

    def look(self, rng: random.Random) -> None:
        settled(self.app.run())


ACTIONS: tuple[Callable[[Visitor, random.Random], None], ...] = (
    Visitor.locus,
    Visitor.paste,
    Visitor.bigwig,
    Visitor.peaks,
    Visitor.refused,
    Visitor.edit,
    Visitor.why,
    Visitor.look,
)


@pytest.mark.parametrize("seed", [1])
def test_two_visits_never_see_each_other_whatever_they_do_in_whatever_order(hosted: worlds.World, seed: int) -> None:
    rng = random.Random(seed)
    one = Visitor("anemone", open_app(), "chr1", hosted)
    two = Visitor("borage", open_app(), "chr2", hosted)
    actions = [(visitor, action) for visitor in (one, two) for action in (*ACTIONS, *rng.choices(ACTIONS, k=2))]
    rng.shuffle(actions)
    for visitor, action in actions:
        action(visitor, rng)
        for mine, other in ((one, two), (two, one)):
            page = everything(mine.app)
            assert not [secret for secret in other.secrets if secret in page], (mine.name, action.__name__)
            if mine.asked:
                assert other.asked.encode() not in page or not other.asked
    seen = (everything(one.app), everything(two.app))
    assert all(
        any(secret in page for secret in visitor.secrets) for visitor, page in zip((one, two), seen, strict=True)
    )
    folders = [visitor.app.session_state["browser"].upload_folder() for visitor in (one, two)]
    assert folders[0] != folders[1]
    for visitor in (one, two):  # and the numbers are those of somebody who is alone
        ask(visitor.app, f"{visitor.contig}:20,001-22,000")
        alone = ask(open_app(), f"{visitor.contig}:20,001-22,000")
        assert numbers_of(visitor.app) == numbers_of(alone), visitor.name


def numbers_of(app: AppTest) -> list[list[float]]:
    """The predictions on screen."""
    state = app.session_state["browser"]
    return state.results[state.shown].prediction.values.tolist()


def test_where_things_lie_on_the_server_is_not_told(hosted: worlds.World) -> None:
    place = str(hosted.folder)
    app = open_app()
    for question in ("ALFA1", "chr9:1-100", "BETA2"):
        assert not told(ask(app, question), place)
    upload(app, b"\xde\xad", "mine.bw")
    assert "mine.bw" in errors(app)
    assert not told(app, str(app.session_state["browser"].upload_folder()))
    assert "path" not in fields(app), "a path cannot be typed"


def test_a_model_that_is_not_there_is_explained_without_its_folder(
    hosted: worlds.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFORMER_MODEL", str(hosted.folder / "nothing-here"))
    app = open_app()
    assert errors(app)
    assert not told(app, str(hosted.folder))


def url(server: RangeServer, world: worlds.World, how: str = "good") -> str:
    return f"http://{HOST}:{server.port}/{how}/{world.experiment.name}?signature=secret"


def test_row_55_a_bigwig_by_its_address_is_drawn_as_the_file_is(here: worlds.World, server: RangeServer) -> None:
    uploaded = upload(ask(open_app(), "ALFA1"), here.experiment.read_bytes(), here.experiment.name)
    app = typed(ask(open_app(), "ALFA1"), "address", url(server, here))
    assert not app.error, errors(app)
    assert f"<span>{here.experiment.name}<small>{HOST}</small></span>" in html(app)
    assert app.text_input(key="address").value == ""
    assert [lane["label"] for lane in view(app)["lanes"]] == [lane["label"] for lane in view(uploaded)["lanes"]]
    assert view(app)["tiles"] == view(uploaded)["tiles"], "parts are named by their content"
    n_asked = len(server.asked)
    settled(app.run())
    assert len(server.asked) == n_asked, "what was read is kept"
    for what in ("secret", str(server.port)):
        assert not told(app, what), "neither the page nor its address holds it: a link opens nothing"
    app.button(key="drop-0").click().run()
    assert not app.session_state["browser"].experiments


def test_row_55_what_is_wrong_with_an_address_is_said_and_the_view_stays(
    here: worlds.World, server: RangeServer
) -> None:
    app = ask(open_app(), "ALFA1")
    for text, said in {
        "file:///etc/passwd": "'file:///etc/passwd' cannot be read: only http is read",
        url(server, here, "page"): f"{HOST}: this is a web page (HTML)",
        url(server, here, "whole"): f"{HOST}: the server gives no parts of files (HTTP ranges), only whole ones",
        "http://a.test/<img src=x>": "it holds a space",
    }.items():
        typed(app, "address", text)
        assert said.lower() in errors(app).lower()
        assert "secret" not in errors(app)
        assert charts(app)
        assert not app.session_state["browser"].experiments


def test_a_server_that_fails_later_is_said_on_the_lane(here: worlds.World, server: RangeServer) -> None:
    app = typed(ask(open_app(), "ALFA1"), "address", url(server, here))
    server.files.clear()
    remote._fetcher.clear()  # what was fetched is gone, so that it has to be asked again
    ask(app, "chr1:40,001-42,000")
    assert view(app)["lanes"][0]["problem"].startswith("the server answers 404 (Not Found)")


def test_where_the_app_is_hosted_only_named_hosts_are_offered(
    hosted: worlds.World, server: RangeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app()
    assert "address" not in fields(app)
    monkeypatch.setenv("ENFORMER_BIGWIG_HOSTS", '["elsewhere.test"]')
    typed(app.run(), "address", url(server, hosted))
    assert f"'{HOST}' is not a host that bigWigs may be read from. Upload the file, or use one of: elsewhere" in errors(
        app
    )
    monkeypatch.setenv("ENFORMER_BIGWIG_HOSTS", f'["{HOST}"]')
    typed(app, "address", url(server, hosted))
    assert [e.name for e in app.session_state["browser"].experiments] == [hosted.experiment.name]


def test_row_67_a_link_that_names_files_or_addresses_opens_nothing(
    hosted: worlds.World, server: RangeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFORMER_BIGWIG_HOSTS", f'["{HOST}"]')
    there, path = url(server, hosted), str(hosted.experiment)
    app = open_app(q="ALFA1", address=there, url=there, path=path, experiments=path, model=path, assembly=path)
    assert not server.asked
    assert not app.session_state["browser"].experiments
    assert app.session_state["browser"].choice is None or path not in str(app.session_state["browser"].choice)


def test_row_69_all_uploads_together_are_bounded_and_what_is_too_much_is_not_kept(
    here: worlds.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = here.experiment.read_bytes()
    gc.collect()
    before = uploads.store().n_bytes()
    monkeypatch.setenv("ENFORMER_UPLOADS_MAX_BYTES", str(before + len(good) * 2))
    one, two = open_app(), open_app()
    for app, name in ((one, "a.bw"), (two, "b.bw"), (one, "c.bw")):
        upload(app, good, name)
    assert "there is no room for another upload: those of all visits have 0 MB" in errors(one)
    assert [e.name for e in one.session_state["browser"].experiments] == ["a.bw"]
    assert uploads.store().n_bytes() == 2 * len(good) + before
    two.button(key="drop-0").click().run()
    upload(one, good, "c.bw")
    assert not one.error


def test_row_69_an_upload_goes_at_its_time_or_with_its_visit_and_says_so(here: worlds.World) -> None:
    app = ask(upload(open_app(), here.experiment.read_bytes(), here.experiment.name), "ALFA1")
    state = app.session_state["browser"]
    (experiment,) = state.experiments
    uploads.remove_expired(state.upload_folder(), 3600)
    assert experiment.path.exists()
    old = time.time() - 4000
    os.utime(experiment.path, (old, old))
    uploads.remove_expired(state.upload_folder(), 3600)
    assert not experiment.path.exists()
    ask(app, "chr1:40,001-42,000")
    assert view(app)["lanes"][0]["problem"].startswith("this upload is no longer kept, because it has grown old")


def test_row_69_old_uploads_go_by_themselves(tmp_path: Path) -> None:
    with uploads.UploadStore(tmp_path, 0.01, 60) as store:
        folder = store.visit()
        (folder.path / "upload").write_bytes(b"x")
        end = time.monotonic() + 20
        while list(folder.path.iterdir()) and time.monotonic() < end:
            time.sleep(0.05)
        assert not list(folder.path.iterdir())
        here = folder.path
        del folder
        gc.collect()
        assert not here.exists()
    assert not list((tmp_path / "uploads").glob("*/"))


def test_row_69_a_visits_uploads_go_once_its_page_has_been_closed_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nobody else comes or goes, which is what makes Streamlit forget a visit."""
    closed: set[str] = set()
    visits = iter(("one", "two"))
    monkeypatch.setattr(uploads, "this_visit", lambda: next(visits))
    monkeypatch.setattr(uploads, "is_open", lambda visit: visit not in closed)
    with uploads.UploadStore(tmp_path, 1.0, 0.5) as store:
        one, two = store.visit(), store.visit()
        time.sleep(1.2)
        assert one.path.exists()
        closed.add("one")
        end = time.monotonic() + 30
        while one.path.exists() and time.monotonic() < end:
            time.sleep(0.05)
        assert not one.path.exists()
        assert two.path.exists()
