"""Official weights in our modules give the official outputs."""

import json
import zlib
from pathlib import Path

import pytest
import torch

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.network import load_official

RECORDED = {
    "EfficientPose-A_mpii256": "efficientpose-a",
    "HRNet-W32_256x192": "hrnet-w32",
    "PoseResNet-50_256x192": "simplebaseline-r50",
}
FOLDER = Path(__file__).parent / "official_forward"


def _filled(name: str, shape: list[int]) -> torch.Tensor:
    """Fill one tensor by the rule that each recording describes."""
    if name.endswith("num_batches_tracked"):
        return torch.tensor(0)
    r = torch.randn(shape, generator=torch.Generator().manual_seed(zlib.crc32(name.encode())))
    if r.ndim >= 2:
        r = r * (2 / r[0].numel()) ** 0.5
    elif name.endswith("running_var"):
        r = 1 + 0.1 * r.abs()
    else:
        r = 0.1 * r if name.endswith(("running_mean", "bias")) else 1 + 0.1 * r
    return r.double()


@pytest.mark.parametrize("file", RECORDED)
def test_output_equals_the_recorded_one(file: str) -> None:
    recorded = json.loads((FOLDER / f"{file}.json").read_text())
    network = load_official(RECORDED[file], {name: _filled(name, shape) for name, shape in recorded["state_dict"]})
    image = torch.randn(recorded["input"], generator=torch.Generator().manual_seed(20201213)).double()
    with torch.no_grad():
        output = network(image)
    assert list(output.shape) == recorded["output_shape"]
    sampled = output.flatten()[torch.tensor(recorded["sample_index"])]
    torch.testing.assert_close(sampled, torch.tensor(recorded["sample_value"]).double(), rtol=1e-6, atol=0)


def _checkpoint() -> dict[str, torch.Tensor]:
    recorded = json.loads((FOLDER / "EfficientPose-A_mpii256.json").read_text())
    return {name: _filled(name, shape) for name, shape in recorded["state_dict"]}


def test_prefixes_of_data_parallel_and_wrapping_are_taken_off() -> None:
    weights = _checkpoint()
    wrapped = {"state_dict": {f"module.{name}": value for name, value in weights.items()}}
    network = load_official("efficientpose-a", wrapped)  # type: ignore[arg-type]
    assert torch.equal(network.state_dict()["final.2.weight"], weights["final.2.weight"])


def test_a_checkpoint_that_does_not_fit_names_the_parameter() -> None:
    weights = _checkpoint()
    with pytest.raises(InvalidFileError, match="does not fit HRNet-W32: none of its names"):
        load_official("hrnet-w32", weights)
    with pytest.raises(InvalidFileError, match=r"lacks 'first\.2\.weight'"):
        load_official("efficientpose-a", {k: v for k, v in weights.items() if k != "first.2.weight"})
    with pytest.raises(InvalidFileError, match=r"'extra' has no place"):
        load_official("efficientpose-a", weights | {"extra": torch.zeros(1)})
    with pytest.raises(InvalidFileError, match=r"has the shape \(1,\) instead of"):
        load_official("efficientpose-a", weights | {"first.2.weight": torch.zeros(1)})
