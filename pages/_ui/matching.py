"""Which model and which assembly to begin with: those that belong together."""

from __future__ import annotations

from collections.abc import Mapping

from enformer_core.genome.registry import Registered, registered
from enformer_core.settings import Settings

from .state import Choice


def first_choice(settings: Settings) -> Choice:
    """The model and the assembly to begin with; empty texts where nothing fits.

    What the settings name wins, completed by what belongs to it. Without settings it is a person's own model with
    their own assembly, if that is one pair; else a registered model with the assembly that it was trained on.
    """
    models, assemblies = registered("model", settings), registered("assembly", settings)
    if settings.model or settings.assembly:
        model = settings.model or _model_for(settings.assembly, models, assemblies)
        assembly = settings.assembly or _assembly_for(settings.model, models, assemblies)
        return Choice(model, assembly, str(settings.genes or "") if settings.assembly else "")
    return _first_pair(models, assemblies)


def trained_on(model: str, settings: Settings) -> str:
    """The registered assembly that a registered model was trained on; empty where there is none."""
    entry = registered("model", settings).get(model)
    name = entry.trained_on if entry else ""
    return name if name in registered("assembly", settings) else ""


def misfit(choice: Choice, settings: Settings) -> str:
    """What to say where a model reads another assembly than its own simulated one; empty where the two can go together.

    A model of a real genome may well be asked about another one; a simulation's rules hold nowhere else.
    """
    entry = registered("model", settings).get(choice.model)
    if entry is None or not entry.simulated or not entry.trained_on or choice.assembly in ("", entry.trained_on):
        return ""
    return (
        f"the model {entry.name} was trained on the simulated genome {entry.trained_on} "
        "and knows nothing of this assembly: its predictions mean nothing here"
    )


def _first_pair(models: Mapping[str, Registered], assemblies: Mapping[str, Registered]) -> Choice:
    own_models, own_assemblies = _own(models), _own(assemblies)
    if len(own_models) == 1 and (assembly := _assembly_for(own_models[0], models, assemblies)):
        return Choice(own_models[0], assembly)
    pairs = [Choice(name, model.trained_on) for name, model in models.items() if model.trained_on in assemblies]
    if pairs:
        return min(pairs, key=lambda pair: not models[pair.model].simulated)  # min keeps the first of equals
    return Choice(_only(own_models), _only(own_assemblies))


def _assembly_for(model: str, models: Mapping[str, Registered], assemblies: Mapping[str, Registered]) -> str:
    """The assembly that a model was trained on, else the only real one; a simulated model fits no other."""
    entry = models.get(model)
    if entry and entry.trained_on in assemblies:
        return entry.trained_on
    return "" if entry and entry.simulated else _only(_own(assemblies))


def _model_for(assembly: str, models: Mapping[str, Registered], assemblies: Mapping[str, Registered]) -> str:
    """The only model that was trained on an assembly; else, for a real one, the only real model."""
    trained = [name for name, model in models.items() if model.trained_on == assembly]
    if trained:
        return _only(trained)
    entry = assemblies.get(assembly)
    return "" if entry and entry.simulated else _only(_own(models))


def _only(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ""


def _own(entries: Mapping[str, Registered]) -> list[str]:
    """Those that are no simulation."""
    return [name for name, entry in entries.items() if not entry.simulated]
