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


Build = Callable[[Template, Mapping[str, Value], Shape, int], Graph]
"""(space, chosen values, image shape, joints) -> graph; genes without a value stay open."""


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


BUILT_IN = {
    "chain": ("nasbench_pose.spaces.chain:build", ("width", *(f"w{stage}" for stage in range(1, 10)))),
    "residual": ("nasbench_pose.spaces.residual:build", None),
    "branches": ("nasbench_pose.spaces.branches:build", None),
}


def kind(name: str) -> Kind:
    """Return a built-in kind, or a stranger's, spelt `package.module:function`.

    >>> kind("chain").coupled[:3]
    ('width', 'w1', 'w2')
    """
    place, coupled = (name, None) if ":" in name else pick("kind of search space", name, BUILT_IN)
    module, _, function = place.partition(":")
    try:
        return Kind(name, getattr(import_module(module), function), coupled)
    except (ImportError, AttributeError) as error:
        raise UnknownNameError(f"The kind {name!r} cannot be imported: {error}.") from None
