"""Search spaces: TOML files, and the kinds that turn a genotype into a graph."""

from nasbench_pose.spaces.find import find, name_of, named_genotypes, space_of
from nasbench_pose.spaces.load import load, names
from nasbench_pose.spaces.space import SearchSpace

__all__ = ["SearchSpace", "find", "load", "name_of", "named_genotypes", "names", "space_of"]
