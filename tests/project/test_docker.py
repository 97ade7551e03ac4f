"""Dockerfile, compose.yaml and .dockerignore: what they promise of the image, read from the files themselves."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import enformer_core
from enformer_core.cli.app import command
from enformer_core.settings import PREFIX, Settings

REPOSITORY = Path(enformer_core.__file__).resolve().parent.parent
STEPS_S = 1800


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments on one line."""
    text = re.sub(r"^\s*#.*\n", "", (REPOSITORY / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(line.split(None, 1)[0], " ".join(line.split()[1:])) for line in lines if line.strip()]


def stage(name: str) -> list[tuple[str, str]]:
    """The instructions of one stage, from its ``FROM`` on."""
    found, inside = [], False
    for word, rest in instructions():
        if word == "FROM":
            inside = rest.endswith(f" AS {name}")
        if inside:
            found.append((word, rest))
    return found


def of(name: str, word: str) -> list[str]:
    return [rest for found, rest in stage(name) if found == word]


def environment() -> dict[str, str]:
    pairs = [pair.partition("=") for rest in of("run", "ENV") for pair in shlex.split(rest)]
    return {key: value for key, _, value in pairs}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((REPOSITORY / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def app(compose: dict[str, Any]) -> dict[str, Any]:
    return compose["services"]["app"]


# --- The image -------------------------------------------------------------------------------------------------------


def test_the_base_has_a_tag_and_a_place_for_a_digest() -> None:
    words = instructions()
    assert words[0] == ("ARG", "PYTHON_IMAGE=python:3.12-slim")
    assert [rest for word, rest in words if word == "FROM"] == [
        "${PYTHON_IMAGE} AS build",
        "${PYTHON_IMAGE} AS run",
    ]


def test_packages_come_from_the_locks_with_hashes_and_are_not_compiled() -> None:
    installs = [part for rest in of("build", "RUN") for part in rest.split("&&") if " install " in f"{part} "]
    assert len(installs) == 4
    for install in installs:
        if "torch.txt" in install or "/build/wheel/" in install:  # torch is pinned by version; the wheel was just made
            continue
        assert "--require-hashes" in install
        assert "--no-deps" in install
    for install in installs:
        assert "--only-binary :all:" in install or "--no-index" in install
    assert "PIP_NO_CACHE_DIR=1" in of("build", "ENV")[0]
    used = {name for rest in of("build", "RUN") for name in re.findall(r"requirements/\S+", rest)}
    copied = {name for rest in of("build", "COPY") for name in rest.split() if name.startswith("requirements/")}
    assert used == copied - {"requirements/"}


def test_one_argument_chooses_between_processors_and_cuda() -> None:
    assert "VARIANT=cpu" in of("build", "ARG")
    (choice,) = [rest for rest in of("build", "RUN") if rest.startswith("case ")]
    assert choice.startswith('case "${VARIANT:-cpu}" in cpu) ')
    snippet = choice[: choice.index("esac") + 4]
    for variant, index in (("cpu", "/whl/cpu"), ("", "/whl/cpu"), ("cuda", "pypi.org")):
        done = subprocess.run(
            ["/bin/sh", "-c", f'{snippet}; echo "$index"'], env={"VARIANT": variant}, capture_output=True, text=True
        )
        assert index in done.stdout
    done = subprocess.run(["/bin/sh", "-c", snippet], env={"VARIANT": "rocm"}, capture_output=True, text=True)
    assert done.returncode == 2
    assert "not rocm" in done.stderr


def test_the_locks_for_the_image_agree_with_the_app_s() -> None:
    def pinned(name: str) -> dict[str, str]:
        text = (REPOSITORY / "requirements" / name).read_text(encoding="utf-8").replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert all(re.match(r"[a-z0-9_.-]+==[^ ]+ .*--hash=sha256:[0-9a-f]{64}", line) for line in lines), name
        return dict(line.split(" ")[0].split("==") for line in lines)

    run, login, build = pinned("run.lock"), pinned("login.lock"), pinned("build.lock")
    assert "authlib" in login
    assert "hatchling" in build
    assert {name: run[name] for name in run.keys() & login.keys()} == {
        name: login[name] for name in run.keys() & login.keys()
    }


def test_the_last_stage_is_small_and_belongs_to_nobody() -> None:
    words = stage("run")
    assert instructions()[-len(words) :] == words
    assert of("run", "COPY") == ["--from=build /opt/enformer /opt/enformer"]
    for run in of("run", "RUN"):
        assert not re.search(r"\b(pip|apt|apt-get|curl|wget|gcc|make)\b", run), run
    (user,) = of("run", "USER")
    assert re.fullmatch(r"(\d+):\1", user)
    assert int(user.split(":")[0]) >= 1000
    after = [word for word, _ in words][[word for word, _ in words].index("USER") :]
    assert not set(after) & {"RUN", "COPY", "ADD"}
    assert f"--owner {user.split(':')[0]}" in of("run", "RUN")[0]


def test_the_app_starts_hosted_and_every_word_of_it_is_understood() -> None:
    assert json.loads(of("run", "ENTRYPOINT")[0]) == ["enformer-browser"]
    words = json.loads(of("run", "CMD")[0])
    assert words == ["app", "--host", "0.0.0.0", "--hosted", "--no-browser"]  # noqa: S104
    context: click.Context = command.make_context("app", words[1:])
    assert context.params["hosted"] is True
    assert str(context.params["port"]) == of("run", "EXPOSE")[0]
    assert environment()["ENFORMER_HOSTED"] == "1"


def test_the_health_check_needs_nothing_but_python() -> None:
    (check,) = of("run", "HEALTHCHECK")
    options, words = check.split(" CMD ")
    assert {"--interval", "--timeout", "--start-period", "--retries"} == set(re.findall(r"--[a-z-]+", options))
    program, flag, code = json.loads(words)
    assert (program, flag) == ("python", "-c")
    compile(code, "health", "exec")
    assert f"http://127.0.0.1:{of('run', 'EXPOSE')[0]}/_stcore/health" in code


def test_what_is_written_is_written_to_volumes() -> None:
    found = environment()
    volumes = json.loads(of("run", "VOLUME")[0])
    assert volumes == [found["ENFORMER_DATA_DIR"], found["ENFORMER_CACHE_DIR"]]
    for volume in volumes:
        assert f" {volume}" in of("run", "RUN")[0]
    assert found["PYTHONDONTWRITEBYTECODE"] == "1"
    assert found["MPLCONFIGDIR"].startswith("/tmp/")  # noqa: S108


# --- What it is made of ----------------------------------------------------------------------------------------------


def let_through(name: str) -> bool:
    """Whether .dockerignore lets a file pass: the last line that fits decides."""
    passes = True
    for line in (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").removeprefix("**/")
        parents = [name, *(str(parent) for parent in Path(name).parents if str(parent) != ".")]
        inner = Path(name).parts if "**/" in line else ()
        if any(fnmatch(part, pattern) for part in (*parents, *inner)):
            passes = line.startswith("!")
    return passes


def test_nothing_but_the_app_goes_into_the_image() -> None:
    for name in ("tests/conftest.py", ".git/config", ".streamlit/secrets.toml", ".env", "benchmarks/faults.py"):
        assert not let_through(name), name
    for name in ("docs/hosting.md", ".venv/bin/python", "pages/__pycache__/browse.cpython-311.pyc", "compose.yaml"):
        assert not let_through(name), name
    names = [path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "enformer_core").rglob("*.py")]
    assert all(let_through(name) for name in names)


def test_every_file_that_is_copied_is_there_and_passes() -> None:
    for rest in of("build", "COPY"):
        for name in rest.split()[:-1]:
            assert (REPOSITORY / name).exists(), name
            some = name if (REPOSITORY / name).is_file() else f"{name}/config.toml"
            assert let_through(some), name


def test_all_that_the_wheel_is_made_of_is_copied() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"], *wheel["packages"]}
    wanted |= {name.split("/")[0] for name in wheel["force-include"]}
    copied = {name.split("/")[0] for rest in of("build", "COPY") for name in rest.split()[:-1]}
    assert wanted <= copied


# --- compose.yaml ----------------------------------------------------------------------------------------------------


def test_the_container_can_do_little(app: dict[str, Any]) -> None:
    assert app["read_only"] is True
    assert app["cap_drop"] == ["ALL"]
    assert "cap_add" not in app
    assert "privileged" not in app
    assert app["security_opt"] == ["no-new-privileges:true"]
    assert app["user"] == of("run", "USER")[0]
    assert app["pids_limit"] > 0
    assert re.search(r"\d+g", app["mem_limit"])
    (temporary,) = app["tmpfs"]
    assert re.fullmatch(r"/tmp:size=\$\{TMP_SIZE:-\d+g\},.*noexec,nosuid,nodev", temporary)  # noqa: S108


def test_it_listens_on_this_machine_alone(app: dict[str, Any]) -> None:
    (port,) = app["ports"]
    assert port.startswith("${ADDRESS:-127.0.0.1}:")
    assert port.endswith(f":{of('run', 'EXPOSE')[0]}")


def test_its_volumes_are_those_of_the_image(compose: dict[str, Any], app: dict[str, Any]) -> None:
    assert [volume.split(":")[1] for volume in app["volumes"]] == json.loads(of("run", "VOLUME")[0])
    assert set(compose["volumes"]) == {volume.split(":")[0] for volume in app["volumes"]}


def test_every_setting_is_passed_on(app: dict[str, Any]) -> None:
    """But those that the image settles, and the paths that a hosted app does not open."""
    settled = {"data_dir", "cache_dir", "hosted", "data_roots"}
    names = {name.removeprefix(PREFIX).lower() for name in app["environment"] if name.startswith(PREFIX)}
    assert names == set(Settings.model_fields) - settled
    own = {name.removeprefix(PREFIX).lower() for name in environment() if name.startswith(PREFIX)}
    assert own == settled - {"data_roots"}


def test_hosting_md_explains_every_variable() -> None:
    compose = (REPOSITORY / "compose.yaml").read_text(encoding="utf-8")
    text = (REPOSITORY / "docs" / "hosting.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"\$\{([A-Z_]+)", compose)) - {"NAME"}:
        assert f"`{name}`" in text, name


def test_hosting_md_quotes_what_was_measured() -> None:
    text = " ".join((REPOSITORY / "docs" / "hosting.md").read_text(encoding="utf-8").split())
    result = json.loads((REPOSITORY / "benchmarks" / "results" / "engine.json").read_text(encoding="utf-8"))
    (forward,) = [row["ours"] for row in result["rows"] if row["what"] == "forward, float32"]
    assert f"A new window of the full model took {forward['min_s']:.1f} s on two cores" in text
    assert f"The full model took {forward['peak_bytes'] / 1e9:.1f} GB for a window" in text
    assert result["machine"]["threads"] == 2


# --- Its steps -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(STEPS_S + 60)
def test_the_steps_run_and_the_app_is_healthy() -> None:
    """No Docker is at hand where tests run; the steps are run in a root of their own instead. Needs a network."""
    done = subprocess.run(
        [REPOSITORY / ".ci" / "docker-steps"], capture_output=True, text=True, timeout=STEPS_S, check=False
    )
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "healthy after" in done.stdout
    assert "ended after" in done.stdout
