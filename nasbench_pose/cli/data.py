"""`nasbench-pose data`: the contents of a data set, and its suspicious labels."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._output import NewFigure
from nasbench_pose.errors import DataError
from nasbench_pose.report.text import aligned

if TYPE_CHECKING:
    from nasbench_pose.pose.check import Checked, Findings

ORDINARY = {"train": 24, "val": 8, "test": 8}  # people in a contact sheet
SUSPICIOUS = 16  # and for each finding
PIXELS = 96  # of the width of a person
NAMED = 4  # names listed after a count
LISTED = 20  # unusable annotations and photographs that are listed


@click.group()
def data() -> None:
    """Check the photographs and labels of a data set."""


@data.command()
@click.argument("source")
@click.option("--out", type=NewFigure(), help="Also draw a contact sheet: .svg, .png or .pdf.")
@click.option("--skip-bad", is_flag=True, help="Succeed even if annotations or photographs cannot be used.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object that lists every person.")
def check(source: str, out: Path | None, skip_bad: bool, as_json: bool) -> None:
    """Print the contents of SOURCE and its suspicious labels.

    SOURCE is lspet:/folder, coco:/folder or mpii:/folder, or a file of labels in the format of COCO or MPII, as in
    coco:/folder,train=hands.json,images=photographs,skeleton=hand.toml. Every photograph is read. The exit status is 2
    if an annotation or a photograph cannot be used.
    """
    found = _checked(source)
    click.echo(json.dumps(asdict(found.findings)) if as_json else _report(found.findings))
    if out is not None:
        _draw(found, out)
    if not skip_bad:
        _refuse_bad(found.findings, source)


def _refuse_bad(found: "Findings", source: str) -> None:
    """Raise DataError for unusable annotations or photographs, unless `source` contains skip_bad=1."""
    from nasbench_pose.pose.source import Source

    if found.skipped and not Source.parse(source).options["skip_bad"]:
        count = f"{len(found.skipped):,} of its annotations and photographs cannot be used"
        raise DataError(f"{found.source}: {count}; repair the archive, or ignore them with --skip-bad.")


def _checked(source: str) -> "Checked":
    from rich.console import Console
    from rich.progress import Progress

    from nasbench_pose.pose.check import check

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("photographs", total=None)
        return check(source, progress=lambda done, total: bar.update(task, completed=done, total=total))


def _report(found: "Findings") -> str:
    from nasbench_pose.pose.check import UNUSED, WHY_UNUSED
    from nasbench_pose.pose.skeleton import SKELETONS

    counts = {"people": found.people, "photographs": found.photographs} | {f"  {j}": n for j, n in found.joints.items()}
    table = [[name, *(f"{number:,}" for number in per.values())] for name, per in counts.items()]
    tells = any(found.hidden.values())  # the archive says whether a labelled joint is visible
    hidden = ["hidden", "", "", *(f"{number:,}" for number in found.hidden.values())]
    rows = [row + [text] * tells for row, text in zip([["", *found.people], *table], hidden, strict=True)]
    suspicious = [[name, f"{len(who):,}", _named(who)] for name, who in found.suspicious.items()]
    width = max(len(name) for name, _, _ in suspicious)
    lines = [f"  {name:<{width}}  {count:>6}  {who}".rstrip() for name, count, who in suspicious]
    shown = aligned(rows, left=1).splitlines()
    own = [] if found.skeleton.partition(",")[0] in SKELETONS else [f"skeleton {found.skeleton}"]
    head = [found.source, *own, *shown[:3], *[f"{UNUSED}: {WHY_UNUSED}"] * (UNUSED in found.people)]
    return "\n".join([*head, "labelled", *shown[3:], "looks wrong", *lines, *_unusable(found), f"hash {found.hash}"])


def _unusable(found: "Findings") -> list[str]:
    more = len(found.skipped) - LISTED
    lines = [f"  {line}" for line in found.skipped[:LISTED]] + [f"  … and {more:,} more"] * (more > 0)
    return [f"cannot be used: {len(found.skipped):,}", *lines]


def _named(who: tuple[str, ...]) -> str:
    return ", ".join(who[:NAMED]) + (", …" if len(who) > NAMED else "")


def _draw(found: "Checked", out: Path) -> None:
    """Draw the first people of each split, and below them the people with suspicious labels."""
    import numpy as np

    from nasbench_pose import plots
    from nasbench_pose.plots.people import contact_sheet
    from nasbench_pose.pose.annotations import cut

    size = (PIXELS * found.shape[0] // found.shape[1], PIXELS)
    groups = {}
    for split, room in ORDINARY.items():
        mine = found.annotations.order(split)
        groups[split] = mine[:room], len(mine)
    for name, flags in found.suspects.items():
        whom = np.flatnonzero(flags)
        groups[name] = whom[:: max(1, len(whom) // SUSPICIOUS)][:SUSPICIOUS], len(whom)
    shown = {
        f"{name}: {len(some)} of {total:,}": (cut(found.annotations.take(some), size), [found.names[i] for i in some])
        for name, (some, total) in groups.items()
    }
    plots.save(contact_sheet(shown, found.findings.source), out)
