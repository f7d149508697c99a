"""Making a latency table: time every distinct block of a space once, then check sums against whole networks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol as Interface

import numpy as np

from nasbench_pose.evaluators.trial import Progress
from nasbench_pose.genotype import Genotype
from nasbench_pose.graph import Graph, Shape
from nasbench_pose.graph.operations import Identity
from nasbench_pose.latency.pieces import Piece, pieces_of_space
from nasbench_pose.latency.protocol import LatencyProtocol
from nasbench_pose.latency.table import BlockLatency, Check, LatencyTable
from nasbench_pose.latency.timing import Timing
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.distinct import ENUMERABLE

EMPTY_BLOCK = Piece(((1, 1, 1),), ((Identity(), (0,), (1, 1, 1)),))
"""A block that computes nothing: its time is the overhead of a call."""


class Stopwatch(Interface):
    """Times blocks and networks; `bench` makes one."""

    def piece(self, piece: Piece) -> Timing:
        """Return the timing of one block alone."""
        ...

    def networks(self, graphs: list[Graph]) -> list[Timing]:
        """Return the timings of whole networks."""
        ...


def measure_table(
    space: SearchSpace,
    protocol: LatencyProtocol,
    stopwatch: Stopwatch,
    progress: Progress | None = None,
    about: Mapping[str, str] | None = None,
) -> LatencyTable:
    """Return the table of a space: each distinct block is measured once, by itself.

    `about` is metadata that the table stores. Raises NasbenchPoseError for a space with too many blocks.
    """
    found = pieces_of_space(space, input=protocol.input, joints=protocol.joints)
    distinct = [(piece, name) for piece, name in found.items() if piece.computes]
    call_ms = stopwatch.piece(EMPTY_BLOCK).median
    blocks, reference = {}, []
    for number, (piece, name) in enumerate(distinct, start=1):
        timing = stopwatch.piece(piece)
        blocks[piece.key] = BlockLatency(name, _shape(piece), timing.median, timing.q1, timing.q3)
        reference.append(float(np.median(timing.reference)))
        if progress is not None:
            progress(number, len(distinct))
    drift = Timing(np.array(reference), np.array(reference)).drift
    return LatencyTable(space.name, space.digest, protocol, call_ms, blocks, drift, about or {})


def check_table(
    table: LatencyTable,
    space: SearchSpace,
    stopwatch: Stopwatch,
    networks: int,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> LatencyTable:
    """Return the table with its check: predicted and measured latencies of networks drawn from the space."""
    drawn = distinct(space, networks, rng)
    graphs = [space.graph(g, input=table.protocol.input, joints=table.protocol.joints) for g in drawn]
    measured = []
    for number, graph in enumerate(graphs, start=1):
        measured.append(stopwatch.networks([graph])[0].median)
        if progress is not None:
            progress(number, len(graphs))
    predicted = tuple(table.predict(graph) for graph in graphs)
    return replace(table, check=Check(tuple(measured), predicted, tuple(genotype.text for genotype in drawn)))


def distinct(space: SearchSpace, networks: int, rng: np.random.Generator) -> list[Genotype]:
    """Return different networks of a space, all of them if it has fewer."""
    if space.size <= max(ENUMERABLE, networks) and len(members := list(space.enumerate())) <= networks:
        return members
    drawn: dict[Genotype, None] = {}
    while len(drawn) < networks:
        drawn[space.sample(rng)] = None
    return list(drawn)


def _shape(piece: Piece) -> str:
    made = dict(enumerate((*piece.inputs, *(shape for _, _, shape in piece.steps))))
    return f"{_sizes(piece.inputs)} → {_sizes(tuple(made[number] for number in piece.outputs))}"


def _sizes(shapes: tuple[Shape, ...]) -> str:
    return ", ".join("×".join(map(str, shape)) for shape in shapes)
