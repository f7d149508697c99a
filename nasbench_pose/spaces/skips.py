"""Layers that may be skipped, one after the other: where nothing is done makes no difference."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from nasbench_pose.genotype import Value
from nasbench_pose.spaces.kinds import Options

SKIP = "skip"


def arrangements(
    options: Options, genes: Mapping[str, Value], run: list[str], *, first: bool = False
) -> Iterator[tuple[Value, ...]]:
    """Yield the values of the genes of `run` with the skips among them moved to every place that has the options.

    Those with skips at the end come before others, or, with `first`, those with skips at the beginning.

    >>> options = dict.fromkeys("abc", ("k3", "k5", "skip"))
    >>> genes = {"a": "skip", "b": "k3", "c": "k5"}
    >>> next(arrangements(options, genes, [*"abc"])), next(arrangements(options, genes, [*"abc"], first=True))
    (('k3', 'k5', 'skip'), ('skip', 'k3', 'k5'))
    """
    kept = [genes[gene] for gene in run if genes[gene] != SKIP]
    places = combinations(range(len(run)), len(kept))
    for chosen in reversed(list(places)) if first else places:
        value = dict(zip(chosen, kept, strict=True))
        moved = tuple(value.get(place, SKIP) for place in range(len(run)))
        if all(option in options[gene] for gene, option in zip(run, moved, strict=True)):
            yield moved


def settled(options: Options, genes: Mapping[str, Value], run: list[str], *, first: bool = False) -> list[Value]:
    """Return the arrangement that `arrangements` yields first; a genotype is spelt so.

    >>> settled(dict.fromkeys("abc", ("k3", "k5", "skip")), {"a": "skip", "b": "k3", "c": "k5"}, [*"abc"])
    ['k3', 'k5', 'skip']
    """
    values = [genes[gene] for gene in run]
    if SKIP not in values:
        return values
    kept = [value for value in values if value != SKIP]
    skips = [SKIP] * (len(run) - len(kept))
    moved = [*skips, *kept] if first else [*kept, *skips]
    if all([value in options[gene] for gene, value in zip(run, moved, strict=True)]):
        return moved
    return list(next(arrangements(options, genes, run, first=first)))
