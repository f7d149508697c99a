"""Declarations of strategies: paper, requirements, colour, and the meaning and bounds of each setting."""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from nasbench_pose.strategies.limits import Treatment

Need = Literal["people", "protocol", "supernet", "named genotypes", "fidelities"]
"""What a strategy requires besides a space: images of people to train on (its setting `data`), the training protocol
(its setting `protocol`), a space that has a supernet, a space that has named genotypes, the fidelities of the
measurement (its setting `fidelities`)."""
NEEDED_SETTINGS: dict[Need, str] = {"protocol": "protocol", "people": "data", "fidelities": "fidelities"}
"""Need -> the setting by which a search passes it."""
PRESET = "preset"
"""The name under which a preset is given among the settings; a strategy with presets has no setting of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """The attribute `declaration` of a strategy class; every field is optional."""

    summary: str = ""
    """What the strategy does, in one line."""
    paper: str = ""
    defaults: str = ""
    """Source of the default settings."""
    needs: tuple[Need, ...] = ()
    objectives: str = ""
    """Which objectives it follows, in words, such as "all"; not needed with a setting `weights`, or if it trains."""
    limits: Treatment = "learned"
    """What it does about the limits of a search; those who only ever propose draws, mutants and children keep them."""
    colour: str = ""
    """Its colour in every figure, as #RRGGBB; by default a free colour of the palette."""
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name -> settings. `evolution[preset=100/25]` is the same search as `evolution[population=100,sample=25]`."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The meaning and the bounds of a setting: `population: Annotated[int, Setting(…)] = 20`.

    >>> Setting("multiplied with the temperature", above=0, high=1).bounds
    'above 0, at most 1'
    """

    meaning: str = ""
    low: float = -math.inf
    """Inclusive lower bound."""
    above: float = -math.inf
    """Exclusive lower bound."""
    high: float = math.inf
    """Inclusive upper bound."""
    per_objective: bool = False
    """Whether it is a list with at most one number for each objective."""
    one_of: tuple[str, ...] = ()
    """The texts that it may be; none: any text."""

    @property
    def bounds(self) -> str:
        """The bounds in words; "" if there are none."""
        lower = f"{self.low:g} or more" if math.isfinite(self.low) else ""
        lower = f"above {self.above:g}" if math.isfinite(self.above) else lower
        upper = f"at most {self.high:g}" if math.isfinite(self.high) else ""
        return ", ".join(part for part in (lower, upper) if part)

    def holds(self, value: float) -> bool:
        """Return whether a number is within the bounds."""
        return self.low <= value <= self.high and value > self.above


Type = Literal["int", "float", "str", "bool", "numbers", "texts", "any"]


@dataclass(frozen=True, slots=True)
class DeclaredSetting:
    """A setting, read from the signature of its strategy."""

    name: str
    type: Type
    default: Any
    required: bool
    about: Setting


def declaration_of(strategy: Callable[..., Any]) -> Declaration:
    """Return the declaration of a strategy.

    For a strategy without one, `needs` is derived from its signature: settings `protocol` and `data` without a default.
    """
    declared = getattr(strategy, "declaration", None)
    if isinstance(declared, Declaration):
        return declared
    without_default = {setting.name for setting in settings_of(strategy) if setting.required}
    return Declaration(needs=tuple(need for need, setting in NEEDED_SETTINGS.items() if setting in without_default))


def settings_of(strategy: Callable[..., Any]) -> tuple[DeclaredSetting, ...]:
    """Return the settings of a strategy: the keyword-only parameters of its signature, in order."""
    hints = _hints(strategy)
    return tuple(
        _declared(parameter, hints.get(parameter.name, parameter.annotation))
        for parameter in inspect.signature(strategy).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    )


def takes_any_setting(strategy: Callable[..., Any]) -> bool:
    """Return whether a strategy accepts arbitrary settings (`**settings`)."""
    parameters = inspect.signature(strategy).parameters.values()
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)


def _hints(strategy: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(strategy.__init__ if inspect.isclass(strategy) else strategy, include_extras=True)
    except Exception:  # an annotation that only a type checker can resolve
        return {}


def _declared(parameter: inspect.Parameter, hint: Any) -> DeclaredSetting:
    extras = getattr(hint, "__metadata__", ())
    about = next((extra for extra in extras if isinstance(extra, Setting)), Setting())
    plain = get_args(hint)[0] if extras else hint
    required = parameter.default is parameter.empty
    return DeclaredSetting(parameter.name, _type(plain), None if required else parameter.default, required, about)


def _type(hint: Any) -> Type:
    """Return the type of a setting. An annotation may be a string, as in a module with postponed evaluation.

    >>> from collections.abc import Sequence
    >>> _type(int), _type("float"), _type(Sequence[float]), _type(Iterable[str] | None), _type(dict)
    ('int', 'float', 'numbers', 'texts', 'any')
    """
    if isinstance(hint, UnionType) or get_origin(hint) is Union:
        options = [option for option in get_args(hint) if option is not NoneType]
        return _type(options[0]) if len(options) == 1 else "any"
    if (name := getattr(hint, "__name__", hint)) in PLAIN and get_origin(hint) is None:
        return PLAIN[name]
    inside = get_args(hint)
    many = inspect.isclass(get_origin(hint)) and issubclass(get_origin(hint), Iterable) and inside
    return MANY.get(inside[0], "any") if many else "any"


PLAIN: dict[str, Type] = {"int": "int", "float": "float", "str": "str", "bool": "bool"}
MANY: dict[type, Type] = {float: "numbers", int: "numbers", str: "texts"}
