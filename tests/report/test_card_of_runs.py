"""The card of a database: that of the comparison that wrote it, and what differs between several comparisons."""

from pathlib import Path
from typing import Any

import pytest

from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.objective import Limit
from nasbench_pose.report.card import card_of
from nasbench_pose.report.card_of_runs import card_of_runs
from nasbench_pose.report.card_text import markdown
from nasbench_pose.report.comparison import comparison_report
from nasbench_pose.report.database import report
from nasbench_pose.search import Comparison, ComparisonResult
from nasbench_pose.spaces import load
from nasbench_pose.store import Store

STRATEGIES = ("random", "evolution[population=5]", "evolution")


def run(store: Path, **more: Any) -> ComparisonResult:
    space = load("efficientpose_micro")
    made: dict[str, Any] = {"budget": 6, "seeds": 2, "limits": (Limit("macs", 4e6),), **more}
    comparison = Comparison(space, made.pop("strategies", STRATEGIES), LookUp(space.name), store=store, **made)
    return comparison.run(comparison.executor(1))


def card(path: Path) -> dict[str, Any]:
    with Store(path, must_exist=True) as store:
        found = card_of_runs(report(store), store.runs())
    assert found is not None
    return found


def test_the_card_of_a_database_is_that_of_its_comparison(tmp_path: Path) -> None:
    result = run(tmp_path / "runs.db")
    written, read = card_of(result, comparison_report(result)), card(tmp_path / "runs.db")
    ours, theirs = read["reproducible"], written["reproducible"]
    assert ours["protocol"].pop("title").startswith(theirs["protocol"].pop("title"))
    assert ours.pop("unequal") == [] and ours.pop("workers") == 1
    assert ours == theirs
    assert read["checklist"] == written["checklist"]
    assert read["circumstances"]["command"] == written["circumstances"]["command"]


def test_what_differs_is_said_and_is_not_equal_for_all(tmp_path: Path) -> None:
    run(tmp_path / "runs.db")
    run(tmp_path / "runs.db", strategies=("tpe",), budget=8, seeds=3, limits=(Limit("macs", 5e6),))
    found = card(tmp_path / "runs.db")
    fixed = found["reproducible"]
    assert fixed["unequal"] == ["limits", "budget", "seeds"]
    assert fixed["budget"]["trials"] == 8 and fixed["seeds"] == {"first": 0, "count": 3}
    text = markdown(found)
    assert "| equal for all | space, protocol, objectives, reference point |" in text
    assert "Not equal for all searches of this database: limits, budget, seeds." in text


@pytest.mark.parametrize("strategy", ["elsewhere", "absent_package.module:Strategy"])
def test_a_strategy_of_another_package_is_named_and_not_imported(tmp_path: Path, strategy: str) -> None:
    run(tmp_path / "runs.db", strategies=("random",))
    with Store(tmp_path / "runs.db") as store:
        runs = store.runs().assign(strategy=strategy)
        found = card_of_runs(report(store), runs)
    assert found is not None
    (entry,) = found["reproducible"]["strategies"]
    assert entry["name"] == strategy and not entry["built_in"] and entry["paper"] == ""
    assert f"of other packages: {entry['label']}" in str(found["checklist"])
