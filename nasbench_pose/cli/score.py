"""`nasbench-pose score`: published metrics of predictions in a file."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from nasbench_pose.cli._training_options import BOXES, DEVICE
from nasbench_pose.files import is_folder

F = TypeVar("F", bound=Callable[..., Any])

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON with all digits instead of a table.")


def files(truth: str, predictions: str) -> Callable[[F], F]:
    """Add the options of the two files, with these help texts, and --json to a command."""

    def give(command: F) -> F:
        file = click.Path(path_type=Path)
        for option in (
            AS_JSON,
            click.option("--predictions", type=file, required=True, help=predictions),
            click.option("--truth", type=file, required=True, help=truth),
        ):
            command = option(command)
        return command

    return give


class _Scores(click.Group):
    """Takes the folder of a trained network in place of a benchmark: `score net` is `score trained net`."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command at the start of `args`."""
        if args[0] not in self.commands and is_folder(args[0]):
            args = ["trained", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_Scores)
def score() -> None:
    """Score predictions, or a trained folder, as published.

    `score FOLDER` predicts first: it is `score trained FOLDER`.
    """


@score.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--data", help="Data set.  [default: that of the training]")
@click.option(
    "--split", default="val", show_default=True, help="People: train, val, test, heldout (val and test), all."
)
@BOXES
@DEVICE
@AS_JSON
def trained(folder: Path, data: str | None, split: str, boxes: Path | None, device: str | None, as_json: bool) -> None:
    """Predict the joints of people by a network of `train`, and score them.

    People of COCO by AP, those of MPII by PCKh@0.5 of its tables, and others by PCKh.
    """
    from nasbench_pose.trained import TrainedFolder
    from nasbench_pose.trained.scored import scored

    network = TrainedFolder.read(folder)
    source = data or str(network.card["data"])
    benchmark, people, found = scored(network, source, split, device or "cpu", boxes)
    if not as_json:
        click.echo(f"{folder}: {network.card['name']} on {people:,} people of {source}, {split}")
    {"coco": _print_coco, "mpii": _print_mpii, "pckh": _print_pckh}[benchmark](asdict(found), as_json)


@score.command()
@files("Ground truth: .npz or the official gt_valid.mat.", "Predicted joints: .npz, .mat or .json.")
def mpii(truth: Path, predictions: Path, as_json: bool) -> None:
    """Print PCKh@0.5 on MPII: seven limbs, the mean of 14 joints, and the mean weighted by labels that HRNet prints."""
    from nasbench_pose.pose import mpii as benchmark

    _print_mpii(asdict(benchmark.score(truth, predictions)), as_json)


def _print_mpii(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(_json(found))
        return
    click.echo("PCKh@0.5 on MPII, percent (higher is better)")
    for limb, percent in found.items():
        click.echo(f"  {limb.replace('_', ' '):<14}{_percent(percent, 'not labelled, or on one side only')}")


@score.command()
@files("Labelled joints and head sizes: .npz, .mat or .json.", "Predicted joints: .npz, .mat or .json.")
@click.option(
    "--threshold", type=click.FloatRange(min=0, min_open=True), default=0.5, show_default=True, help="Head sizes."
)
def pckh(truth: Path, predictions: Path, threshold: float, as_json: bool) -> None:
    """Print PCKh of any joints, per joint and mean, as `evaluate` measures it."""
    from nasbench_pose.pose import pckh as benchmark

    _print_pckh(asdict(benchmark.score(truth, predictions, threshold)), as_json)


def _print_pckh(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(_json(found))
        return
    click.echo(f"{found['metric']} of {found['people']:,} people, percent (higher is better)")
    means = {"every label": found["weighted_mean"], "every joint": found["mean"], "area": found["area"]}
    for name, percent in (means | found["per_joint"]).items():
        click.echo(f"  {name:<14}{_percent(percent)}")


@score.command()
@files("Annotations, such as person_keypoints_val2017.json.", "Detections: the .json list that COCO's server takes.")
@click.option(
    "--max-dets", type=click.IntRange(min=1), default=20, show_default=True, help="Predictions per image that count."
)
@click.option("--per-joint", is_flag=True, help="Also print the AP of each joint.")
@click.option("--sigmas", help="0.026,0.025,… or a file (TOML, JSON, text); default: the truth's own, or COCO's.")
def coco(truth: Path, predictions: Path, max_dets: int, per_joint: bool, sigmas: str | None, as_json: bool) -> None:
    """Print AP and AR on COCO keypoints: the ten statistics of COCOeval, computed by the official code."""
    from nasbench_pose.pose import coco as benchmark
    from nasbench_pose.pose.sigmas import joint_names, sigmas_of

    about: dict[str, Any] = {"max_detections": max_dets}
    names: dict[str, Any] = {}
    if sigmas is not None:
        about["sigmas"] = sigmas_of(sigmas)
        names["joints"] = joint_names(truth, len(about["sigmas"]))
    found: dict[str, Any] = asdict(benchmark.score(truth, predictions, **about))
    joints = benchmark.score_joints(truth, predictions, **about, **names) if per_joint else {}
    _print_coco(found | ({"per_joint": joints} if per_joint else {}), as_json)


def _print_coco(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(_json(found))
        return
    joints = found.pop("per_joint", {})
    click.echo("OKS by COCO's official code, percent (higher is better)")
    for name, share in found.items():
        click.echo(f"  {name:<5}{_share(share)}")
    for number, (name, share) in enumerate(joints.items()):
        click.echo("AP of each joint alone\n" * (number == 0) + f"  {name:<14}{_share(share)}")


def _percent(percent: float, why: str = "labelled nowhere") -> str:
    return f"  none: {why}" if math.isnan(percent) else f"{percent:6.2f}"


def _share(share: float) -> str:
    return f"{100 * share:6.2f}" if share >= 0 else "  none: no such person in the truth"


def _json(found: Any) -> str:
    """Return `found` as JSON, which has no NaN: null means that the number does not exist."""
    return json.dumps(_without_nan(found), indent=2, allow_nan=False)


def _without_nan(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _without_nan(value) for name, value in found.items()}
    return None if isinstance(found, float) and not math.isfinite(found) else found
