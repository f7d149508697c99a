"""Settings of strategies on the command line."""

import json
from collections.abc import Iterable
from typing import Any

import click


class Setting(click.ParamType[tuple[str, str, object]]):
    """strategy.setting=value, as (strategy, setting, value). The value is parsed as JSON, or else is a string."""

    name = "STRATEGY.SETTING=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str, object]:
        """Return (strategy, setting, value)."""
        place, equals, text = str(value).partition("=")
        strategy, dot, setting = place.rpartition(".")
        if not (equals and dot and strategy and setting):
            self.fail(f"{value!r} is not of the form strategy.setting=value, such as darts.steps=40.", param, ctx)
        try:
            return strategy, setting, json.loads(text)
        except json.JSONDecodeError:
            return strategy, setting, text


SETTING = Setting()


def by_strategy(settings: Iterable[tuple[str, str, object]]) -> dict[str, dict[str, object]]:
    """Return the settings of each strategy.

    >>> by_strategy([("darts", "steps", 40)])
    {'darts': {'steps': 40}}
    """
    grouped: dict[str, dict[str, object]] = {}
    for strategy, setting, value in settings:
        grouped.setdefault(strategy, {})[setting] = value
    return grouped
