"""`nasbench-pose cost` of networks without a genotype: torch modules and ONNX files."""

import json
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from nasbench_pose.cli._arguments import Dims
from nasbench_pose.cli._counters_output import noted, print_readings
from nasbench_pose.cost import CONVENTIONS
from nasbench_pose.cost.inventory import Inventory, UncountedWarning, seen
from nasbench_pose.errors import NasbenchPoseError, pick, printable
from nasbench_pose.report.cost_text import totals
from nasbench_pose.report.text import aligned
from nasbench_pose.spaces import names

if TYPE_CHECKING:
    from nasbench_pose.cost.counters import Reading


@dataclass(frozen=True)
class Subject:
    """A network that is counted call by call."""

    title: str
    about: dict[str, Any]
    inventory: Callable[[], Inventory]
    readings: Callable[[str], "list[Reading]"]
    """Names of counters -> what they say."""


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


def subject_of(
    name: str | None,
    factory: str | None,
    size: tuple[int, int] | None,
    shapes: Mapping[str, Dims],
    rules: Sequence[str] = (),
) -> Subject:
    """Return the module that a factory makes, or the network of an ONNX file; `name` is either of them.

    `size` is that of images; `shapes` has whole shapes of an ONNX file's inputs by name. `rules` name cost rules of
    operations of torch.
    """
    if (name is not None and factory is not None) or (text := factory or name) is None:
        raise click.UsageError("Give a GENOTYPE, or an ONNX file, or --module: one of them.")
    if factory is None and is_onnx(text):
        if rules:
            raise click.UsageError("--rule is for torch modules; an ONNX file has other operations.")
        return _onnx(Path(text), size, shapes)
    if shapes:
        raise click.UsageError("--input NAME=AxBxC is for ONNX files only.")
    return _module(text, size, rules)


def _module(factory: str, size: tuple[int, int] | None, rules: Sequence[str]) -> Subject:
    from nasbench_pose.cost.counters import compare, inventory_of, load_rules, made_by

    with current_folder(), on_stderr():
        own = load_rules(rules)
        module, inputs, keywords, own_inputs = made_by(factory, input=size)
    if own_inputs and size is not None:
        ignored = "×".join(map(str, size))
        click.echo(f"Warning: {factory} returns its own inputs; --input {ignored} is not used.", err=True)
    shapes = _shapes(inputs), {name: _shapes(value) for name, value in keywords.items()}
    written = [_written(shapes[0]), *(f"{name}={_written(shape)}" for name, shape in shapes[1].items())]
    return Subject(
        f"{factory} ({type(module).__name__}), input {', '.join(filter(None, written))}",
        {"module": factory, "input": shapes[0]} | ({"keywords": shapes[1]} if keywords else {}),
        lambda: inventory_of(module, inputs, keywords, rules=own),
        lambda asked: compare(module, inputs, noted(asked), keywords, rules=own),
    )


def _shapes(inputs: Any) -> list[list[int]]:
    """Return the shapes of the tensors in `inputs`, however they are nested."""
    from torch.utils._pytree import tree_leaves

    return [list(leaf.shape) for leaf in tree_leaves(inputs) if hasattr(leaf, "shape")]


def _written(shapes: Sequence[Sequence[int]]) -> str:
    return ", ".join("×".join(map(str, shape)) for shape in shapes)


@contextmanager
def current_folder() -> Iterator[None]:
    """Let Python import what lies in the current folder, as `python -m` does."""
    before = list(sys.path)
    sys.path.insert(0, str(Path.cwd()))
    try:
        yield
    finally:
        sys.path[:] = before


def on_stderr() -> redirect_stdout[TextIO]:
    """Redirect the output of user code to stderr, so that stdout has only the command's result."""
    return redirect_stdout(sys.stderr)


def _onnx(path: Path, size: tuple[int, int] | None, shapes: Mapping[str, Dims]) -> Subject:
    from nasbench_pose.cost.onnx_file import network_of

    network = network_of(path, input=size, inputs=shapes)
    inputs = ", ".join(f"{printable(name)} {'×'.join(map(str, dims))}" for name, dims in network.inputs.items())
    batch = f"; of one image, a batch of {network.batch} divided out" if network.batch > 1 else ""

    def by_rules(asked: str) -> "list[Reading]":
        from nasbench_pose.cost.counters import by_rules

        return by_rules(network.inventory, noted(asked))

    return Subject(
        f"{printable(path.name)}, input {inputs}{batch}",
        {"file": str(path), "inputs": network.inputs, "batch": network.batch},
        lambda: network.inventory,
        by_rules,
    )


def show(subject: Subject, convention: str, *, counters: str | None, layers: bool, strict: bool, as_json: bool) -> None:
    """Print the totals of a network, its calls, or what outside counters say of it.

    What is in no count is a warning, with `strict` an error.
    """
    rules = pick("convention", convention, CONVENTIONS)
    if counters is not None:
        with on_stderr():
            readings = subject.readings(counters)
        print_readings(readings, subject.title, strict=strict, as_json=as_json)
        return
    with on_stderr():
        found = subject.inventory()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UncountedWarning)  # said below, one line each
        count = found.count(convention)
    if (left_out := found.uncounted()) and strict:
        raise NasbenchPoseError(f"{'; '.join(left_out)}.")
    for operation, macs in found.unseen(convention).items():
        left_out.append(f"{convention} counts nothing for {operation}: {macs:,} MACs")
    for warning in left_out:
        click.echo(f"Warning: {printable(warning)}.", err=True)
    if as_json:
        numbers = {"params": found.params, "macs": found.counted, "activations": found.activations}
        counted = {"convention": convention, "count": count, "giga": count / rules.giga}
        missing = {
            "uncounted": found.missing_times(),
            "missing": [entry._asdict() for entry in found.missing],
            "outside": list(found.outside),
        }
        listed = {"layers": _calls(found, convention)} if layers else {}
        click.echo(json.dumps(subject.about | numbers | counted | missing | listed))
        return
    click.echo(subject.title)
    numbers = {"parameters": found.params, "MACs": found.counted, "activations": found.activations}
    click.echo(totals(numbers, rules, count))
    if layers:
        click.echo("\n" + _table(found, convention, count))


def _calls(found: Inventory, convention: str) -> list[dict[str, Any]]:
    rules = CONVENTIONS[convention].rules
    return [
        {"name": call.name, "operation": call.operation, "macs": call.macs, "count": seen(rules, call)}
        for call in found.calls
    ]


def _table(found: Inventory, convention: str, count: int) -> str:
    paid = [call for call in _calls(found, convention) if call["macs"] or call["count"]]
    rows = [[printable(call["name"]), call["operation"], f"{call['macs']:,}", f"{call['count']:,}"] for call in paid]
    total = ["total", "", f"{found.counted:,}", f"{count:,}"]
    head = ["call in", "operation", "MACs", convention]
    columns = 3 if convention == "macs" else 4
    return aligned([row[:columns] for row in (head, *rows, total)], left=2)
