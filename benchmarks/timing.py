"""Processor time of contestants that take turns, so that what else the machine does falls on each alike.

Peers are measured where they are installed. They are no dependencies of the toolkit.
"""

import contextlib
import io
import os
import resource
import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from time import process_time

from table import markdown, say

Work = Callable[[], object]
Seconds = dict[str, float]
"""Contestant -> median seconds of processor time of one piece of work."""

OURS = "nasbench-pose"
UNITS = {"s": 1.0, "ms": 1e3, "µs": 1e6, "ns": 1e9}


def in_turn(ways: Mapping[str, Work], rounds: int, pieces: int | Mapping[str, int] = 1) -> Seconds:
    """Return the median processor seconds of each way, one after another in every round; the first is not counted.

    A way does `pieces` pieces of work each time; the seconds are those of one.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, work in ways.items():
            with contextlib.redirect_stdout(io.StringIO()):
                started = process_time()
                work()
                taken[name].append(process_time() - started)
    share = pieces if isinstance(pieces, Mapping) else dict.fromkeys(ways, pieces)
    return {name: statistics.median(each[1:]) / share[name] for name, each in taken.items()}


def programs_in_turn(
    lines: Mapping[str, Sequence[str]], rounds: int, environment: Mapping[str, str], folder: Path | None = None
) -> Seconds:
    """Return the median processor seconds of whole programs, started cold in `folder`, each one in every round."""
    taken: dict[str, list[float]] = {name: [] for name in lines}
    for _ in range(rounds):
        for name, line in lines.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(line, check=True, capture_output=True, env={**os.environ, **environment}, cwd=folder)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            taken[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {name: statistics.median(each) for name, each in taken.items()}


def installed(*packages: str) -> list[str]:
    """Return those of the packages that are there; name the others, whose columns stay empty."""
    there = [package for package in packages if find_spec(package)]
    if absent := [package for package in packages if package not in there]:
        say(f"not installed, left out: {', '.join(absent)}")
    return there


def comparison(rows: Mapping[str, Seconds], floors: Sequence[str] = ()) -> str:
    """Return a table of the rows, and a sentence that names each row in which a peer takes less time than we do.

    A row ends with its unit, "one genotype (µs)". `floors` are no peers: what is left of the work without the tool.
    """
    names = list(dict.fromkeys(name for taken in rows.values() for name in taken))
    names.sort(key=lambda name: (name != OURS, name in floors))
    cells, behind = [], []
    for what, taken in rows.items():
        scale, ours = UNITS[what.rpartition("(")[2].rstrip(")")], taken[OURS]
        ratio = {name: f" ({digits(taken[name] / ours)}×)" if name != OURS else "" for name in taken}
        cells.append(
            [what, *(f"{digits(scale * taken[name])}{ratio[name]}" if name in taken else "–" for name in names)]
        )
        faster = [name for name in names if name in taken and name not in floors and taken[name] < ours]
        behind += [f"{what.rpartition(' (')[0]} ({'; '.join(faster)})"] if faster else []
    if len(names) == len(floors) + 1:
        first = "No other tool does this; the other columns are floors."
    else:
        first = f"Not first: {', '.join(behind)}." if behind else "First in every row that has a peer."
    return f"{markdown(['', *names], cells)}\n\n{first}"


def digits(number: float) -> str:
    """Return a number with two digits, or all before the point.

    >>> digits(0.0563), digits(3.96), digits(239824.4)
    ('0.056', '4.0', '239,824')
    """
    if number >= 99.5:
        return f"{number:,.0f}"
    decimals = 0
    while decimals < 6 and number < 9.95 * 10**-decimals:
        decimals += 1
    return f"{number:.{decimals}f}"


def verdicts(*targets: tuple[bool, str]) -> None:
    """Print of each target whether it is met."""
    for met, target in targets:
        print(f"{'met   ' if met else 'MISSED'}  {target}")
