"""Kinds of search spaces: the functions that build a graph from a space and a genotype."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, Shape
from nasbench_pose.plugins import Registry
from nasbench_pose.spaces.decisions import Decision, Option
from nasbench_pose.spaces.fields import Fields


class Template(Protocol):
    """The part of a search space that a kind reads."""

    @property
    def genes(self) -> Mapping[str, tuple[Value, ...]]:
        """Gene -> its options."""
        ...

    @property
    def fixed(self) -> Mapping[str, Any]:
        """Key -> fixed value."""
        ...


Genes = Mapping[str, Value]
"""Gene -> chosen value."""

Options = Mapping[str, tuple[Value, ...]]
"""Gene -> its options."""

Build = Callable[[Template, Genes, Shape, int], Graph]
"""(space, chosen values, image shape, joints) -> graph. Genes without a value stay open."""


def as_given(_: Template, genes: Genes) -> Genes:
    """Return `genes` unchanged: for kinds in which different genes always make different networks."""
    return genes


def as_listed(genes: Options, _: Mapping[str, Any]) -> Options:
    """Return `genes` unchanged: for kinds whose files list every gene."""
    return genes


def gene_by_gene(space: Template) -> tuple[Decision, ...]:
    """Return one decision for each gene: for kinds whose supernets have one open choice per gene."""
    return tuple(
        Decision({gene: options}, tuple(Option(((gene, i),), ((gene, value),)) for i, value in enumerate(options)))
        for gene, options in space.genes.items()
    )


@dataclass(frozen=True)
class Notation:
    """Another text format of genotypes, such as that of DARTS: its first characters, a parser and a writer."""

    beginning: str
    read: Callable[[Template, str], Genes]
    """(space, text) -> values of the text, not canonical; raises InvalidFileError."""
    write: Callable[[Template, Genes], str]


@dataclass(frozen=True)
class Kind:
    """The functions that turn the genes of a space into a network."""

    name: str
    build: Build
    coupled: tuple[str, ...] | Callable[[Template], tuple[str, ...] | None] | None = None
    """Genes that change the costs of *other* genes, or a function that returns them for a space; None = all genes.

    With these fixed, every layer that another gene decides is in a block or part with that gene's name and depends on
    no third gene. The cost is then a sum over the other genes.
    """
    canonical: Callable[[Template, Genes], Genes] = as_given
    """(space, a value for every gene) -> the canonical genes of this network, without genes that have no effect.

    Assignments that are the same network (layers skipped elsewhere, nodes in another order) have equal canonical genes.
    """
    spellings: Callable[[Template, Genes], int] | None = None
    """(space, a value for every gene) -> the number of assignments with the same canonical form; None = unknown."""
    expand: Callable[[Options, Mapping[str, Any]], Options] = as_listed
    """(genes of the file, fixed) -> genes of the space: for a kind that makes many genes from few keys."""
    decisions: Callable[[Template], tuple[Decision, ...]] = gene_by_gene
    """Space -> the decisions that turn the open choices of its supernet into genes."""
    never_open: tuple[str, ...] = ()
    """Genes that a supernet closes where they have one option; most of them cannot stay open between several."""
    notation: Notation | None = None
    """Another text format of genotypes that is usual in the field; None if there is none."""
    fields: Callable[[Options, Mapping[str, Any]], Fields] | None = None
    """(genes of the file, fixed) -> every key that the kind reads in such a space.

    None: unread keys are found by building networks.
    """
    peak_by_block: bool = True
    """Whether the memory in use while a block runs depends only on the block's own gene and the coupled genes."""


BUILT_IN = {
    "chain": "nasbench_pose.spaces.chain:KIND",
    "residual": "nasbench_pose.spaces.residual:KIND",
    "branches": "nasbench_pose.spaces.branches:KIND",
    "cell": "nasbench_pose.spaces.cell:KIND",
    "lite_branches": "nasbench_pose.spaces.lite_branches:KIND",
}
"""Name -> `module:attribute`, imported on first use."""


def _accept(name: str, found: Any) -> Kind | None:
    """Return a kind, or wrap a function `build` in one; its attribute `coupled` may name the coupled genes."""
    if isinstance(found, Kind):
        return found
    coupled = getattr(found, "coupled", None)
    return Kind(name, found, None if coupled is None else tuple(coupled)) if callable(found) else None


KINDS = Registry("kind of search space", "nasbench_pose.kinds", BUILT_IN, _accept, "a Kind or a function")


def kind(name: str) -> Kind:
    """Return a built-in kind, one of another package by its entry point, or one by its path `package.module:attribute`.

    The attribute is a `Kind`, or a function `build` whose attribute `coupled` may name the coupled genes. Raises
    UnknownNameError for a name that cannot be found or imported, InvalidFileError for an object of another type.

    >>> "width" in kind("chain").coupled
    True
    >>> kind("math:pi")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The kind of search space 'math:pi' is a float; expected a Kind or a function.
    """
    return KINDS.resolve(name)
