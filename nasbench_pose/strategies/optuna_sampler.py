"""Optuna's samplers as strategies over the genes of a space."""

import inspect
import logging
import math
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from nasbench_pose.errors import InvalidFileError, one_line, pick
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.labels import label
from nasbench_pose.strategies.limited_space import LimitedSpace
from nasbench_pose.strategies.limits import LimitedLosses
from nasbench_pose.strategies.strategy import Exhausted, Proposal
from nasbench_pose.strategies.weighted_sum import WeightedSum

if TYPE_CHECKING:  # Optuna takes a second to load: it is imported when a strategy is made
    import optuna

PREFIX = "optuna:"
"""Beginning of the name of a strategy that is a sampler of Optuna, such as `optuna:NSGAIISampler`."""
CONSTRAINTS = "constraints_func"
"""The parameter of samplers that use constraints; theirs are set for each trial."""
NOT_SETTINGS = ("seed", "weights", CONSTRAINTS)
"""Parameters of samplers that are no settings of a strategy. `weights` of TPESampler is a function."""
PLAIN = ("int", "float", "bool", "str")
"""Annotations of parameters that can be settings. Others are functions and objects, which no database can hold."""
NOT_FOR_GENES = {
    "CmaEsSampler": "it draws options, which have no order, at random",
    "QMCSampler": "it draws options, which have no order, at random",
    "BruteForceSampler": "it lists networks, each once and in random order, as the strategy 'random' does",
    "GridSampler": "it needs a grid",
    "PartialFixedSampler": "it needs another sampler",
}
"""Samplers that cannot search genes -> the reason."""
FEWEST = {"n_startup_trials": 1, "population_size": 2}
"""Setting of a sampler that says how many trials it waits for before it learns -> its least value."""
REHEARSED = 5
"""Trials after which a sampler with these settings has learned."""
NOT_REHEARSED = ("GPSampler",)
"""Samplers whose first suggestions take a second; none of their settings can be wrong."""


class OptunaSearch:
    """Asks a sampler of Optuna for one option of each gene.

    A gene is a categorical parameter, whose values are the numbers of its options. Different parameters may be the
    same network: the sampler is told the canonical form. Genes without effect on a network are left out of its trial
    if `conditional`; else they have their first option. For a failed trial the sampler is told the worst loss there
    was; that it failed, if none has finished before. The first proposal is a random genotype. The strategy is
    exhausted when it has proposed every genotype of the space.

    What a sampler suggests beyond the limits of a `LimitedSpace` is brought within them. By how much a trial exceeds
    other limits, or stays below them, is given to the sampler as its constraints. `TPESampler`, `GPSampler`,
    `NSGAIISampler` and `NSGAIIISampler` use them.

    >>> from nasbench_pose.spaces import load
    >>> strategy = optuna_sampler("RandomSampler")(load("simplebaseline"), np.random.default_rng(0))
    >>> for _ in range(3):
    ...     proposal = strategy.ask()
    ...     strategy.tell(proposal, [float(len(proposal.genotype.text)), 1.0])
    """

    def __init__(
        self,
        name: str,
        sampler: "Callable[[int], optuna.samplers.BaseSampler]",
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        weights: Sequence[float] | None,
        conditional: bool = False,
    ) -> None:
        """Make `sampler(seed)`; it minimises the sum weighted by `weights`, or, if they are None, all losses."""
        self._name, self._space, self._rng, self._conditional = name, space, rng, conditional
        self._loss_of = None if weights is None else WeightedSum(name, tuple(weights))
        with quiet():
            self._sampler = sampler(int(rng.integers(2**31)))
        self._study: optuna.Study | None = None
        self._distributions: dict[str, Any] = {}
        self._running: defaultdict[Genotype, list[optuna.Trial]] = defaultdict(list)
        self._proposed: set[Genotype] = set()
        self._worst: list[float] = []
        """The worst finite value of each objective."""
        self._kept = [limit.column for limit in space.limits] if isinstance(space, LimitedSpace) else []
        self._most: dict[str, float] = {}
        """The largest excess over each limit that is not kept."""

    def ask(self) -> Proposal:
        """Propose what the sampler suggests; a random genotype before the first losses are told."""
        if len(self._proposed) >= self._space.size:
            raise Exhausted
        genotype = self._space.sample(self._rng) if self._study is None else self._suggested(self._study)
        self._proposed.add(genotype)
        return Proposal(genotype)

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Give the losses to the sampler."""
        excess = losses.excess if isinstance(losses, LimitedLosses) else {}
        measured = losses.measured if isinstance(losses, LimitedLosses) else losses
        if any(excess.get(column, 0.0) > 0 for column in self._kept):
            return  # the search started from it, and it is no member of the space that is searched
        values = list(measured) if self._loss_of is None else [self._loss_of(measured)]
        if self._study is None:
            self._study = self._new_study(len(values))
        elif len(values) != len(self._worst):
            raise InvalidFileError(f"{self._name} was told {len(self._worst)} losses before, now {len(values)}.")
        with quiet():
            self._add(self._study, proposal.genotype, values, excess)

    def _new_study(self, objectives: int) -> "optuna.Study":
        import optuna

        from nasbench_pose.strategies.optuna_options import Options

        self._distributions = {gene: Options(len(options)) for gene, options in self._space.genes.items()}
        self._worst = [-math.inf] * objectives
        with quiet():
            return optuna.create_study(sampler=self._sampler, directions=["minimize"] * objectives)

    def _suggested(self, study: "optuna.Study") -> Genotype:
        with quiet():
            try:
                trial = study.ask(self._distributions)
            except Exception as error:  # samplers check some settings only here, as NumPy does
                raise _unable(self._name, error) from error
        suggested = trial.params  # a deep copy at each look
        genotype = self._space.decode([[suggested[gene] for gene in self._space.genes]])[0]
        if isinstance(self._space, LimitedSpace) and not self._space.holds(genotype):
            genotype = self._space.brought_within(genotype, self._rng)
        if suggested == self._parameters(genotype):
            self._running[genotype].append(trial)
        else:  # another network or spelling, which is told as a trial of its own
            import optuna

            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return genotype

    def _add(self, study: "optuna.Study", genotype: Genotype, values: list[float], excess: Mapping[str, float]) -> None:
        import optuna

        finite = [value if math.isfinite(value) else worst for value, worst in zip(values, self._worst, strict=True)]
        self._worst = [max(pair) for pair in zip(self._worst, finite, strict=True)]
        learned = {column: share for column, share in excess.items() if column not in self._kept}
        self._most |= {column: max(share, self._most.get(column, share)) for column, share in learned.items()}
        constraints = learned or self._most  # of a failed trial: the most there was, as its losses are the worst
        complete = all(map(math.isfinite, finite))
        told: dict[str, Any] = {"values": finite} if complete else {"state": optuna.trial.TrialState.FAIL}
        if self._running[genotype]:
            trial = self._running[genotype].pop()
            for column, share in constraints.items():
                trial.set_constraint(column, share)
            study.tell(trial, **told)
            return
        parameters = self._parameters(genotype)
        distributions = {gene: self._distributions[gene] for gene in parameters}
        made = optuna.create_trial(**told, params=parameters, distributions=distributions, constraints=constraints)
        study.add_trial(made)

    def _parameters(self, genotype: Genotype) -> dict[str, int]:
        """Return the option's number of each gene."""
        codes = dict(zip(self._space.genes, self._space.encode([genotype])[0].tolist(), strict=True))
        effective = dict(genotype.genes) if self._conditional else codes
        return {gene: code for gene, code in codes.items() if gene in effective}


