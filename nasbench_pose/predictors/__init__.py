"""Performance predictors: everything that tells cheaply how networks would rank, and how far each can be trusted."""

from nasbench_pose.predictors.predictor import FAMILIES, Predictor, Score, Setting
from nasbench_pose.predictors.registry import COUNTED, DEFAULT, known, resolve
from nasbench_pose.predictors.scores import ScoreFile
from nasbench_pose.predictors.trust import sample, trust

__all__ = [
    "COUNTED",
    "DEFAULT",
    "FAMILIES",
    "Predictor",
    "Score",
    "ScoreFile",
    "Setting",
    "known",
    "resolve",
    "sample",
    "trust",
]
