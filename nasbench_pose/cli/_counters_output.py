"""`nasbench-pose cost --counters`: numbers of third-party counters go to stdout, warnings about them to stderr."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from nasbench_pose.graph import Graph
from nasbench_pose.report.counters_text import readings_text, readings_values, warnings_of

if TYPE_CHECKING:
    from nasbench_pose.cost.counters import Counter, Reading


def compare(graph: Graph, title: str, names: str, *, as_json: bool) -> None:
    """Build a network, run counters on it, and print their numbers."""
    import torch

    from nasbench_pose.cost.counters import compare
    from nasbench_pose.network import Network

    image = torch.zeros(1, *graph.input.shape)
    readings = compare(Network(graph), (image,), noted(names))
    _, height, width = graph.input.shape
    print_readings(readings, f"{title}, input {height}×{width}, {graph.output.shape[0]} joints", as_json=as_json)


def noted(names: str) -> list["Counter"]:
    """Return the counters in `names`; of `all`, report those that are not installed on stderr."""
    from nasbench_pose.cost.counters import selected

    counters, missing = selected(names)
    for note in missing:
        click.echo(f"Left out: {note}", err=True)
    return counters


def print_readings(readings: Sequence["Reading"], title: str, *, strict: bool = False, as_json: bool) -> None:
    """Print readings as a table or as JSON, and their warnings on stderr."""
    for warning in warnings_of(readings, strict=strict):
        click.echo(f"Warning: {warning.removesuffix('.')}.", err=True)
    click.echo(json.dumps(readings_values(readings)) if as_json else readings_text(readings, title))
