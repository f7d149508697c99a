"""Zero-cost proxies against slow twins and laws."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.signal import correlate
from torch import Tensor, nn

from nasbench_pose.errors import DataError, InvalidFileError
from nasbench_pose.evaluators import Evaluator
from nasbench_pose.evaluators.batches import Tensors, normalise
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.network import Network, build
from nasbench_pose.pose.losses import LOSSES
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.synthetic import generate
from nasbench_pose.proxies import PROXIES, Probe, Proxy, ProxyEvaluator, resolve
from nasbench_pose.proxies.flow import flow, linearised
from nasbench_pose.proxies.gradients import gradients, weights_of
from nasbench_pose.proxies.kernels import kernel
from nasbench_pose.proxies.zico import zico_score
from nasbench_pose.spaces import SearchSpace, find, load
from nasbench_pose.testing import EvaluatorContract

PROTOCOL = Protocol(steps=8, batch=8)
SPLITS = Splits(*(generate(24, seed=0, stream=stream) for stream in range(3)), source="synthetic")
SPACE = load("efficientpose_micro")


def probe(people: int = 8, loss: str = PROTOCOL.loss) -> Probe:
    some = Tensors.of(SPLITS.train).take(slice(0, people))
    seen = Tensors(normalise(some.images).contiguous(), some.joints, some.labelled, some.skeleton)
    return Probe(seen, replace(PROTOCOL, loss=loss), 0)


def network(name: str = "micro-smallest", seed: int = 0) -> Network:
    return build(find(name), seed=seed)


def score(name: str, of: Network, on: Probe) -> float:
    return resolve(name).score(of, on)


@pytest.fixture(params=["micro-smallest", "heads-simcc"])
def some(request: pytest.FixtureRequest) -> Iterator[Network]:
    with torch.random.fork_rng():
        yield network(request.param)


@pytest.mark.parametrize("loss", LOSSES)
def test_grad_norm_and_snip_are_sums_over_what_backward_leaves(some: Network, loss: str) -> None:
    on = probe(loss=loss)
    expected_norm, expected_snip = score("grad_norm", some, on), score("snip", some, on)
    some.zero_grad()
    on.loss(some(on.images)).backward()
    norm = snip = 0.0
    for name, weight in some.named_parameters():
        if name.endswith("weight") and weight.ndim > 1:
            assert weight.grad is not None
            norm += float((weight.grad**2).sum()) ** 0.5
            snip += float((weight.grad * weight.detach()).abs().sum())
    assert (norm, snip) == pytest.approx((expected_norm, expected_snip), rel=1e-4)


def test_grasp_is_the_change_of_the_gradient_along_itself() -> None:
    """The product of Hessian and gradient, by the difference of two gradients: the twin never derives twice."""
    on = probe(4)
    of = network().double()
    on = Probe(Tensors(on.images.double(), on.people.joints, on.people.labelled, on.people.skeleton), PROTOCOL, 0)
    weights, step = weights_of(of), 3e-5
    first = gradients(of, on)

    def moved(sign: int) -> list[Tensor]:
        with torch.no_grad():
            for weight, gradient in zip(weights, first, strict=True):
                weight += sign * step * gradient
        found = gradients(of, on)
        with torch.no_grad():
            for weight, gradient in zip(weights, first, strict=True):
                weight -= sign * step * gradient
        return found

    ahead, behind = moved(1), moved(-1)
    triples = zip(weights, ahead, behind, strict=True)
    twin = -sum(float((w.detach() * (a - b) / (2 * step)).sum()) for w, a, b in triples)
    assert score("grasp", of, on) == pytest.approx(twin, rel=0.01)  # ReLUs have kinks, so that a step is no limit


def test_fisher_is_the_gradient_of_masks_over_channels() -> None:
    """A mask of ones over each person's channels: its gradient is the sum over pixels of a · ∂loss/∂a."""
    on, of, masks = probe(), network(), list[Tensor]()

    def masked(_: nn.Module, __: object, out: Tensor) -> Tensor:
        masks.append(torch.ones(*out.shape[:2], 1, 1, requires_grad=True))
        return out * masks[-1]

    hooks = [m.register_forward_hook(masked) for m in of.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    on.loss(of.train()(on.images)).backward()
    for hook in hooks:
        hook.remove()
    twin = sum(0.5 * float((mask.grad**2).mean(0).sum()) for mask in masks if mask.grad is not None)
    assert score("fisher", of, on) == pytest.approx(twin, rel=1e-3)


def test_the_flow_through_every_layer_that_all_paths_cross_is_the_same() -> None:
    """The law of conservation that gives SynFlow its name: Σ w · ∂R/∂w = R for each cut of the network."""
    of = linearised(network())
    flows = flow(of, probe()).tolist()
    names = [name for name, module in of.named_modules() if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)]
    output = of(torch.ones(1, 3, 64, 64, dtype=torch.float64)).sum().item()
    crossed = [f for name, f in zip(names, flows, strict=True) if not name.startswith("blocks.stages.x2")]
    assert len(crossed) >= 6
    assert crossed == pytest.approx([output] * len(crossed), rel=1e-9)
    assert score("synflow", network(), probe()) == pytest.approx(np.log(sum(flows)))


