"""Contact sheets: many people in one figure, with their labelled joints and bones."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from nasbench_pose.plots.shown import ShownFigure
from nasbench_pose.plots.style import INK, axes
from nasbench_pose.pose.people import People

COLUMNS = 8
COLOURS = {"right": "#E69F00", "left": "#56B4E9", "middle": "#F0F0F0"}
"""Okabe and Ito's orange and sky blue, which colour-blind people can distinguish."""

_GAP = 2  # pixels between two images
_LINE = 0.12  # height of the name below an image, as a share of the image's width
_LETTERS = 24  # most letters of a name, which then is as wide as an image


def legend(groups: Iterable[People]) -> str:
    """Return the explanation of the colours, and of hollow joints if there are any."""
    hollow = any((people.visible != people.labelled).any() for people in groups)
    return "orange: the person's own right; blue: left" + "; hollow: hidden from view" * hollow


def contact_sheet(groups: Mapping[str, tuple[People, Sequence[str]]], title: str) -> Figure:
    """Return a figure with a sheet for each group: its title, and all of its people with their names."""
    shown = {group: (people, names) for group, (people, names) in groups.items() if len(people)}
    heights = [
        0.3 + -(-len(people) // COLUMNS) * (people.size[0] / people.size[1] + _LINE) for people, _ in shown.values()
    ]
    figure = ShownFigure(figsize=(8.0, 0.5 + sum(heights)), dpi=100, layout="constrained")
    colours = legend(people for people, _ in shown.values())
    figure.suptitle(f"{title}\n{colours}", x=0.01, ha="left", fontsize=9, color=INK, parse_math=False)
    grid = figure.add_gridspec(max(1, len(shown)), 1, height_ratios=heights or [1])
    for row, (group, (people, names)) in enumerate(shown.items()):
        sheet(people, figure.add_subplot(grid[row]), names).set_title(group, fontsize=9, loc="left", color=INK)
    return figure


def sheet(people: People, ax: Axes | None = None, names: Sequence[str] = ()) -> Axes:
    """Draw all `people` with their labelled joints and bones, eight in a row, and `names` below them; return `ax`."""
    ax = axes(ax)
    line = round(_LINE * people.size[1]) if names else 0
    height, width = people.size[0] + _GAP + line, people.size[1] + _GAP
    mosaic = np.full((-(-len(people) // COLUMNS) * height, COLUMNS * width, 3), 255, np.uint8)
    corners = np.array([divmod(person, COLUMNS) for person in range(len(people))]) * [height, width]
    for image, (y, x) in zip(people.images, corners, strict=True):
        mosaic[y : y + people.size[0], x : x + people.size[1]] = image
    for name, (y, x) in zip(names, corners, strict=False):
        ax.text(x, y + people.size[0] + 1, _short(name), fontsize=5, va="top", color=INK, parse_math=False)
    ax.imshow(mosaic, interpolation="nearest")
    ax.set_axis_off()
    return _draw_skeletons(people, people.joints + corners[:, None, ::-1], ax)


def _short(name: str) -> str:
    """Return the end of a long name, which has the numbers."""
    return name if len(name) <= _LETTERS else f"…{name[1 - _LETTERS :]}"


def _draw_skeletons(people: People, joints: np.ndarray, ax: Axes) -> Axes:
    side = [people.skeleton.side(joint) for joint in range(len(people.skeleton.joints))]
    for a, b in people.skeleton.bones:
        both = people.labelled[:, a] & people.labelled[:, b]
        colour = COLOURS[side[a] if side[a] == side[b] else "middle"]
        ax.add_collection(LineCollection(list(joints[both][:, [a, b]]), colors=colour, linewidths=0.9), autolim=False)
    for joint, where in enumerate(side):
        for marked, filled in ((people.visible, True), (people.labelled & ~people.visible, False)):
            x, y = joints[marked[:, joint], joint].T
            face = COLOURS[where] if filled else "none"
            ax.plot(x, y, "o", ms=2, mew=0.6, color=COLOURS[where], mfc=face, scalex=False, scaley=False)
    return ax
