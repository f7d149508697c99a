"""The errors a user can mend, and the "did you mean" that goes with them."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")


class NasbenchPoseError(Exception):
    """Anything a user can do something about; the command line prints it as one line and exits with 2."""


class UnknownNameError(NasbenchPoseError, LookupError):
    """A name that nothing answers to."""


class InvalidFileError(NasbenchPoseError, ValueError):
    """A file, or a text a user wrote, that does not say what it should."""


class ShapeError(NasbenchPoseError, ValueError):
    """An input size or a layer for which no network can be built."""


class DataError(NasbenchPoseError, OSError):
    """A data set that is missing, truncated or not what it claims to be."""


class StoreError(NasbenchPoseError, OSError):
    """A database that cannot be read or written."""


class InvalidNumberError(NasbenchPoseError, ValueError):
    """A value that is no number, or a number outside its range."""


class NotFiniteError(InvalidNumberError, ArithmeticError):
    """A measurement that is NaN or infinite; searches keep it as a failed trial and go on."""


class EvaluatorError(NasbenchPoseError, ValueError):
    """An evaluator that breaks its contract, e.g. answers with another fidelity than it was asked for."""


class MeasurementError(NasbenchPoseError, RuntimeError):
    """A measurement that the machine ended (disk, memory, a missing package): it says nothing about the genotype."""


class NoOtherNetworkError(NasbenchPoseError, LookupError):
    """A genotype that has no neighbour: every change of one of its genes is the same network."""


class DivergedError(NasbenchPoseError, ArithmeticError):
    """A training whose loss is no longer a number; searches keep it as a failed trial and go on."""


def one_line(error: BaseException) -> str:
    """Return the type and the message of an error that another library or a plug-in raised, on one line.

    >>> one_line(ValueError("no number:\\n  'a'"))
    "ValueError: no number: 'a'"
    """
    return " ".join(f"{type(error).__name__}: {error}".split())


def printable(text: object) -> str:
    r"""Return a text from a file as one line that a terminal shows as it is: control characters are spelt out.

    >>> printable("red \x1b[31m\nHöhe")
    'red \\x1b[31m Höhe'
    """
    line = " ".join(str(text).split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in line)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"` for the nearest known name, or nothing.

    >>> nearest("hrnet-w23", ["HRNet-W32", "HRNet-W48"])
    " Did you mean 'HRNet-W32'?"
    """
    folded = {candidate.casefold(): candidate for candidate in known}
    near = get_close_matches(name.casefold(), folded, n=1)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""


def pick(kind: str, name: str, known: Mapping[str, T]) -> T:
    """Return `known[name]`; raise UnknownNameError that says what exists and what is near.

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
