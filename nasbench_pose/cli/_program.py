"""The program `nasbench-pose`, whose commands are the modules of this folder."""

import click

from nasbench_pose import __version__
from nasbench_pose.cli._commands import Commands

NAME = "nasbench-pose"


@click.command(NAME, cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def program() -> None:
    """Choose a human-pose network: search spaces, strategies, exact costs, real trainings, Pareto fronts.

    Results go to stdout, everything else to stderr. The exit status is 0, or 2 after an error, or 130 after Ctrl-C.
    """
