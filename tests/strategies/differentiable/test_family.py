"""Every method of the family: its first proposals, its checkpoint, its record; on each kind of supernet."""

import pytest
import torch

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.spaces import load
from nasbench_pose.strategies import STRATEGIES, make
from nasbench_pose.strategies.supernet.search import DifferentiableSearch

DATA = "synthetic:train=16,val=2,test=2"
METHODS = [name for name, place in STRATEGIES.items() if ".differentiable." in place]
QUICKEST = ("darts", "gdas", "pc_darts", "proxyless")
SMALL = {"warm_up": 1, "warm_up_share": 0, "steps": 1, "batch": 4, "choices_every": 1, "choice_rate": 0.5, "asks": 3}


def new(name: str, space: str = "efficientpose_micro", **settings: object) -> DifferentiableSearch:
    protocol = Protocol(data=DATA, input=(32, 32), batch=4).text
    strategy = make(name, load(space), 1, {"data": DATA, "protocol": protocol, **SMALL, **settings})
    assert isinstance(strategy, DifferentiableSearch)
    return strategy


@pytest.mark.parametrize("name", METHODS)
def test_a_restored_search_goes_on_with_all_that_it_recorded(name: str) -> None:
    held = ("s1b1=k3_e3", "s3b1=k3_e3")
    whole, resumed = new(name, held=held), new(name, held=held)
    first = whole.ask()
    resumed.restore(whole.checkpoint())
    assert resumed.history == whole.history and len(resumed.history) == 1
    second = whole.ask()
    assert resumed.ask() == second != first
    assert [ask.genotype for ask in whole.history] == [first.genotype.text, second.genotype.text]
    assert resumed.history == whole.history


@pytest.mark.parametrize("space", ["hrnet_micro", "darts_micro"])
@pytest.mark.parametrize(
    "name", [name if name in QUICKEST else pytest.param(name, marks=pytest.mark.slow) for name in METHODS]
)
def test_it_searches_branches_and_cells(name: str, space: str) -> None:
    genotype = new(name, space).ask().genotype
    assert load(space).validate(genotype) == genotype


def test_darts_proposes_what_it_always_did() -> None:
    """Keys of the proposals of version 0.2.0 with these settings."""
    data = "synthetic:train=32,val=2,test=2"
    protocol = Protocol(data=data, input=(32, 32), batch=4).text
    small = {"warm_up": 2, "steps": 3, "batch": 4, "choices_every": 2, "choice_rate": 0.5}
    for space, keys in {
        "efficientpose_micro": ["6359e465a6fa3db5", "17b8b5fd1b503f8d", "c5d3bac452d76f54"],
        "darts_micro": ["a6f8718bd95460c3", "35ed4a30832535fa", "05dbe67c3f17418e"],
        "hrnet_micro": ["8b6436479923b056", "aa0f1a47b338982c", "a2b9e983b00078cb"],
    }.items():
        strategy = make("darts", load(space), 1, {"data": data, "protocol": protocol, **small})
        assert [strategy.ask().genotype.key for _ in keys] == keys


def test_proposals_keep_a_limit() -> None:
    space, strategy = load("efficientpose_micro"), new("efficientpose", limit=5e5)
    costs = strategy.training.costs
    assert all(costs.count(space.encode([strategy.ask().genotype]))[0] <= 5e5 for _ in range(3))


def test_settings_that_contradict_each_other_and_spaces_without_supernet_are_refused() -> None:
    with pytest.raises(InvalidFileError, match="needs weights_see=mixture"):
        new("darts", perturb="random")
    with pytest.raises(InvalidFileError, match="needs a limit"):
        new("darts", cost_form="hinge")
    with pytest.raises(InvalidFileError, match="multiplies the loss by cost_weight"):
        new("fbnet", cost_weight=0.0)
    with pytest.raises(InvalidFileError, match="one of softmax, gumbel"):
        new("darts", sampler="gumble")
    with pytest.raises(NasbenchPoseError, match=r"has no supernet.*held"):
        new("darts", "mobile_pose")
    with pytest.raises(NasbenchPoseError, match="No network of efficientpose_micro costs 1 MACs or less"):
        new("darts", limit=1.0).ask()


def test_a_batch_of_one_person_is_refused() -> None:
    with pytest.raises(InvalidFileError, match=r"darts\.batch is a whole number, 2 or more, not 1"):
        new("darts", batch=1)


def test_collapsed_choices_are_said_once_with_the_share_of_skips(caplog: pytest.LogCaptureFixture) -> None:
    strategy = new("darts", "darts_micro", choice_rate=0.0)
    options, skipped = strategy._space.choices, list(strategy.training.logits)[::10]
    with torch.no_grad():
        for choice, logits in strategy.training.logits.items():
            logits[options[choice].index("max_pool_3x3" if choice in skipped else "skip_connect")] = 20
    share = round(100 * (1 - len(skipped) / len(options)))
    for _ in range(2):
        strategy.ask()
    assert [record.message for record in caplog.records] == [
        f"Darts: the choices have collapsed: at ask 1, {share} % of the choices that can be skipped are."
    ]


@pytest.mark.parametrize("skipped", [0.5, 0.79])
def test_choices_that_have_not_collapsed_are_not_complained_of(
    skipped: float, caplog: pytest.LogCaptureFixture
) -> None:
    strategy = new("darts", "darts_micro", choice_rate=0.0)
    options = strategy._space.choices
    with torch.no_grad():
        for number, (choice, logits) in enumerate(strategy.training.logits.items()):
            skips = number < skipped * len(options) - 1
            logits[options[choice].index("skip_connect" if skips else "max_pool_3x3")] = 20
    strategy.ask()
    assert not caplog.records and 0.4 < (strategy.history[0].skips or 0) < 0.8


def test_a_supernet_that_diverges_is_said_in_one_line() -> None:
    with pytest.raises(NasbenchPoseError, match=r"The supernet diverged: in step .* a learning_rate below"):
        new("darts", learning_rate=1e30, warm_up=5).ask()
