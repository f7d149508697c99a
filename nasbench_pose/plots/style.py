"""The common style of all figures: sizes, colours, axes."""

from collections.abc import Iterable
from itertools import cycle
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from nasbench_pose.objective import Objective
from nasbench_pose.plots.shown import ShownFigure
from nasbench_pose.strategies import STRATEGIES
from nasbench_pose.strategies.labels import split, strategy_of
from nasbench_pose.strategies.registry import declaration

INK, FAINT = "#222222", "#8a8a8a"

FAMILIES = {"EfficientPose": "#D55E00", "HRNet": "#0072B2", "SimpleBaseline": "#009E73"}
"""Family -> colour, from the palette of Okabe & Ito, which colour-blind people can distinguish."""

OTHER_COLOURS = ("#CC79A7", "#117733", "#332288", "#999933", "#661100")
"""Colours of strategies that declare none, from the palettes of Okabe & Ito and of Tol."""

MARKERS = {"EfficientPose": "o", "HRNet": "s", "SimpleBaseline": "D"}
"""Family -> marker, which is distinct in a grey print too."""


def axis_label(objective: Objective) -> str:
    """Return the label of an axis: the metric, its unit, and the direction that is better. On a y axis "→" points up.

    >>> axis_label(Objective("macs")), axis_label(Objective("val_pckh"))
    ('Multiply-accumulates per image (MMACs)   ← cheaper', 'PCKh@0.5 on validation (%)   better →')
    """
    what = objective.metric
    better = what.better if what.direction == ("max" if objective.maximise else "min") else "better"
    return f"{what.title}   {better} →" if objective.maximise else f"{what.title}   ← {better}"


def scale_axes(ax: Axes, x: Objective, y: Objective) -> Axes:
    """Give both axes their labels, and logarithmic scales with plain numbers if the metric has one.

    An axis with values of 0 or below stays linear. Draw first: matplotlib leaves no margin around a single value that
    is drawn on a logarithmic axis.
    """
    ax.set(xlabel=axis_label(x), ylabel=axis_label(y))
    for axis, objective, least in ((ax.xaxis, x, ax.dataLim.x0), (ax.yaxis, y, ax.dataLim.y0)):
        if objective.metric.log and least > 0:
            (ax.set_xscale if axis is ax.xaxis else ax.set_yscale)("log")
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter(lambda value, _: f"{value:g}")
            axis.set_minor_formatter(NullFormatter())
    return ax


def figure(width: float = 8.0, height: float = 5.2) -> tuple[Figure, Axes]:
    """Return a new figure with one axes: 800 pixels wide on a screen, 8-point letters on an A4 page.

    The figure is not registered in pyplot, and no global style is set.
    """
    drawing = ShownFigure(figsize=(width, height), dpi=100, layout="constrained")
    return drawing, drawing.subplots()


def axes(ax: Axes | None, width: float = 8.0, height: float = 5.2) -> Axes:
    """Return `ax`, or the axes of a new figure if it is None; drawing functions call this first."""
    return figure(width, height)[1] if ax is None else ax


def dress(ax: Axes, title: str) -> Axes:
    """Apply the common style to axes: a title at the left, a light grid, no frame at the top and right."""
    ax.set_title(fill(title, 76), loc="left", fontsize=11, color=INK, fontweight="bold")
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(FAINT)
    ax.tick_params(colors=INK, labelsize=9, which="both", color=FAINT)
    ax.grid(color="#e6e6e6", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.xaxis.label.set(fontsize=10, color=INK)
    ax.yaxis.label.set(fontsize=10, color=INK)
    return ax


def caption(ax: Axes, text: str) -> Axes:
    """Write a caption below the axes, unless it is empty."""
    if text:
        ax.annotate(
            fill(text, 125), (0, 0), (0, -42), xycoords="axes fraction", textcoords="offset points",
            fontsize=8, color=FAINT, va="top",
        )  # fmt: skip
    return ax


def strategy_colours(names: Iterable[str]) -> dict[str, str]:
    """Return a colour for each strategy: the declared one, else the next of OTHER_COLOURS in alphabetical order.

    Only built-in strategies are loaded: drawing a database must not import code that the database names.

    >>> strategy_colours(["random", "mine"])
    {'mine': '#CC79A7', 'random': '#7a7a7a'}
    """
    wanted = sorted(set(names))
    declared = {name: declaration(name).colour for name in wanted if name in STRATEGIES}
    others = dict(zip((name for name in wanted if not declared.get(name)), cycle(OTHER_COLOURS), strict=False))
    return {name: declared.get(name) or others[name] for name in wanted}


def spoken(strategy: str) -> str:
    """Return a strategy's name as figures print it."""
    return strategy.replace("_", " ")


LONGEST = 40
"""Characters of a strategy's settings that a figure has room for."""


def spoken_names(names: Iterable[str]) -> dict[str, str]:
    """Return how a figure prints strategies: settings that all rows of one strategy share are left out.

    The settings of a strategy with a single row are `[…]` if they are long.

    >>> spoken_names(["darts_pt[steps=5,tune=1]", "darts_pt[steps=5,tune=2]", "random"])
    {'darts_pt[steps=5,tune=1]': 'darts pt[tune=1]', 'darts_pt[steps=5,tune=2]': 'darts pt[tune=2]', 'random': 'random'}
    """
    rows = {name: (strategy_of(name), set(split(name.partition("[")[2].removesuffix("]")))) for name in names}
    shared: dict[str, list[set[str]]] = {}
    for strategy, settings in rows.values():
        shared.setdefault(strategy, []).append(settings)
    shown = {}
    for name, (strategy, settings) in rows.items():
        common = set.intersection(*shared[strategy]) if len(shared[strategy]) > 1 else set()
        listed = ",".join(sorted(settings - common))
        short = listed if len(listed) <= LONGEST or len(shared[strategy]) > 1 else "…"
        shown[name] = spoken(f"{strategy}[{short}]" if short else strategy)
    return shown


def family(space: str) -> str:
    """Return the family of a search space's name, or the name itself.

    >>> family("efficientpose_small"), family("hrnet"), family("cells")
    ('EfficientPose', 'HRNet', 'cells')
    """
    folded = space.casefold()
    return next((known for known in FAMILIES if folded.startswith(known.casefold())), space)


def darker(colour: str, share: float = 0.72) -> str:
    """Return a colour dark enough for letters on white."""
    red, green, blue = to_rgb(colour)
    return to_hex((red * share, green * share, blue * share))


def paler(colour: str, share: float) -> str:
    """Return a colour `share` of the way to white."""
    red, green, blue = (value + (1 - value) * share for value in to_rgb(colour))
    return to_hex((red, green, blue))
