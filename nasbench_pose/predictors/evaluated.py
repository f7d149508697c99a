"""Predictors that build each network: zero-cost proxies, members of a supernet, lesser trainings."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nasbench_pose import proxies
from nasbench_pose.evaluators import Evaluator
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.genotype import Genotype
from nasbench_pose.metrics import DEFAULT_OBJECTIVES
from nasbench_pose.oneshot import OneShotEvaluator
from nasbench_pose.predictors.predictor import Predictor, Score, Setting


def zero_cost(name: str, setting: Setting) -> Predictor:
    """Return a zero-cost proxy, by its name: see `nasbench_pose.proxies`."""
    proxy = proxies.resolve(name)
    evaluator = proxies.ProxyEvaluator(proxy, setting.protocol, setting.splits, setting.benchmark.space)
    return evaluated(name, "zero-cost", evaluator, proxy.name)


def one_shot(sampling: str, steps: int | None, setting: Setting) -> Predictor:
    """Return the accuracy with weights inherited from a supernet that was trained for `steps`, or the protocol's."""
    protocol = replace(setting.protocol, steps=steps or setting.protocol.steps)
    evaluator = OneShotEvaluator(setting.benchmark.space, protocol, setting.splits, sampling)
    name = sampling if steps is None else f"{sampling}={steps}"
    return evaluated(name, "one-shot", evaluator, DEFAULT_OBJECTIVES[0])


def shorter_training(steps: int, setting: Setting) -> Predictor:
    """Return the accuracy after a training of `steps` steps, its schedule run through whole."""
    protocol = replace(setting.protocol, steps=steps)
    evaluator = TrainEvaluator(protocol, setting.splits, setting.benchmark.space)
    return evaluated(f"training={steps}", "training", evaluator, DEFAULT_OBJECTIVES[0])


def smaller_input(size: int, setting: Setting) -> Predictor:
    """Return the accuracy after a full training on pictures of `size` × `size`."""
    protocol = replace(setting.protocol, input=(size, size))
    evaluator = TrainEvaluator(protocol, setting.people((size, size)), setting.benchmark.space)
    return evaluated(f"input={size}", "training", evaluator, DEFAULT_OBJECTIVES[0])


def evaluated(name: str, family: str, evaluator: Evaluator, metric: str) -> Predictor:
    """Return the predictor that measures each genotype by `evaluator` and reads `metric`."""

    def scores(genotypes: Sequence[Genotype], seed: int) -> Iterator[Score]:
        for genotype in genotypes:
            trial = evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=seed)
            value, once = trial.metrics.get(metric, math.nan), trial.metrics.get("supernet_seconds", 0.0)
            yield Score(genotype.text, value, trial.seconds, once, trial.error or "")

    return Predictor(name, family, evaluator.protocol_key, scores)
