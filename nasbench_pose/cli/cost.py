"""`nasbench-pose cost`: exact parameters, MACs and activations of a genotype."""

import json
from typing import Any

import click

from nasbench_pose.cli._arguments import genotype_of, input_option, joints_option, key_option, title_of
from nasbench_pose.cli._tables import aligned
from nasbench_pose.cost import CONVENTIONS, Cost, count
from nasbench_pose.spaces import space_of

SHOWN = ("name", "operation", "shape", "params", "macs", "count")


@click.command()
@click.argument("genotype")
@input_option
@joints_option
@click.option("--convention", default="macs", show_default=True, help=f"How to count: {', '.join(CONVENTIONS)}.")
@click.option("--layers", is_flag=True, help="Show every layer that costs something.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with exact integers.")
@key_option
def cost(
    genotype: str,
    size: tuple[int, int] | None,
    joints: int | None,
    convention: str,
    layers: bool,
    as_json: bool,
    keys: str | None,
) -> None:
    """Count one forward pass of GENOTYPE on one image, exactly.

    GENOTYPE is a name (hrnet-w32), a genotype's text, a file, or with --keys a key in a database.
    """
    found = genotype_of(genotype, keys)
    space = space_of(found)
    graph = space.graph(found, input=size, joints=joints)
    counted = count(graph, convention=convention)
    (_, height, width), heat_maps = graph.input.shape, graph.output.shape[0]
    if as_json:
        about = {"genotype": found.text, "key": found.key, "input": [height, width], "joints": heat_maps}
        click.echo(json.dumps(about | _numbers(counted) | ({"layers": _layers(counted)} if layers else {})))
        return
    click.echo(f"{title_of(found)}, input {height}×{width}, {heat_maps} joints")
    click.echo(_table(counted))
    if layers:
        click.echo("\n" + _layer_table(counted))


def _numbers(cost: Cost) -> dict[str, Any]:
    return {
        "params": cost.params,
        "macs": cost.macs,
        "activations": cost.activations,
        "peak_elements": cost.peak_elements,
        "convention": cost.convention.name,
        "count": cost.count,
        "giga": cost.giga,
    }


def _layers(cost: Cost) -> list[dict[str, Any]]:
    return [{column: getattr(layer, column) for column in (*SHOWN, "activations")} for layer in cost.layers]


def _table(cost: Cost) -> str:
    rows = [
        ("parameters", cost.params, _short(cost.params, 10**9)),
        ("MACs", cost.macs, _short(cost.macs, 10**9)),
        ("activations", cost.activations, _short(cost.activations, 10**9)),
        ("peak activations", cost.peak_elements, _short(cost.peak_elements, 10**9)),
    ]
    if cost.convention.name != "macs":
        rows.append((f"convention {cost.convention.name}", cost.count, _short(cost.count, cost.convention.giga)))
    lines = [f"  {label:<20}{number:>18,}{short:>12}" for label, number, short in rows]
    return "\n".join([*lines, f"  {cost.convention.name}: {cost.convention.description}"])


def _short(number: int, giga: int) -> str:
    """Return `number` in G, or in M where G would begin with zeros; M is 1e6 or 2^20, as the convention's G is."""
    mega = 10**6 if giga == 10**9 else 2**20
    return f"{number / giga:.3f} G" if number >= giga / 10 else f"{number / mega:.3f} M"


def _layer_table(cost: Cost) -> str:
    paid = [layer for layer in cost.layers if layer.params or layer.count]
    head = ["layer", "operation", "output", "parameters", "MACs"]
    rows = [[x.name, x.operation, "×".join(map(str, x.shape)), f"{x.params:,}", f"{x.macs:,}"] for x in paid]
    total = ["total", "", "", f"{cost.params:,}", f"{cost.macs:,}"]
    if cost.convention.name != "macs":
        head.append(cost.convention.name)
        total.append(f"{cost.count:,}")
        rows = [[*row, f"{layer.count:,}"] for row, layer in zip(rows, paid, strict=True)]
    return aligned([head, *rows, total], left=2)
