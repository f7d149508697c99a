"""Files of other exporters and tools against published numbers, the modules they came from, and torch's counter."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from onnx_files import onnx
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from nasbench_pose.cost.counters import inventory_of as inventory_of_module
from nasbench_pose.cost.onnx_file import inventory_of, network_of
from nasbench_pose.network import Network, build
from nasbench_pose.network.onnx import to_onnx
from nasbench_pose.spaces import find

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"
PUBLISHED = {
    "light_resnet50": (4_089_184_256, 25_557_032),  # torchvision: 4.09 G, 25,557,032
    "light_vgg19": (19_632_062_464, 143_667_240),  # torchvision: 19.63 G, 143,667,240
    "light_squeezenet": (349_151_936, 1_235_496),  # torchvision's squeezenet1_1: 0.35 G, 1,235,496
    "light_bvlc_alexnet": (654_560_384, 60_965_224),  # BVLC: 60,965,224
}
"""Caffe2 wrote these files; their weights are filled in by ConstantOfShape."""
REAL = sorted(DATA.glob("light/*.onnx")) + sorted(DATA.glob("*/*/model.onnx"))


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_networks_are_counted_to_the_last_digit(name: str) -> None:
    found = inventory_of(DATA / "light" / f"{name}.onnx")
    assert (found.macs, found.params) == PUBLISHED[name]


def test_every_file_that_comes_with_onnx_is_counted_or_its_operators_are_named() -> None:
    named = {path.parent.name: inventory_of(path).missing_times() for path in REAL}
    assert len(REAL) > 100
    gradient = {"ai.onnx.preview.training.Gradient": 1}
    assert {name: found for name, found in named.items() if found} == {
        "test_gradient_of_add": gradient,
        "test_gradient_of_add_and_mul": gradient,
    }


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Path]:
    """Return a network of ours, and its file."""
    network = build(find("micro-middle")).eval()
    path = tmp_path_factory.mktemp("ours") / "float32.onnx"
    path.write_bytes(to_onnx(network, (torch.zeros(1, 3, 64, 64),)))
    return network, path


def dynamic(before: Path, after: Path) -> None:
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(before, after)


def dynamic_per_channel(before: Path, after: Path) -> None:
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(before, after, per_channel=True)


def static(form: str) -> Callable[[Path, Path], None]:
    def convert(before: Path, after: Path) -> None:
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

        class Images(CalibrationDataReader):  # type: ignore[misc]
            images = iter([{"images": np.random.default_rng(0).normal(size=(1, 3, 64, 64)).astype("float32")}])

            def get_next(self) -> Any:
                return next(self.images, None)

        plain = after.with_name("plain.onnx")  # the tool does not look behind the Identity of a bias
        optimised("BASIC")(before, plain)
        quantize_static(plain, after, Images(), quant_format=QuantFormat[form])

    return convert


def float16(before: Path, after: Path) -> None:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx.save(convert_float_to_float16(onnx.load(before), keep_io_types=True), after)


def optimised(level: str) -> Callable[[Path, Path], None]:
    def convert(before: Path, after: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level, options.optimized_model_filepath = 3, str(after)
        options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, f"ORT_ENABLE_{level}")
        onnxruntime.InferenceSession(str(before), options, providers=["CPUExecutionProvider"])

    return convert


TOOLS: dict[str, Callable[[Path, Path], None]] = {
    "dynamic int8": dynamic,
    "dynamic int8, per channel": dynamic_per_channel,
    "int8, QDQ": static("QDQ"),
    "int8, QOperator": static("QOperator"),
    "float16": float16,
    **{f"optimised, {level.lower()}": optimised(level) for level in ("BASIC", "EXTENDED", "ALL")},
}


@pytest.mark.parametrize("tool", TOOLS)
def test_what_onnx_runtimes_tools_make_costs_the_same(tool: str, ours: tuple[Network, Path], tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    _, before = ours
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        TOOLS[tool](before, tmp_path / "after.onnx")
    wanted, found = inventory_of(before), inventory_of(tmp_path / "after.onnx")
    assert (found.macs, found.activations, found.missing_times()) == (wanted.macs, wanted.activations, {})
    # Where two normalisations start with equal weights, ONNX Runtime keeps one of them.
    assert wanted.params - 400 < found.params <= wanted.params


def exported(module: nn.Module, example: Tensor, *, dynamic: bool = False) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter would rather that nobody read a shape
        return to_onnx(module, (example,), dynamic=dynamic)


@pytest.mark.parametrize(("kind", "gates"), [(nn.LSTM, 4), (nn.GRU, 3), (nn.RNN, 1)])
@pytest.mark.parametrize("two", [False, True])
def test_recurrent_networks_cost_what_torch_counts(kind: Any, gates: int, two: bool, tmp_path: Path) -> None:
    module = kind(16, 8, batch_first=True, bidirectional=two).eval()
    steps = torch.zeros(1, 10, 16)
    (tmp_path / "net.onnx").write_bytes(exported(module, steps))
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        kind(16, 8, batch_first=True, bidirectional=two)(torch.zeros(1, 10, 16))
    found = inventory_of(tmp_path / "net.onnx")
    assert found.macs == counter.get_total_flops() // 2 == (1 + two) * gates * 10 * 8 * 24
    assert found.params == sum(parameter.numel() for parameter in module.parameters())


class ViT(nn.Module):
    """A transformer of one layer that reads the size of its batch, as most do."""

    def __init__(self, repeat: bool) -> None:
        super().__init__()
        self.patch, self.repeat = nn.Conv2d(3, 32, 16, 16), repeat
        self.token, self.place = nn.Parameter(torch.randn(1, 1, 32)), nn.Parameter(torch.randn(1, 17, 32))
        self.qkv, self.out = nn.Linear(32, 96), nn.Linear(32, 32)

    def forward(self, x: Tensor) -> Tensor:
        y = self.patch(x).flatten(2).transpose(1, 2)
        batch = x.shape[0]
        token = self.token.repeat(batch, 1, 1) if self.repeat else self.token.expand(batch, -1, -1)
        y = torch.cat([token, y], 1) + self.place
        b, n, d = y.shape
        q, k, v = self.qkv(y).reshape(b, n, 3, 4, d // 4).permute(2, 0, 3, 1, 4)
        mixed = (q @ k.transpose(-2, -1)).softmax(-1) @ v
        return self.out(mixed.transpose(1, 2).reshape(b, n, d))


class Windows(nn.Module):
    """Attention in shifted windows, as in Swin."""

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.qkv = nn.Conv2d(3, 16, 4, 4), nn.Linear(16, 48)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.roll(self.patch(x).permute(0, 2, 3, 1), (-2, -2), (1, 2))
        b, h, w, c = y.shape
        y = y.view(b, h // 4, 4, w // 4, 4, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, c)
        q, k, v = self.qkv(y).chunk(3, -1)
        return (q @ k.transpose(1, 2)).softmax(-1) @ v


@pytest.mark.parametrize("make", [lambda: ViT(False), lambda: ViT(True), Windows])
@pytest.mark.parametrize(("batch", "dynamic"), [(1, False), (1, True), (6, False)])
def test_transformers_as_torch_exports_them(
    make: Callable[[], nn.Module], batch: int, dynamic: bool, tmp_path: Path
) -> None:
    module = make().eval()
    (tmp_path / "net.onnx").write_bytes(exported(module, torch.zeros(batch, 3, 64, 64), dynamic=dynamic))
    network, wanted = network_of(tmp_path / "net.onnx"), inventory_of_module(module, (torch.zeros(1, 3, 64, 64),))
    found = network.inventory
    assert (network.batch, found.macs, found.params) == (batch, wanted.macs, wanted.params)
    assert found.missing_times() == {}
