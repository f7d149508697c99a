"""The errors that a user can correct, and the "did you mean" hints of their messages."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")


class NasbenchPoseError(Exception):
    """Base of all errors that a user can correct. The command line prints the message as one line and exits with 2."""


class UnknownNameError(NasbenchPoseError, LookupError):
    """A name that does not exist."""


class NoDeviceError(UnknownNameError):
    """A device that this machine does not have; another one may."""


class InvalidFileError(NasbenchPoseError, ValueError):
    """A file or a text from the user that does not have the expected form."""


class ShapeError(NasbenchPoseError, ValueError):
    """An input size or a layer for which no network can be built."""


class DataError(NasbenchPoseError, OSError):
    """A data set that is missing, truncated or not in the expected format."""


class StoreError(NasbenchPoseError, OSError):
    """A database that cannot be read or written."""


class NoTrialsError(NasbenchPoseError, LookupError):
    """A database without a finished trial, of which there may be some later."""


class InvalidNumberError(NasbenchPoseError, ValueError):
    """A value that is not a number, or a number outside its range."""


class NotFiniteError(InvalidNumberError, ArithmeticError):
    """A measurement that is NaN or infinite. Searches store it as a failed trial and continue."""


class EvaluatorError(NasbenchPoseError, ValueError):
    """An evaluator that breaks its contract, e.g. returns a trial of another fidelity than requested."""


class MeasurementError(NasbenchPoseError, RuntimeError):
    """A measurement that failed because of the machine (disk, memory, a missing package), not of the genotype."""


class NoOtherNetworkError(NasbenchPoseError, LookupError):
    """A genotype without neighbours: changing any one of its genes gives the same network."""


class DivergedError(NasbenchPoseError, ArithmeticError):
    """A training whose loss is no longer finite. Searches store it as a failed trial and continue."""


class StoppedError(NasbenchPoseError, InterruptedError):
    """A training that ended early because the process was asked to; its checkpoint continues it."""


def one_line(error: BaseException) -> str:
    """Return the type and the message of an exception from third-party code on one line.

    >>> one_line(ValueError("no number:\\n  'a'"))
    "ValueError: no number: 'a'"
    >>> one_line(NotImplementedError())
    'NotImplementedError'
    """
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def printable(text: object) -> str:
    r"""Return a text from a file as one line that is safe to print: control characters are escaped.

    >>> printable("red \x1b[31m\nHöhe")
    'red \\x1b[31m Höhe'
    """
    return escaped(" ".join(str(text).split()))


def escaped(text: str) -> str:
    r"""Return a text with its control characters, also those that change the direction of writing, as their codes.

    >>> escaped("a  b\x1b[31m\u202ec")
    'a  b\\x1b[31m\\u202ec'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def masked(text: str) -> str:
    """Return a text with the password of a database URL, even of a malformed one, replaced by ***.

    >>> masked("postgresql://me:secret@host:port/x"), masked("postgresql://host/x?user=me&password=secret")
    ('postgresql://me:***@host:port/x', 'postgresql://host/x?user=me&password=***')
    """
    return re.sub(r"(?i)((?:ssl)?passw(?:or)?d=)[^&\s]*", r"\1***", re.sub(r"(://[^:@/]*):.*@", r"\1:***@", text))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"` for the nearest known name, or nothing.

    >>> nearest("hrnet-w23", ["HRNet-W32", "HRNet-W48"])
    " Did you mean 'HRNet-W32'?"
    """
    folded = {candidate.casefold(): candidate for candidate in known}
    near = get_close_matches(name.casefold(), folded, n=1)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""


def pick(kind: str, name: str, known: Mapping[str, T]) -> T:
    """Return `known[name]`; raise UnknownNameError with the known names and the nearest one.

    >>> pick("strategy", "random", {"random": 1})
    1
    >>> pick("strategy", "randon", {"random": 1, "darts": 2})
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No strategy named 'randon'; known: darts, random. Did you mean 'random'?
    """
    if name in known:
        return known[name]
    raise UnknownNameError(f"No {kind} named {name!r}; known: {', '.join(sorted(known))}.{nearest(name, known)}")
