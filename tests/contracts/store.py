"""What a results database does, whichever it is."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import nasbench_pose
from nasbench_pose.errors import StoreError, UnknownNameError
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Objective
from nasbench_pose.store import Run, Step, Store

RUN = Run("random", "tiny", "d1", seed=0, protocol="p1", fidelity=500)
FACT = {
    "key": "str",
    "genotype": "str",
    "genotype_space": "str",
    "protocol": "str",
    "fidelity": "int64",
    "schedule": "str",
    "seed": "int64",
    "seconds": "float64",
    "error": "str",
}
STEP = {
    "run": "int64",
    "strategy": "str",
    "label": "str",
    "run_seed": "int64",
    "space": "str",
    "full_fidelity": "int64",
    "step": "int64",
    "ask_seconds": "float64",
    "ask_number": "int64",
    "start_seconds": "float64",
    "end_seconds": "float64",
}


def genotype(width: int) -> Genotype:
    """Return a member of a space that no file describes: a store keeps what it is given."""
    return Genotype("tiny", [("width", width), ("block", "k3_e6")])


def trial(width: int, **metrics: float) -> Trial:
    """Return a trial of `genotype(width)` with a learning curve."""
    curve = ((250, 40.5), (500, 61.25))
    return Trial(
        genotype(width), "p1", 500, 0, metrics or {"val_pckh": 60.0 + width, "macs": 10**12 + width}, 1.5, curve
    )


class StoreContract:
    """Say where an empty database is: a fixture `where` that returns its URL or path."""

    @pytest.fixture
    def store(self, where: str) -> Iterator[Store]:
        with Store(where) as store:
            yield store

    def find(self, store: Store, about: Trial) -> Trial | None:
        return store.find(about.genotype, about.protocol, about.fidelity, about.seed)

    def test_a_fact_is_found_as_it_was_added(self, store: Store) -> None:
        assert self.find(store, trial(1)) is None
        assert store.add(trial(1)) == trial(1) == self.find(store, trial(1))
        assert self.find(store, trial(2)) is None

    def test_points_of_a_curve_that_are_no_numbers_come_back(self, store: Store) -> None:
        given = replace(trial(1, share=0.1, macs=2**60 + 1), curve=((1, math.nan), (2, math.inf), (3, 0.5)))
        store.add(given)
        store.add_all([replace(given, seed=1)])
        for seed in (0, 1):
            kept = self.find(store, replace(given, seed=seed))
            assert kept is not None and kept.metrics == {"share": 0.1, "macs": 2**60 + 1}
            assert math.isnan(kept.curve[0][1]) and kept.curve[1:] == ((2, math.inf), (3, 0.5))
        values = store.curves()["val"].tolist()
        assert math.isnan(values[0]) and values[1:3] == [math.inf, 0.5]

    def test_scalars_of_numpy_come_back_as_python_numbers(self, store: Store) -> None:
        numpys: Any = {"metrics": {"a": np.float32(0.5), "b": np.int64(7)}, "curve": ((np.int64(3), np.float64(2)),)}
        numpys |= {"seed": np.int64(9), "fidelity": np.uint16(400), "seconds": np.float32(0.25)}
        kept = store.add(replace(trial(1), **numpys))
        assert (kept.metrics, kept.curve) == ({"a": 0.5, "b": 7}, ((3, 2.0),))
        found = store.find(kept.genotype, "p1", np.int32(400), np.int64(9))  # type: ignore[arg-type]
        assert found == kept
        assert [type(value) for value in (kept.seed, kept.fidelity, kept.seconds)] == [int, int, float]
        assert store.evaluations()["seed"].tolist() == [9]

    def test_numbers_of_numpy_name_a_run_and_its_steps(self, store: Store) -> None:
        settings = {"population": np.int64(8), "rate": np.float32(0.5), "weights": (np.float64(1), 2)}
        kept = Run("s", "tiny", "d1", seed=0, protocol="p", fidelity=1, settings={"a": "x", "b": True, "c": None})
        assert kept.settings == {"a": "x", "b": True, "c": None} != replace(kept, settings={"a": "y"}).settings
        nested = replace(kept, settings={"a": {"b": np.int64(1), "c": ["d"]}})
        assert nested.settings == {"a": {"b": 1, "c": ["d"]}}
        numpys: Any = {"seed": np.int64(1), "fidelity": np.int32(500), "settings": settings}
        plain = replace(RUN, seed=1, settings={"population": 8, "rate": 0.5, "weights": [1.0, 2]})
        number: Any = np.int64(store.run(replace(RUN, **numpys), budget=np.int64(3)))  # type: ignore[arg-type]
        store.run(plain, budget=2)
        assert store.runs()[["seed", "fidelity", "budget"]].to_numpy().tolist() == [[1, 500, 3]]
        store.visit(number, np.int64(1), trial(1), np.float32(0.5))  # type: ignore[arg-type]
        store.save_checkpoint(number, np.int64(1), b"state")  # type: ignore[arg-type]
        assert store.steps(number) == [Step(1, trial(1), 0.5)]
        assert store.checkpoint(number) == (1, b"state")
        assert store.numbers([plain, RUN]) == [number, None]

    def test_a_fact_never_changes(self, store: Store) -> None:
        store.add(trial(1, val_pckh=50.0))
        later = replace(trial(1, val_pckh=99.0), error="later", curve=())
        assert store.add(later) == trial(1, val_pckh=50.0)
        store.add_all([later])
        assert self.find(store, later) == trial(1, val_pckh=50.0)
        assert len(store.evaluations()) == 1

    def test_genotype_protocol_fidelity_and_seed_make_a_fact(self, store: Store) -> None:
        first = trial(1)
        others = [trial(2), replace(first, protocol="p2"), replace(first, fidelity=250), replace(first, seed=2**40)]
        store.add(first)
        for number, other in enumerate(others):
            assert store.add(replace(other, metrics={"n": number})).metrics == {"n": number}
        assert self.find(store, first) == first

    def test_failures_are_kept(self, store: Store) -> None:
        failed = replace(trial(1), metrics={}, error="The loss is no longer a number: 10 % of 'x' — π.", curve=())
        assert store.add(failed) == failed == self.find(store, failed)
        assert store.evaluations()["error"].tolist() == [failed.error]

    def test_many_at_once_are_kept_as_one_by_one(self, store: Store) -> None:
        many = [trial(width) for width in range(1203)]
        store.add(many[7])
        store.add_all([*many, trial(3, val_pckh=1.0), many[-1], trial(1202, val_pckh=1.0)])
        assert [self.find(store, t) for t in (many[0], many[3], many[7], many[-1])] == [
            many[0],
            many[3],
            many[7],
            many[-1],
        ]
        assert sorted(store.evaluations()["macs"]) == [t.metrics["macs"] for t in many]
        store.add_all([])

    def test_a_metric_cannot_hide_a_column(self, store: Store) -> None:
        for name in {*FACT, *STEP}:
            with pytest.raises(StoreError, match=f"No metric can be called '{name}'"):
                store.add(trial(1, **{name: 1.0}))
        assert store.evaluations().empty

    def test_protocols_say_what_they_are_once_somebody_does(self, store: Store) -> None:
        assert store.protocols() == {}
        store.add(trial(1))
        store.add(replace(trial(1), protocol="p0"), protocol_text='{"steps":5}')
        assert store.protocols() == {"p0": '{"steps":5}', "p1": ""}
        store.add(trial(1), protocol_text='{"steps":500}')
        store.run(replace(RUN, protocol_text="another"), budget=1)
        store.run(replace(RUN, protocol="p2", protocol_text='{"steps":7}'), budget=1)
        assert list(store.protocols().values()) == ['{"steps":5}', '{"steps":500}', '{"steps":7}']

    def test_a_run_is_known_by_what_decides_its_trials(self, store: Store) -> None:
        number = store.run(RUN, budget=10)
        assert [store.run(RUN, budget=budget) for budget in (10, 30, 5)] == [number] * 3
        assert store.run(replace(RUN, protocol_text="{}"), budget=1) == number
        assert store.runs()[["run", "budget"]].to_numpy().tolist() == [[number, 30]]
        settings = {"population": 10, "weights": [1.0, 0.5]}
        changes: dict[str, Any] = {"strategy": "evolution", "settings": settings, "seed": 1, "fidelity": 250}
        changes |= {"protocol": "p2", "objectives": (Objective("macs"),)}
        others = [store.run(replace(RUN, **{field: value}), budget=1) for field, value in changes.items()]
        assert len({number, *others}) == 1 + len(changes)
        assert store.runs().set_index("run")["settings"][others[1]] == settings

    def test_a_space_that_has_changed_is_refused_under_its_old_name(self, store: Store) -> None:
        number = store.run(RUN, budget=10)
        with pytest.raises(StoreError, match=r"'tiny' has changed since .* \(its file was d1, now d2\)"):
            store.run(replace(RUN, space_digest="d2"), budget=10)
        assert store.runs()["run"].tolist() == [number], "what is refused leaves nothing"
        assert store.run(replace(RUN, space="other", space_digest="d2"), budget=10) != number

    def test_steps_are_visits(self, store: Store) -> None:
        first, second = store.run(RUN, budget=3), store.run(replace(RUN, seed=1), budget=3)
        store.add(trial(2, val_pckh=1.0))
        assert store.visit(first, 1, trial(1), 0.25) == trial(1)
        assert store.visit(first, 2, trial(2), 0.5) == trial(2, val_pckh=1.0)
        assert store.visit(second, 1, trial(1), 0.75) == trial(1)
        store.visit(first, 3, trial(1), 1.0)
        steps = [Step(1, trial(1), 0.25), Step(2, trial(2, val_pckh=1.0), 0.5), Step(3, trial(1), 1.0)]
        assert (store.steps(first), store.steps(second)) == (steps, [Step(1, trial(1), 0.75)])
        assert store.steps(99) == []
        assert len(store.evaluations()) == 2

    def test_a_step_is_taken_once_and_a_trial_is_kept_with_its_step_or_not_at_all(self, store: Store) -> None:
        run = store.run(RUN, budget=3)
        store.visit(run, 1, trial(1), 0.25)
        assert store.visit(run, 1, trial(1), 9.0) == trial(1)
        with pytest.raises(StoreError, match=f"Step 1 of run {run} has another trial"):
            store.visit(run, 1, trial(2), 0.25)
        with pytest.raises(StoreError, match="has no run with that number"):
            store.visit(99, 1, trial(3), 0.25)
        assert store.steps(run) == [Step(1, trial(1), 0.25)]
        assert len(store.evaluations()) == 1

    def test_only_the_latest_checkpoint_of_a_run_is_kept(self, store: Store) -> None:
        first, second = store.run(RUN, budget=3), store.run(replace(RUN, seed=1), budget=3)
        store.save_checkpoint(first, 1, b"one")
        store.save_checkpoint(second, 5, b"")
        store.save_checkpoint(first, 2, bytes(range(256)) * 8192)
        assert store.checkpoint(first) == (2, bytes(range(256)) * 8192)
        assert store.checkpoint(second) == (5, b"")
        assert store.checkpoint(99) is None

    def test_frames_have_their_columns_and_dtypes_even_when_empty(self, store: Store) -> None:
        point = dict(list(FACT.items())[:7]) | {"training_step": "int64", "val": "float64"}
        expected = (STEP | FACT, FACT, point)
        for frame, dtypes in zip((store.frame(), store.evaluations(), store.curves()), expected, strict=True):
            assert frame.dtypes.astype(str).to_dict() == dtypes
            assert frame.empty
        store.visit(store.run(RUN, budget=1), 1, trial(1), 0.25)
        metrics = {"val_pckh": "float64", "macs": "int64"}
        expected = (STEP | FACT | metrics, FACT | metrics, point)
        for frame, dtypes in zip((store.frame(), store.evaluations(), store.curves()), expected, strict=True):
            assert frame.dtypes.astype(str).to_dict() == dtypes

    def test_frames_say_what_was_kept(self, store: Store) -> None:
        run = store.run(RUN, budget=2)
        store.visit(run, 2, replace(trial(2), metrics={}, curve=(), error="no"), 0.5)
        store.visit(run, 1, trial(1, val_pckh=7.5), 0.25)
        frame = store.frame()
        assert frame["step"].tolist() == [1, 2]
        assert frame["genotype"].tolist() == [genotype(1).text, genotype(2).text]
        assert frame["val_pckh"].tolist()[0] == 7.5 and math.isnan(frame["val_pckh"].tolist()[1])
        assert frame["error"].isna().tolist() == [True, False]
        assert store.evaluations()["key"].tolist() == [genotype(2).key, genotype(1).key]
        assert store.curves()[["key", "training_step", "val"]].to_numpy().tolist() == [
            [genotype(1).key, 250, 40.5],
            [genotype(1).key, 500, 61.25],
        ]

    def test_a_run_is_charged_once_for_what_it_visits_again(self, store: Store) -> None:
        first, second = store.run(RUN, budget=3), store.run(replace(RUN, seed=1), budget=3)
        for number, width in enumerate((1, 2, 1, 1), start=1):
            store.visit(first, number, trial(width), 0.5)
        store.visit(second, 1, trial(1), 0.5)
        frame = store.frame()
        assert frame["seconds"].tolist() == [1.5, 1.5, 0.0, 0.0, 1.5]
        assert frame["ask_seconds"].tolist() == [0.5] * 5
        assert store.evaluations()["seconds"].tolist() == [1.5, 1.5]

    def test_runs_say_where_they_come_from(self, store: Store) -> None:
        store.run(replace(RUN, protocol_text="{}", settings={"a": [1]}), budget=4)
        (row,) = store.runs().to_dict("records")
        about = {"strategy": "random", "space": "tiny", "seed": 0, "protocol": "p1", "fidelity": 500, "budget": 4}
        about |= {"space_digest": "d1", "settings": {"a": [1]}, "objectives": ["val_pckh:max", "macs"], "run": 1}
        assert about.items() <= row.items()
        assert row["protocol_text"] == "{}"
        assert (row["nasbench-pose"], row["numpy"]) == (nasbench_pose.__version__, np.__version__)
        assert row["machine"]["cores"] >= 1
        assert row["started"].endswith("+00:00")

    def test_a_genotype_is_found_by_the_beginning_of_its_key(self, store: Store) -> None:
        with pytest.raises(UnknownNameError, match="None of the 0 genotypes"):
            store.genotype("0")
        store.add_all(trial(width) for width in range(40))
        wanted = genotype(7)
        assert store.genotype(wanted.key) == store.genotype(wanted.key[:12].upper()) == wanted
        with pytest.raises(UnknownNameError, match=r"'' begins several keys: .*Use more digits"):
            store.genotype("")
        with pytest.raises(UnknownNameError, match=rf"None of the 40 .*Did you mean '{wanted.key}'\?"):
            store.genotype(wanted.key[:15] + "z")

    @pytest.mark.parametrize("pattern", ["%", "_", "_" * 16, "%%", "ade_97"])
    def test_the_beginning_of_a_key_is_no_pattern(self, store: Store, pattern: str) -> None:
        store.add(trial(7))
        with pytest.raises(UnknownNameError, match="None of the 1 genotypes"):
            store.genotype(pattern)

    def test_failures_are_forgotten_and_runs_go_back_to_before_them(self, store: Store) -> None:
        first, second = store.run(RUN, budget=3), store.run(replace(RUN, seed=1), budget=3)
        failed, other = replace(trial(2), metrics={}, error="no"), replace(trial(4), metrics={}, error="not visited")
        for number, visited in enumerate((trial(1), failed, trial(3)), start=1):
            store.visit(first, number, visited, 0.0)
            store.save_checkpoint(first, number, b"state")
        store.visit(second, 1, trial(3), 0.0)
        store.visit(second, 2, failed, 0.0)
        store.save_checkpoint(second, 1, b"state")
        store.add(other)
        unharmed = store.run(replace(RUN, seed=2), budget=3)
        for number, visited in enumerate((trial(5), trial(3), trial(1)), start=1):
            store.visit(unharmed, number, visited, 0.0)
            store.save_checkpoint(unharmed, number, b"state")
        assert store.forget_failures([first]) == 1
        assert [step.trial for step in store.steps(first)] == [trial(1)]
        assert [step.trial for step in store.steps(second)] == [trial(3)]
        assert (store.checkpoint(first), store.checkpoint(second)) == (None, (1, b"state"))
        assert [step.trial for step in store.steps(unharmed)] == [trial(5), trial(3), trial(1)]
        assert store.checkpoint(unharmed) == (3, b"state")
        assert self.find(store, failed) is None
        assert self.find(store, trial(3)) == trial(3) and self.find(store, other) == other
        assert store.forget_failures([first, second]) == 0
