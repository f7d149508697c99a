"""A contact sheet of the people a network is trained on, with their joints: does the data look as it should?"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from nasbench_pose import plots
from nasbench_pose.pose import source
from nasbench_pose.pose.people import People

COLUMNS = 8
COLOURS = {"right": "#E69F00", "left": "#56B4E9", "middle": "#F0F0F0"}
"""Okabe and Ito's orange and sky blue, which everybody can tell apart."""

_GAP = 2  # pixels between two pictures


def main(out: Path, budget: int = 6, *, data: str = "synthetic", suffix: str = ".svg") -> Path:
    """Draw `budget` rows of eight people who are trained on into the folder `out`."""
    asked = source.Source.parse(data)
    few = replace(asked, options={**asked.options, "train": COLUMNS * budget, "val": 0, "test": 0})
    people = source.load(few.text).train
    figure, ax = plots.figure(width=8.0, height=0.45 + len(people) / COLUMNS)
    name = f"Drawn people of seed {asked.options['seed']}" if asked.kind == "synthetic" else asked.kind.upper()
    hollow = "; hollow: hidden from view" if (people.visible != people.labelled).any() else ""
    title = f"{name}: the first {len(people)} to train on\norange: the person's own right; blue: left{hollow}"
    sheet(people, ax).set_title(title, fontsize=9, loc="left")
    return plots.save(figure, out / f"people_{asked.kind}{suffix}")


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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=Path("docs/figures"), help="folder for the figure")
    parser.add_argument("--data", default="synthetic", help="as in nasbench_pose.pose.source; default: %(default)s")
    asked = parser.parse_args()
    print(main(asked.out, data=asked.data))
