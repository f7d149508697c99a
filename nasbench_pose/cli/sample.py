"""`nasbench-pose sample`: random genotypes of a space, optionally within a range of cost."""

import csv
import io
import json
import math
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.cli._arguments import input_option, joints_option
from nasbench_pose.cli._ranges import Range
from nasbench_pose.large_numbers import approximately
from nasbench_pose.report.text import aligned

if TYPE_CHECKING:
    import numpy as np

    from nasbench_pose.cost import CostTable, Quantity
    from nasbench_pose.spaces import SearchSpace

COLUMNS = ("key", "genotype", "params", "macs", "activations", "peak_elements")


@click.command()
@click.argument("space")
@click.option("--macs", type=Range(), help="Range of MACs, e.g. 0.5G..0.7G or ..1G.")
@click.option("--params", type=Range(), help="Range of parameters, e.g. 1M..2M.")
@click.option("-n", "number", type=click.IntRange(min=1), default=10, show_default=True, help="Genotypes to draw.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the random draw.")
@input_option
@joints_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with exact integers.")
def sample(
    space: str,
    macs: tuple[int, int | None] | None,
    params: tuple[int, int | None] | None,
    number: int,
    seed: int,
    size: tuple[int, int] | None,
    joints: int | None,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Draw genotypes uniformly, optionally within a range of cost.

    SPACE is a name or the path of a .toml file. All genotypes within the range are equally likely. Draws are
    independent, so genotypes repeat if the range has few.
    """
    import numpy as np

    from nasbench_pose import cost
    from nasbench_pose.spaces import load

    if macs and params:
        raise click.UsageError("--macs and --params exclude each other; choose one.")
    found = load(space)
    low, high = macs or params or (0, None)
    costs = cost.table(found, input=size, joints=joints)
    quantity: Quantity = "params" if params else "macs"
    codes, share, exact = _draw(costs, number, np.random.default_rng(seed), (low, high), quantity)
    rows = _rows(found, costs, codes)
    if as_json:
        about = {"space": found.name, "input": size or found.input, "joints": joints or found.joints, "seed": seed}
        ends = {"quantity": quantity, "low": low, "high": high, "size": exact, "share": share}
        click.echo(json.dumps(about | {"window": ends, "genotypes": rows}))
    elif as_csv:
        click.echo(_csv(rows), nl=False)
    else:
        height, width = size or found.input
        many = f"about {100 * share:.2g} %" if exact is None else approximately(exact, 2)
        click.echo(f"{found.name}, input {height}×{width}, {joints or found.joints} joints: ", nl=False)
        click.echo(f"{many} of {approximately(found.size, 2)} genotypes are in the range\n")
        click.echo(_table(rows))


def _draw(
    costs: "CostTable", n: int, rng: "np.random.Generator", ends: tuple[int, int | None], quantity: "Quantity"
) -> tuple[Any, float, int | None]:
    """Return codes, the share of the space in the range, and the number of genotypes in it if it can be counted."""
    from nasbench_pose import cost

    if cost.countable(costs, quantity):
        window = cost.window(costs, *ends, quantity)
        return window.sample(n, rng), window.size / math.prod(costs.sizes), window.size
    drawn = cost.rejection(costs, n, rng, *ends, quantity)
    return drawn.codes, drawn.share, None


def _rows(space: "SearchSpace", table: "CostTable", codes: Any) -> list[dict[str, Any]]:
    counted, memory = table.count(codes), table.memory(codes)
    costs = (counted.params, counted.macs, memory.activations, memory.peak_elements)
    numbers = zip(*(column.tolist() for column in costs), strict=True)
    texts = [(genotype.key, genotype.text) for genotype in space.decode(codes)]
    return [dict(zip(COLUMNS, (*text, *row), strict=True)) for text, row in zip(texts, numbers, strict=True)]


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _table(rows: list[dict[str, Any]]) -> str:
    head = ["key", "MMACs", "parameters (k)", "activations (k)", "peak activations (k)"]
    thousands = ("params", "activations", "peak_elements")
    body = [[row["key"], f"{row['macs'] / 1e6:.2f}", *(f"{row[what] / 1e3:.1f}" for what in thousands)] for row in rows]
    texts = ["genotype", *(row["genotype"] for row in rows)]
    lines = aligned([head, *body], left=1).splitlines()
    return "\n".join(f"{line}  {text}" for line, text in zip(lines, texts, strict=True))
