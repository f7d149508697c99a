"""Protocols that a user changes: fields by name and value, and protocol files."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from nasbench_pose.errors import InvalidFileError, UnknownNameError, pick
from nasbench_pose.evaluators.protocol import PROTOCOLS, Protocol
from nasbench_pose.pose.augmentation import Augmentation

BASE = "base"
"""The key of a protocol file that names the protocol it changes; the default one if absent."""

_FOLLOWS = {
    "data": "--data", "digests": "the data", "init": "--init", "metric": "the joints of the data",
    "processes": "torchrun --nproc-per-node", "seeds": "the code", "teacher": "--teacher", "version": "the code",
}  # fmt: skip
"""Field that a user does not set -> what it follows from."""
FIELDS = tuple(field.name for field in fields(Protocol) if field.name not in _FOLLOWS)
"""Fields that a user sets."""


def named(name: str) -> Protocol:
    """Return the protocol of that name, or of that file, which ends in .toml.

    A file has the fields to change, the table `augmentation`, and `base`, the name of the protocol that it changes.
    Raises UnknownNameError for an unknown name or field, InvalidFileError for a file that cannot be read.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
    ...     _ = file.write('base = "hrnet-mpii"\\nbatch = 32\\n[augmentation]\\nflip = 0.0\\n')
    ...     file.flush()
    ...     mine = named(file.name)
    >>> mine.batch, mine.augmentation.flip, mine.loss
    (32, 0.0, 'mse')
    """
    if not name.endswith(".toml"):
        return pick("protocol", name, PROTOCOLS)
    try:
        given = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnknownNameError(f"There is no protocol file {name!r}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidFileError(f"The protocol file {name!r} cannot be read: {error}.") from None
    base = pick(f"protocol, the base of {name},", str(given.pop(BASE, "default")), PROTOCOLS)
    return changed(base, given)


def changed(protocol: Protocol, settings: Mapping[str, Any]) -> Protocol:
    """Return `protocol` with other values of some fields; fields of the augmentation are `augmentation.flip` or a dict.

    Raises UnknownNameError for an unknown field, InvalidFileError for a value of another type.

    >>> changed(PROTOCOLS["default"], {"batch": 32, "augmentation.flip": 0}).augmentation.flip
    0.0
    >>> changed(PROTOCOLS["default"], {"learning_rte": 0.1})
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No field of a protocol named 'learning_rte'; known: accumulate, ... Did you \
mean 'learning_rate'?
    """
    plain: dict[str, Any] = {}
    augmentation: dict[str, Any] = {}
    for name, value in settings.items():
        field, dot, part = name.partition(".")
        if field in _FOLLOWS:
            raise InvalidFileError(f"protocol.{field} cannot be set: it follows from {_FOLLOWS[field]}.")
        pick("field of a protocol", field, dict.fromkeys(FIELDS))
        if field == "augmentation":
            augmentation |= {part: value} if dot else _table(value)
        elif dot:
            raise UnknownNameError(f"No field of a protocol named {name!r}; {field!r} has no parts.")
        else:
            plain[field] = _as(type(getattr(protocol, field)), value, f"The protocol's {field}")
    return replace(protocol, **plain, augmentation=_augmentation(protocol.augmentation, augmentation))


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidFileError(f"The protocol's augmentation is {value!r}; expected its settings by name.")
    return dict(value)


def _augmentation(base: Augmentation, settings: Mapping[str, Any]) -> Augmentation:
    known = asdict(base)
    for name in settings:
        pick("setting of an augmentation", name, known)
    return replace(base, **{name: _as(float, value, f"The augmentation's {name}") for name, value in settings.items()})


def _as(kind: type, value: Any, what: str) -> Any:
    """Return `value` as `kind`: a list becomes a tuple, a whole number becomes a float."""
    found = tuple(value) if kind is tuple and isinstance(value, list) else value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        found = float(value)
    if type(found) is not kind:
        words = {int: "a whole number", float: "a number", bool: "true or false", str: "a word", tuple: "a list"}
        raise InvalidFileError(f"{what} is {value!r}; expected {words[kind]}.")
    return found
