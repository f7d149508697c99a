"""The statistics of a comparison against loops, on a table of a dozen networks with made-up numbers."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_tables

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.pareto import front, hypervolume
from nasbench_pose.report.card_of_runs import card_of_runs
from nasbench_pose.report.comparison import ComparisonReport, comparison_report, report_of
from nasbench_pose.report.comparison_text import printed
from nasbench_pose.report.database import report
from nasbench_pose.report.statistics import LEAST
from nasbench_pose.report.statistics_text import printed_statistics, ranges
from nasbench_pose.search import Comparison, in_this_process
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.store import Store

LIMIT = 190_000.0


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> SearchSpace:
    return small_tables.space(tmp_path_factory.mktemp("space"))


@pytest.fixture(scope="module")
def file(space: SearchSpace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_tables.made_up(space, tmp_path_factory.mktemp("table"), small_tables.whole(space))


@pytest.fixture(scope="module")
def table(space: SearchSpace, file: Path) -> Benchmark:
    return Benchmark.load(file, space=space)


@pytest.fixture(scope="module")
def compared(space: SearchSpace, file: Path, tmp_path_factory: pytest.TempPathFactory) -> ComparisonReport:
    """Twelve searches of two strategies and of a list, of which only two or three differ."""
    comparison = Comparison(
        space, ("random", "local", "fixed"), LookUp(file, space=space), budget=6, seeds=12,
        limits=(Limit("macs", LIMIT),), store=tmp_path_factory.mktemp("searches") / "runs.db",
    )  # fmt: skip
    return comparison_report(comparison.run(in_this_process))


def test_scores_are_the_regrets_that_a_loop_counts(compared: ComparisonReport, table: Benchmark) -> None:
    at_trials, at_seconds = compared.statistics
    assert (at_trials.over, at_trials.budget, at_seconds.over) == ("evaluations", 6, "seconds")
    for found in compared.statistics:
        for row in found.scores.itertuples():
            steps = compared.trials.query(f"strategy == {row.strategy!r} and run_seed == {row.run_seed}")
            spent = (steps["seconds"] + steps["ask_seconds"]).cumsum()
            within = steps[steps["step"] <= 6] if found.over == "evaluations" else steps[spent <= found.budget]
            fits = within[within["macs"] <= LIMIT]
            regret = compared.worst_regret
            if len(fits):
                regret = float(table.regret(fits.loc[fits["val_pckh"].idxmax(), "genotype"], macs_limit=LIMIT))
            assert row.score == pytest.approx(regret)


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_search_whose_first_training_lasts_longer_than_its_budget_has_found_nothing_by_then(
    compared: ComparisonReport, space: SearchSpace, share: float
) -> None:
    trials = compared.trials
    first = (trials["seconds"] + trials["ask_seconds"])[trials["step"] == 1]
    budget = share * float(first.median())
    found = report_of(
        trials, space, compared.info, objectives=compared.criterion.objectives, limits=compared.criterion.limits,
        seconds=budget,
    )  # fmt: skip
    (at_seconds,) = found.statistics
    late = trials.loc[first.index][first > budget]
    assert len(late)
    scores = at_seconds.scores.set_index(["strategy", "run_seed"])["score"]
    for run in late[["strategy", "run_seed"]].itertuples(index=False, name=None):
        assert run not in scores or scores[run] == found.worst_regret
    assert compared.info.truth is not None
    means = compared.info.truth.means().query("genotype_space == 'dozen'")
    everything = hypervolume(means, *found.criterion.objectives, reference=found.criterion.reference)
    lacking = at_seconds.scores.set_index(["strategy", "run_seed"])["hypervolume"]
    for run in lacking.index.intersection(pd.MultiIndex.from_frame(late[["strategy", "run_seed"]])):
        assert lacking[run] == pytest.approx(100 * everything / found.criterion.volume) and lacking[run] < 100


def test_the_hypervolume_regret_is_that_of_the_means_of_the_front_that_was_seen(
    compared: ComparisonReport, table: Benchmark
) -> None:
    goals, reference = compared.criterion.objectives, compared.criterion.reference
    means = table.means().query("genotype_space == 'dozen'")
    best = hypervolume(means, *goals, reference=reference)
    for row in compared.statistics[0].scores.itertuples():
        steps = compared.trials.query(f"strategy == {row.strategy!r} and run_seed == {row.run_seed}")
        seen = set(steps[front(steps, *goals)]["genotype"])
        own = hypervolume(means[means["genotype"].isin(seen)], *goals, reference=reference)
        assert row.hypervolume == pytest.approx(100 * (best - own) / compared.criterion.volume)
        assert row.hypervolume >= 0


def test_the_region_of_equivalence_is_the_deviation_over_training_seeds(
    compared: ComparisonReport, table: Benchmark
) -> None:
    assert table.spread_of_seeds() == table.noise(np.random.default_rng(0)).spread_seeds
    assert {found.rope for found in compared.statistics} == {table.spread_of_seeds()}


def test_a_list_that_every_seed_measures_is_not_twelve_searches(compared: ComparisonReport) -> None:
    assert set(compared.statistics[0].strategies["strategy"]) == {"random", "local"}
    (note,) = [note for note in compared.notes if "statistics" in note]
    assert note == f"Not in the statistics, which need {LEAST} different searches: fixed (3)."


def test_seconds_of_a_gpu_are_said_to_be_those_of_the_wall(compared: ComparisonReport, space: SearchSpace) -> None:
    objectives = compared.criterion.objectives
    for device, noted in {"cuda:1": True, "cpu": False}.items():
        training = json.dumps({"table": "mine", "protocol": json.loads(Protocol(device=device).text)})
        info = replace(compared.info, training_protocol=training)
        notes = report_of(compared.trials, space, info, objectives=objectives).notes
        assert ("Seconds of trainings are those of the wall, on cuda." in notes) == noted


def test_what_is_printed_numbers_strategies_by_rank(compared: ComparisonReport) -> None:
    shown = printed(compared)
    assert "Statistics after 6 trials of each search, from 12 searches of a strategy\n" in shown
    first = compared.statistics[0]
    best, other = first.strategies["strategy"]
    line = next(line for line in shown.splitlines() if line.startswith(f"1  {best} "))
    verdict = first.verdicts(best)
    assert list(verdict.values()) == [[2]]
    words = {"better": "better than 2", "equal": "equal within the noise to 2", "not decided": "not decided against 2"}
    assert line.endswith(words[next(iter(verdict))])
    mirrored = {"better": "worse", "worse": "better"}
    assert first.verdicts(other) == {mirrored.get(word, word): [1] for word in verdict}
    assert ranges([1, 3, 4, 5, 9]) == "1, 3–5, 9"


def test_searches_that_ended_before_the_trials_of_the_longest_are_named(
    compared: ComparisonReport, space: SearchSpace
) -> None:
    trials = compared.trials
    shorter = trials[(trials["strategy"] != "local") | (trials["run_seed"] > 4) | (trials["step"] < 5)]
    goals = compared.criterion.objectives
    cut = report_of(shorter, space, compared.info, objectives=goals, limits=compared.criterion.limits)
    at_trials, at_seconds = (printed_statistics(each, goals[0].metric) for each in cut.statistics)
    place = list(cut.statistics[0].strategies["strategy"]).index("local") + 1
    assert f"\nended before, and counted as they ended: 5 of 12 searches of #{place}\n" in at_trials
    assert "ended before" not in at_seconds and "ended before" not in printed(compared)


def test_a_report_of_a_database_is_judged_at_the_core_seconds_that_compare_gave(tmp_path: Path) -> None:
    own, store = load("efficientpose_micro"), tmp_path / "runs.db"
    comparison = Comparison(
        own, ("random", "evolution"), LookUp(own.name), budget=20, budget_seconds=150.0, seeds=LEAST, store=store
    )
    made = comparison_report(comparison.run(in_this_process))
    with Store(store) as opened:
        kept = report(opened, seconds=150.0)
        card = card_of_runs(kept, opened.runs())
    (then,), (now,) = made.statistics, kept.statistics
    assert (now.over, now.budget) == (then.over, then.budget) == ("seconds", 150.0) and kept.budget == made.budget
    pd.testing.assert_frame_equal(now.strategies, then.strategies)
    assert card is not None and card["reproducible"]["budget"]["core_seconds"] == 150.0
    assert not any("core seconds are not in a database" in note for note in card["circumstances"]["notes"])


def test_figures_of_statistics_are_drawn_and_cleared(compared: ComparisonReport, tmp_path: Path) -> None:
    drawn = {path.stem for path in compared.draw(tmp_path)}
    kinds = ("best_so_far", "regret", "equivalence", "improvement")
    both = {f"{kind}_{over}" for kind in kinds for over in ("evaluations", "seconds")}
    assert drawn == {"measured_plane", "attainment", "attainment_difference", *both}
    list(replace(compared, statistics=()).draw(tmp_path))
    left = {path.stem for path in tmp_path.glob("*.svg")}
    assert left == {"measured_plane", "best_so_far_evaluations", "best_so_far_seconds", "regret"}


def test_below_ten_seeds_there_is_one_line_and_nothing_else(compared: ComparisonReport, space: SearchSpace) -> None:
    few = compared.trials[compared.trials["run_seed"] < LEAST - 1]
    goals = compared.criterion.objectives
    found = report_of(few, space, compared.info, objectives=goals, limits=(Limit("macs", LIMIT),))
    assert found.statistics == () and "Statistics after" not in printed(found)
    (note,) = [note for note in found.notes if "tatistics" in note]
    assert note.startswith("No statistics: they need 10 different searches of two strategies or more; ")
    assert "random has 9" in note


def test_without_a_table_the_best_of_all_searches_is_the_measure(
    compared: ComparisonReport, space: SearchSpace, tmp_path: Path
) -> None:
    info = replace(compared.info, truth=None, spread_of_seeds=np.nan)
    goals = (Objective("val_pckh"), Objective("macs"))
    found = report_of(compared.trials, space, info, objectives=goals, limits=(Limit("macs", LIMIT),))
    scores, trials = found.statistics[0].scores, compared.trials
    fits = trials[(trials["macs"] <= LIMIT) & trials["strategy"].isin(["random", "local"])]
    best = fits.groupby(["strategy", "run_seed"])["val_pckh"].max()
    shown = scores.set_index(["strategy", "run_seed"])["score"]
    pd.testing.assert_series_equal(
        shown[best.index], (best.max() - best).astype(float), check_names=False, check_index_type=False
    )
    assert "nothing is called equal" in printed(found) and "behind the best found (points)" in printed(found)
    none = report_of(compared.trials, space, info, objectives=goals, limits=(Limit("macs", 1.0),))
    assert "No statistics: no search found a network within 1e-06 MMACs." in none.notes
    found.save(tmp_path)
    assert set(pd.read_csv(tmp_path / "statistics.csv")["over"]) == {"evaluations", "seconds"}
    replace(found, statistics=()).save(tmp_path)
    assert not (tmp_path / "statistics.csv").exists()


def test_a_report_says_why_it_has_no_regret_of_a_table_that_was_built_on(tmp_path: Path) -> None:
    own, store = load("efficientpose_micro"), tmp_path / "runs.db"
    Comparison(own, ("random",), LookUp(own.name, "lspet"), budget=2, seeds=1, store=store).run(in_this_process)
    with Store(store) as opened:
        (key, text), *_ = opened.protocols().items()
    assert not [note for note in _notes(store) if "looked up in" in note]
    _rewrite(store, key, {**json.loads(text), "sha256": "0" * 64})
    (note,) = [note for note in _notes(store) if "No regret" in note]
    assert note.startswith(
        "No regret: the trials were looked up in bench_efficientpose_micro_lspet of checksum 00000000; the table of "
    )
    _rewrite(store, key, {**json.loads(text), "sha256": "0" * 64, "table": "mine", "protocol": {"data": "mine"}})
    assert any("of checksum 00000000, which is no table of this package." in note for note in _notes(store))


def _notes(store: Path) -> tuple[str, ...]:
    with Store(store) as opened:
        return report(opened).notes


def _rewrite(store: Path, key: str, document: object) -> None:
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE protocol SET text = ? WHERE key = ?", (json.dumps(document), key))
