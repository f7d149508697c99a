"""What every search found, against the frame."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planes import trials

from nasbench_pose import plots
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.stats import final_best

PCKH = Objective("val_pckh")


@pytest.mark.parametrize("limit", [np.inf, 4e6])
def test_a_stroke_is_what_a_search_found(limit: float) -> None:
    frame = trials(("random", "evolution"))
    ax = plots.best_of_seeds(frame, limits=[Limit("macs", limit)])
    fits = frame[frame["strategy"] != "baselines"]
    fits = fits.assign(val_pckh=fits["val_pckh"].where(fits["macs"] <= limit))
    wanted = final_best(fits, PCKH).dropna()
    drawn = np.concatenate([dots.get_offsets()[:, 0] for dots in ax.collections])
    np.testing.assert_allclose(np.sort(drawn), np.sort(wanted.to_numpy()))
    medians = wanted.groupby("strategy").median()
    marks = np.concatenate([line.get_xdata() for line in ax.lines if line.get_marker() == "D"]).astype(float)
    np.testing.assert_allclose(np.sort(marks[np.isfinite(marks)]), np.sort(medians.to_numpy()))
    assert ax.get_xlabel() == "PCKh@0.5 on validation (%)   better →"


def test_seeds_that_found_nothing_are_counted() -> None:
    rows = {"strategy": "random", "run_seed": [0, 1, 2], "macs": [1e6, 9e6, 9e6], "val_pckh": [20.0, 30.0, 31.0]}
    ax = plots.best_of_seeds(pd.DataFrame(rows), limits=[Limit("macs", 2e6)])
    assert [text.get_text() for text in ax.get_yticklabels()] == ["random (1 of 3 seeds)"]


def test_the_same_frame_gives_the_same_figure(tmp_path: Path) -> None:
    frame = trials(("random", "evolution"))
    first, second = (plots.save(plots.best_of_seeds(frame).figure, tmp_path / f"{n}.svg") for n in range(2))
    assert first.read_bytes() == second.read_bytes()


def test_seaborn_is_loaded_by_what_draws_with_it() -> None:
    code = "import sys, nasbench_pose.plots; print('seaborn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "False\n"
