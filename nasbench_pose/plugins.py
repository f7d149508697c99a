"""What other packages bring: named `package.module:attribute`, or by an entry point of theirs."""

from collections.abc import Mapping
from functools import reduce
from importlib import import_module
from typing import TYPE_CHECKING, Any

from nasbench_pose.errors import UnknownNameError, pick

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


def resolve(what: str, name: str, built_in: Mapping[str, str], group: str) -> Any:
    """Return what `name` stands for: `package.module:attribute`, or a built-in name, or an entry point of `group`.

    `what` is what messages call it. Built-in names map to `module:attribute` and cannot be replaced; nothing is
    imported but what is asked for. Raises UnknownNameError for a name that nobody has or that two packages have, and
    for whatever happens while the module is imported.

    >>> resolve("function", "root", {"root": "math:sqrt"}, "nobody.s")(9.0), resolve("number", "math:pi", {}, "") > 3
    (3.0, True)
    >>> resolve("function", "rot", {"root": "math:sqrt"}, "nobody.s")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No function named 'rot'; known: root. Did you mean 'root'?
    """
    if ":" in name:
        return _imported(f"The {what} {name!r}", name)
    if name in built_in:
        return _imported(f"The {what} {name!r}", built_in[name])
    found = _brought(what, name, built_in, group)
    return _imported(f"The {what} {name!r}{_of(found)}", found.value)


def brought(group: str) -> tuple[str, ...]:
    """Return the names that the installed packages bring to `group`, without importing any of them.

    >>> brought("nobody.s")
    ()
    """
    from importlib.metadata import entry_points  # takes as long as all else that is imported here

    return tuple(sorted({entry.name for entry in entry_points(group=group)}))


def _brought(what: str, name: str, built_in: Mapping[str, str], group: str) -> "EntryPoint":
    from importlib.metadata import entry_points

    entries = entry_points(group=group)
    pick(what, name, dict.fromkeys([*built_in, *(entry.name for entry in entries)]))
    first, *others = {entry.value: entry for entry in entries if entry.name == name}.values()
    if others:
        packages = ", ".join(f"{entry.value}{_of(entry)}" for entry in (first, *others))
        raise UnknownNameError(f"Several packages have a {what} {name!r}: {packages}. Name one as module:attribute.")
    return first


def _of(entry: "EntryPoint") -> str:
    return f" of the package {entry.dist.name}" if entry.dist is not None else ""


def _imported(subject: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    try:
        return reduce(getattr, attribute.strip().split("."), import_module(module.strip()))
    except Exception as error:  # a stranger's module may raise anything while it is imported
        kind = "" if isinstance(error, ImportError | AttributeError) else f"{type(error).__name__}: "
        raise UnknownNameError(f"{subject} cannot be imported: {kind}{error}.") from error
