"""Zero-cost warm-up: the first networks are the best by the proxy, whatever search goes on."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.cost import count
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype
from nasbench_pose.proxies import Proxy
from nasbench_pose.search import Comparison, in_this_process
from nasbench_pose.spaces import load
from nasbench_pose.strategies import Strategy, make
from nasbench_pose.strategies.black_box.warm import POPULATIONS, Warm
from nasbench_pose.testing import SeededStrategyContract

SPACE = load("efficientpose_micro")
TEXT = Protocol(input=(32, 32)).text
QUICK = {"protocol": TEXT, "proxy": "macs", "candidates": 12, "start": 5, "people": "synthetic:train=2,val=1,test=1"}
NAN = Proxy("nan", lambda network, _: 1.0 if count(network.graph).macs < 1e6 else float("nan"), "none", "often nothing")


class TestWarm(SeededStrategyContract):
    steps = 24

    def new(self, seed: int) -> Strategy:
        return make("warm", SPACE, seed, {**QUICK, "search": "evolution[population=5,sample=2]"})


def macs(genotype: Genotype) -> int:
    return count(SPACE.graph(genotype, input=(32, 32))).macs


@pytest.mark.parametrize("search", POPULATIONS)
def test_a_search_starts_from_the_best_and_learns_from_them(search: str) -> None:
    strategy, asked = make("warm", SPACE, 0, {**QUICK, "candidates": 40, "search": search}), []
    for _ in range(22):
        proposal = strategy.ask()
        asked.append(proposal.genotype)
        strategy.tell(proposal, [-float(macs(proposal.genotype)), 1.0])
    first = [macs(genotype) for genotype in asked[:5]]
    assert first == sorted(first, reverse=True)
    assert min(first) > sorted(map(macs, SPACE.enumerate()))[int(0.7 * SPACE.size)]
    if search in ("evolution", "nsga2", "sms_emoa"):  # 20 networks are drawn before the first child
        parents = {genotype: set(SPACE.neighbours(genotype)) for genotype in asked[:20]}
        assert any(child in near for child in asked[20:] for near in parents.values())


def test_networks_without_a_score_come_last() -> None:
    strategy = Warm(SPACE, np.random.default_rng(0), **{**QUICK, "proxy": "test_warm:NAN", "start": 12})
    asked = [macs(strategy.ask().genotype) < 1e6 for _ in range(8)]
    assert asked == sorted(asked, reverse=True) and 0 < sum(asked) < 8


def test_a_search_is_charged_for_the_proxy(tmp_path: Path) -> None:
    warm = 'warm[people="synthetic:train=4,val=1,test=1",candidates=20,proxy="naswot"]'
    made = Comparison(
        SPACE, (warm, "evolution"), LookUp(SPACE.name), budget=3, seeds=1, store=tmp_path / "runs.db"
    ).run(in_this_process)
    asked = made.searched.groupby("run", sort=False)["ask_seconds"].agg(list)
    warmed = next(seconds for seconds in asked if seconds[0] == max(each[0] for each in asked))
    assert made.failure is None and warmed[0] > 20 * 0.001 and max(warmed[1:]) < warmed[0] / 5


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"search": "local"}, "No search with a population named 'local'; known: evolution, incumbent"),
        ({"search": "evolution[popul=3]"}, "'evolution' has no setting 'popul'"),
        ({"proxy": "naswat"}, "No proxy named 'naswat'.* Did you mean 'naswot'"),
        ({"start": 13}, "warm starts from 13 networks of 12 candidates"),
        ({"people": "nowhere"}, "No data set named 'nowhere'"),
    ],
)
def test_a_setting_that_cannot_be_is_said_before_the_search(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(NasbenchPoseError, match=said):
        Warm.check(SPACE, {**QUICK, **settings})
