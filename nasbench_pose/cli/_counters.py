"""`nasbench-pose cost --counters`: outside counters side by side, and what explains their differences."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.graph import Graph
from nasbench_pose.report.text import aligned

if TYPE_CHECKING:
    from nasbench_pose.cost.counters import Counter, Reading

KEYS = ("counter", "value", "unit", "macs_difference", "explained", "remainder", "warnings", "error")


def compare(graph: Graph, title: str, names: str, *, as_json: bool) -> None:
    """Build a network, run counters on it, and print what they say."""
    import torch

    from nasbench_pose.cost.counters import compare
    from nasbench_pose.network import Network

    image = torch.zeros(1, *graph.input.shape)
    readings = compare(Network(graph), (image,), chosen(names))
    _, height, width = graph.input.shape
    print_readings(readings, f"{title}, input {height}×{width}, {graph.output.shape[0]} joints", as_json=as_json)


def chosen(names: str) -> list["Counter"]:
    """Return the counters that `names` says; of `all`, those that are installed."""
    from nasbench_pose.cost.counters import REGISTRY, installed

    wanted = [name.strip() for name in names.split(",")] if names != "all" else REGISTRY.names()
    asked = [REGISTRY.resolve(name) for name in wanted]
    for package in dict.fromkeys(counter.needs for counter in asked if not installed(counter)):
        missing = f"{package} is not installed: pip install 'nasbench-pose[counters]'."
        if names != "all":
            raise NasbenchPoseError(missing)
        click.echo(f"Left out: {missing}", err=True)
    return [counter for counter in asked if installed(counter)]


def print_readings(readings: Iterable["Reading"], title: str, *, strict: bool = False, as_json: bool) -> None:
    """Print a table, or a list of JSON objects; what is known to be wrong goes to stderr, with `strict` as an error.

    Raises NasbenchPoseError if every counter failed.
    """
    readings = list(readings)
    errors = [reading.error for reading in readings if reading.error]
    if errors and len(errors) == len(readings):
        raise NasbenchPoseError(f"{'; '.join(errors)}.")
    left_out = dict.fromkeys(warning for reading in readings for warning in reading.warnings)
    if strict and (uncounted := [warning for warning in left_out if warning.endswith("not counted")]):
        raise NasbenchPoseError(f"{'; '.join(uncounted)}.")
    for warning in (*left_out, *errors):
        click.echo(f"Warning: {warning.removesuffix('.')}.", err=True)
    if as_json:
        click.echo(json.dumps([{key: getattr(reading, key) for key in KEYS} for reading in readings]))
        return
    exact = f": {readings[0].exact:,} MACs, exact" if readings and readings[0].exact is not None else ""
    click.echo(f"{title}{exact}\n")
    head = ["counter", "unit", "value", "difference in MACs"]
    click.echo(aligned([head, *[row for reading in readings for row in _rows(reading)]], left=2))


def _rows(reading: "Reading") -> list[list[str]]:
    parts: list[tuple[str, Any]] = list(reading.explained.items())
    if reading.remainder:
        parts.append(("unexplained remainder", reading.remainder))
    value = "failed" if reading.value is None else f"{reading.value:,}"
    difference = "" if reading.macs_difference is None else _signed(reading.macs_difference)
    own = [reading.counter, reading.unit, value, difference]
    return [own, *[[f"  {what}", "", "", _signed(macs)] for what, macs in parts]]


def _signed(macs: int) -> str:
    return f"{macs:+,}" if macs else "0"
