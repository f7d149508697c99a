"""The contract tests of kinds of search spaces."""

from itertools import islice, pairwise

import numpy as np
import pytest
import torch

from nasbench_pose import cost
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.genotype import Genotype
from nasbench_pose.graph import Graph
from nasbench_pose.network import Network
from nasbench_pose.network.supernet import Supernet
from nasbench_pose.spaces import SearchSpace


class KindContract:
    """Tests of any kind: override `space` with a space of it that is small enough to run and has every gene."""

    members = 5
    """Genotypes drawn for each test."""

    @pytest.fixture
    def space(self) -> SearchSpace:
        """Return a space of the kind."""
        raise NotImplementedError

    @pytest.fixture
    def drawn(self, space: SearchSpace) -> list[Genotype]:
        """Return the genotypes that the tests use."""
        return [space.sample(np.random.default_rng(seed)) for seed in range(self.members)]

    def test_every_member_is_a_network_for_every_size_and_number_of_joints(
        self, space: SearchSpace, drawn: list[Genotype]
    ) -> None:
        for genotype in drawn:
            small = space.graph(genotype)
            large = space.graph(genotype, input=(2 * space.input[0], 2 * space.input[1]), joints=space.joints + 3)
            assert (small.output.shape[0], large.output.shape[0]) == (space.joints, space.joints + 3)
            assert small.input.shape == (3, *space.input)
            assert [layer.name for layer in small] == [layer.name for layer in large]
            assert not small.open_genes

    def test_the_same_genes_make_the_same_network(self, space: SearchSpace, drawn: list[Genotype]) -> None:
        for genotype in drawn:
            assert space.graph(genotype) == space.graph(genotype)

    def test_a_text_and_a_code_lead_back(self, space: SearchSpace, drawn: list[Genotype]) -> None:
        assert space.decode(space.encode(drawn)) == drawn
        for genotype in drawn:
            assert space.validate(Genotype.parse(genotype.text)) == genotype
            if (notation := space.kind.notation) is not None:
                text = notation.write(space, dict(genotype.genes))
                assert space.validate(space.read(text)) == genotype

    def test_a_canonical_genotype_stays_as_it_is(self, space: SearchSpace, drawn: list[Genotype]) -> None:
        rng = np.random.default_rng(0)
        for genotype in drawn:
            assert space.canonical(space.complete(genotype)) == space.canonical(space.complete(genotype, rng))
            assert space.canonical(space.complete(genotype)) == genotype

    def test_every_spelling_of_a_network_costs_the_same(self, space: SearchSpace) -> None:
        for code in space.sample_codes(self.members, np.random.default_rng(1)):
            values = {gene: options[i] for (gene, options), i in zip(space.genes.items(), code, strict=True)}
            spelt, plain = cost.count(space.build(values)), cost.count(space.graph(space.canonical(values)))
            assert (spelt.params, spelt.macs, spelt.activations) == (plain.params, plain.macs, plain.activations)

    def test_costs_of_populations_are_those_of_the_members(self, space: SearchSpace, drawn: list[Genotype]) -> None:
        try:
            counted = cost.table(space).count(space.encode(drawn))
        except NasbenchPoseError as error:
            assert "are counted" in str(error), "only a space that is too large to enumerate may fail here"
            return
        one_by_one = [cost.count(space.graph(genotype)) for genotype in drawn]
        assert counted.params.tolist() == [each.params for each in one_by_one]
        assert counted.macs.tolist() == [each.macs for each in one_by_one]

    def test_a_network_runs_and_every_weight_learns(self, space: SearchSpace, drawn: list[Genotype]) -> None:
        for genotype in drawn[:2]:
            network = Network(space.graph(genotype))
            output = network(torch.randn(2, 3, *space.input, generator=torch.Generator().manual_seed(0)))
            _check_shape(output, network.graph)
            assert torch.isfinite(output).all()
            output.sum().backward()
            assert [name for name, weight in _used_weights(network) if weight.grad is None] == []

    def test_mutations_and_children_are_members(self, space: SearchSpace, drawn: list[Genotype]) -> None:
        rng = np.random.default_rng(2)
        for mother, father in pairwise(drawn):
            for other in (space.mutate(mother, rng), space.crossover(mother, father, rng)):
                assert space.validate(other) == other
        assert all(space.validate(other) == other for other in islice(space.neighbours(drawn[0]), 20))

    def test_where_there_is_a_supernet_its_paths_are_members(self, space: SearchSpace) -> None:
        try:
            graph = space.open_graph()
        except NasbenchPoseError as error:
            assert "supernet" in str(error)
            return
        assert graph.open_genes <= set(space.choices)
        supernet = Supernet(graph)
        options = {choice: 0 for made in space.decisions for choice in made.path(0)}
        options |= {choice: number for made in space.decisions for choice, number in made.path(0).items()}
        _check_shape(supernet.path(torch.zeros(2, 3, *space.input), options), graph)


def _check_shape(output: torch.Tensor, graph: Graph) -> None:
    """Heat maps are (images, joints, height, width), vectors (images, joints, numbers)."""
    joints, height, width = graph.output.shape
    assert output.shape in {(2, joints, height, width), *([(2, joints, width)] if height == 1 else [])}


def _used_weights(network: Network) -> list[tuple[str, torch.nn.Parameter]]:
    """Return the weights of layers that the output depends on: a kind may build layers without a reader."""
    used = {network.graph.output.name}
    for layer in reversed(network.graph.layers):
        if layer.name in used:
            used.update(layer.inputs)
    return [(name, weight) for name, weight in network.named_parameters() if name.rpartition(".")[0] in used]
