"""Limits of a comparison: who is told of them, what is kept, and what no network keeps."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from fakes import SPACE, KeyReader

from nasbench_pose import cost
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.evaluators.measurement import MeasurementInfo
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Limit
from nasbench_pose.search import Comparison, in_this_process, plan
from nasbench_pose.store import Store

TABLE = LookUp(SPACE.name)
MACS, LATENCY = Limit("macs", 3e6), Limit("latency_ms", 500.0)


MEANS = pd.DataFrame({"genotype_space": [SPACE.name, SPACE.name, "hrnet"], "latency_ms": [200.0, 700.0, 100.0]})
TRUTH: Any = SimpleNamespace(name="timed", complete=True, space=SPACE, means=lambda: MEANS)
INFO = MeasurementInfo(title="timed", plane="plug-in", input=SPACE.input, joints=SPACE.joints, truth=TRUTH)


@dataclass(frozen=True)
class Timed(KeyReader):
    """Gives a latency, too, of which every member's is known."""

    info: MeasurementInfo = INFO

    def __call__(self) -> "Timed":
        return self

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        made = super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)
        return Trial(genotype, made.protocol, fidelity, seed, {**made.metrics, "latency_ms": made.metrics["params"]})


def test_a_run_knows_the_limits_that_its_strategy_was_told(tmp_path: Path) -> None:
    def identities(*limits: Limit) -> dict[str, str]:
        jobs = plan(SPACE, ["random", "fixed"], TABLE, budget=2, seeds=1, store=tmp_path / "a.db", limits=limits)
        return {job.strategy: job.run(TABLE()).identity for job in jobs}

    free, told = identities(), identities(MACS)
    assert (
        told == identities(Limit("macs", 3_000_000))
        and free["random"] != told["random"] != identities(Limit("macs", 4e6))["random"]
    )
    assert {name: free[name] for name in ("fixed", "baselines")} == {n: told[n] for n in ("fixed", "baselines")}


def test_searches_keep_a_limit_and_go_on_within_it(tmp_path: Path) -> None:
    options: dict[str, Any] = {"seeds": 2, "store": tmp_path / "runs.db", "limits": (MACS,)}
    strategies = ("random", "evolution[population=3,sample=2]", "asha")
    Comparison(SPACE, strategies, TABLE, budget=6, **options).run(in_this_process)
    made = Comparison(SPACE, strategies, TABLE, budget=12, **options).run(in_this_process)
    assert made.failure is None and len(made.searched) == 3 * 2 * 12 and (made.searched["macs"] <= MACS.most).all()
    untold = Comparison(SPACE, strategies, TABLE, budget=12, tell_limits=False, **options).run(in_this_process)
    assert (untold.searched["macs"] > MACS.most).any()
    with Store(tmp_path / "runs.db") as store:
        assert {str(settings.get("limits")) for settings in store.runs()["settings"]} == {"None", "{'macs': 3000000.0}"}


def test_a_limit_that_is_measured_is_learned_and_replayed(tmp_path: Path) -> None:
    """A genotype whose trial is beyond the limit is no parent, however accurate it is."""
    timed = Timed(tmp_path / "log")
    strategy = "evolution[population=4,sample=4]"

    def trials(budget: int, name: str) -> pd.DataFrame:
        options: dict[str, Any] = {"seeds": 1, "store": tmp_path / name, "limits": (LATENCY,)}
        return Comparison(SPACE, (strategy,), timed, budget=budget, **options).run(in_this_process).searched

    whole = trials(30, "a.db")
    trials(11, "b.db")
    resumed = trials(30, "b.db")
    assert resumed["genotype"].tolist() == whole["genotype"].tolist()
    untold = plan(SPACE, [strategy], timed, budget=30, seeds=1, store=tmp_path / "c.db")
    in_this_process(untold, lambda _: None)
    with Store(tmp_path / "c.db") as store:
        assert set(store.frame()["genotype"]) != set(whole["genotype"])


def test_a_strategy_with_a_setting_for_the_limit_is_given_it(tmp_path: Path) -> None:
    def settings(text: str) -> dict[str, Any]:
        limits = [MACS, Limit("params", 5e4)]
        jobs = plan(SPACE, [text], TABLE, budget=1, seeds=1, store=tmp_path / "a.db", data="synthetic", limits=limits)
        assert jobs[0].limits == ()
        return dict(jobs[0].settings)

    assert settings("darts")["limit"] == 3e6
    assert settings("darts[cost=params]")["limit"] == 5e4
    assert settings("darts[limit=1e9]")["limit"] == 1e9


def test_a_search_may_start_beyond_a_limit(tmp_path: Path) -> None:
    start = SPACE.named["micro-largest"]
    strategies = ("evolution[population=3,sample=2]", "tpe", "local", "nsga2")
    made = Comparison(
        SPACE, strategies, TABLE, budget=8, seeds=1, store=tmp_path / "a.db", limits=(MACS,), start_from=(start,)
    ).run(in_this_process)
    beyond = made.searched[made.searched["macs"] > MACS.most]
    assert made.failure is None and beyond["step"].tolist() == [1] * len(strategies)
    assert cost.count(SPACE.graph(start)).macs > MACS.most


@pytest.mark.parametrize(
    ("measurement", "limit", "said"),
    [
        ("table", Limit("macs", 1e6), r"^No member has 1,000,000 or fewer MACs; the nearest have 1,860,608 above\.$"),
        ("table", Limit("trained_seed", 1.0), r"^trained_seed is the number of a training, no quality and no cost: "),
        ("table", Limit("val_loss", 1.0), r"^No network of bench_.* is within 1 val_loss; the least of .* 4\.11978\.$"),
        ("timed", Limit("latency_ms", 150.0), r"^No network of timed is within 150 ms; the least of each is .* 200\.$"),
    ],
)
def test_what_no_network_keeps_is_said_before_anything_is_made(
    measurement: str, limit: Limit, said: str, tmp_path: Path
) -> None:
    used = Timed(tmp_path / "log") if measurement == "timed" else TABLE
    asked = Comparison(SPACE, ("random",), used, limits=(limit,), store=tmp_path / "runs.db")
    with pytest.raises(NasbenchPoseError, match=said):
        asked.jobs()
    assert not (tmp_path / "runs.db").exists()
