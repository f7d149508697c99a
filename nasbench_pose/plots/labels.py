"""Placement of labels beside points and curves, without overlaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from nasbench_pose.plots.spacing import with_gaps
from nasbench_pose.plots.style import FAINT

Floats = NDArray[np.float64]
Boxes = NDArray[np.float64]
"""Rectangles in pixels, shape (n, 4): left, bottom, right, top."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text and the point, in data coordinates, that it names."""

    x: float
    y: float
    text: str
    colour: str
    size: float = 9.0
    weight: str = "normal"


MANY, CELL = 2000, 6.0
"""Of more marks than so many, those in one square of so many pixels count as one of their weight together."""

_ANGLES = np.radians([0, 180, 90, 270, 45, 315, 135, 225, 22, 338, 158, 202, 68, 292, 112, 248])
_AIR = np.array([-7.0, -1.0, 7.0, 1.0])
"""Margin around a label, in pixels: two labels without a gap would read as one."""
_REACHES = (5.0, 10.0, 16.0, 24.0, 34.0, 46.0, 60.0)
"""Distances from its point at which a label may be placed, in typographic points."""


def name_points(ax: Axes, labels: Sequence[Label], *, marks: float = 1.0) -> list[Annotation]:
    """Write each label near its point, where it covers no other label and as few marks and lines as possible.

    A label far from its point gets a thin line to it. `marks` multiplies the weight of marks; use it if there are few
    marks beside long error bars. Draw everything else first: the limits of the axes must be final.
    """
    scale = _settle(ax)
    standing = _standing(ax)
    anchors = ax.transData.transform(np.array([[label.x, label.y] for label in labels], dtype=float).reshape(-1, 2))
    written = [_write(ax, label) for label in labels]
    places = [_places(text, anchor, scale) for text, anchor in zip(written, anchors, strict=True)]
    chosen = _arrange(places, anchors, standing, _drawn(ax, marks), ax)
    for text, anchor, box in zip(written, anchors, chosen, strict=True):
        _move(text, box, anchor, scale)
    return written


def name_ends(ax: Axes, labels: Sequence[Label]) -> list[Annotation]:
    """Write each label in the right margin at the height of its point, moved up or down so that none overlap."""
    scale = _settle(ax)
    ends = np.array([[label.x, label.y] for label in labels], dtype=float).reshape(-1, 2)
    pixels = ax.transData.transform(ends)
    tall = np.array([label.size * (1.15 * label.text.count("\n") + 1.35) for label in labels], dtype=float)
    pixels[:, 1] = _with_gaps(pixels[:, 1], tall * scale)
    heights = ax.transData.inverted().transform(pixels)[:, 1]
    written = []
    for label, height in zip(labels, heights, strict=True):
        text = _write(ax, label)
        text.set(ha="left", va="center", position=(1.02, height), anncoords=("axes fraction", "data"))
        _show_leader(text)
        written.append(text)
    return written


def _with_gaps(wanted: Floats, tall: Floats) -> Floats:
    """Return centres of rows so `tall` that none overlap, in the order of `wanted`, nearest to it by least squares."""
    order = np.argsort(wanted, kind="stable")
    heights = np.empty(len(wanted))
    heights[order] = with_gaps(wanted[order], ((tall[order][1:] + tall[order][:-1]) / 2).tolist())
    return heights


def _settle(ax: Axes) -> float:
    """Run the layout, since labels are placed in pixels; return the pixels of a typographic point."""
    root: Any = ax.get_figure(root=True)
    if (layout := root.get_layout_engine()) is None:
        root.draw_without_rendering()
    else:
        layout.execute(root)
    return float(root.dpi) / 72


