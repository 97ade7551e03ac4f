"""``app``: start the web app."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from ..app_files import app_folder
from ..errors import InputError, shown
from ..settings import PREFIX, load_settings
from . import options


@click.command("app")
@options.model
@options.assembly
@options.genes
@options.device
@options.precision
@click.option(
    "--data-root",
    "data_roots",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Files below this folder may be opened by path; repeatable.",
)
@click.option("--port", type=click.IntRange(0, 65_535), default=8501, show_default=True, help="Port to listen on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--hosted", is_flag=True, default=None, help="Other people reach it: nothing is opened by path.")
@click.option("--browser/--no-browser", default=True, help="Open a browser window.")
def command(
    model: str | None,
    assembly: str | None,
    genes: Path | None,
    device: str | None,
    precision: str | None,
    data_roots: tuple[Path, ...],
    port: int,
    host: str,
    hosted: bool | None,
    browser: bool,
) -> None:
    """Start the web app on this machine.

    \b
    Example:
      enformer-browser app --model path/to/model --assembly hg38.fa.gz --genes gencode.gtf.gz
    """
    flags: dict[str, object] = {"model": model, "assembly": assembly, "genes": genes, "hosted": hosted}
    flags |= {"device": device, "precision": precision, "data_roots": data_roots or None}
    load_settings(flags)  # what is wrong with them is said here, not in the browser
    if not host or host.startswith("-"):
        raise InputError(f"--host {shown(host)} is not an address")
    arguments = [
        *(sys.executable, "-m", "pages._ui.serve"),
        *("--server.port", str(port), "--server.address", host, "--server.headless", str(not browser).lower()),
    ]
    environment = os.environ | {f"{PREFIX}{k.upper()}": _text(v) for k, v in flags.items() if v is not None}
    os.chdir(app_folder())  # the app's modules and Streamlit's settings are found from there
    # In place of this process, so that what stops it stops the app; a shell is not wanted.
    os.execve(sys.executable, arguments, environment)  # noqa: S606


def _text(value: object) -> str:
    """A setting as its environment variable holds it; the app runs in another folder, so paths become absolute."""
    if isinstance(value, tuple):
        return json.dumps([str(Path(v).resolve()) for v in value])
    exists = isinstance(value, (str, Path)) and Path(value).expanduser().exists()
    return str(Path(str(value)).expanduser().resolve()) if exists else str(value)
