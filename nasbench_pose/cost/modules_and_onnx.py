"""Torch modules and ONNX files as subjects of counters. Torch is imported on first use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pose.cost.inventory import Inventory
from nasbench_pose.errors import printable
from nasbench_pose.spaces import names

if TYPE_CHECKING:
    from nasbench_pose.cost.counters import Counter, Reading

Dims = tuple[int, ...]


@dataclass(frozen=True)
class Subject:
    """A network that is counted call by call."""

    title: str
    about: dict[str, Any]
    """Its identification in JSON: file or factory, and inputs."""
    inventory: Callable[[], Inventory]
    readings: "Callable[[list[Counter]], list[Reading]]"
    """Counters -> their readings."""
    warning: str = ""
    """A warning of an option that was not used; empty if there is none."""


def is_module_or_onnx(text: str) -> bool:
    """Return whether `text` names an ONNX file or a factory rather than a genotype.

    >>> is_module_or_onnx("net.onnx"), is_module_or_onnx("mypackage.nets:make")
    (True, True)
    >>> is_module_or_onnx("hrnet:width=32"), is_module_or_onnx("hrnet:w32")
    (False, False)
    """
    return is_onnx(text) or _is_factory(text)


def is_onnx(text: str) -> bool:
    """Return whether `text` is the name of an ONNX file."""
    return text.casefold().endswith(".onnx")


def _is_factory(text: str) -> bool:
    """Return whether `text` is `package.module:function`; a genotype's text has genes, `space:gene=value`."""
    package, _, function = text.partition(":")
    return package not in names() and all(part.isidentifier() for part in (*package.split("."), function))


def of_module(factory: str, size: tuple[int, int] | None = None, rules: Sequence[str] = ()) -> Subject:
    """Return the torch module that `factory` (package.module:function) makes.

    `size` is (height, width) of its image in pixels. A factory that returns inputs ignores it; `warning` reports that.
    `rules` name cost rules of operations that torch does not have. Raises NasbenchPoseError for a missing or failing
    factory or rule.

    >>> subject = of_module("torch.nn:Identity", (64, 48))
    >>> subject.title, subject.inventory().counted
    ('torch.nn:Identity (Identity), input 1×3×64×48', 0)
    """
    from nasbench_pose.cost.counters import compare, inventory_of, load_rules, made_by

    own = load_rules(rules)
    made = made_by(factory, input=size)
    module, inputs, keywords, _ = made
    shapes = _shapes(inputs), {name: _shapes(value) for name, value in keywords.items()}
    written = [_written(shapes[0]), *(f"{name}={_written(shape)}" for name, shape in shapes[1].items())]
    return Subject(
        f"{factory} ({type(module).__name__}), input {', '.join(filter(None, written))}",
        {"module": factory, "input": shapes[0]} | ({"keywords": shapes[1]} if keywords else {}),
        lambda: inventory_of(module, inputs, keywords, rules=own),
        lambda counters: compare(module, inputs, counters, keywords, rules=own),
        unused_size(factory, size) if made.own_inputs else "",
    )


def unused_size(factory: str, size: tuple[int, int] | None) -> str:
    """Return the warning that a factory with its own inputs ignores `size`; "" if there is no `size`."""
    if size is None:
        return ""
    return f"{factory} returns its own inputs; --input {'×'.join(map(str, size))} is not used"


def of_onnx(path: Path, size: tuple[int, int] | None = None, shapes: Mapping[str, Dims] | None = None) -> Subject:
    """Return the network of an ONNX file; `shapes` are full shapes of its inputs by name.

    Raises NasbenchPoseError for a malformed file, and for one with unknown shapes.
    """
    from nasbench_pose.cost.onnx_file import network_of

    network = network_of(path, input=size, inputs=shapes or {})
    inputs = ", ".join(f"{printable(name)} {'×'.join(map(str, dims))}" for name, dims in network.inputs.items())
    batch = f"; of one image, a batch of {network.batch} divided out" if network.batch > 1 else ""

    def readings(counters: "list[Counter]") -> "list[Reading]":
        from nasbench_pose.cost.counters import by_rules

        return by_rules(network.inventory, counters)

    return Subject(
        f"{printable(path.name)}, input {inputs}{batch}",
        {"file": str(path), "inputs": network.inputs, "batch": network.batch},
        lambda: network.inventory,
        readings,
    )


def _shapes(inputs: Any) -> list[list[int]]:
    """Return the shapes of the tensors in nested `inputs`."""
    from torch.utils._pytree import tree_leaves

    return [list(leaf.shape) for leaf in tree_leaves(inputs) if hasattr(leaf, "shape")]


def _written(shapes: Sequence[Sequence[int]]) -> str:
    return ", ".join("×".join(map(str, shape)) for shape in shapes)
