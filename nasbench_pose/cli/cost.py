"""`nasbench-pose cost`: exact parameters, MACs and activations of a genotype, a torch module or an ONNX file."""

import json
from typing import Any

import click

from nasbench_pose.cli._arguments import (
    Dims,
    genotype_of,
    image_size,
    input_shapes,
    inputs_option,
    joints_option,
    key_option,
    shape_of,
)
from nasbench_pose.cli._counters_output import compare
from nasbench_pose.cli._modules_and_onnx import show, subject_of
from nasbench_pose.cost import CONVENTIONS, Cost, count
from nasbench_pose.cost.modules_and_onnx import is_module_or_onnx
from nasbench_pose.report.cost_text import totals
from nasbench_pose.report.text import aligned
from nasbench_pose.spaces import space_of, title_of

SHOWN = ("name", "operation", "shape", "params", "macs", "count")


@click.command()
@click.argument("genotype", required=False)
@click.option(
    "--module",
    "factory",
    metavar="PACKAGE.MODULE:NAME",
    help="Count this torch module, or the one that this function returns, instead of a GENOTYPE, on 256x256 or as "
    "--input says.",
)
@inputs_option
@joints_option
@click.option("--convention", default="macs", show_default=True, help=f"How to count: {', '.join(CONVENTIONS)}.")
@click.option(
    "--counters",
    metavar="NAMES",
    help="Run third-party counters on the network and explain their numbers: all, or some of fvcore, thop, "
    "torch, ptflops, ptflops_aten, with commas.",
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="PACKAGE.MODULE:ATTRIBUTE",
    help="Cost rules for operations that torch does not have: a mapping from an operation's full name to a function of "
    "(args, result) that returns its MACs. May be given several times.",
)
@click.option("--strict", is_flag=True, help="Fail if an operation of a module or file cannot be counted.")
@click.option("--layers", is_flag=True, help="Show every layer whose cost is not zero.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with exact integers.")
@key_option
def cost(
    genotype: str | None,
    factory: str | None,
    sizes: tuple[tuple[str, Dims], ...],
    joints: int | None,
    convention: str,
    counters: str | None,
    rules: tuple[str, ...],
    strict: bool,
    layers: bool,
    as_json: bool,
    keys: str | None,
) -> None:
    """Count the exact cost of one forward pass of GENOTYPE.

    GENOTYPE is a name (hrnet-w32), a genotype's text, a file, the folder of a trained network, whose image size and
    joints are the defaults then, or with --keys a key in a database. An ONNX file (x.onnx) and other
    torch modules (package.module:function, or with --module) are counted, too.
    """
    if counters is not None and layers:
        raise click.UsageError("--counters and --layers exclude each other.")
    if genotype is None or factory is not None or is_module_or_onnx(genotype):
        if joints is not None or keys is not None:
            raise click.UsageError("--joints and --keys are for genotypes only.")
        subject = subject_of(genotype, factory, image_size(sizes), input_shapes(sizes), rules)
        show(subject, convention, counters=counters, layers=layers, strict=strict, as_json=as_json)
        return
    if rules:
        raise click.UsageError("--rule is for torch modules only.")
    if input_shapes(sizes):
        raise click.UsageError("--input NAME=AxBxC is for ONNX files only.")
    found = genotype_of(genotype, keys)
    space = space_of(found)
    size, joints = shape_of(genotype, image_size(sizes), joints)
    graph = space.graph(found, input=size, joints=joints)
    counted = count(graph, convention=convention)
    if counters is not None:
        compare(graph, title_of(found), counters, as_json=as_json)
        return
    (_, height, width), heat_maps = graph.input.shape, graph.output.shape[0]
    if as_json:
        about = {"genotype": found.text, "key": found.key, "input": [height, width], "joints": heat_maps}
        calls = [{column: getattr(layer, column) for column in (*SHOWN, "activations")} for layer in counted.layers]
        click.echo(json.dumps(about | _numbers(counted) | ({"layers": calls} if layers else {})))
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


def _table(cost: Cost) -> str:
    numbers = {
        "parameters": cost.params,
        "MACs": cost.macs,
        "activations": cost.activations,
        "peak activations": cost.peak_elements,
    }
    return totals(numbers, cost.convention, cost.count)


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
