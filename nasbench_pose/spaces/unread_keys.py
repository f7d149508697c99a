"""Keys of a file that a kind does not read, for kinds that do not say which they read: found out by building.

A network is built with a value in the key's place that cannot be used: whatever is done with it raises. A build that
succeeds has not read the key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any, NoReturn

from nasbench_pose.genotype import Value
from nasbench_pose.spaces.kinds import Options
from nasbench_pose.spaces.space import SearchSpace

TRIES = 16
"""Other members that are built before a key counts as unread, as it may matter beside other options only."""


class _ReadError(BaseException):
    """A key has been read. No Exception: a kind that goes on after errors of its own shall not go on after this."""


class _Unusable:
    """A value with which nothing can be done."""


def _refuse(*_: object) -> NoReturn:
    raise _ReadError


_USES = {f"__{name}__" for name in ("eq", "ne", "lt", "le", "gt", "ge", "str", "repr", "format", "hash")}
_NEEDED = {*dir(object), "__class_getitem__", "__getnewargs__"} - _USES
for _name in {*dir(int), *dir(str), *dir(list), "__next__", "__call__", "__getattr__"} - _NEEDED:
    if _name.startswith("__"):
        setattr(_Unusable, _name, _refuse)


class _Asked(dict[str, Any]):
    """A mapping that notes the names it is asked for and does not have."""

    def __init__(self, values: Mapping[str, Any], missing: set[str]) -> None:
        super().__init__(values)
        self._missing = missing

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, as of any dictionary."""
        if key in self:
            return self[key]
        return default

    def __contains__(self, key: object) -> bool:
        there = super().__contains__(key)
        if not there and isinstance(key, str):
            self._missing.add(key)
        return there


def unread_keys(space: SearchSpace, genes: Options) -> tuple[list[tuple[str, str]], set[str]]:
    """Return the keys that the kind does not read, as (`genes` or `fixed`, key), and names it would read.

    `genes` are those of the file, before the kind makes others out of them.
    """
    asked: set[str] = set()
    keys = [("genes", gene) for gene in genes if gene in space.genes]
    keys += [("fixed", key) for key in space.fixed if not _expanded_by(space, genes, key)]
    return [(table, key) for table, key in keys if not _is_read(space, table, key, asked)], asked


def _is_read(space: SearchSpace, table: str, key: str, asked: set[str]) -> bool:
    unusable = _Unusable()
    for values in _members(space):
        if table == "genes":
            values = {**values, key: unusable}
            spoilt = replace(space, genes=_Asked({**space.genes, key: (unusable,)}, asked))
        else:
            spoilt = replace(space, fixed=_Asked({**space.fixed, key: unusable}, asked))
        try:
            spoilt.kind.build(spoilt, _Asked(values, asked), (3, *space.input), space.joints)
        except _ReadError:
            return True
        except Exception:
            return True  # the kind has met a value it does not like, whether it says so or not
    return False


def _members(space: SearchSpace) -> Iterator[dict[str, Any]]:
    """Yield values for all genes: the first options, then members drawn at random, always the same."""
    yield {gene: options[0] for gene, options in space.genes.items()}
    rng = Random(0)
    for _ in range(TRIES):
        yield {gene: rng.choice(options) for gene, options in space.genes.items()}


def _expanded_by(space: SearchSpace, genes: Mapping[str, tuple[Value, ...]], key: str) -> bool:
    """Say whether a fixed key is read where the kind makes the genes of a space out of those of the file."""
    fixed = {**space.fixed, key: _Unusable()}
    try:
        space.kind.expand(genes, fixed)
    except _ReadError:
        return True
    except Exception:
        return True
    return False
