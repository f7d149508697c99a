"""Every study of analysis/ still makes its figure or table, here with as little work as it can."""

import inspect
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parent.parent
STUDIES = sorted(path.stem for path in ROOT.glob("analysis/[!_]*.py"))
ELSEWHERE = {"reliability": "tests/faults has each of its faults"}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in STUDIES if name not in ELSEWHERE])
def test_a_study_makes_something_in_its_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    study = import_module(f"analysis.{name}")
    if name == "report_picture" and not shutil.which("chromium"):
        pytest.skip("no Chromium here; .ci/run installs it")
    assert list(inspect.signature(study.main).parameters)[:2] == ["out", "budget"]
    study.main(tmp_path, budget=1)
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert made
    assert all(path.stat().st_size for path in made)


def test_a_table_with_intervals_says_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    miniature, searches = (import_module(f"analysis.{name}") for name in ("miniature", "table_searches"))
    curves = pd.DataFrame({"strategy": "random", "run_seed": [0, 1], "evaluations": 1, "best": [1.0, 2.0]})
    for text in (miniature.markdown(miniature.known(tmp_path)), searches.markdown({np.inf: curves})):
        table, _, note = text.rpartition("\n\n")
        assert " ± " in table and "± its 95 % interval" in note


def test_an_unknown_study_is_named_with_those_there_are() -> None:
    command = [sys.executable, "-m", "analysis", "nothing"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 2
    assert f"no study named 'nothing'; there are {', '.join(STUDIES)}" in ran.stderr
