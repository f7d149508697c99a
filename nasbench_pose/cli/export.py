"""`nasbench-pose export`: a network as an ONNX file."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from nasbench_pose.cli._arguments import genotype_of, input_option, joints_option, key_option, trained_folder
from nasbench_pose.cli._output import NewFile
from nasbench_pose.cli._weights_options import loaded_weights, weights_options
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.spaces import title_of


class NewOnnxFile(NewFile):
    """An ONNX file to be written."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path; raise InvalidFileError for an ending of another format."""
        if Path(value).suffix.lower() != ".onnx" and not Path(value).is_dir():
            raise InvalidFileError(f"{value} does not end with .onnx; only ONNX files can be written.")
        return super().convert(value, param, ctx)


@click.command()
@click.argument("genotype")
@click.option("--out", type=NewOnnxFile(), required=True, help="ONNX file to write.")
@weights_options("Checkpoint; without one, weights are random.")
@input_option
@joints_option
@click.option("--opset", type=click.IntRange(11, 20), default=17, show_default=True, help="ONNX operator set.")
@click.option("--dynamic", is_flag=True, help="Make height and width dynamic, as the batch always is.")
@click.option("--half", is_flag=True, help="Compute in float16; images and heat maps stay float32.")
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
    opset: int,
    dynamic: bool,
    half: bool,
    as_json: bool,
    keys: str | None,
) -> None:
    """Write GENOTYPE as an ONNX file with the outputs of torch.

    The network runs in ONNX Runtime first. The file is written only if the outputs agree, compared with the change
    between two images.
    """
    from nasbench_pose.network import build
    from nasbench_pose.network.onnx import export as write

    found, folder = genotype_of(genotype, keys), trained_folder(genotype)
    weights = weights or (folder.weights if folder else None)
    if weights is None:
        network = build(found, joints=joints, input=size)
    else:
        given = loaded_weights(found, weights, joints=joints, input=size, skip_extra=skip_extra, part=part)
        network = given.network
    about = {"genotype": found.text, "key": found.key, "weights": weights.name if weights else "drawn"}
    written = write(network, out, about=about, opset=opset, dynamic=dynamic, half=half)
    if weights is None:
        click.echo("These weights are random, not trained; read trained ones with --weights.", err=True)
    if as_json:
        click.echo(json.dumps(about | asdict(written) | {"path": str(written.path)}))
        return
    shapes: list[tuple[object, ...]] = [network.graph.input.shape, written.shape]
    if dynamic:
        shapes = [(3, "height", "width"), (written.shape[0], "…")]
    inside, outside = (" × ".join(map(str, ("batch", *shape))) for shape in shapes)
    click.echo(f"{written.path}: {title_of(found)}, ONNX opset {written.opset}{', float16 inside' if half else ''}")
    click.echo(f"  input   {written.input}, float32, {inside}")
    click.echo(f"  output  {written.output}, float32, {outside}")
    click.echo(
        f"  ONNX Runtime and torch differ by at most {written.max_error:.1e}, "
        f"{written.relative_error:.1e} of what another image changes"
    )
