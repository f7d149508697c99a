"""Kinds: the functions that make a graph out of a space and a genotype."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, Shape
from nasbench_pose.plugins import Registry
from nasbench_pose.spaces.decisions import Decision, Option
from nasbench_pose.spaces.fields import Fields


class Template(Protocol):
    """What a kind reads of a search space."""

    @property
    def genes(self) -> Mapping[str, tuple[Value, ...]]:
        """Gene -> its options."""
        ...

    @property
    def fixed(self) -> Mapping[str, Any]:
        """What nobody chooses."""
        ...


Genes = Mapping[str, Value]
"""Gene -> chosen value."""

Options = Mapping[str, tuple[Value, ...]]
"""Gene -> what it can be."""

Build = Callable[[Template, Genes, Shape, int], Graph]
"""(space, chosen values, image shape, joints) -> graph; genes without a value stay open."""


def as_given(_: Template, genes: Genes) -> Genes:
    """Return `genes`: where every spelling is another network, and no gene is ever without effect."""
    return genes


def as_listed(genes: Options, _: Mapping[str, Any]) -> Options:
    """Return `genes`: where a file lists every gene itself."""
    return genes


def gene_by_gene(space: Template) -> tuple[Decision, ...]:
    """Return one decision for each gene: where the open choices of a supernet are the genes."""
    return tuple(
        Decision({gene: options}, tuple(Option(((gene, i),), ((gene, value),)) for i, value in enumerate(options)))
        for gene, options in space.genes.items()
    )


@dataclass(frozen=True)
class Notation:
    """A spelling of genotypes that is customary outside: how it begins, how it is read and written."""

    beginning: str
    read: Callable[[Template, str], Genes]
    """(space, text) -> values as they stand there, not brought into canonical form; raises InvalidFileError."""
    write: Callable[[Template, Genes], str]


@dataclass(frozen=True)
class Kind:
    """How a space's genes become a network."""

    name: str
    build: Build
    coupled: tuple[str, ...] | Callable[[Template], tuple[str, ...] | None] | None = None
    """Genes that change what the *others* cost, or a function that says which in a space; None = all of them.

    Given these, every layer that another gene decides stands in a block or part of that gene's name and depends on no
    third gene, so that cost is a sum over the other genes.
    """
    canonical: Callable[[Template, Genes], Genes] = as_given
    """(space, a value for every gene) -> the one spelling of this network, without the genes that have no effect.

    Two genotypes that are the same network (layers skipped elsewhere, nodes in another order) have one spelling.
    """
    spellings: Callable[[Template, Genes], int] | None = None
    """(space, a value for every gene) -> how many full assignments have the same canonical form; None = unknown."""
    expand: Callable[[Options, Mapping[str, Any]], Options] = as_listed
    """(genes as the file lists them, fixed) -> the space's genes: for a kind that makes many genes out of few words."""
    decisions: Callable[[Template], tuple[Decision, ...]] = gene_by_gene
    """Space -> how the open choices of its supernet become genes."""
    notation: Notation | None = None
    """The spelling of genotypes that is customary in the field, where there is one."""
    fields: Callable[[Options, Mapping[str, Any]], Fields] | None = None
    """(genes as the file lists them, fixed) -> every key that the kind reads in a space like that.

    None: a key that is not read is found out by building networks.
    """
    peak_by_block: bool = True
    """Whether what is in memory while a block runs depends on no other gene than its own and the coupled ones."""


BUILT_IN = {
    "chain": "nasbench_pose.spaces.chain:KIND",
    "residual": "nasbench_pose.spaces.residual:KIND",
    "branches": "nasbench_pose.spaces.branches:KIND",
    "cell": "nasbench_pose.spaces.cell:KIND",
    "lite_branches": "nasbench_pose.spaces.lite_branches:KIND",
}
"""Name -> `module:attribute`: nothing is imported before it is used."""


def _accept(name: str, found: Any) -> Kind | None:
    """Return a kind, made of a function `build` if need be; its attribute `coupled` may name the coupled genes."""
    if isinstance(found, Kind):
        return found
    coupled = getattr(found, "coupled", None)
    return Kind(name, found, None if coupled is None else tuple(coupled)) if callable(found) else None


KINDS = Registry("kind of search space", "nasbench_pose.kinds", BUILT_IN, _accept, "a Kind or a function")


def kind(name: str) -> Kind:
    """Return a kind: built in, of another package by its entry point, or spelt `package.module:attribute`.

    The attribute is a `Kind`, or a function `build` that may say in an attribute `coupled` which genes are. Raises
    UnknownNameError for what cannot be found or imported, InvalidFileError for what is neither.

    >>> "width" in kind("chain").coupled
    True
    >>> kind("math:pi")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The kind of search space 'math:pi' is a float; expected a Kind or a function.
    """
    return KINDS.resolve(name)
