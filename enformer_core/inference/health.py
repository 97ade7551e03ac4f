"""What is installed, found and missing, as facts that the command line and the setup page both show."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ..app_files import app_folder
from ..errors import EnformerError
from ..genome.origins import origins
from ..genome.registry import Registered, broken, registered
from ..settings import Settings
from .cache import PredictionCache
from .device import available_devices, choose_device, describe_device, effective_precision
from .finding import Finding

_PACKAGES = ("torch", "streamlit", "plotly", "pyfaidx", "pybigwig", "pybigtools", "pandas", "numpy", "safetensors")


def examine(settings: Settings) -> list[Finding]:
    """Look at the installation, the device, the folders, the models and the assemblies."""
    findings = [_python(), *(_package(name) for name in _PACKAGES), _app(), _device(settings)]
    findings += [_folder("data folder", settings.data_dir), _folder("cache folder", settings.cache_dir)]
    findings += [
        _cache(settings),
        *_registered("model", settings),
        *_registered("assembly", settings),
        *_configured(settings),
        *_precision(settings),
    ]
    findings.append(_figures())
    return findings


def _python() -> Finding:
    return Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _package(name: str) -> Finding:
    try:
        return Finding(name, "ok", version(name))
    except PackageNotFoundError:
        return Finding(name, "broken", "not installed", "Install enformer-browser again, with its dependencies")


def _app() -> Finding:
    try:
        return Finding("app", "ok", str(app_folder()))
    except EnformerError as exc:
        return Finding("app", "broken", exc.what, exc.hint)


def _device(settings: Settings) -> Finding:
    try:
        device = choose_device(settings.device)
    except EnformerError as exc:
        return Finding("device", "broken", exc.what, exc.hint)
    others = ", ".join(available_devices())
    if device.type == "cpu":
        return Finding(
            "device", "note", f"cpu (found: {others})", "The published model takes tens of seconds per window"
        )
    return Finding("device", "ok", f"{describe_device(device)} (found: {others})")


def _precision(settings: Settings) -> list[Finding]:
    """Whether the precision that is set is the one that will be used; measured only where bfloat16 is set."""
    try:
        used = effective_precision(settings.precision, choose_device(settings.device))
    except EnformerError:
        return []  # the device is another finding
    if used == settings.precision:
        return []
    why = f"{settings.precision} is set, but is slower on this processor and less exact"
    return [Finding("precision", "note", f"{used} is used: {why}", "Set precision auto, or a device that has it")]


def _folder(name: str, folder: Path) -> Finding:
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    if not existing.is_dir() or not _writable(existing):
        return Finding(name, "broken", f"{folder} may not be written", f"Choose another: {_variable(name)}")
    free = shutil.disk_usage(existing).free / 1024**3
    state = "" if folder.exists() else ", made when it is needed"
    return Finding(name, "ok", f"{folder} ({free:.0f} GB free{state})")


def _variable(name: str) -> str:
    return f"ENFORMER_{name.split()[0].upper()}_DIR"


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _cache(settings: Settings) -> Finding:
    entries, size = PredictionCache(settings.predictions_dir, settings.cache_max_bytes).size()
    limit = settings.cache_max_bytes / 1024**2
    return Finding("prediction cache", "ok", f"{entries:,} predictions, {size / 1024**2:,.1f} of {limit:,.0f} MB")


def _registered(kind: Literal["model", "assembly"], settings: Settings) -> list[Finding]:
    name = "models" if kind == "model" else "assemblies"
    folder = settings.models_dir if kind == "model" else settings.assemblies_dir
    unusable = [Finding(f"{kind} {bad}", "note", str(why)) for bad, why in broken(kind, settings).items()]
    if found := registered(kind, settings):
        return [Finding(name, "ok", ", ".join(sorted(found))), *unusable, *_sources(found)]
    verb = "setup weights" if kind == "model" else "setup hg38"
    how = "a folder or a Hugging Face id" if kind == "model" else "a FASTA file"
    hint = f"Run enformer-browser {verb}, or give {how} with --{kind} or ENFORMER_{kind.upper()}"
    return [Finding(name, "note", f"none registered in {folder}", hint), *unusable]


def _sources(found: Mapping[str, Registered]) -> list[Finding]:
    """Who vouches for the files of what a set-up fetched."""
    findings = []
    for name, entry in sorted(found.items()):
        if listed := origins(entry.manifest):
            loose = [origin.file for origin in listed if not origin.is_verified]
            text = f"{len(listed) - len(loose)} of {len(listed)} files verified"
            text += f"; recorded, not verified: {', '.join(loose)}" if loose else ""
            findings.append(Finding(f"sources of {name}", "ok", text))
    return findings


def _configured(settings: Settings) -> list[Finding]:
    """The model and assembly to start with, opened as far as is quick."""
    from ..genome.assembly import Assembly
    from .weights import find_model, is_repository

    findings = []
    if settings.model:
        try:
            is_remote = is_repository(settings.model) and settings.model not in registered("model", settings)
            text = f"{settings.model} (Hugging Face)" if is_remote else str(find_model(settings.model, settings).folder)
            findings.append(Finding("start model", "ok", text))
        except EnformerError as exc:
            findings.append(Finding("start model", "missing", exc.what, exc.hint))
    if settings.assembly:
        try:
            assembly = Assembly.open(settings.assembly, settings=settings)
            findings.append(Finding("start assembly", "ok", f"{assembly.name}, {len(assembly.contigs):,} contigs"))
            assembly.close()
        except EnformerError as exc:
            findings.append(Finding("start assembly", "missing", exc.what, exc.hint))
    if settings.genes and not settings.genes.is_file():
        findings.append(Finding("start genes", "missing", f"{settings.genes} is not there", "Give a GTF file"))
    return findings


def _figures() -> Finding:
    if find_spec("pygenometracks"):
        return Finding("pyGenomeTracks", "ok", version("pygenometracks"))
    return Finding(
        "pyGenomeTracks", "note", "not installed", "It needs Python 3.12 or older; all else works without it"
    )
