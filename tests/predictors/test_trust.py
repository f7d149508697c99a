"""How far predictors can be trusted, against scipy and sorting by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nasbench_pose.predictors import trust


def made_up(**more: object) -> tuple[pd.DataFrame, "pd.Series[float]"]:
    truth = pd.Series(np.random.default_rng(0).normal(size=40), [f"g{i}" for i in range(40)])
    rows = pd.DataFrame({"predictor": "p", "genotype": truth.index, "score": truth.to_numpy(), "seconds": 0.5})
    return rows.assign(once_seconds=10.0, family="zero-cost", error="", **more), truth


def test_trust_is_scipys_correlation_and_what_the_user_would_find() -> None:
    good, truth = made_up()
    bad = good.assign(predictor="bad", score=np.random.default_rng(1).normal(size=40))
    found = trust(pd.concat([bad, good]), truth, k=3).set_index("predictor")
    assert list(found.index) == ["p", "bad"]
    assert found.loc["p", ["tau", "best_rank", "lost", "precision"]].tolist() == [1.0, 1, 0.0, 1.0]
    assert found.loc["bad", "tau"] == pytest.approx(stats.kendalltau(bad["score"], truth.to_numpy()).statistic)
    chosen = bad.nlargest(3, "score")["genotype"]
    assert found.loc["bad", "lost"] == pytest.approx(truth.max() - truth[list(chosen)].max())
    alone = trust(bad, truth, k=3)
    assert alone[["tau_low", "tau_high"]].to_numpy().tolist() == [found.loc["bad", ["tau_low", "tau_high"]].tolist()]


def test_who_cannot_score_the_best_network_has_lost_it() -> None:
    good, truth = made_up()
    best = truth.idxmax()
    blind = good.assign(predictor="blind", score=good["score"].where(good["genotype"] != best), error="no such one")
    found = trust(pd.concat([good, blind]), truth, k=1).set_index("predictor")
    assert found.loc["blind", ["networks", "failed", "best_rank", "error"]].tolist() == [39, 1, 2, "no such one"]
    assert found.loc["blind", "lost"] == pytest.approx(truth.max() - truth.drop(best).max())


def test_a_predictor_that_says_nothing_is_last_and_costs_the_others_nothing() -> None:
    good, truth = made_up()
    silent = good.assign(predictor="silent", score=np.nan, error="the supernet diverged")
    same = good.assign(predictor="same", score=1.0)
    found = trust(pd.concat([silent, same, good]), truth)
    assert found["predictor"].iloc[0] == "p" and found["tau"].isna().tolist() == [False, True, True]
    reasons = dict(zip(found["predictor"], found["error"], strict=True))
    assert reasons["silent"] == "the supernet diverged" and "cannot be ranked" in reasons["same"]


def test_seeds_are_averaged_and_all_of_them_paid_for() -> None:
    truth = pd.Series([1.0, 2.0, 3.0], list("abc"))
    rows = pd.DataFrame({"predictor": "p", "family": "zero-cost", "genotype": list("abcabc"), "error": "",
                         "seconds": [1, 1, 1, 3, 3, 3], "once_seconds": 5.0, "score": [0, 5, 3, 0, -1, 4]})  # fmt: skip
    found = trust(rows, truth, k=1)
    assert found["tau"][0] == pytest.approx(1.0)
    assert found[["seconds", "once_seconds"]].to_numpy().tolist() == [[4.0, 10.0]]
