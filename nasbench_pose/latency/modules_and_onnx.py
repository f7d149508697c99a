"""Latencies of networks without a genotype: ONNX files and torch modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from nasbench_pose.cost.counters import made_by
from nasbench_pose.cost.onnx_file import network_of
from nasbench_pose.errors import NasbenchPoseError, one_line, printable
from nasbench_pose.evaluators.trial import Progress
from nasbench_pose.genotype import Genotype
from nasbench_pose.latency.bench import bench
from nasbench_pose.latency.engines import engine_of, torch_call
from nasbench_pose.latency.protocol import LatencyProtocol
from nasbench_pose.latency.timing import Call
from nasbench_pose.network import build
from nasbench_pose.network.onnx import session
from nasbench_pose.network.onnx_int8 import quantised
from nasbench_pose.spaces import title_of

Dims = tuple[int, ...]

KINDS = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(bool)": "bool",
}
"""ONNX Runtime's name of an input type -> NumPy's name."""


class Started(NamedTuple):
    """A network that is ready to run."""

    call: Call
    inputs: Mapping[str, Dims]
    """Name -> shape of the input, the batch included."""


@dataclass(frozen=True)
class OnnxFile:
    """A network in an ONNX file; `inputs` has shapes for a batch of one, or for the batch that the file fixes."""

    path: Path
    inputs: Mapping[str, Dims]

    @classmethod
    def of(cls, path: Path, size: tuple[int, int] | None, shapes: Mapping[str, Dims]) -> Self:
        """Return the file with the shapes of its inputs: images of `size`, and whole `shapes` by name."""
        return cls(path, network_of(path, input=size, inputs=shapes).inputs)

    def start(self, how: LatencyProtocol, seed: int) -> Started:
        """Return a forward pass on random inputs; a variable batch dimension is that of the protocol.

        Integer inputs are 0, because the largest valid index is not known. In int8 a file that has no 8-bit integers
        is quantised. Raises NasbenchPoseError for a file that does not run, or cannot be quantised, and for torch as
        the engine.
        """
        if how.engine != "onnxruntime":
            raise NasbenchPoseError(f"{self.path.name} runs in ONNX Runtime only: --engine onnxruntime.")
        try:
            running = session(str(self.path), threads=how.threads)
        except NasbenchPoseError:
            raise
        except Exception as error:  # onnxruntime's own error classes have no common base
            raise NasbenchPoseError(f"{self.path.name} does not run: {printable(one_line(error))}.") from None
        rng, feeds = np.random.default_rng(seed), {}
        for value in running.get_inputs():
            dims = self.inputs.get(value.name, tuple(value.shape))
            if dims and value.shape and not isinstance(value.shape[0], int) and dims[0] == 1:
                dims = (how.batch, *dims[1:])
            feeds[value.name] = _drawn(rng, KINDS.get(value.type), dims, value)
        shapes = {name: content.shape for name, content in feeds.items()}
        if how.precision == "int8":
            running = session(quantised(self.path, feeds), threads=how.threads)
        return Started(_checked(lambda: running.run(None, feeds), self.path.name), shapes)


@dataclass(frozen=True, eq=False)
class TorchModule:
    """A torch module of the user's."""

    name: str
    module: nn.Module
    inputs: tuple[Any, ...]
    keywords: Mapping[str, Any]
    own_inputs: bool
    """Whether the function that made the module also returned its inputs, which are then used unchanged; else the
    inputs are one image of zeros."""

    @classmethod
    def made_by(cls, factory: str, size: tuple[int, int] | None) -> Self:
        """Return the module that `factory` (package.module:function) makes, for images of `size`."""
        return cls(factory, *made_by(factory, input=size))

    @classmethod
    def of(cls, genotype: Genotype, size: tuple[int, int] | None, joints: int | None) -> Self:
        """Return the network of a genotype, with random weights."""
        network = build(genotype, input=size, joints=joints)
        return cls(title_of(genotype), network, (torch.zeros(1, *network.graph.input.shape),), {}, False)

    def start(self, how: LatencyProtocol, seed: int) -> Started:
        """Return a forward pass; raise NasbenchPoseError for a module that does not run in this engine."""
        inputs, rng = self.inputs, torch.Generator().manual_seed(seed)
        if not self.own_inputs:
            inputs = tuple(torch.randn(how.batch, *x.shape[1:], generator=rng).to(x.dtype) for x in inputs)
        elif how.batch != 1:
            raise NasbenchPoseError(f"{self.name} returns its own inputs, so --batch {how.batch} has no effect on it.")
        module = self.module.eval()
        if how.engine == "torch":
            call = torch_call(module, inputs, self.keywords, how.device, how.precision)
        elif self.keywords or not all(isinstance(x, Tensor) for x in inputs):
            raise NasbenchPoseError(f"{self.name} takes more than tensors in order; measure it with --engine torch.")
        else:
            call = engine_of(how.engine, how.device, how.precision)(module, inputs, how.threads, True)
        shapes: dict[str, Dims] = {}
        for number, x in enumerate(inputs):
            tree_map(lambda leaf, n=number: shapes.setdefault(str(n), tuple(getattr(leaf, "shape", ()))), x)
        return Started(_checked(call, self.name), shapes)


AnyNetwork = OnnxFile | TorchModule


@dataclass(frozen=True)
class Measured:
    """The measurement of one network; all times in ms."""

    inputs: Mapping[str, Dims]
    metrics: Mapping[str, float]
    """The metrics of a trial, without those that need a graph: memory, parameters and MACs."""


def measure_networks(
    networks: Sequence[AnyNetwork],
    protocol: LatencyProtocol,
    *,
    repeats: int,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Measured]:
    """Measure networks in turn, with the reference of `protocol` between them; its input and joints have no effect.

    Raises NasbenchPoseError for a network that does not run, and for more threads than cores.
    """
    with bench(protocol, repeats=repeats, seed=seed) as ready:
        started = [network.start(protocol, seed) for network in networks]
        timings = ready.calls([network.call for network in started], progress)
    return [Measured(network.inputs, timing.metrics) for network, timing in zip(started, timings, strict=True)]


def _drawn(rng: np.random.Generator, kind: str | None, dims: Sequence[Any], value: Any) -> Any:
    if kind is None or not all(isinstance(size, int) for size in dims):
        raise NasbenchPoseError(f"Input {printable(value.name)!r} of type {value.type} cannot be drawn at random.")
    if kind.startswith("float"):
        return rng.normal(size=tuple(dims)).astype(kind)
    return np.zeros(tuple(dims), kind)


def _checked(call: Call, name: str) -> Call:
    """Run a forward pass once and return it; raise NasbenchPoseError if it fails."""
    try:
        call()
    except NasbenchPoseError:
        raise
    except Exception as error:
        raise NasbenchPoseError(f"{name} does not run: {printable(one_line(error))[:300]}.") from None
    return call
