"""Predictors by name, such as `naswot`, `curve=200` or `table=lspet`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.oneshot import SAMPLINGS
from nasbench_pose.plugins import Registry
from nasbench_pose.predictors import evaluator_predictors, model_predictors, table_predictors
from nasbench_pose.predictors.predictor import Predictor, RankingTask
from nasbench_pose.proxies import PROXIES, Proxy
from nasbench_pose.proxies.proxy import REGISTRY as KNOWN_PROXIES
from nasbench_pose.surrogates.surrogate import REGISTRY as KNOWN_SURROGATES
from nasbench_pose.surrogates.surrogate import Surrogate


@dataclass(frozen=True)
class Spelling:
    """The syntax of a predictor's name, and its meaning."""

    argument: str | None
    """The argument after "="; None: the name takes no argument."""
    needed: bool
    """Whether the argument is required."""
    description: str


NUMBERED: Mapping[str, tuple[str, Callable[[int, RankingTask], Predictor]]] = {
    "curve": ("the accuracy after so many steps of the full training", table_predictors.curve),
    "power_law": ("the end of a power law through the curve up to so many steps", table_predictors.extrapolated),
    "learnt_curve": ("a linear model of genotype and curve up to so many steps", model_predictors.learnt_curve),
    "training": ("a training of so many steps", evaluator_predictors.shorter_training),
    "input": ("a full training on pictures of so many pixels", evaluator_predictors.smaller_input),
}
"""Name -> description of `name=number`, and the function that makes the predictor."""

TABLE = "table"
COUNTED = ("params", "macs")
"""Proxies that need no images."""
DEFAULT = (*PROXIES,)
"""The predictors that `rank` compares by default: they need neither trainings nor an extra."""


def resolve(text: str, task: RankingTask) -> Predictor:
    """Return the predictor that `text` names: see `known`.

    Raises UnknownNameError for an unknown name, InvalidFileError for a number that is missing, malformed or out of
    range, and the errors of the predictors, for people or tables that cannot be used.
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    if ":" in name:
        return _plugin_predictor(name, _number(text, value) if equals else None, task)
    spelling = pick("predictor", name, known())
    if equals and spelling.argument is None:
        raise InvalidFileError(f"{name!r} takes no '='; {text!r} has one.")
    if spelling.needed and not value:
        raise InvalidFileError(f"{name!r} needs {spelling.argument}: {name}={'lspet' if name == TABLE else '200'}.")
    if name in COUNTED:
        return table_predictors.size(name, task)
    if name == TABLE:
        return table_predictors.other_table(value, task)
    number = _number(text, value) if equals else None
    if name in SAMPLINGS:
        return evaluator_predictors.one_shot(name, number, task)
    if name in NUMBERED:
        return NUMBERED[name][1](number or 0, task)
    if spelling.argument is not None:
        return model_predictors.surrogate(name, number, task)
    return evaluator_predictors.zero_cost(name, task)


PLUGIN_PREDICTORS: Registry[Proxy | Surrogate] = Registry(
    "predictor",
    "nasbench_pose.predictors",
    {},
    lambda _, found: found if isinstance(found, Proxy | Surrogate) else None,
    "a Proxy or a Surrogate",
)
"""Predictors named by their path, `module:attribute`."""


def _plugin_predictor(place: str, number: int | None, task: RankingTask) -> Predictor:
    """Return the predictor of a proxy or a surrogate that is named by its path, `module:attribute`."""
    if isinstance(PLUGIN_PREDICTORS.resolve(place), Surrogate):
        return model_predictors.surrogate(place, number, task)
    if number is not None:
        raise InvalidFileError(f"{place!r} is a proxy and takes no number; remove '={number}'.")
    return evaluator_predictors.zero_cost(place, task)


def _number(text: str, value: str) -> int:
    if not value.isdecimal() or not int(value):
        raise InvalidFileError(f"{text!r} must end with a whole number, 1 or more.")
    return int(value)


def known() -> dict[str, Spelling]:
    """Return every name, those of installed plug-ins included, and its syntax.

    >>> known()["curve"].description, known()["naswot"].argument
    ('the accuracy after so many steps of the full training', None)
    """
    names = {name: Spelling(None, False, "zero-cost proxy") for name in KNOWN_PROXIES.names()}
    for name in SAMPLINGS:
        names[name] = Spelling(
            "steps", False, f"weights inherited from a supernet: {SAMPLINGS[name].description} a step"
        )
    for name in KNOWN_SURROGATES.names():
        names[name] = Spelling("trainings", False, "surrogate fitted to so many trainings, or cross-validated")
    names |= {name: Spelling("a number", True, description) for name, (description, _) in NUMBERED.items()}
    return names | {TABLE: Spelling("a data set or a file", True, "the accuracy on other people")}
