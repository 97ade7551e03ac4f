"""Every setting, where its value comes from, and the folders that follow from it.

A value comes from the first of: a command-line flag, the environment variable ``ENFORMER_<NAME>``, the settings file
(``settings.toml`` in the user's configuration folder, or the file that ``ENFORMER_SETTINGS_FILE`` names), the default
below.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from .errors import SettingsError, shown

APP_NAME = "enformer-browser"
PREFIX = "ENFORMER_"
Precision = Literal["auto", "float32", "bfloat16"]


class Settings(BaseSettings):
    """The settings in force. Build with ``load_settings``; the fields' descriptions are the documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir(APP_NAME)),
        description="Assemblies, models and gene indexes",
    )
    cache_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir(APP_NAME)),
        description="Predictions and converted weights; may be deleted at any time",
    )
    model: str = Field(
        default="", description="Model to start with: a registered name, a folder or a Hugging Face repository id"
    )
    assembly: str = Field(default="", description="Assembly to start with: a registered name or a FASTA file")
    genes: Path | None = Field(default=None, description="Gene annotation (GTF) for an assembly given as a file")
    aliases: Path | None = Field(default=None, description="Table of previous symbols and aliases in HGNC's format")
    device: str = Field(
        default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="auto, cpu, mps, cuda or cuda:N"
    )
    precision: Precision = Field(default="auto", description="auto, float32 or bfloat16")
    threads: int = Field(default=0, ge=0, le=1024, description="CPU threads for the model; 0 lets PyTorch choose")
    cache_max_bytes: int = Field(
        default=5 * 1024**3, ge=0, description="Size above which the oldest predictions are dropped; 0 keeps none"
    )
    data_roots: tuple[Path, ...] = Field(
        default=(), description="Folders below which the app may open files by path (a JSON list)"
    )
    hosted: bool = Field(default=False, description="Other people reach the app: nothing is opened by path")
    login: Literal["", "oidc"] = Field(
        default="", description="oidc: pages are for those who have logged in, and closed where no provider is set up"
    )
    upload_max_bytes: int = Field(default=200 * 1024**2, ge=1, description="Largest file that can be uploaded")
    uploads_max_bytes: int = Field(
        default=20 * 1024**3, ge=1, description="Size that the uploads of all visits may have together"
    )
    upload_expiry_s: float = Field(
        default=24 * 3600, gt=0, description="Age at which an upload is removed, even if its visit has not ended"
    )
    bigwig_hosts: tuple[str, ...] = Field(
        default=(),
        description="Hosts that bigWigs may be read from by https (a JSON list); if empty, "
        "any public host, but none where the app is hosted",
    )
    bigwig_timeout_s: float = Field(
        default=5.0, gt=0, le=3600, description="Longest time that reading one bigWig or annotation may take"
    )
    bigwig_memory_bytes: int = Field(
        default=2 * 1024**3,
        ge=256 * 1024**2,
        description="Address space of a process that reads bigWigs and annotations",
    )
    worker: bool = Field(default=True, description="Whether the app runs the model in a process of its own")
    worker_timeout_s: float = Field(
        default=120,
        gt=0,
        description="Silence after which the process that runs the model is taken to hang, and started again",
    )
    mirror: str = Field(
        default="", description="Address of a folder with the same file names, asked before all other sources"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then the environment, then the settings file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=settings_file())

    @property
    def models_dir(self) -> Path:
        """One folder per registered model."""
        return self.data_dir / "models"

    @property
    def assemblies_dir(self) -> Path:
        """One folder per registered assembly."""
        return self.data_dir / "assemblies"

    @property
    def gene_indexes_dir(self) -> Path:
        """SQLite files built from gene annotations."""
        return self.data_dir / "gene_indexes"

    @property
    def predictions_dir(self) -> Path:
        """The prediction cache."""
        return self.cache_dir / "predictions"

    @property
    def converted_dir(self) -> Path:
        """Weights converted to safetensors, by checksum."""
        return self.cache_dir / "converted"


def settings_file() -> Path:
    """The settings file that is read if it exists."""
    named = os.environ.get(f"{PREFIX}SETTINGS_FILE")
    return Path(named) if named else Path(platformdirs.user_config_dir(APP_NAME)) / "settings.toml"


def load_settings(flags: Mapping[str, Any] | None = None) -> Settings:
    """The settings in force; ``flags`` (those that are not None) win.

    Raises:
        SettingsError: A value is not allowed, with the name of its source.
    """
    given = {k: v for k, v in (flags or {}).items() if v is not None}
    return _read(given) if given else _remembered(tuple(os.environ.items()), _state_of(settings_file()))


@lru_cache(maxsize=1)
def _remembered(_environment: tuple[tuple[str, str], ...], _file: tuple[int, int] | None) -> Settings:
    """The settings without flags, for as long as what they are read from is the same: a page asks for them often."""
    return _read({})


def _state_of(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _read(given: Mapping[str, Any]) -> Settings:
    try:
        return Settings(**given)
    except ValidationError as exc:
        first = exc.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        if first["type"] == "extra_forbidden":
            raise SettingsError(
                f"there is no setting {shown(name)}",
                where=str(settings_file()),
                hint=f"The settings are: {', '.join(Settings.model_fields)}",
            ) from exc
        raise SettingsError(
            f"setting {name} cannot be {shown(first['input'])}: {first['msg']}",
            where=_source(name, given),
            hint=Settings.model_fields[name].description or "",
        ) from exc
    except (ValueError, OSError) as exc:  # not TOML, or an environment variable that is not the JSON it should be
        raise SettingsError(f"the settings cannot be read: {exc}", where=str(settings_file())) from exc


def setting_sources(flags: Mapping[str, Any] | None = None) -> dict[str, str]:
    """For each setting its source: ``flag``, an environment variable's name, the settings file, or ``default``."""
    given = {k: v for k, v in (flags or {}).items() if v is not None}
    return {name: _source(name, given) for name in Settings.model_fields}


def _source(name: str, given: Mapping[str, Any]) -> str:
    if name in given:
        return "flag"
    variable = f"{PREFIX}{name.upper()}"
    if os.environ.get(variable):
        return variable
    file = TomlConfigSettingsSource(Settings, toml_file=settings_file())()
    return str(settings_file()) if name in file else "default"
