"""Statistics of searches: curves over effort, intervals over seeds, rank correlations and paired tests.

Every function takes any DataFrame or array and returns one.
"""

from nasbench_pose.stats.curves import (
    RUN,
    Effort,
    MixedProtocolsError,
    MixedRunsError,
    average,
    best_so_far,
    final_best,
    finished,
    hypervolume_so_far,
    in_order,
    one_protocol,
    simple_regret,
)
from nasbench_pose.stats.distinct_trainings import trainings
from nasbench_pose.stats.intervals import Interval, mean_interval, rank_correlation
from nasbench_pose.stats.paired import PairedTest, TooFewSeedsError, paired_test
from nasbench_pose.stats.score_ranking import Ranking, ranking

__all__ = [
    "RUN",
    "Effort",
    "Interval",
    "MixedProtocolsError",
    "MixedRunsError",
    "PairedTest",
    "Ranking",
    "TooFewSeedsError",
    "average",
    "best_so_far",
    "final_best",
    "finished",
    "hypervolume_so_far",
    "in_order",
    "mean_interval",
    "one_protocol",
    "paired_test",
    "rank_correlation",
    "ranking",
    "simple_regret",
    "trainings",
]