def optuna_sampler(name: str) -> Callable[..., OptunaSearch]:
    """Return the strategy of a class of `optuna.samplers`; its settings are the keywords of the class, and `weights`.

    Raises UnknownNameError for a sampler that does not exist, InvalidFileError for one that cannot search genes.

    >>> optuna_sampler("NSGASampler")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No sampler of Optuna named 'NSGASampler'; ... Did you mean 'NSGAIISampler'?
    """
    import optuna

    if name in NOT_FOR_GENES:
        raise InvalidFileError(f"Optuna's {name} cannot search genes: {NOT_FOR_GENES[name]}.")
    everything = {known: getattr(optuna.samplers, known) for known in optuna.samplers.__all__}
    classes = {
        known: found
        for known, found in everything.items()
        if inspect.isclass(found) and not inspect.isabstract(found) and known not in NOT_FOR_GENES
    }
    sampler: Any = pick("sampler of Optuna", name, classes)
    own = [
        parameter.replace(kind=parameter.KEYWORD_ONLY, annotation=annotation)
        for parameter in inspect.signature(sampler).parameters.values()
        if (annotation := str(parameter.annotation).removesuffix(" | None")) in PLAIN
        and parameter.name not in NOT_SETTINGS
    ]

    def strategy(
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        weights: Annotated[Sequence[float] | None, Setting("weights of the losses", per_objective=True)] = None,
        **settings: Any,
    ) -> OptunaSearch:
        return OptunaSearch(f"{PREFIX}{name}", lambda seed: sampler(seed=seed, **settings), space, rng, weights=weights)

    first = [each for each in inspect.signature(strategy).parameters.values() if each.kind is not each.VAR_KEYWORD]
    learns = CONSTRAINTS in inspect.signature(sampler).parameters
    strategy.declaration = Declaration(limits="kept and learned" if learns else "kept")  # type: ignore[attr-defined]
    strategy.__signature__ = inspect.Signature([*first, *own])  # type: ignore[attr-defined]
    if name not in NOT_REHEARSED:
        early = {parameter.name: FEWEST[parameter.name] for parameter in own if parameter.name in FEWEST}
        strategy.check = partial(_rehearse, f"{PREFIX}{name}", strategy, early)  # type: ignore[attr-defined]
    return strategy


def _rehearse(
    name: str,
    strategy: Callable[..., OptunaSearch],
    early: Mapping[str, Any],
    space: SearchSpace,
    settings: Mapping[str, Any],
) -> None:
    """Raise InvalidFileError for settings with which a sampler can be made, but not suggest a network."""
    losses = max(2, len(settings.get("weights") or ()))
    try:
        search = strategy(space, np.random.default_rng(0), **{**settings, **early})
        for number in range(REHEARSED):
            search.tell(search.ask(), [float(number)] * losses)
    except Exhausted:
        pass
    except Exception as error:
        raise _unable(label(name, settings), error.__cause__ or error) from error


def _unable(name: str, error: BaseException) -> InvalidFileError:
    return InvalidFileError(f"{name} cannot suggest a network: {one_line(error).rstrip('.')}.")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna's announcements of new studies and of experimental features off the screen."""
    logger = logging.getLogger("optuna")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
