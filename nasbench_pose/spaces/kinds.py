"""Kinds: the functions that make a graph out of a space and a genotype."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from nasbench_pose.errors import UnknownNameError, pick
from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, Shape


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

Build = Callable[[Template, Genes, Shape, int], Graph]
"""(space, chosen values, image shape, joints) -> graph; genes without a value stay open."""


def as_given(_: Template, genes: Genes) -> Genes:
    """Return `genes`: where every spelling is another network, and no gene is ever without effect."""
    return genes


@dataclass(frozen=True)
class Kind:
    """How a space's genes become a network."""

    name: str
    build: Build
    coupled: tuple[str, ...] | None = None
    """Genes that change what the *others* cost; None = all of them.

    Given these, every layer that another gene decides stands in a block of that gene's name and depends on no third
    gene, so that cost is a sum over the other genes.
    """
    canonical: Callable[[Template, Genes], Genes] = as_given
    """(space, a value for every gene) -> the one spelling of this network, without the genes that have no effect.

    Two genotypes that are the same network (layers skipped elsewhere, nodes in another order) have one spelling.
    """
    spellings: Callable[[Template, Genes], int] | None = None
    """(space, a value for every gene) -> how many full assignments have the same canonical form; None = unknown."""


BUILT_IN = {
    "chain": "nasbench_pose.spaces.chain:KIND",
    "residual": "nasbench_pose.spaces.residual:KIND",
    "branches": "nasbench_pose.spaces.branches:KIND",
}


def kind(name: str) -> Kind:
    """Return a built-in kind, or a stranger's, spelt `package.module:function` or, for a `Kind`, `package.module:KIND`.

    >>> kind("chain").coupled[:3]
    ('width', 'w1', 'w2')
    """
    place = name if ":" in name else pick("kind of search space", name, BUILT_IN)
    module, _, attribute = place.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UnknownNameError(f"The kind {name!r} cannot be imported: {error}.") from None
    return found if isinstance(found, Kind) else Kind(name, found)
