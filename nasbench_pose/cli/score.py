"""`nasbench-pose score`: published metrics of predictions in a file."""

import json
from dataclasses import asdict
from pathlib import Path

import click

FILE = click.Path(path_type=Path)


@click.group()
def score() -> None:
    """Score predictions in a file the way the published tables do."""


@score.command()
@click.option("--truth", type=FILE, required=True, help="Ground truth: .npz or the official gt_valid.mat.")
@click.option("--predictions", type=FILE, required=True, help="Predicted joints: .npz, .mat or .json.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all digits instead of a table.")
def mpii(truth: Path, predictions: Path, as_json: bool) -> None:
    """PCKh@0.5 on MPII: seven limbs, the mean of 14 joints, and the mean weighted by labels that HRNet prints."""
    from nasbench_pose.pose import mpii as benchmark

    found = asdict(benchmark.score(truth, predictions))
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo("PCKh@0.5 on MPII, percent (higher is better)")
    for limb, percent in found.items():
        click.echo(f"  {limb.replace('_', ' '):<14}{percent:6.2f}")


@score.command()
@click.option("--truth", type=FILE, required=True, help="Annotations: person_keypoints_val2017.json or the like.")
@click.option("--predictions", type=FILE, required=True, help="Detections: the .json list that COCO's server takes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all digits instead of a table.")
def coco(truth: Path, predictions: Path, as_json: bool) -> None:
    """AP and AR on COCO keypoints: the ten statistics of COCOeval, computed by the official code."""
    from nasbench_pose.pose import coco as benchmark

    found = asdict(benchmark.score(truth, predictions))
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo("OKS on COCO keypoints, percent (higher is better)")
    for name, share in found.items():
        click.echo(f"  {name:<5}" + (f"{100 * share:6.2f}" if share >= 0 else "  none: no such person in the truth"))