def _arrange(places: Sequence[Boxes], anchors: Floats, standing: Boxes, drawn: Floats, ax: Axes) -> list[Boxes]:
    """Choose a place for each label, one after another; repeat this three times with all others in place."""
    inside = ax.get_window_extent()
    chosen: dict[int, Boxes] = {}
    for number in [*range(len(places))] * 4:
        others = {other: box for other, box in chosen.items() if other != number}
        taken = np.vstack([standing, *(box + _AIR for box in others.values())])
        leaders = [_weighed(_leaders(box[None], anchors[other])[0], 1.0, 3.0) for other, box in others.items()]
        costs = _penalties(places[number], anchors[number], taken, np.vstack([drawn, *leaders]), inside)
        chosen[number] = places[number][int(np.argmin(costs))]
    return [chosen[number] for number in range(len(places))]


def _drawn(ax: Axes, times: float) -> Floats:
    """Return every mark, line and error bar, shape (n, 4): x, y, radius in pixels, weight.

    The weights of marks are multiplied by `times`.
    """
    scale = float(ax.figure.dpi) / 72
    marks = [np.empty((0, 4))]
    for dots in (each for each in ax.collections if isinstance(each, PathCollection)):
        where = ax.transData.transform(np.asarray(dots.get_offsets(), dtype=float).reshape(-1, 2))
        size = float(np.max(dots.get_sizes(), initial=0.0))
        # a large opaque mark has more weight than a small faint one
        marks.append(_weighed(where, size**0.5 / 2 * scale, size / 20 * times * float(dots.get_alpha() or 1.0)))
    pieces = [_merged(np.concatenate(marks))]
    for line in ax.get_lines():
        pieces.append(_weighed(_along(line.get_transform().transform(line.get_xydata())), 3.0, 1.0))
    for bars in (each for each in ax.collections if isinstance(each, LineCollection)):
        known = [segment for segment in bars.get_segments() if len(segment) and np.isfinite(segment).all()]
        paths = [bars.get_transform().transform(segment) for segment in known]  # error bars may be NaN
        pieces += [_weighed(_along(path), 3.0, float(bars.get_alpha() or 1.0)) for path in paths]
    return np.concatenate(pieces)


def _merged(marks: Floats) -> Floats:
    """Return marks; of more than MANY, one for each square of CELL pixels, with the weight of those in it."""
    if len(marks) <= MANY:
        return marks
    cells, place = np.unique(np.floor(marks[:, :2] / CELL), axis=0, return_inverse=True)
    radius, weight = np.zeros(len(cells)), np.bincount(place.ravel(), marks[:, 3])
    np.maximum.at(radius, place.ravel(), marks[:, 2])
    return np.column_stack([(cells + 0.5) * CELL, radius, weight])


