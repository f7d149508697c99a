"""Tables of the benchmarks: printed, and written into the README when asked to."""

import argparse
import os
import platform
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

README = Path(__file__).parent / "README.md"
QUIET = 0.3
"""Processes that may have been running in the last minute."""


def machine(*packages: str) -> str:
    """Return the processor, how busy it is, the date and the versions of Python and `packages`, in one line."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    cpu = re.search(r"model name\s*: (.*)", info)
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    name = cpu[1] if cpu else platform.machine()
    busy = f"{os.getloadavg()[0]:.0f} processes running" if os.getloadavg()[0] > QUIET else "quiet"
    python = f"Python {platform.python_version()}{', ' * bool(packages)}{versions}"
    return f"{name}, {os.cpu_count()} cores, {busy}, {datetime.now(UTC):%Y-%m-%d}; {python}"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose first column is words and whose others are numbers."""
    ruler = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ruler, *rows))


def begin(about: str | None, *, quiet: bool = False, **switches: str) -> None:
    """Answer `--help` and wrong arguments; `switches` are the program's own, with what they do.

    A program that measures by the clock is `quiet`: on a busy machine it ends instead of writing its table.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    for name, does in switches.items():
        parser.add_argument(f"--{name}", action="store_true", help=does)
    if parser.parse_args().write and quiet and os.getloadavg()[0] > QUIET:
        sys.exit(
            f"{os.getloadavg()[0]:.1f} processes are running; a table by the clock is measured on a quiet machine."
        )


def say(what: str) -> None:
    """Tell whoever waits what is being measured."""
    print(f"{what} …", file=sys.stderr, flush=True)


def report(section: str, text: str) -> None:
    """Print `text`; with --write also put it between the marks of `section` in the README."""
    print(text, flush=True)
    if "--write" in sys.argv:
        begin, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->"
        before, _, rest = README.read_text().partition(begin)
        README.write_text(f"{before}{begin}{text}\n{end}{rest.partition(end)[2]}")
