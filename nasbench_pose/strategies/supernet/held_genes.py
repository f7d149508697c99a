"""Genes that a search holds fixed, such as those that no supernet can leave open."""

from collections.abc import Sequence
from dataclasses import replace

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, pick
from nasbench_pose.spaces import SearchSpace


def holding(space: SearchSpace, held: Sequence[str] | None) -> SearchSpace:
    """Return the space in which the genes of `held`, texts gene=value, have one option; members stay members.

    Raises InvalidFileError for a text of another form or a value that is no option, UnknownNameError for an unknown
    gene.

    >>> from nasbench_pose.spaces import load
    >>> holding(load("efficientpose_micro"), ["w1=100"]).genes["w1"]
    (100,)
    """
    if not held:
        return space
    genes = dict(space.genes)
    for text in held:
        gene, equals, value = (part.strip() for part in str(text).partition("="))
        if not equals:
            raise InvalidFileError(f"{text!r} holds no gene; expected gene=value, such as {next(iter(genes))}=…")
        options = pick("gene", gene, space.genes)
        found = [option for option in options if str(option) == value]
        if not found:
            raise InvalidFileError(f"{gene} is held at {value!r}; its options are {', '.join(map(str, options))}.")
        genes[gene] = (found[0],)
    return replace(space, genes=genes)


def check_supernet(space: SearchSpace, held: Sequence[str] | None) -> SearchSpace:
    """Return `holding(space, held)`; raise NasbenchPoseError in one line if it has no supernet."""
    searched = holding(space, held)
    try:
        searched.open_graph()
    except NasbenchPoseError as error:
        raise NasbenchPoseError(f'{error} The setting held keeps genes fixed, such as held=["gene=value"].') from None
    return searched