def _along(path: Floats) -> Floats:
    """Return points along a path, both in pixels, at steps of eight."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.arange(0.0, length[-1] + 8.0, 8.0)
    return np.stack([np.interp(at, length, path[:, 0]), np.interp(at, length, path[:, 1])], axis=1)


def _weighed(points: Floats, radius: float, weight: float) -> Floats:
    return np.column_stack([points, np.full(len(points), radius), np.full(len(points), weight)])


def _standing(ax: Axes) -> Boxes:
    """Return the rectangles of the legend and of texts already on the axes."""
    legend = ax.get_legend()
    written = [*([] if legend is None else [legend]), *ax.texts]
    return np.array([each.get_window_extent().extents for each in written], dtype=float).reshape(-1, 4)


def _write(ax: Axes, label: Label) -> Annotation:
    # grey, because a line in the colour of the point would look like an error bar
    line = {"arrowstyle": "-", "linewidth": 0.0, "color": FAINT, "shrinkA": 0, "shrinkB": 3}
    # a half-transparent background; outlined letters would make an SVG three times as large
    pane = {"boxstyle": "square,pad=0.05", "facecolor": "white", "edgecolor": "none", "alpha": 0.6}
    return ax.annotate(
        label.text, (label.x, label.y), (0, 0), textcoords="offset points", color=label.colour, fontsize=label.size,
        fontweight=label.weight, arrowprops=line, annotation_clip=False, zorder=6, linespacing=1.05,
        bbox=pane,
    )  # fmt: skip


def _places(text: Annotation, anchor: Floats, scale: float) -> Boxes:
    """Return all rectangles at which the text may be placed, nearest first."""
    # the rectangle of the text alone, without the line to the point
    size = Text.get_window_extent(text)
    half = np.array([size.width, size.height]) / 2
    way = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
    # distance of the centre in each direction at which the rectangle just touches the point
    leave = np.min(half / np.maximum(np.abs(way), 1e-9), axis=1)
    centre = np.concatenate([anchor + way * (leave + reach * scale)[:, None] for reach in _REACHES])
    return np.concatenate([centre - half, centre + half], axis=1)


def _penalties(places: Boxes, anchor: Floats, taken: Boxes, drawn: Floats, inside: Bbox) -> Floats:
    """Return the penalty of each place: smallest for distance, then covered marks, leaving the axes, covered text."""
    low, high = places[:, :2].min(axis=0), places[:, 2:].max(axis=0)
    drawn = drawn[((drawn[:, :2] > low) & (drawn[:, :2] < high)).all(axis=1)]
    left, bottom, right, top = places.T[:, :, None]
    clash = (left < taken[:, 2]) & (right > taken[:, 0]) & (bottom < taken[:, 3]) & (top > taken[:, 1])
    x, y, radius, weight = drawn.T
    covered = (left < x + radius) & (right > x - radius) & (bottom < y + radius) & (top > y - radius)
    outside = (places[:, :2] < inside.min).any(axis=1) | (places[:, 2:] > inside.max).any(axis=1)
    leaders = _leaders(places, anchor)
    crossed = _inside(leaders, taken)
    # marks at the beginning of the line are the ones that the label names
    others = drawn[np.hypot(x - anchor[0], y - anchor[1]) > 10]
    struck = _near(leaders, others) @ others[:, 3] / 2
    far = np.hypot(*((places[:, :2] + places[:, 2:]) / 2 - anchor).T) / 25
    cost: Floats = clash.sum(axis=1) * 1e4 + outside * 1e3 + crossed * 40.0 + covered @ weight * 2 + struck + far
    return cost


def _near(points: Floats, drawn: Floats) -> NDArray[np.bool_]:
    """Return whether each line, as points of shape (rows, n, 2), touches each mark: shape (rows, marks)."""
    x, y, radius, _ = drawn.T
    near = np.abs(points[:, :, 0, None] - x) < radius
    near &= np.abs(points[:, :, 1, None] - y) < radius
    touched: NDArray[np.bool_] = near.any(axis=1)
    return touched


def _leaders(places: Boxes, anchor: Floats) -> Floats:
    """Return points along the line from the anchor to the nearest edge of each place, shape (places, 16, 2)."""
    nearest = np.clip(anchor, places[:, :2], places[:, 2:])
    share = np.linspace(0.1, 0.98, 16)[:, None]
    points: Floats = anchor + (nearest - anchor)[:, None, :] * share
    return points


def _inside(points: Floats, boxes: Boxes) -> Floats:
    """Return the number of each row's points that are in a box; points have shape (rows, n, 2)."""
    x, y = points[:, :, None, 0], points[:, :, None, 1]
    hits = (x > boxes[:, 0]) & (x < boxes[:, 2]) & (y > boxes[:, 1]) & (y < boxes[:, 3])
    count: Floats = hits.any(axis=2).sum(axis=1).astype(np.float64)
    return count


def _move(text: Annotation, box: Boxes, anchor: Floats, scale: float) -> None:
    centre = (box[:2] + box[2:]) / 2
    text.set(ha="center", va="center", position=tuple((centre - anchor) / scale))
    gap = np.clip(anchor, box[:2], box[2:]) - anchor
    if np.hypot(*gap) > 11 * scale:
        _show_leader(text)


def _show_leader(text: Annotation) -> None:
    if text.arrow_patch is not None:
        text.arrow_patch.set_linewidth(0.6)
