"""Several values of one setting: a family of searches, such as one for each weight of the cost term."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.strategies.declaration import DeclaredSetting, settings_of
from nasbench_pose.strategies.registry import resolve


def variants(name: str, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the settings of each search: one for each combination of the values that `settings` lists.

    A list of values is a list, or a text with commas. It is a list only where the declared type of the setting is a
    number, true or false, or a word out of several. A setting that is itself a list, and any other text, stays what
    it is. Raises InvalidFileError for an empty list; UnknownNameError for a strategy that does not exist.

    >>> variants("efficientpose", {"cost_weight": "0.003,0.01", "steps": 5})
    [{'cost_weight': 0.003, 'steps': 5}, {'cost_weight': 0.01, 'steps': 5}]
    >>> variants("efficientpose", {"held": ["w1=100", "w2=100"]})
    [{'held': ['w1=100', 'w2=100']}]
    """
    declared = {setting.name: setting for setting in settings_of(resolve(name))}
    listed = {key: _values(name, key, value, declared.get(key)) for key, value in settings.items()}
    return [dict(zip(listed, values, strict=True)) for values in itertools.product(*listed.values())]


def _values(strategy: str, key: str, value: Any, setting: DeclaredSetting | None) -> list[Any]:
    single = setting is not None and (setting.type in ("int", "float", "bool") or bool(setting.about.one_of))
    if single and isinstance(value, str) and "," in value:
        value = [_value(part.strip()) for part in value.split(",")]
    if not single or not isinstance(value, list | tuple):
        return [value]
    if not value or "" in value:
        raise InvalidFileError(f"{strategy}.{key} lists no value where one is expected; such as {key}=1,2.")
    return list(value)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
