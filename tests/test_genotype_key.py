"""Keys and texts are for ever: these must never change."""

import pytest

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import find

FROZEN = {
    "efficientpose-a": "5c67deacce7d4799",
    "efficientpose-b": "9866ef7b3035140b",
    "hrnet-w32": "6b6311384b360568",
    "simplebaseline-r50": "ba5dccdf4013c0ce",
}


@pytest.mark.parametrize("name", FROZEN)
def test_keys_never_change(name: str) -> None:
    assert find(name).key == FROZEN[name]


def test_order_of_genes_does_not_matter_and_numbers_count_naturally() -> None:
    genes = {"s2b10": "skip", "s2b9": "k3_e6", "width": 4}
    genotype = Genotype("x", genes.items())
    assert genotype == Genotype("x", reversed(genes.items()))
    assert genotype.text == "x:s2b9=k3_e6,s2b10=skip,width=4"
    assert hash(genotype) == hash(Genotype("x", reversed(genes.items())))
