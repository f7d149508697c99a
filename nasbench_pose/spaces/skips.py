"""Runs of layers that may be skipped: the places of the skips make no difference to the network."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from nasbench_pose.genotype import Value
from nasbench_pose.spaces.kinds import Options

SKIP = "skip"
PARAMETER_FREE = (SKIP, "skip_connect")
"""Options that pass their input on, in chains and in cells."""


def arrangements(
    options: Options, genes: Mapping[str, Value], run: list[str], *, first: bool = False
) -> Iterator[tuple[Value, ...]]:
    """Yield the values of the genes of `run` with the skips at all places that the options allow.

    Arrangements with skips at the end come first, or, with `first`, those with skips at the beginning.

    >>> options = dict.fromkeys("abc", ("k3", "k5", "skip"))
    >>> genes = {"a": "skip", "b": "k3", "c": "k5"}
    >>> next(arrangements(options, genes, [*"abc"])), next(arrangements(options, genes, [*"abc"], first=True))
    (('k3', 'k5', 'skip'), ('skip', 'k3', 'k5'))
    """
    layers = [genes[gene] for gene in run if genes[gene] != SKIP]
    places = combinations(range(len(run)), len(layers))
    for chosen in reversed(list(places)) if first else places:
        value = dict(zip(chosen, layers, strict=True))
        moved = tuple(value.get(place, SKIP) for place in range(len(run)))
        if all(option in options[gene] for gene, option in zip(run, moved, strict=True)):
            yield moved


def settled(options: Options, genes: Mapping[str, Value], run: list[str], *, first: bool = False) -> list[Value]:
    """Return the first of the `arrangements`, which is the canonical one.

    >>> settled(dict.fromkeys("abc", ("k3", "k5", "skip")), {"a": "skip", "b": "k3", "c": "k5"}, [*"abc"])
    ['k3', 'k5', 'skip']
    """
    values = [genes[gene] for gene in run]
    if SKIP not in values:
        return values
    kept = [value for value in values if value != SKIP]
    skips = [SKIP] * (len(run) - len(kept))
    moved = [*skips, *kept] if first else [*kept, *skips]
    if moved == values:
        return values
    if all([value in options[gene] for gene, value in zip(run, moved, strict=True)]):
        return moved
    return _first_that_fits(options, kept, run, first=first)


def _first_that_fits(options: Options, kept: list[Value], run: list[str], *, first: bool) -> list[Value]:
    """Assign the kept values gene by gene, with skips as late or, with `first`, as early as possible."""
    fits = [[False] * len(kept) + [True]]  # [i][j]: whether the kept values from j on fit into the genes from i on
    for gene in reversed(run):
        later, able = fits[-1], options[gene]
        fits.append(
            [
                (SKIP in able and later[j]) or (j < len(kept) and kept[j] in able and later[j + 1])
                for j in range(len(later))
            ]
        )
    fits.reverse()
    moved: list[Value] = []
    placed = 0
    for gene, later in zip(run, fits[1:], strict=True):
        skips = SKIP in options[gene] and later[placed]
        places = placed < len(kept) and kept[placed] in options[gene] and later[placed + 1]
        place = places and not (first and skips)
        moved.append(kept[placed] if place else SKIP)
        placed += place
    return moved


def number_of_arrangements(options: Options, genes: Mapping[str, Value], run: list[str]) -> int:
    """Return the number of `arrangements` by dynamic programming: 59 layers have up to 10^17.

    >>> options = dict.fromkeys("abc", ("k3", "k5", "skip"))
    >>> number_of_arrangements(options, {"a": "skip", "b": "k3", "c": "k5"}, [*"abc"])
    3
    """
    kept = [genes[gene] for gene in run if genes[gene] != SKIP]
    ways = [1] + [0] * len(kept)  # to have placed the first 0, 1, 2, … kept values
    for gene in run:
        able = options[gene]
        ways = [
            (ways[j] if SKIP in able else 0) + (ways[j - 1] if j and kept[j - 1] in able else 0)
            for j in range(len(ways))
        ]
    return ways[-1]
