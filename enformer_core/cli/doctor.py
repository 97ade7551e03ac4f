"""``doctor``: what is installed, found and missing; one line each."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from ..errors import InputError
from ..settings import load_settings, setting_sources
from . import options

_MARKS = {"ok": "ok      ", "note": "note    ", "missing": "MISSING ", "broken": "BROKEN  "}


@click.command("doctor")
@click.option("--verify", "verifies", is_flag=True, help="Run the model, and compare it with published numbers.")
@click.option(
    "--expected",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="With --verify: a manifest of other numbers, or a folder with the tables that the one that ships names.",
)
@options.model
@options.assembly
@options.device
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@options.quiet
@click.pass_context
def command(
    ctx: click.Context,
    verifies: bool,
    expected: Path | None,
    model: str | None,
    assembly: str | None,
    device: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Show what is installed, found and missing, and the settings in force. Exit code 1 if the app could not start.

    With --verify the model runs instead: Enformer on hg38, as `setup weights` and `setup hg38` make them, unless
    others are named. Exit code 4 if a number is not the published one.

    \b
    Examples:
      enformer-browser doctor
      enformer-browser doctor --verify
    """
    flags = {"model": model, "assembly": assembly, "device": device}
    if verifies:
        from .doctor_verify import verify

        # Changes are small differences of large numbers: they are published in float32 and compared in it.
        settings = load_settings(flags | {"precision": "float32"})
        return verify(settings, expected, as_json=as_json, quiet=quiet)
    if expected is not None:
        raise InputError("--expected needs --verify", hint="Add --verify, or leave --expected out")
    from ..inference.health import examine

    settings = load_settings(flags)
    sources = setting_sources(flags) | dict.fromkeys(ctx.obj or (), "--set")
    findings = examine(settings)
    starts = not any(f.status == "broken" for f in findings)
    values = {name: {"value": str(getattr(settings, name) or ""), "from": sources[name]} for name in sources}
    if as_json:
        facts = {"starts": starts, "findings": [asdict(f) for f in findings], "settings": values}
        click.echo(json.dumps(facts, indent=2))
        return 0 if starts else 1
    for finding in findings:
        hint = f". {finding.hint}" if finding.hint else ""
        click.echo(f"{_MARKS[finding.status]}{finding.name}: {finding.text}{hint}")
    for name, entry in values.items():
        click.echo(f"setting {name} = {entry['value'] or '(none)'}  [{entry['from']}]")
    return 0 if starts else 1
