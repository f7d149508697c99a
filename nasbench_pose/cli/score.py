"""`nasbench-pose score`: published metrics of predictions in a file."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def files(truth: str, predictions: str) -> Callable[[F], F]:
    """Add the options of the two files, with these help texts, and --json to a command."""

    def give(command: F) -> F:
        file = click.Path(path_type=Path)
        for option in (
            click.option("--json", "as_json", is_flag=True, help="Print JSON with all digits instead of a table."),
            click.option("--predictions", type=file, required=True, help=predictions),
            click.option("--truth", type=file, required=True, help=truth),
        ):
            command = option(command)
        return command

    return give


@click.group()
def score() -> None:
    """Score a file of predictions with the published metrics."""


@score.command()
@files("Ground truth: .npz or the official gt_valid.mat.", "Predicted joints: .npz, .mat or .json.")
def mpii(truth: Path, predictions: Path, as_json: bool) -> None:
    """Print PCKh@0.5 on MPII: seven limbs, the mean of 14 joints, and the mean weighted by labels that HRNet prints."""
    from nasbench_pose.pose import mpii as benchmark

    found = asdict(benchmark.score(truth, predictions))
    if as_json:
        click.echo(_json(found))
        return
    click.echo("PCKh@0.5 on MPII, percent (higher is better)")
    for limb, percent in found.items():
        click.echo(f"  {limb.replace('_', ' '):<14}{_percent(percent)}")


@score.command()
@files("Labelled joints and head sizes: .npz, .mat or .json.", "Predicted joints: .npz, .mat or .json.")
@click.option(
    "--threshold", type=click.FloatRange(min=0, min_open=True), default=0.5, show_default=True, help="Head sizes."
)
def pckh(truth: Path, predictions: Path, threshold: float, as_json: bool) -> None:
    """Print PCKh of any joints, per joint and mean, as `evaluate` measures it."""
    from nasbench_pose.pose import pckh as benchmark

    found = asdict(benchmark.score(truth, predictions, threshold))
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
    if as_json:
        click.echo(_json(found | ({"per_joint": joints} if per_joint else {})))
        return
    click.echo("OKS by COCO's official code, percent (higher is better)")
    for name, share in found.items():
        click.echo(f"  {name:<5}{_share(share)}")
    for number, (name, share) in enumerate(joints.items()):
        click.echo("AP of each joint alone\n" * (number == 0) + f"  {name:<14}{_share(share)}")


def _percent(percent: float) -> str:
    return "  none: labelled nowhere" if math.isnan(percent) else f"{percent:6.2f}"


def _share(share: float) -> str:
    return f"{100 * share:6.2f}" if share >= 0 else "  none: no such person in the truth"


def _json(found: Any) -> str:
    """Return `found` as JSON, which has no NaN: null means that the number does not exist."""
    return json.dumps(_without_nan(found), indent=2, allow_nan=False)


def _without_nan(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _without_nan(value) for name, value in found.items()}
    return None if isinstance(found, float) and not math.isfinite(found) else found
