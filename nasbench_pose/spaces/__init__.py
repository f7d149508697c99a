"""Search spaces: TOML files, and the kinds that turn a genotype into a graph."""

from nasbench_pose.spaces.lookup import as_genotype, find, name_of, named_genotypes, space_of, title_of
from nasbench_pose.spaces.space import SearchSpace
from nasbench_pose.spaces.space_file import load, names

__all__ = [
    "SearchSpace",
    "as_genotype",
    "find",
    "load",
    "name_of",
    "named_genotypes",
    "names",
    "space_of",
    "title_of",
]
