"""Laws of placing labels."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from nasbench_pose.plots.labels import Label, _with_gaps, name_ends, name_points
from nasbench_pose.plots.style import INK, figure


@settings(max_examples=100)
@given(st.lists(st.integers(0, 50).map(float), max_size=12), st.sampled_from([1.0, 10.0]))
def test_heights_end_up_apart_in_order_and_no_further_than_needed(wanted: list[float], gap: float) -> None:
    heights = _with_gaps(np.array(wanted), np.full(len(wanted), gap))
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(heights[order]) >= gap - 1e-9).all()
    if (np.diff(np.sort(wanted)) >= gap).all():
        np.testing.assert_allclose(heights, wanted)
    # least squares moves nothing on average
    np.testing.assert_allclose(heights.sum(), sum(wanted), atol=1e-6)


@settings(max_examples=8)
@given(st.integers(0, 2**20))
def test_a_dozen_labels_find_room_among_two_hundred_marks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawing, ax = figure()
    x, y = rng.random((2, 200))
    ax.scatter(x, y, s=10, alpha=0.4)
    names = [Label(x[i], y[i], f"network {i}", INK) for i in range(12)]
    written = name_points(ax, names)
    drawing.draw_without_rendering()
    assert [text.get_text() for text in written] == [name.text for name in names]
    boxes = [Text.get_window_extent(text) for text in written]
    whole = ax.get_window_extent()
    for i, box in enumerate(boxes):
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1
        assert not any(box.overlaps(other) for other in boxes[:i])
        assert not box.contains(*ax.transData.transform((x[i], y[i])))


def test_a_label_covers_neither_a_note_nor_an_error_bar() -> None:
    drawing, ax = figure()
    ax.errorbar([1, 2], [1, 1], yerr=[0.02, 0.2], fmt="o")
    ax.set(xlim=(0, 3), ylim=(0.5, 1.5))
    notes = [ax.annotate("a note beside it", (1, 1), (8, y), textcoords="offset points", va="center") for y in (0, 12)]
    written = name_points(ax, [Label(1, 1, "noted", INK), Label(2, 1, "barred", INK)])
    drawing.draw_without_rendering()
    noted, barred = (Text.get_window_extent(text) for text in written)
    assert not any(noted.overlaps(Text.get_window_extent(note)) for note in notes)
    low, high = ax.transData.transform([(2, 0.8), (2, 1.2)])
    assert not barred.overlaps(Bbox([low - 1, high + 1]))


def test_a_bar_of_unknown_length_is_no_bar() -> None:
    _, ax = figure()
    ax.errorbar([1, 2], [np.nan, 1], yerr=[0.1, np.nan], fmt="none")
    assert len(name_points(ax, [Label(2, 1, "named", INK)])) == 1


def test_the_same_labels_find_the_same_places() -> None:
    def places() -> list[tuple[float, float]]:
        _, ax = figure()
        ax.scatter([1, 2, 2.1], [1, 2, 2.1])
        return [text.get_position() for text in name_points(ax, [Label(2, 2, "a", INK), Label(2.1, 2.1, "b", INK)])]

    assert places() == places()


def test_ends_are_named_in_the_margin_in_the_order_of_the_curves() -> None:
    drawing, ax = figure()
    ends = [Label(1, height, f"curve {height}", INK) for height in (0.50, 0.51, 0.52, 0.9)]
    for end in ends:
        ax.plot([0, 1], [0, end.y])
    written = name_ends(ax, ends)
    drawing.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in written]
    assert all(box.x0 > ax.get_window_extent().x1 and box.x1 <= drawing.bbox.x1 for box in boxes)
    assert all(low.y1 <= high.y0 for low, high in pairwise(boxes))


def test_no_label_is_no_work() -> None:
    _, ax = figure()
    assert name_points(ax, []) == [] == name_ends(ax, [])
