"""Our evaluators keep the contract that an evaluator of another package inherits."""

import pytest

from nasbench_pose.evaluators import Evaluator
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.training import Training
from nasbench_pose.latency.evaluator import LEAST_REPEATS, LatencyEvaluator
from nasbench_pose.latency.protocol import protocol_of
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.testing import EvaluatorContract

MICRO = load("efficientpose_micro")
PEOPLE = "synthetic:train=24,val=16,test=16"


class TestTraining(EvaluatorContract):
    metrics = ("val_pckh", "test_pckh", "val_pckh_area", "val_loss", "train_loss", "params", "macs")

    @pytest.fixture
    def space(self) -> SearchSpace:
        return MICRO

    def new(self) -> Evaluator:
        return Training(PEOPLE, Protocol(steps=3, batch=8))()


class TestLatency(EvaluatorContract):
    metrics = ("latency_ms", "latency_ratio", "peak_activation_bytes", "params", "macs")
    timed = (
        "latency_ms", "latency_ms_q1", "latency_ms_q3", "latency_ms_p95", "latency_ratio", "reference_ms",
        "reference_drift", "peak_memory_bytes",
    )  # fmt: skip

    @pytest.fixture
    def space(self) -> SearchSpace:
        return MICRO

    def new(self) -> Evaluator:
        graph = MICRO.graph(MICRO.named["micro-smallest"])
        return LatencyEvaluator(protocol_of(graph, engine="torch", reference="micro-smallest"), repeats=LEAST_REPEATS)
