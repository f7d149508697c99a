"""Performance predictors: cheap estimates of how networks rank, and how well each predictor agrees with the truth."""

from nasbench_pose.predictors.predictor import FAMILIES, Predictor, RankingTask, Score
from nasbench_pose.predictors.registry import COUNTED, DEFAULT, known, resolve
from nasbench_pose.predictors.scores import ScoreFile
from nasbench_pose.predictors.trust_table import sample, trust

__all__ = [
    "COUNTED",
    "DEFAULT",
    "FAMILIES",
    "Predictor",
    "RankingTask",
    "Score",
    "ScoreFile",
    "known",
    "resolve",
    "sample",
    "trust",
]
