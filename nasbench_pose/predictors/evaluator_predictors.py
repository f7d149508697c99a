"""Predictors that build and evaluate each network: zero-cost proxies, members of a supernet, shorter trainings."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nasbench_pose import proxies
from nasbench_pose.evaluators import Evaluator
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.genotype import Genotype
from nasbench_pose.metrics import DEFAULT_OBJECTIVES
from nasbench_pose.oneshot import OneShotEvaluator
from nasbench_pose.predictors.predictor import Predictor, RankingTask, Score


def zero_cost(name: str, task: RankingTask) -> Predictor:
    """Return the predictor of a zero-cost proxy, by the proxy's name: see `nasbench_pose.proxies`."""
    proxy = proxies.resolve(name)
    evaluator = proxies.ProxyEvaluator(proxy, task.protocol, task.splits, task.benchmark.space)
    return evaluated(name, "zero-cost", evaluator, proxy.name)


def one_shot(sampling: str, steps: int | None, task: RankingTask) -> Predictor:
    """Return the accuracy with weights of a supernet that is trained for `steps`; None: the steps of the protocol."""
    protocol = replace(task.protocol, steps=steps or task.protocol.steps)
    evaluator = OneShotEvaluator(task.benchmark.space, protocol, task.splits, sampling)
    name = sampling if steps is None else f"{sampling}={steps}"
    return evaluated(name, "one-shot", evaluator, DEFAULT_OBJECTIVES[0])


def shorter_training(steps: int, task: RankingTask) -> Predictor:
    """Return the accuracy after a training of `steps` steps, with the whole learning-rate schedule."""
    protocol = replace(task.protocol, steps=steps)
    evaluator = TrainEvaluator(protocol, task.splits, task.benchmark.space)
    return evaluated(f"training={steps}", "training", evaluator, DEFAULT_OBJECTIVES[0])


def smaller_input(size: int, task: RankingTask) -> Predictor:
    """Return the accuracy after a full training on pictures of `size` × `size`."""
    protocol = replace(task.protocol, input=(size, size))
    evaluator = TrainEvaluator(protocol, task.people((size, size)), task.benchmark.space)
    return evaluated(f"input={size}", "training", evaluator, DEFAULT_OBJECTIVES[0])


def evaluated(name: str, family: str, evaluator: Evaluator, metric: str) -> Predictor:
    """Return the predictor that measures each genotype by `evaluator` and reads `metric`."""

    def scores(genotypes: Sequence[Genotype], seed: int) -> Iterator[Score]:
        for genotype in genotypes:
            trial = evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=seed)
            value, once = trial.metrics.get(metric, math.nan), trial.metrics.get("supernet_seconds", 0.0)
            yield Score(genotype.text, value, trial.seconds, once, trial.error or "")

    return Predictor(name, family, evaluator.protocol_key, scores)
