"""The text of a pair of cells in DARTS: `Genotype(normal=[('sep_conv_3x3', 1), …], normal_concat=range(2, 6), …)`.

quark0/darts and its successors print it and have it in their `genotypes.py`. It is parsed as data, never executed.
"""

import ast
from collections.abc import Sequence
from typing import Any

from nasbench_pose.errors import InvalidFileError, nearest
from nasbench_pose.genotype import Value
from nasbench_pose.spaces.cell_operations import OPERATIONS
from nasbench_pose.spaces.cell_wiring import Cell, Node, cells_of, concatenated, edge, genes_of
from nasbench_pose.spaces.kinds import Genes, Notation, Template

FIELDS = ("normal", "normal_concat", "reduce", "reduce_concat")
LONGEST = 10_000
"""Characters; a pair of cells needs some hundred."""


def spell(space: Template, genes: Genes) -> str:
    """Return the DARTS text of the cells of a genotype.

    >>> from nasbench_pose.spaces import find, load
    >>> text = spell(load("darts_pose"), dict(find("darts_pose/darts-v2").genes))
    >>> text[:66], text[-26:]
    ("Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_c", 'reduce_concat=range(2, 6))')
    """
    parts = []
    for name, cell in zip(("normal", "reduce"), cells_of(space, genes), strict=True):
        edges = [edge for node in cell.nodes for edge in node]
        first, last = cell.concat[0], cell.concat[-1]
        concat = range(first, last + 1) if last - first + 1 == len(cell.concat) else list(cell.concat)
        parts.append(f"{name}={edges}, {name}_concat={concat}")
    return f"Genotype({', '.join(parts)})"


def parse(space: Template, text: str) -> Genes:
    """Return the genes of a DARTS text, with nodes and edges in its order; edges may be grouped by nodes.

    Raises InvalidFileError for another text, and for cells that are not in the space.

    >>> from nasbench_pose.spaces import load
    >>> parse(load("darts_pose"), "Genotype(normal=[('sep_conv_3x3', 0), ('skip', 1)])")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: 'normal_concat' is missing; a text of cells is Genotype(normal=[…], ...
    """
    fields = _fields(text)
    cells = [_nodes(space, name, fields[name]) for name in ("normal", "reduce")]
    if len(cells[0]) != len(cells[1]):
        raise InvalidFileError(f"normal has {len(cells[0])} nodes and reduce {len(cells[1])}; expected as many.")
    genes: dict[str, Value] = genes_of("n", cells[0]) | genes_of("r", cells[1])
    return genes | _size(space, len(cells[0])) | _concat(space, cells, fields)


def _fields(text: str) -> dict[str, ast.expr]:
    try:
        call = ast.parse(text.strip()[: LONGEST + 1], mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        call = None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Genotype"):
        raise InvalidFileError(f"{_short(text)} is not a text of cells; {_EXPECTED}")
    fields = {str(keyword.arg): keyword.value for keyword in call.keywords}
    fields |= dict(zip(FIELDS, call.args, strict=False))
    for name in (*fields, *FIELDS):
        if name not in FIELDS:
            raise InvalidFileError(f"{name!r} is no part of a text of cells; {_EXPECTED}{nearest(name, FIELDS)}")
        if name not in fields:
            raise InvalidFileError(f"{name!r} is missing; {_EXPECTED}")
    return fields


_EXPECTED = "a text of cells is Genotype(normal=[…], normal_concat=range(2, 6), reduce=[…], reduce_concat=range(2, 6))."


def _nodes(space: Template, name: str, value: ast.expr) -> tuple[Node, ...]:
    listed = _literal(name, value)
    pairs = listed if any(_is_edge(item) for item in listed) else [pair for node in listed for pair in _several(node)]
    for pair in pairs:
        if not _is_edge(pair):
            raise InvalidFileError(f"{_short(repr(pair))} in {name} is no edge; expected ('sep_conv_3x3', 1).")
    if len(pairs) % 2 or not pairs:
        raise InvalidFileError(f"{name} has {len(pairs)} edges; expected two for each node.")
    for i, pair in enumerate(pairs):
        _check_edge(space, name, 2 + i // 2, *pair)
    return tuple((tuple(first), tuple(second)) for first, second in zip(pairs[::2], pairs[1::2], strict=True))


def _several(node: Any) -> Sequence[Any]:
    return node if isinstance(node, list | tuple) else [node]


def _literal(name: str, value: ast.expr) -> Sequence[Any]:
    try:
        found = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        found = None
    if not isinstance(found, list | tuple):
        raise InvalidFileError(f"{name} is {_short(ast.unparse(value))}; expected a list.")
    return found


def _is_edge(item: Any) -> bool:
    match item:
        case [str(), int(state)] if not isinstance(state, bool):
            return True
    return False


def _check_edge(space: Template, name: str, node: int, operation: str, state: int) -> None:
    known = dict.fromkeys(edge(value)[0] for value in space.genes["n2a"])
    if operation not in known:
        why = " (none is for supernets only)" if operation == "none" else ""
        where = "this space" if operation in OPERATIONS or why else "any"
        raise InvalidFileError(
            f"{_short(operation)!r} in {name} is no operation of {where}{why}; known: {', '.join(known)}."
            f"{nearest(operation, known)}"
        )
    if not 0 <= state < node:
        raise InvalidFileError(f"Node {node} of {name} reads state {state}; it can read 0 to {node - 1}.")


def _size(space: Template, nodes: int) -> dict[str, Value]:
    sizes = space.genes.get("nodes", (space.fixed["nodes"],) if "nodes" in space.fixed else ())
    if nodes not in sizes:
        raise InvalidFileError(f"The cells have {nodes} nodes; in this space they have {_either(sizes)}.")
    return {"nodes": nodes} if "nodes" in space.genes else {}


def _concat(space: Template, cells: list[tuple[Node, ...]], fields: dict[str, ast.expr]) -> dict[str, Value]:
    words = space.genes["concat"] if "concat" in space.genes else (space.fixed["concat"],)
    named = {name: _states(name, fields[name]) for name in ("normal_concat", "reduce_concat")}
    wanted = {str(word): [concatenated(Cell(nodes, ()), str(word)).concat for nodes in cells] for word in words}
    for word, concats in wanted.items():
        if concats == list(named.values()):
            return {"concat": word} if "concat" in space.genes else {}
    for i, (name, states) in enumerate(named.items()):
        possible = [list(concats[i]) for concats in wanted.values()]
        if list(states) not in possible:
            raise InvalidFileError(
                f"{name} is {_short(str(list(states)))}; in this space it would be {_either(possible)}."
            )
    raise InvalidFileError("One cell concatenates all of its nodes and the other the loose ones; expected both alike.")


def _states(name: str, value: ast.expr) -> tuple[int, ...]:
    match value:
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int(first)), ast.Constant(value=int(end))]):
            return tuple(range(first, min(end, first + 100)))
    states = _literal(name, value)
    if not all(isinstance(state, int) for state in states):
        raise InvalidFileError(f"{name} is {_short(str(states))}; expected numbers of states or a range.")
    return tuple(states)


def _either(values: Sequence[Any]) -> str:
    return " or ".join(map(str, dict.fromkeys(map(str, values))))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:37]}…"


NOTATION = Notation("Genotype(", parse, spell)
