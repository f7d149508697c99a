"""Contact sheets: people with their labelled joints and bones, many in a picture."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from nasbench_pose.plots.style import INK
from nasbench_pose.pose.people import People

COLUMNS = 8
COLOURS = {"right": "#E69F00", "left": "#56B4E9", "middle": "#F0F0F0"}
"""Okabe and Ito's orange and sky blue, which everybody can tell apart."""

LEGEND = "orange: the person's own right; blue: left"

_GAP = 2  # pixels between two pictures


def contact_sheet(groups: Mapping[str, People], title: str) -> Figure:
    """Return a figure with a sheet of each group of people under the group's name; nobody is left out."""
    shown = {name: people for name, people in groups.items() if len(people)}
    heights = [0.3 + -(-len(people) // COLUMNS) * people.size[0] / people.size[1] for people in shown.values()]
    figure = Figure(figsize=(8.0, 0.5 + sum(heights)), dpi=100, layout="constrained")
    figure.suptitle(f"{title}\n{LEGEND}", x=0.01, ha="left", fontsize=9, color=INK)
    grid = figure.add_gridspec(max(1, len(shown)), 1, height_ratios=heights or [1])
    for row, (name, people) in enumerate(shown.items()):
        sheet(people, figure.add_subplot(grid[row])).set_title(name, fontsize=9, loc="left", color=INK)
    return figure


def sheet(people: People, ax: Axes) -> Axes:
    """Draw all `people` with their labelled joints and bones on `ax`, eight in a row."""
    height, width = (pixels + _GAP for pixels in people.size)
    mosaic = np.full((-(-len(people) // COLUMNS) * height, COLUMNS * width, 3), 255, np.uint8)
    corners = np.array([divmod(person, COLUMNS) for person in range(len(people))]) * [height, width]
    for image, (y, x) in zip(people.images, corners, strict=True):
        mosaic[y : y + height - _GAP, x : x + width - _GAP] = image
    ax.imshow(mosaic, interpolation="nearest")
    ax.set_axis_off()
    return _draw_skeletons(people, people.joints + corners[:, None, ::-1], ax)


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
