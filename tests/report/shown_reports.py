"""Reports to show as pages: two seeds of a few networks with failures, hostile names, and as many networks as asked."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nasbench_pose.evaluators import MeasurementInfo
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.report.comparison import ComparisonReport, report_of
from nasbench_pose.report.html.page import Evidence, write
from nasbench_pose.spaces import find, load

SPACE = load("efficientpose_micro")
LARGE = load("efficientpose_small")
HOSTILE = """</script><script>alert("1")</script><img src=x onerror='alert(2)'>\x1b[31m=cmd|' /C calc'!A0"""
TRIALS = 5_000
OBJECTIVES = (Objective("val_pckh"), Objective("macs"))


def made_up(strategies: tuple[str, ...] = ("random", "evolution"), error: str = "it broke") -> ComparisonReport:
    """Return the report of two seeds of each strategy, one failed trial in each, and a hand-made network."""
    rows = [(s, seed, name) for s in strategies for seed in range(2) for name in SPACE.named]
    rows += [("baselines", seed, "hrnet-w8-narrow") for seed in range(2)]
    frame = pd.DataFrame(rows, columns=["strategy", "run_seed", "name"])
    genotypes = [find(name) for name in frame["name"]]
    frame = frame.assign(
        run=frame["strategy"].astype("category").cat.codes * 2 + frame["run_seed"], seed=frame["run_seed"],
        step=range(len(frame)), trained_seed=frame["run_seed"], key=[g.key for g in genotypes],
        genotype=[g.text for g in genotypes], genotype_space=[g.space for g in genotypes], protocol="p", fidelity=9,
        error=None, seconds=5.0, ask_seconds=1e-6, macs=[10**6 * (1 + i % 7) for i in range(len(frame))],
        params=1e5, val_pckh=[10.0 + i for i in range(len(frame))],
    ).drop(columns="name")  # fmt: skip
    broken = frame["strategy"].ne("baselines") & ~frame.duplicated(["strategy", "run_seed"])
    frame["error"] = frame["error"].mask(broken, error)
    frame.loc[broken, "val_pckh"] = float("nan")
    info = MeasurementInfo(title=f"made up {error}", plane="kept", input=SPACE.input, joints=SPACE.joints)
    return report_of(frame, SPACE, info, objectives=OBJECTIVES, limits=(Limit("macs", 6e6),))


def hostile(out: Path) -> Path:
    """Write the page of a database whose every text tries to be code."""
    report = made_up((HOSTILE, "random"), error=HOSTILE)
    runs = pd.DataFrame({"run": [0], "protocol_text": [json.dumps({HOSTILE: HOSTILE})], "machine": [HOSTILE]})
    return write(report, out, Evidence(database=HOSTILE, runs=runs))


def of_trials(trials: int) -> ComparisonReport:
    """Return the report of as many trials, each of another network of a large space, by two strategies of ten seeds."""
    rng = np.random.default_rng(0)
    return report_on([LARGE.sample(rng) for _ in range(trials)], rng)


def report_on(genotypes: Sequence[Genotype], rng: np.random.Generator | None = None) -> ComparisonReport:
    """Return a report with a trial of each genotype, by two strategies of ten seeds; accuracies and costs are drawn."""
    trials, space, rng = len(genotypes), load(genotypes[0].space), rng or np.random.default_rng(0)
    number = np.arange(trials)
    frame = pd.DataFrame(
        {"strategy": np.where(number % 2, "nsga2", "random"), "run_seed": number // 2 % 10, "run": number % 20,
         "step": number, "seed": 0, "trained_seed": 0, "key": [g.key for g in genotypes],
         "genotype": [g.text for g in genotypes], "genotype_space": space.name, "protocol": "p", "fidelity": 9,
         "error": None, "seconds": 5.0, "ask_seconds": 1e-6, "macs": rng.integers(10**6, 10**9, trials),
         "params": rng.integers(10**5, 10**7, trials).astype(float), "val_pckh": rng.normal(50, 9, trials)},
    )  # fmt: skip
    info = MeasurementInfo(title=f"{trials} trials", plane="kept", input=space.input, joints=space.joints)
    return report_of(frame, space, info, objectives=OBJECTIVES, limits=(Limit("macs", 6e8),))
