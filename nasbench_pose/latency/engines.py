"""Engines that run a network: torch, in which it is trained, or ONNX Runtime, in which it is deployed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from nasbench_pose.errors import pick
from nasbench_pose.graph import Shape
from nasbench_pose.latency.machine import pinned
from nasbench_pose.latency.timing import Call

Engine = Callable[[nn.Module, tuple[Tensor, ...], int, bool], Call]
"""(module, its inputs, threads, whether memory is kept between passes) -> a forward pass."""


def _torch(module: nn.Module, inputs: tuple[Tensor, ...], _: int, __: bool) -> Call:
    module.eval()

    def call() -> object:
        with torch.inference_mode():
            return module(*inputs)

    return call


def _onnxruntime(module: nn.Module, inputs: tuple[Tensor, ...], threads: int, keep_memory: bool) -> Call:
    from nasbench_pose.network.onnx import session, to_onnx

    running = session(to_onnx(module.eval(), inputs), threads=threads, keep_memory=keep_memory)
    feeds = {known.name: value.numpy() for known, value in zip(running.get_inputs(), inputs, strict=True)}
    return lambda: running.run(None, feeds)


ENGINES: dict[str, Engine] = {"torch": _torch, "onnxruntime": _onnxruntime}
"""Name -> engine."""


def start(
    engine: str,
    module: nn.Module,
    shapes: tuple[Shape, ...],
    *,
    threads: int = 1,
    batch: int = 1,
    keep_memory: bool = True,
    seed: int = 0,
) -> Call:
    """Return a forward pass of `module` on `batch` inputs of these shapes, drawn from `seed`.

    Raises UnknownNameError for an unknown engine, NasbenchPoseError for one that is not installed.
    """
    rng = torch.Generator().manual_seed(seed)
    inputs = tuple(torch.randn(batch, *shape, generator=rng) for shape in shapes)
    return pick("engine", engine, ENGINES)(module, inputs, threads, keep_memory)


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
