"""`nasbench-pose data`: what a data set holds before anything is trained on it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._output import NewFile
from nasbench_pose.cli._tables import aligned

if TYPE_CHECKING:
    from nasbench_pose.pose.check import Checked, Findings

ORDINARY, SUSPICIOUS = 40, 16  # people in a contact sheet: at all, and of each thing that looks wrong
PIXELS = 96  # of the width of one of them
NAMED = 4  # people who are named behind a count


@click.group()
def data() -> None:
    """Look at the photographs and labels that networks train on."""


@data.command()
@click.argument("source")
@click.option("--out", type=NewFile(), help="Also draw a contact sheet: .svg, .png or .pdf.")
@click.option("--skip-bad", is_flag=True, help="Count annotations and photographs that cannot be used, and go on.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object that names everybody.")
def check(source: str, out: Path | None, skip_bad: bool, as_json: bool) -> None:
    """Say what SOURCE holds and which of its labels look wrong.

    SOURCE is lspet:/folder, coco:/folder or mpii:/folder. Every photograph is read.
    """
    if out is not None:
        _refuse_unknown_format(out)
    found = _checked(source, skip_bad)
    click.echo(json.dumps(asdict(found.findings)) if as_json else _report(found.findings))
    if out is not None:
        _draw(found, out)


def _refuse_unknown_format(out: Path) -> None:
    """Raise UnknownNameError now rather than after every photograph was read."""
    from nasbench_pose.errors import pick
    from nasbench_pose.plots.save import METADATA

    pick("figure format", out.suffix.lower(), METADATA)


def _checked(source: str, skip_bad: bool) -> "Checked":
    from rich.console import Console
    from rich.progress import Progress

    from nasbench_pose.pose.check import check

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("photographs", total=None)
        return check(
            source, skip_bad=skip_bad, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )


def _report(found: "Findings") -> str:
    counts = {"people": found.people, "photographs": found.photographs} | {f"  {j}": n for j, n in found.joints.items()}
    table = [[name, *(f"{number:,}" for number in per.values())] for name, per in counts.items()]
    tells = any(found.hidden.values())  # whether a joint that is labelled can be seen
    hidden = ["hidden", "", "", *(f"{number:,}" for number in found.hidden.values())]
    rows = [row + [text] * tells for row, text in zip([["", *found.people], *table], hidden, strict=True)]
    suspicious = [[name, f"{len(who):,}", _named(who)] for name, who in found.suspicious.items()]
    width = max(len(name) for name, _, _ in suspicious)
    lines = [f"  {name:<{width}}  {count:>6}  {who}".rstrip() for name, count, who in suspicious]
    left_out = [f"cannot be used: {len(found.skipped):,}", *(f"  {line}" for line in found.skipped[:NAMED])]
    shown = aligned(rows, left=1).splitlines()
    return "\n".join(
        [found.source, *shown[:3], "labelled", *shown[3:], "looks wrong", *lines, *left_out, f"hash {found.hash}"]
    )


def _named(who: tuple[str, ...]) -> str:
    return ", ".join(who[:NAMED]) + (", …" if len(who) > NAMED else "")


def _draw(found: "Checked", out: Path) -> None:
    """Draw people in the order in which they are trained on, and below them those whose labels look wrong."""
    import numpy as np

    from nasbench_pose import plots
    from nasbench_pose.plots.people import contact_sheet
    from nasbench_pose.pose.annotations import cut

    size = (PIXELS * found.shape[0] // found.shape[1], PIXELS)
    train = found.annotations.of("train")
    groups = {"to train on": cut(train.take(range(min(ORDINARY, len(train)))), size)}
    for name, flags in found.suspects.items():
        whom = np.flatnonzero(flags)
        some = whom[:: max(1, len(whom) // SUSPICIOUS)][:SUSPICIOUS]
        groups[f"{name}: {len(some)} of {len(whom)}"] = cut(found.annotations.take(some), size)
    plots.save(contact_sheet(groups, found.findings.source), out)
