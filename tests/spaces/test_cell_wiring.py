"""The canonical order of the nodes of a cell, beside its definition."""

from collections.abc import Sequence

import numpy as np
import pytest

from nasbench_pose.spaces.cell_wiring import Node, in_canonical_order, orders, reordered


def by_definition(nodes: Sequence[Node]) -> list[Node]:
    """Return the first of all orders of the nodes, by the states and operations that each node reads."""
    every = (reordered(nodes, order) for order in orders(nodes))
    return list(min(every, key=lambda one: [[(state, operation) for operation, state in node] for node in one]))


def drawn(rng: np.random.Generator, nodes: int, operations: Sequence[str]) -> list[Node]:
    def edge(node: int) -> tuple[str, int]:
        return str(rng.choice(operations)), int(rng.integers(node))

    return [(edge(node), edge(node)) for node in range(2, 2 + nodes)]


@pytest.mark.parametrize("operations", [["skip"], ["skip", "conv"], ["a", "b", "c", "d", "e", "f", "g"]])
def test_the_canonical_order_is_the_first_of_all(operations: list[str]) -> None:
    """With one operation most nodes tie, so that several beginnings are equally good."""
    rng = np.random.default_rng(0)
    for _ in range(150):
        nodes = drawn(rng, int(rng.integers(1, 7)), operations)
        assert in_canonical_order(nodes) == by_definition(nodes)


def test_every_order_of_the_nodes_has_one_canonical_order() -> None:
    rng = np.random.default_rng(1)
    for _ in range(40):
        nodes = drawn(rng, 5, ["skip", "conv"])
        assert len({str(in_canonical_order(reordered(nodes, order))) for order in orders(nodes)}) == 1
