"""Optuna's samplers as strategies: the same trials as Optuna's own, and what strangers ask for."""

import math

import optuna
import pytest

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Limit
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.strategies import Exhausted, Strategy, make
from nasbench_pose.strategies.limits import limited_losses
from nasbench_pose.strategies.optuna_sampler import NOT_FOR_GENES, optuna_sampler, quiet
from nasbench_pose.strategies.registry import check_settings, generator, settings, treatment_of
from nasbench_pose.testing import SeededStrategyContract

SMALL, MICRO = load("efficientpose_small"), load("efficientpose_micro")


class TestTPE(SeededStrategyContract):
    def new(self, seed: int) -> Strategy:
        return make("tpe", load("hrnet_search"), seed, {"startup": 5})


class TestMOTPE(SeededStrategyContract):
    steps = 30

    def new(self, seed: int) -> Strategy:
        return make("motpe", SMALL, seed, {"startup": 5})

    def space(self, _: Genotype) -> SearchSpace:
        return SMALL


class TestGP(SeededStrategyContract):
    steps = 8

    def new(self, seed: int) -> Strategy:
        return make("gp", load("efficientpose_micro"), seed, {"startup": 3, "weights": [1]})


class TestSamplerByName(SeededStrategyContract):
    def new(self, seed: int) -> Strategy:
        return make("optuna:NSGAIISampler", SMALL, seed, {"population_size": 10})

    def space(self, _: Genotype) -> SearchSpace:
        return SMALL


def test_a_small_space_ends() -> None:
    space = load("simplebaseline")
    strategy, seen = make("optuna:RandomSampler", space, 0), set()
    with pytest.raises(Exhausted):
        for _ in range(2000):
            proposal = strategy.ask()
            seen.add(proposal.genotype)
            strategy.tell(proposal, [1.0])
    assert seen == set(space.enumerate())


def values_of(genotype: Genotype, objectives: int) -> list[float]:
    number = int(genotype.key, 16) / 16**16
    return [number, 1 - number][:objectives]


@pytest.mark.parametrize(("name", "objectives"), [("tpe", 1), ("motpe", 2)])
def test_it_proposes_what_optuna_does(name: str, objectives: int) -> None:
    """Optuna by its own interface: a study that is given the first, random trial and is then asked."""
    space = load("simplebaseline")  # every assignment is a network of its own
    rng = generator(name, 4)
    sampler = optuna.samplers.TPESampler(seed=int(rng.integers(2**31)))
    with quiet():
        study = optuna.create_study(sampler=sampler, directions=["minimize"] * objectives)
    strategy = make(name, space, 4)
    first = strategy.ask()
    strategy.tell(first, values_of(first.genotype, 2))
    study.enqueue_trial({gene: options.index(first.genotype[gene]) for gene, options in space.genes.items()})
    for number in range(30):
        trial = study.ask()
        codes = [trial.suggest_categorical(gene, range(len(options))) for gene, options in space.genes.items()]
        genotype = space.decode([codes])[0]
        study.tell(trial, values_of(genotype, objectives))
        if number:
            proposal = strategy.ask()
            assert proposal.genotype == genotype
            strategy.tell(proposal, values_of(genotype, 2))


def test_gaussian_processes_follow_all_objectives_without_weights() -> None:
    space = load("simplebaseline")
    strategy = make("gp", space, 0, {"startup": 2})
    for _ in range(4):
        proposal = strategy.ask()
        strategy.tell(proposal, values_of(proposal.genotype, 2))
    with pytest.raises(InvalidFileError, match="gp was told 2 losses before, now 1"):
        strategy.tell(proposal, [1.0])


def test_a_failure_is_the_worst_there_was() -> None:
    strategy = optuna_sampler("RandomSampler")(SMALL, generator("x", 0))
    for losses in ([math.inf, math.inf], [3.0, 1.0], [2.0, 5.0], [math.inf, math.nan]):
        strategy.tell(strategy.ask(), losses)
    told = [trial.values for trial in strategy._study.trials if trial.values]  # type: ignore[attr-defined]
    assert told == [[3.0, 1.0], [2.0, 5.0], [3.0, 5.0]]


