"""Every operation of the catalogue: torch makes the shape, the parameters and the products that we say it makes."""

from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from nasbench_pose.cost import CONVENTIONS, count
from nasbench_pose.errors import ShapeError
from nasbench_pose.graph import GraphBuilder, operations
from nasbench_pose.network import Network

IMAGE = (8, 9, 12)
EXAMPLES: list[Any] = [
    operations.Conv(12, kernel=3, stride=2, padding=1, groups=4, bias=True),
    operations.Conv(8, kernel=3, padding=2, dilation=2),
    operations.Conv(8, kernel=(1, 7), stride=(1, 2), padding=(0, 3)),
    operations.ConvTranspose(6, kernel=4, stride=2, padding=1),
    operations.BatchNorm(),
    operations.BatchNorm(affine=False),
    operations.ReLU(),
    operations.ReLU6(),
    operations.Sigmoid(),
    operations.HardSigmoid(),
    operations.HardSwish(),
    operations.SiLU(),
    operations.Identity(),
    operations.Zero(),
    operations.MaxPool(kernel=3, stride=2, padding=1),
    operations.AvgPool(kernel=3, stride=2, padding=1),
    operations.AdaptiveAvgPool(),
    operations.AdaptiveAvgPool(3, 4),
    operations.Upsample(2),
    operations.Upsample(2, "bilinear"),
    operations.PixelShuffle(2),
    operations.ChannelShuffle(4),
    operations.Slice(2, 5),
    operations.Crop(1, 2),
    operations.Flatten(),
    operations.Flatten(each=True),
]


def run(*steps: Any) -> tuple[Network, torch.Tensor, int]:
    """Return a network of `steps`, its output for two images and what torch's counter says of one."""
    net, last = GraphBuilder(IMAGE, {}), "image"
    for number, operation in enumerate(steps):
        last = net.add(f"step{number}", operation, *[last] * (2 if isinstance(operation, PAIRS) else 1))
    network = Network(net.graph()).eval()
    with FlopCounterMode(display=False) as counter:
        network(torch.randn(1, *IMAGE))
    return network, network(torch.randn(2, *IMAGE)), counter.get_total_flops()


PAIRS = operations.Add | operations.Multiply | operations.Concat


def check(*steps: Any) -> None:
    network, output, flops = run(*steps)
    assert tuple(output.reshape(2, *network.graph.output.shape).shape[1:]) == network.graph.output.shape
    cost = count(network.graph)
    assert cost.params == sum(parameter.numel() for parameter in network.parameters())
    assert (cost.macs, 2 * cost.macs) == (cost.count, flops)
    for convention in CONVENTIONS:
        assert count(network.graph, convention=convention).count >= 0


@pytest.mark.parametrize("operation", EXAMPLES, ids=repr)
def test_torch_agrees(operation: Any) -> None:
    check(operation)


@pytest.mark.parametrize("operation", [operations.Add(), operations.Multiply(), operations.Concat()], ids=repr)
def test_torch_agrees_on_operations_with_two_inputs(operation: Any) -> None:
    check(operations.BatchNorm(), operation)


def test_torch_agrees_on_linear_layers() -> None:
    check(operations.AdaptiveAvgPool(), operations.Flatten(), operations.Linear(10))
    check(operations.Flatten(each=True), operations.Linear(30, bias=False, each=True), operations.Concat(wide=True))


def test_every_operation_of_a_network_has_an_example() -> None:
    tried = {type(operation) for operation in EXAMPLES} | {operations.Linear, *PAIRS.__args__}
    assert tried | {operations.Input, operations.Choice, operations.Mask} == set(operations.ALL)


def test_a_relu_leaves_alone_what_others_read() -> None:
    net = GraphBuilder(IMAGE, {})
    normal = net.batch_norm("normal", "image")
    net.sum("both", net.relu("relu", normal), normal)
    network, images = Network(net.graph()).eval(), torch.randn(2, *IMAGE)
    expected = network.get_submodule("normal")(images)
    torch.testing.assert_close(network(images), expected.clamp(min=0) + expected)


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (operations.PixelShuffle(3), "8 channels cannot be laid out as 3×3 pixels"),
        (operations.ChannelShuffle(3), "8 channels cannot be split into 3 groups"),
        (operations.Slice(4, 9), "8 channels have no slice 4:9"),
        (operations.Crop(9, 0), "nothing is left of maps of 8×9×12"),
        (operations.Linear(10), "maps of 9×12 pixels must be flattened"),
        (operations.Conv(4, kernel=(1, 31)), "a kernel of 1×31 does not fit on 9×12 pixels"),
    ],
    ids=repr,
)
def test_what_does_not_fit_is_said(operation: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        GraphBuilder(IMAGE, {}).add("layer", operation, "image")
