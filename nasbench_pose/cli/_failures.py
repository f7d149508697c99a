"""Error messages and exit statuses of the command line."""

import errno
import os
import sys
import traceback

import click
from click.exceptions import NoArgsIsHelpError

from nasbench_pose.cli._interrupts import INTERRUPTED, INTERRUPTED_LINE
from nasbench_pose.errors import NasbenchPoseError, StoppedError, printable

EXPECTED = (NasbenchPoseError, click.ClickException, click.Abort, OSError, MemoryError)
"""Errors that are printed as one line. Any other exception is a bug and keeps its traceback."""

_WRONG, _BROKEN_PIPE = 2, 1


def report(error: BaseException) -> int:
    """Print `error` in one line on stderr and return the exit status.

    With NASBENCH_POSE_DEBUG=1 in the environment the traceback comes first.
    """
    if os.environ.get("NASBENCH_POSE_DEBUG"):
        traceback.print_exception(error)
    if isinstance(error, OSError):
        _give_up_stdout()
    if isinstance(error, OSError) and error.errno == errno.EPIPE:
        return _BROKEN_PIPE
    if isinstance(error, click.Abort):
        click.echo(INTERRUPTED_LINE, err=True)
        return INTERRUPTED
    click.echo(_line(error), err=True)
    return INTERRUPTED if isinstance(error, StoppedError) else _WRONG


def _line(error: BaseException) -> str:
    if isinstance(error, NoArgsIsHelpError):
        return error.format_message()
    if isinstance(error, click.ClickException):
        return f"Error: {' '.join(error.format_message().split())}{_where_to_look(error)}"
    if isinstance(error, OSError) and error.strerror:
        return f"Error: {error.strerror}{f': {error.filename}' if error.filename else ''}"
    if isinstance(error, MemoryError):
        return f"Error: There is not enough memory: {error}".rstrip(": ") + "."
    return f"Error: {printable(error)}"


def _where_to_look(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f" See '{context.command_path} --help'." if context else ""


def _give_up_stdout() -> None:
    """Redirect stdout to the null device: at exit, Python would write its buffer again and fail again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