def test_genes_without_effect_are_no_part_of_a_trial_of_tpe() -> None:
    space = load("hrnet_search")  # with three stages, the genes of the fourth do nothing
    for name, complete in (("tpe", False), ("optuna:RandomSampler", True)):
        strategy, sizes = make(name, space, 0), []
        for _ in range(30):
            proposal = strategy.ask()
            strategy.tell(proposal, [float(len(proposal.genotype.genes))])
            sizes.append(len(proposal.genotype.genes))
        finished = [trial for trial in strategy._study.trials if trial.values]  # type: ignore[attr-defined]
        assert set(sizes) == {10, 14}
        assert [len(trial.params) for trial in finished] == ([14] * 30 if complete else sizes)


def test_settings_are_those_of_the_sampler() -> None:
    listed = {setting.name: (setting.type, setting.default) for setting in settings("optuna:NSGAIISampler")}
    assert listed["population_size"] == ("int", 50) and listed["weights"] == ("numbers", None)
    assert not {"seed", "constraints_func"} & set(listed)
    assert [setting.name for setting in settings("optuna:TPESampler")].count("weights") == 1
    assert not {"gamma", "crossover", "independent_sampler", "seed", "constraints_func"} & {
        setting.name
        for name in ("TPESampler", "GPSampler", "NSGAIISampler", "NSGAIIISampler")
        for setting in settings(f"optuna:{name}")
    }, "functions and objects are no settings"
    with pytest.raises(InvalidFileError, match="one for each objective or fewer, 2 at most"):
        check_settings("optuna:TPESampler", {"weights": [1, 2, 3]}, objectives=2)
    with pytest.raises(UnknownNameError, match=r"no setting 'population'; it has .* Did you mean 'population_size'"):
        make("optuna:NSGAIISampler", SMALL, 0, {"population": 3})


def test_samplers_without_constraints_do_not_claim_to_learn_limits() -> None:
    found = {name: treatment_of(f"optuna:{name}") for name in ("RandomSampler", "NSGAIISampler", "GPSampler")}
    assert found == {"RandomSampler": "kept", "NSGAIISampler": "kept and learned", "GPSampler": "kept and learned"}


@pytest.mark.parametrize("name", ["NSGAIISampler", "NSGAIIISampler"])
def test_samplers_with_constraints_learn_a_limit(name: str) -> None:
    def within(strategy: Strategy) -> int:
        """Return how many of the last forty networks keep a limit that their losses reward to exceed."""
        kept = 0
        for number in range(60):
            proposal = strategy.ask()
            cost = float(MICRO.encode([proposal.genotype]).sum())
            strategy.tell(proposal, limited_losses([-cost, 0.0], {"latency_ms": cost}, [Limit("latency_ms", 4.0)]))
            kept += cost <= 4 and number >= 20
        return kept

    searches = [within(make(f"optuna:{name}", MICRO, seed, {"population_size": 10})) for seed in range(3)]
    chance = [within(make("optuna:RandomSampler", MICRO, seed)) for seed in range(3)]
    assert sum(searches) > 1.5 * sum(chance)


@pytest.mark.parametrize("name", optuna.samplers.__all__)
def test_every_name_of_optuna_searches_genes_or_says_in_one_line_why_not(name: str) -> None:
    try:
        strategy = make(f"optuna:{name}", MICRO, 0)
    except (InvalidFileError, UnknownNameError) as error:
        assert name in NOT_FOR_GENES or name.startswith(("Base", "nsga"))
        assert "\n" not in str(error) and name in str(error)
        return
    for number in range(12):
        proposal = strategy.ask()
        assert proposal.genotype.space == MICRO.name
        strategy.tell(proposal, [float(-number), float(number)])


def test_what_is_no_sampler_is_said() -> None:
    with pytest.raises(UnknownNameError, match=r"No sampler of Optuna named 'TPE'; known: .*TPESampler"):
        make("optuna:TPE", SMALL, 0)
    with pytest.raises(InvalidFileError, match="CmaEsSampler cannot search genes: it draws options"):
        make("optuna:CmaEsSampler", SMALL, 0)