def test_the_kernel_of_naswot_counts_the_units_that_agree() -> None:
    of, on = network(), probe()
    switched: list[np.ndarray] = []
    relus = [module for module in of.modules() if isinstance(module, nn.ReLU)]
    hooks = [m.register_forward_hook(lambda _, __, out: switched.append(out.flatten(1).numpy() > 0)) for m in relus]
    with torch.no_grad():
        of.train()(on.images)
    for hook in hooks:
        hook.remove()
    every = np.concatenate(switched, axis=1)
    units = every.shape[1]
    twin = np.array([[units - np.sum(a != b) for b in every] for a in every])
    assert np.array_equal(kernel(of, on.images), twin)
    assert score("naswot", of, on) == pytest.approx(np.log(np.linalg.det(twin / units)) + 8 * np.log(units))


def test_people_that_are_alike_tell_nothing() -> None:
    on = probe()
    alike = Tensors(on.images[:1].expand(8, -1, -1, -1), on.people.joints, on.people.labelled, on.people.skeleton)
    assert score("naswot", network(), Probe(alike, PROTOCOL, 0)) == -np.inf
    assert score("jacob_cov", network(), Probe(alike, PROTOCOL, 0)) < score("jacob_cov", network(), on) - 100


def test_jacob_cov_is_its_formula_on_jacobians_person_by_person() -> None:
    """Without normalisation by the batch, the Jacobian of a person is that of this person alone."""
    of, on = network().double(), probe(5)
    for module in of.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(lambda _, inputs, __: inputs[0].clone())
    images = on.images.double()
    rows = []
    for image in images:
        one = image[None].clone().requires_grad_()
        of(one).sum().backward()
        assert one.grad is not None
        rows.append(one.grad.flatten().numpy())
    values = np.linalg.eigvals(np.corrcoef(np.stack(rows))).real + 1e-5
    twin = -float((np.log(values) + 1 / values).sum())
    people = Tensors(images, on.people.joints, on.people.labelled, on.people.skeleton)
    assert score("jacob_cov", of, Probe(people, PROTOCOL, 0)) == pytest.approx(twin, rel=1e-6)


def test_zen_takes_the_scale_that_normalisations_take_out_back_in() -> None:
    """A wider network amplifies more; the score is one of the architecture, whatever weights it comes with."""
    scores = [score("zen", network(name), probe()) for name in ("micro-smallest", "micro-middle", "micro-largest")]
    assert scores == sorted(scores)
    assert score("zen", network(seed=1), probe()) == score("zen", network(seed=2), probe())


def test_zen_is_its_formula_layer_by_layer() -> None:
    """A convolution, its normalisation, a ReLU and a convolution, each written out, with the draws in their order."""
    tiny = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 1))
    on, rng, twins = probe(4), torch.Generator().manual_seed(0), []

    def filtered(maps: np.ndarray, kernels: np.ndarray) -> np.ndarray:
        sums = [[correlate(one, kernel, "valid")[0] for kernel in kernels] for one in maps]
        return np.array(sums)

    def normalised(maps: np.ndarray) -> np.ndarray:
        mean, variance = (maps.mean((0, 2, 3), keepdims=True), maps.var((0, 2, 3), keepdims=True))
        return np.asarray((maps - mean) / np.sqrt(variance + 1e-5))

    for _ in range(4):
        shapes = ((4, 3, 3, 3), (2, 4, 1, 1), on.images.shape, on.images.shape)
        first, last, x, epsilon = (torch.randn(shape, generator=rng).double().numpy() for shape in shapes)
        before = [filtered(seen, first) for seen in (x, x + 0.01 * epsilon)]
        one, other = (filtered(np.maximum(normalised(maps), 0), last) for maps in before)
        deviation = np.sqrt(before[0].var((0, 2, 3), ddof=1).mean())
        twins.append(np.log(np.abs(one - other).mean()) + np.log(deviation))
    assert resolve("zen").score(tiny, on) == pytest.approx(np.mean(twins), rel=1e-4)  # type: ignore[arg-type]


