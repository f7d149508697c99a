"""Search spaces: genes with options, and all operations on genotypes that need no network."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, NoOtherNetworkError
from nasbench_pose.genotype import Gene, Genotype, Value, natural_order
from nasbench_pose.graph import Graph
from nasbench_pose.large_numbers import approximately
from nasbench_pose.notebooks import Shown
from nasbench_pose.spaces.decisions import Decision
from nasbench_pose.spaces.draws import draw_options, generator
from nasbench_pose.spaces.gene_values import check_value, listed
from nasbench_pose.spaces.kinds import Kind
from nasbench_pose.spaces.sizes import sizes

if TYPE_CHECKING:  # NumPy is imported in the functions that need it: counting one network does not
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from nasbench_pose.spaces.draws import Randomness


@dataclass(frozen=True, eq=False)
class SearchSpace(Shown):
    """Genes with their options, fixed values, and the kind that builds networks from them.

    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_small")
    >>> len(space.genes), f"{space.size:.2e}"
    (26, '5.07e+21')
    >>> space.sample(0).space
    'efficientpose_small'
    """

    name: str
    title: str
    kind: Kind
    cite: str
    genes: Mapping[str, tuple[Value, ...]]
    """Gene -> its options, in the order in which `encode` numbers them."""
    fixed: Mapping[str, Any]
    """Values that the kind needs and that are no choice."""
    input: tuple[int, int]
    """Customary (height, width) of the image."""
    joints: int
    """Customary number of heat maps."""
    named: Mapping[str, Genotype]
    """Published and reference members, by name."""
    baselines: tuple[str, ...]
    """Names of genotypes, of any space, that comparisons on this space measure as well."""
    digest: str
    """16 hex digits of the SHA-256 of the file's content."""
    written: Mapping[str, Genotype] = field(default_factory=dict)
    """The named genotypes as the file has them, not in canonical form."""

    def __repr__(self) -> str:
        genotypes = f"{approximately(self.size)} genotypes, kind {self.kind.name!r}"
        return f"SearchSpace({self.name!r}, {len(self.genes)} genes, {genotypes})"

    @property
    def size(self) -> int:
        """The number of assignments of all genes; some spaces have fewer networks, see `distinct`."""
        return math.prod(len(options) for options in self.genes.values())

    @property
    def coupled(self) -> tuple[str, ...] | None:
        """The genes that change the costs of others; None = all genes."""
        return self.kind.coupled(self) if callable(self.kind.coupled) else self.kind.coupled

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions that turn the open choices of the supernet into genes."""
        return self.kind.decisions(self)

    @property
    def choices(self) -> dict[str, tuple[Value, ...]]:
        """The open choices of the supernet and their options: for most kinds, the genes."""
        return {choice: options for made in self.decisions for choice, options in made.choices.items()}

    def genotype(self, values: Iterable[Value]) -> Genotype:
        """Return the genotype with these values, given in the order of `genes`, in its canonical form."""
        return self.canonical(dict(zip(self.genes, values, strict=True)))

    def canonical(self, genes: Mapping[str, Value]) -> Genotype:
        """Return the genotype of the network with these values, one for every gene, in canonical form.

        Genotypes of the same network are equal: genes without effect are left out, and of all orders that make no
        difference the kind chooses one.

        >>> from nasbench_pose.spaces import load
        >>> space = load("efficientpose_small")
        >>> genes = dict.fromkeys(space.genes, "k3_e3")
        >>> early, late = {**genes, "s4b2": "skip"}, {**genes, "s4b5": "skip"}
        >>> space.canonical(early) == space.canonical(late), space.canonical(early)["s4b8"]
        (True, 'skip')
        """
        spelt = self.kind.canonical(self, genes)
        try:
            members = tuple([options[spelt[gene]] for gene, options in self._members if gene in spelt])
        except (KeyError, TypeError):  # not an option: `validate` raises the error
            return Genotype(self.name, spelt.items())
        known = len(members) == len(spelt)
        return Genotype.trusted(self.name, members) if known else Genotype(self.name, spelt.items())

    @cached_property
    def _members(self) -> tuple[tuple[str, dict[Value, Gene]], ...]:
        """Gene -> option -> the pair (gene, option) of genotypes, in the order of genes in genotypes."""
        return tuple(
            (gene, {option: (gene, option) for option in self.genes[gene]}) for gene in natural_order(self.genes)
        )

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        """The number of options of each gene."""
        import numpy as np

        return np.array([len(options) for options in self.genes.values()])

    def read(self, text: str) -> Genotype:
        """Parse a text without the space's name; the genotype is neither checked nor canonical.

        `text` is `gene=value, gene=value, …` or the kind's other notation. Raises InvalidFileError for another text.
        """
        notation = self.kind.notation
        if notation is not None and text.lstrip().startswith(notation.beginning):
            return Genotype(self.name, notation.read(self, text).items())
        return Genotype.parse(f"{self.name}:{''.join(text.split())}")

    def complete(self, genotype: Genotype, rng: Randomness | None = None) -> dict[str, Value]:
        """Return a value for every gene; genes without effect get their first option, or one drawn by `rng`."""
        given = dict(genotype.genes)
        if list(given) == list(self.genes):
            return given
        rng = None if rng is None else generator(rng)
        return {
            gene: given[gene] if gene in given else options[0 if rng is None else rng.integers(len(options))]
            for gene, options in self.genes.items()
        }

    def sample(self, rng: Randomness) -> Genotype:
        """Draw every gene uniformly, by a generator or a seed; networks with several spellings are more frequent."""
        # one call with an array of bounds draws the same numbers as one call for each gene
        drawn = generator(rng).integers(self._sizes).tolist()
        return self.canonical(
            {gene: options[place] for (gene, options), place in zip(self.genes.items(), drawn, strict=True)}
        )

    def enumerate(self) -> Iterator[Genotype]:
        """Yield every network's genotype once, the last gene changing fastest."""
        for values in itertools.product(*self.genes.values()):
            genotype = self.genotype(values)
            if tuple(self.complete(genotype).values()) == values:
                yield genotype

    def neighbours(self, genotype: Genotype) -> Iterator[Genotype]:
        """Yield every other network that differs in the value of one gene, once.

        >>> from nasbench_pose.spaces import find, load
        >>> len(list(load("simplebaseline").neighbours(find("simplebaseline-r50"))))
        9
        """
        seen, values = {genotype}, self.complete(genotype)
        for gene, now in genotype.genes:
            for value in self.genes[gene]:
                if value != now and (other := self.canonical({**values, gene: value})) not in seen:
                    seen.add(other)
                    yield other

    def mutate(self, genotype: Genotype, rng: Randomness) -> Genotype:
        """Return another network: a uniformly drawn gene with several options gets another value.

        Raises NoOtherNetworkError if there is no such network.
        """
        rng = generator(rng)
        choices = [(gene, now) for gene, now in genotype.genes if len(self.genes[gene]) > 1]
        tried = 0
        while True:
            tried += 1
            if (tried % 100 == 0 or not choices) and next(self.neighbours(genotype), None) is None:
                raise NoOtherNetworkError(f"No other network of {self.name} differs from {genotype.text} in one gene.")
            gene, now = choices[rng.integers(len(choices))]
            others = [value for value in self.genes[gene] if value != now]
            child = self.canonical({**self.complete(genotype, rng), gene: others[rng.integers(len(others))]})
            if child != genotype:
                return child

    def crossover(self, first: Genotype, second: Genotype, rng: Randomness) -> Genotype:
        """Return a child that has each gene from either parent with equal probability."""
        rng = generator(rng)
        parents = (self.complete(first, rng), self.complete(second, rng))
        drawn = rng.integers(2, size=len(self.genes)).tolist()
        return self.canonical({gene: parents[parent][gene] for gene, parent in zip(self.genes, drawn, strict=True)})

    def encode(self, genotypes: Iterable[Genotype]) -> NDArray[np.int8]:
        """Return option indices, shape (genotypes, genes), in the order of `genes`.

        >>> from nasbench_pose.spaces import find, load
        >>> load("efficientpose_small").encode([find("efficientpose-a")])[0, :6]
        array([1, 4, 1, 0, 1, 0], dtype=int8)
        """
        import numpy as np

        index = [{value: i for i, value in enumerate(options)} for options in self.genes.values()]
        rows = [
            [numbers[value] for numbers, value in zip(index, self.complete(genotype).values(), strict=True)]
            for genotype in genotypes
        ]
        return np.array(rows, dtype=np.int8).reshape(-1, len(self.genes))

    def decode(self, codes: ArrayLike) -> list[Genotype]:
        """Return the genotypes of option indices, shape (genotypes, genes); raise InvalidFileError if out of range."""
        import numpy as np

        rows, sizes = np.atleast_2d(np.asarray(codes)), self._sizes
        if rows.shape[1] != len(sizes) or (rows < 0).any() or (rows >= sizes).any():
            raise InvalidFileError(
                f"Option indices of {self.name} have {len(sizes)} columns, each below {sizes.tolist()}."
            )
        options = list(self.genes.values())
        return [self.genotype(options[i][code] for i, code in enumerate(row)) for row in rows]

    def sample_codes(self, n: int, rng: Randomness) -> NDArray[np.int8]:
        """Draw `n` genotypes uniformly as option indices, shape (n, genes)."""
        return draw_options(self._sizes, n, generator(rng))

    def validate(self, genotype: Genotype) -> Genotype:
        """Return a member in canonical form; raise InvalidFileError that names the gene and its allowed values."""
        if genotype.space != self.name:
            raise InvalidFileError(f"The genotype belongs to {genotype.space!r}, not to {self.name!r}.")
        given = dict(genotype.genes)
        for gene, value in given.items():
            if value not in self.genes.get(gene, ()):
                check_value(self.name, self.genes, gene, value)
        if len(given) == len(self.genes):
            return self.canonical(given)
        member = self.canonical(self.complete(genotype))
        if lost := next((gene for gene, _ in member.genes if gene not in given), None):
            raise InvalidFileError(f"A genotype of {self.name} needs the gene {lost!r}: {listed(self.genes[lost])}.")
        return member

    def graph(self, genotype: Genotype, *, input: tuple[int, int] | None = None, joints: int | None = None) -> Graph:
        """Return the network as layers with shapes; raise ShapeError for an input it cannot take."""
        return self.build(dict(self.validate(genotype).genes), input=input, joints=joints)

    def open_graph(self, *, input: tuple[int, int] | None = None, joints: int | None = None) -> Graph:
        """Return the supernet: the graph with all genes open.

        Raises NasbenchPoseError for a gene with several options that the kind cannot leave open.
        """
        closed = {g: self.genes[g][0] for g in self.kind.never_open if len(self.genes.get(g, ())) == 1}
        try:
            return self.build(closed, input=input, joints=joints)
        except KeyError as error:
            raise NasbenchPoseError(
                f"{self.name} has no supernet: its kind {self.kind.name!r} cannot leave {error.args[0]!r} open, so "
                "strategies that train one, such as darts, do not work on it."
            ) from None

    def derive(self, weights: Mapping[str, ArrayLike]) -> Genotype:
        """Return the genotype with the largest weights, from the weights of the options of a supernet's `choices`.

        Each gene takes the option with the largest weight; a node of a cell takes its two strongest edges.
        """
        import numpy as np

        best = [made.options[int(np.argmax(made.likelihoods(weights)))] for made in self.decisions]
        return self.canonical(dict(gene for option in best for gene in option.genes))

    def path(self, genotype: Genotype) -> dict[str, int]:
        """Return a member's path through the supernet: the number of the alternative at each of `choices`.

        If several paths lead to the member, it is the first one. Raises InvalidFileError for a member without a path,
        such as a cell with two edges from the same state into a node.

        >>> from nasbench_pose.spaces import find, load
        >>> load("efficientpose_micro").path(find("micro-middle"))
        {'w1': 1, 'w2': 1, 'w3': 1, 's1b1': 0, 's2b1': 1, 's2b2': 1, 's3b1': 1}
        """
        genes = self.complete(self.validate(genotype))
        taken = [(made, made.option_of(genes)) for made in self.decisions]
        if lost := [made for made, option in taken if option is None]:
            where = ", ".join(f"{gene}={genes[gene]}" for gene in lost[0].genes)
            raise InvalidFileError(f"No path through the supernet of {self.name} leads to {where}.")
        return {choice: number for made, option in taken for choice, number in made.path(option or 0).items()}

    def build(
        self, genes: Mapping[str, Value], *, input: tuple[int, int] | None = None, joints: int | None = None
    ) -> Graph:
        """Return the network of these values, not in canonical form; genes without a value stay open.

        Cost tables need this: in canonical form it is not known which gene made which layer.
        """
        return self.kind.build(self, genes, *sizes(self, input, joints))
