"""The built-in strategies as a page of the documentation, from their declarations."""

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from nasbench_pose.report.strategy_card import strategy_card
from nasbench_pose.strategies import STRATEGIES

HEAD = """# All strategies

`nasbench-pose strategies --markdown` prints this page from the declarations of the built-in strategies. A test compares
the two. [which_strategy.md](which_strategy.md) says which one to use when, [compare.md](compare.md#limits) what it
means to keep a limit or to learn it, and [tutorial_strategy.md](tutorial_strategy.md) how to write a strategy. Any
sampler of Optuna is a strategy, too: `optuna:NSGAIISampler`.
"""
OVERVIEW = ("strategy", "what it does", "paper", "objectives", "limits", "fidelity", "needs besides the space")
SETTINGS = ("setting", "default", "value", "meaning")


def strategies_page() -> str:
    """Return the page as Markdown: for each family a table of its strategies, then the settings of each.

    Strategies that have the settings of the first of their family are listed with the defaults that differ.
    """
    cards = [strategy_card(name) for name in STRATEGIES]
    families = [list(group) for _, group in groupby(cards, lambda card: str(card["family"]))]
    return "\n".join([HEAD, *(part for family in families for part in _family(family))])


def _family(cards: Sequence[dict[str, Any]]) -> Iterable[str]:
    title = str(cards[0]["family"])
    yield f"## {title.capitalize()}\n"
    yield table(OVERVIEW, map(_overview, cards))
    first = cards[0]
    for card in cards:
        yield f"### `{card['name']}`\n"
        if card["defaults"]:
            yield f"Defaults: {card['defaults']}.\n"
        yield from (f"`preset={preset}`: {_values(values)}.\n" for preset, values in card["presets"].items())
        if card is not first and card["settings"] and _names(card) == _names(first):
            others = _differences(card, first)
            how = f"with other defaults: {others}" if others else "with its defaults"
            yield f"The settings of `{first['name']}`, {how}.\n"
        elif card["settings"]:
            yield table(SETTINGS, map(_setting, card["settings"]))
        else:
            yield "No settings.\n"


def _overview(card: dict[str, Any]) -> list[str]:
    words = [card["summary"], card["paper"] or "–", card["objectives"], card["limits"], card["fidelity"]]
    return [f"`{card['name']}`", *words, ", ".join(card["needs"]) or "nothing"]


def _setting(setting: dict[str, Any]) -> list[str]:
    return [f"`{setting['name']}`", default_in_words(setting), setting["value"], setting["meaning"]]


def default_in_words(setting: dict[str, Any]) -> str:
    """Return the default of a setting of a `strategy_card`.

    >>> default_in_words({"handed_over": False, "required": False, "default": [1.0]})
    '[1.0]'
    """
    if setting["handed_over"]:
        return "of the comparison"
    return "must be given" if setting["required"] else json.dumps(setting["default"], ensure_ascii=False)


def _names(card: dict[str, Any]) -> list[str]:
    return [setting["name"] for setting in card["settings"]]


def _differences(card: dict[str, Any], first: dict[str, Any]) -> str:
    pairs = zip(card["settings"], first["settings"], strict=True)
    return _values({own["name"]: own["default"] for own, other in pairs if own["default"] != other["default"]})


def _values(values: dict[str, Any]) -> str:
    return ", ".join(f"`{name}={json.dumps(value, ensure_ascii=False)}`" for name, value in values.items())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; a bar in a cell is escaped.

    >>> print(table(["a"], [["x|y"]]))
    | a |
    | --- |
    | x\\|y |
    <BLANKLINE>
    """
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines, ""])
