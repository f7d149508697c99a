"""Other rules of stopping and derivation on a recorded search: what it would have proposed, without computing."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.genotype import Genotype
from nasbench_pose.scalar import finite
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.supernet.derivation import derived, drawn
from nasbench_pose.strategies.supernet.gene_costs import GeneCosts
from nasbench_pose.strategies.supernet.record import Ask, SearchRecord
from nasbench_pose.strategies.supernet.stopping import STOPPING, Stop, StoppingRule

DERIVATIONS = ("likeliest", "drawn")
"""Derivations from recorded shares. That by removal needs the supernet; its pseudo-shares are recorded."""


@dataclass(frozen=True)
class Replayed:
    """What a search would have proposed."""

    record: SearchRecord
    stop: Stop | None
    """None: it is not stopped by the last recorded ask."""
    proposals: tuple[Genotype, ...]
    """One for each recorded ask."""


def replay(
    record: SearchRecord,
    space: SearchSpace,
    *,
    stop: str = "never",
    rule: StoppingRule | None = None,
    derive: str = "likeliest",
    costs: GeneCosts | None = None,
    limit: float = 0.0,
    seed: int = 0,
) -> Replayed:
    """Return the proposals of a recorded search under another rule of stopping or of derivation.

    After a stop, the following asks derive from the choices of the ask that the rule names, as in a search. With
    `limit`, no proposal costs more by `costs`. `seed` is that of drawn genotypes. A space with fewer genotypes than
    asks ends the proposals early. Raises UnknownNameError for an unknown rule; InvalidFileError for a record of
    another space, and for a rule whose quantity was not recorded; NotFiniteError for a limit that is not a number.

    >>> from nasbench_pose.files import folder
    >>> from nasbench_pose.spaces import load
    >>> line = (folder("results") / "one_shot" / "records.jsonl").read_text(encoding="utf-8").partition("\\n")[0]
    >>> record = SearchRecord.parse(line)
    >>> [one.text == ask.genotype for one, ask in zip(replay(record, load(record.space)).proposals, record.asks)]
    [True, True, True, True, True, True]
    """
    found = pick("stopping rule", stop, STOPPING)
    pick("derivation", derive, dict.fromkeys(DERIVATIONS))
    _check(record, space, stop)
    bound = 0.0 if limit == math.inf else finite(limit, "limit")
    rule = rule or StoppingRule()
    stopped, proposals = None, list[Genotype]()
    for number in range(1, len(record.asks) + 1):
        source = record.asks[(stopped.use if stopped else number) - 1]
        candidates = _candidates(space, source, derive, costs, bound, np.random.default_rng([seed, number]))
        fresh = next((one for one in candidates if one not in proposals), None)
        if fresh is None:
            break
        proposals.append(fresh)
        stopped = stopped or found(record.asks[:number], rule)
    return Replayed(record, stopped, tuple(proposals))


def _check(record: SearchRecord, space: SearchSpace, stop: str) -> None:
    """Raise InvalidFileError for a record of another space, or without what the rule of stopping needs."""
    options = {choice: len(values) for choice, values in space.choices.items()}
    if record.space != space.name or any(ask.shares.keys() != options.keys() for ask in record.asks):
        raise InvalidFileError(
            f"The record is of {record.space}, whose choices {space.name} does not have as it is now."
        )
    for ask in record.asks:
        for choice, shares in ask.shares.items():
            if len(shares) != options[choice] or min(shares) < 0:
                raise InvalidFileError(
                    f"{record.strategy}, seed {record.seed}, ask {ask.ask}: the shares of {choice} are {list(shares)}; "
                    f"expected {options[choice]} numbers, none below 0."
                )
    if stop == "eigenvalue" and any(ask.eigenvalue is None for ask in record.asks):
        raise InvalidFileError(
            f"{record.strategy}, seed {record.seed}, has no eigenvalues; a search records them with eigenvalue=true."
        )
    if stop == "skips" and any(ask.skips is None for ask in record.asks):
        raise InvalidFileError(f"{record.strategy}, seed {record.seed}, has no choices that can be skipped.")


def _candidates(
    space: SearchSpace, ask: Ask, derive: str, costs: GeneCosts | None, limit: float, rng: np.random.Generator
) -> Iterator[Genotype]:
    shares = {choice: np.array(values, dtype=np.float32) for choice, values in ask.shares.items()}
    if derive == "drawn":
        return drawn(space, shares, rng, costs=costs, limit=limit)
    return derived(space, shares, costs=costs, limit=limit)
