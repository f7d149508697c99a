"""Looking at drawn pages: what is written where, which boxes there are, and where lines run."""

import itertools

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray


def texts(figure: Figure) -> dict[Text, Bbox]:
    """Return every text and the rectangle of its letters."""
    figure.draw_without_rendering()
    found = [*figure.texts, *(text for ax in figure.axes for text in ax.texts)]
    return {text: text.get_window_extent() for text in found if text.get_text()}


def boxes(figure: Figure) -> list[FancyBboxPatch | Circle]:
    """Return every box and every node, without the panes behind repeated units."""
    patches = [patch for ax in figure.axes for patch in ax.patches]
    return [p for p in patches if isinstance(p, FancyBboxPatch | Circle) and p.get_zorder() >= 1]


def lines(figure: Figure) -> list[NDArray[np.float64]]:
    """Return points along every arrow, in pixels, shape (points, 2)."""
    arrows = [patch for ax in figure.axes for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    paths = [arrow.axes.transData.transform_path(arrow._path_original) for arrow in arrows]  # type: ignore[attr-defined]
    return [np.asarray(path.to_polygons(closed_only=False)[0]) for path in paths]


def assert_legible(figure: Figure, smallest: float = 6.0) -> None:
    """No text on another, none over the edge of its box or of the page, none smaller than `smallest` points."""
    written, drawn = texts(figure), [box.get_window_extent() for box in boxes(figure)]
    for (one, a), (other, b) in itertools.combinations(written.items(), 2):
        overlap = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(overlap) < 1.0, f"{one.get_text()!r} lies on {other.get_text()!r}"
    for text, extent in written.items():
        assert inside(extent, figure.bbox), f"{text.get_text()!r} leaves the page"
        assert text.get_fontsize() >= smallest
        touched = [box for box in drawn if box.overlaps(extent)]
        assert len(touched) <= 1
        assert all(inside(extent, box) for box in touched), f"{text.get_text()!r} is too large for its box"


def assert_apart(figure: Figure) -> None:
    """No box on another, and no arrow through a box: it may end at its edge."""
    drawn = [box.get_window_extent() for box in boxes(figure)]
    for a, b in itertools.combinations(drawn, 2):
        assert min(a.x1, b.x1) - max(a.x0, b.x0) < 0.5 or min(a.y1, b.y1) - max(a.y0, b.y0) < 0.5
    arrows = [_fine(line) for line in lines(figure)]
    for box in drawn:
        inner = box.padded(-min(box.width, box.height) * 0.22)
        for fine in arrows:
            within = (fine > inner.min).all(axis=1) & (fine < inner.max).all(axis=1)
            assert not within.any(), f"an arrow runs through the box at {box}"


def _fine(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points at steps of three pixels along a line."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.arange(0.0, length[-1], 3.0)
    return np.stack([np.interp(at, length, line[:, 0]), np.interp(at, length, line[:, 1])], axis=1)


def inside(inner: Bbox, outer: Bbox, slack: float = 0.5) -> bool:
    """Say whether a rectangle lies in another."""
    low = inner.x0 >= outer.x0 - slack and inner.y0 >= outer.y0 - slack
    return low and inner.x1 <= outer.x1 + slack and inner.y1 <= outer.y1 + slack
