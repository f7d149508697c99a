"""Real measurements of small networks: what a trial says, and that it can be kept."""

from dataclasses import replace
from math import prod

import pytest

from nasbench_pose.cost import count
from nasbench_pose.errors import NasbenchPoseError, UnknownNameError
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.latency.engines import ENGINES
from nasbench_pose.latency.evaluator import LatencyEvaluator, measure
from nasbench_pose.latency.memory import RESET, peak_memory_bytes
from nasbench_pose.latency.protocol import LIBRARIES, LatencyProtocol, protocol_of
from nasbench_pose.spaces import find, load, space_of
from nasbench_pose.store import Store

SMALL, LARGE = find("micro-smallest"), find("micro-largest")
SPACE = space_of(SMALL)
TOLD = {"latency_ms", "latency_ms_q1", "latency_ms_q3", "latency_ms_p95", "latency_ratio", "reference_ms"}
TOLD |= {"reference_drift", "peak_activation_bytes", "peak_memory_bytes", "params", "macs"}


def protocol(engine: str = "torch", **settings: int) -> LatencyProtocol:
    return protocol_of(SPACE.graph(SMALL), engine=engine, reference="micro-smallest", **settings)


@pytest.fixture(scope="module", params=sorted(ENGINES))
def evaluator(request: pytest.FixtureRequest) -> LatencyEvaluator:
    return LatencyEvaluator(protocol(request.param), repeats=30)


@pytest.fixture(scope="module")
def trial(evaluator: LatencyEvaluator) -> Trial:
    return evaluator.evaluate(LARGE, fidelity=30, seed=0)


def test_a_trial_says_everything(trial: Trial, evaluator: LatencyEvaluator) -> None:
    m = trial.metrics
    assert m.keys() == TOLD if RESET.exists() else TOLD - {"peak_memory_bytes"}
    assert 0 < m["latency_ms_q1"] <= m["latency_ms"] <= m["latency_ms_q3"] <= m["latency_ms_p95"]
    assert m["latency_ratio"] > 1  # forty times the multiply-accumulates of the reference
    cost = count(SPACE.graph(LARGE))
    assert (m["params"], m["macs"], m["peak_activation_bytes"]) == (cost.params, cost.macs, 4 * cost.peak_elements)
    assert (trial.protocol, trial.fidelity, trial.error) == (evaluator.protocol_key, evaluator.full_fidelity, None)


def test_a_trial_is_kept_with_its_machine(trial: Trial, evaluator: LatencyEvaluator) -> None:
    with Store("sqlite://") as store:
        store.add(trial, protocol_text=evaluator.protocol_text)
        assert store.find(LARGE, evaluator.protocol_key, 30, 0) == trial
        kept = LatencyProtocol.parse(store.protocols()[evaluator.protocol_key])
    assert kept == evaluator.protocol
    assert tuple(name for name, _ in kept.machine.libraries) == LIBRARIES[kept.engine]


def test_a_size_that_does_not_fit_is_a_failed_trial() -> None:
    odd = LatencyEvaluator(replace(protocol(), input=(50, 50)), repeats=30)
    trial = odd.evaluate(find("hrnet-w8-narrow"), fidelity=30, seed=0)
    assert trial.error is not None
    assert "50×50" in trial.error
    assert not trial.metrics


def test_networks_of_different_sizes_are_measured_side_by_side() -> None:
    wide = SPACE.graph(SMALL, input=(64, 96))
    subjects = [(SMALL, SPACE.graph(SMALL), protocol()), (SMALL, wide, replace(protocol(), input=(64, 96)))]
    first, second = measure(subjects, repeats=30)
    assert first.protocol != second.protocol
    assert second.metrics["macs"] == 1.5 * first.metrics["macs"]


def test_wrong_settings_are_refused_before_anything_runs() -> None:
    with pytest.raises(NasbenchPoseError, match="29 repeats are too few"):
        LatencyEvaluator(protocol(), repeats=29)
    with pytest.raises(UnknownNameError, match="Did you mean 'torch'"):
        LatencyEvaluator(replace(protocol(), engine="troch"))
    with pytest.raises(UnknownNameError, match="Did you mean 'micro-largest'"):
        protocol_of(SPACE.graph(SMALL), reference="micro-larges")
    with pytest.raises(NasbenchPoseError, match="999 threads do not fit"):
        LatencyEvaluator(protocol(threads=999)).evaluate(SMALL, fidelity=30, seed=0)


@pytest.mark.skipif(not RESET.exists(), reason="only Linux says how much memory was resident")
@pytest.mark.parametrize("batch", [1, 4])
def test_measured_memory_is_that_of_the_activations_and_little_more(batch: int) -> None:
    graph = load("efficientpose_micro").graph(LARGE, input=(256, 256))
    exact = 4 * batch * count(graph).peak_elements
    peaks = peak_memory_bytes([graph], batch=batch)
    assert peaks is not None
    (measured,) = peaks
    largest = 4 * batch * max(prod(layer.shape) for layer in graph)
    assert 0.9 * exact < measured < exact + largest + 2e6  # a convolution may need its output twice, in two layouts


@pytest.mark.skipif(not RESET.exists(), reason="only Linux says how much memory was resident")
def test_a_measurement_of_memory_that_fails_is_one_line() -> None:
    with pytest.raises(NasbenchPoseError, match=r"could not be measured: .*No engine named 'none'"):
        peak_memory_bytes([SPACE.graph(SMALL)], engine="none")
