"""Which genotypes to choose from, against what one finds by leaving each out."""

import itertools
import math
from time import process_time

import moocore
import numpy as np
import pandas as pd
import pytest

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front, hypervolume
from nasbench_pose.report.trade_offs import best_trade_offs, by_genotype
from nasbench_pose.spaces import find
from nasbench_pose.stats import MixedProtocolsError

MACS, AP = Objective("macs"), Objective("ap", maximise=True)
AP_OF_OKS = Objective("oks", maximise=True)


def cloud(seed: int, size: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    macs = np.exp(rng.uniform(0, 5, size))
    return pd.DataFrame({"macs": macs, "ap": 12 * np.log(macs) + rng.normal(0, 8, size)}, index=rng.permutation(size))


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_no_other_subset_covers_more(seed: int, n: int) -> None:
    rows = cloud(seed)
    scaled = rows.assign(macs=np.log(rows["macs"]))
    worst = (scaled["macs"].max(), scaled["ap"].min())
    members = scaled.index[front(scaled, MACS, AP)]
    volumes = {
        subset: hypervolume(scaled.loc[list(subset)], MACS, AP, reference=worst)
        for subset in itertools.combinations(members, n)
    }
    chosen = best_trade_offs(rows, MACS, AP, n)
    assert set(chosen.index) == set(max(volumes, key=lambda subset: volumes[subset]))
    assert chosen["macs"].is_monotonic_increasing


def test_a_short_front_is_taken_whole() -> None:
    rows = pd.DataFrame({"macs": [3.0, 1.0, 2.0], "ap": [30.0, 10.0, 5.0]})
    assert best_trade_offs(rows, MACS, AP, 5)["ap"].tolist() == [10.0, 30.0]


def test_what_was_not_measured_is_no_trade_off() -> None:
    rows = pd.DataFrame({"macs": [1.0, 2.0, 4.0, 8.0, 9.0], "ap": [math.nan, 10.0, 20.0, 30.0, 31.0]})
    assert best_trade_offs(rows, MACS, AP, 4)["ap"].tolist() == [10.0, 20.0, 30.0, 31.0]


def facts() -> pd.DataFrame:
    smallest, middle = find("micro-smallest"), find("micro-middle")
    columns = ["key", "genotype", "genotype_space", "protocol", "fidelity", "seed", "seconds", "error", "val_pckh",
               "macs", "run", "run_seed", "step"]  # fmt: skip
    rows = [
        (smallest, 100, 0, 1.0, None, 20.0, 5.0, 1, 0, 1),
        (smallest, 100, 1, 3.0, None, 26.0, 5.0, 2, 1, 1),
        (smallest, 100, 0, 1.0, None, 20.0, 5.0, 3, 0, 1),  # the same fact, visited by another run
        (smallest, 50, 2, 9.0, None, 99.0, 5.0, 4, 0, 1),  # measured in part
        (smallest, 100, 3, 9.0, "diverged", math.nan, math.nan, 4, 0, 2),
        (middle, 100, 0, 2.0, None, 40.0, 9.0, 4, 0, 3),
    ]
    full = [(g.key, g.text, g.space, "p", *rest) for g, *rest in rows]
    return pd.DataFrame(full, columns=columns)


def test_a_genotype_is_the_mean_of_its_seeds() -> None:
    smallest, middle = by_genotype(facts()).to_dict("records")
    assert (smallest["name"], smallest["val_pckh"], smallest["seeds"]) == ("micro-smallest", 23.0, 2)
    assert smallest["seconds"] == 2.0
    assert smallest["val_pckh_spread"] == pytest.approx(math.sqrt(18.0))
    assert (middle["name"], middle["val_pckh"], middle["seeds"]) == ("micro-middle", 40.0, 1)
    assert math.isnan(middle["val_pckh_spread"])
    assert not {"seed", "fidelity", "run", "run_seed", "step"} & smallest.keys()


def test_a_training_that_answered_several_seeds_counts_once() -> None:
    trials = facts().assign(trained_seed=[0, 0, 0, 0, 0, None])
    smallest, middle = by_genotype(trials).to_dict("records")
    assert (smallest["seeds"], middle["seeds"], smallest["val_pckh"]) == (1, 1, 20.0)
    assert "trained_seed" not in smallest


def test_a_genotype_of_a_space_that_is_not_here_has_no_name() -> None:
    strange = facts().tail(1).assign(genotype="elsewhere:a=1", genotype_space="elsewhere", key="0" * 16)
    assert by_genotype(strange)["name"].tolist() == [""]


def test_a_genotype_that_its_space_does_not_know_any_more_has_no_name() -> None:
    changed = facts().tail(1).assign(genotype="efficientpose_micro:width=50,gone=1", key="0" * 16)
    assert by_genotype(changed)["name"].tolist() == [""]


def test_without_trials_there_are_no_genotypes() -> None:
    failed = facts().assign(error="diverged")
    assert by_genotype(failed).empty
    assert best_trade_offs(by_genotype(failed).rename(columns={"val_pckh": "ap"}), MACS, AP, 3).empty


def test_two_protocols_never_share_a_mean() -> None:
    mixed = facts()
    mixed.loc[0, "protocol"] = "q"
    with pytest.raises(MixedProtocolsError):
        by_genotype(mixed)


@pytest.mark.parametrize("size", [1000, 3000])
def test_a_long_front_takes_no_time(size: int) -> None:
    """Against the greedy choice by contributions, which an exact one is never behind."""
    macs = np.exp(np.sort(np.random.default_rng(0).uniform(0, 5, size)))
    rows = pd.DataFrame({"macs": macs, "ap": np.log(macs) ** 1.5})
    began = process_time()
    chosen = best_trade_offs(rows, MACS, AP, 3)
    assert process_time() - began < 0.5 * size / 1000
    losses = np.stack([np.log(rows["macs"]), -rows["ap"]], axis=1)
    worst, left = losses.max(axis=0), losses
    while len(left) > 3:
        left = np.delete(left, moocore.hv_contributions(left, ref=worst).argmin(), axis=0)
    found = losses[rows.index.get_indexer(chosen.index)]
    assert moocore.hypervolume(found, ref=worst) >= moocore.hypervolume(left, ref=worst)


def test_what_is_plotted_on_plain_axes_counts_on_plain_axes() -> None:
    rows = pd.DataFrame({"val_pckh": [1.0, 10.0, 11.0, 100.0], "oks": [10.0, 50.0, 51.0, 60.0]})
    chosen = best_trade_offs(rows, Objective("val_pckh", maximise=False), AP_OF_OKS, 1)
    assert chosen["oks"].tolist() == [51.0]


def test_costs_below_one_count_on_their_logarithmic_axis_too() -> None:
    rows = cloud(3)
    small = rows.assign(macs=rows["macs"] / 1e6)
    assert best_trade_offs(small, MACS, AP, 3).index.tolist() == best_trade_offs(rows, MACS, AP, 3).index.tolist()
    nothing = pd.DataFrame({"macs": [0.0, 1.0, 10.0, 100.0], "ap": [0.0, 50.0, 51.0, 60.0]})
    assert best_trade_offs(nothing, MACS, AP, 1)["ap"].tolist() == [50.0]


def test_at_least_one_trade_off_is_asked_for() -> None:
    with pytest.raises(InvalidFileError, match="0 trade-offs cannot be chosen; ask for 1 or more"):
        best_trade_offs(cloud(0), MACS, AP, 0)
