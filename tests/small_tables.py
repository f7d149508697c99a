"""Search spaces of a few networks, trainings of a tenth of a second, and tables whose numbers are made up."""

from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.plan import drawn as drawn_evenly
from nasbench_pose.benchmark.rows import TableFile
from nasbench_pose.cost import CostTable, table
from nasbench_pose.evaluators import Trial
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.training import Training
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, find, load


def text_of(name: str, genes: str, *, blocks: int, named: str = "", baselines: str = '"micro-smallest"') -> str:
    """Return the file of a chain of two stages, the second of `blocks` blocks, that a core trains in no time."""
    return f"""
name = "{name}"
kind = "chain"
title = "A small space"
cite = "none"
input = [32, 32]
joints = 14
baselines = [{baselines}]

[fixed]
stem = [8, 4]
head = [8]
sic = true
divisor = 4
stages = [{{ width = 4, blocks = 1, stride = 2 }}, {{ width = 8, blocks = {blocks}, stride = 2 }}]

[genes]
w1 = [100, 200]
w2 = [100]
s1b1 = ["k3_e3", "k5_e6"]
{genes}

[named]
{named}
"""


TEXT = text_of(
    "dozen",
    's2b1 = ["k3_e3"]\ns2b2 = ["skip", "k3_e3"]\ns2b3 = ["skip", "k3_e3"]',
    blocks=3,
    named='largest = "w1=200, w2=100, s1b1=k5_e6, s2b1=k3_e3, s2b2=k3_e3, s2b3=k3_e3"',
)
"""Sixteen answers to all genes; skipped layers come last, so that they are twelve networks."""
FOUR = text_of("four", 's2b1 = ["k3_e3"]', blocks=1, named='largest = "w1=200, w2=100, s1b1=k5_e6, s2b1=k3_e3"')
"""Four networks: a table of them is trained in seconds, processes included."""
TWO_DOZEN = text_of(
    "two_dozen",
    's2b1 = ["k3_e3", "k5_e3", "k7_e6"]\ns2b2 = ["skip", "k3_e3"]',
    blocks=2,
    baselines="",
)
"""Twenty-four networks: enough to be ranked."""

PEOPLE = "synthetic:train=48,val=16,test=16"
STEPS = 8
SEEDS, REPLICATED = 3, 4


def space(folder: Path, text: str = TEXT) -> SearchSpace:
    """Write the space into `folder` and load it."""
    name = text.partition('name = "')[2].partition('"')[0]
    path = folder / f"{name}.toml"
    path.write_text(text)
    return load(path)


def training(own: SearchSpace, steps: int = STEPS) -> Training:
    """Return a training of a tenth of a second."""
    return Training(PEOPLE, Protocol(steps=steps, batch=4, input=(32, 32)), own)


def made_up(own: SearchSpace, folder: Path, jobs: Iterable[tuple[Genotype, int]], **more: object) -> Path:
    """Write a table with drawn numbers; a genotype's trainings differ by as much as genotypes do."""
    file, rng, costs = TableFile(folder / "made_up.csv"), np.random.default_rng(7), table(own)
    file.begin()
    file.append(*(drawn(own, costs, genotype, seed, rng) for genotype, seed in jobs))
    file.describe({"title": "Made up", "space": own.name, "space_digest": own.digest,
                   "protocol": Protocol(steps=STEPS, input=(32, 32)).text, **more})  # fmt: skip
    return file.path


def drawn(own: SearchSpace, costs: CostTable, genotype: Genotype, seed: int, rng: np.random.Generator) -> Trial:
    """Return a trial that nobody made."""
    val, test = rng.uniform(10, 30, 2).round(5).tolist()
    macs, params = 10**6, 10**4
    if genotype.space == own.name:
        counts = costs.count(own.encode([genotype]))
        macs, params = int(counts.macs[0]), int(counts.params[0])
    metrics = {"val_pckh": val, "test_pckh": test, "val_pckh_area": 5.0, "val_loss": 4.0, "train_loss": 4.0}
    curve = tuple((step, float(percent)) for step, percent in enumerate(rng.uniform(1, 30, STEPS).round(2), start=1))
    seconds = float(rng.uniform(1, 9))
    return Trial(genotype, "made up", STEPS, seed, {**metrics, "macs": macs, "params": params}, seconds, curve)


def whole(own: SearchSpace) -> list[tuple[Genotype, int]]:
    """Return the jobs of a complete table: every member, some with three seeds as planned, and the baseline."""
    members, again = list(own.enumerate()), drawn_evenly(own, 12, np.random.default_rng(0))[1]
    jobs = [(find("micro-smallest"), seed) for seed in range(SEEDS)] + [(genotype, 0) for genotype in members]
    return jobs + [(genotype, seed) for genotype in again[:6] for seed in range(1, SEEDS)]


def complete(own: SearchSpace, folder: Path) -> Benchmark:
    """Return a complete table with made-up numbers."""
    return Benchmark.load(made_up(own, folder, whole(own)), space=own)


def watched(tell: Callable[[Trial], None] = lambda _: None, stop_after: int = 10**9) -> SimpleNamespace:
    """Return what `build_table` asks and tells: `told` counts, `go_on` says no after so many trainings."""
    found = SimpleNamespace(told=[])
    found.go_on = lambda: len(found.told) < stop_after

    def heard(trial: Trial, left: int) -> None:
        tell(trial)
        found.told.append(left)

    found.tell = heard
    return found
