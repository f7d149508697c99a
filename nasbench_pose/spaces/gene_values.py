"""Error messages for genes and values that a space does not have."""

from collections.abc import Iterable, Mapping

from nasbench_pose.errors import InvalidFileError, nearest
from nasbench_pose.genotype import Value


def check_value(space: str, genes: Mapping[str, tuple[Value, ...]], gene: str, value: Value) -> None:
    """Raise InvalidFileError, with the allowed names, unless the space has the gene and the gene has the value."""
    if gene not in genes:
        raise InvalidFileError(f"{space} has no gene {gene!r}; it has {_some(genes)}.{nearest(gene, genes)}")
    if value not in genes[gene]:
        options = genes[gene]
        hint = nearest(str(value), map(str, options))
        raise InvalidFileError(f"{gene}={value} is not in {space}; {gene} is one of {listed(options)}.{hint}")


def listed(options: Iterable[Value]) -> str:
    """Return options as a text with commas."""
    return ", ".join(map(str, options))


def _some(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every if len(every) <= 8 else [*every[:4], "…", *every[-2:]])
