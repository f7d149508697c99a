"""`nasbench-pose export`: a network as an ONNX file."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from nasbench_pose.cli._arguments import genotype_of, input_option, joints_option, key_option, title_of
from nasbench_pose.cli._checkpoint import loaded_weights, weights_options
from nasbench_pose.cli._output import NewFile


@click.command()
@click.argument("genotype")
@click.option("--out", type=NewFile(), required=True, help="ONNX file to write.")
@weights_options("Checkpoint; without one, weights are drawn.")
@input_option
@joints_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@key_option
def export(
    genotype: str,
    out: Path,
    weights: Path | None,
    skip_extra: bool,
    part: str | None,
    size: tuple[int, int] | None,
    joints: int | None,
    as_json: bool,
    keys: str | None,
) -> None:
    """Write GENOTYPE as an ONNX file that gives what torch gives.

    The file is run in ONNX Runtime; it is written only if the output agrees with torch's.
    """
    from nasbench_pose.network import build
    from nasbench_pose.network.onnx import export as write

    found = genotype_of(genotype, keys)
    if weights is None:
        network = build(found, joints=joints, input=size)
    else:
        given = loaded_weights(found, weights, joints=joints, input=size, skip_extra=skip_extra, part=part)
        network = given.network
    about = {"genotype": found.text, "key": found.key, "weights": weights.name if weights else "drawn"}
    written = write(network, out, about=about)
    if weights is None:
        click.echo("These weights were drawn, not trained; give trained ones with --weights.", err=True)
    if as_json:
        click.echo(json.dumps(about | asdict(written) | {"path": str(written.path)}))
        return
    shapes = [" × ".join(map(str, ("batch", *shape))) for shape in (network.graph.input.shape, written.shape)]
    click.echo(f"{written.path}: {title_of(found)}, ONNX opset {written.opset}")
    click.echo(f"  input   {written.input}, float32, {shapes[0]}")
    click.echo(f"  output  {written.output}, float32, {shapes[1]}")
    click.echo(
        f"  ONNX Runtime and torch differ by at most {written.max_error:.1e}, "
        f"{written.relative_error:.1e} of the largest value"
    )
