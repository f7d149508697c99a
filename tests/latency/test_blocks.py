"""Networks in pieces: nothing lost, nothing twice, and every network of a space has known ones."""

import numpy as np
import pytest
import torch

from nasbench_pose.cost import count
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.graph import Graph
from nasbench_pose.graph.operations import Input
from nasbench_pose.latency.bench import PieceNetwork
from nasbench_pose.latency.engines import ENGINES, start
from nasbench_pose.latency.pieces import Piece, covering_networks, pieces, pieces_of_space
from nasbench_pose.network import Network
from nasbench_pose.spaces import load, names

SPACES = names()
SMALL = (64, 64)


def drawn(space: str, seed: int) -> Graph:
    found = load(space)
    return found.graph(found.sample(np.random.default_rng(seed)), input=SMALL)


def macs(piece: Piece) -> int:
    return count(PieceNetwork.graph(piece)).macs


@pytest.mark.parametrize("space", SPACES)
def test_the_pieces_of_a_network_are_all_of_it(space: str) -> None:
    graph = drawn(space, 0)
    cut = pieces(graph)
    layers = [layer for layer in graph if not isinstance(layer.operation, Input)]
    assert sum(len(piece.steps) for _, piece in cut) == len(layers)
    assert sum(macs(piece) for _, piece in cut) == count(graph).macs


@pytest.mark.parametrize("space", SPACES)
def test_pieces_run_one_after_the_other_are_the_network(space: str) -> None:
    graph = drawn(space, 1)
    network = Network(graph).eval()
    values = {"image": torch.randn(1, *graph.input.shape)}
    for name, piece in pieces(graph):
        block = [layer for layer in graph if layer.block.path == name and layer is not graph.input]
        own = {layer.name for layer in block}
        outside = dict.fromkeys(source for layer in block for source in layer.inputs if source not in own)
        alone = PieceNetwork(piece).eval()
        for module, layer in zip(alone.steps, block, strict=True):
            module.load_state_dict(network.get_submodule(layer.name).state_dict())
        with torch.no_grad():
            out = alone(*[values[source].clone() for source in outside])
        made = {layer.name: n for n, layer in enumerate(block, start=len(outside))}
        values |= {layer: out[piece.outputs.index(n)] for layer, n in made.items() if n in piece.outputs}
    with torch.no_grad():
        assert torch.equal(values[graph.output.name], network(values["image"]))


@pytest.mark.parametrize(
    "space", ["efficientpose_micro", "efficientpose_small", "efficientpose_large", "simplebaseline"]
)
def test_every_network_of_a_space_is_made_of_its_pieces(space: str) -> None:
    known = pieces_of_space(load(space), input=SMALL)
    for seed in range(20):
        assert {piece for _, piece in pieces(drawn(space, seed))} <= set(known)


def test_equal_blocks_are_one_piece_wherever_they_stand() -> None:
    space = load("efficientpose_small")
    graph = space.graph(space.genotype(options[0] for options in space.genes.values()), input=SMALL)
    found = dict(pieces(graph))
    assert found["s2b2"] == found["s2b3"]
    assert found["s2b2"].key == found["s2b3"].key
    assert len({piece.key for piece in found.values()}) == len(set(found.values())) < len(found)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_block_with_several_inputs_runs_on_every_engine(engine: str) -> None:
    fusing = next(piece for _, piece in pieces(drawn("hrnet", 0)) if len(piece.inputs) > 1)
    assert start(engine, PieceNetwork(fusing), fusing.inputs, batch=2)() is not None


def test_a_space_with_too_many_blocks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasbench_pose.latency.pieces.MOST_COMBINATIONS", 10)
    with pytest.raises(NasbenchPoseError, match="Measure its networks one by one"):
        list(covering_networks(load("hrnet")))
