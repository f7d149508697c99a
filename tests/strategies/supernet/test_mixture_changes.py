"""Partial channels, auxiliary skips and perturbed weights: what each changes in the mixture, and what it leaves."""

import pytest
import torch
from torch import Tensor

from nasbench_pose.graph.operations import ChannelShuffle, Choice, Slice
from nasbench_pose.network import Supernet, build_supernet
from nasbench_pose.network import supernet as supernet_module
from nasbench_pose.network.joined import alone
from nasbench_pose.spaces import load
from nasbench_pose.strategies.supernet.perturbation import adversarial, at_random
from nasbench_pose.strategies.supernet.relaxation import new_edges, with_edges

CELLS = load("darts_micro")


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers run one by one, so that each can be watched."""
    monkeypatch.setattr(supernet_module, "joined", lambda _, needed: alone(needed))


IMAGES = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def even(space: object) -> dict[str, Tensor]:
    choices = space.choices.items()  # type: ignore[attr-defined]
    return {choice: torch.full((len(options),), 1 / len(options)) for choice, options in choices}


def outputs(supernet: Supernet, weights: dict[str, Tensor], auxiliary: float = 0.0) -> dict[str, Tensor]:
    """The output of each layer, by its name."""
    seen: dict[str, Tensor] = {}
    names = [layer.name for layer in supernet.graph][1:]
    hooks = [
        step[0].register_forward_hook(lambda _, __, out, name=name: seen.__setitem__(name, out))
        for name, step in zip(names, supernet._plan, strict=True)
    ]
    supernet(IMAGES, weights, auxiliary=auxiliary)
    for hook in hooks:
        hook.remove()
    return seen


def test_the_channels_that_pass_by_are_those_of_the_input_whatever_the_weights() -> None:
    supernet = build_supernet(CELLS, seed=1, partial=4)
    graph = supernet.graph
    seen = outputs(supernet, even(CELLS))
    shuffles = [layer for layer in graph if isinstance(layer.operation, ChannelShuffle)]
    assert len(shuffles) > 10
    for layer in shuffles:
        joined = graph[layer.inputs[0]]
        choice, rest = (graph[name] for name in joined.inputs)
        source = rest if isinstance(rest.operation, Slice) else graph[rest.inputs[0]]
        width = graph[source.inputs[0]].shape[0]
        assert isinstance(choice.operation, Choice)
        assert (choice.shape[0], rest.shape[0]) == (width // 4, width - width // 4)
        if rest is source:
            before = seen[source.inputs[0]]
            shuffled = before[:, width // 4 :]
            back = seen[layer.name].unflatten(1, (width // 4, 4)).transpose(1, 2).flatten(1, 2)
            torch.testing.assert_close(back[:, width // 4 :], shuffled)


def test_options_of_a_quarter_of_the_channels_have_far_fewer_weights() -> None:
    sizes = [
        sum(parameter.numel() for parameter in build_supernet(CELLS, input=(32, 32), partial=k).parameters())
        for k in (1, 2, 4)
    ]
    assert sizes[0] > 1.5 * sizes[1] > 1.5 * 1.3 * sizes[2]


def test_weights_of_the_edges_into_a_node_sum_to_one() -> None:
    edges = new_edges(CELLS, torch.Generator().manual_seed(0))
    scaled = with_edges(CELLS, even(CELLS), edges)
    for decision in CELLS.decisions:
        total = torch.stack([scaled[choice].sum() for choice in decision.choices]).sum()
        assert total.item() == pytest.approx(1)


@pytest.mark.parametrize("name", ["efficientpose_micro", "darts_micro", "hrnet_micro"])
def test_an_auxiliary_skip_adds_its_input_to_choices_that_keep_the_shape(name: str) -> None:
    space = load(name)
    supernet = build_supernet(space, seed=1)
    weights = even(space)
    seen = outputs(supernet, weights, auxiliary=0.7)
    graph = supernet.graph
    first = min(supernet._bypass)  # behind it everything differs
    assert isinstance(graph.layers[first].operation, Choice)
    skipped = {graph.layers[at].name: graph.layers[source].name for at, source in supernet._bypass.items()}
    place = next(i for i, layer in enumerate(graph) if graph.layers[first].name in layer.inputs)
    reader, module = graph.layers[place], supernet._plan[place - 1][0]
    # the hooks see the mixtures; the layer behind sees the mixtures and the skips
    read = [seen[name] + 0.7 * seen[skipped[name]] if name in skipped else seen[name] for name in reader.inputs]
    arguments = [weights[reader.operation.gene]] if hasattr(reader.operation, "gene") else []
    torch.testing.assert_close(module(*arguments, *read), seen[reader.name])
    torch.testing.assert_close(supernet(IMAGES, weights, auxiliary=0.0), supernet(IMAGES, weights))
    assert (supernet(IMAGES, weights, auxiliary=0.7) - supernet(IMAGES, weights)).abs().max() > 1e-3


SHARES = {"a": torch.tensor([0.2, 0.3, 0.5]), "b": torch.tensor([0.9, 0.1])}
SLOPES = {"a": torch.tensor([1.0, -2.0, 0.5]), "b": torch.tensor([-0.1, 3.0])}


def linear(shares: dict[str, Tensor]) -> Tensor:
    return sum(((share * SLOPES[choice]).sum() for choice, share in shares.items()), torch.zeros(()))


def test_the_ascent_ends_at_the_corner_where_a_linear_loss_is_largest() -> None:
    for seed in range(3):
        moved = adversarial(SHARES, 0.1, torch.Generator().manual_seed(seed), linear)
        for choice, share in SHARES.items():
            torch.testing.assert_close(moved[choice], share + 0.1 * SLOPES[choice].sign())


def test_random_moves_fill_the_box_and_have_mean_zero() -> None:
    rng = torch.Generator().manual_seed(0)
    moves = torch.stack([at_random(SHARES, 0.2, rng, linear)["a"] - SHARES["a"] for _ in range(2000)])
    assert moves.abs().max() <= 0.2 + 1e-6
    assert moves.std().item() == pytest.approx(0.4 / 12**0.5, rel=0.03)
    assert moves.mean().abs().item() < 0.01
