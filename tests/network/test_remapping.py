"""FNA's remapping: a chain that is MobileNetV2 computes what MobileNetV2 computes, and others get its overlap."""

import pytest
import torch
from mobilenet import MobileNetV2
from torch import Tensor

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.network import build, build_supernet
from nasbench_pose.network.remapping import remapped
from nasbench_pose.spaces import load

SMALL, LARGE = load("efficientpose_small"), load("efficientpose_large")


@pytest.fixture(scope="module")
def seed() -> MobileNetV2:
    torch.manual_seed(0)
    network = MobileNetV2()
    for name, value in network.state_dict().items():  # as after a training: no two channels are alike
        if value.ndim == 1:
            value.uniform_(0.5, 1.5) if "bias" not in name else value.uniform_(-0.1, 0.1)
    return network.eval()


def test_the_chain_that_is_mobilenet_computes_what_mobilenet_computes(seed: MobileNetV2) -> None:
    depths = {1: 2, 2: 3, 3: 4, 4: 3}
    genes = {gene: "k3_e6" if int(gene[3:]) <= depths[int(gene[1])] else "skip" for gene in SMALL.genes}
    network = build(Genotype(SMALL.name, genes.items()), input=(64, 64)).eval()
    network.load_state_dict(remapped(seed.state_dict(), SMALL, network.state_dict()), strict=False)
    seen: list[Tensor] = []
    network.get_submodule("deconv_layers.0").register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        network(images)
        torch.testing.assert_close(seen[0], seed.features[:14](images))


@pytest.mark.parametrize("name", ["EfficientPose-A", "EfficientPose-B"])
def test_other_kernels_widths_and_depths_have_the_overlap(name: str, seed: MobileNetV2) -> None:
    space = SMALL if name.endswith("A") else LARGE
    network = build(name, input=(64, 64))
    before, given = network.state_dict(), seed.state_dict()
    found = remapped(given, space, before)
    assert {key.split(".")[0] for key in set(before) - set(found) if "batches" not in key} == {"deconv_layers", "final"}
    if name.endswith("A"):  # the second block has kernel 7, expansion 3, and the last of stage 3 repeats layer 10
        kernel = found["blocks.stages.x1_ir_k7_e3.dw.conv.weight"]
        assert torch.equal(kernel[:, :, 2:5, 2:5], given["features.3.conv.1.0.weight"][:72])
        assert kernel.count_nonzero() == 72 * 9
        last = found["blocks.stages.x17_ir_k7_e3.pwl.conv.weight"]
        assert torch.equal(last, given["features.10.conv.2.weight"][:, :192])
    else:  # the stem is wider: channels that the seed lacks are 0, and their scales stay
        assert torch.equal(found["first.2.weight"][:16], given["features.1.conv.1.weight"])
        assert not found["first.2.weight"][16:].any()
        assert torch.equal(found["first.3.weight"][16:], before["first.3.weight"][16:])


def test_every_option_of_a_supernet_is_remapped(seed: MobileNetV2) -> None:
    supernet = build_supernet(SMALL, input=(64, 64))
    found = remapped(seed.state_dict(), SMALL, supernet.state_dict())
    ours = {name for name in supernet.state_dict() if not name.startswith(("deconv", "final"))}
    assert set(found) == ours and len(ours) == 3 + 26 * 6 * 3
    supernet.load_state_dict(found, strict=False)


def test_other_names_are_one_line() -> None:
    network = build("EfficientPose-A", input=(64, 64))
    with pytest.raises(InvalidFileError, match=r"has no weight 'features\.0\.0\.weight'; expected the names of torch"):
        remapped({"conv.weight": torch.ones(1)}, SMALL, network.state_dict())
