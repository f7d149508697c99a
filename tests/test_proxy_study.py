"""The proxy study: its statistics on made-up scores, and that it resumes instead of scoring twice."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))  # analysis/ is no part of the installed package
from analysis import proxy_study as study
from analysis import recipe_study
from nasbench_pose.files import folder

TRAININGS = pd.read_csv(folder("results") / "recipe_study.csv")
TRUTH = study._mean(TRAININGS[TRAININGS["recipe"] == recipe_study.DEFAULT], "val_pckh")


def test_the_truth_trusts_itself_and_noise_is_last() -> None:
    rng = np.random.default_rng(0)
    frames = [
        pd.DataFrame({"proxy": name, "genotype": TRUTH.index, "seed": 0, "score": score, "seconds": 1.0})
        for name, score in (("oracle", TRUTH.to_numpy()), ("worst", -TRUTH.to_numpy()), ("luck", rng.random(20)))
    ]
    table = study.trusted(pd.concat(frames), TRAININGS, TRUTH).set_index("measure")
    assert table.index[0] == "oracle" and table.index[-1] == "worst"
    assert table.loc["oracle", ["tau", "rho", "precision", "best_rank"]].tolist() == [1, 1, 1, 1]
    assert table.loc["worst", "tau"] == -1
    assert abs(table.loc["luck", "tau"]) < 0.5
    assert "| oracle | 1 | 1.00 [1.00, 1.00] | 1.00 | 1.0 | 1 |" in study.markdown(table.reset_index())


def test_what_is_known_is_not_scored_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "_scores", lambda *_: pytest.fail("scored again"))
    rows = study.scored(tmp_path / "new.csv", list(TRUTH.index), minutes=1)
    assert len(rows) == len(study.PROXIES) * 20 * 2
    assert not (tmp_path / "new.csv").exists()


def test_a_score_can_be_made_again() -> None:
    """The committed scores are what the proxies say today, on a machine of this type to the last digits."""
    known = pd.read_csv(folder("results") / "proxy_study.csv")
    some = known[known["genotype"] == TRUTH.index[0]]
    for name in ("params", "synflow", "naswot"):
        again = study._scores(name, [str(TRUTH.index[0])])
        expected = some.loc[some["proxy"] == name, "score"].to_list()
        assert [row["score"] for row in again] == pytest.approx(expected, rel=1e-3)
