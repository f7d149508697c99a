"""Thirty-two comparisons of two workers each on one PostgreSQL server: what is lost, and how many trials a second.

Every trial is asked, stored and told in transactions of its own, as one that is trained; only its training is left out.
All comparisons have the same searches but for their seeds, and those of one seed are compared with a file's.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import pandas as pd
from databases import SPACE, Counted
from table import begin, machine, markdown, report, say
from timing import digits, verdicts

from nasbench_pose.evaluators.measurement import MeasurementInfo
from nasbench_pose.search import compare, plan
from nasbench_pose.search.jobs import Job
from nasbench_pose.store import Store
from nasbench_pose.store.temporary_server import temporary_server

BRIEF = "--brief" in sys.argv
COMPARISONS, WORKERS, BUDGET = (4, 2, 20) if BRIEF else (32, 2, 100)
STRATEGIES = ("random", "evolution")


class Stored(Counted):
    """Makes metrics at once, but each is stored by itself, as those of trainings are."""

    info = MeasurementInfo(title="stored", plane="counted", input=(64, 64), joints=14, baselines=False)


def jobs(where: str, first_seed: int) -> list[Job]:
    """Return the searches of one comparison: a seed for each strategy and worker."""
    found = plan(
        SPACE, STRATEGIES, Stored(), budget=BUDGET, seeds=WORKERS, first_seed=first_seed * WORKERS, store=where
    )  # fmt: skip
    return [job for job in found if job.strategy in STRATEGIES]


@dataclass(frozen=True)
class Ended:
    """What became of comparisons on one server."""

    steps: pd.DataFrame
    given_up: int
    clock: float
    """Seconds from the start of the processes to the end of the last."""
    busy: float
    """Processor seconds of all of them, without the server's."""
    errors: list[str]


def run_all() -> Ended:
    """Run all comparisons at once on a new server."""
    with temporary_server(connections=20 + COMPARISONS * (WORKERS + 2)) as server:
        Store(server.url).close()
        before, began = os.times(), time.monotonic()
        running = [
            subprocess.Popen(
                [sys.executable, __file__, "run", server.url, str(number), *sys.argv[1:]],
                stderr=subprocess.PIPE, text=True,
            )
            for number in range(COMPARISONS)
        ]  # fmt: skip
        errors = [process.communicate()[1] for process in running]
        clock, after = time.monotonic() - began, os.times()
        busy = after.children_user + after.children_system - before.children_user - before.children_system
        with Store(server.url) as store:
            return Ended(store.frame(), sum(process.returncode != 0 for process in running), clock, busy, errors)


def main() -> None:
    """Measure and report everything."""
    begin(__doc__, brief="a rehearsal with few comparisons")
    say(f"{COMPARISONS} comparisons of {WORKERS} workers")
    ended = run_all()
    with tempfile.TemporaryDirectory() as name:
        compare(alone := jobs(f"{name}/alone.db", 0))
        with Store(alone[0].store) as store:
            expected = store.frame()
    found, wanted = len(ended.steps), COMPARISONS * WORKERS * len(STRATEGIES) * BUDGET
    equal = _sorted(ended.steps[ended.steps["run_seed"] < WORKERS]).equals(_sorted(expected))
    cells = [
        ["comparisons, workers of each", f"{COMPARISONS}, {WORKERS}"],
        ["trials to store", f"{wanted:,}"],
        ["trials lost", f"{wanted - found:,}"],
        ["comparisons given up", str(ended.given_up)],
        ["seconds by the clock, start of the processes included", digits(ended.clock)],
        ["trials a second by the clock", digits(found / ended.clock)],
        ["trials in a second of processor time, start of the processes included", digits(found / ended.busy)],
    ]
    report("comparisons", f"{markdown(['', 'PostgreSQL'], cells)}\n\n{machine('psycopg', 'SQLAlchemy')}.")
    sys.stderr.writelines(sorted({line for error in ended.errors for line in error.splitlines(keepends=True)})[:5])
    verdicts(
        (found == wanted, "nothing lost"),
        (ended.given_up == 0, "none given up"),
        (equal, "the searches of a seed are those of a file"),
    )


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    columns = ["strategy", "run_seed", "step", "genotype", "val_pckh", "macs"]
    return frame[columns].sort_values(columns[:3]).reset_index(drop=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        compare(jobs(sys.argv[2], int(sys.argv[3])), workers=WORKERS)
    else:
        main()
