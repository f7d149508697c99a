"""The command line: a command parses, calls one library function, prints. Results to stdout, chatter to stderr."""

import contextlib
import os
import signal
import sys
from collections.abc import Sequence

INTERRUPTED = 130
"""Exit status after Ctrl-C."""

try:
    import click

    from nasbench_pose import __version__
    from nasbench_pose.cli import _failures
    from nasbench_pose.cli._commands import Commands
except KeyboardInterrupt:  # while the program starts; later, click turns it into its Abort
    raise SystemExit(INTERRUPTED) from None

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
    except _failures.EXPECTED as error:
        return _failures.report(error)
    finally:
        sys.path[:] = before
        if args is None:
            _interrupts_end_at_once()
    return status if isinstance(status, int) else 0


def _interrupts_end_at_once() -> None:
    """Give Ctrl-C its exit status while the interpreter exits, too: everything is written by now."""
    with contextlib.suppress(ValueError):  # only the main thread may say so, and only it is asked
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