def test_zico_is_its_formula_on_what_backward_leaves_of_each_half() -> None:
    of, on = network(), probe()
    halves: list[dict[str, np.ndarray]] = []
    for part in (slice(0, 4), slice(4, 8)):
        of.zero_grad()
        half = Probe(on.people.take(part), PROTOCOL, 0)
        half.loss(of.train()(half.images)).backward()
        weights = {name: weight for name, weight in of.named_parameters() if weight.ndim > 1}
        halves.append({name: w.grad.double().numpy() for name, w in weights.items() if w.grad is not None})
    twin = 0.0
    for name, one in halves[0].items():
        mean, deviation = (abs(one) + abs(halves[1][name])) / 2, abs(one - halves[1][name]) / 2
        twin += np.log(np.sum(mean[deviation > 0] / deviation[deviation > 0]))
    assert score("zico", of, on) == pytest.approx(twin, rel=1e-4)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", PROXIES)
def test_every_proxy_says_something_under_every_loss(some: Network, name: str, loss: str) -> None:
    assert np.isfinite(score(name, some, probe(loss=loss)))


def test_zico_is_its_formula_layer_by_layer() -> None:
    rng = torch.Generator().manual_seed(0)
    batches = [[torch.randn(3, 4, generator=rng), torch.randn(5, generator=rng)] for _ in range(4)]
    twin = 0.0
    for layer in range(2):
        stacked = np.stack([batch[layer].flatten().numpy().astype(float) for batch in batches])
        twin += np.log(np.sum(np.abs(stacked).mean(0) / stacked.std(0)))
    assert zico_score(batches) == pytest.approx(twin)


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_says_where_it_comes_from(name: str) -> None:
    proxy = resolve(name)
    assert proxy.name == name
    assert "arXiv" in proxy.cite and proxy.about.endswith(".")


def test_a_score_that_is_no_number_is_a_failed_trial() -> None:
    alike = SPLITS.train.take(np.zeros(8, dtype=int))
    evaluator = ProxyEvaluator(resolve("naswot"), PROTOCOL, Splits(alike, SPLITS.val, SPLITS.test, source="synthetic"))
    trial = evaluator.evaluate(find("micro-smallest"), fidelity=8, seed=0)
    assert trial.error == "naswot is -inf: it does not rank this network"
    assert not trial.metrics


@pytest.mark.parametrize(
    ("score", "said"),
    [(lambda *_: "high", "ValueError"), (lambda *_: None, "TypeError"), (lambda *_: 1 / 0, "ZeroDivisionError")],
)
def test_a_proxy_that_breaks_down_is_a_failed_trial_that_says_why(score: Callable[..., float], said: str) -> None:
    broken = ProxyEvaluator(Proxy("mine", score, "nobody", "Nothing."), PROTOCOL, SPLITS)
    trial = broken.evaluate(find("micro-smallest"), fidelity=8, seed=0)
    assert trial.error is not None and trial.error.startswith(f"mine raised {said}: ") and not trial.metrics


def test_what_is_no_proxy_is_said_at_once() -> None:
    with pytest.raises(InvalidFileError, match=r"proxy 'mine' is a str.*Proxy\(name, score, cite, about\)"):
        Proxy("mine", "nobody", "cite", "about")  # type: ignore[arg-type]
    evaluator = ProxyEvaluator(resolve("naswot"), PROTOCOL, SPLITS)
    with pytest.raises(DataError, match="A batch needs 5000 people; synthetic has"):
        evaluator.evaluate(find("micro-smallest"), fidelity=5000, seed=0)


class ProxyContract(EvaluatorContract):
    name = ""

    @pytest.fixture
    def space(self) -> SearchSpace:
        return SPACE

    def new(self) -> Evaluator:
        return ProxyEvaluator(resolve(self.name), PROTOCOL, SPLITS)


for _name in PROXIES:
    _title = f"Test{_name.title().replace('_', '')}"
    globals()[_title] = type(_title, (ProxyContract,), {"name": _name, "metrics": (_name, "params", "macs")})
