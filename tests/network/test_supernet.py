"""A supernet is its members: one-hot weights, paths and shared tensors agree."""

from collections import Counter

import numpy as np
import pytest
import torch

from nasbench_pose.graph import GraphBuilder
from nasbench_pose.network import Supernet, build, build_supernet
from nasbench_pose.spaces import load

SPACE = load("efficientpose_micro")
IMAGES = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def supernet() -> Supernet:
    return build_supernet(SPACE, seed=3)


def _options(seed: int) -> dict[str, int]:
    return dict(zip(SPACE.genes, map(int, SPACE.sample_codes(1, np.random.default_rng(seed))[0]), strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_one_hot_mixture_equals_the_path(supernet: Supernet, seed: int) -> None:
    options = _options(seed)
    one_hot = {gene: torch.eye(len(SPACE.genes[gene]))[option] for gene, option in options.items()}
    torch.testing.assert_close(supernet(IMAGES, one_hot), supernet.path(IMAGES, options))


@pytest.mark.parametrize("seed", range(3))
def test_a_narrow_path_equals_the_member_with_the_first_channels(supernet: Supernet, seed: int) -> None:
    """The mask is exact: the member built narrow, given the first channels of the shared weights, says the same."""
    options = _options(seed)
    genotype = SPACE.decode([list(options.values())])[0]
    member = build(genotype).train()
    shared = dict(supernet.named_parameters())
    with torch.no_grad():
        for name, weight in member.named_parameters():
            if name in shared:
                weight.copy_(shared[name][tuple(slice(size) for size in weight.shape)])
        torch.testing.assert_close(member(IMAGES), supernet.path(IMAGES, options), rtol=1e-4, atol=1e-5)


def test_the_gradient_reaches_every_gene_and_every_weight(supernet: Supernet) -> None:
    weights = {
        gene: torch.full((len(options),), 1 / len(options), requires_grad=True) for gene, options in SPACE.genes.items()
    }
    supernet(IMAGES, weights).square().sum().backward()
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in weights.values())
    assert all(parameter.grad is not None for parameter in supernet.parameters())


def test_one_hot_cells_equal_the_path_and_its_pairs_of_edges() -> None:
    """Weights of choices, path and genotype are three spellings of one member."""
    space = load("darts_micro")
    cells, rng = build_supernet(space, seed=1), np.random.default_rng(0)
    ways = [decision.path(int(rng.integers(len(decision.options)))) for decision in space.decisions]
    path = {choice: option for way in ways for choice, option in way.items()}
    one_hot = {choice: torch.eye(len(space.choices[choice]))[option] for choice, option in path.items()}
    torch.testing.assert_close(cells(IMAGES, one_hot), cells.path(IMAGES, path))
    kept = sum(bool(option) for option in path.values())
    edges = [value for gene, value in space.derive(one_hot).genes if gene[0] in "nr"]
    assert kept == len(edges) == 16


def test_a_layer_named_like_the_beginning_of_others_loses_none_of_them() -> None:
    """A choice `a` behind its options `a.b` and `a.c` is what a kind of one's own would write."""
    net = GraphBuilder((3, 8, 8), {})
    net.choose("a", ("b", "c"), lambda option: net.conv(f"a.{option}", "image", 4, kernel=3), name="a")
    names = {name for name, _ in Supernet(net.graph()).named_parameters()}
    assert names == {"a.b.weight", "a.c.weight"}


def test_equal_layers_without_weights_are_computed_once_and_zeros_never() -> None:
    """Fourteen edges of a DARTS cell read five states: five maximum poolings instead of fourteen."""
    space = load("darts_micro")
    supernet = build_supernet(space, input=(32, 32))
    run: Counter[str] = Counter()
    for module in supernet.modules():
        module.register_forward_hook(lambda module, *_: run.update([type(module).__name__]))
    even = {choice: torch.full((len(o),), 1 / len(o), requires_grad=True) for choice, o in space.choices.items()}
    supernet(torch.rand(2, 3, 32, 32), even).square().mean().backward()
    assert run["MaxPool2d"] == run["AvgPool2d"] == 3 * 5 and run["Nothing"] == 0
    slopes = [weights.grad for weights in even.values()]
    assert all(slope is not None and slope[0] == 0 and slope[1:].ne(0).all() for slope in slopes)
