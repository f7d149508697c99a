"""The common style of all figures: sizes, colours, axes."""

from collections.abc import Sequence
from math import inf
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.plots.shown import ShownFigure

INK, FAINT = "#222222", "#8a8a8a"

FAMILIES = {"EfficientPose": "#D55E00", "HRNet": "#0072B2", "SimpleBaseline": "#009E73"}
"""Family -> colour, from the palette of Okabe & Ito, which colour-blind people can distinguish."""

MARKERS = {"EfficientPose": "o", "HRNet": "s", "SimpleBaseline": "D"}
"""Family -> marker, which is distinct in a grey print too."""

_OF_SPACES = {"branches_micro": "HRNet", "heads_micro": "EfficientPose"}
"""Family of the spaces whose name does not begin with it."""


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

    An axis with values of 0 or below, or of none that is finite, stays linear. Draw first: matplotlib leaves no margin
    around a single value that is drawn on a logarithmic axis.
    """
    ax.set(xlabel=axis_label(x), ylabel=axis_label(y))
    for axis, objective, least in ((ax.xaxis, x, ax.dataLim.x0), (ax.yaxis, y, ax.dataLim.y0)):
        if objective.metric.log and least > 0 and (least < inf or not ax.has_data()):
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
    """Return `ax`, or the axes of a new figure if it is None; drawing functions call this first.

    Raises InvalidFileError for what is no axes of x and y.

    >>> axes("left")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: A figure is drawn on axes such as plt.subplots()[1], not on a str.
    """
    if ax is None:
        return figure(width, height)[1]
    if not isinstance(ax, Axes) or ax.name != "rectilinear":
        what = f"{ax.name} axes" if isinstance(ax, Axes) else f"a {type(ax).__name__}"
        raise InvalidFileError(f"A figure is drawn on axes such as plt.subplots()[1], not on {what}.")
    return ax


def headline(what: str, protocol: str, limits: Sequence[Limit] = (), budget: str = "") -> str:
    """Return the title of a figure: what it shows, the budget of the searches, their limits, plane and protocol.

    >>> headline("Regret", "LSPET 64×64", [Limit("macs", 4e6)], "60 trials")
    'Regret (60 trials, ≤ 4 MMACs) on the measured plane: LSPET 64×64'
    """
    within = [limit.label for limit in limits if limit.most < inf] or ["no limit"]
    among = ", ".join([*([budget] if budget else []), *within])
    return f"{what} ({among}) on the measured plane{': ' * bool(protocol)}{protocol}"


def dress(ax: Axes, title: str, width: int = 76) -> Axes:
    """Apply the common style to axes: a title at the left, a light grid, no frame at the top and right.

    The title has lines of `width` letters; the default fits a figure of 8 inches whose axes begin near its left edge.
    """
    lines = fill(title, width).replace(" ≤\n", "\n≤ ")  # no line ends with the sign of a limit
    ax.set_title(lines, loc="left", fontsize=11, color=INK, fontweight="bold")
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(FAINT)
    ax.tick_params(colors=INK, labelsize=9, which="both", color=FAINT)
    ax.grid(color="#e6e6e6", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.xaxis.label.set(fontsize=10, color=INK)
    ax.yaxis.label.set(fontsize=10, color=INK)
    return ax


def caption(ax: Axes, text: str, width: int = 125) -> Axes:
    """Write a caption below the axes, unless it is empty, in lines of `width` letters."""
    if text:
        ax.annotate(
            fill(text, width), (0, 0), (0, -42), xycoords="axes fraction", textcoords="offset points",
            fontsize=8, color=FAINT, va="top",
        )  # fmt: skip
    return ax


def family(space: str) -> str:
    """Return the family of a search space's name, or the name itself.

    >>> family("efficientpose_small"), family("branches_micro"), family("cells")
    ('EfficientPose', 'HRNet', 'cells')
    """
    folded = space.casefold()
    return next((known for known in FAMILIES if folded.startswith(known.casefold())), _OF_SPACES.get(space, space))


def darker(colour: str, share: float = 0.72) -> str:
    """Return a colour dark enough for letters on white."""
    red, green, blue = to_rgb(colour)
    return to_hex((red * share, green * share, blue * share))


def paler(colour: str, share: float) -> str:
    """Return a colour `share` of the way to white."""
    red, green, blue = (value + (1 - value) * share for value in to_rgb(colour))
    return to_hex((red, green, blue))
