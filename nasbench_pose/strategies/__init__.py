"""Strategies propose genotypes: ask, tell."""

from nasbench_pose.strategies.strategy import Checkpointed, Exhausted, Proposal, Strategy

__all__ = ["Checkpointed", "Exhausted", "Proposal", "Strategy"]
