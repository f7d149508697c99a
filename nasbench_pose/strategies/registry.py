"""The registry of strategies: resolve a name, check settings, make a strategy."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.plugins import Registry, callable_only
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import (
    NEEDED_SETTINGS,
    PRESET,
    Declaration,
    DeclaredSetting,
    declaration_of,
    settings_of,
    takes_any_setting,
)
from nasbench_pose.strategies.limits import Treatment
from nasbench_pose.strategies.optuna_sampler import PREFIX, optuna_sampler
from nasbench_pose.strategies.settings import canonical
from nasbench_pose.strategies.strategy import Strategy

FAMILIES = ("black_box", "multi_fidelity", "differentiable", "one_shot")
"""The folders beside this file. Each module in them defines the strategy of its name as STRATEGY."""

STRATEGIES = {
    path.stem: f"nasbench_pose.strategies.{family}.{path.stem}:STRATEGY"
    for family in FAMILIES
    for path in sorted((Path(__file__).parent / family).glob("[!_]*.py"))
}
"""Name -> `module:attribute`, so that a strategy is imported only when it is used."""

REGISTRY: Registry[Callable[..., Strategy]] = Registry(
    "strategy", "nasbench_pose.strategies", STRATEGIES, callable_only, "a class or a function"
)


def resolve(name: str) -> Callable[..., Strategy]:
    """Return the class of a strategy: built in, of another package, `module:attribute`, or `optuna:NameOfASampler`.

    Raises UnknownNameError for a name that cannot be found or imported, InvalidFileError for an object that is not
    callable.

    >>> resolve("random").__name__
    'RandomSearch'
    >>> resolve("rendom")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No strategy named 'rendom'; known: asha, ... Did you mean 'random'?
    """
    return optuna_sampler(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else REGISTRY.resolve(name)


def make(name: str, space: SearchSpace, seed: int, settings: Mapping[str, Any] | None = None) -> Strategy:
    """Return a new strategy. The same seed and the same history give the same proposals.

    Raises UnknownNameError for a strategy or a setting that does not exist, InvalidFileError for a setting that is
    missing or out of bounds, and for what has no `ask` or no `tell`.

    >>> from nasbench_pose.spaces import load
    >>> make("evolution", load("simplebaseline"), 0, {"populaton": 10})
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: 'evolution' has no setting 'populaton'; it has ... Did you mean 'population'?
    """
    strategy = resolve(name)
    checked = canonical(name, strategy, settings or {})
    if missing := [each.name for each in settings_of(strategy) if each.required and each.name not in checked]:
        raise InvalidFileError(f"{name!r} needs the settings {', '.join(missing)}.")
    made = strategy(space, generator(name, seed), **checked)
    for method in ("ask", "tell"):
        if not callable(getattr(made, method, None)):
            raise InvalidFileError(f"The strategy {name!r} has no {method}(); a strategy has ask and tell.")
    return made


def generator(name: str, seed: int) -> np.random.Generator:
    """Return the random generator of a strategy, seeded with `[seed, CRC-32 of its name]`.

    The name is part of the seed, so that two strategies with the same seed draw independent random numbers.

    >>> int(generator("random", 0).integers(100)), int(generator("evolution", 0).integers(100))
    (74, 47)
    """
    if seed < 0:
        raise InvalidFileError(f"A seed is 0 or more, not {seed}.")
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def declaration(name: str) -> Declaration:
    """Return the declaration of a strategy: paper, needs, colour.

    >>> declaration("darts").needs
    ('protocol', 'people', 'supernet')
    """
    return declaration_of(resolve(name))


def settings(name: str) -> tuple[DeclaredSetting, ...]:
    """Return the settings of a strategy, with their types, defaults and bounds.

    >>> [(setting.name, setting.default, setting.about.bounds) for setting in settings("evolution")][:2]
    [('population', 20, '1 or more'), ('sample', 5, '1 or more')]
    """
    return settings_of(resolve(name))


def variant(name: str, settings: Mapping[str, Any]) -> str:
    """Return the preset that a strategy with these settings follows; "" if it follows none.

    >>> variant("evolution", {}), variant("evolution", {"population": 100, "sample": 25}), variant("random", {})
    ('20/5', '100/25', '')
    """
    strategy = resolve(name)
    defaults = {setting.name: setting.default for setting in settings_of(strategy)}
    values = {**defaults, **canonical(name, strategy, settings)}
    presets = declaration_of(strategy).presets
    return next((preset for preset, own in presets.items() if own.items() <= values.items()), "")


def family(name: str) -> str:
    """Return the family of a built-in strategy in words; "" for a strategy of another package.

    >>> family("evolution"), family("darts")
    ('black box', 'differentiable')
    """
    if name.startswith(PREFIX):
        return "black box"
    return STRATEGIES[name].split(".")[2].replace("_", " ") if name in STRATEGIES else ""


def accepts(name: str, setting: str) -> bool:
    """Return whether a strategy has a setting of that name.

    >>> accepts("evolution", "population"), accepts("random", "population")
    (True, False)
    """
    strategy = resolve(name)
    known = {known.name for known in settings_of(strategy)} | ({PRESET} if declaration_of(strategy).presets else set())
    return takes_any_setting(strategy) or setting in known


def default_of(name: str, setting: str) -> Any:
    """Return the default of a setting; None if there is none.

    >>> default_of("evolution", "population"), default_of("darts", "cost")
    (20, 'macs')
    """
    return next((each.default for each in settings(name) if each.name == setting), None)


def trains(name: str) -> bool:
    """Return whether a strategy trains networks itself, and so needs images of people.

    >>> trains("darts"), trains("random")
    (True, False)
    """
    return "people" in declaration(name).needs


def handed_over(name: str, *, protocol: str, data: str, fidelities: Sequence[int] = ()) -> dict[str, Any]:
    """Return the settings that a search passes to a strategy: `protocol`, `data`, `fidelities`, if it needs them.

    >>> handed_over("darts", protocol="{}", data="synthetic"), handed_over("random", protocol="{}", data="synthetic")
    ({'protocol': '{}', 'data': 'synthetic'}, {})
    """
    values, needs = {"protocol": protocol, "data": data, "fidelities": list(fidelities)}, declaration(name).needs
    return {setting: values[setting] for need, setting in NEEDED_SETTINGS.items() if need in needs}


def treatment_of(name: str) -> Treatment:
    """Return what a strategy does about limits: what it declares; "setting" if it has the settings `cost` and `limit`.

    >>> treatment_of("random"), treatment_of("darts"), treatment_of("optuna:NSGAIISampler")
    ('kept', 'setting', 'kept and learned')
    """
    return "setting" if accepts(name, "cost") and accepts(name, "limit") else declaration(name).limits


def lacks(name: str, space: SearchSpace) -> str:
    """Return the reason why a strategy cannot search a space; "" if its declared needs are met.

    >>> from nasbench_pose.spaces import load
    >>> lacks("fixed", load("hrnet")), lacks("darts", load("efficientpose_micro"))
    ('', '')
    """
    needs = declaration(name).needs
    if "named genotypes" in needs and not space.named:
        return f"{space.name} names no genotypes"
    return ""


def check_settings(name: str, settings: Mapping[str, Any], *, objectives: int | None = None) -> dict[str, Any]:
    """Check settings and return them in canonical form (see `settings.canonical`).

    Raises UnknownNameError for a strategy or a setting that does not exist; InvalidFileError for a value of the wrong
    type, out of bounds, or with more numbers than there are `objectives`.

    >>> check_settings("evolution", {"population": np.int64(30), "sample": 5})
    {'population': 30}
    >>> check_settings("evolution", {"population": 0})
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: evolution.population is a whole number, 1 or more, not 0.
    """
    return canonical(name, resolve(name), settings, objectives=objectives)
