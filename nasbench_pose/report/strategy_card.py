"""What is known of a strategy: its declaration and its settings, as JSON values."""

from typing import Any

from nasbench_pose.strategies.declaration import NEEDED_SETTINGS, DeclaredSetting
from nasbench_pose.strategies.limits import TREATMENTS
from nasbench_pose.strategies.registry import accepts, declaration, default_of, family, settings, trains, treatment_of
from nasbench_pose.strategies.settings import described


def strategy_card(name: str) -> dict[str, Any]:
    """Return what is known of a strategy; raise UnknownNameError or InvalidFileError if it cannot be resolved.

    >>> card = strategy_card("nsga2")
    >>> card["family"], card["objectives"], card["fidelity"], card["settings"][0]["default"]
    ('black box', 'all', 'full trainings', 20)
    """
    known = declaration(name)
    handed_over = {NEEDED_SETTINGS[need] for need in known.needs if need in NEEDED_SETTINGS}
    return {
        "name": name,
        "family": family_of(name),
        "summary": known.summary,
        "paper": known.paper,
        "defaults": known.defaults,
        "needs": list(known.needs),
        "objectives": _objectives(name),
        "limits": TREATMENTS[treatment_of(name)],
        "fidelity": "rungs, up to full trainings" if "fidelities" in known.needs else "full trainings",
        "colour": known.colour,
        "presets": {preset: dict(values) for preset, values in known.presets.items()},
        "settings": [_setting(setting, handed_over) for setting in settings(name)],
    }


def family_of(name: str) -> str:
    """Return the family of a strategy in words.

    >>> family_of("evolution"), family_of("mine:Climb")
    ('black box', 'of another package')
    """
    return family(name) or "of another package"


def _objectives(name: str) -> str:
    """Return which objectives a strategy follows: as declared, or by its setting `weights`."""
    if declared := declaration(name).objectives:
        return declared
    if trains(name):
        return "the loss of its own training, and the cost with its weight"
    if not accepts(name, "weights"):
        return "not declared"
    return "all, or a weighted sum" if default_of(name, "weights") is None else "the first, or a weighted sum"


def _setting(setting: DeclaredSetting, handed_over: set[str]) -> dict[str, Any]:
    default = None if setting.required else setting.default
    return {
        "name": setting.name,
        "required": setting.required,
        "handed_over": setting.name in handed_over,
        "default": list(default) if isinstance(default, tuple) else default,
        "value": described(setting),
        "meaning": setting.about.meaning,
    }
