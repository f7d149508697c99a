"""The program `nasbench-pose`, whose commands are the modules of this folder."""

import os
from collections.abc import Mapping

import click

from nasbench_pose import __version__
from nasbench_pose.cli._commands import Commands

NAME = "nasbench-pose"

TOGETHER = ("train", "reproduce")
"""Commands whose processes work together when `torchrun` starts several."""
INSTEAD: Mapping[str, str] = {
    "compare": "start it without torchrun; --workers and --executor use several processes",
    "benchmark": "start it without torchrun; build --workers uses several processes",
    "evaluate": "start it without torchrun, or use train",
}
"""Command -> what does its work on several devices; for the others, only to start them without torchrun."""


@click.command(NAME, cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Choose a human-pose network: search spaces, strategies, exact costs, real trainings, Pareto fronts.

    Results go to stdout, everything else to stderr. The exit status is 0, or 2 after an error, or 130 after Ctrl-C.
    """
    command, count = ctx.invoked_subcommand or "", os.environ.get("WORLD_SIZE", "1")
    if command in TOGETHER or "RANK" not in os.environ or count == "1":
        return
    if os.environ["RANK"] != "0":
        ctx.exit()  # the first process says why; torchrun would end it before, where another one fails
    instead = INSTEAD.get(command, "start it without torchrun")
    raise click.ClickException(
        f"{command} does all of its work in one process, and torchrun has started {count}, which would each repeat "
        f"it: {instead}. Only train and reproduce divide their work among them."
    )
