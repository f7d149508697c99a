"""A search space: named choices, and everything that can be done with them without building a network."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, nearest
from nasbench_pose.genotype import Genotype, Value
from nasbench_pose.graph import Graph
from nasbench_pose.spaces.kinds import Kind


@dataclass(frozen=True, eq=False)
class SearchSpace:
    """What may be chosen (`genes`), what is given (`fixed`), and the kind that makes networks of it.

    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_small")
    >>> len(space.genes), f"{space.size:.2e}"
    (26, '5.07e+21')
    >>> space.sample(np.random.default_rng(0)).space
    'efficientpose_small'
    """

    name: str
    title: str
    kind: Kind
    cite: str
    genes: Mapping[str, tuple[Value, ...]]
    """Gene -> its options, in the order in which `encode` numbers them."""
    fixed: Mapping[str, Any]
    """What the kind must know and nobody chooses."""
    input: tuple[int, int]
    """Customary (height, width) of the image."""
    joints: int
    """Customary number of heat maps."""
    named: Mapping[str, Genotype]
    """Published and reference members, by name."""
    baselines: tuple[str, ...]
    """Names of genotypes of any space that are measured beside this one's."""
    digest: str
    """16 hex digits of the SHA-256 of the file's content."""

    @property
    def size(self) -> int:
        """The number of genotypes."""
        return math.prod(len(options) for options in self.genes.values())

    def genotype(self, values: Iterable[Value]) -> Genotype:
        """Return the genotype with these values, given in the order of `genes`."""
        return Genotype(self.name, zip(self.genes, values, strict=True))

    def sample(self, rng: np.random.Generator) -> Genotype:
        """Draw one genotype uniformly."""
        return self.genotype(options[rng.integers(len(options))] for options in self.genes.values())

    def enumerate(self) -> Iterator[Genotype]:
        """Yield every genotype, the last gene changing fastest."""
        return map(self.genotype, itertools.product(*self.genes.values()))

    def neighbours(self, genotype: Genotype) -> Iterator[Genotype]:
        """Yield every genotype that differs in exactly one gene.

        >>> from nasbench_pose.spaces import find, load
        >>> len(list(load("simplebaseline").neighbours(find("simplebaseline-r50"))))
        9
        """
        for gene, options in self.genes.items():
            yield from (self._with(genotype, gene, value) for value in options if value != genotype[gene])

    def mutate(self, genotype: Genotype, rng: np.random.Generator) -> Genotype:
        """Return a neighbour: one gene, drawn uniformly from those with a choice, gets another value."""
        open_genes = [gene for gene, options in self.genes.items() if len(options) > 1]
        gene = open_genes[rng.integers(len(open_genes))]
        others = [value for value in self.genes[gene] if value != genotype[gene]]
        return self._with(genotype, gene, others[rng.integers(len(others))])

    def crossover(self, first: Genotype, second: Genotype, rng: np.random.Generator) -> Genotype:
        """Return a child that takes each gene from either parent with equal chance."""
        parents = (first, second)
        return self.genotype(parents[rng.integers(2)][gene] for gene in self.genes)

    def encode(self, genotypes: Iterable[Genotype]) -> NDArray[np.int8]:
        """Return option indices, shape (genotypes, genes), in the order of `genes`.

        >>> from nasbench_pose.spaces import find, load
        >>> load("efficientpose_small").encode([find("efficientpose-a")])[0, :6]
        array([1, 4, 1, 0, 1, 0], dtype=int8)
        """
        index = [{value: i for i, value in enumerate(options)} for options in self.genes.values()]
        rows = [
            [numbers[value] for numbers, (_, value) in zip(index, self._ordered(g), strict=True)] for g in genotypes
        ]
        return np.array(rows, dtype=np.int8).reshape(-1, len(self.genes))

    def decode(self, codes: ArrayLike) -> list[Genotype]:
        """Return the genotypes of option indices, shape (genotypes, genes); raise InvalidFileError for one too big."""
        rows = np.atleast_2d(np.asarray(codes))
        sizes = np.array([len(options) for options in self.genes.values()])
        if rows.shape[1] != len(sizes) or (rows < 0).any() or (rows >= sizes).any():
            raise InvalidFileError(
                f"Option indices of {self.name} have {len(sizes)} columns, each below {sizes.tolist()}."
            )
        options = list(self.genes.values())
        return [self.genotype(options[i][code] for i, code in enumerate(row)) for row in rows]

    def sample_codes(self, n: int, rng: np.random.Generator) -> NDArray[np.int8]:
        """Draw `n` genotypes uniformly as option indices, shape (n, genes)."""
        sizes = np.array([len(options) for options in self.genes.values()])
        return rng.integers(0, sizes, size=(n, len(sizes))).astype(np.int8)

    def validate(self, genotype: Genotype) -> Genotype:
        """Return `genotype` if it is a member; raise InvalidFileError that names the gene and what would do."""
        if genotype.space != self.name:
            raise InvalidFileError(f"The genotype belongs to {genotype.space!r}, not to {self.name!r}.")
        given = dict(genotype.genes)
        if missing := [gene for gene in self.genes if gene not in given]:
            raise InvalidFileError(
                f"A genotype of {self.name} needs the gene {missing[0]!r}: {self._options(missing[0])}."
            )
        for gene, value in given.items():
            self._check(gene, value)
        return genotype

    def graph(self, genotype: Genotype, *, input: tuple[int, int] | None = None, joints: int | None = None) -> Graph:
        """Return the network as layers with shapes; raise ShapeError for an input it cannot take."""
        return self._build(dict(self.validate(genotype).genes), input, joints)

    def open_graph(self, *, input: tuple[int, int] | None = None, joints: int | None = None) -> Graph:
        """Return the supernet: the same graph with every choice left open.

        Raises NasbenchPoseError for a kind that cannot leave a gene open.
        """
        try:
            return self._build({}, input, joints)
        except KeyError as error:
            raise NasbenchPoseError(
                f"{self.name} has no supernet: its kind {self.kind.name!r} cannot leave {error.args[0]!r} open, so "
                "strategies that train one, such as darts, do not work on it."
            ) from None

    def derive(self, weights: Mapping[str, ArrayLike]) -> Genotype:
        """Return the genotype that a trained supernet prefers: the option with the largest weight of each gene."""
        return self.genotype(options[int(np.argmax(weights[gene]))] for gene, options in self.genes.items())

    def _build(self, genes: Mapping[str, Value], input: tuple[int, int] | None, joints: int | None) -> Graph:
        height, width = input or self.input
        return self.kind.build(self, genes, (3, height, width), joints or self.joints)

    def _with(self, genotype: Genotype, gene: str, value: Value) -> Genotype:
        return Genotype(self.name, {**dict(genotype.genes), gene: value}.items())

    def _ordered(self, genotype: Genotype) -> Sequence[tuple[str, Value]]:
        given = dict(genotype.genes)
        return [(gene, given[gene]) for gene in self.genes]

    def _options(self, gene: str) -> str:
        return ", ".join(map(str, self.genes[gene]))

    def _check(self, gene: str, value: Value) -> None:
        if gene not in self.genes:
            raise InvalidFileError(
                f"{self.name} has no gene {gene!r}; it has {_some(self.genes)}.{nearest(gene, self.genes)}"
            )
        if value not in self.genes[gene]:
            hint = nearest(str(value), map(str, self.genes[gene]))
            raise InvalidFileError(
                f"{gene}={value} is not in {self.name}; {gene} is one of {self._options(gene)}.{hint}"
            )


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed if len(listed) <= 8 else [*listed[:4], "…", *listed[-2:]])
