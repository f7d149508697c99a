"""Fronts and hypervolumes against their definitions, closed forms and laws."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import NothingFitsError, best_under, front, hypervolume, ranks

COLUMNS = "abcd"
A, B = Objective("a", maximise=False), Objective("b", maximise=False)

# Few distinct values, so that ties, duplicates and dominance all happen; NaN is a failed trial.
tables = st.integers(1, 4).flatmap(
    lambda n: arrays.arrays(
        np.float64, st.tuples(st.integers(0, 12), st.just(n)), elements=st.sampled_from([0, 1, 2, 3, 4, np.nan])
    )
)
directions = st.lists(st.booleans(), min_size=4, max_size=4)


def frame_of(values: NDArray[np.float64]) -> pd.DataFrame:
    return pd.DataFrame(values, columns=list(COLUMNS[: values.shape[1]]), index=np.arange(len(values)) * 7 + 3)


def objectives_of(frame: pd.DataFrame, maximise: list[bool]) -> list[Objective]:
    return [Objective(column, up) for column, up in zip(frame.columns, maximise, strict=False)]


def slow_front(frame: pd.DataFrame, objectives: list[Objective]) -> list[bool]:
    """The definition, pair by pair, in the columns' own directions."""

    def at_least(one: pd.Series, other: pd.Series, o: Objective) -> bool:
        return one[o.column] >= other[o.column] if o.maximise else one[o.column] <= other[o.column]

    rows = [row for _, row in frame.iterrows()]
    whole = [not row.isna().any() for row in rows]

    def dominates(i: int, j: int) -> bool:
        forth = [at_least(rows[i], rows[j], o) for o in objectives]
        back = [at_least(rows[j], rows[i], o) for o in objectives]
        return all(forth) and not all(back)

    everyone = range(len(rows))
    return [whole[j] and not any(whole[i] and dominates(i, j) for i in everyone) for j in everyone]


@settings(max_examples=40)
@given(tables, directions)
def test_the_front_is_its_definition(values: NDArray[np.float64], maximise: list[bool]) -> None:
    frame = frame_of(values)
    objectives = objectives_of(frame, maximise)
    marked = front(frame, *objectives)
    assert marked.index.equals(frame.index)
    assert marked.dtype == bool
    assert marked.tolist() == slow_front(frame, objectives)


@settings(max_examples=40)
@given(tables, directions)
def test_ranks_peel_one_front_after_another(values: NDArray[np.float64], maximise: list[bool]) -> None:
    frame = frame_of(values)
    objectives = objectives_of(frame, maximise)
    rank = ranks(frame, *objectives)
    rest, number = frame.dropna(), 0
    while len(rest):
        on_front = front(rest, *objectives)
        assert (rank[rest.index[on_front]] == number).all()
        rest, number = rest[~on_front], number + 1
    assert (rank[frame.isna().any(axis=1)] == max(number, 1)).all()


@settings(max_examples=40)
@given(tables, directions, st.randoms())
def test_the_order_of_the_rows_does_not_matter(values: NDArray[np.float64], maximise: list[bool], random) -> None:
    frame = frame_of(values)
    objectives = objectives_of(frame, maximise)
    order = list(range(len(frame)))
    random.shuffle(order)
    reference = [-1.0 if up else 5.0 for up in maximise[: len(objectives)]]
    shuffled = frame.iloc[order]
    assert front(shuffled, *objectives).equals(front(frame, *objectives).iloc[order])
    assert ranks(shuffled, *objectives).equals(ranks(frame, *objectives).iloc[order])
    assert hypervolume(shuffled, *objectives, reference=reference) == pytest.approx(
        hypervolume(frame, *objectives, reference=reference)
    )


@settings(max_examples=40)
@given(tables, directions, st.sampled_from([0.25, 2.0, 1024.0]))
def test_scaling_a_column_scales_the_volume_and_keeps_the_front(
    values: NDArray[np.float64], maximise: list[bool], scale: float
) -> None:
    frame = frame_of(values)
    objectives = objectives_of(frame, maximise)
    reference = [-1.0 if up else 5.0 for up in maximise[: len(objectives)]]
    scaled = frame.assign(a=frame["a"] * scale)
    assert front(scaled, *objectives).equals(front(frame, *objectives))
    volume = hypervolume(frame, *objectives, reference=reference)
    assert hypervolume(scaled, *objectives, reference=[reference[0] * scale, *reference[1:]]) == pytest.approx(
        volume * scale
    )


@settings(max_examples=40)
@given(tables, directions)
def test_the_front_alone_covers_what_all_rows_cover(values: NDArray[np.float64], maximise: list[bool]) -> None:
    frame = frame_of(values)
    objectives = objectives_of(frame, maximise)
    reference = [-1.0 if up else 5.0 for up in maximise[: len(objectives)]]
    best = frame[front(frame, *objectives)]
    assert hypervolume(best, *objectives, reference=reference) == pytest.approx(
        hypervolume(frame, *objectives, reference=reference)
    )


