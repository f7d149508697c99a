"""Finds the keys of a file that a kind does not read, for kinds that do not declare their fields.

Networks are built with an unusable value for the key: every operation on this value raises. If the build succeeds, it
has not read the key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any, NoReturn

from nasbench_pose.genotype import Value
from nasbench_pose.spaces.kinds import Options
from nasbench_pose.spaces.space import SearchSpace

TRIES = 16
"""Random members that are built before a key counts as unread: some keys are read only with certain options."""


class _ReadError(BaseException):
    """A key was read. It is no Exception, so that a kind's own `except Exception` does not catch it."""


class _Unusable:
    """A value on which every operation raises _ReadError."""


def _refuse(*_: object) -> NoReturn:
    raise _ReadError


_USES = {f"__{name}__" for name in ("eq", "ne", "lt", "le", "gt", "ge", "str", "repr", "format", "hash")}
_NEEDED = {*dir(object), "__class_getitem__", "__getnewargs__"} - _USES
for _name in {*dir(int), *dir(str), *dir(list), "__next__", "__call__", "__getattr__"} - _NEEDED:
    if _name.startswith("__"):
        setattr(_Unusable, _name, _refuse)


class _Asked(dict[str, Any]):
    """A mapping that records the missing names it is asked for."""

    def __init__(self, values: Mapping[str, Any], missing: set[str]) -> None:
        super().__init__(values)
        self._missing = missing

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, like `dict.get`."""
        if key in self:
            return self[key]
        return default

    def __contains__(self, key: object) -> bool:
        there = super().__contains__(key)
        if not there and isinstance(key, str):
            self._missing.add(key)
        return there


def unread_keys(space: SearchSpace, genes: Options) -> tuple[list[tuple[str, str]], set[str]]:
    """Return the keys that the kind does not read, as (`genes` or `fixed`, key), and missing names that it asked for.

    `genes` are those of the file, before the kind expands them.
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
            return True  # the kind failed on the value, so it has read it
    return False


def _members(space: SearchSpace) -> Iterator[dict[str, Any]]:
    """Yield values for all genes: the first options, then random members, the same in every call."""
    yield {gene: options[0] for gene, options in space.genes.items()}
    rng = Random(0)
    for _ in range(TRIES):
        yield {gene: rng.choice(options) for gene, options in space.genes.items()}


def _expanded_by(space: SearchSpace, genes: Mapping[str, tuple[Value, ...]], key: str) -> bool:
    """Return whether a fixed key is read when the kind expands the genes of the file."""
    fixed = {**space.fixed, key: _Unusable()}
    try:
        space.kind.expand(genes, fixed)
    except _ReadError:
        return True
    except Exception:
        return True
    return False
