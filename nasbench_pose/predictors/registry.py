"""Predictors by the text that names them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.oneshot import SAMPLINGS
from nasbench_pose.plugins import Registry
from nasbench_pose.predictors import evaluated, learnt, tabulated
from nasbench_pose.predictors.predictor import Predictor, Setting
from nasbench_pose.proxies import PROXIES, Proxy
from nasbench_pose.proxies.proxy import REGISTRY as KNOWN_PROXIES
from nasbench_pose.surrogates.surrogate import REGISTRY as KNOWN_SURROGATES
from nasbench_pose.surrogates.surrogate import Surrogate


@dataclass(frozen=True)
class Spelling:
    """What may follow a name, and what it means."""

    argument: str | None
    """What stands after "="; None: nothing may."""
    needed: bool
    about: str


NUMBERED: Mapping[str, tuple[str, Callable[[int, Setting], Predictor]]] = {
    "curve": ("the accuracy after so many steps of the full training", tabulated.curve),
    "power_law": ("the end of a power law through the curve up to so many steps", tabulated.extrapolated),
    "learnt_curve": ("a linear model of genotype and curve up to so many steps", learnt.learnt_curve),
    "training": ("a training of so many steps", evaluated.shorter_training),
    "input": ("a full training on pictures of so many pixels", evaluated.smaller_input),
}
"""Name -> what name=number is, and what makes it."""

TABLE = "table"
COUNTED = ("params", "macs")
"""Proxies that need nobody to look at."""
DEFAULT = (*PROXIES,)
"""What is ranked if nothing else is asked for: what needs neither trainings nor an extra."""


def resolve(text: str, setting: Setting) -> Predictor:
    """Return the predictor that `text` names: see `known`.

    Raises UnknownNameError for a name that nobody has, InvalidFileError for a number that is missing, or not one, or
    not possible, and what the predictors raise of the people or the table.
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    if ":" in name:
        return _foreign(name, _number(text, value) if equals else None, setting)
    spelling = pick("predictor", name, known())
    if equals and spelling.argument is None:
        raise InvalidFileError(f"{name!r} takes no '='; {text!r} has one.")
    if spelling.needed and not value:
        raise InvalidFileError(f"{name!r} needs {spelling.argument}: {name}={'lspet' if name == TABLE else '200'}.")
    if name in COUNTED:
        return tabulated.size(name, setting)
    if name == TABLE:
        return tabulated.other_table(value, setting)
    number = _number(text, value) if equals else None
    if name in SAMPLINGS:
        return evaluated.one_shot(name, number, setting)
    if name in NUMBERED:
        return NUMBERED[name][1](number or 0, setting)
    if spelling.argument is not None:
        return learnt.surrogate(name, number, setting)
    return evaluated.zero_cost(name, setting)


BY_PLACE: Registry[Proxy | Surrogate] = Registry(
    "predictor",
    "nasbench_pose.predictors",
    {},
    lambda _, found: found if isinstance(found, Proxy | Surrogate) else None,
    "a Proxy or a Surrogate",
)
"""Predictors that are spelt `module:attribute`."""


def _foreign(place: str, number: int | None, setting: Setting) -> Predictor:
    """Return the predictor of a proxy or a surrogate that is spelt `module:attribute`."""
    if isinstance(BY_PLACE.resolve(place), Surrogate):
        return learnt.surrogate(place, number, setting)
    if number is not None:
        raise InvalidFileError(f"{place!r} is a proxy and takes no '='; it was given {number}.")
    return evaluated.zero_cost(place, setting)


def _number(text: str, value: str) -> int:
    if not value.isdecimal() or not int(value):
        raise InvalidFileError(f"{text!r} must end with a whole number, 1 or more.")
    return int(value)


def known() -> dict[str, Spelling]:
    """Return every name, those that packages bring included, and how it is spelt.

    >>> known()["curve"].about, known()["naswot"].argument
    ('the accuracy after so many steps of the full training', None)
    """
    names = {name: Spelling(None, False, "zero-cost proxy") for name in KNOWN_PROXIES.names()}
    for name in SAMPLINGS:
        names[name] = Spelling("steps", False, f"weights inherited from a supernet: {SAMPLINGS[name].about} a step")
    for name in KNOWN_SURROGATES.names():
        names[name] = Spelling("trainings", False, "surrogate that learnt from so many trainings, or cross-validated")
    names |= {name: Spelling("a number", True, about) for name, (about, _) in NUMBERED.items()}
    return names | {TABLE: Spelling("a data set or a file", True, "the accuracy on other people")}
