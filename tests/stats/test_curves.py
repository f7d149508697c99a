"""Best-so-far curves against a loop, closed forms and laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front, hypervolume
from nasbench_pose.stats import (
    MixedProtocolsError,
    MixedRunsError,
    average,
    best_so_far,
    final_best,
    finished,
    hypervolume_so_far,
    one_protocol,
    simple_regret,
)

PCKH = Objective("val_pckh", maximise=True)
MACS = Objective("macs")


def trials(seed: int, runs: int = 3, steps: int = 12) -> pd.DataFrame:
    """A made-up search: two strategies, some failures, some partial trials, rows in no order."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        [(name, run, step) for name in ("random", "evolution") for run in range(runs) for step in range(steps)],
        columns=["strategy", "run_seed", "step"],
    )
    n = len(frame)
    frame = frame.assign(
        val_pckh=rng.integers(50, 90, n).astype(float), macs=rng.integers(1, 30, n), protocol="p",
        seconds=rng.integers(0, 5, n).astype(float), ask_seconds=0.5, error=None, fidelity=rng.choice([50, 200], n),
    )  # fmt: skip
    failed = rng.random(n) < 0.2
    frame.loc[failed, "error"], frame.loc[failed, "val_pckh"] = "diverged", np.nan
    frame.loc[0, "fidelity"] = 200
    return frame.sample(frac=1, random_state=seed)


def slow_curve(run: pd.DataFrame, full: int) -> list[tuple[float, float]]:
    spent, best, curve = 0.0, np.nan, []
    for row in run.sort_values("step").itertuples():
        spent += row.seconds + row.ask_seconds
        if row.error is None and row.fidelity == full:
            best = max(best, row.val_pckh) if best == best else row.val_pckh
        curve.append((spent, best))
    return curve


@settings(max_examples=20)
@given(st.integers(0, 2**20))
def test_the_incumbent_is_what_a_loop_finds(seed: int) -> None:
    frame = trials(seed)
    before = frame.copy(deep=True)
    by_time, by_number = best_so_far(frame, PCKH, over="seconds"), best_so_far(frame, PCKH)
    pd.testing.assert_frame_equal(frame, before)
    for run, rows in frame.groupby(["strategy", "run_seed"]):
        expected = np.array(slow_curve(rows, frame["fidelity"].max()))
        seen = by_time[(by_time.strategy == run[0]) & (by_time.run_seed == run[1])]
        np.testing.assert_allclose(seen[["seconds", "best"]].to_numpy(), expected)
        seen = by_number[(by_number.strategy == run[0]) & (by_number.run_seed == run[1])]
        assert seen["evaluations"].tolist() == list(range(1, len(rows) + 1))
        np.testing.assert_array_equal(seen["best"], expected[:, 1])


@settings(max_examples=20)
@given(st.integers(0, 2**20))
def test_the_mean_reads_every_staircase_at_every_step(seed: int) -> None:
    curves = best_so_far(trials(seed), PCKH, over="seconds")
    means = average(curves)
    for row in means.itertuples():
        at = curves[(curves.strategy == row.strategy) & (curves.seconds <= row.seconds)]
        incumbents = at.groupby("run_seed")["best"].last()
        assert row.mean == pytest.approx(incumbents.mean())
        assert row.spread == pytest.approx(incumbents.std())
        assert row.seeds == len(incumbents.dropna())
    for name, part in means.groupby("strategy"):
        runs = curves[curves.strategy == name].groupby("run_seed")
        assert part["seconds"].max() == runs["seconds"].max()[runs["best"].last().notna()].max()
        assert part["mean"].iloc[-1] == pytest.approx(runs["best"].last().mean())
        assert part["mean"].is_monotonic_increasing


def test_a_seed_that_ends_a_moment_earlier_keeps_what_it_found_and_takes_nothing_from_the_others() -> None:
    frame = pd.DataFrame({"strategy": "fixed", "run_seed": [0, 0, 1, 1], "step": [0, 1] * 2, "seconds": 10.0,
                          "ask_seconds": [0.0, 0.0, 1e-6, 1e-6], "val_pckh": [16.0, 21.5] * 2})  # fmt: skip
    means = average(best_so_far(frame, PCKH, over="seconds"))
    assert means["mean"].iloc[-1] == 21.5 and means["seconds"].iloc[-1] == pytest.approx(20.000002)


def test_a_seed_that_finds_nothing_is_not_counted() -> None:
    frame = pd.DataFrame({"strategy": "a", "run_seed": [0, 1, 2], "val_pckh": [60.0, np.nan, 70.0]})
    assert average(best_so_far(frame, PCKH))[["mean", "seeds"]].to_numpy().tolist() == [[65.0, 2]]


