"""MobileNetV2 and its kin: sizes that others have counted, and blocks against their definitions in torch."""

import pytest
import torch
from torch import Tensor, nn

from nasbench_pose.cost import count
from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.graph import GraphBuilder
from nasbench_pose.graph.operations import ReLU6
from nasbench_pose.network import Network
from nasbench_pose.spaces import find, load
from nasbench_pose.spaces.blocks import MBConv, mbconv, squeeze_excite

SPACE = load("mobile_pose")
TORCHVISION_FEATURES = 2_223_872
"""Parameters of torchvision's `mobilenet_v2().features`."""
MMPOSE_MILLIONS = 9.57
"""Parameters that MMPose prints for MobileNetV2 with SimpleBaseline's deconvolutions and 17 joints."""


def test_the_encoder_has_the_parameters_of_torchvision() -> None:
    graph = SPACE.graph(find("MobileNetV2-SimpleBaseline"))
    costs = zip(graph, count(graph).layers, strict=True)
    assert sum(cost.params for layer, cost in costs if layer.block.stage != "head") == TORCHVISION_FEATURES


def test_with_deconvolutions_it_has_the_parameters_that_mmpose_prints() -> None:
    assert round(count(SPACE.graph(find("MobileNetV2-SimpleBaseline"))).params / 1e6, 2) == MMPOSE_MILLIONS


@pytest.mark.parametrize(("size", "printed"), [((256, 192), 1.59), ((384, 288), 3.57)])
def test_with_deconvolutions_it_costs_what_mmpose_prints(size: tuple[int, int], printed: float) -> None:
    counted = count(SPACE.graph(find("MobileNetV2-SimpleBaseline"), input=size), convention="mmcv").count
    assert round(counted / 1e9, 2) == printed


class SqueezeExcite(nn.Module):
    """As in MnasNet, with the names of our layers."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        means = x.mean((2, 3), keepdim=True)
        gates: Tensor = torch.sigmoid(self.expand(torch.relu(self.reduce(means))))
        return x * gates


def test_squeeze_and_excitation_is_its_definition() -> None:
    net = GraphBuilder((3, 8, 8), {})
    squeeze_excite(net, "se", "image", 2)
    ours, twin = Network(net.graph()), SqueezeExcite(3, 2)
    twin.load_state_dict({name.removeprefix("se."): value for name, value in ours.state_dict().items()})
    image = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(ours(image), twin(image))


@pytest.mark.parametrize(("word", "convolutions"), [("k3_e1", 2), ("k3_e6", 3), ("k3_e1_se", 4), ("k5_e6_se", 5)])
def test_a_block_has_the_convolutions_of_its_word(word: str, convolutions: int) -> None:
    net = GraphBuilder((8, 16, 16), {})
    block = MBConv.of("s1b1", word)
    mbconv(net, "x", "image", 8, block, stride=1, activation=ReLU6(), mask=lambda x, _, __: x)
    names = [layer.name for layer in net.graph() if type(layer.operation).__name__ == "Conv"]
    assert len(names) == convolutions
    assert net.graph().output.name == "x.add"


@pytest.mark.parametrize(("percent", "maps"), [(100, (64, 64)), (75, (48, 48)), (50, (32, 32))])
def test_a_smaller_image_has_smaller_maps_and_costs_less(percent: int, maps: tuple[int, int]) -> None:
    member = find("MobileNetV2-slim")
    graph = SPACE.graph(SPACE.canonical({**dict(member.genes), "resolution": percent}), input=(256, 256))
    assert graph.output.shape[1:] == maps
    whole = count(SPACE.graph(member, input=(256, 256)))
    assert count(graph).params == whole.params
    assert count(graph).macs == pytest.approx(whole.macs * (percent / 100) ** 2, rel=1e-3)


def test_what_stays_open_for_the_whole_network_has_no_supernet() -> None:
    with pytest.raises(Exception, match="has no supernet: its kind 'chain' cannot leave 'activation' open"):
        SPACE.open_graph()


def test_a_wrong_word_or_activation_is_said() -> None:
    with pytest.raises(InvalidFileError, match="'s1b1' is 'k4_e3'; expected 'skip' or a word like 'k3_e6'"):
        MBConv.of("s1b1", "k4_e3")
    values = dict(find("MobileNetV2-slim").genes) | {"activation": "hswich"}
    with pytest.raises(UnknownNameError, match=r"No activation named 'hswich'.*Did you mean 'hswish'"):
        SPACE.build(values)
