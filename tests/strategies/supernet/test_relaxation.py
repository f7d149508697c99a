"""The relaxation of a space: exact expectations, best-first order."""

import itertools

import numpy as np
import pytest
import torch

from nasbench_pose.cost import table
from nasbench_pose.spaces import load
from nasbench_pose.strategies.supernet.derivation import likeliest
from nasbench_pose.strategies.supernet.expected_cost import ExpectedCost
from nasbench_pose.strategies.supernet.gene_costs import gene_costs
from nasbench_pose.strategies.supernet.relaxation import draw, new_logits
from nasbench_pose.strategies.supernet.samplers import probabilities

SPACE = load("efficientpose_micro")
TABLE = table(SPACE)
COSTS = gene_costs(SPACE, "macs", input=SPACE.input, joints=SPACE.joints)
LOGITS = {
    gene: 3 * values.detach() * 1e3 for gene, values in new_logits(SPACE, torch.Generator().manual_seed(5)).items()
}
MIXTURE = probabilities(LOGITS, temperature=2.0)


def test_expected_macs_is_the_mean_over_the_whole_space() -> None:
    """The slow definition: every member's exact cost times its probability."""
    codes = SPACE.encode(SPACE.enumerate())
    shares = np.prod([MIXTURE[gene].numpy()[codes[:, i]] for i, gene in enumerate(SPACE.genes)], axis=0, dtype=float)
    slow = float((TABLE.count(codes).macs * shares).sum())
    assert shares.sum() == pytest.approx(1, abs=1e-6)
    assert ExpectedCost.of(SPACE, COSTS)(MIXTURE).item() == pytest.approx(slow, rel=1e-6)


def test_expected_macs_of_one_hot_choices_is_the_members_own() -> None:
    codes = SPACE.sample_codes(1, np.random.default_rng(0))
    one_hot = {gene: torch.eye(len(options))[codes[0, i]] for i, (gene, options) in enumerate(SPACE.genes.items())}
    assert ExpectedCost.of(SPACE, COSTS)(one_hot).item() == TABLE.count(codes).macs[0]


def test_gradient_of_the_cost_prefers_cheap_options() -> None:
    logits = {gene: torch.zeros(len(options), requires_grad=True) for gene, options in SPACE.genes.items()}
    ExpectedCost.of(SPACE, COSTS)(probabilities(logits, 1.0)).log().backward()
    width = logits["w1"].grad
    assert width is not None
    assert width.argmin() == 0 and width.argmax() == len(width) - 1


def test_likeliest_yields_every_member_once_in_falling_order() -> None:
    shares = {gene: p.numpy() for gene, p in MIXTURE.items()}
    order = list(likeliest(SPACE, shares))
    chance = [np.prod([shares[gene][i] for gene, i in zip(SPACE.genes, codes, strict=True)]) for codes in order]
    assert len(set(order)) == SPACE.size
    assert all(a >= b * (1 - 1e-6) for a, b in itertools.pairwise(chance))
    favourite = SPACE.decode([order[0]])[0]
    assert favourite == SPACE.derive(shares)


def test_a_cold_temperature_is_one_hot_and_a_hot_one_even() -> None:
    logits = {"a": torch.tensor([0.0, 1.0, 0.5])}
    assert probabilities(logits, 1e-3)["a"].tolist() == pytest.approx([0, 1, 0])
    assert probabilities(logits, 1e6)["a"].tolist() == pytest.approx([1 / 3] * 3, abs=1e-5)


CELLS = load("darts_micro")
CELL_MIXTURE = probabilities(
    {choice: 1e3 * v.detach() for choice, v in new_logits(CELLS, torch.Generator().manual_seed(6)).items()}, 1.0
)
"""Choices of cells are made node by node: a node has two edges, so what is drawn are pairs."""


def test_expected_macs_of_cells_is_the_mean_of_what_is_drawn() -> None:
    rng, draws = torch.Generator().manual_seed(0), 2000
    members = [
        CELLS.derive({choice: torch.eye(len(CELLS.choices[choice]))[option] for choice, option in path.items()})
        for path in (draw(CELLS, CELL_MIXTURE, rng) for _ in range(draws))
    ]
    macs = table(CELLS).count(CELLS.encode(members)).macs
    expected = ExpectedCost.of(CELLS, gene_costs(CELLS, "macs", input=CELLS.input, joints=CELLS.joints))(
        CELL_MIXTURE
    ).item()
    assert abs(macs.mean() - expected) < 4 * macs.std() / draws**0.5
    assert macs.std() > 0


def test_the_likeliest_cells_come_in_falling_order() -> None:
    shares = {choice: p.numpy() for choice, p in CELL_MIXTURE.items()}
    order = list(itertools.islice(likeliest(CELLS, shares), 50))
    assert len(set(order)) == 50
    assert CELLS.decode([order[0]])[0] == CELLS.derive(shares)


def test_two_edges_are_drawn_into_every_node() -> None:
    path = draw(CELLS, CELL_MIXTURE, torch.Generator().manual_seed(3))
    taken = [choice.partition(".")[0] for choice, option in path.items() if option]
    assert {node: taken.count(node) for node in taken} == dict.fromkeys(
        (f"{k}{n}" for k in "nr" for n in range(2, 6)), 2
    )


def test_choices_begin_a_thousandth_from_even() -> None:
    drawn = [new_logits(SPACE, torch.Generator().manual_seed(seed)).values() for seed in range(50)]
    values = torch.cat([part.detach() for logits in drawn for part in logits])
    assert values.std().item() == pytest.approx(1e-3, rel=0.1)
