"""The command line: ``enformer-browser VERB``, one module per verb."""

from __future__ import annotations

import difflib
import os
import sys
from importlib import import_module

import click

from ..errors import SettingsError, shown
from .running import exit_with

VERBS = {
    "app": "start the web app",
    "predict": "predict tracks at a locus, gene or sequence",
    "contributions": "score what each base adds to a prediction",
    "mutagenesis": "measure what every substitution of an interval would do",
    "attention": "show where in the window some bins look",
    "setup": "build the demo, fetch hg38, mm10 or the weights, index, convert, empty the cache",
    "train": "train a model on an assembly and experiments",
    "evaluate": "measure a model against known answers",
    "doctor": "show what is installed, found and missing",
}
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


class _Verbs(click.Group):
    """Imports a verb's module only when that verb is asked for, so that ``--help`` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return import_module(f".{cmd_name}", __name__).command if cmd_name in VERBS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], VERBS, n=1)
            known = f"The verbs are: {', '.join(VERBS)}"
            ctx.fail(f"no verb {args[0]!r}. " + (f"Did you mean {near[0]}?" if near else known))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=_Verbs, context_settings=CONTEXT)
@click.version_option(package_name="enformer-browser")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="Any setting, for this run; repeatable.")
@click.pass_context
def cli(ctx: click.Context, pairs: tuple[str, ...]) -> None:
    """Predict what DNA does with Enformer, and compare it with experiments.

    \b
    Example:
      enformer-browser app --model path/to/model --assembly hg38.fa.gz --genes gencode.gtf.gz
    """
    ctx.obj = frozenset(_put(pair) for pair in pairs)


def _put(pair: str) -> str:
    """Put one ``NAME=VALUE`` into this process's environment, which the app's process inherits; returns the name."""
    from ..settings import PREFIX, Settings

    name, equals, value = pair.partition("=")
    if not equals or name not in Settings.model_fields:
        near = difflib.get_close_matches(name, Settings.model_fields, n=1)
        raise SettingsError(
            f"--set {shown(pair)} names no setting",
            hint=f"Did you mean {near[0]}=...?" if near else f"The settings are: {', '.join(Settings.model_fields)}",
        )
    os.environ[f"{PREFIX}{name.upper()}"] = value
    return name


def main() -> None:
    """Run the command line and exit: 0 ok, 1 failed, 2 wrong input, 3 bad file, 4 model, 5 resources."""
    sys.exit(exit_with(lambda: cli(standalone_mode=False)))
