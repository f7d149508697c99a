"""Strategies propose genotypes: ask, tell."""

from nasbench_pose.strategies.registry import STRATEGIES, make, resolve
from nasbench_pose.strategies.strategy import Checkpointed, Exhausted, Proposal, Strategy

__all__ = ["STRATEGIES", "Checkpointed", "Exhausted", "Proposal", "Strategy", "make", "resolve"]
