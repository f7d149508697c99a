"""Processor time of a suggestion with 34 choices, its result told: random search, evolution, NSGA-II and TPE.

Beside Optuna, pymoo, nevergrad, Syne Tune and PyGlove with the same choices as categories, those that are installed.
Each way makes a search anew in every round. The losses are random numbers: nothing is measured.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from table import begin, machine, report, say
from timing import OURS, Seconds, Work, comparison, in_turn, installed, verdicts

from nasbench_pose.spaces import load
from nasbench_pose.strategies import make

BRIEF = "--brief" in sys.argv
SPACE = load("efficientpose_large")
TRIALS, MODELLED, SLOWEST = 200, 60, 20
"""Suggestions of a search; of a search with a model; of one of nevergrad, which takes tens of milliseconds for each."""
POPULATION, TOURNAMENT = 20, 5
ROUNDS = 2 if BRIEF else 9
LOSSES: list[list[float]] = np.random.default_rng(0).random((TRIALS, 2)).tolist()
Rows = dict[str, Work]


def ours(name: str, settings: dict[str, Any], trials: int = TRIALS) -> Work:
    """Return a search of a strategy of ours."""

    def search() -> None:
        strategy = make(name, SPACE, 0, settings)
        for losses in LOSSES[:trials]:
            strategy.tell(strategy.ask(), losses)

    return search


def optuna(sampler: Callable[[Any], Any], objectives: int, trials: int = TRIALS) -> Work:
    """Return a search of a sampler of Optuna, in memory."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    choices = {gene: optuna.distributions.CategoricalDistribution(options) for gene, options in SPACE.genes.items()}

    def search() -> None:
        study = optuna.create_study(sampler=sampler(optuna.samplers), directions=["minimize"] * objectives)
        for losses in LOSSES[:trials]:
            study.tell(study.ask(choices), losses[:objectives])

    return search


def nevergrad(name: str) -> Work:
    """Return a search of an optimiser of nevergrad."""
    import nevergrad

    def search() -> None:
        choices = nevergrad.p.Dict(**{gene: nevergrad.p.Choice(list(each)) for gene, each in SPACE.genes.items()})
        optimiser = nevergrad.optimizers.registry[name](parametrization=choices, budget=SLOWEST)
        for losses in LOSSES[:SLOWEST]:
            optimiser.tell(optimiser.ask(), losses[0])

    return search


def syne_tune(searcher: Callable[[dict[str, Any]], Any]) -> Work:
    """Return a search of a searcher of Syne Tune."""
    from syne_tune.config_space import choice

    choices = {gene: choice(list(options)) for gene, options in SPACE.genes.items()}

    def search() -> None:
        asked = searcher(choices)
        for number, losses in enumerate(LOSSES):
            asked.on_trial_complete(number, asked.suggest(), losses[0])

    return search


def pyglove(algorithm: Callable[[Any], Any], objectives: int) -> Work:
    """Return a search of an algorithm of PyGlove, which maximises."""
    import pyglove

    space = pyglove.dna_spec(pyglove.Dict({gene: pyglove.oneof(list(each)) for gene, each in SPACE.genes.items()}))

    def search() -> None:
        asked = algorithm(pyglove)
        asked.setup(space)
        for losses in LOSSES:
            reward = tuple(-loss for loss in losses[:objectives])
            asked.feedback(asked.propose(), reward if objectives > 1 else reward[0])

    return search