@settings(max_examples=20)
@given(st.integers(0, 2**20))
def test_the_last_hypervolume_is_that_of_all_trials(seed: int) -> None:
    frame = trials(seed, runs=2)
    curves = hypervolume_so_far(frame, MACS, PCKH, reference=(25, 55))
    for run, part in curves.groupby(["strategy", "run_seed"]):
        rows = frame[(frame.strategy == run[0]) & (frame.run_seed == run[1]) & finished(frame)].sort_values("step")
        assert part["best"].is_monotonic_increasing
        assert part["best"].iloc[-1] == pytest.approx(hypervolume(rows, MACS, PCKH, reference=(25, 55)))
        best = rows[front(rows, MACS, PCKH)]
        assert part["best"].iloc[-1] == pytest.approx(hypervolume(best, MACS, PCKH, reference=(25, 55)))


def test_what_was_not_measured_is_never_the_incumbent() -> None:
    values = [np.nan, 60.0, np.nan, np.inf, 50.0, 70.0]
    steps = pd.DataFrame({"strategy": "s", "run_seed": 0, "step": range(6), "val_pckh": values, "macs": 1.0})
    curve = best_so_far(steps, PCKH)
    np.testing.assert_array_equal(curve["best"], [np.nan, 60, 60, 60, 60, 70])
    assert hypervolume_so_far(steps, MACS, PCKH, reference=(2, 50))["best"].tolist() == [0, 10, 10, 10, 10, 20]
    again = pd.concat([steps, steps.assign(run_seed=1, val_pckh=np.nan)])
    assert average(best_so_far(again, PCKH))["seeds"].unique().tolist() == [1]


def test_hypervolume_so_far_takes_every_prefix() -> None:
    falling = Objective("loss", maximise=False)
    steps = pd.DataFrame({"strategy": "s", "run_seed": 0, "macs": np.arange(5), "loss": np.arange(5)[::-1]})
    curve = hypervolume_so_far(steps, MACS, falling, reference=(5, 5))["best"]
    assert curve.tolist() == [hypervolume(steps[: n + 1], MACS, falling, reference=(5, 5)) for n in range(5)]
    assert curve.iloc[-1] == 15


def test_regret_is_measured_from_the_best_of_any_run() -> None:
    frame = trials(1)
    regret = simple_regret(frame, PCKH)
    assert regret.min() == 0
    known = simple_regret(frame, PCKH, best=100.0)
    pd.testing.assert_series_equal(known, 100 - final_best(frame, PCKH), check_names=False)
    pd.testing.assert_series_equal(simple_regret(frame, MACS, best=0.0), final_best(frame, MACS), check_names=False)


def test_two_protocols_never_share_a_curve() -> None:
    frame = pd.concat([trials(0), trials(0).assign(protocol="q")])
    with pytest.raises(MixedProtocolsError, match="p, q"):
        best_so_far(frame, PCKH)
    assert one_protocol(trials(0)) == "p"
    assert one_protocol(pd.DataFrame({"macs": [1]})) == ""


def test_a_frame_without_rows_has_no_curve() -> None:
    empty = trials(0).iloc[:0]
    assert best_so_far(empty, PCKH).empty
    assert average(best_so_far(empty, PCKH)).empty


def test_one_seed_has_no_spread() -> None:
    means = average(best_so_far(trials(0, runs=1), PCKH))
    assert means["spread"].isna().all()
    assert (means["seeds"] == 1).all()


def test_a_strategy_that_only_fails_has_no_curve() -> None:
    frame = trials(3)
    frame.loc[frame.strategy == "random", ["error", "val_pckh"]] = ["diverged", np.nan]
    assert set(average(best_so_far(frame, PCKH)).strategy) == {"evolution"}


def test_two_runs_of_one_seed_are_never_one_curve() -> None:
    frame = trials(0)
    assert len(best_so_far(frame.assign(run=1), PCKH)) == len(frame)
    with pytest.raises(MixedRunsError, match="'evolution' with seed 0 has 2 runs"):
        best_so_far(pd.concat([frame.assign(run=1), frame.assign(run=2)]), PCKH)


def test_averages_of_several_strategies_have_one_index() -> None:
    curves = pd.DataFrame({"strategy": ["b", "a"], "run_seed": 0, "seconds": [1.0, 2.0], "best": [5.0, 7.0]})
    assert average(curves).index.tolist() == [0, 1] and average(curves)["strategy"].tolist() == ["b", "a"]
