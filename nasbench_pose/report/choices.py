"""The choices of the networks on a front: the share of them that has each option of each gene."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.genotype import Genotype, Value
from nasbench_pose.spaces import SearchSpace, find, space_of
from nasbench_pose.spaces.skips import SKIP

NO_EFFECT = "no effect"
"""The row for networks in which a gene has no effect."""


def choice_shares(space: SearchSpace, genotypes: Sequence[Genotype]) -> list[pd.DataFrame]:
    """Return the share (percent) of the genotypes with each option: rows are options, columns are genes.

    NaN: the gene has no such option. Genes with common options are in one frame. In cells, an option is the operation
    of an edge, whatever state the edge reads. Raises NasbenchPoseError if there are no genotypes.

    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_micro")
    >>> widths, layers = choice_shares(space, list(space.named.values()))
    >>> widths["w1"].round().to_dict(), layers.loc["skip", "s2b2"].round()
    ({'50': 33.0, '100': 33.0, '200': 33.0}, np.float64(33.0))
    """
    if not genotypes:
        raise NasbenchPoseError(f"No network of {space.name} is on the front: there are no choices to show.")
    values = [dict(genotype.genes) for genotype in genotypes]
    frames = []
    for genes in _groups(space):
        rows = _ordered(option for gene in genes for option in space.genes[gene])
        columns = {gene: _shares(space, gene, [each.get(gene) for each in values]) for gene in genes}
        frame = pd.DataFrame(columns, index=[*rows, NO_EFFECT])
        frames.append(frame.drop(index=NO_EFFECT) if not frame.loc[NO_EFFECT].any() else frame)
    return frames


def of_one_space(texts: Sequence[str]) -> tuple[SearchSpace, list[Genotype]]:
    """Return the space with the most of these genotypes, and the genotypes in it.

    >>> space, members = of_one_space(["hrnet-w32", "micro-middle", "micro-largest"])
    >>> space.name, len(members)
    ('efficientpose_micro', 2)
    """
    genotypes = [find(text) for text in texts]
    if not genotypes:
        raise NasbenchPoseError("The front is empty: there are no choices to show.")
    most = Counter(genotype.space for genotype in genotypes).most_common(1)[0][0]
    members = [genotype for genotype in genotypes if genotype.space == most]
    return space_of(members[0]), members


def _word(option: Value) -> str:
    """Return an option without the state that an edge of a cell reads: `sep_conv_3x3` of `sep_conv_3x3.1`."""
    return str(option).partition(".")[0]


def _ordered(options: Iterable[Value]) -> list[str]:
    """Return the names of the rows: numbers in rising order, then words in the order of the space, `skip` last."""
    known = list(dict.fromkeys(options))
    numbers = sorted(option for option in known if isinstance(option, int))
    words = dict.fromkeys(_word(option) for option in known if isinstance(option, str))
    return [*map(str, numbers), *sorted(words, key=lambda word: word == SKIP)]


def _groups(space: SearchSpace) -> list[list[str]]:
    """Return the genes with several options, grouped by common options, in the order of the space."""
    groups: list[tuple[list[str], set[str]]] = []
    for gene, options in ((gene, options) for gene, options in space.genes.items() if len(options) > 1):
        words = {_word(option) for option in options}
        near = [group for group in groups if group[1] & words]
        merged = ([*(g for genes, _ in near for g in genes), gene], words.union(*(known for _, known in near)))
        groups = [group for group in groups if group not in near] + [merged]
    return [genes for genes, _ in groups]


def _shares(space: SearchSpace, gene: str, values: list[Value | None]) -> dict[str, float]:
    times = Counter(NO_EFFECT if value is None else _word(value) for value in values)
    known = [*dict.fromkeys(_word(option) for option in space.genes[gene]), NO_EFFECT]
    return {word: 100 * times[word] / len(values) for word in known}
