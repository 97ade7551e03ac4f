"""``doctor``: what is installed, found and missing; one line each."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from ..settings import load_settings, setting_sources

_MARKS = {"ok": "ok      ", "note": "note    ", "missing": "MISSING ", "broken": "BROKEN  "}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> int:
    """Show what is installed, found and missing, and the settings in force. Exit code 1 if the app could not start.

    \b
    Example:
      enformer-browser doctor
    """
    from ..inference.health import examine

    settings = load_settings()
    sources = setting_sources() | dict.fromkeys(ctx.obj or (), "--set")
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
