"""`leaderboard` and `leaderboard check`."""

import json
from pathlib import Path

from commands import Run


def test_a_card_of_compare_is_checked_and_a_tampered_one_refused(run: Run, refused: Run, tmp_path: Path) -> None:
    run("compare", "efficientpose_micro", "--evaluator", "table", "--strategies", "random,local", "--budget", 3,
        "--seeds", 2, "--macs-limit", "inf", "--db", tmp_path / "runs.db", "--out", tmp_path)  # fmt: skip
    path = tmp_path / "card.json"
    assert run("leaderboard", "check", path) == f"{path} comes out: 4 searches, 12 trials.\n"
    card = json.loads(path.read_text())
    card["reproducible"]["searches"][1]["failed"] += 1
    path.write_text(json.dumps(card))
    assert "differs from its replay: " in refused("leaderboard", "check", path)
    path.write_text(path.read_text()[:500])
    assert "is not a card.json, or was cut off" in refused("leaderboard", "check", path)


def test_the_leaderboard_has_every_strategy_by_rank(run: Run) -> None:
    shown = run("leaderboard")
    head, *rows = shown.splitlines()
    assert "lspet ≤ 3" in head and "synthetic any" in head
    assert {"random", "local", "evolution", "nsga2", "asha", "hyperband"} <= {
        row.split()[1] for row in rows if row[:1].isdigit()
    }
    assert "correlated" in shown
