"""Engines that run a network: torch, in which it is trained, or ONNX Runtime, in which it is deployed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from nasbench_pose.errors import pick
from nasbench_pose.graph import Shape
from nasbench_pose.latency.machine import pinned
from nasbench_pose.latency.protocol import check_runs
from nasbench_pose.latency.timing import Call
from nasbench_pose.network.devices import device_of, precise, wait

Engine = Callable[[nn.Module, tuple[Tensor, ...], int, bool], Call]
"""(module, its inputs, threads, whether memory is kept between passes) -> a forward pass."""


def torch_call(
    module: nn.Module,
    inputs: tuple[Any, ...],
    keywords: Mapping[str, Any] | None = None,
    device: str = "cpu",
    precision: str = "fp32",
) -> Call:
    """Return a forward pass in torch that ends when the device has finished; `module` is moved there."""
    there = device_of(device)
    module = module.to(there).eval()
    inputs, named = tree_map_only(Tensor, lambda x: x.to(there), (inputs, dict(keywords or {})))

    def call() -> object:
        with torch.inference_mode():
            output = module(*inputs, **named)
            wait(there)
            return output

    def call_in_precision() -> object:
        with precise(there, precision):
            return call()

    return call if precision == "fp32" else call_in_precision


def _onnxruntime(module: nn.Module, inputs: tuple[Tensor, ...], threads: int, keep_memory: bool) -> Call:
    from nasbench_pose.network.onnx import to_onnx

    return _running(to_onnx(module.eval(), inputs), inputs, threads, keep_memory)


def _onnxruntime_int8(module: nn.Module, inputs: tuple[Tensor, ...], threads: int, keep_memory: bool) -> Call:
    from nasbench_pose.network.onnx import session, to_onnx
    from nasbench_pose.network.onnx_int8 import in_int8

    content = to_onnx(module.eval(), inputs)
    names = [known.name for known in session(content).get_inputs()]
    images = {name: value.numpy() for name, value in zip(names, inputs, strict=True)}
    return _running(in_int8(content, [images]), inputs, threads, keep_memory)


def _running(content: bytes, inputs: tuple[Tensor, ...], threads: int, keep_memory: bool) -> Call:
    from nasbench_pose.network.onnx import session

    running = session(content, threads=threads, keep_memory=keep_memory)
    feeds = {known.name: value.numpy() for known, value in zip(running.get_inputs(), inputs, strict=True)}
    return lambda: running.run(None, feeds)


ENGINES: dict[str, Engine] = {
    "torch": lambda module, inputs, _, __: torch_call(module, inputs),
    "onnxruntime": _onnxruntime,
}
"""Name -> engine."""
QUANTISED: dict[tuple[str, str], Engine] = {("onnxruntime", "int8"): _onnxruntime_int8}
"""(name of an engine, precision) -> engine, on the CPU."""


def engine_of(name: str, device: str = "cpu", precision: str = "fp32") -> Engine:
    """Return the engine that computes in a precision on a device; raise what `start` raises."""
    made = pick("engine", name, ENGINES)
    if device == "cpu" and (name, precision) in QUANTISED:
        return QUANTISED[name, precision]
    if (device, precision) == ("cpu", "fp32"):
        return made
    check_runs(name, device, precision)
    return lambda module, inputs, _, __: torch_call(module, inputs, device=device, precision=precision)


def start(
    engine: str,
    module: nn.Module,
    shapes: tuple[Shape, ...],
    *,
    threads: int = 1,
    batch: int = 1,
    keep_memory: bool = True,
    seed: int = 0,
    device: str = "cpu",
    precision: str = "fp32",
) -> Call:
    """Return a forward pass of `module` on `batch` inputs of these shapes, drawn from `seed`.

    Raises UnknownNameError for an unknown engine or device, NasbenchPoseError for one that is not installed or does not
    compute on the device in that precision.
    """
    rng = torch.Generator().manual_seed(seed)
    inputs = tuple(torch.randn(batch, *shape, generator=rng) for shape in shapes)
    return engine_of(engine, device, precision)(module, inputs, threads, keep_memory)


@contextmanager
def on_cores(threads: int) -> Iterator[None]:
    """Compute on this many cores with as many threads; restore both at the end.

    >>> with on_cores(1):
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    with pinned(threads):
        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)
