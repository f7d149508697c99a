"""Things that are found by name: built in, from another package by its entry point, or spelt `module:attribute`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nasbench_pose.errors import InvalidFileError, UnknownNameError, pick

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")


@dataclass(frozen=True)
class Registry(Generic[T]):
    """All things of one sort, such as strategies, proxies, kinds of search space or metrics.

    Nothing is imported but what is asked for. A built-in name cannot be replaced.

    >>> roots = Registry("function", "nobody.s", {"root": "math:sqrt"}, function, "one")
    >>> roots.resolve("root")(9.0), roots.resolve("math:fabs")(-3.0)
    (3.0, 3.0)
    >>> roots.resolve("math:pi")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The function 'math:pi' is a float; expected one.
    >>> roots.resolve("rot")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No function named 'rot'; known: root. Did you mean 'root'?
    """

    what: str
    """What messages call one of them."""
    group: str
    """Entry points by which other packages add theirs."""
    built_in: Mapping[str, object]
    """Name -> where it is, `module:attribute`, or the thing itself."""
    accept: Callable[[str, Any], T | None]
    """(name, what was found) -> what `resolve` returns; None for what is none of them."""
    expected: str
    """What to say that was expected instead."""
    extra: str = ""
    """The extra of this package that built-in ones may need."""

    def names(self) -> tuple[str, ...]:
        """Return every name: the built-in ones in their order, then those of other packages. Nothing is imported."""
        return (*self.built_in, *(name for name in of_packages(self.group) if name not in self.built_in))

    def resolve(self, name: str) -> T:
        """Return what `name` stands for: `package.module:attribute`, a built-in name, or an entry point of `group`.

        Raises UnknownNameError for a name that nobody has or that two packages have, and for whatever happens while
        the module is imported; InvalidFileError for what is none of this sort.
        """
        found = self.built_in.get(name, name)
        if name not in self.built_in and ":" not in name:
            entry = self._entry(name)
            found = _imported(f"The {self.what} {name!r}{_package(entry)}", entry.value)
        elif isinstance(found, str):
            found = self._ours(name, found) if name in self.built_in else _imported(f"The {self.what} {name!r}", found)
        accepted = self.accept(name, found)
        if accepted is None:
            said = f"The {self.what} {name!r} is a {type(found).__name__}; expected {self.expected}."
            raise InvalidFileError(said)
        return accepted

    def _ours(self, name: str, place: str) -> Any:
        try:
            return _imported(f"The {self.what} {name!r}", place)
        except UnknownNameError as error:
            if not (self.extra and isinstance(error.__cause__, ModuleNotFoundError)):
                raise
            needed = f"{name!r} needs {error.__cause__.name}: pip install 'nasbench-pose[{self.extra}]'."
            raise UnknownNameError(needed) from error

    def _entry(self, name: str) -> "EntryPoint":
        from importlib.metadata import entry_points

        pick(self.what, name, dict.fromkeys(self.names()))
        entries = entry_points(group=self.group)
        first, *others = {entry.value: entry for entry in entries if entry.name == name}.values()
        if others:
            packages = ", ".join(f"{entry.value}{_package(entry)}" for entry in (first, *others))
            said = f"Several packages have a {self.what} {name!r}: {packages}. Name one as module:attribute."
            raise UnknownNameError(said)
        return first


def instance_of(sort: type[T]) -> Callable[[str, Any], T | None]:
    """Return an `accept` of a registry whose things are instances of a class.

    >>> instance_of(int)("one", 1), instance_of(int)("one", "1")
    (1, None)
    """
    return lambda _, found: found if isinstance(found, sort) else None


def function(_: str, found: Any) -> Any:
    """Return `found` if it can be called: the `accept` of a registry of classes and functions."""
    return found if callable(found) else None


def of_packages(group: str) -> tuple[str, ...]:
    """Return the names that installed packages add to `group`, without importing any of them.

    >>> of_packages("nobody.s")
    ()
    """
    from importlib.metadata import entry_points  # takes as long as all else that is imported here

    return tuple(sorted({entry.name for entry in entry_points(group=group)}))


def _package(entry: "EntryPoint") -> str:
    return f" of the package {entry.dist.name}" if entry.dist is not None else ""


def _imported(subject: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    try:
        return reduce(getattr, attribute.strip().split("."), import_module(module.strip()))
    except Exception as error:  # another package's module may raise anything while it is imported
        kind = "" if isinstance(error, ImportError | AttributeError) else f"{type(error).__name__}: "
        raise UnknownNameError(f"{subject} cannot be imported: {kind}{error}.") from error
