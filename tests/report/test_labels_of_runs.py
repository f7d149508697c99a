"""The names of searches that were told limits or had several workers, in the report of a database."""

import math
from pathlib import Path

from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.objective import Limit
from nasbench_pose.report.database import report
from nasbench_pose.search import Comparison, in_this_process
from nasbench_pose.spaces import load
from nasbench_pose.store import Store

MICRO = load("efficientpose_micro")


def searched(db: Path, *limits: Limit, strategies: tuple[str, ...] = ("random", "local")) -> tuple[set[str], str]:
    """Search into `db`; return the names in its report, and the notes."""
    look_up = LookUp(MICRO.name, space=MICRO)
    Comparison(MICRO, strategies, look_up, limits=limits, parallel=2, budget=3, seeds=1, store=db).run(in_this_process)
    with Store(db) as store:
        made = report(store)
    return set(made.summary["strategy"]), "\n".join(made.notes)


def test_what_all_searches_share_is_a_note(tmp_path: Path) -> None:
    names, notes = searched(tmp_path / "r.db", Limit("params", 3e4))
    assert names == {"random", "local"}
    assert "Searches told ≤ 30 k parameters: local, random.\nSearches with 2 workers each: local, random." in notes


def test_different_limits_keep_rows_apart(tmp_path: Path) -> None:
    searched(tmp_path / "r.db", Limit("macs", 4e6))
    names, _ = searched(tmp_path / "r.db", Limit("macs", 3e6), strategies=("random",))
    assert names == {"random within ≤ 4 MMACs", "random within ≤ 3 MMACs", "local within ≤ 4 MMACs"}


def test_a_limit_by_default_is_a_note_and_no_limit_can_be_asked_for(tmp_path: Path) -> None:
    default = "the best networks here are within the default, ≤ 4 MMACs. If compare had another limit, give it with"
    _, notes = searched(tmp_path / "r.db", Limit("macs", math.inf))
    assert f"No search was told a limit; {default} --limit or --macs-limit; --macs-limit inf: none." in notes
    with Store(tmp_path / "r.db") as store:
        asked = report(store, limits=(Limit("macs", math.inf),))
        assert "default" not in "".join(asked.notes)
        assert asked.criterion.limits == ()
    _, notes = searched(tmp_path / "told.db", Limit("macs", 3e6))
    assert "default" not in notes
    _, notes = searched(tmp_path / "told.db", Limit("macs", 2e6))
    assert f"Searches were told different limits; {default}" in notes
