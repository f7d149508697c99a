"""The command line. A command parses its arguments, calls the library and prints the result."""

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

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
    """Run the program on `args` (default: `sys.argv`) and return the exit status."""
    current = _CurrentFolder()  # a value of its own, so that only it is taken away again
    sys.path.append(current)  # `module:attribute` of the folder one is in, as with `python -m`
    try:
        if args is None:
            _interrupts_end_imports()
        status = program.main(args, prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()  # here, where a full disk or a closed pipe can still be reported
    except _failures.EXPECTED as error:
        return _failures.report(error)
    finally:
        # only this entry: libraries add folders of their own while they are imported, and need them later
        sys.path[:] = [folder for folder in sys.path if folder is not current]
        if args is None:
            _interrupts_end_at_once()
    return status if isinstance(status, int) else 0


class _CurrentFolder(str):
    """The empty text, which stands for the current folder in `sys.path`."""

    __slots__ = ()


def _interrupts_end_imports() -> None:
    """Let Ctrl-C end the process at once while a module is imported; at other times it raises KeyboardInterrupt.

    Some libraries swallow every exception while they are imported (a bare `except`, an error cleared in C), so an
    interrupt that is raised there may be lost, and the command would run on. Where Ctrl-C is ignored or handled by
    somebody else, nothing changes.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        with contextlib.suppress(ValueError):  # only the main thread may set it
            signal.signal(signal.SIGINT, _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> None:
    caller = frame
    while caller is not None and not caller.f_code.co_filename.startswith("<frozen importlib."):
        caller = caller.f_back
    if caller is None:
        signal.default_int_handler(number, frame)
    with contextlib.suppress(Exception):  # whoever reads stdout may be gone
        sys.stdout.flush()
    cursor = b"\x1b[?25h" if os.isatty(2) else b""  # a progress bar may have hidden it
    with contextlib.suppress(OSError):
        os.write(2, cursor + f"\n{_failures.INTERRUPTED_LINE}\n".encode())
    os._exit(INTERRUPTED)


def _interrupts_end_at_once() -> None:
    """Give Ctrl-C its exit status while the interpreter exits, too: everything is written by now."""
    with contextlib.suppress(ValueError):  # only the main thread may say so, and only it is asked
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
