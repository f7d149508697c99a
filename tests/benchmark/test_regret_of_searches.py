"""The regret of searches, held against its slow definition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.regret import final_regret, regret_so_far
from nasbench_pose.objective import Limit


def searches(table: Benchmark, seed: int) -> pd.DataFrame:
    """Return two strategies, three runs each, of six trials; some failed."""
    rng = np.random.default_rng(seed)
    rows = []
    for strategy in ("one", "two"):
        for run in range(3):
            for step in range(1, 7):
                genotype = table.space.sample(rng)
                macs = table.means().set_index("genotype").loc[genotype.text, "macs"]
                rows.append({"strategy": strategy, "run_seed": run, "step": step, "genotype": genotype.text,
                             "val_pckh": rng.uniform(10, 30), "macs": macs, "seconds": 1.0, "ask_seconds": 0.0,
                             "error": "diverged" if rng.random() < 0.2 else None, "fidelity": 8})  # fmt: skip
    return pd.DataFrame(rows).sample(frac=1, random_state=seed)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.sampled_from([np.inf, 160_000.0]))
def test_a_run_settles_for_what_looked_best(made_up: Benchmark, seed: int, limit: float) -> None:
    trials = searches(made_up, seed)
    curves = regret_so_far(trials, made_up, limits=[Limit("macs", limit)])
    assert (curves["best"].dropna() >= 0).all()
    for (strategy, run), part in trials.groupby(["strategy", "run_seed"]):
        curve = curves[(curves["strategy"] == strategy) & (curves["run_seed"] == run)].set_index("evaluations")["best"]
        for step in range(1, 7):
            seen = part[(part["step"] <= step) & part["error"].isna() & (part["macs"] <= limit)]
            if seen.empty:
                assert np.isnan(curve[step])
            else:
                settled = seen.loc[seen["val_pckh"].idxmax(), "genotype"]
                assert curve[step] == pytest.approx(made_up.regret(settled, macs_limit=limit))


def test_the_end_is_averaged_over_runs(made_up: Benchmark) -> None:
    curves = regret_so_far(searches(made_up, 3), made_up)
    final = final_regret(curves).set_index("strategy")
    ends = curves[curves["evaluations"] == 6].groupby("strategy")["best"]
    assert final["regret"].to_dict() == pytest.approx(ends.mean().to_dict())
    assert final["regret_spread"].to_dict() == pytest.approx(ends.std().to_dict())


def test_effort_may_be_seconds(made_up: Benchmark) -> None:
    trials = searches(made_up, 4)
    by_time = regret_so_far(trials, made_up, over="seconds")
    assert by_time["best"].equals(regret_so_far(trials, made_up)["best"])
    assert by_time.groupby(["strategy", "run_seed"])["seconds"].max().tolist() == [6.0] * 6
