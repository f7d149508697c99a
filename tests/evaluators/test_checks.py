"""What is refused before a training begins, and trainings that end without a finite number."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from dots import Oracle, learner, people, splits
from torch import Tensor, nn

from nasbench_pose.errors import DataError, DivergedError, InvalidFileError, UnknownNameError
from nasbench_pose.evaluators.batches import Draws, Tensors
from nasbench_pose.evaluators.checks import check_protocol, check_splits
from nasbench_pose.evaluators.fit import fit
from nasbench_pose.evaluators.measure import measure
from nasbench_pose.evaluators.protocol import PROTOCOLS, Protocol
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.synthetic import generate
from nasbench_pose.spaces import find

NAN, INF = float("nan"), float("inf")
DRAWN = Splits(*(generate(8, seed=0, stream=stream) for stream in range(3)), source="synthetic")
IMPOSSIBLE = {
    "input": [(0, 0), (4, 64), (64,), (64.0, 64.0), (64, 4096), "64x64"],
    "stride": [0, -4, 4.0, None],
    "steps": [0, -1, 1.5, True],
    "batch": [0, -1, 2.5, NAN, "16", 10**9],
    "learning_rate": [0, -1e-3, NAN, INF, "fast"],
    "weight_decay": [-1e-4, NAN, INF],
    "sigma": [0, -1, NAN, INF],
    "average": [-0.1, 1, NAN],
    "flip_test": [1, "yes"],
    "augmentation": [None, {"flip": 0.5}],
    "loss": [None, 3],
}


@pytest.mark.parametrize("field, value", [(field, value) for field, values in IMPOSSIBLE.items() for value in values])
def test_an_impossible_value_is_refused_by_its_field(field: str, value: object) -> None:
    with pytest.raises(InvalidFileError, match=rf"^The protocol's {field} is .*; expected ") as error:
        check_protocol(replace(Protocol(), **{field: value}))
    assert repr(value) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_recipe_passes(name: str) -> None:
    check_protocol(PROTOCOLS[name])


def test_unknown_names_are_answered_with_near_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"No decoder named 'quarters'.*Did you mean 'quarter'"):
        check_protocol(Protocol(decoder="quarters"))


@pytest.mark.parametrize("value", [NAN, INF, "much", True])
def test_an_augmentation_of_no_number_is_refused(value: object) -> None:
    with pytest.raises(InvalidFileError, match=r"The augmentation's rotation_deg is .*; expected a finite number"):
        replace(Protocol().augmentation, rotation_deg=value)


@pytest.mark.parametrize("text", ["[1]", "3", '{"augmentation": {"turn": 3}}', '{"augmentation": 5}'])
def test_a_text_that_is_no_protocol_is_refused(text: str) -> None:
    with pytest.raises(InvalidFileError):
        Protocol.parse(text)


@pytest.mark.parametrize(
    ("field", "value", "usual"),
    [("steps", "800", "600"), ("batch", True, "16"), ("flip_test", 1, "true"), ("input", 64, r"\[64, 64\]"),
     ("learning_rate", None, "0.01"), ("loss", 3, '"spatial_cross_entropy"')],
)  # fmt: skip
def test_a_value_of_another_type_is_said_with_a_usual_one(field: str, value: object, usual: str) -> None:
    said = f"The protocol's {field} is {value!r}; expected a value such as {usual}"
    with pytest.raises(InvalidFileError, match=said):
        Protocol.parse(json.dumps({field: value}))


@pytest.mark.parametrize("steps", [0, -1])
def test_a_training_of_no_steps_is_refused(steps: int) -> None:
    with pytest.raises(InvalidFileError, match=f"A training of {steps} steps is none"):
        TrainEvaluator(Protocol(steps=3), DRAWN).evaluate(find("micro-smallest"), fidelity=steps, seed=0)


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_a_split_with_nobody_is_refused_by_its_name(split: str) -> None:
    everybody = splits(8)
    with pytest.raises(DataError, match=f"has nobody in its split {split}"):
        check_splits(replace(everybody, **{split: getattr(everybody, split).take([])}))
    nothing = replace(getattr(everybody, split), labelled=np.zeros((len(getattr(everybody, split)), 2), bool))
    with pytest.raises(DataError, match=f"people in its split {split}, but none of their joints is labelled"):
        check_splits(replace(everybody, **{split: nothing}))
    with pytest.raises(DataError, match=f"split {split}"):
        TrainEvaluator(Protocol(), replace(DRAWN, **{split: getattr(DRAWN, split).take([])}))


@pytest.mark.parametrize("batch", [0, -1])
def test_batches_of_nobody_are_refused(batch: int) -> None:
    with pytest.raises(InvalidFileError, match=f"A batch of {batch} people"):
        next(Draws(4, batch, torch.Generator()))


def test_batch_normalisation_of_one_value_is_a_trial_with_an_error() -> None:
    tiny = Splits(*(generate(2, seed=0, stream=stream, size=(32, 32)) for stream in range(3)), source="synthetic")
    one, two = Protocol(batch=1, steps=1, input=(32, 32)), Protocol(batch=2, steps=1, input=(32, 32))
    trial = TrainEvaluator(one, tiny).evaluate(find("SimpleBaseline-R50"), fidelity=1, seed=0)
    assert "batch normalisation 'layer4" in str(trial.error) and not trial.metrics
    assert TrainEvaluator(two, tiny).network(find("SimpleBaseline-R50"), 0) is not None


def test_the_smallest_images_train() -> None:
    tiny = Splits(*(generate(4, seed=0, stream=stream, size=(8, 8)) for stream in range(3)), source="synthetic")
    trial = TrainEvaluator(Protocol(batch=2, steps=1, input=(8, 8)), tiny).evaluate(
        find("micro-smallest"), fidelity=1, seed=0
    )
    assert trial.error is None and np.isfinite(trial.metrics["val_loss"])


@pytest.mark.parametrize("rate", [1e3, 1e12])
@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_a_training_is_finite_or_failed(rate: float, steps: int) -> None:
    wild = Protocol(steps=steps, learning_rate=rate, loss="mse", batch=8)
    trial = TrainEvaluator(wild, DRAWN).evaluate(find("micro-smallest"), fidelity=steps, seed=0)
    assert bool(trial.error) != bool(trial.metrics)
    assert all(np.isfinite(value) for value in trial.metrics.values())
    assert trial.error is None or trial.error.startswith("diverged at step ")


class SpoiltByItsLastStep(torch.optim.SGD):
    """Its second step leaves a NaN in the weights, which no loss of the training sees."""

    taken = 0

    def step(self, closure: None = None) -> None:  # type: ignore[override]
        super().step(closure)
        self.taken += 1
        if self.taken == 2:
            with torch.no_grad():
                next(iter(self.param_groups[0]["params"])).flatten()[0] = NAN


def test_weights_spoilt_by_the_last_step_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from nasbench_pose.evaluators import optimizers

    monkeypatch.setitem(optimizers.OPTIMIZERS, "sgd", lambda weights, rate, _: SpoiltByItsLastStep(weights, rate))  # type: ignore[arg-type]
    spoilt = Protocol(input=(32, 32), batch=4, steps=2, optimizer="sgd", learning_rate=1e-6, schedule="cosine")
    with pytest.raises(DivergedError, match=r"diverged at step 2: 0\.weight is no longer finite"):
        fit(learner(0), Tensors.of(people(8, 0)), spoilt, 2, 0, lambda *_: None)


class Spoilt(nn.Module):
    """Maps of the dots, with one value for one person replaced."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value, self.oracle = value, Oracle()

    def forward(self, images: Tensor) -> Tensor:
        """Return heat maps with `value` in the corner of the last person's."""
        maps: Tensor = self.oracle(images).clone()
        maps[-1, 0, 0, 0] = self.value
        return maps


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_outputs_that_are_not_finite_are_no_accuracy(value: float) -> None:
    network = Spoilt(value).train()
    with pytest.raises(DivergedError, match="the output for 1 of 8 people is not finite"):
        measure(network, people(8, 0), Protocol(input=(32, 32)))
    assert network.training


def test_a_loss_that_overflows_is_no_accuracy() -> None:
    with pytest.raises(DivergedError, match="the loss of 8 people who were not trained on is inf"):
        measure(Spoilt(1e30), people(8, 0), Protocol(input=(32, 32), loss="mse"))
