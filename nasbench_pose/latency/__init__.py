"""Latency of networks on this machine, measured, or predicted as a sum of blocks; in milliseconds.

The names imported here need no torch. `evaluator` measures networks, `build` makes latency tables.
"""

from nasbench_pose.latency.machine import Machine, this_machine
from nasbench_pose.latency.protocol import LatencyProtocol
from nasbench_pose.latency.table import BlockLatency, Check, LatencyTable
from nasbench_pose.latency.timing import Timing, interleave

__all__ = [
    "BlockLatency",
    "Check",
    "LatencyProtocol",
    "LatencyTable",
    "Machine",
    "Timing",
    "interleave",
    "this_machine",
]
