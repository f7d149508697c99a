"""Strategies by name."""

import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.plugins import Registry, function
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import (
    NEEDED_SETTINGS,
    Declaration,
    DeclaredSetting,
    declaration_of,
    settings_of,
    takes_anything,
)
from nasbench_pose.strategies.settings import canonical
from nasbench_pose.strategies.strategy import Strategy

FAMILIES = ("black_box", "multi_fidelity", "differentiable")
"""The folders beside this file. Each module in them is a strategy of that name, and calls it STRATEGY."""

STRATEGIES = {
    path.stem: f"nasbench_pose.strategies.{family}.{path.stem}:STRATEGY"
    for family in FAMILIES
    for path in sorted((Path(__file__).parent / family).glob("[!_]*.py"))
}
"""Name -> `module:attribute`: nothing is imported before it is used."""

REGISTRY: Registry[Callable[..., Strategy]] = Registry(
    "strategy", "nasbench_pose.strategies", STRATEGIES, function, "a class or a function"
)


def resolve(name: str) -> Callable[..., Strategy]:
    """Return the class of a strategy: built in, of another package by its entry point, or spelt `module:attribute`.

    Raises UnknownNameError for what cannot be found or imported, InvalidFileError for what cannot be called.

    >>> resolve("random").__name__
    'RandomSearch'
    >>> resolve("rendom")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No strategy named 'rendom'; known: baselines, ... Did you mean 'random'?
    """
    return REGISTRY.resolve(name)


def make(name: str, space: SearchSpace, seed: int, settings: Mapping[str, Any] | None = None) -> Strategy:
    """Return a new strategy that proposes the same genotypes for the same seed and history.

    Raises UnknownNameError for a strategy or a setting that does not exist, InvalidFileError for a setting that is
    missing or out of bounds.

    >>> from nasbench_pose.spaces import load
    >>> make("evolution", load("simplebaseline"), 0, {"populaton": 10})
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: 'evolution' has no setting 'populaton'; it has ... Did you mean 'population'?
    """
    made = resolve(name)
    given = canonical(name, made, settings or {})
    if missing := [setting.name for setting in settings_of(made) if setting.required and setting.name not in given]:
        raise InvalidFileError(f"{name!r} needs the settings {', '.join(missing)}.")
    return made(space, generator(name, seed), **given)


def generator(name: str, seed: int) -> np.random.Generator:
    """Return the generator of a strategy: of `[seed, CRC-32 of its name]`, so no two strategies share their luck.

    >>> int(generator("random", 0).integers(100)), int(generator("evolution", 0).integers(100))
    (74, 47)
    """
    if seed < 0:
        raise InvalidFileError(f"A seed is 0 or more, not {seed}.")
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def declaration(name: str) -> Declaration:
    """Return what a strategy declares: paper, needs, colour.

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


def family(name: str) -> str:
    """Return the family of a built-in strategy, as people read it; "" of another package's.

    >>> family("evolution"), family("darts")
    ('black box', 'differentiable')
    """
    return STRATEGIES[name].split(".")[2].replace("_", " ") if name in STRATEGIES else ""


def accepts(name: str, setting: str) -> bool:
    """Return whether a strategy has a setting of that name.

    >>> accepts("evolution", "population"), accepts("random", "population")
    (True, False)
    """
    made = resolve(name)
    return takes_anything(made) or setting in {known.name for known in settings_of(made)}


def trains(name: str) -> bool:
    """Return whether a strategy trains by itself: it needs people.

    >>> trains("darts"), trains("random")
    (True, False)
    """
    return "people" in declaration(name).needs


def handed_over(name: str, *, protocol: str, data: str) -> dict[str, str]:
    """Return the settings that a search hands over to a strategy: of protocol and people, what it needs.

    >>> handed_over("darts", protocol="{}", data="synthetic"), handed_over("random", protocol="{}", data="synthetic")
    ({'protocol': '{}', 'data': 'synthetic'}, {})
    """
    values, needs = {"protocol": protocol, "data": data}, declaration(name).needs
    return {setting: values[setting] for need, setting in NEEDED_SETTINGS.items() if need in needs}


def lacks(name: str, space: SearchSpace) -> str:
    """Return why a strategy cannot search a space; "" if it can, as far as its needs tell.

    >>> from nasbench_pose.spaces import load
    >>> lacks("fixed", load("hrnet")), lacks("darts", load("efficientpose_micro"))
    ('', '')
    """
    needs = declaration(name).needs
    if "named genotypes" in needs and not space.named:
        return f"{space.name} names no genotypes"
    return ""


def check_settings(name: str, settings: Mapping[str, Any], *, objectives: int | None = None) -> dict[str, Any]:
    """Return the settings in their canonical form; raise for what is wrong with them.

    Raises UnknownNameError for a strategy, or for the first setting, that does not exist; InvalidFileError for a value
    of another type than its setting, out of its bounds, or with more numbers than there are `objectives`.

    >>> check_settings("evolution", {"population": np.int64(30), "sample": 5})
    {'population': 30}
    >>> check_settings("evolution", {"population": 0})
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: evolution.population is a whole number, 1 or more, not 0.
    """
    return canonical(name, resolve(name), settings, objectives=objectives)
