"""The first screen of a report: a comparison of three strategies on the benchmark table, as Chromium shows its page."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.report.comparison import comparison_report
from nasbench_pose.report.html.page import evidence_of, write
from nasbench_pose.search import Comparison
from nasbench_pose.spaces import load
from nasbench_pose.store import Store

SPACE = "efficientpose_micro"
STRATEGIES = ("random", "nsga2", "tpe")
WIDTH, HEIGHT = 1280, 1040
WAIT = 10_000
"""Milliseconds of the page's own clock, which the browser does not wait for in fact."""
COLOURS = 255


def main(out: Path, budget: int = 100) -> Path:
    """Compare searches of `budget` trials and draw their page into the folder `out`; Chromium must be installed."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise NasbenchPoseError("The picture of the report needs Chromium; install it (Debian: apt install chromium).")
    with TemporaryDirectory() as folder:
        page, shot = Path(folder) / "report.html", Path(folder) / "report.png"
        _compare(budget, Path(folder) / "runs.db", page)
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
        looks = [f"--window-size={WIDTH},{HEIGHT}", f"--virtual-time-budget={WAIT}", f"--screenshot={shot}"]
        subprocess.run([chromium, *options, *looks, page.as_uri()], check=True, capture_output=True, timeout=120)
        out.mkdir(parents=True, exist_ok=True)
        with Image.open(shot) as picture:
            picture.convert("RGB").quantize(COLOURS).save(out / "report.png", optimize=True)
    return out / "report.png"


def _compare(budget: int, database: Path, page: Path) -> None:
    space = load(SPACE)
    seeds = 10 if budget > 1 else 1
    comparison = Comparison(space, STRATEGIES, LookUp(SPACE), budget=budget, seeds=seeds, store=database)
    report = comparison_report(comparison.run(comparison.executor(None)))
    with Store(database, must_exist=True) as store:
        write(report, page, replace(evidence_of(store, report), database="runs.db"))
