"""Strategies by name."""

import inspect
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nasbench_pose import plugins
from nasbench_pose.errors import InvalidFileError, UnknownNameError, nearest
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.strategy import Strategy

STRATEGIES = {
    "baselines": "nasbench_pose.strategies.fixed:Baselines",
    "darts": "nasbench_pose.strategies.darts:Darts",
    "evolution": "nasbench_pose.strategies.evolution:Evolution",
    "fixed": "nasbench_pose.strategies.fixed:Fixed",
    "random": "nasbench_pose.strategies.random:RandomSearch",
}
"""Name -> `module:attribute`: nothing is imported before it is used."""


GROUP = "nasbench_pose.strategies"
"""Entry points by which other packages bring strategies."""


def resolve(name: str) -> Callable[..., Strategy]:
    """Return the class of a strategy: built in, brought by a package as an entry point, or spelt `module:attribute`.

    Raises UnknownNameError for what cannot be found or imported, InvalidFileError for what cannot be called.

    >>> resolve("random").__name__
    'RandomSearch'
    >>> resolve("rendom")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No strategy named 'rendom'; known: baselines, ... Did you mean 'random'?
    """
    made: Callable[..., Strategy] = plugins.resolve("strategy", name, STRATEGIES, GROUP)
    if not callable(made):
        raise InvalidFileError(f"The strategy {name!r} is a {type(made).__name__}; expected a class or a function.")
    return made


def make(name: str, space: SearchSpace, seed: int, settings: Mapping[str, Any] | None = None) -> Strategy:
    """Return a new strategy that proposes the same genotypes for the same seed and history.

    Raises UnknownNameError for a strategy or a setting that does not exist, InvalidFileError for one that is missing.

    >>> from nasbench_pose.spaces import load
    >>> make("evolution", load("simplebaseline"), 0, {"populaton": 10})
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: 'evolution' has no setting 'populaton'; it has ... Did you mean 'population'?
    """
    _check_complete(name, settings or {})
    return resolve(name)(space, generator(name, seed), **(settings or {}))


def generator(name: str, seed: int) -> np.random.Generator:
    """Return the generator of a strategy: of `[seed, CRC-32 of its name]`, so no two strategies share their luck.

    >>> int(generator("random", 0).integers(100)), int(generator("evolution", 0).integers(100))
    (74, 47)
    """
    if seed < 0:
        raise InvalidFileError(f"A seed is 0 or more, not {seed}.")
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def accepts(name: str, setting: str) -> bool:
    """Say whether a strategy has a setting of that name.

    >>> accepts("evolution", "population"), accepts("random", "population")
    (True, False)
    """
    made = resolve(name)
    return setting in _settings(made) or _takes_anything(made)


def trains(name: str) -> bool:
    """Say whether a strategy trains by itself: it has the setting `data`, who to train on, by that very name.

    >>> trains("darts"), trains("random")
    (True, False)
    """
    return "data" in _settings(resolve(name))


def check_settings(name: str, settings: Mapping[str, Any]) -> None:
    """Raise UnknownNameError for a strategy, or for the first setting, that does not exist.

    Raises InvalidFileError for a value of another type than its setting is declared to have.

    >>> check_settings("evolution", {"population": "many"})
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: evolution.population is a whole number, not 'many'.
    """
    made = resolve(name)
    known = _settings(made)
    wrong = sorted(set(settings) - known.keys())
    if wrong and not _takes_anything(made):
        listed = ", ".join(known) or "none"
        raise UnknownNameError(f"{name!r} has no setting {wrong[0]!r}; it has {listed}.{nearest(wrong[0], known)}")
    for parameter in inspect.signature(made).parameters.values():
        declared = getattr(parameter.annotation, "__name__", parameter.annotation)  # a text in some modules
        if parameter.name in settings and not _fits(value := settings[parameter.name], declared):
            raise InvalidFileError(f"{name}.{parameter.name} is {TYPES[declared][0]}, not {value!r}.")


TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "int": ("a whole number", (int,)),
    "float": ("a number", (int, float)),
    "str": ("a text", (str,)),
    "bool": ("true or false", (bool,)),
}
"""Declared type of a setting -> what it is called, and what fits."""


def _fits(value: object, declared: str) -> bool:
    """Say whether a value has the declared type; True and False are no numbers, and of other types nothing is known."""
    if declared not in TYPES:
        return True
    return isinstance(value, TYPES[declared][1]) and (declared == "bool" or not isinstance(value, bool))


def _settings(made: Callable[..., Strategy]) -> dict[str, bool]:
    """Return setting -> whether it must be given."""
    parameters = [p for p in inspect.signature(made).parameters.values() if p.kind is p.KEYWORD_ONLY]
    return {parameter.name: parameter.default is parameter.empty for parameter in parameters}


def _takes_anything(made: Callable[..., Strategy]) -> bool:
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in inspect.signature(made).parameters.values())


def _check_complete(name: str, settings: Mapping[str, Any]) -> None:
    check_settings(name, settings)
    needed = [setting for setting, must in _settings(resolve(name)).items() if must]
    if missing := [setting for setting in needed if setting not in settings]:
        raise InvalidFileError(f"{name!r} needs the settings {', '.join(missing)}.")
