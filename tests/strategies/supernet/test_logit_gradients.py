"""Gradients of the logits: every sampler, through the choices and the masks of a supernet, cost term included."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.spaces import load
from nasbench_pose.strategies.supernet.samplers import SAMPLERS, gumbel, keep_share
from nasbench_pose.strategies.supernet.settings import Settings
from nasbench_pose.strategies.supernet.stretch import Phase
from nasbench_pose.strategies.supernet.training import SupernetTraining

DATA = "synthetic:train=8,val=2,test=2"
PROTOCOL = Protocol(data=DATA, input=(32, 32), batch=4)
PHASE = Phase(1, heat=1.7)
STEP = 1e-7
SHIFTED = {"softmax", "gumbel", "sigmoid"}
"""Samplers whose draw with fixed noise is a smooth function of the logits."""


@pytest.fixture(scope="module")
def training() -> SupernetTraining:
    """A supernet in double precision, with logits that are far from even."""
    settings = Settings(protocol=PROTOCOL.text, data=DATA, batch=4, cost_weight=0.3, zero_one=0.5)
    made = SupernetTraining(load("efficientpose_micro"), np.random.default_rng(0), settings)
    made.supernet.double()
    rng = torch.Generator().manual_seed(4)
    made.logits = {
        choice: torch.randn(len(values), generator=rng, dtype=torch.double).requires_grad_()
        for choice, values in made.logits.items()
    }
    return made


@pytest.fixture(scope="module")
def people(training: SupernetTraining) -> Tensors:
    found = next(Batches(training.choices_half, PROTOCOL, torch.Generator().manual_seed(0)))
    return Tensors(found.images.double(), found.joints, found.labelled, found.skeleton)


def total(training: SupernetTraining, people: Tensors) -> Tensor:
    """The loss of the choices, with the noise of one state of the generator."""
    sample = training._draw(PHASE, torch.Generator().manual_seed(7))
    shares = sample.weights if training._sampler.exact else training.shares(PHASE.heat)
    return training._total(training._loss(people, sample, PHASE), shares)


def slope(values: Tensor, place: int, function: "object") -> float:
    """The central difference of a function at one entry of `values`."""
    ends = []
    for side in (STEP, -STEP):
        with torch.no_grad():
            values[place] += side
            ends.append(function().item())  # type: ignore[operator]
            values[place] -= side
    return (ends[0] - ends[1]) / (2 * STEP)


@pytest.mark.parametrize("name", sorted(SHIFTED))
@pytest.mark.parametrize("choice", ["s2b2", "w3"])  # alternatives, and a mask of channels
def test_the_gradient_of_the_whole_loss_is_its_slope(
    name: str, choice: str, training: SupernetTraining, people: Tensors
) -> None:
    training._sampler = SAMPLERS[name]
    logits = training.logits[choice]
    (found,) = torch.autograd.grad(total(training, people), [logits])
    slopes = [slope(logits, place, lambda: total(training, people)) for place in range(len(logits))]
    assert found.tolist() == pytest.approx(slopes, rel=1e-4, abs=1e-7)
    assert np.abs(slopes).max() > 1e-3


@pytest.mark.parametrize("name", ["straight_through", "two_paths"])
@pytest.mark.parametrize("choice", ["s2b2", "w3"])
def test_hard_samples_pass_the_slope_of_the_loss_on_to_the_relaxed_ones(
    name: str, choice: str, training: SupernetTraining, people: Tensors
) -> None:
    """The twin: the slope of the loss at each weight, times the slope of the relaxed weight at each logit."""
    training._sampler = SAMPLERS[name]
    logits = training.logits[choice]
    drawn = training._draw(PHASE, torch.Generator().manual_seed(7))
    (found,) = torch.autograd.grad(training._loss(people, drawn, PHASE), [logits])

    weights = drawn.weights[choice].detach().clone()
    fixed = type(drawn)({**{c: w.detach() for c, w in drawn.weights.items()}, choice: weights}, drawn.active)
    down = [slope(weights, i, lambda: training._loss(people, fixed, PHASE)) for i in range(len(weights))]

    def relaxed() -> Tensor:
        if name == "straight_through":
            return gumbel(training.logits, PHASE.heat, torch.Generator().manual_seed(7)).weights[choice]
        pair = list((drawn.active or {})[choice])
        full = torch.zeros(len(logits), dtype=torch.double)
        return full.index_add(0, torch.tensor(pair), torch.softmax(logits[pair] / PHASE.heat, 0))

    expected = [
        sum(down[i] * slope(logits, place, lambda i=i: relaxed()[i]) for i in range(len(weights)))
        for place in range(len(logits))
    ]
    assert found.tolist() == pytest.approx(expected, rel=1e-4, abs=1e-8)
    assert sorted(weights.tolist()) == pytest.approx([0.0] * (len(weights) - 1) + [1.0])


@pytest.mark.parametrize("name", ["straight_through", "two_paths", "dirichlet"])
def test_the_cost_term_moves_the_logits_where_options_are_drawn(name: str, training: SupernetTraining) -> None:
    """The cost is that of the probabilities, not of what was drawn, so that its slope is exact."""
    training._sampler = SAMPLERS[name]
    logits = training.logits["w3"]

    def cost_alone() -> Tensor:
        return training._total(torch.zeros((), dtype=torch.double), training.shares(PHASE.heat))

    (found,) = torch.autograd.grad(cost_alone(), [logits])
    assert found.tolist() == pytest.approx([slope(logits, i, cost_alone) for i in range(len(logits))], rel=1e-5)


def test_dirichlet_weights_have_the_pathwise_gradient() -> None:
    """Of two options the first weight is Beta(a, b): dw/da = -(∂F/∂a) / density, here with SciPy's distribution."""
    logits = {"a": torch.tensor([0.7, -0.4], dtype=torch.double, requires_grad=True)}
    a, b = (torch.nn.functional.elu(logits["a"]) + 1).tolist()
    for seed in range(5):
        weights = SAMPLERS["dirichlet"].draw(logits, 1.0, torch.Generator().manual_seed(seed)).weights["a"]
        (found,) = torch.autograd.grad(weights[0], [logits["a"]])
        w = weights[0].item()
        ups = [stats.beta.cdf(w, a + 1e-5, b), stats.beta.cdf(w, a, b + 1e-5)]
        downs = [stats.beta.cdf(w, a - 1e-5, b), stats.beta.cdf(w, a, b - 1e-5)]
        by_concentration = -(np.array(ups) - downs) / 2e-5 / stats.beta.pdf(w, a, b)
        inner = np.array([1.0, np.exp(-0.4)])  # the slope of elu
        assert found.tolist() == pytest.approx((by_concentration * inner).tolist(), rel=5e-3)


def test_a_step_of_two_paths_leaves_the_share_of_the_others() -> None:
    before = torch.tensor([0.3, -1.0, 0.8, 0.1])
    after = before + torch.tensor([0.5, 0.0, -0.2, 0.0])
    keep_share(after, before, (0, 2))
    shares = [torch.softmax(values, 0) for values in (before, after)]
    torch.testing.assert_close(shares[0][[1, 3]], shares[1][[1, 3]])
    assert shares[1][0] > shares[0][0]
