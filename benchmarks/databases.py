"""How long large databases take to be read: into a frame, by `front`, and by a comparison that is resumed.

A database has searches of a thousand trials each on a space with 34 choices. Programs are started cold, and their
memory is the most that they took. sqlite3 with pandas is the floor: the same columns, and nothing made of them.
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
from table import begin, machine, markdown, report, say
from timing import OURS, comparison, digits, in_turn, installed, verdicts

from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.evaluators.measurement import MeasurementInfo
from nasbench_pose.genotype import Genotype
from nasbench_pose.search import compare, plan
from nasbench_pose.search.jobs import Job
from nasbench_pose.spaces import load
from nasbench_pose.store import Run, Step, Store

BRIEF = "--brief" in sys.argv
SPACE, EACH = load("efficientpose_large"), 1000
FRAME = 20_000 if BRIEF else 200_000
MANY = 100_000 if BRIEF else 1_000_000
RESUMED, MORE = 10, 10
FLOOR, TENTH, OPTUNA = "sqlite3 and pandas", "a tenth of the rows", "Optuna, journal file"
QUERY = (
    "SELECT run_id, number, ask_seconds, genotype.*, protocol_key, fidelity, schedule, seed, seconds, error, metrics"
    " FROM step JOIN evaluation ON evaluation.id = evaluation_id JOIN genotype ON genotype.key = genotype_key"
)


class Counted:
    """Makes metrics of a genotype's key, at once."""

    protocol_key, protocol_text, full_fidelity = "0123456789abcdef", '{"counted":1}', 800
    info = MeasurementInfo(title="counted", plane="counted", input=(64, 64), joints=14, immediate=True, baselines=False)

    def __call__(self) -> "Counted":
        """Return itself: it is its own measurement."""
        return self

    def evaluate(
        self,
        genotype: Genotype,
        *,
        fidelity: int,
        seed: int,
        progress: Progress | None = None,  # noqa: ARG002 - it is there at once
    ) -> Trial:
        """Return the trial of a genotype."""
        number = int(genotype.key[:8], 16)
        metrics = {"val_pckh": number % 99_991 / 1000, "test_pckh": number % 99_989 / 1000, "val_loss": 4.25}
        metrics |= {"params": 10_000 + number % 999_983, "macs": 10**6 + number % 99_999_989}
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics, 61.5, ((400, 12.4), (800, 17.4)))


def database(path: Path, trials: int) -> Path:
    """Make a database of so many trials: `RESUMED` searches that a comparison has made, and others."""
    say(f"a database of {trials:,} trials")
    compare(jobs(path, EACH))
    evaluator, rng = Counted(), np.random.default_rng(1)
    with Store(path) as store:
        for seed in range(RESUMED, trials // EACH):
            run = Run("random", SPACE.name, SPACE.digest, seed, evaluator.protocol_key, 800)
            made = [evaluator.evaluate(SPACE.sample(rng), fidelity=800, seed=seed) for _ in range(EACH)]
            number = store.run(run, budget=EACH)
            store.visit_all(number, [Step(n, trial, 1e-5) for n, trial in enumerate(made, start=1)])
    return path


def jobs(path: Path, budget: int) -> list[Job]:
    """Return the searches of the comparison."""
    found = plan(SPACE, ["random"], Counted(), budget=budget, seeds=RESUMED, store=str(path))
    return [job for job in found if job.strategy == "random"]


def floor(path: Path) -> pd.DataFrame:
    """Read the same columns by sqlite3 and pandas."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(QUERY).fetchall()
    frame = pd.DataFrame([row[:-1] for row in rows])
    return pd.concat([frame, pd.DataFrame([json.loads(row[-1]) for row in rows])], axis=1)


def optuna_frame(folder: Path, trials: int) -> Callable[[], object]:
    """Return what reads a study of so many trials into a frame, from a new start."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    file = str(folder / "journal.log")
    study = optuna.create_study(study_name="s", storage=JournalStorage(JournalFileBackend(file)))
    metrics = dict(Counted().evaluate(SPACE.sample(0), fidelity=800, seed=0).metrics)
    for _ in range(trials):
        study.add_trial(optuna.trial.create_trial(value=1.0, user_attrs=metrics))
    return lambda: optuna.load_study(
        study_name="s", storage=JournalStorage(JournalFileBackend(file))
    ).trials_dataframe()


LAUNCH = """
import os, sys
_, status, used = os.wait4(os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ), 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6, file=sys.stderr)
sys.exit(status != 0)
"""
"""A program's memory counts from that of the process that starts it, so a small one does."""


def program(*line: str) -> tuple[float, float]:
    """Run a program; return its processor seconds and the most memory it took, in GB."""
    command = [sys.executable, "-c", LAUNCH, *line]
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if ended.returncode:
        sys.exit(f"{' '.join(line)} failed: {ended.stderr}")
    seconds, memory = ended.stderr.splitlines()[-1].split()
    return float(seconds), float(memory)


def main() -> None:
    """Measure and report everything."""
    begin(__doc__, brief="a rehearsal with a tenth of the rows")
    peers = installed("optuna")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tenth, whole = database(folder / "tenth.db", FRAME // 10), database(folder / "frame.db", FRAME)
        ways: dict[str, Callable[[], object]] = {
            OURS: Store(whole).frame, TENTH: Store(tenth).frame, FLOOR: lambda: floor(whole)
        }  # fmt: skip
        pieces = {OURS: FRAME, TENTH: FRAME // 10, FLOOR: FRAME}
        if peers:
            ways[OPTUNA], pieces[OPTUNA] = optuna_frame(folder, FRAME // 100), FRAME // 100
        say("frames")
        frames = in_turn(ways, 2 if BRIEF else 7, pieces)
        few = frames.pop(TENTH)
        rows, most = [], []
        for trials in (MANY // 10, MANY):
            path = database(folder / f"{trials}.db", trials)
            say(f"programs on {trials:,} trials")
            on_front = program("-m", "nasbench_pose", "front", "--db", str(path), "--csv")
            again = program(__file__, "resume", str(path))
            rows += [(f"`front --csv` of {trials:,} trials", *on_front)]
            rows += [(f"{RESUMED} searches of {EACH:,} resumed among {trials:,} trials", *again)]
            most = [on_front, again]
    table = comparison({"a trial into a frame (µs)": frames}, floors=(FLOOR,))
    cells = [[what, digits(seconds), f"{memory:.2f}"] for what, seconds, memory in rows]
    programs = markdown(["program, cold", "s", "GB"], cells)
    note = (
        f"{machine('pandas', 'SQLAlchemy', *peers)}; one core, processor time. Frames of {FRAME:,} trials, of Optuna's "
        f"{FRAME // 100:,}; a trial of {FRAME // 10:,} takes {digits(1e6 * few)} µs. A resumed search replays its "
        f"{EACH:,} trials and makes {MORE} more."
    )
    report("databases", f"{table}\n\n{programs}\n\n{note}")
    verdicts(
        (frames[OURS] * FRAME < 4, f"{FRAME:,} trials into a frame within 4 s: {frames[OURS] * FRAME:.1f}"),
        (frames[OURS] <= few * 1.1, f"ten times the rows, at most ten times the time: {frames[OURS] / few:.2f} a row"),
        (max(used[0] for used in most) < 5, f"front and resume of {MANY:,} within 5 s"),
        (max(used[1] for used in most) < 1, f"front and resume of {MANY:,} within 1 GB"),
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["resume"]:
        compare(jobs(Path(sys.argv[2]), EACH + MORE))
    else:
        main()
