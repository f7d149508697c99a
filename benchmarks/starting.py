"""Processor time from a cold start: a bare interpreter, importing the package, commands, and a whole comparison.

With compiled files of ours, and without any, as where a container sets PYTHONDONTWRITEBYTECODE and the package was not
compiled. Both are copies of the package in a temporary folder.
"""

import compileall
import shutil
import sys
import tempfile
from pathlib import Path

from table import begin, machine, markdown, report, say
from timing import Seconds, digits, programs_in_turn, verdicts

import nasbench_pose
from nasbench_pose.files import folder

BRIEF = "--brief" in sys.argv
ROUNDS = 2 if BRIEF else 7
BARE = "python -c ''"
PROGRAMS = {
    BARE: ["-c", ""],
    "import nasbench_pose": ["-c", "import nasbench_pose"],
    "import numpy": ["-c", "import numpy"],
    "nasbench-pose --version": ["-m", "nasbench_pose", "--version"],
    "nasbench-pose --help": ["-m", "nasbench_pose", "--help"],
    "nasbench-pose cost hrnet-w32": ["-m", "nasbench_pose", "cost", "hrnet-w32"],
}
LOOKED_UP = ["-m", "nasbench_pose", "compare", "efficientpose_micro", "--evaluator", "table", "--macs-limit", "inf"]
SEEDS, BUDGET = 20, 100


def copied(place: Path, *, compiled: bool) -> dict[str, str]:
    """Copy the package into `place`, compiled or without compiled files; return the environment that imports it."""
    source, target = Path(nasbench_pose.__file__).parent, place / "nasbench_pose"
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("search_spaces", "results"):
        if not (target / name).exists():
            shutil.copytree(folder(name), target / name)
    if compiled:
        compileall.compile_dir(target, quiet=1)
    return {"PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}


def starts(place: Path) -> tuple[Seconds, Seconds]:
    """Return the seconds of every program, with compiled files of ours and without."""
    lines = {name: [sys.executable, *line] for name, line in PROGRAMS.items()}
    with_, without = (
        programs_in_turn(lines, ROUNDS, copied(place / name, compiled=name == "compiled"), place / name)
        for name in ("compiled", "uncompiled")
    )
    return with_, without


def comparisons(place: Path) -> Seconds:
    """Return the seconds of a comparison of one trial for each strategy, and of one of many."""
    lines = {}
    for name, seeds, budget in (("one", 1, 1), ("many", SEEDS, BUDGET)):
        sizes = ["--seeds", str(seeds), "--budget", str(budget), "--out", str(place / name)]
        lines[name] = [sys.executable, *LOOKED_UP, *sizes]
    return programs_in_turn(lines, 1 if BRIEF else 2, {})


def _cell(taken: Seconds, name: str) -> str:
    """Return the milliseconds of a program, and how many they are beyond those of a bare interpreter."""
    beyond = "" if name == BARE else f" (+{digits(1e3 * (taken[name] - taken[BARE]))})"
    return f"{digits(1e3 * taken[name])}{beyond}"


def main() -> None:
    """Measure and report everything."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        say("programs")
        with_, without = starts(place)
        say("comparisons")
        compared = comparisons(place)
    rows = [
        [
            f"`{name}`",
            *(
                f"{digits(1e3 * taken[name])} (+{digits(1e3 * (taken[name] - taken[BARE]))})"
                for taken in (with_, without)
            ),
        ]
        for name in PROGRAMS
    ]
    rows[0] = [f"`{BARE}`", *(digits(1e3 * taken[BARE]) for taken in (with_, without))]
    each = (compared["many"] - compared["one"]) / (2 * SEEDS * BUDGET)
    report(
        "starting",
        f"{markdown(['program (ms)', 'compiled', 'our package not compiled'], rows)}\n\n"
        f"`compare` of looked-up trials takes {digits(compared['one'])} s for one trial of each strategy, and "
        f"{digits(1e3 * each)} ms for each trial more (two strategies, {SEEDS} seeds of {BUDGET} trials).\n\n"
        f"{machine()}; processor time of whole programs, medians of {ROUNDS} in turn.",
    )
    verdicts(
        *(
            (taken[name] - taken[BARE] <= most, f"{name} within {most} s of a bare interpreter, {state}")
            for name, most in (("nasbench-pose --help", 0.15), ("nasbench-pose cost hrnet-w32", 0.25))
            for state, taken in (("compiled", with_), ("not compiled", without))
        ),
        (compared["one"] <= 3, f"a comparison of few trials within 3 s: {compared['one']:.1f}"),
    )


if __name__ == "__main__":
    main()
