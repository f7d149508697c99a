"""Statistics of searches: curves, intervals, ranks, effects, equivalence, attainment, paired tests.

Every function takes any DataFrame or array and returns one.
"""

from nasbench_pose.stats.aggregates import aggregate, iqm, stratified
from nasbench_pose.stats.attainment import attainment_difference, attainment_surfaces
from nasbench_pose.stats.bands import banded
from nasbench_pose.stats.curves import (
    RUN,
    Effort,
    MixedProtocolsError,
    MixedRunsError,
    average,
    best_so_far,
    effort_of,
    final_best,
    finished,
    hypervolume_so_far,
    in_order,
    one_protocol,
    simple_regret,
)
from nasbench_pose.stats.distinct_trainings import trainings, uncharged
from nasbench_pose.stats.effects import a12, improvement_table, probability_of_improvement, relative_improvement
from nasbench_pose.stats.equivalence import Difference, difference, equivalences
from nasbench_pose.stats.intervals import Interval, mean_interval, rank_correlation
from nasbench_pose.stats.paired import PairedTest, TooFewSeedsError, paired_test
from nasbench_pose.stats.rank_tests import RankTest, critical_difference, holm, rank_test, wilcoxon_holm
from nasbench_pose.stats.score_ranking import Ranking, ranking
from nasbench_pose.stats.scores import at_budget, by_task

__all__ = [
    "RUN",
    "Difference",
    "Effort",
    "Interval",
    "MixedProtocolsError",
    "MixedRunsError",
    "PairedTest",
    "RankTest",
    "Ranking",
    "TooFewSeedsError",
    "a12",
    "aggregate",
    "at_budget",
    "attainment_difference",
    "attainment_surfaces",
    "average",
    "banded",
    "best_so_far",
    "by_task",
    "critical_difference",
    "difference",
    "effort_of",
    "equivalences",
    "final_best",
    "finished",
    "holm",
    "hypervolume_so_far",
    "improvement_table",
    "in_order",
    "iqm",
    "mean_interval",
    "one_protocol",
    "paired_test",
    "probability_of_improvement",
    "rank_correlation",
    "rank_test",
    "ranking",
    "relative_improvement",
    "simple_regret",
    "stratified",
    "trainings",
    "uncharged",
    "wilcoxon_holm",
]
