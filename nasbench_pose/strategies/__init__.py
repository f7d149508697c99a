"""Search strategies: they propose genotypes (`ask`) and learn their losses (`tell`)."""

from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.registry import STRATEGIES, make, resolve
from nasbench_pose.strategies.strategy import Checkpointed, Exhausted, Interruptible, Proposal, Strategy

__all__ = [
    "STRATEGIES",
    "Checkpointed",
    "Declaration",
    "Exhausted",
    "Interruptible",
    "Proposal",
    "Setting",
    "Strategy",
    "make",
    "resolve",
]
