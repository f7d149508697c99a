"""What one process that leads a search of a thousand workers has to do: `scale.md`, `scale.csv` and `scale.svg`.

A search with N workers runs as on a cluster: its strategy asks, the store keeps each ask and trial, and an executor
measures. Here the workers are threads that sleep: a trial takes the seconds of a training of the shipped table, times
`SCALE`. What the leading process computes for a trial, part by part, is taken as processor time, so that a busy
machine changes little. The simulated clock, on which asking and storing take no time, says how long the search would
take without all that.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.search.crews import Crew, SimulatedCrew
from nasbench_pose.search.futures_crew import FuturesCrew
from nasbench_pose.search.loop import search
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.store import Run, Store
from nasbench_pose.store.temporary_server import PROGRAMS, temporary_server
from nasbench_pose.strategies import make

TABLE, SPACE = "efficientpose_micro", "efficientpose_large"
"""Trials take the seconds of this table; the space has so many members that none is proposed twice."""
STRATEGY = "evolution"
WORKERS = (1, 10, 100, 300, 1000)
TRIALS = 3000
"""Trials of each search at most, three for each of the most workers."""
EACH = 20
"""Trials for each worker at most."""
SCALE = 0.05
PARTS = ("ask and tell", "store the ask", "hand out", "wait", "store the trial")
Spent = defaultdict[str, float]


@dataclass(frozen=True)
class Sleeper:
    """Gives a genotype the metrics and the seconds of a row of the table, after `scale` times these seconds."""

    scale: float
    protocol_key: str = "0123456789abcdef"
    protocol_text: str = '{"sleeper":1}'
    full_fidelity: int = 800

    def __call__(self) -> "Sleeper":
        """Return itself: it is its own measurement."""
        return self

    def evaluate(
        self,
        genotype: Genotype,
        *,
        fidelity: int,
        seed: int,
        progress: Progress | None = None,  # noqa: ARG002 - a table has none
    ) -> Trial:
        """Sleep, and return the trial."""
        rows = _rows()
        accuracy, macs, seconds = rows[int(genotype.key, 16) % len(rows)]
        time.sleep(self.scale * seconds)
        metrics = {"val_pckh": accuracy, "macs": macs}
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics, seconds)


@cache
def _rows() -> list[tuple[float, float, float]]:
    rows = Benchmark.load(TABLE).rows
    rows = rows[rows["error"].isna()]
    return [tuple(row) for row in rows[["val_pckh", "macs", "seconds"]].to_numpy().tolist()]


def main(out: Path, budget: int = TRIALS) -> list[Path]:
    """Write the table, its numbers and the figure into `out`, from searches of `budget` trials at most."""
    rows = []
    for kind in ("SQLite", *(["PostgreSQL"] if PROGRAMS else [])):
        for workers in WORKERS if budget >= TRIALS else WORKERS[:2]:
            rows.append({"store": kind, **measured(kind, workers, min(budget, EACH * workers))})
    frame = pd.DataFrame(rows)
    frame.round(6).to_csv(out / "scale.csv", index=False)
    (out / "scale.md").write_text(markdown(frame), encoding="utf-8")
    return [plots.save(drawn(frame), out / "scale.svg"), out / "scale.md", out / "scale.csv"]


def measured(kind: str, workers: int, trials: int) -> dict[str, float]:
    """Return what a search took: seconds by the clock, those on the simulated clock, and of each part a trial."""
    _rows()
    spent: Spent = defaultdict(float)
    with _database(kind) as url, ThreadPoolExecutor(workers) as threads, Store(url) as store:
        sleeper = Sleeper(SCALE)
        crew = FuturesCrew(threads, sleeper, _run(load(SPACE)), workers)
        began = time.monotonic()
        _search(_timed_store(store, spent), _timed_crew(crew, spent), sleeper, trials, spent)
        clock = time.monotonic() - began
        assert len(store.steps(1)) == trials
    with Store("sqlite://") as store:
        ideal = _search(store, SimulatedCrew(Sleeper(0.0), 0, workers), Sleeper(0.0), trials, defaultdict(float))
    each = {part: spent[part] / trials for part in PARTS}
    return {"workers": workers, "trials": trials, "clock": clock, "ideal": SCALE * ideal, **each}


def _run(space: SearchSpace) -> Run:
    sleeper = Sleeper(SCALE)
    return Run(STRATEGY, space.name, space.digest, 0, sleeper.protocol_key, sleeper.full_fidelity)


def _search(store: Store, crew: Crew, sleeper: Sleeper, trials: int, spent: Spent) -> float:
    """Run a search to its end; return when it ended on the clock of its crew."""
    space = load(SPACE)
    strategy: Any = make(STRATEGY, space, 0, {})
    strategy.ask = _timed(strategy.ask, "ask and tell", spent)
    strategy.tell = _timed(strategy.tell, "ask and tell", spent)
    end = 0.0
    with closing(crew), closing(search(strategy, sleeper, store, _run(space), budget=trials, crew=crew)) as steps:
        for step in steps:
            end = end + step.trial.seconds if step.turn is None else step.turn.end  # one worker has no turns
    return end


def _timed_store(store: Store, spent: Spent) -> Any:
    timed: Any = store
    timed.note_ask = _timed(store.note_ask, "store the ask", spent)
    timed.find = _timed(store.find, "store the ask", spent)
    timed.visit = _timed(store.visit, "store the trial", spent)
    return timed


def _timed_crew(crew: FuturesCrew, spent: Spent) -> Any:
    timed: Any = crew
    timed.begin = _timed(crew.begin, "hand out", spent)
    timed.finish = _timed(crew.finish, "wait", spent)
    return timed


def _timed(work: Callable[..., Any], part: str, spent: Spent) -> Callable[..., Any]:
    """Return `work`, which adds the processor seconds of its thread to a part."""

    def timed(*args: Any, **kwargs: Any) -> Any:
        before = time.thread_time()
        try:
            return work(*args, **kwargs)
        finally:
            spent[part] += time.thread_time() - before

    return timed


@contextmanager
def _database(kind: str) -> Iterator[str]:
    server = temporary_server() if kind == "PostgreSQL" else nullcontext()
    with TemporaryDirectory() as folder, server as started:
        yield f"{folder}/runs.db" if started is None else started.url


def _training() -> float:
    return float(np.mean([seconds for _, _, seconds in _rows()]))


def markdown(frame: pd.DataFrame) -> str:
    """Return the numbers as tables of Markdown, and a sentence with the number of workers that one process can lead."""
    head = ["store", "workers", *PARTS, "in all", "trials a second", "share of the ideal"]
    lines = [f"| {' | '.join(head)} |", f"|---|{'--:|' * (len(head) - 1)}"]
    for row in frame.to_dict("records"):
        each = [1e3 * row[part] for part in PARTS]
        numbers = [f"{value:.2f}" for value in (*each, sum(each))]
        rates = f"{row['trials'] / row['clock']:.0f} | {row['ideal'] / row['clock']:.0%}"
        lines.append(f"| {row['store']} | {row['workers']:,} | {' | '.join(numbers)} | {rates} |")
    told = []
    for kind, part in frame.groupby("store", sort=False):
        last = part[list(PARTS)].iloc[-1]
        told.append(
            f"On {kind}, one process leads {1 / last.sum():,.0f} trials a second: it is busy with "
            f"{_training() / last.sum():,.0f} workers whose trainings take {_training():.0f} s. The largest part is: "
            f"{last.idxmax()}."
        )
    note = (
        f"Milliseconds of processor time of the leading process for each trial; trials a second and the share of the "
        f"simulated clock's ideal by the clock, with trainings of {SCALE * _training():.1f} s instead of "
        f"{_training():.0f} s."
    )
    return "\n".join([*lines, "", note, "", *told, ""])


def drawn(frame: pd.DataFrame) -> Figure:
    """Draw what a trial takes, part by part, over the number of workers; a panel for each store."""
    import matplotlib.pyplot as plt

    kinds = list(dict.fromkeys(frame["store"]))
    drawing, axes = plt.subplots(1, len(kinds), figsize=(4.2 * len(kinds), 3.4), sharey=True, squeeze=False)
    for ax, kind in zip(axes[0], kinds, strict=True):
        part = frame[frame["store"] == kind]
        places, below = np.arange(len(part)), np.zeros(len(part))
        for name in PARTS:
            height = 1e3 * part[name].to_numpy()
            ax.bar(places, height, bottom=below, width=0.7, label=name)
            below += height
        ax.set_xticks(places, [f"{count:,}" for count in part["workers"]])
        ax.set_xlabel("workers")
        ax.set_title(kind, loc="left")
    axes[0, 0].set_ylabel("ms of the leading process for a trial")
    axes[0, 0].legend(frameon=False, reverse=True)
    drawing.tight_layout()
    return drawing
