"""Ctrl-C of the command line: status 130 and one line from the first import to the end of the process."""

import atexit
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

INTERRUPTED = 130
"""Exit status after Ctrl-C."""
INTERRUPTED_LINE = "Interrupted; everything that was finished is stored."


def end_imports() -> None:
    """Let Ctrl-C end the process at once while a module is imported; at other times it raises KeyboardInterrupt.

    Some libraries swallow every exception while they are imported (a bare `except`, an error cleared in C), so an
    interrupt that is raised there may be lost, and the command would run on. If Ctrl-C is ignored, or has another
    handler, nothing changes.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        with contextlib.suppress(ValueError):  # only the main thread can set a handler
            signal.signal(signal.SIGINT, _interrupted)
            # Python resets handlers before it deletes the modules: Ctrl-C would then end the process by the signal.
            atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)


def end_at_once() -> None:
    """Let Ctrl-C end the process with its status while the interpreter exits: all output is written by then."""
    with contextlib.suppress(ValueError):  # only the main thread can set a handler, and only it gets the signal
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))


@contextlib.contextmanager
def interrupted_by_walltime() -> Iterator[None]:
    """Let SIGTERM and SIGUSR1, which clusters send before a walltime ends, do in this block what Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signals are handled with
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGUSR1") if hasattr(signal, name)]  # Windows has no SIGUSR1
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _interrupted(number: int, frame: FrameType | None) -> None:
    caller = frame
    while caller is not None and not caller.f_code.co_filename.startswith("<frozen importlib."):
        caller = caller.f_back
    if caller is None:
        signal.default_int_handler(number, frame)
    with contextlib.suppress(Exception):  # the reader of stdout may have ended
        sys.stdout.flush()
    cursor = b"\x1b[?25h" if os.isatty(2) else b""  # a progress bar may have hidden it
    with contextlib.suppress(OSError):
        os.write(2, cursor + f"\n{INTERRUPTED_LINE}\n".encode())
    os._exit(INTERRUPTED)
