"""The command line. A command parses its arguments, calls the library and prints the result."""

import gc
import sys
from collections.abc import Sequence

from nasbench_pose.cli import _interrupts


def main(args: Sequence[str] | None = None) -> int:
    """Run the program on `args` (default: `sys.argv`) and return the exit status."""
    if args is None:
        _interrupts.end_imports()
        # What a command imports and makes lives until it ends: to look for garbage after every 700 objects takes a
        # fifth of the time of a small comparison.
        gc.set_threshold(50_000, 20, 100)
    from nasbench_pose.cli import _failures, _program

    current = _CurrentFolder()  # an object of its own, so that only this entry is removed again
    sys.path.append(current)  # to import `module:attribute` from the current folder, as with `python -m`
    try:
        status = _program.program.main(args, prog_name=_program.NAME, standalone_mode=False)
        sys.stdout.flush()  # here, where a full disk or a closed pipe can still be reported
    except _failures.EXPECTED as error:
        return _failures.report(error)
    finally:
        # only this entry: libraries add folders of their own while they are imported, and need them later
        sys.path[:] = [folder for folder in sys.path if folder is not current]
        if args is None:
            _interrupts.end_at_once()
            gc.freeze()  # what is left dies with the process: Python would search it for garbage several times first
    return status if isinstance(status, int) else 0


class _CurrentFolder(str):
    """The empty text, which means the current folder in `sys.path`."""

    __slots__ = ()
