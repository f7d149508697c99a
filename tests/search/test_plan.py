"""What a comparison runs, and what it says at once about slips of the finger."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fakes import SPACE, KeyReader

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Objective
from nasbench_pose.search import Event, Job, plan
from nasbench_pose.search.jobs import work
from nasbench_pose.search.workplace import Workplace
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.labels import label, parse, strategy_of

NOWHERE = KeyReader(Path("nowhere"))


def jobs(*strategies: str, settings: dict[str, dict[str, object]] | None = None) -> list[Job]:
    return plan(SPACE, strategies, NOWHERE, budget=10, seeds=2, store="runs.db", settings=settings)


def test_every_strategy_gets_every_seed_the_slow_ones_first() -> None:
    found = [(job.strategy, job.seed, job.budget) for job in jobs("random", "darts", "evolution")]
    assert found == [
        ("darts", 0, 10), ("darts", 1, 10), ("random", 0, 10), ("random", 1, 10), ("evolution", 0, 10),
        ("evolution", 1, 10), ("baselines", 0, len(SPACE.baselines)), ("baselines", 1, len(SPACE.baselines)),
    ]  # fmt: skip


def test_a_space_without_baselines_has_none_measured() -> None:
    planned = plan(replace(SPACE, baselines=()), ["random"], NOWHERE, budget=10, seeds=1, store="runs.db")
    assert [job.strategy for job in planned] == ["random"]


def test_settings_go_to_their_strategy() -> None:
    planned = jobs("random", "evolution", settings={"evolution": {"population": 6}})
    assert [dict(job.settings) for job in planned[:4]] == [{}, {}, {"population": 6}, {"population": 6}]


@pytest.mark.parametrize(
    ("strategies", "settings", "said"),
    [
        (["random", "evolutoin"], {}, "No strategy named 'evolutoin'.*Did you mean 'evolution'"),
        (["evolution"], {"evolutoin": {}}, "No strategy in this comparison named 'evolutoin'.*mean 'evolution'"),
        (["random", "evolution", "random"], {}, "random is listed twice"),
        (["evolution", "evolution[preset=20/5]"], {}, "evolution is listed twice"),
        (["random"], {"evolution": {"population": 4}}, "No strategy in this comparison named 'evolution'"),
        (["evolution"], {"evolution": {"popluation": 4}}, "has no setting 'popluation'.*Did you mean 'population'"),
        (["darts"], {"darts": {"stesp": 4}}, "has no setting 'stesp'.*Did you mean 'steps'"),
        ([], {}, "Name at least one strategy"),
        (["nowhere.at.all:Strategy"], {}, "cannot be imported"),
    ],
)
def test_a_slip_is_named_before_anything_runs(
    strategies: list[str], settings: dict[str, dict[str, object]], said: str
) -> None:
    with pytest.raises((InvalidFileError, UnknownNameError), match=said):
        jobs(*strategies, settings=settings)


def test_whatever_a_strangers_strategy_raises_is_said_before_anything_runs() -> None:
    with pytest.raises(InvalidFileError, match="The strategy 'fractions:Fraction' cannot be made: TypeError") as error:
        jobs("random", "fractions:Fraction")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        ("optuna:TPESampler[n_ei_candidates=0]", "ValueError: The size of `samples` must be positive, but got 0."),
        ("optuna:TPESampler[n_startup_trials=900,n_ei_candidates=-1]", "ValueError: negative dimensions .*"),
        ("optuna:TPESampler[prior_weight=-1,weights=[1]]", "ValueError: A non-negative value .* but got -1."),
        ("optuna:NSGAIIISampler[dividing_parameter=0]", "IndexError: .*"),
        ("optuna:NSGAIIISampler[dividing_parameter=-1]", "ValueError: r must be non-negative."),
        ("optuna:NSGAIISampler[mutation_prob=2]", "ValueError: `mutation_prob` must be .*"),
    ],
)
def test_settings_of_samplers_that_fail_late_are_said_before_anything_runs(strategy: str, said: str) -> None:
    with pytest.raises(InvalidFileError) as error:
        jobs("random", strategy)
    row = label(*parse(strategy))
    assert re.fullmatch(f"{re.escape(row)} cannot suggest a network: {said}", str(error.value))


def test_samplers_whose_settings_are_right_are_planned() -> None:
    rows = ["optuna:TPESampler[n_startup_trials=900]", "optuna:NSGAIIISampler[weights=[1,2]]", "optuna:GPSampler"]
    assert [job.strategy for job in jobs(*rows)[:6:2]] == [strategy_of(row) for row in rows]
    with pytest.raises(InvalidFileError, match="`population_size` must be greater"):
        jobs("optuna:NSGAIISampler[population_size=1]")


def test_a_search_is_after_accuracy_and_few_macs() -> None:
    (job,) = jobs("random")[:1]
    assert job.objectives == (Objective("val_pckh", maximise=True), Objective("macs", maximise=False))


def test_every_tenth_step_of_a_training_is_told_and_the_last(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Long(KeyReader):
        def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
            assert progress is not None
            for done in range(1, 26):
                progress(done, 25)
            return super().evaluate(genotype, fidelity=fidelity, seed=seed)

    (job,) = plan(SPACE, ["random"], Long(tmp_path / "log"), budget=1, seeds=1, store=str(tmp_path / "runs.db"))[:1]
    heard: list[Event] = []
    with Workplace() as place:
        work(job, heard.append, place)
    assert [event.steps for event in heard if event.steps] == [(10, 25), (20, 25), (25, 25)]
    assert not any(event.ended for event in heard)


def test_the_metrics_that_are_asked_for_are_those_of_every_job() -> None:
    planned = plan(SPACE, ["random"], NOWHERE, budget=3, seeds=2, store="runs.db", metrics=["params", "macs"])
    assert {job.metrics for job in planned} == {("params", "macs")}


@pytest.mark.parametrize(("strategy", "opened"), [("fakes:Saving", 1), ("random", 0)])
def test_the_graph_of_the_space_is_opened_before_a_strategy_that_takes_long(
    strategy: str, opened: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A space whose graph cannot be built is said at once, not by a worker after its training."""
    asked: list[SearchSpace] = []
    monkeypatch.setattr(SearchSpace, "open_graph", lambda space: asked.append(space))
    jobs(strategy)
    assert len(asked) == opened
