"""Evaluators of other packages by name."""

from collections.abc import Callable
from dataclasses import dataclass

from nasbench_pose import plugins
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, in_a_line
from nasbench_pose.evaluators.trial import Evaluator
from nasbench_pose.spaces import SearchSpace

GROUP = "nasbench_pose.evaluators"
"""Entry points by which other packages bring evaluators."""


def resolve(name: str) -> Callable[[SearchSpace], Evaluator]:
    """Return what makes an evaluator for a space: brought by a package as an entry point, or spelt `module:attribute`.

    Raises UnknownNameError for what cannot be found or imported, InvalidFileError for what cannot be called.

    >>> resolve("math:pi")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The evaluator 'math:pi' is a float; expected a function of a space.
    """
    made: Callable[[SearchSpace], Evaluator] = plugins.resolve("evaluator", name, {}, GROUP)
    if not callable(made):
        raise InvalidFileError(f"The evaluator {name!r} is a {type(made).__name__}; expected a function of a space.")
    return made


@dataclass(frozen=True)
class Brought:
    """How to make an evaluator of another package, as a value: worker processes make their own."""

    name: str
    space: SearchSpace

    def __call__(self) -> Evaluator:
        """Import and make the evaluator; raise UnknownNameError or InvalidFileError where that fails."""
        try:
            made = resolve(self.name)(self.space)
        except NasbenchPoseError:
            raise
        except Exception as error:  # a stranger's function may raise anything
            said = f"The evaluator {self.name!r} cannot be made of a space: {in_a_line(error)}."
            raise InvalidFileError(said) from error
        if not callable(getattr(made, "evaluate", None)):
            raise InvalidFileError(f"The evaluator {self.name!r} makes a {type(made).__name__}: no evaluator.")
        return made
