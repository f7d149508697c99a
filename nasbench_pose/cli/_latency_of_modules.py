"""`nasbench-pose latency` of networks without a genotype: ONNX files and torch modules."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._arguments import Dims, genotype_of, shape_of
from nasbench_pose.cli._modules_and_onnx import current_folder, on_stderr
from nasbench_pose.cost.modules_and_onnx import is_module_or_onnx, is_onnx, unused_size
from nasbench_pose.errors import printable
from nasbench_pose.report.latency_text import busy_warning, table_of
from nasbench_pose.spaces import title_of

if TYPE_CHECKING:
    from nasbench_pose.evaluators.trial import Progress
    from nasbench_pose.latency.modules_and_onnx import AnyNetwork
    from nasbench_pose.latency.protocol import LatencyProtocol


def networks(
    names: Sequence[str],
    factories: Sequence[str],
    size: tuple[int, int] | None,
    shapes: Mapping[str, Dims],
    joints: int | None,
    keys: str | None,
) -> "dict[str, AnyNetwork]":
    """Return the networks by title. Genotypes, ONNX files and modules may be mixed."""
    from nasbench_pose.latency.modules_and_onnx import OnnxFile, TorchModule

    made: dict[str, AnyNetwork] = {}
    for name in names:
        if is_onnx(name):
            made[printable(Path(name).name)] = OnnxFile.of(Path(name), size, shapes)
        elif is_module_or_onnx(name):
            made[name] = _module(name, size)
        else:
            found = genotype_of(name, keys)
            made[title_of(found)] = TorchModule.of(found, *shape_of(name, size, joints))
    for factory in factories:
        made[factory] = _module(factory, size)
    if shapes and not any(is_onnx(name) for name in names):
        raise click.UsageError("--input NAME=AxBxC is for ONNX files only.")
    return made


def show(
    made: "Mapping[str, AnyNetwork]",
    protocol: "LatencyProtocol",
    *,
    repeats: int,
    seed: int,
    as_json: bool,
    progress: "Progress",
) -> None:
    """Measure networks and print their latencies."""
    from nasbench_pose.latency.modules_and_onnx import measure_networks

    with on_stderr():
        measured = measure_networks(list(made.values()), protocol, repeats=repeats, seed=seed, progress=progress)
    if as_json:
        how = {name: value for name, value in asdict(protocol).items() if name not in ("input", "joints")}
        about = {"protocol": how, "repeats": repeats, "seed": seed}
        entries = [
            {"network": title, "inputs": found.inputs, **about, **found.metrics}
            for title, found in zip(made, measured, strict=True)
        ]
        click.echo(json.dumps(entries))
    else:
        sizes = [", ".join("×".join(map(str, dims)) for dims in found.inputs.values()) for found in measured]
        rows = [(title, size, found.metrics) for title, size, found in zip(made, sizes, measured, strict=True)]
        click.echo(table_of(rows, protocol, repeats))
    warn_of_drift(max((found.metrics["reference_drift"] for found in measured), key=abs))


def warn_of_drift(drift: float) -> None:
    """Print a message on stderr if the machine was busy."""
    if warning := busy_warning(drift):
        click.echo(warning, err=True)


def _module(factory: str, size: tuple[int, int] | None) -> "AnyNetwork":
    from nasbench_pose.latency.modules_and_onnx import TorchModule

    with current_folder(), on_stderr():
        made = TorchModule.made_by(factory, size)
    if made.own_inputs and (warning := unused_size(factory, size)):
        click.echo(f"Warning: {warning}.", err=True)
    return made