@settings(max_examples=40)
@given(tables, directions)
def test_hypervolume_counts_the_unit_cells_that_some_row_dominates(
    values: NDArray[np.float64], maximise: list[bool]
) -> None:
    """On whole numbers the volume is a number of unit cells: count them one by one."""
    frame = frame_of(values)
    objectives = objectives_of(frame, maximise)
    reference = [-1.0 if up else 5.0 for up in maximise[: len(objectives)]]
    flip = np.where(maximise[: len(objectives)], -1.0, 1.0)
    losses, worst = frame.dropna().to_numpy() * flip, np.array(reference) * flip
    cells = np.stack(np.meshgrid(*[np.arange(w - 6, w) for w in worst], indexing="ij"), axis=-1).reshape(-1, len(worst))
    covered = (losses[:, None, :] <= cells[None, :, :]).all(axis=2).any(axis=0)
    assert hypervolume(frame, *objectives, reference=reference) == pytest.approx(covered.sum())


@pytest.mark.parametrize("n", range(1, 30))
def test_hypervolume_of_a_staircase(n: int) -> None:
    steps = np.random.default_rng(n).permutation(np.stack([np.arange(n), np.arange(n)[::-1]], axis=1))
    frame = pd.DataFrame(steps, columns=["a", "b"])
    assert front(frame, A, B).all()
    assert hypervolume(frame, A, B, reference=(n, n)) == n * (n + 1) / 2
    mirrored = hypervolume(-frame, Objective("a", True), Objective("b", True), reference=(-n, -n))
    assert mirrored == n * (n + 1) / 2


def test_inputs_are_never_changed() -> None:
    values = np.random.default_rng(0).random((20, 2))
    values[3, 1] = np.nan
    frame = pd.DataFrame(values, columns=["a", "b"], copy=True)
    before = frame.copy(deep=True)
    goals = (A, Objective("b", maximise=True))
    front(frame, *goals), ranks(frame, *goals), hypervolume(frame, *goals, reference=(1, 0))
    best_under(frame, "a", 1, goals[1])
    pd.testing.assert_frame_equal(frame, before)


@settings(max_examples=40)
@given(tables.filter(lambda values: values.shape[1] >= 2), st.sampled_from([0.0, 1.5, 4.0]), st.booleans())
def test_the_best_under_a_limit_is_the_best_of_what_fits(values: NDArray[np.float64], limit: float, up: bool) -> None:
    frame = frame_of(values)
    fits = frame[frame["a"] <= limit].dropna(subset=["b"])
    if fits.empty:
        with pytest.raises(NothingFitsError, match="'a'"):
            best_under(frame, "a", limit, Objective("b", up))
        return
    best = best_under(frame, "a", limit, Objective("b", up))
    assert best["b"] == (fits["b"].max() if up else fits["b"].min())
    assert best["a"] == fits.loc[fits["b"] == best["b"], "a"].min()


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_of_equally_good_rows_the_cheapest_is_the_best(order: list[int]) -> None:
    frame = pd.DataFrame({"macs": [3, 1, 2, 0], "val_pckh": [70.0, 70.0, 70.0, 60.0]}).iloc[order]
    assert best_under(frame, "macs", 3, Objective("val_pckh")).to_dict() == {"macs": 1, "val_pckh": 70}
    assert best_under(frame, "macs", 3, Objective("val_pckh", maximise=False))["macs"] == 0
    with pytest.raises(NothingFitsError, match=r"No row has a 'macs' of -1 or less; the least is 0\."):
        best_under(frame, "macs", -1, Objective("val_pckh"))


@settings(max_examples=40)
@given(st.sampled_from(["macs", "val_pckh", "joules"]), st.booleans())
def test_the_text_of_an_objective_reads_back(column: str, maximise: bool) -> None:
    objective = Objective(column, maximise)
    assert Objective.parse(objective.text) == objective


@pytest.mark.parametrize("text", ["", ":max", "macs:", "macs:up", "macs:max:min"])
def test_a_wrong_objective_is_refused(text: str) -> None:
    with pytest.raises(InvalidFileError, match="column:max"):
        Objective.parse(text)


def test_a_wrong_column_is_named_with_the_nearest_right_one() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'val_pckh'"):
        front(pd.DataFrame({"val_pckh": [1.0]}), Objective("val_pck", maximise=True))


def test_a_column_of_words_is_refused() -> None:
    with pytest.raises(InvalidFileError, match="'key'"):
        front(pd.DataFrame({"key": ["da90"]}), Objective("key", maximise=False))


def test_no_objective_and_a_short_reference_are_refused() -> None:
    with pytest.raises(InvalidFileError, match="at least one"):
        front(pd.DataFrame({"a": [1.0]}))
    with pytest.raises(InvalidFileError, match="2 objectives"):
        hypervolume(pd.DataFrame({"a": [1.0], "b": [1.0]}), A, B, reference=[3])


def test_infinite_accuracies_are_not_accuracies() -> None:
    frame = pd.DataFrame({"ap": [np.inf, 70.0, -np.inf]})
    assert front(frame, Objective("ap", maximise=True)).tolist() == [False, True, False]


def test_reading_frames_stays_light() -> None:
    code = "import sys, nasbench_pose.pareto, nasbench_pose.stats, nasbench_pose.reference; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert {"torch", "matplotlib", "sqlalchemy"}.isdisjoint(loaded)
