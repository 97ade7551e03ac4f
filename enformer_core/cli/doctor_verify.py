"""``doctor --verify``: whether the model here gives the numbers that were published for it."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import FileError, ModelError, WeightsMissing
from ..settings import Settings
from .asking import load_predictor
from .running import wait

if TYPE_CHECKING:
    from ..evaluation.published import Absent, Check
    from ..evaluation.published_cases import Manifest
    from ..inference.predictor import Predictor

_MODEL = "enformer"  # what `setup weights` registers
_SHOWN = 10  # numbers of a table that are not as published


def verify(settings: Settings, expected: Path | None, *, as_json: bool, quiet: bool) -> int:
    """Check, print a line for each number or table of numbers, and tell by the exit code.

    Args:
        settings: Name the model and the assembly; where they do not, those are taken that ``setup`` registers.
        expected: A manifest, whose tables are beside it; or a folder with the tables of the one that ships.
        as_json: Print one JSON object in the end instead.
        quiet: No progress.

    Returns:
        0 if all that was checked is as published, else 4.

    Raises:
        WeightsMissing: There is no model.
        FileError: There is no assembly, or a file cannot be read.
        EnformerError: The model cannot be run, or is of another kind.
    """
    from ..evaluation.published import Absent
    from ..evaluation.published import verify as checked
    from ..evaluation.published_cases import read_manifest, shipped_manifest

    path = expected if expected is not None and not expected.is_dir() else shipped_manifest()
    manifest = read_manifest(path)
    tables = path.parent if expected is None or path == expected else expected
    settings = _complete(settings, manifest.assembly)
    found: list[list[Check] | Absent] = []
    with _own_predictions(settings) as apart, closing(load_predictor(apart, quiet=quiet)) as predictor:
        for case in checked(predictor, manifest, tables, partial(wait, quiet=quiet)):
            found.append(case)
            if not as_json:
                for line in _lines(case):
                    click.echo(line)
        checks = [check for case in found if not isinstance(case, Absent) for check in case]
        absent = [case for case in found if isinstance(case, Absent)]
        if as_json:
            click.echo(json.dumps(_facts(predictor, manifest, checks, absent), indent=2))
    if not checks:
        raise FileError(
            "nothing was checked: none of the tables is there",
            where=str(tables),
            hint="Name the folder that holds them: --expected DIR",
        )
    failed = sum(not check.ok for check in checks)
    if not as_json:
        click.echo(_verdict(len(checks), failed, len(absent), manifest.what))
    return ModelError.exit_code if failed else 0


def _complete(settings: Settings, assembly: str) -> Settings:
    """Settings that name a model and an assembly: those that ``setup`` registers, where none was given."""
    from ..genome.registry import registered

    if not settings.model and _MODEL not in registered("model", settings):
        raise WeightsMissing(
            "there is no model to verify",
            where=str(settings.models_dir),
            hint="Fetch the published weights: enformer-browser setup weights; or name a folder with --model",
        )
    if not settings.assembly and assembly not in registered("assembly", settings):
        raise FileError(
            f"the assembly {assembly} is not there",
            where=str(settings.assemblies_dir),
            hint=f"Fetch it: enformer-browser setup {assembly}; or name a FASTA file with --assembly",
        )
    named = {"model": settings.model or _MODEL, "assembly": settings.assembly or assembly}
    return settings.model_copy(update=named)


@contextmanager
def _own_predictions(settings: Settings) -> Iterator[Settings]:
    """Settings with an empty cache of predictions: what another device computed before proves nothing of this one.

    Converted weights are those of the real cache, for they take a gigabyte, and their checksum is their name.
    """
    with tempfile.TemporaryDirectory(prefix="enformer-verify-") as folder:
        apart = settings.model_copy(update={"cache_dir": Path(folder)})
        with suppress(OSError):  # where the cache may not be written, they are converted anew, aside
            settings.converted_dir.mkdir(parents=True, exist_ok=True)
            apart.converted_dir.symlink_to(settings.converted_dir, target_is_directory=True)
        yield apart


def _lines(case: list[Check] | Absent) -> Iterator[str]:
    """A case as text: each number by itself, or of a table the largest difference and all that are not as published."""
    if not isinstance(case, list):
        yield f"absent  {case.case}: not checked, for {case.path} is not there"
        return
    if len(case) == 1:
        yield _line(case[0])
        return
    failed = [check for check in case if not check.ok]
    worst = max(case, key=lambda check: math.inf if math.isnan(check.difference) else abs(check.difference))
    yield (
        f"{'FAILED' if failed else 'ok':<8}{worst.case}: {len(case) - len(failed):,} of {len(case):,} as published, "
        f"largest difference {worst.difference:+.2g} at {worst.what}"
    )
    yield from map(_line, failed[:_SHOWN])
    if len(failed) > _SHOWN:
        yield f"        {len(failed) - _SHOWN:,} more of the table are not as published; --json has them all"


def _line(check: Check) -> str:
    return (
        f"{'ok' if check.ok else 'FAILED':<8}{check.case}: {check.what}: expected {check.expected:.6g}, "
        f"got {check.got:.6g}, difference {check.difference:+.2g}, {check.low:.6g} to {check.high:.6g} will do"
    )


def _verdict(count: int, failed: int, absent: int, what: str) -> str:
    rest = f"; {absent:,} more need tables that are not there: name their folder, --expected DIR" if absent else ""
    result = f"{failed:,} of {count:,} numbers are not" if failed else f"all {count:,} numbers are"
    return f"{result} those of {what}{rest}"


def _facts(predictor: Predictor, manifest: Manifest, checks: list[Check], absent: list[Absent]) -> dict[str, Any]:
    return {
        "ok": bool(checks) and all(check.ok for check in checks),
        "what": manifest.what,
        "model": predictor.name,
        "weights_sha256": predictor.weights_sha256,
        "assembly": predictor.assembly.name if predictor.assembly else "",
        "device": predictor.facts.device_name,
        "tolerance": {"relative": manifest.relative, "why": manifest.why},
        "checks": [_check_facts(check) for check in checks],
        "absent": [{"case": case.case, "file": str(case.path)} for case in absent],
    }


def _check_facts(check: Check) -> dict[str, Any]:
    got = check.got if math.isfinite(check.got) else None
    facts = {"case": check.case, "what": check.what, "ok": check.ok, "expected": check.expected, "got": got}
    return facts | {"difference": check.difference if got is not None else None, "low": check.low, "high": check.high}
