"""What stands on the curves: a line, a name and a band for each strategy, within the limit."""

import numpy as np
import pandas as pd
import pytest
from planes import PROTOCOL, assert_readable, labels, trials

from nasbench_pose import plots
from nasbench_pose.objective import Limit


@pytest.mark.parametrize("over", ["evaluations", "seconds"])
def test_the_curves_have_a_line_and_a_name_for_each_strategy_and_a_band_over_seeds(over: str) -> None:
    frame = pd.concat([trials().assign(run_seed=seed).sample(frac=1, random_state=seed) for seed in range(3)])
    frame["step"] = frame.groupby(["strategy", "run_seed"]).cumcount()
    _, ax = plots.figure()
    assert plots.best_so_far(frame, ax, over=over, protocol=PROTOCOL) is ax
    assert labels(ax) == {"random", "evolution", "darts"}
    assert len(ax.get_lines()) == len(ax.collections) == 3
    assert "3 seeds" in ax.get_xlabel()
    assert ("minutes" in ax.get_xlabel()) == (over == "seconds")
    assert ax.get_ylabel() == "Best so far: PCKh@0.5 on validation (%)   better →"
    ends = {line.get_ydata()[-1] for line in ax.get_lines()}
    assert max(ends) == pytest.approx(frame[frame.fidelity == 300].query("strategy != 'baselines'").val_pckh.max())
    assert_readable(ax)


def test_regret_is_never_drawn_below_zero() -> None:
    curves = pd.DataFrame({"strategy": "random", "run_seed": [0, 1], "evaluations": 1, "best": [0.0, 3.0]})
    ax = plots.regret_so_far(curves, plots.figure()[1], protocol="p")
    (band,) = ax.collections
    corners = np.vstack([path.vertices for path in band.get_paths()])[:, 1]
    assert (corners.min(), corners.max()) == pytest.approx((0.0, 1.5 + np.std([0.0, 3.0], ddof=1)))
    assert ax.get_title(loc="left") == "Regret (no limit) on the measured plane: p"


def test_the_curves_keep_the_limit_and_say_so() -> None:
    frame = trials(("random",)).query("strategy == 'random'")
    ax = plots.best_so_far(frame, plots.figure()[1], protocol="p", limits=[Limit("macs", 4e6)])
    assert ax.get_title(loc="left") == "Best so far (≤ 4 MMACs) on the measured plane: p"
    (line,) = ax.get_lines()
    fits = frame[(frame.macs <= 4e6) & (frame.fidelity == 300)]
    assert line.get_ydata()[-1] == fits.val_pckh.max() < frame[frame.fidelity == 300].val_pckh.max()
    assert line.get_xdata()[-1] == len(frame), "what is too dear costs trials all the same"


def test_one_trial_of_one_seed_is_a_dot_at_a_whole_number_without_a_band() -> None:
    frame = trials(("fixed",)).query("strategy == 'fixed'").iloc[2:3]
    ax = plots.best_so_far(frame, plots.figure()[1], protocol="p")
    assert ax.get_xlabel() == "Trials told to the strategy\n(one seed)"
    assert not ax.collections
    low, high = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [0, 1]
    assert ax.get_lines()[0].get_marker() == "o"
