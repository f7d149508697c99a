"""The training evaluator on real genotypes: facts that repeat, failures that are trials."""

from dataclasses import asdict, replace

import pytest
import torch
from torch import nn

from nasbench_pose.cost import count
from nasbench_pose.errors import DataError, UnknownNameError
from nasbench_pose.evaluators import Evaluator, Trial
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.evaluators.training import Training
from nasbench_pose.network import build
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.synthetic import generate
from nasbench_pose.spaces import find, space_of

SMALL = find("micro-smallest")
RESIDUAL = ["blocks.stages.x2_ir_k7_e6.pwl.bn"]
"""The normalisations that end the residual branches of micro-largest."""
PROTOCOL = Protocol(steps=8, batch=8)


@pytest.fixture(scope="module")
def splits() -> Splits:
    return Splits(*(generate(24, seed=0, stream=stream) for stream in range(3)), source="synthetic")


@pytest.fixture(scope="module")
def evaluator(splits: Splits) -> TrainEvaluator:
    return TrainEvaluator(PROTOCOL, splits)


def fact(trial: Trial) -> dict[str, object]:
    return {name: getattr(trial, name) for name in ("protocol", "fidelity", "seed", "curve", "error")} | dict(
        trial.metrics
    )


def test_a_trial_says_all_that_was_measured(evaluator: Evaluator) -> None:
    told: list[tuple[int, int]] = []
    trial = evaluator.evaluate(SMALL, fidelity=8, seed=3, progress=lambda *at: told.append(at))
    cost = count(space_of(SMALL).graph(SMALL))
    assert trial.error is None and trial.seconds > 0
    assert (trial.genotype, trial.fidelity, trial.seed) == (SMALL, 8, 3)
    assert trial.protocol == evaluator.protocol_key
    assert (trial.metrics["params"], trial.metrics["macs"]) == (cost.params, cost.macs)
    assert all(0 <= trial.metrics[name] <= 100 for name in ("val_pckh", "test_pckh", "val_pckh_area"))
    assert [step for step, _ in trial.curve] == list(range(1, 9)) and told[-1] == (8, 8)


def test_facts_repeat_bit_for_bit_on_any_number_of_threads(evaluator: TrainEvaluator) -> None:
    first = evaluator.evaluate(SMALL, fidelity=4, seed=0)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        torch.manual_seed(5)
        state = torch.get_rng_state()
        again = evaluator.evaluate(SMALL, fidelity=4, seed=0)
        assert torch.get_num_threads() == 2 and torch.equal(torch.get_rng_state(), state)
    finally:
        torch.set_num_threads(threads)
    assert fact(again) == fact(first)
    assert fact(evaluator.evaluate(SMALL, fidelity=4, seed=1))["val_loss"] != fact(first)["val_loss"]


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_shortest_trainings_are_trainings(evaluator: TrainEvaluator, steps: int) -> None:
    assert evaluator.evaluate(SMALL, fidelity=steps, seed=0).curve[-1][0] == steps


def test_a_diverged_training_is_a_trial_with_an_error(splits: Splits) -> None:
    wild = replace(PROTOCOL, optimizer="sgd", learning_rate=1e30, loss="mse", schedule="cosine")
    trial = TrainEvaluator(wild, splits).evaluate(SMALL, fidelity=8, seed=0)
    assert trial.error is not None and trial.error.startswith("diverged at step ")
    assert not trial.metrics and trial.seconds > 0


def test_a_network_that_does_not_fit_the_input_is_a_trial_with_an_error() -> None:
    tiny = Splits(*(generate(2, seed=0, stream=stream, size=(36, 36)) for stream in range(3)), source="synthetic")
    hrnet = find("hrnet-w32")
    trial = TrainEvaluator(replace(PROTOCOL, input=(36, 36)), tiny).evaluate(hrnet, fidelity=1, seed=0)
    assert trial.error is not None and not trial.metrics


def test_a_space_of_ones_own_is_enough(splits: Splits) -> None:
    space = replace(space_of(SMALL), name="mine")
    mine = space.genotype(dict(SMALL.genes)[gene] for gene in space.genes)
    there = TrainEvaluator(PROTOCOL, splits, space).evaluate(mine, fidelity=1, seed=0)
    assert dict(there.metrics) == dict(TrainEvaluator(PROTOCOL, splits).evaluate(SMALL, fidelity=1, seed=0).metrics)


@pytest.mark.parametrize("field", ["loss", "decoder", "optimizer", "schedule"])
def test_names_are_checked_before_anything_is_trained(splits: Splits, field: str) -> None:
    with pytest.raises(UnknownNameError, match=f"No {field} named 'nothing'"):
        TrainEvaluator(replace(PROTOCOL, **{field: "nothing"}), splits).evaluate(SMALL, fidelity=1, seed=0)
    with pytest.raises(UnknownNameError, match=f"No {field} named 'nothing'"):
        Training("lspet:/nowhere", replace(PROTOCOL, **{field: "nothing"}))()


def test_the_protocol_is_pinned_to_what_was_loaded(evaluator: TrainEvaluator, splits: Splits) -> None:
    assert Protocol.parse(evaluator.protocol_text).digests[0] == splits.train.digest
    other = Splits(splits.val, splits.val, splits.test, "synthetic")
    with pytest.raises(DataError):
        TrainEvaluator(evaluator.protocol, other)


def test_a_training_can_begin_with_residual_branches_of_zero(evaluator: TrainEvaluator, splits: Splits) -> None:
    zeroed = TrainEvaluator(replace(PROTOCOL, zero_init_residual=True), splits)
    norms = [zeroed.network(find("micro-largest"), 0).get_submodule(name) for name in RESIDUAL]
    assert norms and not any(norm.weight.any() for norm in norms)
    assert all(evaluator.network(find("micro-largest"), 0).get_submodule(name).weight.all() for name in RESIDUAL)


def test_channels_last_changes_the_speed_only() -> None:
    network: nn.Module = build(SMALL).eval()
    images = torch.rand(2, 3, 64, 64)
    fast = network(images.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(fast, network(images), atol=1e-5, rtol=1e-4)
    assert asdict(PROTOCOL) == asdict(Protocol.parse(PROTOCOL.text))
