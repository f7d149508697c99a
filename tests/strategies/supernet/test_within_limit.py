"""The likeliest genotypes within a limit beside all members in order; the expected latency beside all members' own."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.latency import BlockLatency, LatencyProtocol, LatencyTable, Machine
from nasbench_pose.latency.pieces import pieces_of_space
from nasbench_pose.spaces import load
from nasbench_pose.strategies.supernet.derivation import derived, drawn
from nasbench_pose.strategies.supernet.expected_cost import ExpectedCost
from nasbench_pose.strategies.supernet.gene_costs import gene_costs

SPACE = load("efficientpose_micro")
CODES = SPACE.encode(SPACE.enumerate())
SIZE = {"input": SPACE.input, "joints": SPACE.joints}
MACS = gene_costs(SPACE, "macs", **SIZE)


def random_shares(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {choice: rng.dirichlet(np.ones(len(options))) for choice, options in SPACE.choices.items()}


def likelihoods(shares: dict[str, np.ndarray]) -> np.ndarray:
    return np.prod([shares[gene][CODES[:, i]] for i, gene in enumerate(SPACE.genes)], axis=0)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_derived_within_a_limit_is_the_best_of_all_members(seed: int) -> None:
    shares, costs = random_shares(seed), MACS.count(CODES)
    likely = likelihoods(shares)
    for quantile in (0.02, 0.3, 0.8):
        limit = float(np.quantile(costs, quantile))
        best = np.sort(likely[costs <= limit])[::-1][:5]
        found = list(itertools.islice(derived(SPACE, shares, costs=MACS, limit=limit), 5))
        rows = SPACE.encode(found)
        assert MACS.count(rows).max() <= limit
        chance = [np.prod([shares[g][r] for g, r in zip(SPACE.genes, row, strict=True)]) for row in rows]
        assert chance == pytest.approx(best.tolist())
        assert len(set(found)) == 5


def test_all_members_within_a_limit_come_once_and_no_other() -> None:
    costs = np.sort(MACS.count(CODES))
    limit = float(costs[11])
    found = [genotype.text for genotype in derived(SPACE, random_shares(0), costs=MACS, limit=limit)]
    expected = {genotype.text for genotype in SPACE.decode(CODES[MACS.count(CODES) <= limit])}
    assert len(found) == len(set(found)) and set(found) == expected


def test_what_is_drawn_keeps_the_limit_too() -> None:
    limit = float(np.quantile(MACS.count(CODES), 0.05))
    some = itertools.islice(drawn(SPACE, random_shares(1), np.random.default_rng(0), costs=MACS, limit=limit), 20)
    assert MACS.count(SPACE.encode(list(some))).max() <= limit


@pytest.fixture(scope="module")
def latencies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table in which every block has a latency of its own."""
    rng = np.random.default_rng(0)
    blocks = {
        piece.key: BlockLatency(name, "", value, value, value)
        for (piece, name), value in zip(
            pieces_of_space(SPACE).items(), rng.uniform(0.5, 3, size=len(pieces_of_space(SPACE))), strict=True
        )
    }
    protocol = LatencyProtocol(Machine("cpu", 1, "unknown", ()), SPACE.input, SPACE.joints)
    path = tmp_path_factory.mktemp("latency") / "table.json"
    LatencyTable(SPACE.name, SPACE.digest, protocol, 0.25, blocks).save(path)
    return path


def test_latencies_of_genes_add_up_to_those_of_the_networks(latencies: Path) -> None:
    table, costs = LatencyTable.load(latencies), gene_costs(SPACE, f"latency:{latencies}", **SIZE)
    some = CODES[:: len(CODES) // 60]
    own = np.array([table.predict(SPACE.graph(genotype)) for genotype in SPACE.decode(some)])
    np.testing.assert_allclose(costs.count(some), own)
    assert costs.unit == "ms" and own.std() > 0.1
    shares = random_shares(2)
    expected = ExpectedCost.of(SPACE, costs)({choice: torch.from_numpy(share) for choice, share in shares.items()})
    assert expected.item() == pytest.approx(float((likelihoods(shares) * costs.count(CODES)).sum()))


def test_an_impossible_limit_and_an_unknown_cost_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(NasbenchPoseError, match=r"costs 1 MACs or less; the cheapest costs 1\.86061e\+06"):
        next(derived(SPACE, random_shares(0), costs=MACS, limit=1.0))
    with pytest.raises(InvalidFileError, match=r"does not exist; `nasbench-pose latency table` makes one"):
        gene_costs(SPACE, f"latency:{tmp_path / 'none.json'}", **SIZE)
    with pytest.raises(InvalidFileError, match="expected macs, params, or latency:FILE"):
        gene_costs(SPACE, "seconds", **SIZE)
