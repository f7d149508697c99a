"""Rules replayed on the searches that come with the package, beside what those searches did."""

import numpy as np
import pytest

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.report.search_records import read_records, select
from nasbench_pose.spaces import load
from nasbench_pose.strategies.supernet.gene_costs import gene_costs
from nasbench_pose.strategies.supernet.replay import replay
from nasbench_pose.strategies.supernet.stopping import StoppingRule

SPACE = load("efficientpose_micro")
RECORDS = read_records()
FIRST = select(RECORDS, None, 0)
SKIPPING = next(one for one in RECORDS if [ask.skips for ask in one.asks[:2]] == [0.0, 1.0])


def test_the_rules_of_the_searches_themselves_give_what_they_proposed() -> None:
    for record in FIRST:
        stop = "eigenvalue" if record.strategy == "robust_darts" else "never"
        assert [one.text for one in replay(record, SPACE, stop=stop).proposals] == [a.genotype for a in record.asks]


def test_after_a_stop_proposals_derive_from_the_ask_that_the_rule_names() -> None:
    found = replay(SKIPPING, SPACE, stop="skips", rule=StoppingRule(share=0.5))
    assert found.stop is not None and (found.stop.after, found.stop.use) == (2, 1)
    assert [one.text for one in found.proposals[:2]] == [ask.genotype for ask in SKIPPING.asks[:2]]
    first = {gene: np.array(share) for gene, share in SKIPPING.asks[0].shares.items()}
    likely = [
        np.prod([first[gene][code] for gene, code in zip(SPACE.genes, row, strict=True)])
        for row in SPACE.encode(list(found.proposals[2:]))
    ]
    assert likely == sorted(likely, reverse=True)
    assert len(set(found.proposals)) == len(SKIPPING.asks)


def test_a_limit_is_kept_and_drawn_genotypes_depend_on_their_seed() -> None:
    costs = gene_costs(SPACE, "macs", input=SPACE.input, joints=SPACE.joints)
    for derive in ("likeliest", "drawn"):
        proposals = replay(FIRST[0], SPACE, derive=derive, costs=costs, limit=2.2e6).proposals
        assert costs.count(SPACE.encode(list(proposals))).max() <= 2.2e6
    one, same, other = (replay(FIRST[0], SPACE, derive="drawn", seed=seed).proposals for seed in (0, 0, 1))
    assert one == same != other


def test_what_cannot_be_replayed_is_one_line() -> None:
    with pytest.raises(InvalidFileError, match="darts, seed 0, has no eigenvalues"):
        replay(FIRST[0], SPACE, stop="eigenvalue")
    with pytest.raises(InvalidFileError, match="whose choices hrnet_micro does not have"):
        replay(FIRST[0], load("hrnet_micro"))
    with pytest.raises(UnknownNameError, match=r"No stopping rule named 'skip'.* Did you mean 'skips'"):
        replay(FIRST[0], SPACE, stop="skip")
