"""A graph as a torch module, which runs the layers in order."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from nasbench_pose.genotype import Genotype
from nasbench_pose.graph import Graph, Layer
from nasbench_pose.network.modules import module_of
from nasbench_pose.scalar import whole
from nasbench_pose.spaces import SearchSpace, as_genotype, space_of


class Network(nn.Module):
    """A graph as a module: images (n, 3, h, w) in, heat maps (n, joints, h', w') out.

    Parameters have the names of the graph's layers, which are those of the official code. The modules, of which torch
    would print 85,025 characters for HRNet-W32, are in `named_modules()`.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self._plan = plan(self, graph, module_of)

    def __repr__(self) -> str:
        params = sum(weights.numel() for weights in self.parameters())
        return f"Network({params:,} parameters, {self.graph!r})"

    def forward(self, images: Tensor) -> Tensor:
        """Return the heat maps, not normalised."""
        values: list[Any] = [images] + [None] * len(self._plan)
        for index, (module, sources, finished) in enumerate(self._plan, start=1):
            values[index] = module(*[values[i] for i in sources])
            for i in finished:
                values[i] = None
        output: Tensor = values[-1]
        return output

    def share_statistics(self) -> None:
        """Let batch normalisations see the batches of all processes that train together, by torch's SyncBatchNorm.

        Weights, statistics and their names stay. torch has it on CUDA only; a measurement does not need it.
        """
        nn.SyncBatchNorm.convert_sync_batchnorm(self)  # type: ignore[no-untyped-call]
        layers = zip(self.graph.layers[1:], self._plan, strict=True)
        self._plan = [(self.get_submodule(layer.name), sources, finished) for layer, (_, sources, finished) in layers]


Step = tuple[nn.Module, tuple[int, ...], tuple[int, ...]]
"""A module, the indices of the layers that it reads, and of those that no later layer reads."""


def plan(root: nn.Module, graph: Graph, make: Callable[[Graph, Layer], nn.Module]) -> list[Step]:
    """Register a module for every layer below `root`, under the layer's dotted name, and return the steps in order."""
    number = {layer.name: i for i, layer in enumerate(graph)}
    last_use = {source: layer.name for layer in graph for source in layer.inputs}
    steps = []
    for layer in graph.layers[1:]:
        module = make(graph, layer)
        _register(root, layer.name, module)
        finished = {source for source in layer.inputs if last_use[source] == layer.name}
        steps.append((module, tuple(number[s] for s in layer.inputs), tuple(number[s] for s in finished)))
    return steps


def _register(root: nn.Module, name: str, module: nn.Module) -> None:
    *path, leaf = name.split(".")
    for part in path:
        if not hasattr(root, part):
            root.add_module(part, nn.Module())
        root = root.get_submodule(part)
    # a layer `a` after a layer `a.b` takes the place of the empty module of that name: what is below must not be lost
    for below, child in dict((root._modules.get(leaf) or nn.Module()).named_children()).items():
        module.add_module(below, child)
    root.add_module(leaf, module)


def build(
    genotype: Genotype | str,
    *,
    joints: int | None = None,
    input: tuple[int, int] | None = None,
    space: SearchSpace | None = None,
    seed: int = 0,
) -> Network:
    """Return the network of `genotype` with the default initialisation of PyTorch, drawn from `seed`.

    `genotype` is a Genotype, its name or its text. Raises InvalidFileError or UnknownNameError for anything else.
    `joints` and `input` (height, width) default to the space's; `space` is needed for members of one not built in.

    >>> network = build("micro-smallest")
    >>> network
    Network(12,134 parameters, Graph(40 layers, 3 × 64 × 64 → 14 × 16 × 16))
    >>> network(torch.zeros(2, 3, 64, 64)).shape
    torch.Size([2, 14, 16, 16])
    """
    genotype, drawn_from = as_genotype(genotype), whole(seed, "seed")
    home = space if space is not None and space.name == genotype.space else space_of(genotype)
    graph = home.graph(genotype, input=input, joints=joints)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(drawn_from)
        return Network(graph)
