"""Look-ups reach the database many at a time, and what was not stored yet is looked up again with the same result."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import SPACE, KeyReader, Listening, Saving

from nasbench_pose.errors import StoreError
from nasbench_pose.search import keeping, search
from nasbench_pose.store import Run, Step, Store

RUN = Run("listening", SPACE.name, SPACE.digest, seed=3, protocol="0123456789abcdef", fidelity=100)


def new() -> Listening:
    return Listening(SPACE, np.random.default_rng(0))


def plain(steps: list[Step]) -> list[Step]:
    return [replace(step, ask_seconds=0.0) for step in steps]


def test_steps_stored_together_are_those_stored_one_by_one(tmp_path: Path) -> None:
    with Store(tmp_path / "one.db") as one, Store(tmp_path / "many.db") as many:
        expected = list(search(new(), KeyReader(tmp_path / "1"), one, RUN, budget=30))
        steps = list(search(new(), KeyReader(tmp_path / "2"), many, RUN, budget=30, immediate=True))
        assert plain(steps) == plain(expected) == plain(many.steps(1))
        assert many.evaluations().equals(one.evaluations())
    assert (tmp_path / "2").read_text() == (tmp_path / "1").read_text(), "a repeated proposal is not measured again"


def test_what_a_killed_search_had_not_stored_is_looked_up_again(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        killed = search(new(), KeyReader(tmp_path / "1"), store, RUN, budget=9, immediate=True)
        lost = [next(killed) for _ in range(5)]
        assert store.steps(1) == []
        steps = list(search(new(), KeyReader(tmp_path / "2"), store, RUN, budget=9, immediate=True))
        assert plain(steps[:5]) == plain(lost)
        killed.close()  # another process that was only slow: its steps are the same, so nothing changes
        assert store.steps(1) == steps


def test_steps_of_a_search_that_ends_early_are_stored(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        steps = search(new(), KeyReader(tmp_path / "1"), store, RUN, budget=9, immediate=True)
        first = [next(steps) for _ in range(4)]
        steps.close()
        assert store.steps(1) == first


def test_a_slow_search_is_stored_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LONGEST", 0.0)
    with Store(tmp_path / "runs.db") as store:
        for step in search(new(), KeyReader(tmp_path / "1"), store, RUN, budget=3, immediate=True):
            assert store.steps(1)[-1] == step


def test_a_checkpoint_is_never_ahead_of_the_steps(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        strategy = Saving(SPACE, np.random.default_rng(0))
        for step in search(strategy, KeyReader(tmp_path / "1"), store, RUN, budget=3, immediate=True):
            saved = store.checkpoint(1)
            assert (len(store.steps(1)), saved and saved[0]) == (step.number, step.number)


def test_another_trial_of_the_same_step_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        searching = search(new(), KeyReader(tmp_path / "1"), store, RUN, budget=3, immediate=True)
        first = next(searching)
        other = replace(first.trial, genotype=Listening(SPACE, np.random.default_rng(9)).genotypes[0])
        store.visit(1, 1, other, 0.0)
        with pytest.raises(StoreError, match="Step 1 of run 1 has another trial"):
            searching.close()
        assert len(store.steps(1)) == 1
