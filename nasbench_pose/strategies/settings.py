"""Settings of strategies: their check by name, type and bounds, and their canonical form."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nasbench_pose.errors import InvalidFileError, InvalidNumberError, UnknownNameError, nearest, pick
from nasbench_pose.scalar import number
from nasbench_pose.strategies.declaration import (
    PRESET,
    DeclaredSetting,
    Type,
    declaration_of,
    settings_of,
    takes_any_setting,
)

WORDS: Mapping[Type, str] = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "numbers": "a list of numbers",
    "texts": "a list of texts",
    "any": "any value",
}
"""Type of a setting -> its name in messages."""


def canonical(
    name: str, strategy: Callable[..., Any], settings: Mapping[str, Any], *, objectives: int | None = None
) -> dict[str, Any]:
    """Return the settings of `strategy` (registered as `name`) as JSON values, without those equal to the default.

    NumPy scalars become Python numbers, arrays and tuples become lists, a float without a fraction becomes an int. So
    two spellings of the same settings are the same run in the database. Raises UnknownNameError for a setting that does
    not exist, InvalidFileError for a value of the wrong type, out of bounds or not finite, or a list with more numbers
    than `objectives`. A preset becomes its settings; one that is given beside it wins.
    """
    presets = declaration_of(strategy).presets
    if presets and PRESET in settings:
        preset = pick(f"preset of {name}", settings[PRESET], presets)
        settings = {**preset, **{key: value for key, value in settings.items() if key != PRESET}}
    declared = {setting.name: setting for setting in settings_of(strategy)}
    wrong = sorted(set(settings) - declared.keys())
    if wrong and not takes_any_setting(strategy):
        listed = ", ".join([*declared, *([PRESET] if presets else [])]) or "none"
        raise UnknownNameError(f"{name!r} has no setting {wrong[0]!r}; it has {listed}.{nearest(wrong[0], declared)}")
    found = {}
    for key, value in settings.items():
        setting, plain = declared.get(key), _plain(value)
        if setting is None:
            found[key] = plain
        elif not _same(plain, _plain(setting.default)):
            checked = _checked(plain, setting)
            if checked is None or (setting.about.per_objective and objectives and len(checked) > objectives):
                raise InvalidFileError(f"{name}.{key} is {described(setting, objectives)}, not {value!r}.")
            if not _same(checked, _checked(_plain(setting.default), setting)):
                found[key] = checked
    return found


def described(setting: DeclaredSetting, objectives: int | None = None) -> str:
    """Return the type and the bounds of a setting in words.

    >>> from nasbench_pose.strategies.declaration import Setting
    >>> described(DeclaredSetting("population", "int", 20, False, Setting(low=1)))
    'a whole number, 1 or more'
    """
    parts = [WORDS[setting.type], setting.about.bounds]
    if setting.about.one_of:
        parts = [f"one of {', '.join(setting.about.one_of)}"]
    if setting.about.per_objective:
        parts.append(f"one for each objective or fewer{f', {objectives} at most' if objectives else ''}")
    return ", ".join(part for part in parts if part)


def _checked(value: Any, setting: DeclaredSetting) -> Any | None:
    """Return a JSON value in canonical form, or None if it has the wrong type or is out of bounds."""
    match setting.type:
        case "int" | "float":
            return _number(value, setting)
        case "numbers":
            numbers = [_number(each, setting) for each in value] if isinstance(value, list) else []
            return numbers if numbers and None not in numbers else None
        case "texts":
            return value if isinstance(value, list) and all(isinstance(each, str) for each in value) else None
        case "str" if setting.about.one_of:
            return value if value in setting.about.one_of else None
        case "str" | "bool":
            return value if isinstance(value, {"str": str, "bool": bool}[setting.type]) else None
        case "any":
            return value


def _number(value: Any, setting: DeclaredSetting) -> int | float | None:
    """Return a finite number within the bounds, as an int if it is whole; else None, also for True and False."""
    try:
        found = math.nan if isinstance(value, bool) else number(value, setting.name)
    except InvalidNumberError:
        return None
    if not math.isfinite(found) or not setting.about.holds(found):
        return None
    if found == int(found):
        return int(found)
    return None if setting.type == "int" else found


def _plain(value: Any) -> Any:
    """Convert a value to JSON types as far as possible.

    >>> _plain(np.int64(3)), _plain((np.float64(0.5), 2.0)), _plain("a")
    (3, [0.5, 2.0], 'a')
    """
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, list | tuple | range):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same setting; True differs from 1."""
    return type(one) is type(other) and bool(one == other)
