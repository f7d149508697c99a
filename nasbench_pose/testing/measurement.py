"""The contract tests of measurements."""

import pickle

import numpy as np
import pytest

from nasbench_pose.evaluators import Measurement, MeasurementInfo
from nasbench_pose.evaluators.trial import check_metrics
from nasbench_pose.spaces import SearchSpace


class MeasurementContract:
    """Tests of any measurement: override `space` and `measurement`."""

    @pytest.fixture
    def space(self) -> SearchSpace:
        """Return a space whose members can be measured."""
        raise NotImplementedError

    @pytest.fixture
    def measurement(self, space: SearchSpace) -> Measurement:
        """Return the measurement."""
        raise NotImplementedError

    def test_it_can_be_handed_to_another_process(self, measurement: Measurement) -> None:
        there = pickle.loads(pickle.dumps(measurement))
        assert there().protocol_key == measurement().protocol_key
        assert there.describe(there()).title == measurement.describe(measurement()).title

    def test_it_describes_itself_for_comparisons(self, measurement: Measurement) -> None:
        evaluator = measurement()
        info = measurement.describe(evaluator)
        assert isinstance(measurement, Measurement) and isinstance(info, MeasurementInfo)
        assert info.title and info.plane and info.fidelity
        assert min(info.input) > 0 and info.joints > 0
        assert info.fidelities is None or evaluator.full_fidelity in info.fidelities

    def test_its_trials_have_the_metrics_that_it_names(self, measurement: Measurement, space: SearchSpace) -> None:
        evaluator, genotype = measurement(), space.sample(np.random.default_rng(0))
        trial = evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=1)
        assert trial.error is None, "the first sample of the fixture `space` has to be one that can be measured"
        check_metrics(trial, measurement.describe(evaluator).metrics)
