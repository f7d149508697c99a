"""The contract tests of evaluators."""

import json
import math
import re

import numpy as np
import pytest

from nasbench_pose.evaluators import Evaluator
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace


class EvaluatorContract:
    """Tests of any evaluator: override `new` and `space`."""

    metrics: tuple[str, ...] = ()
    """Metrics that every trial has."""
    timed: tuple[str, ...] = ()
    """Metrics that differ from one measurement to the next, because they are times."""

    @pytest.fixture
    def space(self) -> SearchSpace:
        """Return a space whose members can be measured."""
        raise NotImplementedError

    def new(self) -> Evaluator:
        """Return a new evaluator; two calls return equal ones."""
        raise NotImplementedError

    @pytest.fixture
    def genotype(self, space: SearchSpace) -> Genotype:
        """Return the genotype that is measured."""
        return space.sample(np.random.default_rng(0))

    def test_the_protocol_is_canonical_json_with_a_key(self) -> None:
        evaluator = self.new()
        assert re.fullmatch("[0-9a-f]{16}", evaluator.protocol_key)
        document = json.loads(evaluator.protocol_text)
        expected = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert evaluator.protocol_text == expected
        assert (self.new().protocol_key, self.new().protocol_text) == (evaluator.protocol_key, evaluator.protocol_text)
        assert evaluator.full_fidelity >= 0

    def test_a_trial_names_its_genotype_protocol_and_seed(self, genotype: Genotype) -> None:
        evaluator = self.new()
        trial = evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=3)
        assert (trial.genotype, trial.protocol) == (genotype, evaluator.protocol_key)
        assert (trial.fidelity, trial.seed) == (evaluator.full_fidelity, 3)
        assert trial.error is None, "the fixture `genotype` has to be one that can be measured"
        assert trial.seconds >= 0
        assert set(self.metrics) <= set(trial.metrics)
        assert all(math.isfinite(value) for value in trial.metrics.values())
        assert all(step <= trial.fidelity for step, _ in trial.curve)

    def test_the_same_seed_measures_the_same(self, genotype: Genotype) -> None:
        first, again = (
            evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=1)
            for evaluator in (self.new(), self.new())
        )
        steady = set(first.metrics) - set(self.timed)
        assert {name: first.metrics[name] for name in steady} == {name: again.metrics[name] for name in steady}
        assert first.curve == again.curve

    def test_progress_is_reported_and_changes_nothing(self, genotype: Genotype) -> None:
        evaluator, reports = self.new(), list[tuple[int, int]]()
        trial = evaluator.evaluate(
            genotype,
            fidelity=evaluator.full_fidelity,
            seed=1,
            progress=lambda done, total: reports.append((done, total)),
        )
        assert reports == sorted(reports)
        assert all(0 <= done <= total for done, total in reports)
        assert set(trial.metrics) == set(
            self.new().evaluate(genotype, fidelity=evaluator.full_fidelity, seed=1).metrics
        )
