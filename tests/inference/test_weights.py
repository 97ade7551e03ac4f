"""From a name to a model: folders, registered models and Hugging Face (a local server that speaks its protocol)."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from weights import TINY_CONFIG, reactive_state, write_model

from enformer_core.errors import WeightsCorrupt, WeightsMismatch, WeightsMissing
from enformer_core.inference.weights import find_model, load_model
from enformer_core.settings import Settings, load_settings


@pytest.fixture
def settings() -> Settings:
    return load_settings()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def register(settings: Settings, name: str, checksum: str | None = None) -> Path:
    folder = write_model(settings.models_dir / name)
    manifest = {"schema": 1, "kind": "model", "name": name}
    manifest["sha256"] = {"model.safetensors": checksum or sha256(folder / "model.safetensors")}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_a_folder(tmp_path: Path, settings: Settings) -> None:
    folder = write_model(tmp_path / "m")
    loaded = load_model(find_model(folder, settings), settings)
    assert loaded.weights_sha256 == sha256(folder / "model.safetensors")
    assert loaded.model.config == TINY_CONFIG


def test_a_pickle_is_converted_once_and_never_opened_again(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text(TINY_CONFIG.to_json())
    torch.save(reactive_state(TINY_CONFIG), tmp_path / "pytorch_model.bin")
    steps: list[str] = []
    first = load_model(find_model(tmp_path, settings), settings, on_step=steps.append)
    assert any("converting" in s for s in steps)
    assert first.weights_sha256 == sha256(tmp_path / "pytorch_model.bin")

    def refuses(*_: object, **__: object) -> None:
        raise AssertionError("the pickle was opened a second time")

    monkeypatch.setattr(torch, "load", refuses)
    second = load_model(find_model(tmp_path, settings), settings)
    assert second.weights_sha256 == first.weights_sha256
    assert all(torch.equal(t, second.model.state_dict()[n]) for n, t in first.model.state_dict().items())
    assert [p.suffix for p in settings.converted_dir.iterdir()] == [".safetensors"]


def test_a_registered_model(settings: Settings) -> None:
    register(settings, "tiny")
    source = find_model("tiny", settings)
    assert (source.name, source.ours) == ("tiny", True)
    assert load_model(source, settings).model.config == TINY_CONFIG


def test_row_62_wrong_bytes_of_the_right_size_are_set_aside(settings: Settings) -> None:
    file = register(settings, "tiny") / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)
    with pytest.raises(WeightsCorrupt, match=r"checksum .* expected .* set aside as model\.safetensors\.bad"):
        load_model(find_model("tiny", settings), settings)
    assert not file.exists()
    assert file.with_name("model.safetensors.bad").read_bytes() == bytes(content)
    with pytest.raises(WeightsMissing, match="has no weights"):
        load_model(find_model("tiny", settings), settings)


@pytest.mark.parametrize(("content", "words"), [(b"", "empty"), (b"<html>sign in</html>", "web page")])
def test_row_62_not_weights_at_all(settings: Settings, content: bytes, words: str) -> None:
    file = register(settings, "tiny") / "model.safetensors"
    file.write_bytes(content)
    with pytest.raises(WeightsCorrupt, match=words):
        load_model(find_model("tiny", settings), settings)
    assert file.with_name("model.safetensors.bad").exists()


def test_row_62_a_persons_own_file_is_left_where_it_is(tmp_path: Path, settings: Settings) -> None:
    file = write_model(tmp_path / "m") / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(WeightsCorrupt, match="Fetch the file again"):
        load_model(find_model(tmp_path / "m", settings), settings)
    assert file.exists()


def test_row_62_missing(tmp_path: Path, settings: Settings) -> None:
    register(settings, "tiny")
    with pytest.raises(WeightsMissing, match=r"there is no model 'nowhere'.*Registered here: demo, tiny"):
        find_model("nowhere", settings)
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsMissing, match=r"has no weights. Put model.safetensors or pytorch_model.bin there"):
        load_model(find_model(tmp_path / "empty", settings), settings)


def test_row_64_another_config(tmp_path: Path, settings: Settings) -> None:
    folder = write_model(tmp_path / "m")
    (folder / "config.json").unlink()  # then the published numbers are expected
    with pytest.raises(WeightsMismatch) as caught:
        load_model(find_model(folder, settings), settings)
    assert len(caught.value.differences) == 5


# --- Hugging Face ------------------------------------------------------------------------------------------------

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """Serves ``/{owner}/{name}/resolve/{revision}/{file}`` as the hub does: size and SHA-256 in the headers."""

    def __init__(self, *args: object, files: dict[str, bytes], lies: dict[str, bytes], log: list[str]) -> None:
        self.files, self.lies, self.log = files, lies, log
        super().__init__(*args)  # pyright: ignore[reportArgumentType]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.log.append(f"{self.command} {self.path}")
        parts = self.path.split("?")[0].strip("/").split("/")
        name = parts[-1]
        if parts[:2] != ["lab", "tiny"] or name not in self.files:
            code = "RepoNotFound" if parts[:2] != ["lab", "tiny"] else "EntryNotFound"
            self.send_response(404)
            self.send_header("X-Error-Code", code)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        true = self.files[name]
        sent = self.lies.get(name, true)
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(true).hexdigest()}"')
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(sent)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple]:
    import huggingface_hub
    from huggingface_hub import constants, file_download
    from huggingface_hub.utils import _http as http_backend

    folder = write_model(tmp_path / "served")
    torch.save(reactive_state(TINY_CONFIG), tmp_path / "bin")
    files = {"config.json": (folder / "config.json").read_bytes(), "pytorch_model.bin": (tmp_path / "bin").read_bytes()}
    lies: dict[str, bytes] = {}
    log: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, files=files, lies=lies, log=log))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(
        file_download,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        address + "/{repo_id}/resolve/{revision}/{filename}",
        raising=False,
    )
    # Waiting between attempts to reach a server that is gone is the hub library's affair.
    monkeypatch.setattr(http_backend.time, "sleep", lambda _: None)
    huggingface_hub.utils.disable_progress_bars()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(5)

    yield files, lies, log, load_settings(), stop
    stop()


def test_a_repository_is_fetched_checked_converted_and_found_again(hub: tuple) -> None:
    files, _, log, settings, _ = hub
    loaded = load_model(find_model("lab/tiny", settings, revision="main"), settings)
    assert loaded.weights_sha256 == hashlib.sha256(files["pytorch_model.bin"]).hexdigest()
    assert loaded.source.sha256["pytorch_model.bin"] == loaded.weights_sha256
    assert loaded.model.config == TINY_CONFIG
    log.clear()
    again = load_model(find_model("lab/tiny", settings, revision="main"), settings)
    assert again.weights_sha256 == loaded.weights_sha256
    assert log == [], "the network was asked for what is here"


def test_row_62_the_hub_sends_other_bytes_than_it_states(hub: tuple) -> None:
    files, lies, log, settings, _ = hub
    wrong = bytearray(files["pytorch_model.bin"])
    wrong[500] ^= 1
    lies["pytorch_model.bin"] = bytes(wrong)
    with pytest.raises(WeightsCorrupt, match="checksum .* expected .* set aside"):
        load_model(find_model("lab/tiny", settings), settings)
    lies.clear()
    log.clear()
    load_model(find_model("lab/tiny", settings), settings)
    assert any(line.startswith("GET") and "pytorch_model.bin" in line for line in log), "the bad copy was used again"


def test_no_such_repository_and_no_weights_in_it(hub: tuple) -> None:
    files, _, _, settings, _ = hub
    with pytest.raises(WeightsMissing, match="no repository 'lab/other'|could not be fetched"):
        find_model("lab/other", settings)
    del files["pytorch_model.bin"]
    with pytest.raises(WeightsMissing, match="neither model.safetensors nor pytorch_model.bin"):
        find_model("lab/tiny", settings)


def test_offline_says_where_it_looked_and_uses_what_is_there(hub: tuple) -> None:
    *_, settings, stop = hub
    load_model(find_model("lab/tiny", settings), settings)
    stop()
    assert load_model(find_model("lab/tiny", settings), settings).model.config == TINY_CONFIG
    with pytest.raises(WeightsMissing, match=r"'lab/absent' is not on this machine and could not be fetched") as caught:
        find_model("lab/absent", settings)
    assert str(settings.data_dir / "hub") in str(caught.value)
    assert "copy the model's folder here" in str(caught.value)
