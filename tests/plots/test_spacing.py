"""Minimum distances against pooling by hand, which needs no library."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pose.plots.spacing import with_gaps


def pooled(wanted: list[float], gaps: list[float], weights: list[float]) -> list[float]:
    """Pool adjacent violators: neighbours that are in the wrong order share their weighted mean."""
    offsets = np.cumsum([0.0, *gaps])
    blocks: list[list[float]] = []  # sum, weight, how many
    for value, weight in zip(np.array(wanted) - offsets, weights, strict=True):
        blocks.append([value * weight, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    return list(np.repeat([total / weight for total, weight, _ in blocks], [int(n) for *_, n in blocks]) + offsets)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.integers(1, 5)), min_size=1, max_size=12))
def test_positions_are_those_of_pooling(rows: list[tuple[int, int, int]]) -> None:
    wanted, gaps, weights = ([float(value) for value in column] for column in zip(*rows, strict=True))
    found = with_gaps(wanted, gaps[1:], weights)
    np.testing.assert_allclose(found, pooled(wanted, gaps[1:], weights), atol=1e-9)
    assert (np.diff(found) >= np.array(gaps[1:]) - 1e-9).all()


def test_nothing_has_no_positions() -> None:
    assert with_gaps([], []).tolist() == []