def pymoo() -> Work:
    """Return a search of pymoo's NSGA-II with uniform crossover, generation by generation."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.evaluator import Evaluator
    from pymoo.core.problem import Problem
    from pymoo.core.termination import NoTermination
    from pymoo.operators.crossover.ux import UX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.problems.static import StaticProblem

    sizes = np.array([len(options) for options in SPACE.genes.values()])

    def search() -> None:
        problem = Problem(n_var=len(sizes), n_obj=2, xl=0, xu=sizes - 1, vtype=int)
        algorithm = NSGA2(
            pop_size=POPULATION, sampling=IntegerRandomSampling(), crossover=UX(prob=0.9),
            mutation=PM(vtype=float, repair=RoundingRepair()),
        )  # fmt: skip
        algorithm.setup(problem, termination=NoTermination(), seed=0, verbose=False)
        for start in range(0, TRIALS, POPULATION):
            asked = algorithm.ask()
            told = np.array(LOSSES[start : start + POPULATION])[: len(asked)]
            Evaluator().eval(StaticProblem(problem, F=told), asked)
            algorithm.tell(infills=asked)

    return search


def rows(peers: list[str]) -> Iterator[tuple[str, Rows, int]]:
    """Yield what is done, the ways, and the suggestions of each."""
    random: Rows = {OURS: ours("random", {})}
    evolution: Rows = {OURS: ours("evolution", {"population": POPULATION, "sample": TOURNAMENT})}
    nsga2: Rows = {OURS: ours("nsga2", {"population": POPULATION})}
    tpe: Rows = {OURS: ours("tpe", {}, MODELLED)}
    if "optuna" in peers:
        random["Optuna"] = optuna(lambda samplers: samplers.RandomSampler(seed=0), 1)
        nsga2["Optuna"] = optuna(lambda samplers: samplers.NSGAIISampler(population_size=POPULATION, seed=0), 2)
        tpe["Optuna"] = optuna(lambda samplers: samplers.TPESampler(seed=0), 1, MODELLED)
    if "pymoo" in peers:
        nsga2["pymoo"] = pymoo()
    if "nevergrad" in peers:
        random["nevergrad"] = nevergrad("RandomSearch")
        evolution["nevergrad, (1+1)"] = nevergrad("DiscreteOnePlusOne")
    if "syne_tune" in peers:
        from syne_tune.optimizer.schedulers.searchers.random_searcher import RandomSearcher
        from syne_tune.optimizer.schedulers.searchers.regularized_evolution import RegularizedEvolution

        aged = {"population_size": POPULATION, "sample_size": TOURNAMENT}
        random["Syne Tune"] = syne_tune(lambda choices: RandomSearcher(choices, random_seed=0))
        evolution["Syne Tune"] = syne_tune(lambda choices: RegularizedEvolution(choices, random_seed=0, **aged))
    if "pyglove" in peers:
        as_pyglove = {"population_size": POPULATION, "tournament_size": TOURNAMENT}
        random["PyGlove"] = pyglove(lambda pg: pg.geno.Random(seed=0), 1)
        evolution["PyGlove"] = pyglove(lambda pg: pg.evolution.regularized_evolution(seed=0, **as_pyglove), 1)
        nsga2["PyGlove"] = pyglove(lambda pg: pg.evolution.nsga2(population_size=POPULATION, seed=0), 2)
    yield "random search (µs)", random, TRIALS
    yield f"regularised evolution {POPULATION}/{TOURNAMENT} (µs)", evolution, TRIALS
    yield f"NSGA-II, population {POPULATION} (µs)", nsga2, TRIALS
    yield f"TPE, first {MODELLED} trials (µs)", tpe, MODELLED


def main() -> None:
    """Measure and report everything, on one core."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    peers = installed("optuna", "pymoo", "nevergrad", "syne_tune", "pyglove")
    say("suggestions")
    taken: dict[str, Seconds] = {
        what: in_turn(ways, ROUNDS, {way: SLOWEST if "nevergrad" in way else pieces for way in ways})
        for what, ways, pieces in rows(peers)
    }
    rates = {what.rpartition(" (")[0]: 1 / seconds[OURS] for what, seconds in taken.items()}
    a_second = f"Ours a second: {', '.join(f'{what} {rate:,.0f}' for what, rate in rates.items())}."
    about = f"{SPACE.name}. {machine('numpy', *(name.replace('_', '-') for name in peers))}; one core, processor time,"
    report("suggestions", f"{comparison(taken)}\n\n{a_second}\n\n{about} medians of {ROUNDS} in turn.")
    slow = max(seconds[OURS] for what, seconds in taken.items() if not what.startswith("TPE"))
    verdicts((slow <= 200e-6, f"a suggestion without a model within 200 µs: {1e6 * slow:.0f}"))


if __name__ == "__main__":
    main()
