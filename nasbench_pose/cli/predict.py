"""`nasbench-pose predict`: the joints that a trained network predicts, as a file for `score`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.cli._arguments import Size, genotype_of, key_option
from nasbench_pose.cli._output import NewFigure, NewFile
from nasbench_pose.cli._training_options import BOXES, DATA, DEVICE, PRECISION, data_of
from nasbench_pose.cli._weights_options import (
    alignment_option,
    loaded_weights,
    noted_recipe,
    weights_of,
    weights_options,
)
from nasbench_pose.errors import DataError
from nasbench_pose.spaces import title_of

if TYPE_CHECKING:
    from nasbench_pose.evaluators.predict import Predicted
    from nasbench_pose.evaluators.predicted_files import Subjects


@click.command()
@click.argument("genotype")
@weights_options("Checkpoint of `evaluate --save`, or of another program; default: that of a folder.")
@DATA
@click.option(
    "--split", default="val", show_default=True, help="People: train, val, test, heldout (val and test), all."
)
@click.option("--protocol", help="Recipe with decoder, flip test and kind of output; default: the weights' own.")
@click.option("--input", "size", type=Size(), help="Image size in pixels, instead of the recipe's.")
@BOXES
@alignment_option
@DEVICE
@PRECISION
@click.option("--out", type=NewFile(".json"), required=True, help="JSON file to write.")
@click.option("--truth", type=NewFile(".json"), help="Also write the labels of these people, for `score`.")
@click.option("--draw", type=NewFigure(), help="Also draw the first 16 people: .png, .svg or .pdf.")
@click.option("--format", "form", type=click.Choice(["coco", "joints"]), help="Default: coco for COCO, else joints.")
@key_option
def predict(
    genotype: str,
    weights: Path | None,
    skip_extra: bool,
    part: str | None,
    data: str,
    split: str,
    protocol: str | None,
    size: tuple[int, int] | None,
    boxes: Path | None,
    alignment: Any,
    device: str | None,
    precision: str | None,
    out: Path,
    truth: Path | None,
    draw: Path | None,
    form: str | None,
    keys: str | None,
) -> None:
    """Predict the joints of people.

    GENOTYPE may be a folder of `train`, whose people are the default then. Joints are in pixels of the photographs.
    """
    from nasbench_pose.evaluators.predict import predict as predicted_by
    from nasbench_pose.evaluators.predicted_files import Subjects
    from nasbench_pose.network.devices import device_of, reproducible
    from nasbench_pose.pose import predictions
    from nasbench_pose.pose.skeleton import COCO17
    from nasbench_pose.pose.source import Source

    found, data = genotype_of(genotype, keys), data_of(genotype, data)
    computing = {name: value for name, value in (("device", device), ("precision", precision)) if value is not None}
    weights = weights_of(genotype, weights)
    recipe = noted_recipe(weights, protocol, size, computing)
    there = device_of(recipe.device)
    if form == "coco" and Source.parse(data).kind != "coco":
        raise DataError(
            f"People of {data!r} have no COCO image ids, so they cannot be written as coco; use --format joints."
        )
    if boxes is not None and (draw or form == "joints"):
        raise click.UsageError(f"{'--draw' if draw else '--format joints'} needs labelled people; leave --boxes out.")
    subjects = Subjects.of(data, split, recipe, boxes)
    people = subjects.people
    joints = people.skeleton.joints
    loaded = loaded_weights(found, weights, joints=joints, input=recipe.input, skip_extra=skip_extra, part=part)
    with reproducible(there):
        predicted = predicted_by(loaded.channels_last().to(there), subjects.seen, recipe, alignment)
    form = form or predictions.format_of(people)
    _write(out, subjects.formed(form, predicted))
    click.echo(f"{out}: {len(people):,} people of {data}, {split}, by {title_of(found)}")
    if truth is not None:
        _write(truth, subjects.truth(form))
    if draw is not None:
        _draw(draw, subjects, predicted, f"{title_of(found)} on {data}, {split}")
    names = "coco" if form == "coco" else "mpii" if people.kind == "mpii" else "pckh"
    lacking = form == "coco" and people.skeleton != COCO17 and not people.skeleton.sigmas
    click.echo(
        f"  nasbench-pose score {names} --truth {truth or 'TRUTH'} --predictions {out}{' --sigmas FILE' * lacking}"
    )


def _draw(path: Path, subjects: "Subjects", predicted: "Predicted", title: str) -> None:
    """Write a figure of the first predictions."""
    import numpy as np

    from nasbench_pose.plots import save
    from nasbench_pose.plots.predicted import MOST, predicted_sheet
    from nasbench_pose.pose.photographs import Photographs

    some = subjects.seen.take(np.arange(min(MOST, len(subjects.people))))
    save(predicted_sheet(some.held() if isinstance(some, Photographs) else some, predicted.joints, title), path)


def _write(path: Path, held: Any) -> None:
    path.write_text(json.dumps(held, allow_nan=False))
