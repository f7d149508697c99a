"""How much is sent to a database."""

from pathlib import Path
from typing import Any

import pytest
from contracts.store import trial

from nasbench_pose.store import Store
from nasbench_pose.store.checksums import checksum


def test_a_protocol_is_sent_once_with_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search of ten thousand trials has one protocol."""
    sent: list[tuple[Any, ...]] = []
    with Store(tmp_path / "runs.db") as store:
        for statement in (store._transactions.new_protocol, store._transactions.protocol_text):
            run = statement.run

            def noted(cursor: Any, *values: Any, run: Any = run) -> Any:
                sent.append(values)
                return run(cursor, *values)

            monkeypatch.setattr(statement, "run", noted)
        for width in (1, 2, 3):
            store.add(trial(width), protocol_text="{}")
    assert sent == [("p1", checksum("p1", None)), ("{}", checksum("p1", "{}"), "p1")]
