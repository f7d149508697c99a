"""Timing of networks and of single blocks: an engine on pinned cores, with the reference network between them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nasbench_pose.evaluators.trial import Progress
from nasbench_pose.graph import Graph, Layer, Shape
from nasbench_pose.graph.graph import Block
from nasbench_pose.graph.operations import Input
from nasbench_pose.latency.engines import on_cores, start
from nasbench_pose.latency.pieces import Piece
from nasbench_pose.latency.protocol import LatencyProtocol
from nasbench_pose.latency.timing import Call, Timing, interleave
from nasbench_pose.network import Network, build
from nasbench_pose.network.modules import module_of
from nasbench_pose.spaces import find


@dataclass(frozen=True)
class Bench:
    """Times forward passes of networks with newly drawn weights."""

    protocol: LatencyProtocol
    repeats: int
    seed: int
    reference: Call

    def networks(self, graphs: Sequence[Graph], progress: Progress | None = None) -> list[Timing]:
        """Return the timing of each network, measured in turn."""
        calls = [self._start(Network(graph), (graph.input.shape,)) for graph in graphs]
        return self.calls(calls, progress)

    def piece(self, piece: Piece) -> Timing:
        """Return the timing of one block alone."""
        return self.calls([self._start(PieceNetwork(piece), piece.inputs)])[0]

    def calls(self, calls: Sequence[Call], progress: Progress | None = None) -> list[Timing]:
        """Return the timing of each forward pass, measured in turn."""
        numbered = {str(number): call for number, call in enumerate(calls)}
        warm_up = self.protocol.warm_up
        timings = interleave(numbered, self.reference, repeats=self.repeats, warm_up=warm_up, progress=progress)
        return list(timings.values())

    def _start(self, module: nn.Module, shapes: tuple[Shape, ...]) -> Call:
        how = self.protocol
        return start(
            how.engine, module, shapes, threads=how.threads, batch=how.batch, seed=self.seed, device=how.device,
            precision=how.precision,
        )  # fmt: skip


@contextmanager
def bench(protocol: LatencyProtocol, *, repeats: int, seed: int = 0) -> Iterator[Bench]:
    """Yield a bench whose weights and images are drawn from `seed`; restore threads and cores at the end.

    Raises UnknownNameError for an unknown engine or reference, NasbenchPoseError for more threads than cores.
    """
    with on_cores(protocol.threads), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build(find(protocol.reference), input=protocol.reference_input)
        shapes = (network.graph.input.shape,)
        reference = start(
            protocol.engine, network, shapes, threads=protocol.threads, device=protocol.device,
            precision=protocol.precision,
        )  # fmt: skip
        yield Bench(protocol, repeats, seed, reference)


class PieceNetwork(nn.Module):
    """A block as a module: its inputs are the values it reads, its outputs the values that no layer inside reads."""

    def __init__(self, piece: Piece) -> None:
        super().__init__()
        graph = self.graph(piece)
        first = len(piece.inputs)
        self.steps = nn.ModuleList(module_of(graph, layer) for layer in graph.layers[first:])
        self._piece = piece

    def forward(self, *inputs: Tensor) -> list[Tensor]:
        """Return the block's outputs."""
        values = list(inputs)
        for module, (_, sources, _) in zip(self.steps, self._piece.steps, strict=True):
            values.append(module(*[values[source] for source in sources]))
        return [values[number] for number in self._piece.outputs]

    @staticmethod
    def graph(piece: Piece) -> Graph:
        """Return the block as layers named by their numbers; the first ones are its inputs."""
        block = Block("block", "block", "block")
        inputs = [Layer(str(n), Input(*shape), (), shape, block) for n, shape in enumerate(piece.inputs)]
        layers = [
            Layer(str(n), operation, tuple(map(str, sources)), shape, block)
            for n, (operation, sources, shape) in enumerate(piece.steps, start=len(inputs))
        ]
        return Graph((*inputs, *layers))
