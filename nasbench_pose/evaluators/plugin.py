"""Evaluators of other packages as measurements."""

from collections.abc import Callable
from dataclasses import dataclass

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, one_line
from nasbench_pose.evaluators.measurement import MeasurementInfo, info_of
from nasbench_pose.evaluators.trial import Evaluator
from nasbench_pose.plugins import Registry, callable_only
from nasbench_pose.spaces import SearchSpace

EVALUATORS: Registry[Callable[[SearchSpace], Evaluator]] = Registry(
    "evaluator", "nasbench_pose.evaluators", {}, callable_only, "a function of a space"
)
"""Evaluators of other packages: functions of a space that make one."""
REQUIRED = ("protocol_key", "protocol_text", "full_fidelity", "evaluate")
"""What every evaluator has."""


def resolve(name: str) -> Callable[[SearchSpace], Evaluator]:
    """Return the function of a space that makes an evaluator: an entry point's, or that of `module:attribute`.

    Raises UnknownNameError for what cannot be found or imported, InvalidFileError for what cannot be called.

    >>> resolve("math:pi")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The evaluator 'math:pi' is a float; expected a function of a space.
    """
    return EVALUATORS.resolve(name)


@dataclass(frozen=True)
class PluginMeasurement:
    """An evaluator of another package, as a value: each worker process imports and makes its own."""

    name: str
    """Of an entry point, or `module:attribute`."""
    space: SearchSpace

    def __call__(self) -> Evaluator:
        """Import and make the evaluator; raise UnknownNameError or InvalidFileError where that fails."""
        try:
            made = resolve(self.name)(self.space)
        except NasbenchPoseError:
            raise
        except Exception as error:  # a plug-in's function may raise anything
            said = f"The evaluator {self.name!r} cannot be made of a space: {one_line(error)}."
            raise InvalidFileError(said) from error
        if not callable(getattr(made, "evaluate", None)):
            raise InvalidFileError(f"The evaluator {self.name!r} makes a {type(made).__name__}: no evaluator.")
        if missing := [name for name in REQUIRED if not hasattr(made, name)]:
            raise InvalidFileError(
                f"The evaluator {self.name!r} has no {missing[0]!r}; it needs {', '.join(REQUIRED)}."
            )
        return made

    def describe(self, evaluator: Evaluator) -> MeasurementInfo:
        """Return what a comparison has to know: see `measurement.info_of`."""
        return info_of(evaluator, self.space, self.name)
