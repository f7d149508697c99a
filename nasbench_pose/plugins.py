"""One registry for all plug-ins: built-in names, entry points of packages, or `module:attribute`."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nasbench_pose.errors import InvalidFileError, UnknownNameError, pick

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

T = TypeVar("T")


@dataclass(frozen=True)
class Registry(Generic[T]):
    """All plug-ins of one kind, such as strategies, proxies, kinds of search space or metrics.

    A plug-in is imported when it is resolved, not before. A built-in name cannot be replaced.

    >>> roots = Registry("function", "example.roots", {"root": "math:sqrt"}, callable_only, "a function")
    >>> roots.resolve("root")(9.0), roots.resolve("math:fabs")(-3.0)
    (3.0, 3.0)
    >>> roots.resolve("math:pi")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The function 'math:pi' is a float; expected a function.
    >>> roots.resolve("rot")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No function named 'rot'; known: root. Did you mean 'root'?
    """

    what: str
    """The kind of plug-in in messages, e.g. "strategy"."""
    group: str
    """Group of the entry points by which other packages add plug-ins."""
    built_in: Mapping[str, object]
    """Name -> the plug-in, or its place `module:attribute`."""
    accept: Callable[[str, Any], T | None]
    """(name, imported object) -> what `resolve` returns; None for an object that is not such a plug-in."""
    expected: str
    """What `accept` accepts, in words, for messages."""
    extra: str = ""
    """The extra of this package whose dependencies built-in plug-ins may need; `{name}` stands for the plug-in's."""

    def names(self) -> tuple[str, ...]:
        """Return every name: the built-in ones in their order, then those of other packages. Nothing is imported."""
        return (*self.built_in, *(name for name in entry_point_names(self.group) if name not in self.built_in))

    def resolve(self, name: str) -> T:
        """Return the plug-in `name`: a built-in name, an entry point of `group`, or `package.module:attribute`.

        Raises UnknownNameError for a name that does not exist, that two packages register, or whose module cannot be
        imported; InvalidFileError for an object of the wrong kind.
        """
        found = self.built_in.get(name, name)
        if name not in self.built_in and ":" not in name:
            entry = self._entry(name)
            found = imported(f"The {self.what} {name!r}{_package(entry)}", entry.value)
        elif isinstance(found, str):
            found = self._ours(name, found) if name in self.built_in else imported(f"The {self.what} {name!r}", found)
        accepted = self.accept(name, found)
        if accepted is None:
            raise InvalidFileError(f"The {self.what} {name!r} is a {type(found).__name__}; expected {self.expected}.")
        return accepted

    def installed(self) -> list[T]:
        """Return the plug-ins of all other packages, also those of one name. Raises the same errors as `resolve`."""
        return [self.resolve(entry.value) for entry in _entry_points(self.group)]

    def _ours(self, name: str, place: str) -> Any:
        try:
            return imported(f"The {self.what} {name!r}", place)
        except UnknownNameError as error:
            if not (self.extra and isinstance(error.__cause__, ModuleNotFoundError)):
                raise
            needed = (
                f"{name!r} needs {error.__cause__.name}: pip install 'nasbench-pose[{self.extra.format(name=name)}]'."
            )
            raise UnknownNameError(needed) from error

    def _entry(self, name: str) -> "EntryPoint":
        pick(self.what, name, dict.fromkeys(self.names()))
        entries = _entry_points(self.group)
        first, *others = {entry.value: entry for entry in entries if entry.name == name}.values()
        if others:
            packages = ", ".join(f"{entry.value}{_package(entry)}" for entry in (first, *others))
            raise UnknownNameError(
                f"Several packages have a {self.what} {name!r}: {packages}. Name one as module:attribute."
            )
        return first


def instance_of(sort: type[T]) -> Callable[[str, Any], T | None]:
    """Return the `accept` of a registry whose plug-ins are instances of a class.

    >>> instance_of(int)("one", 1), instance_of(int)("one", "1")
    (1, None)
    """
    return lambda _, found: found if isinstance(found, sort) else None


def callable_only(_: str, found: Any) -> Any:
    """Return `found` if it is callable, else None: the `accept` of a registry of classes and functions."""
    return found if callable(found) else None


def entry_point_names(group: str) -> tuple[str, ...]:
    """Return the names of the entry points of `group` without importing any of them.

    >>> entry_point_names("example.roots")
    ()
    """
    return tuple(sorted({entry.name for entry in _entry_points(group)}))


def _entry_points(group: str) -> "EntryPoints":
    """Return the entry points of `group`, from the metadata of all packages in `sys.path`."""
    folders = tuple((folder, _changed(folder)) for folder in sys.path)
    found: EntryPoints = _all_entry_points(folders).select(group=group)
    return found


@lru_cache(maxsize=1)
def _all_entry_points(_: object) -> Any:
    """Read the metadata of every installed package, once until a package is installed or `sys.path` changes."""
    from importlib.metadata import entry_points  # imported here: it would double the import time of this module

    return entry_points()


def _changed(folder: str) -> int:
    """Return when a package was last added to a folder of `sys.path` or removed, 0 for what is no folder."""
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0


def _package(entry: "EntryPoint") -> str:
    return f" of the package {entry.dist.name}" if entry.dist is not None else ""


def imported(subject: str, place: str) -> Any:
    """Return the object at `place`, `package.module:attribute`; `subject` names it in the error.

    >>> imported("The root", "math:sqrt")(9.0)
    3.0
    >>> imported("The root", "math:sqr")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: The root cannot be imported: module 'math' has no attribute 'sqr'.
    """
    module, _, attribute = place.partition(":")
    try:
        return reduce(getattr, attribute.strip().split("."), import_module(module.strip()))
    except Exception as error:  # another package's module may raise anything while it is imported
        kind = "" if isinstance(error, ImportError | AttributeError) else f"{type(error).__name__}: "
        raise UnknownNameError(f"{subject} cannot be imported: {kind}{error}.") from error
