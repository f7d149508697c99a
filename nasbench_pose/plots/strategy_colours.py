"""How figures show strategies: a colour and a short name for each."""

import colorsys
from collections.abc import Iterable
from textwrap import wrap

import numpy as np
from matplotlib.colors import to_hex, to_rgb
from numpy.typing import NDArray

from nasbench_pose.errors import NasbenchPoseError, printable
from nasbench_pose.plots.style import FAMILIES
from nasbench_pose.strategies import STRATEGIES
from nasbench_pose.strategies.labels import parse, split, strategy_of
from nasbench_pose.strategies.registry import declaration, variant

CANDIDATES = [
    to_hex(colorsys.hls_to_rgb(hue / 24, lightness, 0.75)) for lightness in (0.36, 0.55, 0.24) for hue in range(24)
]
"""Colours of strategies that declare none: dark enough to be seen on white."""
LONGEST = 40
"""Characters of the settings of a strategy's only row that a figure has room for."""
WIDTH, LINES = 28, 3
"""Characters of a line of a name, and its most lines."""


def strategy_colours(names: Iterable[str]) -> dict[str, str]:
    """Return a colour for each strategy: the declared one, else the one that differs most from those already taken.

    It depends on all `names`: figures of one comparison have equal colours if they are given all of its strategies.
    Only built-in strategies are loaded: drawing a database must not import code that the database names.

    >>> strategy_colours(["random", "mine"])["random"]
    '#7a7a7a'
    """
    wanted = sorted(set(names))
    declared = {name: declaration(name).colour for name in wanted if name in STRATEGIES}
    found = {name: colour for name, colour in declared.items() if colour}
    taken, free = [*found.values(), *FAMILIES.values(), "#ffffff"], list(CANDIDATES)
    for name in (name for name in wanted if name not in found):
        free = free or list(CANDIDATES)  # more strategies than colours
        apart = np.linalg.norm(_seen(free)[:, None] - _seen(taken)[None], axis=2).min(axis=1)
        found[name] = free.pop(int(np.argmax(apart)))
        taken.append(found[name])
    return found


def spoken(strategy: str) -> str:
    """Return a strategy's name as figures print it."""
    return printable(strategy.replace("_", " "))


def spoken_names(names: Iterable[str]) -> dict[str, str]:
    """Return how a figure prints strategies: settings that all rows of one strategy share are left out.

    Settings that have the name of a preset are that name. Those of a strategy with a single row are `[…]` if they are
    long. Other long names have several lines.

    >>> spoken_names(["darts_pt[steps=5,tune=1]", "darts_pt[steps=5,tune=2]", "random"])
    {'darts_pt[steps=5,tune=1]': 'darts pt[tune=1]', 'darts_pt[steps=5,tune=2]': 'darts pt[tune=2]', 'random': 'random'}
    >>> spoken_names(["evolution", "evolution[population=100,sample=25]"])["evolution[population=100,sample=25]"]
    'evolution[100/25]'
    """
    rows = {name: (strategy_of(name), _settings(name)) for name in names}
    shared: dict[str, list[set[str]]] = {}
    for strategy, settings in rows.values():
        shared.setdefault(strategy, []).append(settings)
    shown: dict[str, str] = {}
    for name, (strategy, settings) in rows.items():
        alone, common = len(shared[strategy]) == 1, shared[strategy][0].intersection(*shared[strategy])
        listed = sorted(settings if alone else settings - common)
        if alone and len(",".join(listed)) > LONGEST:
            listed = ["…"]
        text = _lines(spoken(strategy), [spoken(each) for each in listed])
        again = sum(other == text or other.startswith(f"{text} #") for other in shown.values())
        shown[name] = f"{text} #{again + 1}" if again else text
    return shown


def _settings(name: str) -> set[str]:
    """Return the settings in a label, as texts; the name of a preset that says the same instead of them."""
    strategy = strategy_of(name)
    given = set(split(name.partition("[")[2].removesuffix("]")))
    if strategy not in STRATEGIES or not given:
        return given
    try:
        _, settings = parse(name)
        preset = variant(strategy, settings)
        return {preset} if preset and settings.keys() == declaration(strategy).presets[preset].keys() else given
    except NasbenchPoseError:  # settings of another version
        return given


def _lines(strategy: str, settings: list[str]) -> str:
    """Return `strategy[settings]`, broken after commas into lines of WIDTH, or at WIDTH within a long setting."""
    if not settings:
        return strategy
    lines = [f"{strategy}["]
    for number, setting in enumerate(settings):
        piece = setting + ("]" if number == len(settings) - 1 else ",")
        if len(lines[-1] + piece) <= WIDTH:
            lines[-1] += piece
        else:
            lines += wrap(piece, WIDTH) or [piece]
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"{lines[LINES - 1][: WIDTH - 2]}…]"]
    return "\n".join(lines)


def _seen(colours: list[str]) -> NDArray[np.float64]:
    """Return colours as coordinates whose distance is about how different they look: red, green, blue by weight."""
    rgb: NDArray[np.float64] = np.array([to_rgb(colour) for colour in colours]) * np.sqrt([2, 4, 3])
    return rgb
