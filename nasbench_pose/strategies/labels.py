"""A strategy and its settings as a short text: `evolution[population=3]`."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from nasbench_pose.errors import InvalidFileError


def label(strategy: str, settings: Mapping[str, Any]) -> str:
    """Return the label of a strategy: its name, followed by its settings if there are any.

    >>> label("evolution", {"sample": 2, "population": 3}), label("random", {})
    ('evolution[population=3,sample=2]', 'random')
    """
    listed = ",".join(f"{name}={json.dumps(settings[name], separators=(',', ':'))}" for name in sorted(settings))
    return f"{strategy}[{listed}]" if listed else strategy


def strategy_of(text: str) -> str:
    """Return the name of the strategy in a label.

    >>> strategy_of("evolution[population=3]")
    'evolution'
    """
    return text.partition("[")[0]


def parse(text: str) -> tuple[str, dict[str, Any]]:
    """Return the strategy and the settings of a label. A value that is not JSON is read as a string.

    Raises InvalidFileError for a text of another form.

    >>> parse("evolution[population=3,sample=2]"), parse("random")
    (('evolution', {'population': 3, 'sample': 2}), ('random', {}))
    """
    name, bracket, rest = (part.strip() for part in text.partition("["))
    if not name or (bracket and not rest.endswith("]")):
        raise InvalidFileError(f"{text!r} is no strategy with settings; expected e.g. 'evolution[population=3]'.")
    settings: dict[str, Any] = {}
    for part in split(rest.removesuffix("]")) if bracket else []:
        setting, equals, value = (word.strip() for word in part.partition("="))
        if not (setting and equals and value):
            raise InvalidFileError(f"{part!r} in {text!r} is no setting; expected name=value.")
        try:
            settings[setting] = json.loads(value)
        except json.JSONDecodeError:
            settings[setting] = value
    return name, settings


def shared_settings(labels: Iterable[str]) -> dict[str, list[str]]:
    """Return strategy -> the settings that all its rows have, of strategies with several rows.

    >>> shared_settings(["darts[steps=5,tune=1]", "darts[steps=5,tune=2]", "random", "fixed[genotypes=[1,2]]"])
    {'darts': ['steps=5']}
    """
    rows: dict[str, list[list[str]]] = {}
    for text in dict.fromkeys(labels):
        rows.setdefault(strategy_of(text), []).append(_listed(text))
    several = {name: each for name, each in rows.items() if len(each) > 1}
    shared = {name: [one for one in each[0] if all(one in row for row in each)] for name, each in several.items()}
    return {name: settings for name, settings in shared.items() if settings}


def told_apart(labels: Iterable[str]) -> dict[str, str]:
    """Return label -> label without the settings that all rows of its strategy share.

    >>> told_apart(["darts[steps=5,tune=1]", "darts[steps=5,tune=2]", "random"])
    {'darts[steps=5,tune=1]': 'darts[tune=1]', 'darts[steps=5,tune=2]': 'darts[tune=2]', 'random': 'random'}
    """
    known = list(dict.fromkeys(labels))
    shared = shared_settings(known)
    own = {text: [one for one in _listed(text) if one not in shared.get(strategy_of(text), [])] for text in known}
    return {text: f"{strategy_of(text)}[{','.join(left)}]" if left else strategy_of(text) for text, left in own.items()}


def _listed(text: str) -> list[str]:
    return split(text.partition("[")[2].removesuffix("]"))


def split(text: str) -> list[str]:
    """Split a text at the commas outside brackets and quotes.

    >>> split("random, evolution[population=3,weights=[1,2]]")
    ['random', 'evolution[population=3,weights=[1,2]]']
    """
    parts, depth, start = list[str](), 0, 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', text):
        depth += match[0] in "[{"
        depth -= match[0] in "]}"
        if match[0] == "," and depth == 0:
            parts.append(text[start : match.start()])
            start = match.end()
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]
