"""The command line: a command parses, calls one library function, prints. Results to stdout, chatter to stderr."""

import sys
from collections.abc import Sequence

import click

from nasbench_pose import __version__
from nasbench_pose.cli._commands import Commands
from nasbench_pose.cli._failures import EXPECTED, report

NAME = "nasbench-pose"


@click.command(NAME, cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def program() -> None:
    """Choose a human-pose network: search spaces, strategies, exact costs, real trainings, Pareto fronts.

    Results go to stdout, everything else to stderr. The exit status is 0, or 2 after an error, or 130 after Ctrl-C.
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run the program on `args` (default: the process's own) and return the exit status."""
    before = list(sys.path)
    sys.path.append("")  # `module:attribute` of the folder one is in, as with `python -m`
    try:
        status = program.main(args, prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()  # here, where a full disk or a closed pipe can still be reported
    except EXPECTED as error:
        return report(error)
    finally:
        sys.path[:] = before
    return status if isinstance(status, int) else 0
